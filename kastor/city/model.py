"""The city as arrays: the one language every other room speaks.

A :class:`City` holds objects (buildings, parts, trees, streets, ...), each object some
surfaces with a meaning (wall, roof, street axis, ...), each surface some polygons, each
polygon one outer ring and any number of holes, each ring a run of vertices. All levels are
ragged arrays joined by offsets, so a city of a million polygons is a dozen numpy arrays and
is read, cut, joined and compared without a Python loop.

Points and lines use the same levels: a tree is a surface ``POSITION`` whose single ring has
one vertex, a street is a surface ``AXIS`` whose rings are open lines (see ``LINE_SEMANTICS``).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kastor.city.strings import Strings, concat_strings, join_offsets, ranges

Json: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None


class Kind(IntEnum):
    """What an object is. The lower-case name is used in files, addresses and the browser."""

    BUILDING = 1
    BUILDING_PART = 2
    BUILDING_INSTALLATION = 3
    BRIDGE = 4
    TUNNEL = 5
    WALL = 6
    TREE = 10
    VEGETATION = 11
    STREET = 20
    RAILWAY = 21
    PARKING = 22
    LAND_USE = 30
    WATER = 31
    ADDRESS = 40
    PARCEL = 41
    DISTRICT = 42
    PLAN_AREA = 43
    FURNITURE = 50
    OTHER = 99


class Semantic(IntEnum):
    """What a surface means. Values below 30 are areas in space, from 30 on plan areas, lines and points."""

    UNKNOWN = 0
    GROUND = 1
    WALL = 2
    ROOF = 3
    CLOSURE = 4
    OUTER_CEILING = 5
    OUTER_FLOOR = 6
    WINDOW = 7
    DOOR = 8
    INTERIOR_WALL = 9
    CEILING = 10
    FLOOR = 11
    FOOTPRINT = 30
    ROOF_EDGE = 31
    AREA = 32
    AXIS = 40
    TERRAIN_INTERSECTION = 41
    POSITION = 50


LINE_SEMANTICS = (Semantic.AXIS, Semantic.TERRAIN_INTERSECTION, Semantic.POSITION)
"""Semantics whose rings are open lines or single points and enclose no area."""


@dataclass(frozen=True, eq=False)
class Column:
    """
    One attribute of all objects of a city, dictionary-encoded.

    Parameters
    ----------
    values
        The distinct values (JSON), each once.
    codes
        Index into ``values`` for each object, -1 where the object has no such attribute;
        shape (n_objects,), dtype int32.
    """

    values: tuple[Json, ...]
    codes: NDArray[np.int32]

    @staticmethod
    def of(values: list[Json]) -> Column:
        """Encode one value per object; ``None`` means absent."""
        known: dict[Hashable, int] = {}
        distinct: list[Json] = []
        codes = np.full(len(values), -1, np.int32)
        for i, value in enumerate(values):
            if value is None:
                continue
            key = identity(value)
            if key not in known:
                known[key] = len(distinct)
                distinct.append(value)
            codes[i] = known[key]
        return Column(tuple(distinct), codes)

    def __getitem__(self, index: int) -> Json:
        code = int(self.codes[index])
        return self.values[code] if code >= 0 else None

    def tolist(self) -> list[Json]:
        """One value per object, ``None`` where absent."""
        return [self.values[c] if c >= 0 else None for c in self.codes.tolist()]

    def numbers(self) -> NDArray[np.float64]:
        """One number per object, NaN where absent or not a number; shape (n_objects,)."""
        table = np.array([_number(v) for v in self.values] + [np.nan], np.float64)
        return table[self.codes]

    def take(self, indices: NDArray[np.integer]) -> Column:
        """The column of the objects at ``indices``, without values nobody uses."""
        used, codes = np.unique(self.codes[indices], return_inverse=True)
        absent = int(len(used) > 0 and used[0] == -1)
        kept = tuple(self.values[u] for u in used.tolist() if u >= 0)
        return Column(kept, (codes - absent).astype(np.int32))


def identity(value: Json) -> Hashable:
    """What tells a value from others: ``1``, ``1.0`` and ``"1"`` are three, ``0.0`` and ``-0.0`` are two."""
    # the values of an encoded city are bytes
    return value if isinstance(value, str | bytes) else (type(value), repr(value))


def _number(value: Json) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


@dataclass(frozen=True, eq=False)
class City:
    """
    Objects with surfaces, polygons, rings and vertices as ragged arrays.

    Level ``x`` of item ``i`` is ``offsets[i]:offsets[i + 1]`` of the next level.

    Parameters
    ----------
    crs
        Coordinate reference system of ``xyz``, an authority code such as ``"EPSG:25832+7837"``
        (plane and height) or ``"EPSG:25832"``; empty when the file named none.
    ids
        Stable id of each object, unique in the city, n_objects strings.
    kind
        :class:`Kind` of each object, shape (n_objects,), uint8.
    parent
        Index of the object this one is a part of, -1 for top-level objects; a parent stands
        before its children; shape (n_objects,), int32.
    attributes
        Columns by name. Building attributes bear the names of CityJSON 2.0 (``measuredHeight``
        [m], ``storeysAboveGround``, ``function``, ``roofType``, ``yearOfConstruction``,
        ``creationDate``, ...); ``address`` holds a list of objects with ``street``, ``number``,
        ``postcode``, ``city``, ``country``; ``name`` a display name.
    surface_offsets
        Surfaces of each object, shape (n_objects + 1,), int64.
    surface_ids
        Id of each surface, empty when it has none, n_surfaces strings.
    semantic
        :class:`Semantic` of each surface, shape (n_surfaces,), uint8.
    lod
        Ten times the level of detail of each surface (20 = LoD2, 22 = LoD2.2), shape (n_surfaces,), uint8.
    polygon_offsets
        Polygons of each surface, shape (n_surfaces + 1,), int64.
    solid
        Which solid of its object a polygon belongs to (0, 1, ...), -1 for a free surface; shape (n_polygons,), int16.
    shell
        0 on the outside of that solid, 1, 2, ... around a cavity, -1 for a free surface; shape (n_polygons,), int16.
    ring_offsets
        Rings of each polygon, the outer one first, shape (n_polygons + 1,), int64.
    vertex_offsets
        Vertices of each ring; the first vertex is not repeated at the end; shape (n_rings + 1,), int64.
    xyz
        East, north and height of each vertex in ``crs``, shape (n_vertices, 3), float64. [m]
    """

    crs: str
    ids: Strings
    kind: NDArray[np.uint8]
    parent: NDArray[np.int32]
    attributes: dict[str, Column]
    surface_offsets: NDArray[np.int64]
    surface_ids: Strings
    semantic: NDArray[np.uint8]
    lod: NDArray[np.uint8]
    polygon_offsets: NDArray[np.int64]
    solid: NDArray[np.int16]
    shell: NDArray[np.int16]
    ring_offsets: NDArray[np.int64]
    vertex_offsets: NDArray[np.int64]
    xyz: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.kind)


def empty_city(crs: str = "") -> City:
    """A city without objects."""
    zero = np.zeros(1, np.int64)
    none = Strings.of([])
    return City(
        crs=crs, ids=none, kind=np.zeros(0, np.uint8), parent=np.zeros(0, np.int32), attributes={},
        surface_offsets=zero, surface_ids=none, semantic=np.zeros(0, np.uint8), lod=np.zeros(0, np.uint8),
        polygon_offsets=zero, solid=np.zeros(0, np.int16), shell=np.zeros(0, np.int16),
        ring_offsets=zero, vertex_offsets=zero, xyz=np.zeros((0, 3)),
    )  # fmt: skip


def take(city: City, objects: NDArray[np.integer]) -> City:
    """
    The city of some objects only, in the given order.

    A child whose parent is not among ``objects`` becomes a top-level object.
    """
    objects = np.asarray(objects, np.int64)
    surfaces, surface_offsets = ranges(city.surface_offsets, objects)
    polygons, polygon_offsets = ranges(city.polygon_offsets, surfaces)
    rings, ring_offsets = ranges(city.ring_offsets, polygons)
    vertices, vertex_offsets = ranges(city.vertex_offsets, rings)
    new_index = np.full(len(city) + 1, -1, np.int32)
    new_index[objects] = np.arange(len(objects), dtype=np.int32)
    columns = {name: column.take(objects) for name, column in city.attributes.items()}
    return City(
        crs=city.crs,
        ids=city.ids.take(objects),
        kind=city.kind[objects],
        parent=new_index[city.parent[objects]],
        attributes={name: column for name, column in columns.items() if column.values},
        surface_offsets=surface_offsets,
        surface_ids=city.surface_ids.take(surfaces),
        semantic=city.semantic[surfaces],
        lod=city.lod[surfaces],
        polygon_offsets=polygon_offsets,
        solid=city.solid[polygons],
        shell=city.shell[polygons],
        ring_offsets=ring_offsets,
        vertex_offsets=vertex_offsets,
        xyz=city.xyz[vertices],
    )


def cut(city: City, first: int, last: int) -> City:
    """
    Objects ``first:last`` of a city as views of the same arrays; whole families only.

    Columns keep values none of these objects has; columns none of them has are left out.
    """
    if first == 0 and last == len(city):
        return city
    s0, s1 = city.surface_offsets[first], city.surface_offsets[last]
    p0, p1 = city.polygon_offsets[s0], city.polygon_offsets[s1]
    r0, r1 = city.ring_offsets[p0], city.ring_offsets[p1]
    v0, v1 = city.vertex_offsets[r0], city.vertex_offsets[r1]
    parent = city.parent[first:last]
    columns = {name: Column(column.values, column.codes[first:last]) for name, column in city.attributes.items()}
    return City(
        crs=city.crs,
        ids=city.ids.cut(first, last),
        kind=city.kind[first:last],
        parent=np.where(parent < 0, -1, parent - first).astype(np.int32),
        attributes={name: column for name, column in columns.items() if (column.codes >= 0).any()},
        surface_offsets=city.surface_offsets[first : last + 1] - s0,
        surface_ids=city.surface_ids.cut(int(s0), int(s1)),
        semantic=city.semantic[s0:s1],
        lod=city.lod[s0:s1],
        polygon_offsets=city.polygon_offsets[s0 : s1 + 1] - p0,
        solid=city.solid[p0:p1],
        shell=city.shell[p0:p1],
        ring_offsets=city.ring_offsets[p0 : p1 + 1] - r0,
        vertex_offsets=city.vertex_offsets[r0 : r1 + 1] - v0,
        xyz=city.xyz[v0:v1],
    )


def concat(cities: list[City]) -> City:
    """
    One city after the other.

    Raises
    ------
    ValueError
        When their reference systems differ; transform them first.
    """
    if not cities:
        return empty_city()
    systems = sorted({c.crs for c in cities})
    if len(systems) > 1:
        raise ValueError(f"cities in different reference systems cannot be joined: {', '.join(systems)}")
    if len(cities) == 1:
        return cities[0]
    starts = np.cumsum([0] + [len(c) for c in cities[:-1]])
    return City(
        crs=cities[0].crs,
        ids=concat_strings([c.ids for c in cities]),
        kind=np.concatenate([c.kind for c in cities]),
        parent=np.concatenate(
            [np.where(c.parent < 0, -1, c.parent + s).astype(np.int32) for c, s in zip(cities, starts, strict=True)]
        ),
        attributes=_concat_attributes(cities),
        surface_offsets=join_offsets([c.surface_offsets for c in cities]),
        surface_ids=concat_strings([c.surface_ids for c in cities]),
        semantic=np.concatenate([c.semantic for c in cities]),
        lod=np.concatenate([c.lod for c in cities]),
        polygon_offsets=join_offsets([c.polygon_offsets for c in cities]),
        solid=np.concatenate([c.solid for c in cities]),
        shell=np.concatenate([c.shell for c in cities]),
        ring_offsets=join_offsets([c.ring_offsets for c in cities]),
        vertex_offsets=join_offsets([c.vertex_offsets for c in cities]),
        xyz=np.concatenate([c.xyz for c in cities]),
    )


def _concat_attributes(cities: list[City]) -> dict[str, Column]:
    names = dict.fromkeys(name for c in cities for name in c.attributes)
    joined = {}
    for name in names:
        known: dict[Hashable, int] = {}
        values: list[Json] = []
        codes = []
        # cuts of one city share their values
        last: tuple[Json, ...] | None = None
        for city in cities:
            column = city.attributes.get(name)
            if column is None:
                codes.append(np.full(len(city), -1, np.int32))
                continue
            if column.values is not last:
                last = column.values
                table = np.full(len(last) + 1, -1, np.int32)
                for i, value in enumerate(last):
                    key = identity(value)
                    if key not in known:
                        known[key] = len(values)
                        values.append(value)
                    table[i] = known[key]
            codes.append(table[column.codes])
        joined[name] = Column(tuple(values), np.concatenate(codes))
    return joined


def equal(a: City, b: City) -> bool:
    """Whether two cities are the same, bit for bit in every coordinate and value for value in every attribute."""
    return not differences(a, b)


def differences(a: City, b: City) -> list[str]:
    """Names of the fields in which two cities differ; ``attributes.<name>`` for a column."""
    found = []
    for field in fields(City):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, np.ndarray):
            same = one.shape == other.shape and one.tobytes() == other.tobytes()
        elif isinstance(one, Strings):
            same = np.array_equal(one.offsets, other.offsets) and np.array_equal(one.data, other.data)
        elif isinstance(one, dict):
            for name in sorted(one.keys() | other.keys()):
                left, right = one.get(name), other.get(name)
                if left is None or right is None or left.tolist() != right.tolist():
                    found.append(f"attributes.{name}")
            same = True
        else:
            same = one == other
        if not same:
            found.append(field.name)
    return found


def owner(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the group each member of a ragged array belongs to; ``owner([0, 2, 3])`` is ``[0, 0, 1]``."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def root(city: City) -> NDArray[np.int64]:
    """Index of the top-level object each object belongs to, shape (n_objects,)."""
    up = np.arange(len(city), dtype=np.int64)
    while True:
        parent = city.parent[up]
        if (parent < 0).all():
            return up
        up = np.where(parent < 0, up, parent)


def object_of_vertex(city: City) -> NDArray[np.int64]:
    """Index of the object each vertex belongs to, shape (n_vertices,)."""
    ring = owner(city.vertex_offsets)
    polygon = owner(city.ring_offsets)[ring]
    surface = owner(city.polygon_offsets)[polygon]
    return owner(city.surface_offsets)[surface]


def boxes(city: City) -> NDArray[np.float64]:
    """
    Box of each top-level object with its parts, and of each part alone.

    Returns
    -------
    NDArray
        min east, min north, min height, max east, max north, max height; NaN for an object
        without vertices; shape (n_objects, 6). [m]
    """
    low = np.full((len(city), 3), np.inf)
    high = np.full((len(city), 3), -np.inf)
    of_object = city.vertex_offsets[city.ring_offsets[city.polygon_offsets[city.surface_offsets]]]
    filled = np.flatnonzero(np.diff(of_object) > 0)
    if len(filled):
        starts = of_object[filled]
        # by column: along rows of three numpy takes several times as long
        for axis in range(3):
            column = np.ascontiguousarray(city.xyz[:, axis])
            low[filled, axis] = np.minimum.reduceat(column, starts)
            high[filled, axis] = np.maximum.reduceat(column, starts)
        children = np.flatnonzero(city.parent >= 0)
        top = root(city)[children]
        np.minimum.at(low, top, low[children])
        np.maximum.at(high, top, high[children])
    result = np.hstack([low, high])
    result[~np.isfinite(result).all(axis=1)] = np.nan
    return result


def with_coordinates(city: City, xyz: NDArray[np.float64], crs: str) -> City:
    """
    The same city with its vertices moved, as after a change of reference system.

    Parameters
    ----------
    xyz
        East, north and height in the new system, shape (n_vertices, 3). [m]

    Raises
    ------
    ValueError
        When there are more or fewer coordinates than vertices.
    """
    if xyz.shape != city.xyz.shape:
        raise ValueError(f"expected {city.xyz.shape} coordinates, got {xyz.shape}")
    return replace(city, xyz=xyz, crs=crs)
