"""Reference systems of features (OGC API - Features Part 2): names, axis order, exact operations only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.outlines import Geometries
from kastor.formats.crs import normalise
from kastor.formats.crs_names import Crs
from kastor.formats.errors import UnknownCrs
from kastor.formats.operations import Operation, operation
from kastor.store import Tenant
from kastor.store.features import Feature
from kastor.web import collections
from kastor.web.errors import BadRequest

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CRS84H = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
COMPOUND = "http://www.opengis.net/def/crs-compound?"

PLANES = (
    4326, 4258, 3857, 25831, 25832, 25833, 3044, 3045, 3046, 4647, 5652, 5653, 3034, 3035, 4839, 31466, 31467, 31468,
    31469, 5676, 5677, 5678, 5679, 4314, 3068, 2398, 2399, 3398, 3399, 32631, 32632, 32633,
)  # fmt: skip
"""EPSG codes of plane and geographic systems used in Germany."""
SPATIAL = ("4979", "4937", "25831+7837", "25832+7837", "25833+7837", "5554", "5555", "5556")
"""EPSG codes of systems with heights; two joined by + are a compound."""

DEGREE_DIGITS, METRE_DIGITS = 9, 4
"""Decimals: about a tenth of a millimetre."""
_SEGMENTS = 64
"""Pieces the side of a town's box has, so that a straight line of one system is that line in another."""


@dataclass(frozen=True)
class System:
    """
    A reference system features can be had in.

    Parameters
    ----------
    uri
        Its name in OGC interfaces.
    crs
        What it is.
    longitude_first
        Whether degrees come longitude first although the EPSG code says otherwise (CRS84).
    """

    uri: str
    crs: Crs
    longitude_first: bool = False

    @property
    def swapped(self) -> bool:
        """Whether northing or latitude comes first."""
        return self.crs.north_first and not self.longitude_first

    @property
    def spatial(self) -> bool:
        """Whether it has heights."""
        return self.crs.vertical is not None or self.crs.ellipsoidal

    @property
    def plane(self) -> str:
        """Code of the plane part."""
        return f"EPSG:{_flat(self.crs.horizontal)}"

    @property
    def digits(self) -> int:
        """Decimals worth writing."""
        return DEGREE_DIGITS if self.crs.geographic else METRE_DIGITS


def _flat(code: int) -> int:
    return {4979: 4326, 4937: 4258}.get(code, code)


def offered(twin: Tenant) -> list[System]:
    """Systems the features of a tenant can be had in, CRS84 first."""
    return list(_offered(twin.crs, _near(twin)).values())


def storage(twin: Tenant) -> System:
    """The system the outlines are stored in."""
    crs = normalise(f"EPSG:{normalise(twin.crs).horizontal}")
    return System(f"{EPSG}{crs.horizontal}", crs)


def spatial_storage(twin: Tenant) -> System:
    """The system the buildings are stored in, with heights where the tenant has them."""
    crs = normalise(twin.crs)
    return storage(twin) if crs.vertical is None else System(_compound(crs), crs)


def system(twin: Tenant, name: str, parameter: str) -> System:
    """
    The system a parameter names.

    Raises
    ------
    BadRequest
        When features are not offered in it.
    """
    uri = name.strip().removeprefix("[").removesuffix("]")
    if re.fullmatch(r"EPSG:\d{4,6}", uri):
        uri = EPSG + uri.removeprefix("EPSG:")
    found = _offered(twin.crs, _near(twin)).get(uri)
    if found is None:
        raise BadRequest(
            f"{parameter}: {name[:120]!r} is no system this tenant is offered in; "
            "the list 'crs' of the collection names them all."
        )
    return found


def _near(twin: Tenant) -> tuple[float, float]:
    extent = collections.whole(twin)
    if extent is None:
        return (10.0, 51.0)
    west, south, east, north = extent.degrees
    return round((west + east) / 2, 1), round((south + north) / 2, 1)


@lru_cache(maxsize=128)
def _offered(crs: str, near: tuple[float, float]) -> dict[str, System]:
    own = normalise(crs)
    degrees = normalise("EPSG:4326")
    found = [System(CRS84, degrees, True)]
    codes = dict.fromkeys((own.horizontal, *PLANES))
    found += [System(f"{EPSG}{code}", normalise(f"EPSG:{code}")) for code in codes]
    if own.vertical is not None:
        found.append(System(CRS84H, normalise("EPSG:4979"), True))
        for code in dict.fromkeys((f"{own.horizontal}+{own.vertical}", *SPATIAL)):
            spatial = normalise(f"EPSG:{code}")
            found.append(System(_compound(spatial) if "+" in code else f"{EPSG}{code}", spatial))
    return {system.uri: system for system in found if _reachable(own, system, near)}


def _compound(crs: Crs) -> str:
    return f"{COMPOUND}1={EPSG}{crs.horizontal}&2={EPSG}{crs.vertical}"


def _reachable(own: Crs, system: System, near: tuple[float, float]) -> bool:
    try:
        _operation(own, system, near)
    except UnknownCrs:
        # there is only a guess: metres off, and nobody would notice
        return False
    return True


def _operation(own: Crs, system: System, near: tuple[float, float]) -> Operation:
    if system.spatial:
        return operation(own.code, system.crs.code, near)
    return operation(f"EPSG:{own.horizontal}", system.plane, near)


def place_texts(twin: Tenant, features: list[Feature], system: System) -> list[bytes]:
    """GeoJSON geometries of features in a system; those had as WKB."""
    shapes: Geometries = np.asarray(shapely.from_wkb([f.place for f in features]), object)
    if system.spatial:
        heights = np.array([0.0 if f.low is None else f.low for f in features])
        counts = shapely.get_num_coordinates(shapes)
        shapes = shapely.force_3d(shapes)
        z = np.repeat(heights, counts)
        return texts(transformed(twin, shapes, system, z))
    return texts(transformed(twin, shapes, system))


def transformed(
    twin: Tenant, shapes: Geometries, system: System, heights: NDArray[np.float64] | None = None
) -> Geometries:
    """Stored places in a system, axes in its order; with heights of every vertex where it has some. [m]"""
    if not shapely.get_num_coordinates(shapes).sum():
        return shapes
    step = _operation(normalise(twin.crs), system, _near(twin))

    def change(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        if heights is not None:
            xy = np.column_stack([xy[:, :2], heights])
        moved = step.apply(xy)
        moved[:, :2] = np.round(moved[:, :2], system.digits)
        if heights is not None:
            moved[:, 2] = np.round(moved[:, 2], 3)
        return moved[:, [1, 0, *range(2, moved.shape[1])]] if system.swapped else moved

    return np.asarray(shapely.transform(shapes, change, include_z=heights is not None), object)


def texts(shapes: Geometries) -> list[bytes]:
    """GeoJSON geometries, ``null`` for those without a place."""
    return [b"null" if text is None else text.encode() for text in np.atleast_1d(shapely.to_geojson(shapes)).tolist()]


def to_plane(twin: Tenant, place: Any, system: System) -> Any:
    """
    A place of a filter in the tenant's plane.

    What lies far from the town is cut off first: no operation reaches round the world, and nothing of the
    twin is there. Lines get more vertices, so that they run where they did.
    """
    if system.swapped:
        place = shapely.transform(place, lambda xy: xy[:, ::-1])
    near = _surroundings(twin, system)
    if not shapely.covers(near, place):
        place = _cut(place, near)
    if shapely.is_empty(place) or system.crs.horizontal == normalise(twin.crs).horizontal:
        return place
    west, south, east, north = shapely.bounds(near).tolist()
    place = shapely.segmentize(place, max(east - west, north - south) / _SEGMENTS)
    step = _operation(normalise(twin.crs), _flattened(system), _near(twin))
    found = shapely.transform(place, lambda xy: step.apply(xy, inverse=True))
    return found if shapely.is_valid(found) else shapely.make_valid(found)


def exact_to_plane(twin: Tenant, place: Any, system: System) -> Any:
    """A place in the tenant's plane, corner by corner."""
    if system.swapped:
        place = shapely.transform(place, lambda xy: xy[:, ::-1])
    own = normalise(twin.crs)
    if system.crs.horizontal == own.horizontal:
        return place
    step = _operation(own, _flattened(system), _near(twin))
    moved = shapely.transform(place, lambda xy: np.round(step.apply(xy, inverse=True), METRE_DIGITS))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise BadRequest(f"geometry: some of it cannot be in {system.uri}; name the right system in Content-Crs.")
    return moved


def _flattened(system: System) -> System:
    return System(system.uri, normalise(system.plane), system.longitude_first)


def _cut(place: Any, near: Any) -> Any:
    """What of a place is near; a part that is far away leaves a mark outside the town, so that it is not forgotten."""
    kept = []
    west, south, *_ = shapely.bounds(near).tolist()
    for part in shapely.get_parts(place).tolist():
        inside = shapely.intersection(part, near)
        if shapely.is_empty(inside):
            size = (shapely.bounds(near)[2] - west) * 1e-6
            corner = [(west, south), (west + size, south), (west + size, south + size)]
            kind = shapely.get_dimensions(part)
            make = (shapely.Point(corner[0]), shapely.LineString(corner[:2]), shapely.Polygon(corner))
            inside = make[int(kind)] if len(shapely.get_parts(place)) > 1 else inside
        kept.append(inside)
    whole = [part for part in kept if not shapely.is_empty(part)]
    return shapely.union_all(whole) if whole else kept[0]


def _surroundings(twin: Tenant, system: System) -> Any:
    """The town and as much again around it, as a box in a system, east first."""
    extent = collections.whole(twin)
    if extent is None:
        return shapely.box(-180.0, -90.0, 180.0, 90.0)
    return _surroundings_of(twin.crs, extent.plane, _flattened(system), _near(twin))


@lru_cache(maxsize=256)
def _surroundings_of(
    crs: str, plane: tuple[float, float, float, float], system: System, near: tuple[float, float]
) -> Any:
    west, south, east, north = plane
    around = max(east - west, north - south, 1.0) if normalise(crs).geographic else max(east - west, north - south, 2e3)
    box = shapely.box(west - around, south - around, east + around, north + around)
    edge = shapely.get_coordinates(shapely.segmentize(box, around / 4))
    own = normalise(crs)
    if own.geographic:
        edge = np.clip(edge, (-180.0, -90.0), (180.0, 90.0))
    moved = edge if own.horizontal == system.crs.horizontal else _operation(own, system, near).apply(edge)
    low, high = moved.min(axis=0), moved.max(axis=0)
    return shapely.box(low[0], low[1], high[0], high[1])


@lru_cache(maxsize=1)
def degrees() -> System:
    """Longitude and latitude on WGS 84."""
    return System(CRS84, normalise("EPSG:4326"), True)


@lru_cache(maxsize=64)
def plain(epsg: int) -> System:
    """A plane system by its EPSG code."""
    return System(f"{EPSG}{epsg}", normalise(f"EPSG:{epsg}"))
