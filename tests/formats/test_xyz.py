"""Lists of heights in the spellings of many authorities."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.city.report import Report
from kastor.city.terrain import Terrain
from kastor.formats.errors import FormatError
from kastor.formats.xyz import read_xyz

EAST, NORTH = np.meshgrid(360000.5 + np.arange(30), 5721020.5 - np.arange(20))
HEIGHTS = (40 + (EAST - 360000) / 100 + (NORTH - 5721000) / 50).round(2)
POINTS = np.column_stack([EAST.ravel(), NORTH.ravel(), HEIGHTS.ravel()])


def written(path: Path, points=POINTS, line="{0:.1f} {1:.1f} {2:.2f}", header="", decimal=".") -> Path:
    text = "".join(line.format(*p).replace(".", decimal) + "\n" for p in points.tolist())
    path.write_text(header + text)
    return path


def load(path: Path, crs: str | None = "EPSG:25832+7837") -> tuple[list[Terrain], Report]:
    report = Report(path.name)
    return list(read_xyz(path, report, crs)), report


@pytest.mark.parametrize(
    "spelling",
    [
        {},
        {"line": "{0:.1f}\t{1:.1f}\t{2:.2f}"},
        {"line": "{0:.1f},{1:.1f},{2:.2f}"},
        {"line": "{0:.1f};{1:.1f};{2:.2f}", "decimal": ","},
        {"line": "{0:.1f} {1:.1f} {2:.2f}", "decimal": ","},
        {"line": "{0:.1f} {1:.1f} {2:.2f}\r"},
        {"line": "{0:.1f},{1:.1f},{2:.2f}", "header": '"x","y","z"\n'},
        {"line": "{0:.1f} {1:.1f} {2:.2f} 17", "header": "# DGM1\n# Rechtswert Hochwert Höhe\n"},
        {"line": "  {0:.3e} {1:.7e} {2:+.2f}  "},
        {"header": "\ufeff"},
    ],
)
def test_every_spelling_gives_the_same_grid(tmp_path, spelling):
    points = POINTS.copy()
    if "e}" in spelling.get("line", ""):
        points[:, 0] = np.round(points[:, 0] / 1000) * 1000 + np.tile(np.arange(30) * 1000, 20)
        terrains, _ = load(written(tmp_path / "dgm.xyz", points, **spelling))
        assert np.isfinite(terrains[0].heights).any()
        return
    terrains, _ = load(written(tmp_path / "dgm.xyz", **spelling))
    assert [t.box for t in terrains] == [(360000.0, 5721001.0, 360030.0, 5721021.0)]
    assert np.allclose(terrains[0].heights, HEIGHTS)


def test_the_order_of_the_lines_and_missing_points_do_not_matter(tmp_path):
    order = np.random.default_rng(1).permutation(len(POINTS))[:-40]
    terrains, report = load(written(tmp_path / "dgm.xyz", POINTS[order]))
    heights = terrains[0].heights
    assert heights.shape == HEIGHTS.shape
    assert np.isnan(heights).sum() == 40
    known = np.isfinite(heights)
    assert np.allclose(heights[known], HEIGHTS[known])
    assert not report.counts


def test_packed_lists_are_unpacked_while_reading(tmp_path):
    path = tmp_path / "dgm.xyz.gz"
    path.write_bytes(gzip.compress(written(tmp_path / "plain.xyz").read_bytes()))
    terrains, _ = load(path)
    assert np.allclose(terrains[0].heights, HEIGHTS)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FormatError, match="damaged"):
        load(path)


def test_long_lists_are_read_in_pieces_and_given_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("kastor.formats.xyz.TEXT_AT_ONCE", 700)
    monkeypatch.setattr("kastor.formats.xyz.BLOCK", 16)
    monkeypatch.setattr("kastor.formats.xyz.MAX_IN_MEMORY", 10)
    terrains, _ = load(written(tmp_path / "dgm.xyz"))
    assert len(terrains) == 4
    assert np.allclose(np.block([[t.heights for t in terrains[:2]], [t.heights for t in terrains[2:]]]), HEIGHTS)
    assert terrains[3].box == (360016.0, 5721001.0, 360030.0, 5721005.0)


def test_the_zone_before_the_easting_names_the_system(tmp_path):
    points = POINTS + np.array([33e6, 0, 0])
    terrains, report = load(written(tmp_path / "dgm.xyz", points), crs=None)
    assert terrains[0].crs == "EPSG:25833+7837"
    assert terrains[0].west == 360000.0
    assert report.counts["zone_prefix", "repaired"] == 1


def test_the_name_of_an_official_tile_names_the_system(tmp_path):
    terrains, report = load(written(tmp_path / "dgm1_32_360_5721_1_nw.xyz"), crs=None)
    assert terrains[0].crs == "EPSG:25832+7837"
    assert report.counts["dem_crs_from_name", "kept"] == 1
    unnamed, report = load(written(tmp_path / "heights.xyz"), crs=None)
    assert unnamed[0].crs == ""
    assert report.counts["dem_crs_missing", "kept"] == 1


def test_points_without_a_grid_are_triangulated_and_say_how_sure_they_are(tmp_path):
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 100, (900, 2)) + np.array([360000, 5721000])
    points = np.column_stack([xy, 40 + (xy[:, 0] - 360000) * 0.1])
    terrains, report = load(written(tmp_path / "points.xyz", points, line="{0:.3f} {1:.3f} {2:.3f}"))
    assert report.counts["dem_points_gridded", "repaired"] == 1
    terrain = terrains[0]
    assert terrain.distance is not None
    assert terrain.distance.max() < 20
    middle = terrain.heights[terrain.heights.shape[0] // 2, terrain.heights.shape[1] // 2]
    assert middle == pytest.approx(45, abs=0.5)


def test_too_many_points_without_a_grid_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("kastor.formats.xyz.MAX_SCATTERED", 50)
    points = np.random.default_rng(3).uniform(0, 100, (60, 3))
    with pytest.raises(FormatError, match="no regular grid") as error:
        load(written(tmp_path / "points.xyz", points, line="{0:.3f} {1:.3f} {2:.3f}"))
    assert "DGM" in error.value.cure


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("1 2\n3 4\n", "3 numbers"),
        ("360000 5721000 40\n360001 5721000 north\n", "3 numbers"),
        ("360000 5721000 40\n360001 5721000\n360002 5721000 41\n", "3 numbers"),
        ("360000 5721000 40\n", "1 points"),
        ("x y z\n", "numbers"),
        ("", "0 points"),
        ("nan nan nan\n" * 5, "0 points"),
    ],
)
def test_lists_that_are_none_are_refused(tmp_path, text, word):
    path = tmp_path / "dgm.xyz"
    path.write_text(text)
    with pytest.raises(FormatError, match=word) as error:
        load(path)
    assert error.value.cure


def test_one_stray_point_does_not_make_an_endless_grid(tmp_path):
    points = np.vstack([POINTS, [[9e8 + 0.5, 9e8 + 0.5, 1.0]]])
    path = written(tmp_path / "dgm.xyz", points)
    terrains, report = load(path)
    assert sum(t.heights.size for t in terrains) < 10**7
    assert report.counts["dem_points_gridded", "repaired"] == 1


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="0123456789 .,;-+eE\n\tnaxif#", max_size=80))
def test_any_text_is_read_or_refused_with_a_cure(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("xyz") / "dgm.xyz"
    path.write_text(text)
    cure, terrains = "", []
    try:
        terrains, _ = load(path)
    except FormatError as error:
        cure = error.cure
    assert cure or terrains
    assert all(t.heights.ndim == 2 and t.cell > 0 for t in terrains)
