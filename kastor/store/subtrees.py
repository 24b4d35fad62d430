"""Families of objects (a building with its parts) taken apart and put together again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, concat, take


def below(city: City, index: int) -> NDArray[np.int64]:
    """Indices of an object and of everything that is part of it, in order."""
    inside = np.zeros(len(city), bool)
    inside[index] = True
    for i in range(index + 1, len(city)):
        # parents stand before their children
        inside[i] = city.parent[i] >= 0 and inside[city.parent[i]]
    return np.flatnonzero(inside)


def pruned(city: City, index: int) -> City:
    """The city without an object and everything that is part of it."""
    return take(city, np.setdiff1d(np.arange(len(city)), below(city, index)))


def grafted(city: City, branch: City, parent: str | None) -> City:
    """
    The city with a branch behind it.

    Parameters
    ----------
    branch
        One object with its parts, the object first.
    parent
        Id of the object in ``city`` it becomes a part of; None for a top-level object.
    """
    joined = concat([c for c in (city, branch) if len(c)])
    if parent is None:
        return joined
    parents = joined.parent.copy()
    parents[len(city)] = city.ids.tolist().index(parent)
    return replace(joined, parent=parents)
