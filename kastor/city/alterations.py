"""Objects that stand already are moved, turned, raised, closed or taken away, each with its parts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kastor.city.fields import InvalidValue
from kastor.city.model import City, Column, Json, Kind, Semantic, object_of_vertex, owner, take
from kastor.city.terrain import Terrain, height_at

LEAST_HEIGHT = 0.5
"""Of walls that are left when a building is lowered. [m]"""


def family_of(city: City, object_id: str) -> NDArray[np.bool_]:
    """
    An object and all that is part of it, shape (n_objects,).

    Raises
    ------
    InvalidValue
        When there is no such object.
    """
    found = city.ids.tolist()
    if object_id not in found:
        raise unknown(object_id)
    family = np.zeros(len(city), bool)
    family[found.index(object_id)] = True
    # a parent stands before its children
    for child in np.flatnonzero(city.parent >= 0).tolist():
        family[child] |= family[city.parent[child]]
    return family


def unknown(object_id: str, field: str = "object") -> InvalidValue:
    """The refusal of an id no object has."""
    return InvalidValue(
        field,
        f"{object_id[:80]!r} gibt es hier nicht; ein Objekt des Gebiets wählen.",
        f"there is no {object_id[:80]!r} here; name an object of the area.",
    )


def without(city: City, object_ids: Collection[str]) -> City:
    """The city without some objects and their parts; ids it does not have are passed over."""
    gone = np.isin(np.array(city.ids.tolist(), object), list(object_ids))
    for child in np.flatnonzero(city.parent >= 0).tolist():
        gone[child] |= gone[city.parent[child]]
    return take(city, np.flatnonzero(~gone))


def moved(city: City, object_id: str, shift: tuple[float, float], turn: float, terrain: Terrain | None) -> City:
    """
    The city with an object at another place; it stands there on the ground as it did before.

    Parameters
    ----------
    shift
        East and north. [m]
    turn
        Counter-clockwise around the middle of the object. [degrees]

    Raises
    ------
    InvalidValue
        When there is no such object, or it has no place.
    """
    mine = family_of(city, object_id)[object_of_vertex(city)]
    if not mine.any():
        raise InvalidValue("object", f"{object_id[:80]!r} hat keinen Ort.", f"{object_id[:80]!r} has no place.")
    xyz = city.xyz.copy()
    before = xyz[mine]
    middle = (before[:, :2].min(axis=0) + before[:, :2].max(axis=0)) / 2
    sine, cosine = np.sin(np.radians(turn)), np.cos(np.radians(turn))
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    after = before.copy()
    after[:, :2] = (before[:, :2] - middle) @ rotation + middle + np.array(shift)
    # what lies at height 0 is a plan that is laid on the ground later
    standing = before[:, 2] != 0.0
    after[standing, 2] += _rise(terrain, before[standing, :2], after[standing, :2])
    xyz[mine] = after
    return replace(city, xyz=xyz)


def _rise(terrain: Terrain | None, before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """How much higher the lowest ground is at the new place. [m]"""
    if terrain is None or not len(before):
        return 0.0
    old, new = (height_at(terrain, xy[:, 0], xy[:, 1]) for xy in (before, after))
    if not (np.isfinite(old).any() and np.isfinite(new).any()):
        return 0.0
    return float(np.nanmin(new) - np.nanmin(old))


def raised(city: City, object_id: str, height: float, storeys: int | None) -> City:
    """
    The city with an object of another height: walls grow or shrink, the roof keeps its form.

    Parameters
    ----------
    height
        Of its highest point above its lowest. [m]
    storeys
        How many it has then; what was said before no longer counts.

    Raises
    ------
    InvalidValue
        When nothing would be left of the walls, or it has no height that can change.
    """
    family = family_of(city, object_id)
    index = int(np.flatnonzero(family)[0])
    if city.kind[index] == Kind.TREE:
        return _with(city, index, {"height": height})
    mine = family[object_of_vertex(city)] & (city.xyz[:, 2] != 0.0)
    if not mine.any() or np.ptp(city.xyz[mine, 2]) < LEAST_HEIGHT:
        return _with(city, index, {"measuredHeight": height, "storeysAboveGround": storeys})
    xyz = city.xyz.copy()
    low, high = float(xyz[mine, 2].min()), float(xyz[mine, 2].max())
    step = height - (high - low)
    grows = mine & ~_on_the_ground(city, mine, low)
    over = float(xyz[grows, 2].min()) - low
    if step < LEAST_HEIGHT - over:
        least = high - low - over + LEAST_HEIGHT
        raise InvalidValue(
            "height",
            f"{height:g} m ist weniger als das Dach allein braucht; mindestens {least:.1f} m angeben.",
            f"{height:g} m is less than the roof alone takes; give {least:.1f} m or more.",
        )
    xyz[grows, 2] += step
    changed = _with(replace(city, xyz=xyz), index, {"storeysAboveGround": storeys})
    return _measured(changed, np.flatnonzero(family), step, index, height)


def _on_the_ground(city: City, mine: NDArray[np.bool_], low: float) -> NDArray[np.bool_]:
    """Vertices of an object where it meets the ground: those of its ground surfaces, and others at their places."""
    semantic = city.semantic[owner(city.polygon_offsets)[owner(city.ring_offsets)[owner(city.vertex_offsets)]]]
    below = mine & np.isin(semantic, (Semantic.GROUND, Semantic.FOOTPRINT, Semantic.TERRAIN_INTERSECTION))
    if not below.any():
        return mine & (city.xyz[:, 2] < low + 0.01)
    floor = {tuple(p) for p in np.round(city.xyz[below], 3).tolist()}
    found = below.copy()
    rest = np.flatnonzero(mine & ~below)
    found[rest] = [tuple(p) in floor for p in np.round(city.xyz[rest], 3).tolist()]
    return found


def _measured(city: City, family: NDArray[np.int64], step: float, index: int, height: float) -> City:
    """The measured heights of an object and its parts after the step."""
    column = city.attributes.get("measuredHeight")
    values: list[Json] = [None] * len(city) if column is None else column.tolist()
    for k in family.tolist():
        value = values[k]
        if isinstance(value, int | float):
            values[k] = round(value + step, 3)
    values[index] = height
    return replace(city, attributes={**city.attributes, "measuredHeight": Column.of(values)})


def closed(city: City, object_id: str) -> City:
    """
    The city with a street nobody can drive on; its surface stays.

    Raises
    ------
    InvalidValue
        When the object is no street.
    """
    index = int(np.flatnonzero(family_of(city, object_id))[0])
    check_kind(city, index, object_id, (Kind.STREET,), "keine Straße", "no street")
    return _with(city, index, {"closed": True})


def check_kind(city: City, index: int, object_id: str, kinds: tuple[Kind, ...], de: str, en: str) -> None:
    """
    See that an object is of some kind.

    Raises
    ------
    InvalidValue
        When it is not.
    """
    if city.kind[index] not in kinds:
        raise InvalidValue(
            "object",
            f"{object_id[:80]!r} ist {de}; ein anderes Objekt wählen.",
            f"{object_id[:80]!r} is {en}; choose another object.",
        )


def _with(city: City, index: int, given: dict[str, Json]) -> City:
    """The city with some attributes of an object set, or removed where None."""
    attributes = dict(city.attributes)
    for name, value in given.items():
        column = attributes.get(name)
        values: list[Json] = [None] * len(city) if column is None else column.tolist()
        values[index] = value
        attributes[name] = Column.of(values)
    return replace(city, attributes={name: c for name, c in attributes.items() if c.values})
