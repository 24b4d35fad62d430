"""OGC API - Tiles: the collections as vector tiles in Web Mercator and in the European equal-area grid.

Made when they are asked for the first time and kept while the twin stays as it is. Objects smaller than a
pixel are left out; points appear from the level on where single ones can be told apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import shapely
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import or_

from kastor.city.model import Kind
from kastor.loading.features import STANDARD
from kastor.store import Tenant
from kastor.store.features import Feature, Wanted, page
from kastor.store.filters import Filter
from kastor.store.schema import objects
from kastor.tiles.mvt import EXTENT, layer
from kastor.web import feature_crs
from kastor.web.collections import NAMES, collections, extents, kind_of
from kastor.web.errors import NotFound
from kastor.web.feature_crs import EPSG, System
from kastor.web.ogc import JSON, Asked, answer, asked, json_answer, link, mark_of, not_modified, own_links, tag_of
from kastor.web.rights import Right, needs

router = APIRouter(prefix="/ogc/{tenant}", include_in_schema=False, dependencies=[needs(Right.SEE)])

MVT = "application/vnd.mapbox-vector-tile"
FORMS = {"json": JSON}
TILE_FORMS = {"mvt": MVT}
METHODS = ["GET", "HEAD"]

LOWEST, HIGHEST = 9, 19
"""Levels of Web Mercator that have tiles; those of other grids are the ones of about the same scale."""
POINTS_FROM = 13
"""Level from which points are drawn."""
MOST = 20_000
"""Objects of one kind in a tile."""
_BEYOND = 64
"""Units beyond the edge of a tile, so that lines do not end there."""
_POINTS = (Kind.TREE, Kind.ADDRESS, Kind.FURNITURE)
_SHOWN = (*STANDARD, "function", "name", "highway", "landuse", "species")


@dataclass(frozen=True)
class Grid:
    """
    A tile matrix set whose levels halve.

    Parameters
    ----------
    id, title, epsg
        As the OGC registry has them.
    west, north
        Corner of all levels. [m]
    side
        Side of level 0. [m]
    axes
        Order of the axes of its system.
    finer
        How many levels of Web Mercator its level 0 lies below.
    """

    id: str
    title: str
    epsg: int
    west: float
    north: float
    side: float
    axes: tuple[str, str]
    finer: int

    @property
    def levels(self) -> range:
        """Levels that have tiles."""
        return range(LOWEST - self.finer, HIGHEST - self.finer + 1)


_HALF = math.pi * 6378137.0
GRIDS = {
    grid.id: grid
    for grid in (
        Grid("WebMercatorQuad", "Web Mercator", 3857, -_HALF, _HALF, 2 * _HALF, ("X", "Y"), 0),
        Grid("EuropeanETRS89_LAEAQuad", "ETRS89 / LAEA", 3035, 2e6, 5.5e6, 4.5e6, ("Y", "X"), 2),
    )
}


@router.api_route("/tileMatrixSets", methods=METHODS)
def grids(request: Request, tenant: str) -> Response:
    """All tile matrix sets."""
    ask = asked(request, tenant, FORMS)
    listed = [
        {"id": g.id, "title": g.title, "uri": _uri(g), "crs": f"{EPSG}{g.epsg}",
         "links": [link(f"{ask.base}/tileMatrixSets/{g.id}", "self", JSON)]}
        for g in GRIDS.values()
    ]  # fmt: skip
    return json_answer(ask, {"tileMatrixSets": listed, "links": own_links(ask, FORMS)})


@router.api_route("/tileMatrixSets/{grid}", methods=METHODS)
def one_grid(request: Request, tenant: str, grid: str) -> Response:
    """A tile matrix set with its levels."""
    return json_answer(asked(request, tenant, FORMS), _definition(_grid(grid)))


@router.api_route("/tiles", methods=METHODS)
def tilesets(request: Request, tenant: str) -> Response:
    """Tilesets of all collections together."""
    return _tilesets(asked(request, tenant, FORMS), None)


@router.api_route("/collections/{collection}/tiles", methods=METHODS)
def collection_tilesets(request: Request, tenant: str, collection: str) -> Response:
    """Tilesets of one collection."""
    ask = asked(request, tenant, FORMS)
    return _tilesets(ask, kind_of(ask.twin, collection))


@router.api_route("/tiles/{grid}", methods=METHODS)
def tileset(request: Request, tenant: str, grid: str) -> Response:
    """The tileset of all collections in a grid."""
    ask = asked(request, tenant, FORMS)
    return json_answer(ask, _tileset(ask, None, _grid(grid)))


@router.api_route("/collections/{collection}/tiles/{grid}", methods=METHODS)
def collection_tileset(request: Request, tenant: str, collection: str, grid: str) -> Response:
    """The tileset of one collection in a grid."""
    ask = asked(request, tenant, FORMS)
    return json_answer(ask, _tileset(ask, kind_of(ask.twin, collection), _grid(grid)))


@router.api_route("/tiles/{grid}/tilejson", methods=METHODS)
def tilejson(request: Request, tenant: str, grid: str) -> Response:
    """TileJSON of all collections, for MapLibre and QGIS."""
    ask = asked(request, tenant, FORMS)
    return json_answer(ask, _tilejson(ask, None, _grid(grid)))


@router.api_route("/collections/{collection}/tiles/{grid}/tilejson", methods=METHODS)
def collection_tilejson(request: Request, tenant: str, collection: str, grid: str) -> Response:
    """TileJSON of one collection."""
    ask = asked(request, tenant, FORMS)
    return json_answer(ask, _tilejson(ask, kind_of(ask.twin, collection), _grid(grid)))


@router.api_route("/tiles/{grid}/{level}/{row}/{column}", methods=METHODS)
def tile(request: Request, tenant: str, grid: str, level: str, row: str, column: str) -> Response:
    """A tile of all collections."""
    ask = asked(request, tenant, TILE_FORMS, ready=True)
    return _tile(ask, tuple(collections(ask.twin)), _grid(grid), level, row, column)


@router.api_route("/collections/{collection}/tiles/{grid}/{level}/{row}/{column}", methods=METHODS)
def collection_tile(
    request: Request, tenant: str, collection: str, grid: str, level: str, row: str, column: str
) -> Response:
    """A tile of one collection."""
    ask = asked(request, tenant, TILE_FORMS, ready=True)
    return _tile(ask, (kind_of(ask.twin, collection),), _grid(grid), level, row, column)


def _grid(name: str) -> Grid:
    if name not in GRIDS:
        raise NotFound(f"There is no tile matrix set {name[:60]!r}; there are {', '.join(GRIDS)}.")
    return GRIDS[name]


def _uri(grid: Grid) -> str:
    return f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{grid.id}"


def _definition(grid: Grid) -> dict[str, Any]:
    corner = [grid.west, grid.north] if grid.axes[0] == "X" else [grid.north, grid.west]
    matrices = []
    for level in range(grid.levels.stop):
        size = grid.side / 2**level / 256
        matrices.append({
            "id": str(level), "scaleDenominator": size / 0.00028, "cellSize": size, "cornerOfOrigin": "topLeft",
            "pointOfOrigin": corner, "tileWidth": 256, "tileHeight": 256,
            "matrixWidth": 2**level, "matrixHeight": 2**level,
        })  # fmt: skip
    return {
        "id": grid.id, "title": grid.title, "uri": _uri(grid), "crs": f"{EPSG}{grid.epsg}",
        "orderedAxes": list(grid.axes), "tileMatrices": matrices,
    }  # fmt: skip


def _address(ask: Asked, kind: Kind | None) -> str:
    return f"{ask.base}/tiles" if kind is None else f"{ask.base}/collections/{NAMES[kind][0]}/tiles"


def _tilesets(ask: Asked, kind: Kind | None) -> Response:
    listed = [
        {"title": g.title, "dataType": "vector", "crs": f"{EPSG}{g.epsg}", "tileMatrixSetURI": _uri(g),
         "links": _tileset(ask, kind, g)["links"]}
        for g in GRIDS.values()
    ]  # fmt: skip
    return json_answer(ask, {"tilesets": listed, "links": own_links(ask, FORMS)})


def _tileset(ask: Asked, kind: Kind | None, grid: Grid) -> dict[str, Any]:
    here = f"{_address(ask, kind)}/{grid.id}"
    kinds = collections(ask.twin) if kind is None else [kind]
    scheme = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
    template = {"rel": "item", "type": MVT, "templated": "true"}
    found: dict[str, Any] = {
        "title": ask.twin.info.title if kind is None else NAMES[kind][1 if ask.german else 2],
        "dataType": "vector",
        "crs": f"{EPSG}{grid.epsg}",
        "tileMatrixSetURI": _uri(grid),
        "tileMatrixSetLimits": _limits(ask.twin, kind, grid),
        "layers": [{"id": NAMES[k][0], "title": NAMES[k][1 if ask.german else 2], "dataType": "vector"} for k in kinds],
        "links": [
            link(here, "self", JSON),
            link(f"{ask.base}/tileMatrixSets/{grid.id}", scheme, JSON),
            {"href": f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", **template, "templated": True},
        ],
    }
    if grid.epsg == 3857:
        found["links"].append(link(f"{here}/tilejson", "describedby", JSON, "TileJSON"))
    return found


def _tilejson(ask: Asked, kind: Kind | None, grid: Grid) -> dict[str, Any]:
    if grid.epsg != 3857:
        raise NotFound("TileJSON is for WebMercatorQuad only; read the tileset instead.")
    extent = extents(ask.twin).get("" if kind is None else kind.name.lower())
    datasets = ask.twin.datasets()
    kinds = collections(ask.twin) if kind is None else [kind]
    return {
        "tilejson": "3.0.0",
        "name": ask.twin.info.title,
        "attribution": " · ".join(dict.fromkeys(d.attribution for d in datasets if d.attribution)),
        "tiles": [f"{_address(ask, kind)}/{grid.id}/{{z}}/{{y}}/{{x}}"],
        "minzoom": LOWEST,
        "maxzoom": HIGHEST,
        "bounds": list(extent.degrees) if extent else [-180, -85, 180, 85],
        "vector_layers": [{"id": NAMES[k][0], "fields": {}} for k in kinds],
    }


def _limits(twin: Tenant, kind: Kind | None, grid: Grid) -> list[dict[str, Any]]:
    extent = extents(twin).get("" if kind is None else kind.name.lower())
    if extent is None:
        return []
    edge = shapely.segmentize(shapely.box(*extent.plane), 1e4)
    west, south, east, north = shapely.bounds(_moved(twin, np.array([edge], object), grid)[0]).tolist()
    found = []
    for level in grid.levels:
        side = grid.side / 2**level
        most = 2**level - 1
        columns = [min(max(int((x - grid.west) // side), 0), most) for x in (west, east)]
        rows = [min(max(int((grid.north - y) // side), 0), most) for y in (north, south)]
        found.append({
            "tileMatrix": str(level), "minTileRow": rows[0], "maxTileRow": rows[1],
            "minTileCol": columns[0], "maxTileCol": columns[1],
        })  # fmt: skip
    return found


def _system(grid: Grid) -> System:
    found = feature_crs.plain(grid.epsg)
    return System(found.uri, found.crs, longitude_first=True)


def _moved(twin: Tenant, shapes: Any, grid: Grid) -> Any:
    return feature_crs.transformed(twin, shapes, _system(grid))


def _tile(ask: Asked, kinds: tuple[Kind, ...], grid: Grid, level: str, row: str, column: str) -> Response:
    numbers = [
        int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1 for text in (level, row, column)
    ]
    if numbers[0] not in grid.levels or not all(0 <= n < 2 ** numbers[0] for n in numbers[1:]):
        levels = f"{grid.levels.start} to {grid.levels.stop - 1}"
        raise NotFound(f"There is no tile {level[:9]}/{row[:9]}/{column[:9]} in {grid.id}; its levels are {levels}.")
    tag = tag_of(ask)
    if (known := not_modified(ask, tag)) is not None:
        return known
    content = _content(ask.twin, mark_of(ask.twin), kinds, grid, (numbers[0], numbers[1], numbers[2]))
    if not content:
        return Response(status_code=204, headers={"ETag": tag, "Cache-Control": "no-cache"})
    return answer(ask, content, MVT, tag)


def _whole(text: str) -> int:
    """A number of an address, -1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


@lru_cache(maxsize=512)
def _content(twin: Tenant, state: str, kinds: tuple[Kind, ...], grid: Grid, place: tuple[int, int, int]) -> bytes:
    return b"".join(_layer(twin, kind, grid, *place) for kind in kinds)


def _layer(twin: Tenant, kind: Kind, grid: Grid, level: int, row: int, column: int) -> bytes:
    if kind in _POINTS and level + grid.finer < POINTS_FROM:
        return b""
    side = grid.side / 2**level
    west, north = grid.west + column * side, grid.north - row * side
    beyond = side * _BEYOND / EXTENT
    area = shapely.box(west - beyond, north - side - beyond, west + side + beyond, north + beyond)
    outline = feature_crs.to_plane(twin, area, _system(grid))
    if shapely.is_empty(outline):
        return b""
    box = tuple(shapely.bounds(outline).tolist())
    c = objects.c
    pixel = side / 256
    visible = or_(c.east - c.west >= pixel, c.north - c.south >= pixel) if kind not in _POINTS else c.west.is_not(None)
    found = page(twin.database, Wanted(kind, Filter(visible, box), MOST, None, "geometry")).features
    if not found:
        return b""
    shapes = _moved(twin, np.asarray(shapely.from_wkb([f.place for f in found]), object), grid)
    scale = EXTENT / side
    shapes = shapely.transform(shapes, lambda xy: (xy - (west, north)) * (scale, -scale))
    shapes = shapely.clip_by_rect(shapes, -_BEYOND, -_BEYOND, EXTENT + _BEYOND, EXTENT + _BEYOND)
    shapes = np.asarray(shapely.simplify(shapes, 1.0), object)
    seen = ~(shapely.is_empty(shapes) | shapely.is_missing(shapes))
    kept = [f for f, s in zip(found, seen.tolist(), strict=True) if s]
    return layer(NAMES[kind][0], shapes[seen], [_properties(f) for f in kept], [f.key for f in kept])


def _properties(one: Feature) -> dict[str, Any]:
    read = orjson.loads(one.head + b"null}")
    given = {"id": read["id"], **{name: read["properties"].get(name) for name in _SHOWN}}
    return {n: v for n, v in given.items() if isinstance(v, (str, int, float)) and v != ""}
