"""The columns of ``objects`` from a city: what lists, maps and searches ask for, vectorised."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kastor.city.cells import cells_of
from kastor.city.codelists import function_group, roof_code
from kastor.city.model import City, Json, Kind, Semantic, boxes, owner, root
from kastor.store import labels
from kastor.store.folding import folded, sort_key
from kastor.store.labels import text

COLUMNS = (
    "cell_column", "cell_row", "kind", "parent", "part_count", "label", "label_key", "detail", "words",
    "west", "south", "low", "east", "north", "high", "height", "storeys", "function", "function_group",
    "roof", "year", "area", "date",
)  # fmt: skip
"""Names of the columns :func:`rows` fills, in its order."""

USED = labels.USED | {
    "function", "roofType", "yearOfConstruction", "measuredHeight", "height", "storeysAboveGround",
    "Grundrissaktualitaet", "creationDate",
}  # fmt: skip
"""Attributes rows are made of."""

_PLANS = (Semantic.AREA, Semantic.FOOTPRINT, Semantic.GROUND)
"""Surfaces that say what an object covers, the strongest last."""
_BUILT = (Kind.BUILDING, Kind.BUILDING_PART, Kind.BUILDING_INSTALLATION, Kind.BRIDGE, Kind.TUNNEL, Kind.WALL)
_YEAR = re.compile(r"\d{4}")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")

T = TypeVar("T")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Rows:
    """
    Rows of the objects of a city.

    Parameters
    ----------
    values
        One tuple per object, in the order of ``COLUMNS``.
    cells
        Cell of each object, shape (n_objects, 2).
    root
        Index of each object's top-level object, shape (n_objects,).
    """

    values: list[Row]
    cells: NDArray[np.int64]
    root: NDArray[np.int64]


def rows(city: City, ids: list[str], dataset_date: str) -> Rows:
    """
    Rows of all objects.

    Parameters
    ----------
    city
        With plain (not encoded) attributes.
    ids
        ``city.ids`` as a list.
    dataset_date
        Date of objects that have none of their own.
    """
    top = root(city)
    box = boxes(city)
    cells = cells_of(box[top])
    label, detail, extra = labels.labels(city, ids)
    functions = _each(city, "function", text, "")
    groups = {f: function_group(f) for f in set(functions)}
    below = np.bincount(top, minlength=len(city)) - 1
    has_parts = np.where(top == np.arange(len(city)), below, 0)
    parents = [ids[p] if p >= 0 else None for p in city.parent.tolist()]
    keys = [i.lower() if t is i else sort_key(t) for t, i in zip(label, ids, strict=True)]
    # parts are found through their building, ids by their own index
    words = [
        " ".join(filter(None, (folded(t) if t is not i else "", folded(d), folded(e)))) if p is None else ""
        for t, d, e, i, p in zip(label, detail, extra, ids, parents, strict=True)
    ]
    values = zip(
        *(cells[:, 0].tolist(), cells[:, 1].tolist(), city.kind.tolist(), parents, has_parts.tolist()),
        *(label, keys, detail, words),
        *(_optional(c) for c in box.T),
        *(_optional(_heights(city, box)), _whole(_numbers(city, "storeysAboveGround"), 0, 300)),
        *(functions, [groups[f] for f in functions], _each(city, "roofType", _roof, 0)),
        *(_each(city, "yearOfConstruction", _year, None), _optional(areas(city, top))),
        _dates(city, dataset_date),
        strict=True,
    )
    return Rows(list(values), cells, top)


def areas(city: City, top: NDArray[np.int64]) -> NDArray[np.float64]:
    """
    Area each object covers on the ground, with its parts; NaN for points and lines.

    The sum of its ground surfaces, else of its footprint or plan area, else half of what all its
    surfaces cover seen from above (up and down).

    Parameters
    ----------
    top
        Index of each object's top-level object, shape (n_objects,).

    Returns
    -------
    NDArray
        Shape (n_objects,). [m²]
    """
    polygon = _plan_areas(city)
    surface = owner(city.polygon_offsets)
    semantic = city.semantic[surface]
    of = owner(city.surface_offsets)[surface]
    result = np.full(len(city), np.nan)
    flat = semantic < Semantic.AXIS
    enclosing = np.bincount(of, polygon * flat, minlength=len(city)) / 2.0
    result[enclosing > 0] = enclosing[enclosing > 0]
    for wanted in _PLANS:
        chosen = semantic == wanted
        if chosen.any():
            found = np.bincount(of[chosen], polygon[chosen], minlength=len(city))
            result[found > 0] = found[found > 0]
    children = np.flatnonzero((top != np.arange(len(city))) & np.isfinite(result))
    if len(children):
        own = np.nan_to_num(result)
        np.add.at(own, top[children], result[children])
        changed = np.unique(top[children])
        result[changed] = own[changed]
    return result


def _plan_areas(city: City) -> NDArray[np.float64]:
    """Area of each polygon in the plane of the map, holes taken off, shape (n_polygons,). [m²]"""
    filled = np.flatnonzero(np.diff(city.vertex_offsets) > 0)
    ring = np.zeros(len(city.vertex_offsets) - 1)
    if len(filled):
        # relative to one vertex of the chunk, so that large map coordinates cancel
        east = city.xyz[:, 0] - city.xyz[0, 0]
        north = city.xyz[:, 1] - city.xyz[0, 1]
        first, last = city.vertex_offsets[:-1][filled], city.vertex_offsets[1:][filled] - 1
        cross = np.empty(len(east))
        cross[:-1] = east[:-1] * north[1:]
        cross[:-1] -= east[1:] * north[:-1]
        cross[last] = east[last] * north[first] - east[first] * north[last]
        ring[filled] = np.abs(np.add.reduceat(cross, first)) / 2.0
    of = owner(city.ring_offsets)
    sign = np.full(len(ring), -1.0)
    sign[city.ring_offsets[:-1][np.diff(city.ring_offsets) > 0]] = 1.0
    return np.bincount(of, ring * sign, minlength=len(city.ring_offsets) - 1).clip(0.0)


def _heights(city: City, box: NDArray[np.float64]) -> NDArray[np.float64]:
    stated = _numbers(city, "measuredHeight")
    plants = np.isin(city.kind, (Kind.TREE, Kind.VEGETATION))
    stated = np.where(np.isnan(stated) & plants, _numbers(city, "height"), stated)
    measured = np.where(np.isin(city.kind, _BUILT), box[:, 5] - box[:, 2], np.nan)
    return np.where(np.isnan(stated), np.where(measured > 0, measured, np.nan), stated)


def _numbers(city: City, name: str) -> NDArray[np.float64]:
    column = city.attributes.get(name)
    return column.numbers() if column is not None else np.full(len(city), np.nan)


def _each(city: City, name: str, read: Callable[[Json], T], absent: T) -> list[T]:
    """One value per object, each distinct value read once."""
    column = city.attributes.get(name)
    if column is None:
        return [absent] * len(city)
    table = [*(read(v) for v in column.values), absent]
    return [table[c] for c in column.codes.tolist()]


def _optional(numbers: NDArray[np.float64]) -> list[float | None]:
    known = np.isfinite(numbers)
    found: list[float | None] = numbers.tolist()
    for i in np.flatnonzero(~known).tolist():
        found[i] = None
    return found


def _whole(numbers: NDArray[np.float64], low: int, high: int) -> list[int | None]:
    with np.errstate(invalid="ignore"):
        known = (numbers >= low) & (numbers <= high)
    return [int(n) if k else None for n, k in zip(numbers.tolist(), known.tolist(), strict=True)]


def _roof(value: Json) -> int:
    return roof_code(text(value))


def _year(value: Json) -> int | None:
    match = _YEAR.match(text(value))
    return int(match[0]) if match else None


def _dates(city: City, dataset_date: str) -> list[str]:
    surveyed = _each(city, "Grundrissaktualitaet", _date, "")
    created = _each(city, "creationDate", _date, "")
    return [a or b or dataset_date for a, b in zip(surveyed, created, strict=True)]


def _date(value: Json) -> str:
    match = _DATE.match(text(value))
    return match[0] if match else ""
