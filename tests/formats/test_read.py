"""One door for all formats."""

import gzip
import shutil
import zipfile
from pathlib import Path

import pytest

from kastor.city.model import City, concat, differences
from kastor.city.report import Report
from kastor.city.sample import four_houses
from kastor.city.statistics import Sheet
from kastor.city.terrain import Terrain
from kastor.formats import FORMATS, READERS, FormatError, read, write
from kastor.formats.sniff import SUFFIXES

DATA = Path(__file__).parents[1] / "data"
DEMO = Path(__file__).parents[2] / "kastor" / "demo"


def test_every_known_format_has_a_reader() -> None:
    assert READERS.keys() | {"citygml"} == SUFFIXES.keys() - {"zip", "gzip"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dorsten/LoD2_32_360_5721_1_NW.gml.gz", City),
        ("dorsten/dgm1_32_360_5721_1_nw.tif", Terrain),
    ],
)
def test_demo_files_are_read(name: str, kind: type) -> None:
    parts = list(read(DEMO / name, Report(name)))
    assert {type(part.content) for part in parts} == {kind}
    assert {part.name for part in parts} == {Path(name).name.split(".")[0]}


# GeoParquet is written for statistics programs; nobody publishes cities in it yet, so it is not read
@pytest.mark.parametrize("format", [format for format in FORMATS if format != "geoparquet"])
@pytest.mark.parametrize("packing", ["plain", "gz", "zip", "wrong name"])
def test_packing_and_name_do_not_matter(tmp_path: Path, format: str, packing: str) -> None:
    path = tmp_path / "houses.dat"
    write(four_houses(), path, format)
    expected = concat([p.content for p in read(path, Report("x"))])
    if packing == "gz":
        path.with_suffix(".gz").write_bytes(gzip.compress(path.read_bytes()))
        path = path.with_suffix(".gz")
    elif packing == "zip":
        with zipfile.ZipFile(tmp_path / "houses.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "deep/er/houses.bin")
        path = tmp_path / "houses.zip"
    elif packing == "wrong name":
        path = Path(shutil.copy(path, tmp_path / "houses.tif"))
    report = Report(path.name)
    city = concat([p.content for p in read(path, report, work_dir=tmp_path / "work")])
    assert differences(expected, city) == []
    assert report.format == format
    assert not list((tmp_path / "work").iterdir())


def test_an_archive_of_several_formats_comes_in_one_report(tmp_path: Path) -> None:
    write(four_houses(), tmp_path / "a.json", "cityjson")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(tmp_path / "a.json", "a.city.json")
        archive.write(DATA / "tables" / "trees_flensburg.csv", "trees.csv")
        archive.write(DATA / "dgm1_dorsten.tif", "ground.tif")
        archive.writestr("werte.csv", "osm_id;value\n1;2\n3;4\n")
    report = Report("all.zip")
    parts = list(read(tmp_path / "all.zip", report))
    assert [part.name for part in parts] == ["a", "ground", "trees", "werte"]
    assert report.format == "cityjson, geotiff, csv"
    assert isinstance(parts[-1].content, Sheet)


def test_a_named_reference_system_wins(tmp_path: Path) -> None:
    write(four_houses(), tmp_path / "a.json", "cityjson")
    (part,) = read(tmp_path / "a.json", Report("x"), crs="EPSG:25833")
    assert part.content.crs == "EPSG:25833"


def test_temporary_files_go_even_when_reading_stops_half_way(tmp_path: Path) -> None:
    write(four_houses(), tmp_path / "a.gpkg", "geopackage")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.gpkg", "a.gpkg")
    parts = read(tmp_path / "a.zip", Report("x"), work_dir=tmp_path / "work")
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    assert not list((tmp_path / "work").iterdir())


def test_an_unknown_file_says_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.docx").write_bytes(b"not a city")
    with pytest.raises(FormatError, match="Kastor reads CityGML"):
        list(read(tmp_path / "x.docx", Report("x")))
