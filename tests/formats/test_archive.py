"""Files from outside: what they are, and archives that want too much."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kastor.city.report import Report
from kastor.formats.archive import Limits, safe_name, sources
from kastor.formats.errors import FormatError
from kastor.formats.sniff import SUFFIXES, sniff

DEMO = Path(__file__).parents[2] / "kastor" / "demo"
GEOJSON = b'{"type":"FeatureCollection","features":[]}'
SMALL = Limits(ratio=20, free=10_000, total=1_000_000, members=50)


def packed(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def read_all(path: Path, limits: Limits = SMALL) -> tuple[dict[str, tuple[str, bytes]], Report]:
    report = Report(path.name)
    found = {}
    for source in sources(path, report, limits):
        with source.stream() as stream:
            found[source.name] = (source.format, stream.read())
    return found, report


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (
            b'<?xml version="1.0"?>\n<!-- x --><core:CityModel xmlns:core="http://www.opengis.net/citygml/1.0">',
            "citygml",
        ),
        ("\ufeff<CityModel>".encode(), "citygml"),
        ('<?xml version="1.0" encoding="UTF-16"?><CityModel/>'.encode("utf-16"), "citygml"),
        (b"<osm version='0.6'>", "osm xml"),
        (b"<html>", ""),
        (b'{"CityObjects":{},"type":"CityJSON"}', "cityjson"),
        (b'{"type":"CityJSON","CityObjects":{}}\n{"type":"CityJSONFeature"', "cityjsonseq"),
        (b'{"type":"CityJSONFeature","id":"a"}', "cityjsonseq"),
        (GEOJSON, "geojson"),
        (b'{"a": 1}', ""),
        (b"II*\0\x08\0\0\0", "geotiff"),
        (b"II+\0\x08\0\0\0", "geotiff"),
        (b"\0\0\0\x0d\x0a\x09OSMHeader\x18", "osm pbf"),
        (b"fgb\x03fgb\x00", "flatgeobuf"),
        (b"\0\0\x27\x0a" + b"\0" * 20, "shapefile"),
        (b"SQLite format 3\0" + b"\0" * 52 + b"GPKG", "geopackage"),
        (b"SQLite format 3\0" + b"\0" * 60, ""),
        (b"ncols 10\nnrows 20\nxllcorner 0\n", "asc"),
        (b"356000.5 5655000.5 47.1\n356001.5 5655000.5 47.2\n", "xyz"),
        (b"x;y;z\n356000,5;5655000,5;47,1\n356001,5;5655000,5;47,2\n", "xyz"),
        (b"x y z\n356000.5 5655000.5 47.1\n356001.5 5655000.5 47.2\n", "xyz"),
        (b"baum;rechtswert;hochwert\n1;3530082;6074377\n2;3530083;6074378\n", "csv"),
        (b"Dear reader, this is a text.\nIt has no columns", ""),
        (b"", ""),
    ],
)
def test_the_content_tells_what_a_file_is(head: bytes, kind: str) -> None:
    assert sniff(head) == kind


def test_height_grids_without_header_are_told_by_their_size() -> None:
    assert sniff(b"\0\x01\0\x02", 1201 * 1201 * 2) == "hgt"
    assert sniff(b"\0\x01\0\x02", 1200) == ""


@given(st.binary(max_size=300))
def test_any_bytes_are_of_a_known_format_or_of_none(head: bytes) -> None:
    assert sniff(head) in {*SUFFIXES, ""}


@given(st.text(max_size=200))
def test_names_in_archives_never_lead_anywhere(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not set(safe) & set("/\\:\0\n")
    assert safe not in (".", "..")
    assert len(safe) <= 120


def test_demo_archives_are_read_member_by_member() -> None:
    report = Report("lod2-nord.zip")
    names = [(source.name, source.format) for source in sources(DEMO / "koeln" / "lod2-nord.zip", report)]
    assert len(names) == 7
    assert {kind for _, kind in names} == {"citygml"}
    assert all(name.startswith("LoD2_32_") and not name.endswith("gml") for name, _ in names)


def test_path_tricks_become_plain_names(tmp_path: Path) -> None:
    tricks = {f"{name}.geojson": GEOJSON for name in ("../../etc/passwd", "/abs", "C:\\x\\evil", "a/b/c")}
    path = packed(tmp_path / "tricks.zip", tricks)
    found, _ = read_all(path)
    assert sorted(found) == ["abs", "c", "evil", "passwd"]
    report = Report("x")
    for source in sources(path, report):
        assert source.on_disk(tmp_path / "work").parent == tmp_path / "work"
    assert {p.parent for p in tmp_path.rglob("*.geojson")} == {tmp_path / "work"}


def test_members_of_one_name_in_two_folders_stay_apart(tmp_path: Path) -> None:
    found, _ = read_all(packed(tmp_path / "two.zip", {"north/a.geojson": GEOJSON, "south/a.geojson": GEOJSON}))
    assert sorted(found) == ["north_a", "south_a"]


def test_gzip_inside_zip_is_unpacked(tmp_path: Path) -> None:
    found, _ = read_all(packed(tmp_path / "x.zip", {"a.geojson.gz": gzip.compress(GEOJSON)}))
    assert found == {"a": ("geojson", GEOJSON)}


def test_read_me_files_are_left_out_with_a_finding(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a.geojson": GEOJSON, "readme.txt": b"Hello.", "map.png": b"\x89PNG\r\n"})
    found, report = read_all(path)
    assert list(found) == ["a"]
    assert report.counts["member_ignored", "ignored"] == 2


def test_a_wrong_suffix_is_only_a_remark(tmp_path: Path) -> None:
    path = tmp_path / "model.gml"
    path.write_bytes(b'{"type":"CityJSON","version":"2.0","CityObjects":{},"vertices":[]}')
    found, report = read_all(path)
    assert found["model"][0] == "cityjson"
    assert report.findings[0].text("en") == "The file model.gml is not .gml but cityjson."


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = packed(tmp_path / "bomb.zip", {"a.geojson": GEOJSON + b" " * 900_000})
    with pytest.raises(FormatError, match="unpacks to more than"):
        read_all(path)


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "lie.zip", {"a.geojson": GEOJSON + b" " * 900_000})
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 500)
    path.write_bytes(raw)
    with pytest.raises(FormatError, match=r"damaged|unpacks"):
        read_all(path)


def test_a_gzip_bomb_is_refused_while_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.geojson.gz"
    path.write_bytes(gzip.compress(GEOJSON + b" " * 900_000))
    with pytest.raises(FormatError, match="unpacks to more than"):
        read_all(path)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "many.zip", {f"{i}.geojson": GEOJSON for i in range(51)})
    with pytest.raises(FormatError, match="51 files, 50 are allowed"):
        read_all(path)


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "secret.zip", {"a.geojson": GEOJSON})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(FormatError, match="encrypted"):
        read_all(path)


@pytest.mark.parametrize("name", ["a.zip", "a.geojson.gz"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_archives_cut_off_are_an_error_that_says_so(tmp_path: Path, name: str, share: float) -> None:
    content = GEOJSON + bytes(range(256)) * 200
    path = tmp_path / name
    if name.endswith(".zip"):
        packed(path, {"a.geojson": content})
    else:
        path.write_bytes(gzip.compress(content))
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(FormatError, match=r"damaged|cut off|empty"):
        read_all(path)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_archives_never_end_in_anything_but_a_format_error(tmp_path: Path, data: st.DataObject) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", GEOJSON * 20)
        archive.writestr("b.csv", b"x;y\n1;2\n3;4\n")
    raw = bytearray(memory.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.zip"
    path.write_bytes(raw)
    try:
        read_all(path)
    except FormatError as error:
        problem = error.problem
    else:
        problem = "none"
    assert problem


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"<XPlanAuszug/>", "root element XPlanAuszug"),
        (b"LASF" + b"\0" * 50, "laser point cloud"),
        (b"7z\xbc\xaf\x27\x1c", "7z archive"),
        (b"?", "no format"),
    ],
)
def test_files_of_other_kinds_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read_all(path)


def test_a_missing_file_and_an_archive_in_an_archive_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file"):
        read_all(tmp_path / "nothing.gml")
    inner = packed(tmp_path / "inner.zip", {"a.geojson": GEOJSON}).read_bytes()
    with pytest.raises(FormatError, match="None of its 1 files"):
        read_all(packed(tmp_path / "outer.zip", {"inner.zip": inner}))


def test_a_member_is_the_same_unpacked_in_one_step_or_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {f"{n}.geojson": GEOJSON + b" " * 997 * n for n in range(5)}
    file = packed(tmp_path / "some.zip", members)
    at_once, _ = read_all(file)
    monkeypatch.setattr("kastor.formats.archive.WHOLE", 0)
    piece_by_piece, _ = read_all(file)
    assert at_once == piece_by_piece == {str(n): ("geojson", members[f"{n}.geojson"]) for n in range(5)}


@pytest.mark.parametrize("change", [b"\x00", b"\xff"])
def test_a_member_that_is_not_what_its_archive_says_is_refused(tmp_path: Path, change: bytes) -> None:
    file = packed(tmp_path / "some.zip", {"a.geojson": GEOJSON + b" " * 500})
    data = bytearray(file.read_bytes())
    at = data.index(b"PK\x01\x02") - 3
    data[at : at + 1] = change
    file.write_bytes(data)
    with pytest.raises(FormatError, match=r"damaged or cut off|cannot be unpacked"):
        read_all(file)
