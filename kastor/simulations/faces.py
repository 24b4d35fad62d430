"""How water moves from cell to cell: the arithmetic of one row of faces, the same for every grid.

A staggered grid: depths stand at the centres of cells, velocities at the faces between them. All
depths and heights are whole numbers of :data:`UNIT` metres; a height is kept modulo 2^32 units, so
that differences of heights, which alone matter, are exact as long as they stay below 128 m.
Volumes that cross a face are whole numbers too and count with both signs, so no unit is ever lost
and the order in which rows are computed cannot change a result.

The functions write one row each and read few, which lets the compiler use vector instructions.

Source: Stelling and Duinmeijer (2003), A staggered conservative scheme for every Froude number in
rapidly varied shallow water flows, doi:10.1002/fld.537. Friction after Manning, linearised about the
velocity before the step.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

I4 = NDArray[np.int32]
F4 = NDArray[np.float32]
U1 = NDArray[np.uint8]

UNIT = 2.0**-24
"""Depth of one unit. [m]"""

GRAVITY = 9.81
"""[m/s²]"""

WALL = np.uint8(255)
"""Class of cells that water cannot enter, such as buildings."""

DRY = 17
"""Depth at or below which water stands still, 1 µm. [units]"""

SPEED_LIMIT = 10.0
"""Fastest flow, that of a free fall of 5 m; at vertical steps the equations hold no longer. [m/s]"""

# no reassociation and no approximate division: vector and scalar code must round alike
kernel = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "ninf", "nsz", "contract"})


@kernel
def face_depth(forward: bool, h: np.int32, h_next: np.int32, step: np.int32) -> np.int32:
    """
    Depth of the flow through a face. [units]

    On level ground it is the depth of the cell the water comes from. At a step of the bed the face
    lies at the higher bed as long as the water on it is thinner than the step, as on a kerb, a levee
    or a steep street, and comes down to the mean of both beds as the water there gets twice as deep,
    as in a hollow or a river. In still water both ways of the flow see the same depth.

    Parameters
    ----------
    forward
        Whether the water goes from the cell to the next.
    h, h_next
        Depth of both cells. [units]
    step
        How much higher the bed of the next one is. [units]
    """
    origin = h if forward else h_next
    goal = h_next if forward else h
    rise = step if forward else np.int32(-step)
    height = np.int32(abs(rise))
    upper = goal if rise > np.int32(0) else origin
    more = np.int32(min(height, max(np.int32(upper - height), np.int32(0))) >> 1)
    climbing = min(np.int32(max(np.int32(origin - height), np.int32(0)) + more), origin)
    falling = np.int32(origin + min(max(np.int32(np.int32(goal - origin) >> 1), np.int32(0)), more))
    return climbing if rise > np.int32(0) else falling


@kernel
def flux_along(h: I4, z: I4, u: F4, share: np.float32, out: I4) -> None:
    """
    Volume crossing the face between each cell of a row and the next.

    The depth at a face is that of the cell the water comes from, above the higher of the two beds.

    Parameters
    ----------
    h, z
        Depth and bed height of the row. [units]
    u
        Velocity at the faces. [m/s]
    share
        Time step by cell width. [s/m]
    out
        Volume by area of a cell. [units]
    """
    for i in range(1, len(out) - 1):
        depth = face_depth(u[i] > np.float32(0.0), h[i], h[i + 1], np.int32(z[i + 1] - z[i]))
        out[i] = np.int32(np.float32(depth) * (u[i] * share))


@kernel
def flux_across(h: I4, h_next: I4, steps: I4, v: F4, share: np.float32, out: I4) -> None:
    """The same for the faces between each cell of a row and the one in the next row."""
    for i in range(1, len(out) - 1):
        depth = face_depth(v[i] > np.float32(0.0), h[i], h_next[i], steps[i])
        out[i] = np.int32(np.float32(depth) * (v[i] * share))


@kernel
def filled(h: I4, along: I4, north: I4, south: I4, out: I4) -> np.int32:
    """Depth of a row after the volumes through its faces; returns the smallest, negative when a cell was overdrawn."""
    least = np.int32(0)
    for i in range(1, len(out) - 1):
        depth = np.int32(h[i] + along[i - 1] - along[i] + north[i] - south[i])
        out[i] = depth
        least = min(least, depth)
    return least


@kernel
def rained(h: I4, surface: U1, rain: np.int32) -> None:
    """Add rain to a row where it is no :data:`WALL`; the rain of roofs is led elsewhere. [units]"""
    for i in range(1, len(h) - 1):
        h[i] = np.int32(h[i] + (rain if surface[i] != WALL else np.int32(0)))


@kernel
def looked_up(table: F4, surface: U1, out: F4) -> None:
    """Value of the class of each cell of a row."""
    for i in range(len(out)):
        out[i] = table[surface[i]]


@kernel
def counted(table: I4, surface: U1, out: I4) -> None:
    """The same for whole numbers."""
    for i in range(len(out)):
        out[i] = table[surface[i]]


@kernel
def drained(h: I4, most: I4) -> None:
    """
    Take water out of a row, never more than there is.

    Parameters
    ----------
    most
        What each cell takes in this step; receives what was taken. [units]
    """
    for i in range(1, len(h) - 1):
        taken = min(h[i], most[i])
        most[i] = taken
        h[i] = np.int32(h[i] - taken)


@kernel
def total(row: I4) -> np.int64:
    """Sum of a row but for its first and last cell. [units]"""
    found = np.int64(0)
    for i in range(1, len(row) - 1):
        found += row[i]
    return found


@kernel
def drag(depth: np.float32) -> np.float32:
    """Depth to the power of -4/3, by two Newton steps from a guess taken from the bits; relative error below 1e-4."""
    guess = np.int32(np.float32(1419967116.0) - np.float32(np.float32(depth).view(np.int32)) * np.float32(1.0 / 3.0))
    root = np.float32(guess.view(np.float32))
    third = depth * np.float32(1.0 / 3.0)
    root = root * (np.float32(4.0 / 3.0) - third * root * root * root)
    root = root * (np.float32(4.0 / 3.0) - third * root * root * root)
    square = root * root
    return square * square


@kernel
def resistance(h: I4, rough: F4, out: F4) -> None:
    """
    Friction of the water in each cell of a row, by unit of speed.

    Parameters
    ----------
    rough
        ``dt g n²`` of each cell, for depths in units.
    """
    for i in range(1, len(out) - 1):
        out[i] = rough[i] * drag(np.float32(max(h[i], np.int32(DRY))))


@kernel
def summed(first: I4, second: I4, out: I4) -> None:
    """Sum of two rows."""
    for i in range(len(out)):
        out[i] = np.int32(first[i] + second[i])


@kernel
def copied(row: F4, out: F4) -> None:
    """Copy a row but for its two first and last cells."""
    for i in range(len(out)):
        out[i] = row[i + 2]


@kernel
def copied_whole(row: I4, out: I4) -> None:
    """The same for whole numbers."""
    for i in range(len(out)):
        out[i] = row[i + 2]


@kernel
def risen(z: I4, z_next: I4, out: I4) -> None:
    """How much higher the bed of the next row is. [units]"""
    for i in range(len(out)):
        out[i] = np.int32(z_next[i] - z[i])


@kernel
def carried_along(h: I4, u: F4, u_north: F4, u_south: F4, along: I4, north: I4, south: I4, out: F4) -> None:
    """
    Velocity at the faces of a row after the momentum the flow itself brings along.

    A face owns half of each of its two cells. What flows into that body brings the velocity of the
    face it comes from; what flows out takes none away. So momentum is conserved where it must be,
    in jumps and bores.

    Parameters
    ----------
    h
        Depth after the volumes have moved. [units]
    along, north, south
        Volumes through the faces of this row, and through those to the rows north and south of it. [units]
    """
    zero = np.float32(0.0)
    for i in range(1, len(out) - 1):
        west = max(np.float32(np.int32(along[i - 1] + along[i])), zero)
        east = max(-np.float32(np.int32(along[i] + along[i + 1])), zero)
        top = max(np.float32(np.int32(north[i] + north[i + 1])), zero)
        bottom = max(-np.float32(np.int32(south[i] + south[i + 1])), zero)
        here = u[i]
        gain = west * (u[i - 1] - here) + east * (u[i + 1] - here)
        gain += top * (u_north[i] - here) + bottom * (u_south[i] - here)
        body = max(np.float32(np.int32(h[i] + h[i + 1])), west + east + top + bottom)
        out[i] = here + gain / max(body, np.float32(1.0))


@kernel
def carried_across(
    h: I4, h_next: I4, v: F4, v_north: F4, v_south: F4, corner: I4, here: I4, below: I4, out: F4
) -> None:
    """
    The same for the faces between a row and the next.

    Parameters
    ----------
    corner
        Sum of the volumes through the faces along both rows. [units]
    here, below
        Sum of the volumes through the northern and southern faces of both rows. [units]
    """
    zero = np.float32(0.0)
    for i in range(1, len(out) - 1):
        top = max(np.float32(here[i]), zero)
        bottom = max(-np.float32(below[i]), zero)
        west = max(np.float32(corner[i - 1]), zero)
        east = max(-np.float32(corner[i]), zero)
        old = v[i]
        gain = top * (v_north[i] - old) + bottom * (v_south[i] - old)
        gain += west * (v[i - 1] - old) + east * (v[i + 1] - old)
        body = max(np.float32(np.int32(h[i] + h_next[i])), west + east + top + bottom)
        out[i] = old + gain / max(body, np.float32(1.0))


@kernel
def driven(
    old: np.float32, cross: np.float32, h: np.int32, h_next: np.int32, step: np.int32,
    drag_here: np.float32, drag_next: np.float32, push: np.float32,
) -> np.float32:  # fmt: skip
    """
    Velocity at a face after gravity and friction.

    The friction is that of the cell the water comes from, linearised about the old velocity, so that thin
    films reach their equilibrium without swinging about it.

    Parameters
    ----------
    old, cross
        Velocity before, through the face and along it. [m/s]
    h, h_next, step
        As for :func:`face_depth`.
    drag_here, drag_next
        Friction of both cells, see :func:`resistance`.
    push
        ``g dt / dx`` by unit. [m/s]
    """
    zero = np.float32(0.0)
    limit = np.float32(SPEED_LIMIT)
    pushed = old - push * np.float32(np.int32(step + h_next - h))
    forward = pushed > zero
    above = np.int32((h if forward else h_next) - max(step if forward else np.int32(-step), np.int32(0)))
    slow = (drag_here if forward else drag_next) * np.sqrt(old * old + cross * cross)
    new = (pushed + slow * old) / (np.float32(1.0) + slow + slow)
    return min(max(new, -limit), limit) if above > np.int32(DRY) else zero


@kernel
def driven_along(h: I4, z: I4, carried: F4, v_north: F4, v_south: F4, drags: F4, push: np.float32, out: F4) -> None:
    """Velocity at the faces of a row after gravity and friction, see :func:`driven`."""
    for i in range(1, len(out) - 1):
        cross = np.float32(0.25) * (v_north[i] + v_north[i + 1] + v_south[i] + v_south[i + 1])
        out[i] = driven(carried[i], cross, h[i], h[i + 1], np.int32(z[i + 1] - z[i]), drags[i], drags[i + 1], push)


@kernel
def driven_across(
    h: I4, h_next: I4, steps: I4, carried: F4, cross: F4, drags: F4, drags_next: F4, push: np.float32, out: F4
) -> None:
    """
    The same for the faces between a row and the next.

    Parameters
    ----------
    steps
        How much higher the bed of the next row is. [units]
    cross
        Mean velocity along the rows at each face. [m/s]
    """
    for i in range(1, len(out) - 1):
        out[i] = driven(carried[i], cross[i], h[i], h_next[i], steps[i], drags[i], drags_next[i], push)


@kernel
def crossing(u: F4, u_next: F4, out: F4) -> None:
    """Mean velocity along two rows at the faces between them."""
    for i in range(1, len(out) - 1):
        out[i] = np.float32(0.25) * (u[i - 1] + u[i] + u_next[i - 1] + u_next[i])


@kernel
def pace(h: I4, u: F4, v: F4) -> np.int32:
    """
    Speed of the fastest signal in a row: the flow and its waves, the latter across the diagonal; the end cells aside.

    Returns
    -------
    int32
        The bits of the speed [m/s]; numbers that are not negative are ordered like their bits.
    """
    most = np.int32(0)
    scale = np.float32(2.0 * GRAVITY * UNIT)
    for i in range(1, len(h) - 1):
        signal = np.float32(abs(u[i]) + abs(v[i]) + np.sqrt(np.float32(h[i]) * scale))
        most = max(most, np.int32(signal.view(np.int32)))
    return most


@kernel
def deepest(h: I4, most: I4) -> None:
    """Keep the greatest depth of each cell of a row."""
    for i in range(len(h)):
        most[i] = max(most[i], h[i])


@kernel
def fastest(h: I4, u: F4, v_north: F4, v: F4, threshold: np.int32, most_u: F4, most_v: F4) -> None:
    """Keep the velocity of each cell of a row where it was fastest: the faster of two faces, where it is flooded."""
    for i in range(1, len(h) - 1):
        east = u[i] if abs(u[i]) > abs(u[i - 1]) else u[i - 1]
        south = v[i] if abs(v[i]) > abs(v_north[i]) else v_north[i]
        before = most_u[i] * most_u[i] + most_v[i] * most_v[i]
        faster = (h[i] >= threshold) & (east * east + south * south > before)
        most_u[i] = east if faster else most_u[i]
        most_v[i] = south if faster else most_v[i]


@kernel
def flooded(h: I4, now: np.float32, passed: np.float32, threshold: np.int32, arrival: F4, duration: F4) -> None:
    """Keep when each cell of a row was first flooded, and for how long."""
    for i in range(len(h)):
        wet = h[i] >= threshold
        duration[i] = duration[i] + (passed if wet else np.float32(0.0))
        arrival[i] = now if wet & (arrival[i] < np.float32(0.0)) else arrival[i]
