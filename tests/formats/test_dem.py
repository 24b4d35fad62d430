"""Height grids of every format, damaged ones, and grids in degrees."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

from kastor.city.report import Report
from kastor.city.terrain import Terrain, height_at
from kastor.formats.dem import read, resample, terrain_format
from kastor.formats.errors import FormatError

DORSTEN = Path(__file__).parents[2] / "kastor" / "demo" / "dorsten" / "dgm1_32_360_5721_1_nw.tif"


def load(path: Path, **options) -> tuple[list[Terrain], Report]:
    report = Report(path.name)
    return [part.content for part in read(path, report, **options)], report


def raster(path: Path, heights: np.ndarray, transform=None, crs="EPSG:25832", **profile) -> Path:
    bands = heights if heights.ndim == 3 else heights[None]
    transform = transform or from_origin(360000, 5722000, 1, 1)
    with rasterio.open(
        path, "w", driver="GTiff", width=bands.shape[2], height=bands.shape[1], count=len(bands), dtype=bands.dtype,
        crs=crs, transform=transform, **profile,
    ) as data:  # fmt: skip
        data.write(bands)
    return path


def ramp(rows=8, cols=10) -> np.ndarray:
    return (np.arange(rows * cols).reshape(rows, cols) / 10 + 40).astype(np.float32)


def test_an_official_tile_lies_where_it_should():
    terrains, report = load(DORSTEN)
    assert [t.box for t in terrains] == [(360000.0, 5721000.0, 361000.0, 5722000.0)]
    assert terrains[0].crs == "EPSG:25832+7837"
    assert terrains[0].heights.dtype == np.float32
    assert 37 < np.nanmin(terrains[0].heights) < np.nanmax(terrains[0].heights) < 45
    assert report.counts["dem_heights_assumed", "kept"] == 1
    assert report.crs == "EPSG:25832"


def test_large_rasters_come_in_blocks_that_fit_together(monkeypatch):
    monkeypatch.setattr("kastor.formats.dem.BLOCK", 400)
    terrains, _ = load(DORSTEN)
    assert len(terrains) == 9
    whole = np.block([[terrains[3 * r + c].heights for c in range(3)] for r in range(3)])
    with rasterio.open(DORSTEN) as data:
        expected = data.read(1)
    assert np.array_equal(whole, expected, equal_nan=True)
    assert terrains[4].box == (360400.0, 5721200.0, 360800.0, 5721600.0)


@pytest.mark.parametrize("nodata", [-9999.0, 0.0, np.nan, None])
def test_cells_without_a_height_are_unknown(tmp_path, nodata):
    heights = ramp()
    heights[2, 3] = -9999.0 if nodata is None else nodata
    terrains, _ = load(raster(tmp_path / "dgm.tif", heights, nodata=nodata))
    assert np.isnan(terrains[0].heights[2, 3])
    assert np.isnan(terrains[0].heights).sum() == 1


def test_whole_numbers_with_a_scale_are_understood(tmp_path):
    path = tmp_path / "cm.tif"
    place = {"crs": "EPSG:25832", "transform": from_origin(360000, 5722000, 1, 1)}
    with rasterio.open(path, "w", driver="GTiff", width=10, height=8, count=1, dtype="int32", **place) as data:
        data.write((ramp() * 100).astype(np.int32)[None])
        data.scales, data.offsets = (0.01,), (0.0,)
    terrains, _ = load(path)
    assert np.abs(terrains[0].heights - ramp()).max() < 0.011


def test_a_stated_height_system_is_kept(tmp_path):
    terrains, report = load(raster(tmp_path / "dgm.tif", ramp(), crs="EPSG:25832+5783"))
    assert terrains[0].crs == "EPSG:25832+5783"
    assert not report.counts


def test_impossible_heights_are_taken_out_and_counted(tmp_path):
    heights = ramp()
    heights[0, :3] = (1e30, -20_000, np.inf)
    terrains, report = load(raster(tmp_path / "dgm.tif", heights))
    assert np.isnan(terrains[0].heights[0, :3]).all()
    assert report.counts["dem_height_impossible", "repaired"] == 3


def test_the_person_who_loads_knows_the_system_better(tmp_path):
    terrains, _ = load(raster(tmp_path / "dgm.tif", ramp(), crs=None), crs="EPSG:25833+7837")
    assert terrains[0].crs == "EPSG:25833+7837"
    unnamed, report = load(raster(tmp_path / "other.tif", ramp(), crs=None))
    assert unnamed[0].crs == ""
    assert report.counts["dem_crs_missing", "kept"] == 1
    official, report = load(raster(tmp_path / "dgm1_33_360_5721_2_bb.tif", ramp(), crs=None))
    assert official[0].crs == "EPSG:25833+7837"
    assert report.counts["dem_crs_from_name", "kept"] == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"transform": Affine(1, 0.2, 360000, 0.2, -1, 5722000)}, "turned"),
        ({"transform": Affine(1, 0, 360000, 0, 1, 5722000)}, "flipped"),
        ({"transform": from_origin(360000, 5722000, 1, 2)}, "not square"),
        ({"heights": np.zeros((3, 8, 10), np.uint8)}, "picture"),
        ({"heights": ramp().astype(np.complex64)}, "picture"),
        ({"heights": np.full((8, 10), -9999, np.float32)}, "no height at all"),
    ],
)
def test_rasters_that_are_no_terrain_are_refused_with_a_cure(tmp_path, change, word):
    path = raster(tmp_path / "dgm.tif", **{"heights": ramp(), **change})
    with pytest.raises(FormatError, match=word) as error:
        load(path)
    assert error.value.cure


def test_a_raster_without_a_place_is_refused(tmp_path):
    path = tmp_path / "dgm.tif"
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        raster(path, ramp(), transform=Affine.identity(), crs=None)
    with pytest.raises(FormatError, match="no place on the map"):
        load(path)


def test_a_raster_too_large_to_be_true_is_refused(tmp_path):
    path = tmp_path / "huge.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=2_000_000, height=2_000_000, count=1, dtype="float32", crs="EPSG:25832",
        transform=from_origin(9, 9, 1, 1), sparse_ok=True, tiled=True, BIGTIFF="YES", blockxsize=8192, blockysize=8192,
    ):  # fmt: skip
        pass
    with pytest.raises(FormatError, match="too large"):
        load(path)


@pytest.mark.parametrize("share", [0.0005, 0.3, 0.9])
def test_a_download_that_broke_off_is_refused(tmp_path, share):
    whole = DORSTEN.read_bytes()
    path = tmp_path / "dgm.tif"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(FormatError) as error:
        load(path)
    assert error.value.cure


def test_an_ascii_grid_is_read_with_its_neighbour_file(tmp_path):
    path = tmp_path / "dgm.asc"
    rows = "\n".join(" ".join(f"{h:.1f}" for h in row) for row in ramp(3, 4).tolist())
    path.write_text(f"ncols 4\nnrows 3\nxllcorner 360000\nyllcorner 5721000\ncellsize 5\nNODATA_value -9999\n{rows}\n")
    terrains, _ = load(path, crs="EPSG:25832+7837")
    assert terrains[0].box == (360000.0, 5721000.0, 360020.0, 5721015.0)
    assert np.allclose(terrains[0].heights, ramp(3, 4), atol=0.05)
    broken = tmp_path / "cut.asc"
    broken.write_text(path.read_text()[:130])
    with pytest.raises(FormatError, match="damaged"):
        load(broken)


def test_srtm_tiles_stay_in_degrees_until_they_are_resampled(tmp_path, shared_data):
    with zipfile.ZipFile(shared_data("terrain/srtm-oberfranken/N49E011.hgt.zip")) as archive:
        path = Path(archive.extract("N49E011.hgt", tmp_path))
    terrains, report = load(path)
    source = terrains[0]
    assert source.crs == "EPSG:4326"
    assert source.heights.shape == (1201, 1201)
    assert report.counts["dem_in_degrees", "kept"] == 1
    # a plain stretch of degrees stands for the projection
    west, upper = 11.5 * 72_000, 49.6 * 111_000
    plane = resample(
        source, lambda xy: xy / (72_000.0, 111_000.0), "EPSG:25832", 11.5 * 72_000, 49.6 * 111_000, 90.0, (40, 50)
    )
    assert plane.heights.shape == (40, 50)
    east, north = west + 45.0, upper - 45.0
    assert plane.heights[0, 0] == pytest.approx(height_at(source, [east / 72_000], [north / 111_000])[0])
    assert 200 < np.nanmin(plane.heights) < np.nanmax(plane.heights) < 1100


def test_a_file_is_told_by_its_content(tmp_path):
    assert terrain_format(DORSTEN) == "GeoTIFF"
    for name, content, kind in [
        ("a.xyz", b"360000 5721000 40.1\n", "XYZ"),
        ("b.txt", b"x,y,z\n360000,5721000,40.1\n", "XYZ"),
        ("c.asc", b"NCOLS 4\nNROWS 3\n", "ASC"),
        ("d.tif", b"hello", ""),
        ("e.bin", b"\0\1\2", ""),
        ("f", b"", ""),
    ]:
        path = tmp_path / name
        path.write_bytes(content)
        assert terrain_format(path) == kind
    with pytest.raises(FormatError, match="no height grid"):
        load(tmp_path / "d.tif")


def test_files_that_refer_to_other_files_are_never_opened(tmp_path):
    path = tmp_path / "dgm.tif"
    path.write_text('<VRTDataset rasterXSize="9" rasterYSize="9"></VRTDataset>')
    with pytest.raises(FormatError, match="no height grid"):
        load(path)
