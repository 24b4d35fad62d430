"""What a run gives: numbers, rasters, places and values over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kastor.process.words import Words


@dataclass(frozen=True)
class Indicator:
    """
    A number that can be compared.

    Parameters
    ----------
    id
        Output it belongs to.
    value
        None when it cannot be told.
    unit
        Of the value, that of the output.
    low, high
        Range the value lies in as far as is known; None when unknown.
    """

    id: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, eq=False)
class Raster:
    """
    Values on square cells, first row in the north.

    Parameters
    ----------
    id, unit
        Output it belongs to, and unit of its values.
    west, north, cell
        Outer corner of the first cell and side of a cell. [m]
    values
        Shape (rows, cols), or (times, rows, cols) with ``times``; NaN where nothing is known.
    times
        Since the beginning; empty for values at no special time. [s]
    """

    id: str
    unit: str
    west: float
    north: float
    cell: float
    values: NDArray[np.float32]
    times: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Features:
    """
    Places with properties.

    Parameters
    ----------
    id, unit
        Output they belong to, and unit of the property of that name.
    ids
        Ids of the objects they are about, or own ones.
    geometry
        In the plane system of the site, shape (n,).
    properties
        A value for each of them by name.
    """

    id: str
    unit: str
    ids: tuple[str, ...]
    geometry: NDArray[np.object_]
    properties: Mapping[str, Sequence[float | int | str | bool | None]]


@dataclass(frozen=True, eq=False)
class Series:
    """Values over time at a place: ``times`` since the beginning [s] and ``values``, both of shape (n,)."""

    id: str
    unit: str
    name: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    place: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """
    What a run gave.

    Parameters
    ----------
    indicators, rasters, features, series
        Each one belongs to an output of the process.
    notes
        What whoever reads the numbers has to know about this run, such as doubtful input.
    account
        Further figures of the run itself, such as its water balance or the steps it took.
    """

    indicators: tuple[Indicator, ...] = ()
    rasters: tuple[Raster, ...] = ()
    features: tuple[Features, ...] = ()
    series: tuple[Series, ...] = ()
    notes: tuple[Words, ...] = ()
    account: Mapping[str, float | int | str] = field(default_factory=dict)
