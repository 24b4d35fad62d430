"""Small CityGML files read together give what each of them gives alone."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from kastor.city.model import City, concat, differences
from kastor.city.report import Report
from kastor.formats import citygml
from kastor.formats.citygml_compiled import LIBRARY
from kastor.formats.errors import FormatError

DATA = Path(__file__).parent.parent / "data" / "citygml"
COLOGNE = gzip.decompress((DATA / "LoD2_32_354_5652_1_NW.gml.gz").read_bytes())
DORSTEN = gzip.decompress((DATA / "LoD2_32_360_5721_1_NW.gml.gz").read_bytes())
HEAD = COLOGNE[: COLOGNE.index(b"<core:cityObjectMember>")]
END = b"</core:CityModel>\n"
EMPTY = HEAD + END
MIDDLE = COLOGNE.index(b"</core:cityObjectMember>", len(COLOGNE) // 2) + len(b"</core:cityObjectMember>")
HALVES = (COLOGNE[:MIDDLE] + END, HEAD + COLOGNE[MIDDLE:])
COMMENTED = COLOGNE[:MIDDLE] + b"<!-- <core:cityObjectMember></core:cityObjectMember>" + END


@pytest.fixture(autouse=True)
def compiled() -> None:
    LIBRARY.address(LIBRARY.kernels[0])


def read(files: dict[str, bytes]) -> tuple[dict[str, tuple[City, list[str]]], Report]:
    """The city of each file with the reference system of each object, in file order, and the report on all."""
    report = Report("x")
    found: dict[str, list[City]] = {name: [] for name in files}
    for part in citygml.read_all([(name, partial(io.BytesIO, data)) for name, data in files.items()], report):
        assert isinstance(part.content, City)
        found[part.name].append(part.content)
    return {name: joined(cities) for name, cities in found.items() if cities}, report


def joined(cities: list[City]) -> tuple[City, list[str]]:
    systems = [city.crs for city in cities for _ in range(len(city))]
    return concat([replace(city, crs="") for city in cities]), systems


@pytest.mark.parametrize(
    "files",
    [
        {"one": HALVES[0], "other": HALVES[1]},
        {"one": HALVES[0], "empty": EMPTY, "other": HALVES[1]},
        {"empty": EMPTY, "one": COLOGNE},
        {"köln": COLOGNE, "dorsten": DORSTEN, "again": COLOGNE},
        {"one": COLOGNE, "odd": (DATA / "every_construct_2_0.gml").read_bytes(), "other": HALVES[1]},
        {"one": HALVES[0], "&": HALVES[1].replace(b"Gemeindeschluessel", b"Gemeinde &amp; Kreis"), "other": DORSTEN},
    ],
    ids=lambda files: " ".join(files),
)
def test_files_read_together_are_what_each_is_alone(files: dict[str, bytes]) -> None:
    together, report = read(files)
    alone: dict[str, tuple[City, list[str]]] = {}
    sums = Report("x")
    for name, data in files.items():
        city, own = read({name: data})
        alone |= city
        sums.merge(own)
    assert together.keys() == alone.keys()
    assert {name: differences(together[name][0], alone[name][0]) for name in alone} == {name: [] for name in alone}
    assert [systems for _, systems in together.values()] == [systems for _, systems in alone.values()]
    assert (report.read, report.kept, report.counts) == (sums.read, sums.kept, sums.counts)
    assert sorted(map(str, report.findings)) == sorted(map(str, sums.findings))


@pytest.mark.parametrize(
    "broken",
    [
        COMMENTED,
        COLOGNE[:MIDDLE] + b"<core:cityObjectMember>" + END,
        COLOGNE[:MIDDLE],
        COLOGNE[:MIDDLE] + b"</a>" + END,
    ],
    ids=["comment", "open", "cut off", "closed twice"],
)
def test_a_broken_file_is_not_healed_by_its_neighbour(broken: bytes) -> None:
    healing = HEAD + b"--></core:cityObjectMember>" + COLOGNE[len(HEAD) :]
    for neighbour in (DORSTEN, healing):
        with pytest.raises(FormatError, match="not well-formed XML at line") as together:
            read({"broken": broken, "neighbour": neighbour})
        with pytest.raises(FormatError) as alone:
            read({"broken": broken})
        assert str(together.value) == str(alone.value)
