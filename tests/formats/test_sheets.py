"""Statistical tables as people keep them: title lines, two rows of headings, footnotes, workbooks."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.city.report import Report
from kastor.city.statistics import Sheet
from kastor.formats import FormatError, NoData, read
from kastor.formats.sheets import read_csv

TABLE = Path(__file__).parents[1] / "data" / "tables" / "constructed_population.csv"


def parsed(text: str | bytes) -> Sheet:
    data = text if isinstance(text, bytes) else text.encode()
    return read_csv(io.BytesIO(data), Report("table.csv"), "table")


def only_sheet(path: Path, **options: object) -> Sheet:
    (part,) = read(path, Report(path.name), **options)  # type: ignore[arg-type]
    assert isinstance(part.content, Sheet)
    return part.content


def test_headings_over_two_rows_become_one_and_notes_are_kept() -> None:
    sheet = only_sheet(TABLE)
    assert sheet.headers == (
        "Nr.", "Gebiet", "Stichtag", "Einwohner männlich", "Einwohner weiblich", "Anteil unter 18 Jahren in %",
    )  # fmt: skip
    assert [number for number, _ in sheet.rows] == [4, 5, 6, 7, 8, 9]
    assert sheet.rows[0][1] == ("01", "Stadtteil Westend", "31.12.2022", "1.010", "1.090", "17,5")
    assert sheet.notes == (
        (1, "Erfundene Zahlen für Tests, keine Statistik einer Stadt"), (10, "_______________"),
        (11, ". = geheim gehalten"),
    )  # fmt: skip
    assert not sheet.english


def test_years_in_the_headings_are_headings() -> None:
    sheet = parsed("Stadtteil;2021;2022;2023\nWestend;10;11;12\n")
    assert sheet.headers == ("Stadtteil", "2021", "2022", "2023")
    assert [cells for _, cells in sheet.rows] == [("Westend", "10", "11", "12")]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [("Ort;a;b\nX;1,5;2,5\nY;3,5;4,5\n", ";"), ("Ort,a,b\nX,1.5,2.5\n", ","), ("Ort\ta\tb\nX\t1,5\t2,5\n", "\t")],
)
def test_the_delimiter_is_told_from_the_decimal_comma(text: str, delimiter: str) -> None:
    sheet = parsed(text)
    assert sheet.headers == ("Ort", "a", "b")
    assert sheet.english == (delimiter == ",")


def test_old_encodings_are_read() -> None:
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        assert parsed("Gebiet;Einwohner\nMühlental;12\n".encode(encoding)).rows[0][1][0] == "Mühlental"


def test_headings_that_repeat_or_miss_get_names_of_their_own() -> None:
    assert parsed("Gebiet;Zahl;Zahl;\nX;1;2;3\n").headers == ("Gebiet", "Zahl", "Zahl (2)", "Spalte 4")


def test_a_text_without_numbers_is_no_table() -> None:
    with pytest.raises(NoData, match="no row with numbers"):
        parsed("Gebiet;Name\nX;Y\n")


@pytest.mark.parametrize("driver", ["XLSX", "ODS"])
def test_a_workbook_is_read_with_its_numbers(tmp_path: Path, driver: str) -> None:
    file = tmp_path / f"bevoelkerung.{driver.lower()}"
    columns = [np.array(["Westend", "Ostend"], object), np.array([21000.5, 0.1 + 0.2]), np.array([905, 906])]
    pyogrio.raw.write(
        file, None, columns, ["Gebiet", "Wert", "Nr"], layer="Tabelle1", driver=driver, geometry_type=None
    )
    sheet = only_sheet(file)
    assert (sheet.name, sheet.headers) == ("bevoelkerung", ("Gebiet", "Wert", "Nr"))
    assert [cells for _, cells in sheet.rows] == [("Westend", "21000.5", "905"), ("Ostend", "0.3", "906")]


def test_the_sheet_with_the_most_numbers_is_read_or_the_one_named(tmp_path: Path) -> None:
    file = tmp_path / "stadt.xlsx"
    for i, (name, rows) in enumerate((("klein", 1), ("gross", 3))):
        columns = [np.array([f"G{n}" for n in range(rows)], object), np.arange(1, rows + 1)]
        pyogrio.raw.write(
            file, None, columns, ["Gebiet", "Zahl"], layer=name, driver="XLSX", geometry_type=None, append=i > 0
        )
    assert (only_sheet(file).name, only_sheet(file).others) == ("gross", ("klein",))
    assert len(only_sheet(file, columns={"sheet": "klein"}).rows) == 1
    with pytest.raises(FormatError, match="no sheet 'mittel'; there are klein, gross"):
        only_sheet(file, columns={"sheet": "mittel"})


def test_a_workbook_in_an_archive_is_read(tmp_path: Path) -> None:
    book = tmp_path / "b.xlsx"
    columns = [np.array(["Westend"], object), np.array([3])]
    pyogrio.raw.write(book, None, columns, ["Gebiet", "Zahl"], layer="t", driver="XLSX", geometry_type=None)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(book, "b.xlsx")
    assert only_sheet(packed).rows[0][1] == ("Westend", "3")


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(80):
                member.write(b"0" * 2**20)
    with pytest.raises(FormatError, match="unpacks to more than"):
        only_sheet(bomb)


@pytest.mark.parametrize("content", [b"<workbook/>", b"\x00" * 50, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_a_broken_workbook_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        for member in ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            archive.writestr(member, content)
    with pytest.raises(FormatError, match="broken"):
        only_sheet(file)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), max_size=5)))
def test_any_text_is_a_table_or_an_error(rows: list[list[str]]) -> None:
    text = "\n".join(";".join(row) for row in rows)
    try:
        sheet = parsed(text or ";")
    except FormatError:
        return
    assert all(len(cells) == len(sheet.headers) for _, cells in sheet.rows)
    assert len(set(sheet.headers)) == len(sheet.headers)


def test_title_lines_and_footnotes_do_not_hide_a_table(tmp_path: Path) -> None:
    file = tmp_path / "jahrbuch.csv"
    file.write_text("Bevölkerung der Stadt\n\nGebiet;Einwohner\nWestend;12\nOstend;13\nHafen;14\nQuelle: Amt\n")
    sheet = only_sheet(file)
    assert (sheet.headers, len(sheet.rows)) == (("Gebiet", "Einwohner"), 3)
    assert [note for _, note in sheet.notes] == ["Bevölkerung der Stadt", "Quelle: Amt"]
