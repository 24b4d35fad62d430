"""KOSTRA-DWD: the real tables of 2010R, and 2020 in its layout, give the published depth of a place."""

from pathlib import Path

import numpy as np
import pyproj
import pytest

from kastor.city.sample import CRS, ORIGIN
from kastor.formats import kostra
from kastor.formats.errors import FormatError, NoData
from kastor.simulations.storms import depth, euler, return_period
from tests.formats import kostra_files

SOME = (5, 10, 60, 720)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kostra_files.write(tmp_path_factory.mktemp("kostra"))


def test_the_edition_of_2020_is_read_with_all_its_durations_and_its_uncertainty(folder: Path) -> None:
    table = kostra.read([folder])
    assert table.source == "KOSTRA-DWD-2020, Deutscher Wetterdienst"
    assert tuple(table.minutes) == kostra_files.MINUTES
    assert tuple(table.years) == kostra_files.YEARS
    assert len(table.places) == 8, "the cell without values is left out"
    place = pyproj.Transformer.from_crs(CRS.split("+")[0], table.crs, always_xy=True).transform(*ORIGIN[:2])
    here = table.at(*place)
    assert here is not None
    assert here.place == 121106
    assert depth(here, 60, 100) == pytest.approx(kostra_files.depth(4, 60, 100))
    assert depth(here, 10080, 1) == pytest.approx(kostra_files.depth(4, 10080, 1)), "seven days"
    assert return_period(here, 60, kostra_files.depth(4, 60, 30)) == pytest.approx(30)
    assert euler(here, 60, 30).depth == pytest.approx(kostra_files.depth(4, 60, 30))
    assert here.tolerance is not None
    assert here.tolerance[6, -1] == pytest.approx(kostra_files.uncertainty(60, 100) / 100)
    assert table.at(place[0] + kostra_files.SIDE, place[1] + kostra_files.SIDE) is None


def test_a_table_is_kept_without_loss(folder: Path) -> None:
    table = kostra.read(sorted(folder.glob("*D00005.zip")) + sorted(folder.glob("*D00060.zip")))
    again = kostra.unpack(kostra.pack(table))
    assert (again.source, again.crs) == (table.source, table.crs)
    assert (again.cells == table.cells).all()
    for name in ("places", "minutes", "years", "depths", "tolerance"):
        assert np.array_equal(getattr(again, name), getattr(table, name)), name


@pytest.mark.parametrize(
    ("wrong", "minutes", "message"),
    [("unit", SOME, "above 0"), ("column", SOME, "no column INDEX_RC"), ("", (60,), "1 tables of durations")],
)
def test_tables_that_cannot_be_are_refused(tmp_path: Path, wrong: str, minutes: tuple[int, ...], message: str) -> None:
    kostra_files.write(tmp_path, minutes, wrong)
    with pytest.raises(FormatError, match=message):
        kostra.read([tmp_path])


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "KOSTRA_D00060.zip").write_bytes(b"no archive")
    with pytest.raises(FormatError, match="cannot be read"):
        kostra.read([tmp_path])
    (tmp_path / "KOSTRA_D00060.zip").rename(tmp_path / "readme.txt")
    with pytest.raises(NoData, match="0 tables"):
        kostra.read([tmp_path])
