"""The fast reader and the reference reader give the same city, bit for bit, and the same report."""

from __future__ import annotations

import gzip
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from kastor.city.model import City, Column, Kind, Semantic, concat, differences, owner
from kastor.city.report import Report
from kastor.formats import citygml, citygml_chunks, citygml_fast
from kastor.formats.citygml_reference import Tally
from kastor.formats.errors import FormatError
from kastor.formats.part import Part
from kastor.formats.xml_safety import split_head, utf8_blocks

DATA = Path(__file__).parent.parent / "data" / "citygml"
COLOGNE = gzip.decompress((DATA / "LoD2_32_354_5652_1_NW.gml.gz").read_bytes())
DORSTEN = gzip.decompress((DATA / "LoD2_32_360_5721_1_NW.gml.gz").read_bytes())
SAMPLES = [(DATA / f"every_construct_{version}.gml").read_bytes() for version in ("2_0", "3_0")]


def read_with(reader: ModuleType, data: bytes, block: int = 1 << 23) -> tuple[list[City], Report]:
    """Chunks of one of the readers, given blocks of a size."""
    report = Report("x")
    head, rest = split_head(utf8_blocks(io.BytesIO(data), report, "x"), "x")
    blocks = (rest[i : i + block] for i in range(0, len(rest), block))
    tally = Tally(report)
    cities = list(reader.chunks(head, blocks, tally, "x"))
    tally.finish()
    return cities, report


def joined(cities: list[City]) -> City:
    return concat([replace(city, crs="") for city in cities])


def disagreements(data: bytes, block: int = 1 << 23) -> list[str]:
    """In what the two readers disagree about a file, errors included."""
    told: list[str] = []
    found: list[tuple[list[City], Report]] = []
    for reader in (citygml_fast, citygml_chunks):
        try:
            found.append(read_with(reader, data, block))
            told.append("")
        except FormatError as error:
            told.append(str(error))
    if len(found) < 2:
        return told if told[0] != told[1] else []
    (fast, one), (reference, other) = found
    names = differences(joined(fast), joined(reference))
    systems = [[crs for city in cities for crs in [city.crs] * len(city)] for cities in (fast, reference)]
    names += ["crs"] if systems[0] != systems[1] else []
    names += [name for name in ("read", "kept", "counts", "crs") if getattr(one, name) != getattr(other, name)]
    names += ["findings"] if sorted(map(str, one.findings)) != sorted(map(str, other.findings)) else []
    return names


@pytest.mark.parametrize("data", [COLOGNE, DORSTEN, *SAMPLES], ids=["Köln", "Dorsten", "2.0", "3.0"])
def test_both_readers_give_the_same_bits(data: bytes) -> None:
    assert disagreements(data) == []


def test_both_readers_agree_on_all_of_the_shared_samples(shared_data: Callable[[str], Path]) -> None:
    paths = [*shared_data("citygml").rglob("*.gml*"), *shared_data("terrain").glob("muenchen*/*.gml")]
    for path in sorted(paths):
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        if len(data) < 3_000_000:
            assert disagreements(data) == [], path.name


def test_both_readers_agree_on_tiles_of_whole_districts(shared_data: Callable[[str], Path]) -> None:
    for path in sorted(shared_data("citygml/nrw-lod2-benchmark").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist()[::25]:
                assert disagreements(archive.read(name)) == [], name


def test_regular_buildings_never_need_the_reference_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a building of an official tile went to the slow reader")

    monkeypatch.setattr(citygml_fast, "read_top", refuse)
    cities, _ = read_with(citygml_fast, DORSTEN)
    assert sum(map(len, cities)) == 38


@pytest.mark.parametrize("block", [100, 1000, 20_000])
def test_where_blocks_are_cut_makes_no_difference(block: int) -> None:
    whole, one = read_with(citygml_fast, SAMPLES[0])
    cut, other = read_with(citygml_fast, SAMPLES[0], block)
    assert differences(joined(whole), joined(cut)) == []
    assert (one.counts, one.read, one.kept) == (other.counts, other.read, other.kept)


@pytest.mark.parametrize("data", [COLOGNE, DORSTEN], ids=["Köln", "Dorsten"])
def test_nothing_is_lost_compared_with_a_plain_count_of_the_xml(data: bytes) -> None:
    tree = etree.fromstring(data)
    count = Counter(etree.QName(element).localname for element in tree.iter("*"))
    city = joined(read_with(citygml_fast, data)[0])
    lines = np.isin(city.semantic, [Semantic.TERRAIN_INTERSECTION])[owner(city.polygon_offsets)]
    assert np.bincount(city.kind, minlength=4)[1:4].tolist() == [
        count["Building"], count["BuildingPart"], count["BuildingInstallation"],
    ]  # fmt: skip
    assert (~lines).sum() == count["Polygon"]
    assert lines.sum() == count["LineString"]
    assert (~lines[owner(city.ring_offsets)]).sum() == count["LinearRing"]
    assert (city.semantic == Semantic.ROOF).sum() == count["RoofSurface"]
    for name in ("measuredHeight", "roofType", "storeysAboveGround", "function"):
        column = city.attributes.get(name, Column((), np.zeros(0, np.int32)))
        assert (column.codes >= 0).sum() == count[name]
    values = [column for column in city.attributes.values() if column.values]
    addresses = [a for found in city.attributes["address"].tolist() if isinstance(found, list) for a in found]
    assert len(addresses) == count["Address"]
    generic = sum(int((city.attributes[name].codes >= 0).sum()) for name in _generic_names(tree))
    assert generic == count["stringAttribute"]
    assert len(values) == len(city.attributes)


def _generic_names(tree: etree._Element) -> set[str]:
    return {str(element.get("name")) for element in tree.iter("{*}stringAttribute")}


def test_every_coordinate_is_the_number_python_reads() -> None:
    city = joined(read_with(citygml_fast, COLOGNE)[0])
    told = {float(number) for text in re.findall(rb"<gml:posList[^>]*>([^<]*)", COLOGNE) for number in text.split()}
    assert set(city.xyz.ravel().tolist()) <= told


def test_solids_are_marked_on_the_polygons_of_the_surfaces() -> None:
    city = joined(read_with(citygml_fast, DORSTEN)[0])
    links = DORSTEN.count(b"xlink:href")
    assert (city.solid == 0).sum() == links
    assert (city.shell[city.solid == 0] == 0).all()


def _two_buildings() -> bytes:
    """The head of the Cologne tile with a building of two parts and a small one."""
    starts = [match.start() for match in re.finditer(rb"\s*<core:cityObjectMember>", COLOGNE)]
    members = [COLOGNE[a:b] for a, b in pairwise(starts)]
    members = [
        re.sub(rb"<bldg:lod2TerrainIntersection>.*?</bldg:lod2TerrainIntersection>", b"", m, flags=re.S)
        for m in members
    ]
    chosen = min((m for m in members if b"BuildingPart" in m), key=len) + min(members, key=len)
    return COLOGNE[: starts[0]] + chosen + b"\n</core:CityModel>\n"


DOCUMENTS = [_two_buildings(), *SAMPLES]
PIECES = [
    *(bytes([byte]) for byte in b"<>&\"'/=! \n-?0x1.eE:#\x00\x01\xc3\xa4]+,"),
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x?>", b"&amp;", b"&lt;", b' xmlns:z="u"', b"<a/>", b"1e5", b"\xc2\xa0",
]  # fmt: skip


def mutated(document: bytes, luck: random.Random) -> bytes:
    """A document with up to three accidents."""
    text = bytearray(document)
    for _ in range(luck.choice([1, 1, 1, 2, 3])):
        at, what = luck.randrange(len(text)), luck.random()
        if what < 0.3:
            text[at : at + 1] = luck.choice(PIECES)
        elif what < 0.5:
            text[at:at] = luck.choice(PIECES)
        elif what < 0.7:
            del text[at : at + luck.choice([1, 2, 5, 30])]
        else:
            other = luck.randrange(len(text))
            text[at:at] = text[other : other + luck.choice([5, 40, 300])]
    return bytes(text)


@given(luck=st.randoms(use_true_random=False), which=st.sampled_from(range(len(DOCUMENTS))))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_files_are_read_the_same_way_by_both(luck: random.Random, which: int) -> None:
    assert disagreements(mutated(DOCUMENTS[which], luck)) == []


@given(keep=st.floats(0.0, 1.0), which=st.sampled_from(range(len(DOCUMENTS))), fast=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_file_that_breaks_off_is_an_error_that_names_the_line(keep: float, which: int, fast: bool) -> None:
    document = DOCUMENTS[which]
    end = len(document.rstrip()) - 1
    with pytest.raises(FormatError, match=r"line|No XML root"):
        read_with(citygml_fast if fast else citygml_chunks, document[: round(keep * end)])


class Endless(io.RawIOBase):
    """A tile of Dorsten that never ends."""

    def __init__(self) -> None:
        self.read_so_far = 0
        start, end = DORSTEN.index(b"<core:cityObjectMember>"), DORSTEN.rindex(b"</core:CityModel>")
        self._source = chain([DORSTEN[:start]], self._members(DORSTEN[start:end]))

    @staticmethod
    def _members(members: bytes) -> Iterator[bytes]:
        while True:
            yield members

    def read(self, size: int = -1) -> bytes:
        found = b"".join(next(self._source) for _ in range(1 + size // len(DORSTEN)))
        self.read_so_far += len(found)
        return found


def test_a_file_is_read_no_further_than_needed() -> None:
    stream, report = Endless(), Report("x")
    parts = citygml.read(stream, report, "endless")
    first = next(parts)
    assert isinstance(first.content, City)
    assert len(first.content) < 6000
    assert stream.read_so_far < 20_000_000
    assert isinstance(next(parts), Part)


def test_ids_stay_unique_over_all_chunks_of_a_file() -> None:
    report = Report("x")
    parts = citygml.read(Endless(), report, "endless")
    one, other = (next(parts).content for _ in range(2))
    assert isinstance(one, City)
    assert isinstance(other, City)
    ids = one.ids.tolist() + other.ids.tolist()
    assert len(set(ids)) == len(ids)
    assert report.counts["id_repeated", "repaired"] == len(ids) - 38


@pytest.mark.parametrize("reader", [citygml_fast, citygml_chunks])
def test_an_object_without_end_is_refused_before_memory_is_full(
    reader: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citygml_chunks, "MEMBER_LIMIT", 1 << 20)
    start = DOCUMENTS[0].index(b"</bldg:Building>")
    report = Report("x")
    head, rest = split_head(iter([DOCUMENTS[0][:start]]), "x")
    endless = chain([rest], (b"<bldg:usage>1</bldg:usage>" * 10_000 for _ in range(1000)))
    with pytest.raises(FormatError, match="larger than 1 MB"):
        list(reader.chunks(head, endless, Tally(report), "x"))


@pytest.mark.parametrize("reader", [citygml_fast, citygml_chunks])
def test_textures_of_any_size_are_left_out_without_filling_memory(
    reader: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citygml_chunks, "MEMBER_LIMIT", 1 << 20)
    start = SAMPLES[0].index(b"<app:target")
    end = SAMPLES[0].index(b"</app:target>") + len(b"</app:target>")
    report = Report("x")
    head, rest = split_head(iter([SAMPLES[0][:start]]), "x")
    targets = (SAMPLES[0][start:end] * 2000 for _ in range(10))
    tally = Tally(report)
    cities = list(reader.chunks(head, chain([rest], targets, [SAMPLES[0][end:]]), tally, "x"))
    assert sum(map(len, cities)) == 10
    assert tally.ignored["Appearance"] == 1


def test_a_building_of_many_parts_keeps_them_all() -> None:
    part = '<b:consistsOfBuildingPart><b:BuildingPart g:id="p{}"/></b:consistsOfBuildingPart>'
    data = (
        '<CityModel xmlns="http://www.opengis.net/citygml/1.0" xmlns:b="http://www.opengis.net/citygml/building/1.0" '
        'xmlns:g="http://www.opengis.net/gml"><cityObjectMember><b:Building g:id="b">'
        + "".join(part.format(i) for i in range(6000))
        + "</b:Building></cityObjectMember></CityModel>"
    ).encode()
    assert disagreements(data) == []
    (city,) = read_with(citygml_fast, data)[0]
    assert np.bincount(city.kind)[Kind.BUILDING_PART] == 6000
    assert (city.parent[1:] == 0).all()
