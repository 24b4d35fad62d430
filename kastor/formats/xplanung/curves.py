"""Arcs and circles of plans as chains of short straight lines, never farther than a tolerance from the curve.

A curve is stroked from its smaller end to its larger one whatever way it is written, so two areas that
share an arc, each in its own direction, get the same vertices and still touch without gaps.

Sources: ISO 19136 (GML 3.2.1), 10.4.7 Arc, ArcString, Circle, ArcByCenterPoint, CircleByCenterPoint.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

TOLERANCE = 0.001
"""Largest distance between a curve and the chain it is drawn as; half of what plans may be apart. [m]"""

MOST_PIECES = 20_000
"""No arc gets more straight pieces than this, whatever its radius."""


def arc_string(points: Points, tolerance: float = TOLERANCE) -> Points:
    """
    A chain of arcs, each through three control points; the end of one is the start of the next.

    Parameters
    ----------
    points
        Control points, shape (2 n + 1, 2). [m]
    tolerance
        Largest distance to the true arc. [m]

    Returns
    -------
    Points
        Vertices, shape (m, 2); every control point is one of them.

    Raises
    ------
    ValueError
        When the number of points is not odd or below three.
    """
    if len(points) < 3 or len(points) % 2 == 0:
        raise ValueError(f"{len(points)} control points; arcs need 3, 5, 7, ...")
    pieces = [points[:1]]
    for i in range(0, len(points) - 2, 2):
        pieces += _through(points[i], points[i + 1], points[i + 2], tolerance)
    return np.concatenate(pieces)


def circle(points: Points, tolerance: float = TOLERANCE) -> Points:
    """A full circle through three points, closed, in the direction of the points."""
    if len(points) != 3:
        raise ValueError(f"{len(points)} control points; a circle needs 3")
    first, second, third = points
    centre = _centre(first, second, third)
    if centre is None:
        raise ValueError("the three points of the circle lie on one line")
    radius = float(np.hypot(*(first - centre)))
    sign = 1.0 if _turn(first, second, third) > 0 else -1.0
    start = math.atan2(first[1] - centre[1], first[0] - centre[0])
    ring = _around(centre, radius, start, sign * math.tau, tolerance)
    ring[0] = ring[-1] = first
    return ring


def circle_by_centre(centre: Points, radius: float, tolerance: float = TOLERANCE) -> Points:
    """A full circle around a point, closed, anticlockwise from its easternmost point."""
    _positive(radius)
    ring = _around(centre, radius, 0.0, math.tau, tolerance)
    ring[-1] = ring[0]
    return ring


def arc_by_centre(centre: Points, radius: float, start: float, end: float, tolerance: float = TOLERANCE) -> Points:
    """
    An arc around a point.

    Parameters
    ----------
    start, end
        Angles anticlockwise from east, as written; the arc runs anticlockwise where ``end`` is larger. [degrees]
    """
    _positive(radius)
    if not abs(end - start) <= 360.0:
        raise ValueError(f"the arc turns by {end - start:g} degrees")
    return _around(centre, radius, math.radians(start), math.radians(end - start), tolerance)


def pieces_of(radius: float, sweep: float, tolerance: float) -> int:
    """How many straight pieces an arc of that radius [m] and angle [rad] needs."""
    if radius <= tolerance:
        return max(2, math.ceil(abs(sweep)))
    step = 2.0 * math.acos(max(-1.0, 1.0 - tolerance / radius))
    return min(MOST_PIECES, max(1, math.ceil(abs(sweep) / step))) if step > 0 else 1


def _through(first: Points, middle: Points, last: Points, tolerance: float) -> list[Points]:
    """The two halves of an arc without its first point."""
    centre = _centre(first, middle, last)
    if centre is None:
        return [middle[None], last[None]]
    turn = _turn(first, middle, last)
    return [_half(first, middle, centre, turn, tolerance)[1:], _half(middle, last, centre, turn, tolerance)[1:]]


def _half(start: Points, end: Points, centre: Points, turn: float, tolerance: float) -> Points:
    """An arc around a known centre, stroked from its smaller end so that both directions agree."""
    if tuple(end) < tuple(start):
        return _half(end, start, centre, -turn, tolerance)[::-1]
    radius = float(np.hypot(*(start - centre)))
    begin = math.atan2(start[1] - centre[1], start[0] - centre[0])
    sweep = math.atan2(end[1] - centre[1], end[0] - centre[0]) - begin
    sweep = sweep % math.tau if turn > 0 else -((-sweep) % math.tau)
    drawn = _around(centre, radius, begin, sweep, tolerance)
    drawn[0], drawn[-1] = start, end
    return drawn


def _around(centre: Points, radius: float, start: float, sweep: float, tolerance: float) -> Points:
    count = pieces_of(radius, sweep, tolerance)
    angles = start + sweep * np.linspace(0.0, 1.0, count + 1)
    return np.asarray(centre + radius * np.column_stack([np.cos(angles), np.sin(angles)]), dtype=np.float64)


def _turn(a: Points, b: Points, c: Points) -> float:
    """Twice the area of a triangle, positive when it turns left."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _centre(a: Points, b: Points, c: Points) -> Points | None:
    """Centre of the circle through three points, None when they lie on one line for all that can be told."""
    # the same triangle whatever end comes first, so that both directions find the same centre to the last bit
    if tuple(c) < tuple(a):
        a, c = c, a
    u, v = b - a, c - a
    cross = 2.0 * float(u[0] * v[1] - u[1] * v[0])
    if abs(cross) <= 1e-9 * max(float(u @ u), float(v @ v), 1e-300):
        return None
    uu, vv = float(u @ u), float(v @ v)
    return a + np.array([v[1] * uu - u[1] * vv, u[0] * vv - v[0] * uu]) / cross


def _positive(radius: float) -> None:
    if not (math.isfinite(radius) and radius > 0.0):
        raise ValueError(f"the radius is {radius:g}; it must be above 0")
