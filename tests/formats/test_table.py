"""Tables with coordinates: tree cadastres and lists of addresses."""

import io
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.city.model import City, Kind, Semantic, concat
from kastor.city.report import Report
from kastor.city.sample import CRS
from kastor.formats import FormatError, NoData, read
from kastor.formats.crs import to_tenant
from kastor.formats.table import guessed_crs
from kastor.formats.table import read as read_stream

TREES = Path(__file__).parents[1] / "data" / "tables" / "trees_flensburg.csv"
WHOLE = Path(__file__).parents[3] / "shared" / "data" / "trees" / "flensburg" / "lebende-baeume.csv.gz"


def load(path: Path, **options: Any) -> tuple[City, Report]:
    report = Report(path.name)
    return concat([part.content for part in read(path, report, **options)]), report


def parse(text: str | bytes, **options: Any) -> tuple[City, Report]:
    report = Report("table.csv")
    data = text if isinstance(text, bytes) else text.encode()
    return concat([p.content for p in read_stream(io.BytesIO(data), report, "table", **options)]), report


def test_the_tree_cadastre_of_flensburg_is_understood_without_help() -> None:
    city, report = load(TREES)
    assert len(city) == 300
    assert set(city.kind.tolist()) == {Kind.TREE, Kind.VEGETATION}
    assert city.crs == "EPSG:31467"
    assert report.counts["crs_guessed", "kept"] == 1
    assert report.counts["tree_groups", "kept"] == (city.kind == Kind.VEGETATION).sum() > 0
    assert (city.semantic == Semantic.POSITION).all()
    assert city.xyz[0].tolist() == [3530082.72157, 6074377.33277, 0.0]
    assert city.attributes["species"][0] == "Alnus glutinosa"
    assert city.attributes["species:de"][0] == "Schwarz-Erle"
    assert city.attributes["baumnummer"][0] == "20"
    assert city.attributes["address"][0] == [{"street": "EX Alsterbogen/Ausgleichsfläche"}]
    assert city.ids[0] == "trees_flensburg/20@3530082.72,6074377.33"


def test_trees_land_in_flensburg() -> None:
    city, report = load(TREES)
    metres = to_tenant(city, CRS, report)
    assert np.abs(metres.xyz[:, :2].mean(axis=0) - (528_000, 6_071_000)).max() < 10_000
    assert "accuracy 0.9 m" in report.operation


def test_all_rows_of_the_whole_cadastre_are_there() -> None:
    if not WHOLE.exists():
        pytest.skip("the test set trees/flensburg is not shipped with the project")
    city, report = load(WHOLE)
    assert len(city) == 18_697 == sum(report.read.values())
    assert len(set(city.ids.tolist())) == len(city)


def test_columns_can_be_named() -> None:
    text = "Spalte A;Spalte B;Was\n356000,5;5655000,25;Linde\n"
    city, _ = parse(text, columns={"east": "Spalte A", "north": "spalte b", "species": "Was"}, crs="EPSG:25832")
    assert city.xyz[0].tolist() == [356000.5, 5655000.25, 0.0]
    assert city.kind.tolist() == [Kind.TREE]
    assert city.attributes["species"][0] == "Linde"


def test_a_named_column_that_does_not_exist_lists_the_others() -> None:
    with pytest.raises(FormatError, match=r"no column 'ost'.*rechts, hoch"):
        parse("rechts;hoch\n1;2\n", columns={"east": "ost"})


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiters_and_encodings_are_recognised(delimiter: str, encoding: str) -> None:
    rows = [["Länge", "Breite", "Straße", "Hausnummer"], ["9.43", "54.78", "Große Straße", "1"]]
    text = "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"
    city, report = parse(text.encode(encoding))
    assert city.kind.tolist() == [Kind.ADDRESS]
    assert city.attributes["address"][0] == [{"street": "Große Straße", "number": "1"}]
    assert city.xyz[0].tolist() == [9.43, 54.78, 0.0]
    assert city.crs == "EPSG:4326"
    assert report.counts["bytes_not_utf8", "repaired"] == (encoding == "cp1252")


def test_measures_of_trees_come_in_metres() -> None:
    text = (
        "x;y;Baumart;Höhe (m);Kronendurchmesser;Stammumfang;Pflanzjahr\n"
        "3530082,7;6074377,3;Tilia cordata;18,5;9;157;1950\n"
        "3530090;6074377;Acer;;;;\n"
    )
    city, _ = parse(text)
    assert city.attributes["height"].tolist() == [18.5, None]
    assert city.attributes["crownDiameter"].tolist() == [9.0, None]
    assert city.attributes["trunkDiameter"][0] == pytest.approx(1.57 / math.pi, abs=1e-3)
    assert city.attributes["plantingYear"].tolist() == [1950, None]


def test_rows_that_cannot_be_placed_are_reported_with_their_number() -> None:
    text = "x;y;art\n3530082;6074377;a\n;;b\n0;0;c\nn/a;6074377;d\n\n3530083;6074378;e\n"
    city, report = parse(text)
    assert city.attributes["species"].tolist() == ["a", "e"]
    lost = [f.values["row"] for f in report.findings if f.code == "row_without_place"]
    assert lost == [3, 4, 5]
    assert "Zeile 3" in report.findings[0].text("de")


def test_points_as_text_are_read() -> None:
    city, _ = parse('WKT;name;kapazitaet\n"POINT (8.5 52.03)";Markt;20\n"POINT EMPTY";b;1\n"POINT (";c;1\n')
    assert city.kind.tolist() == [Kind.PARKING]
    assert city.attributes["capacity"][0] == 20


def test_ids_survive_new_rows_and_are_unique() -> None:
    rows = ["nummer;x;y;art", "1;3530082;6074377;a", "2;3530083;6074378;b"]
    before, _ = parse("\n".join(rows))
    after, report = parse("\n".join([rows[0], "9;3530099;6074399;z", *rows[1:], rows[2]]))
    assert before.ids.tolist() == after.ids.tolist()[1:3]
    assert report.counts["id_repeated", "repaired"] == 1
    assert len(set(after.ids.tolist())) == 4


def test_degrees_and_zones_betray_the_reference_system() -> None:
    assert guessed_crs(33_390_000, 5_820_000) == "EPSG:25833"
    assert guessed_crs(4_468_000, 5_333_000) == "EPSG:31468"
    assert guessed_crs(356_000, 5_655_000) == ""
    assert parse("nord;ost;art\n6074377;3530082;a\n")[0].crs == "EPSG:31467"


def test_a_table_without_coordinates_has_no_data() -> None:
    with pytest.raises(NoData, match="Name them when loading"):
        parse("osm_id;value\n1;2\n")
    with pytest.raises(NoData, match="No row"):
        parse("x;y;art\n;;a\n")


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(FormatError, match="longer than 4 MB"):
        parse(b"x;y\n" + b"1" * 5_000_000)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_clear_error(content: bytes) -> None:
    try:
        city, report = parse(b"x;y;art\n" + content)
    except FormatError as error:
        problem = error.problem
    else:
        problem = "none"
        assert len(city) == sum(report.kept.values())
    assert problem


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.floats(3_500_000, 3_599_999), st.floats(6_000_000, 6_099_999), st.text("abcäöü ,;\"'\n", max_size=9)
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([";", ","]),
)
def test_what_is_written_as_a_table_is_read_as_it_was(rows: list[tuple[float, float, str]], delimiter: str) -> None:
    import csv

    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["rechtswert", "hochwert", "bemerkung"])
    writer.writerows(rows)
    city, _ = parse(out.getvalue(), kind=Kind.TREE)
    assert city.xyz[:, :2].tolist() == [[x, y] for x, y, _ in rows]
    assert Counter(city.kind.tolist()) == {Kind.TREE: len(rows)}
