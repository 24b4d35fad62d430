"""The map of a result on paper: classes of a raster and of features over the drawn ground."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import scipy
import shapely
from numpy.typing import NDArray
from rasterio.features import geometry_mask
from rasterio.transform import from_bounds

from kastor.loading.layers import MAPPED
from kastor.planning.edit_words import shape_of
from kastor.store import Tenant, results
from kastor.store.geotiff import layers
from kastor.tiles.ground import fitted, ground_picture, layers_picture
from kastor.tiles.land import land
from kastor.web.result_tables import rows_of

Box = tuple[float, float, float, float]

PICTURE = (1500, 1050)
"""Pixels of the map."""

COVER = 0.88
"""How far classes hide the ground."""

AROUND = 1.08
"""How much wider the map is than the area."""

FILLED = 2.5
"""Cells at a wall without a value take that of the nearest one so far away, so that no ring stays dry. [cells]"""


def area_of(document: Mapping[str, Any]) -> shapely.Geometry:
    """The area a result is about."""
    return shapely.from_geojson(orjson.dumps(document["inputs"]["area"]))


def box_of(document: Mapping[str, Any]) -> Box:
    """What the map shows."""
    west, south, east, north = shapely.bounds(area_of(document)).tolist()
    across, up = (east - west) * (AROUND - 1) / 2, (north - south) * (AROUND - 1) / 2
    return fitted((west - across, south - up, east + across, north + up), *PICTURE)


def shown_raster(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The raster the map shows: the first one with classes that is no sequence in time."""
    fit = (raster for raster in document["rasters"] if raster["legend"] and not raster["times"])
    return next(fit, None)


def picture(tenant: Tenant, document: Mapping[str, Any]) -> bytes:
    """The map as PNG: ground with relief, classes of the raster, houses on top."""
    from PIL import Image

    box, (width, height) = box_of(document), PICTURE
    on = land(tenant.city(box=box, kinds=MAPPED))
    found = ground_picture(on, box, width, height).astype(np.float32)
    found *= _relief(tenant, box)[..., None]
    raster = shown_raster(document)
    if raster is not None:
        _lay(found, _classes(tenant, document, raster, box))
    _lay(found, layers_picture(on, box, width, height, ["building"]))
    out = io.BytesIO()
    Image.fromarray(np.clip(np.rint(found), 0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def coloured(tenant: Tenant, document: Mapping[str, Any]) -> list[tuple[shapely.Geometry, str]]:
    """Features that lie in a class, with its colour; the highest classes last, so that they lie on top."""
    found = []
    for features in document["features"]:
        for row in rows_of(tenant, document["id"], features):
            value = row["properties"].get(features["id"])
            number = None if value is None else class_of(features["legend"], value)
            if number is not None and row["geometry"]:
                shape = shapely.from_geojson(orjson.dumps(row["geometry"]))
                found.append((number, shape, features["legend"][number]["colour"]))
    return [(shape, colour) for _, shape, colour in sorted(found, key=lambda entry: entry[0])]


def changed(document: Mapping[str, Any]) -> list[shapely.LineString]:
    """Lines around and along what the edits of a result add."""
    found = []
    for edit in document["inputs"]["edits"]:
        shape = shape_of(edit)
        if isinstance(shape, shapely.Point):
            shape = shapely.get_exterior_ring(shapely.buffer(shape, float(edit.get("crown", 5.0)) / 2))
        if shape is not None:
            found.append(shapely.LineString(shapely.get_coordinates(shape)))
    return found


def class_of(legend: Sequence[Mapping[str, Any]], value: float) -> int | None:
    """Number of the class a value lies in, None when in none."""
    for number, entry in enumerate(legend):
        low, high = entry["low"], entry["high"]
        if (low is None or value >= low) and (high is None or value < high):
            return number
    return None


def _lay(picture: NDArray[np.float32], over: NDArray[np.uint8]) -> None:
    """Lay a picture with opacity over another; changed in place."""
    share = over[..., 3:].astype(np.float32) / 255
    picture *= 1 - share
    picture += share * over[..., :3]


def _classes(
    tenant: Tenant, document: Mapping[str, Any], raster: Mapping[str, Any], box: Box
) -> NDArray[np.uint8]:  # fmt: skip
    """Classes of a raster as a picture, smooth between the middles of cells, shape (height, width, 4)."""
    width, height = PICTURE
    values = layers(results.file_of(tenant, document["id"], raster["href"]), [0])[0]
    x = (np.linspace(box[0], box[2], width, endpoint=False) - raster["west"]) / raster["cell"] - 0.5
    y = (raster["north"] - np.linspace(box[3], box[1], height, endpoint=False)) / raster["cell"] - 0.5
    places = np.meshgrid(y, x, indexing="ij")
    filled, known = _filled(values)
    sampled = scipy.ndimage.map_coordinates(filled, places, order=1, mode="nearest")
    inside = scipy.ndimage.map_coordinates(known.astype(np.uint8), places, order=0, mode="constant") > 0
    inside &= geometry_mask([area_of(document)], (height, width), from_bounds(*box, width, height), invert=True)
    found = np.zeros((height, width, 4), np.uint8)
    for entry in raster["legend"]:
        low = -np.inf if entry["low"] is None else entry["low"]
        high = np.inf if entry["high"] is None else entry["high"]
        colour = [int(entry["colour"][k : k + 2], 16) for k in (1, 3, 5)]
        found[inside & (sampled >= low) & (sampled < high)] = (*colour, round(255 * COVER))
    return found


def _filled(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Values with those of the nearest cell where they are unknown, and where one is near enough to count."""
    unknown = ~np.isfinite(values)
    if unknown.all():
        return np.zeros_like(values), ~unknown
    apart, nearest = scipy.ndimage.distance_transform_edt(unknown, return_indices=True)
    return values[tuple(nearest)], apart <= FILLED


def _relief(tenant: Tenant, box: Box) -> NDArray[np.float32]:
    """How light the ground is with the sun in the north-west, about 1, shape (height, width)."""
    width, height = PICTURE
    sides = [side for _, side in tenant.terrain_boxes()]
    terrain = tenant.terrain(box, max(2.0, (box[2] - box[0]) / 400, *sides)) if sides else None
    if terrain is None:
        return np.ones((height, width), np.float32)
    heights = terrain.heights.astype(np.float64)
    down, right = np.gradient(np.where(np.isfinite(heights), heights, np.nanmean(heights)), terrain.cell)
    light = np.clip(1.0 + 0.5 * (right + down), 0.86, 1.05)
    x = (np.linspace(box[0], box[2], width, endpoint=False) - terrain.west) / terrain.cell - 0.5
    y = (terrain.north - np.linspace(box[3], box[1], height, endpoint=False)) / terrain.cell - 0.5
    found = scipy.ndimage.map_coordinates(light, np.meshgrid(y, x, indexing="ij"), order=1, mode="nearest")
    return np.asarray(found, np.float32)
