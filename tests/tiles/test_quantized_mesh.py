import gzip
import json
import struct
from dataclasses import dataclass

import numpy as np
import pyproj
import pytest
from numpy.typing import NDArray

from kastor.city.terrain import Terrain, height_at
from kastor.tiles import quantized_mesh
from kastor.tiles.quantized_mesh import GeoRelief, geo_relief, layer_json, tile, tiles
from kastor.tiles.relief import relief
from tests.tiles.ground_samples import dorsten

UNDULATION = 46.0


@dataclass(frozen=True)
class Decoded:
    centre: tuple[float, ...]
    low: float
    high: float
    sphere: tuple[float, ...]
    occlusion: NDArray[np.float64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    heights: NDArray[np.float64]
    triangles: NDArray[np.int64]
    edges: dict[str, NDArray[np.int64]]
    normals: NDArray[np.float64]


def decode(packed: bytes) -> Decoded:
    """Read a tile as the format's description says, without the encoder's code."""
    data = gzip.decompress(packed)
    head = struct.unpack_from("<3d2f4d3d", data)
    at = 88
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    columns = []
    for _ in range(3):
        value, column = 0, []
        for code in struct.unpack_from(f"<{count}H", data, at):
            value += (code >> 1) ^ -(code & 1)
            column.append(value)
        columns.append(np.array(column))
        at += 2 * count
    form, width = ("I", 4) if count > 65536 else ("H", 2)
    at += -at % width
    (n_triangles,) = struct.unpack_from("<I", data, at)
    at += 4
    highest, indices = 0, []
    for code in struct.unpack_from(f"<{3 * n_triangles}{form}", data, at):
        indices.append(highest - code)
        highest += code == 0
    at += 3 * n_triangles * width
    edges = {}
    for name in ("west", "south", "east", "north"):
        (length,) = struct.unpack_from("<I", data, at)
        edges[name] = np.array(struct.unpack_from(f"<{length}{form}", data, at + 4), np.int64)
        at += 4 + length * width
    kind, length = struct.unpack_from("<BI", data, at)
    assert (kind, length) == (1, 2 * count)
    pair = np.frombuffer(data, np.uint8, length, at + 5).reshape(-1, 2) / 255.0 * 2.0 - 1.0
    assert at + 5 + length == len(data)
    z = 1.0 - np.abs(pair).sum(axis=1)
    folded = np.where(z[:, None] < 0, (1.0 - np.abs(pair[:, ::-1])) * np.where(pair >= 0, 1.0, -1.0), pair)
    normals = np.column_stack([folded, z])
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    heights = head[3] + columns[2] / 32767.0 * (head[4] - head[3])
    return Decoded(
        head[:3], head[3], head[4], head[5:9], np.array(head[9:12]), columns[0], columns[1], heights,
        np.array(indices, np.int64).reshape(-1, 3), edges, normals,
    )  # fmt: skip


TO_GEOGRAPHIC = pyproj.Transformer.from_crs("EPSG:25832", "EPSG:4258", always_xy=True)


def to_geographic(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = TO_GEOGRAPHIC.transform(xyz[:, 0], xyz[:, 1])
    tilt = (xyz[:, 0] - 360000.0) * 1e-5
    return np.column_stack([lon, lat, xyz[:, 2] + UNDULATION + tilt])


@pytest.fixture(scope="module")
def ground() -> Terrain:
    return dorsten()


@pytest.fixture(scope="module")
def published(ground: Terrain) -> GeoRelief:
    return geo_relief(relief(ground), to_geographic)


@pytest.fixture(scope="module")
def decoded_tiles(published: GeoRelief) -> dict[tuple[int, int, int], Decoded]:
    return {at: decode(tile(published, *at)) for at in tiles(published)}


def places(level: int, column: int, row: int, decoded: Decoded) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    size = 180.0 / 2**level
    return -180.0 + (column + decoded.u / 32767.0) * size, -90.0 + (row + decoded.v / 32767.0) * size


def finest(all_tiles: dict[tuple[int, int, int], Decoded]) -> dict[tuple[int, int, int], Decoded]:
    most = max(level for level, _, _ in all_tiles)
    return {at: decoded for at, decoded in all_tiles.items() if at[0] == most}


def test_decoded_vertices_lie_on_the_ground_above_the_ellipsoid(decoded_tiles, ground):
    checked = 0
    for (level, column, row), decoded in finest(decoded_tiles).items():
        lon, lat = places(level, column, row, decoded)
        east, north = TO_GEOGRAPHIC.transform(lon, lat, direction="INVERSE")
        inside = (east > 360251) & (east < 360749) & (north > 5721501) & (north < 5721749)
        expected = height_at(ground, east[inside], north[inside]) + UNDULATION + (east[inside] - 360000.0) * 1e-5
        assert np.abs(decoded.heights[inside] - expected).max() < 0.02
        checked += int(inside.sum())
    assert checked > 500


def test_triangles_cover_each_tile_and_look_up(decoded_tiles):
    for decoded in decoded_tiles.values():
        x, y = decoded.u[decoded.triangles], decoded.v[decoded.triangles]
        size = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
        assert (size > 0).all()
        assert size.sum() / 2 == 32767**2


def test_edge_lists_name_the_vertices_on_the_edges(decoded_tiles):
    decoded = next(iter(finest(decoded_tiles).values()))
    for name, values, at in (
        ("west", decoded.u, 0), ("east", decoded.u, 32767), ("south", decoded.v, 0), ("north", decoded.v, 32767),
    ):  # fmt: skip
        assert sorted(decoded.edges[name].tolist()) == np.flatnonzero(values == at).tolist()


def test_neighbours_share_their_edges(decoded_tiles):
    decoded = finest(decoded_tiles)
    pairs = 0
    for (level, column, row), mine in decoded.items():
        east, north = decoded.get((level, column + 1, row)), decoded.get((level, column, row + 1))
        for other, mine_name, other_name, along in ((east, "east", "west", "v"), (north, "north", "south", "u")):
            if other is None:
                continue
            pairs += 1
            m, o = mine.edges[mine_name], other.edges[other_name]
            m, o = m[np.argsort(getattr(mine, along)[m])], o[np.argsort(getattr(other, along)[o])]
            assert np.array_equal(getattr(mine, along)[m], getattr(other, along)[o])
            assert np.abs(mine.heights[m] - other.heights[o]).max() < 0.001
    assert pairs >= 2


def test_normals_point_away_from_the_earth(decoded_tiles):
    decoded = next(iter(finest(decoded_tiles).values()))
    away = np.array(decoded.centre) / np.linalg.norm(decoded.centre)
    assert (decoded.normals @ away > 0.7).all()
    assert np.median(decoded.normals @ away) > 0.99


def test_the_sphere_and_the_heights_bound_the_tile(decoded_tiles):
    to_ecef = pyproj.Transformer.from_crs("EPSG:4937", "EPSG:4936", always_xy=True)
    for (level, column, row), decoded in decoded_tiles.items():
        lon, lat = places(level, column, row, decoded)
        points = np.column_stack(to_ecef.transform(lon, lat, decoded.heights))
        away = np.linalg.norm(points - decoded.sphere[:3], axis=1)
        assert away.max() <= decoded.sphere[3] * 1.0001 + 0.01
        assert np.linalg.norm(decoded.occlusion) >= 1.0


def test_the_description_lists_exactly_the_tiles_there_are(published):
    described = layer_json(published, "Dorsten", "Geobasis NRW")
    json.dumps(described)
    listed = set()
    for level, spans in enumerate(described["available"]):
        for span in spans:
            listed |= {
                (level, column, row)
                for column in range(span["startX"], span["endX"] + 1)
                for row in range(span["startY"], span["endY"] + 1)
            }
    assert listed == set(tiles(published))
    assert {(0, 0, 0), (0, 1, 0)} <= listed
    assert described["maxzoom"] == 16
    west, south, east, north = described["bounds"]
    assert west < 6.985 < east
    assert south < 51.628 < north


@pytest.mark.parametrize("at", [(0, 2, 0), (16, 0, 0), (17, 1, 1), (-1, 0, 0), (99, 0, 0)])
def test_there_is_no_tile_elsewhere(published, at):
    assert tile(published, *at) is None


def test_a_terrain_too_large_for_one_projection_fit_is_refused(ground):
    def torn(xyz):
        found = to_geographic(xyz)
        found[:, 0] += np.where(xyz[:, 0] > 360500, 0.01, 0.0)
        return found

    with pytest.raises(quantized_mesh.ProjectionFitError, match="smaller terrain"):
        geo_relief(relief(ground), torn)
