"""What covers the ground, and what does that mean for water: roughness, infiltration, sewers?

Each object that lies on the ground has one of the classes of ``data/surfaces.json``, which name their sources. Values
are those of a class, not of the place: soil, slope and how wet it was before are not known.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, Kind

OPEN = 0
"""Class of a surface of which nothing is known."""

_NAMES = ("landuse", "natural", "leisure", "amenity")


@dataclass(frozen=True, eq=False)
class Surfaces:
    """
    Classes of surfaces.

    Parameters
    ----------
    ids
        Name of each class.
    manning
        Roughness, shape (n,). [s/m^(1/3)]
    infiltration
        Shape (n,). [m/s]
    sealed
        Whether gullies drain it into the sewer, shape (n,).
    """

    ids: tuple[str, ...]
    manning: NDArray[np.float64]
    infiltration: NDArray[np.float64]
    sealed: NDArray[np.bool_]

    def sewer(self, capacity: float) -> NDArray[np.float64]:
        """What the sewer takes from each class, shape (n,) [m/s], for a capacity in l/(s ha)."""
        return np.where(self.sealed, capacity * 1e-7, 0.0)


@functools.cache
def surfaces() -> Surfaces:
    """The classes Kastor ships, see ``data/surfaces.json`` for their sources."""
    classes = texts()["classes"]
    return Surfaces(
        tuple(c["id"] for c in classes),
        np.array([c["manning"] for c in classes], np.float64),
        np.array([c["infiltration_mm_h"] for c in classes], np.float64) / 3.6e6,
        np.array([c["sealed"] for c in classes], np.bool_),
    )


def classes_of(city: City) -> NDArray[np.int64]:
    """Class of the surface each object of a city is, -1 for those that are none, shape (n_objects,)."""
    number = {name: k for k, name in enumerate(surfaces().ids)}
    found = np.full(len(city), -1)
    areas = {value: number[name] for value, name in texts()["areas"].items()}
    for name in _NAMES:
        column = city.attributes.get(name)
        if column is not None:
            table = np.array([areas.get(v, -1) if isinstance(v, str) else -1 for v in column.values] + [-1])
            found = np.where(found < 0, table[column.codes], found)
    for kind, name in ((Kind.WATER, "water"), (Kind.PARKING, "street"), (Kind.STREET, "street")):
        found[city.kind == kind] = number[name]
    found[~np.isin(city.kind, (Kind.LAND_USE, Kind.VEGETATION, Kind.WATER, Kind.PARKING, Kind.STREET))] = -1
    return found


COVERS = {"sealed": "street", "paved": "built", "green": "green", "water": "water", "soil": "field"}
"""Class of a surface by the ``cover`` a plan gives it."""


def covers_of(city: City) -> NDArray[np.int64]:
    """Class of the planned cover of each object, which lies over all else; -1 without one, shape (n_objects,)."""
    column = city.attributes.get("cover")
    if column is None:
        return np.full(len(city), -1)
    number = {cover: surfaces().ids.index(name) for cover, name in COVERS.items()}
    table = np.array([number.get(str(value), -1) for value in column.values] + [-1])
    return np.where(city.kind == Kind.LAND_USE, table[column.codes], -1)


def street_widths(city: City) -> NDArray[np.float64]:
    """Usual width of each street by its ``highway``, 0 for what is no street or a tunnel, shape (n_objects,). [m]"""
    widths: dict[str, float] = texts()["streets_m"]
    column, tunnel = city.attributes.get("highway"), city.attributes.get("tunnel")
    if column is None:
        return np.zeros(len(city))
    table = np.array([widths.get(str(v).removesuffix("_link"), 0.0) for v in column.values] + [0.0])
    found: NDArray[np.float64] = table[column.codes] * (city.kind == Kind.STREET)
    if tunnel is not None:
        under = np.array([str(v) not in ("no", "False", "0") for v in tunnel.values] + [False])
        found[under[tunnel.codes]] = 0.0
    return found


def depth_classes(identifier: str) -> dict[str, Any]:
    """
    Lower bound and colour of each class of an official map: ``bw``, ``wuppertal`` or ``essen``. [m]

    Raises
    ------
    ValueError
        When there are no such classes.
    """
    maps = {m["id"]: m for m in _json("depth_classes.json")["maps"]}
    if identifier not in maps:
        raise ValueError(f"there are no map classes {identifier!r}; there are {', '.join(maps)}")
    found: dict[str, Any] = maps[identifier]
    return found


@functools.cache
def texts() -> dict[str, Any]:
    """Classes with titles and sources."""
    return _json("surfaces.json")


def _json(name: str) -> dict[str, Any]:
    text = resources.files("kastor.simulations").joinpath("data", name).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
