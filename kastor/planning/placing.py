"""Where a model stands: by points that are the same in the model and on the map, or by an address and north."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kastor.process import InvalidInput
from kastor.store import Tenant

MOST_PAIRS = 20

Place = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """
    How a model is moved onto the map.

    Parameters
    ----------
    place
        Where its origin stands. [m]
    turn
        Counter-clockwise. [degrees]
    scale
        What the points say a length of the model is on the map; 1 when the unit is right.
    residual
        How far the points are from where they should be, at most. [m]
    """

    place: Place
    turn: float
    scale: float
    residual: float


def by_points(model: Sequence[Place], on_map: Sequence[Place]) -> Placed:
    """
    Place a model by two or more points, best by three; the sum of squared distances is least.

    Parameters
    ----------
    model, on_map
        The same points in the model and on the map, east and north. [m]

    Raises
    ------
    InvalidInput
        When they are too few, too many, or all in one place.

    References
    ----------
    .. [1] Umeyama (1991), Least-squares estimation of transformation parameters, :doi:`10.1109/34.88573`.
    """
    here, there = np.array(model, np.float64), np.array(on_map, np.float64)
    if not 2 <= len(here) <= MOST_PAIRS or len(here) != len(there):
        raise InvalidInput(
            f"pairs: {len(here)}; give 2 to {MOST_PAIRS} points of the model with their places on the map, best three.",
            f"{len(here)} Punktpaare; geben Sie 2 bis {MOST_PAIRS} an, am besten drei.",
        )
    if not (np.isfinite(here).all() and np.isfinite(there).all()):
        raise InvalidInput("pairs: a coordinate is no number.", "Eine Koordinate ist keine Zahl.")
    # in the plane a turn with a scale is one complex number
    a, b = (here - here.mean(axis=0)) @ (1, 1j), (there - there.mean(axis=0)) @ (1, 1j)
    size = float((np.abs(a) ** 2).sum())
    if size < 0.01 or float((np.abs(b) ** 2).sum()) < 0.01:
        raise InvalidInput(
            "pairs: all points are in one place; choose points that are apart.",
            "Alle Punkte liegen an einer Stelle; wählen Sie Punkte, die auseinander liegen.",
        )
    both = complex((b * a.conj()).sum() / size)
    scale, turn = abs(both), both / abs(both)
    # the unit was settled before, so lengths stay as they are
    moved = (here @ (1, 1j)) * turn
    origin = complex((there @ (1, 1j)).mean() - moved.mean())
    residual = float(np.abs(moved + origin - there @ (1, 1j)).max())
    return Placed((origin.real, origin.imag), float(np.degrees(np.angle(turn))), scale, residual)


def by_address(tenant: Tenant, address: str, north: float) -> Placed:
    """
    Place a model in the middle of what bears an address.

    Parameters
    ----------
    north
        Where north is in the model: clockwise from its upward axis. [degrees]

    Raises
    ------
    InvalidInput
        When nothing bears it.
    """
    found = [row for row in tenant.search(address, 1) if row.place is not None]
    if not found or found[0].place is None:
        raise InvalidInput(
            f"address: nothing is called {address[:80]!r} here; check the spelling, or place it by three points.",
            f"{address[:80]!r} ist hier nicht zu finden. Prüfen Sie die Schreibweise oder setzen Sie drei Punkte.",
        )
    east, north_of = found[0].place[:2]
    return Placed((float(east), float(north_of)), float((north + 180.0) % 360.0 - 180.0), 1.0, 0.0)
