"""Planned objects from a list of features (GeoJSON): an edit for each, and what was left out with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import orjson
import pyproj
import shapely

from kastor.city.edits import AddBuilding, AddStreet, AddWall, Edit, PlantTree, Surface, check, plain
from kastor.city.fields import InvalidValue
from kastor.city.sketches import corners_of
from kastor.planning.imports import FARTHEST
from kastor.process import InvalidInput, Words
from kastor.store import Tenant


@dataclass(frozen=True, eq=False)
class Listed:
    """
    Features that became edits.

    Parameters
    ----------
    edits
        As plain data.
    extent
        West, south, east, north; None for none. [m]
    notes
        What was left out, and why.
    """

    edits: list[dict[str, Any]]
    extent: tuple[float, float, float, float] | None
    notes: list[Words]


def features(tenant: Tenant, content: bytes, storeys: int | None = None) -> Listed:
    """
    Edits of the features of a GeoJSON file, in longitude and latitude or in the tenant's plane system.

    Parameters
    ----------
    storeys
        Of buildings that say neither height nor storeys; they are left out when None.

    Raises
    ------
    InvalidInput
        When it is no GeoJSON, or lies elsewhere.
    """
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"file: it is no GeoJSON ({error}).", "Die Datei ist kein GeoJSON.") from error
    listed = said.get("features") if isinstance(said, dict) else None
    if not isinstance(listed, list):
        raise InvalidInput("file: it is no FeatureCollection.", "Die Datei ist keine FeatureCollection.")
    shapes = _shapes(tenant, listed)
    edits: list[Edit] = []
    prefix = f"import-{blake2b(content, digest_size=3).hexdigest()}"
    left = Counter[tuple[str, str]]()
    for number, (one, shape) in enumerate(zip(listed, shapes, strict=True)):
        properties = one.get("properties") or {}
        for part in shapely.get_parts(shape) if shape is not None else ():
            made = _edit(f"{prefix}-{number + 1}-{len(edits) + 1}", part, properties, storeys)
            if isinstance(made, tuple):
                left[made] += 1
            else:
                edits.append(made)
    xy = np.array([shapely.bounds(shape) for shape in shapes if shape is not None])
    extent = (*xy[:, :2].min(axis=0).tolist(), *xy[:, 2:].max(axis=0).tolist()) if len(xy) else None
    notes: list[Words] = [
        {"de": f"{count} Objekte übergangen: {de}.", "en": f"{count} features left out: {en}."}
        for (de, en), count in left.items()
    ]
    return Listed([plain(edit) for edit in edits], extent, notes)


def _shapes(tenant: Tenant, listed: Sequence[Any]) -> Sequence[shapely.Geometry | None]:
    """Geometries in the tenant's plane system."""
    try:
        found = [shapely.from_geojson(orjson.dumps(one["geometry"])) if one.get("geometry") else None for one in listed]
    except (shapely.errors.ShapelyError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"file: a geometry cannot be read ({error}).", "Eine Geometrie ist nicht lesbar.") from error
    known = [shape for shape in found if shape is not None and not shapely.is_empty(shape)]
    if not known:
        raise InvalidInput("file: it has no geometries.", "Die Datei enthält keine Geometrien.")
    west, south, east, north = shapely.total_bounds(known).tolist()
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        to_plane = pyproj.Transformer.from_crs("OGC:CRS84", tenant.crs.split("+")[0], always_xy=True)
        found = [
            shape and shapely.transform(shape, lambda xy: np.column_stack(to_plane.transform(*xy.T))) for shape in found
        ]
        west, south, east, north = shapely.total_bounds([shape for shape in found if shape is not None]).tolist()
    box = tenant.box()
    if box is None or not (
        box[0] - FARTHEST < west
        and east < box[3] + FARTHEST
        and box[1] - FARTHEST < south
        and north < box[4] + FARTHEST
    ):
        raise InvalidInput(
            f"file: it lies at {west:.0f}, {south:.0f}, which is not in this town. Give longitude and latitude, or"
            f" coordinates in {tenant.crs}.",
            f"Die Datei liegt bei {west:.0f}, {south:.0f} und damit nicht in dieser Stadt. Geben Sie Länge und Breite"
            f" an oder Koordinaten in {tenant.crs}.",
        )
    return found


_NEITHER = ("Punkte, Linien oder Flächen, die nichts Planbares sind", "points, lines or areas that are nothing planned")
_NO_HEIGHT = ("Gebäude ohne Höhe und Geschosse", "buildings without height or storeys")
_COVERS = {
    "asphalt": "sealed", "concrete": "sealed", "sealed": "sealed", "paving_stones": "paved", "paved": "paved",
    "sett": "paved", "grass": "green", "green": "green", "park": "green", "meadow": "green", "forest": "green",
    "water": "water", "basin": "water", "soil": "soil", "ground": "soil", "sand": "soil",
}  # fmt: skip
_ROOFS = {
    "flat": "flat", "gabled": "gable", "gable": "gable", "hipped": "hip", "hip": "hip", "pyramidal": "hip",
    "skillion": "pent", "pent": "pent", "1000": "flat", "2100": "pent", "3100": "gable", "3200": "hip",
}  # fmt: skip


def _edit(name: str, shape: shapely.Geometry, said: Mapping[str, Any], storeys: int | None) -> Edit | tuple[str, str]:
    """The edit of a feature, or why there is none."""
    made: Edit | tuple[str, str] = _NEITHER
    if isinstance(shape, shapely.Point):
        made = PlantTree(
            name, (shape.x, shape.y), str(said.get("species") or ""), _number(said, "height") or 8.0,
            _number(said, "crownDiameter", "crown", "diameter_crown") or 5.0,
        )  # fmt: skip
    elif isinstance(shape, shapely.LineString):
        line = tuple((x, y) for x, y in shapely.get_coordinates(shape).tolist())
        wall = said.get("barrier") or said.get("kind") == "wall"
        width = _number(said, "width")
        made = (
            AddWall(name, line, _number(said, "height") or 2.0, width or 0.3)
            if wall
            else AddStreet(name, line, width or 6.0, str(said.get("name") or ""))
        )
    elif isinstance(shape, shapely.Polygon):
        made = _area_edit(name, shape, said, storeys)
    if isinstance(made, tuple):
        return made
    try:
        check(made)
    except InvalidValue as error:
        return error.words["de"].rstrip("."), error.words["en"].rstrip(".")
    return made


def _area_edit(
    name: str, shape: shapely.Polygon, said: Mapping[str, Any], storeys: int | None
) -> Edit | tuple[str, str]:
    corners = tuple((x, y) for x, y in corners_of(shapely.orient_polygons(shape)).tolist())
    words = (str(said.get(key, "")) for key in ("cover", "surface", "landuse", "leisure", "natural"))
    cover = next((_COVERS[word] for word in words if word in _COVERS), "")
    if cover:
        return Surface(name, corners, cover)  # type: ignore[arg-type]
    height = _number(said, "height", "measuredHeight", "building:height")
    levels = _number(said, "storeys", "storeysAboveGround", "levels", "building:levels")
    count = int(levels) if levels else None if height else storeys
    if height is None and count is None:
        return _NO_HEIGHT
    roof = _ROOFS.get(str(said.get("roof", said.get("roof:shape", said.get("roofType", "flat")))).lower(), "flat")
    title = str(said.get("name") or "")
    return AddBuilding(name, corners, height, count, roof=roof, name=title)  # type: ignore[arg-type]


def _number(said: Mapping[str, Any], *names: str) -> float | None:
    for name in names:
        try:
            value = float(str(said[name]).removesuffix("m").replace(",", "."))
        except (KeyError, ValueError):
            continue
        if np.isfinite(value) and value > 0:
            return value
    return None
