"""How water moves from cell to cell: the arithmetic of one row of the grid, the same for every grid.

A staggered grid: depths stand at the centres of cells, velocities at the faces between them. All
depths and heights are whole numbers of :data:`UNIT` metres; a height is kept modulo 2^32 units, so
that differences of heights, which alone matter, are exact as long as they stay below 128 m.
Volumes that cross a face are whole numbers too and count with both signs, so no unit is ever lost
and the order in which rows are computed cannot change a result.

The functions of :data:`row` each make one pass over a row, without branches, over arrays that never
overlap, which lets the compiler use vector instructions; indices are unsigned, so that none has to
be tried for being negative. Rows of the grid are addressed by their number ``r``, rows of the working
space by ``r`` modulo as many as are kept; column 0 of the working space is column ``first`` of the grid.

Source: Stelling and Duinmeijer (2003), A staggered conservative scheme for every Froude number in
rapidly varied shallow water flows, doi:10.1002/fld.537. Friction after Manning, linearised about the
velocity before the step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.compiler import Compiler
from numpy.typing import NDArray

from kastor.city.kernels import compiled

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
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

STEEP = 0.9
"""The depth of one cell by that of the one behind it, below which a flow that gets faster keeps its energy."""

SPEED_LIMIT = 10.0
"""Fastest flow, that of a free fall of 5 m; at vertical steps the equations hold no longer. [m/s]"""


class Apart(Compiler):  # type: ignore[misc]
    """Compiles functions whose arguments never overlap in memory."""

    def __init__(
        self, typingctx: Any, targetctx: Any, library: Any, args: Any, return_type: Any, flags: Any, locals: Any
    ) -> None:
        flags.noalias = True
        super().__init__(typingctx, targetctx, library, args, return_type, flags, locals)


# no reassociation and no approximate division: vector and scalar code must round alike
_EXACT = {"nnan", "ninf", "nsz", "contract"}
kernel = compiled(nogil=True, error_model="numpy", fastmath=_EXACT)
row = compiled(nogil=True, error_model="numpy", fastmath=_EXACT, pipeline_class=Apart)


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
    zero, one = np.int32(0), np.int32(1)
    rising = step > zero
    height = np.int32(abs(step))
    upper = h_next if rising else h
    lower = h if rising else h_next
    more = min(height, max(np.int32(upper - height), zero))
    climbing = rising == forward
    base = np.int32(lower - height) if climbing else upper
    above = more if climbing else min(more, max(np.int32(lower - upper), zero))
    return max(np.int32(base + (above >> one)), zero)


@kernel
def volume(h: np.int32, h_next: np.int32, step: np.int32, speed: np.float32, share: np.float32) -> np.int32:
    """
    Volume crossing a face in a step, by area of a cell. [units]

    Parameters
    ----------
    speed
        Velocity at the face. [m/s]
    share
        Time step by cell width. [s/m]
    """
    return np.int32(np.float32(face_depth(speed > np.float32(0.0), h, h_next, step)) * (speed * share))


@row
def volumes(
    r: int, first: int, n: int, h: I4, z: I4, u: F4, v: F4, share: np.float32, along: I4, across: I4
) -> None:  # fmt: skip
    """
    Volumes crossing the eastern and the southern face of each cell of a row.

    Parameters
    ----------
    h, z
        Depth and bed height. [units]
    u, v
        Velocity at the eastern and southern faces. [m/s]
    share
        Time step by cell width. [s/m]
    along, across
        Receive the volumes, 2 and 3 rows. [units]
    """
    a, x = np.uintp(r % 2), np.uintp(r % 3)
    south = np.uintp(r + 1)
    here = np.uintp(r)
    for j in range(1, n - 1):
        k, i, e = np.uintp(j), np.uintp(first + j), np.uintp(first + j + 1)
        along[a, k] = volume(h[here, i], h[here, e], np.int32(z[here, e] - z[here, i]), u[here, i], share)
        across[x, k] = volume(h[here, i], h[south, i], np.int32(z[south, i] - z[here, i]), v[here, i], share)


@row
def filled(r: int, first: int, n: int, h: I4, rough: F4, along: I4, across: I4, rain: np.int32, depth: I4) -> np.int32:
    """
    Depth of a row after the volumes through its faces, and rain where any falls.

    Parameters
    ----------
    rough
        See :func:`slowed`.
    rain
        [units]
    depth
        Receives the depth, 2 rows. [units]

    Returns
    -------
    int32
        The smallest depth before the rain, negative when a cell was overdrawn.
    """
    a, x, y = np.uintp(r % 2), np.uintp(r % 3), np.uintp((r + 2) % 3)
    here = np.uintp(r)
    least = np.int32(0)
    for j in range(2, n - 1):
        w, k, i = np.uintp(j - 1), np.uintp(j), np.uintp(first + j)
        new = np.int32(h[here, i] + along[a, w] - along[a, k] + across[y, k] - across[x, k])
        least = min(least, new)
        depth[a, k] = np.int32(new + (rain if rough[here, i] > np.float32(0.0) else np.int32(0)))
    return least


@row
def drained(r: int, first: int, begin: int, end: int, surface: U1, losses: I4, depth: I4) -> np.int64:
    """
    Take water out of some cells of a row, never more than there is; returns how much. [units]

    Parameters
    ----------
    begin, end
        First and last (exclusive) column in the working space.
    losses
        What each class of surface takes in this step, shape (classes,). [units]
    """
    a, here = np.uintp(r % 2), np.uintp(r)
    lost = np.int64(0)
    for j in range(begin, end):
        k = np.uintp(j)
        taken = min(depth[a, k], losses[surface[here, np.uintp(first + j)]])
        depth[a, k] = np.int32(depth[a, k] - taken)
        lost += np.int64(taken)
    return lost


@row
def held(r: int, first: int, begin: int, end: int, h: I4, depth: I4) -> np.int64:
    """Give some cells of a row their depth before the step again; returns how much they had gained. [units]"""
    a, here = np.uintp(r % 2), np.uintp(r)
    gained = np.int64(0)
    for j in range(begin, end):
        k, i = np.uintp(j), np.uintp(first + j)
        gained += np.int64(depth[a, k]) - np.int64(h[here, i])
        depth[a, k] = h[here, i]
    return gained


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


@row
def slowed(
    r: int, first: int, n: int, depth: I4, rough: F4, step: np.float32, u: F4, v: F4, slow: F4
) -> np.int32:  # fmt: skip
    """
    Friction in each cell of a row, from its new depth and the faster of its faces before the step.

    Parameters
    ----------
    rough
        ``g n²`` of each cell, for depths in units; negative where no rain falls, on walls and outside of the ground.
    step
        Time step. [s]
    slow
        Receives the share of its speed that water loses, as if it kept losing as fast, 2 rows.

    Returns
    -------
    int32
        The bits of the speed of the fastest signal [m/s]: the flow and its waves, the latter across the diagonal.
        Numbers that are not negative are ordered like their bits.
    """
    a, north, here = np.uintp(r % 2), np.uintp(r - 1), np.uintp(r)
    most = np.int32(0)
    scale = np.float32(2.0 * GRAVITY * UNIT)
    for j in range(2, n - 1):
        k, w, i = np.uintp(j), np.uintp(first + j - 1), np.uintp(first + j)
        h = depth[a, k]
        east = max(abs(u[here, w]), abs(u[here, i]))
        south = max(abs(v[north, i]), abs(v[here, i]))
        thick = np.float32(max(h, np.int32(DRY)))
        slow[a, k] = abs(rough[here, i]) * step * drag(thick) * np.sqrt(east * east + south * south)
        signal = np.float32(east + south + np.sqrt(np.float32(h) * scale))
        most = max(most, np.int32(signal.view(np.int32)))
    return most


@row
def carried(r: int, n: int, along: I4, across: I4, flows: F4) -> None:
    """
    Twice the mean volumes through the middle of each cell and through its south-eastern corner. [units]

    Parameters
    ----------
    flows
        Receives them, 8 rows: eastward and southward through the middle, 2 rows each, southward through the corner,
        3 rows, and eastward through the corner of the row before.
    """
    a, b, x, y = np.uintp(r % 2), np.uintp((r + 1) % 2), np.uintp(r % 3), np.uintp((r + 2) % 3)
    middle, corner, last = np.uintp(2 + r % 2), np.uintp(4 + r % 3), np.uintp(7)
    for j in range(1, n - 1):
        w, k, e = np.uintp(j - 1), np.uintp(j), np.uintp(j + 1)
        flows[a, k] = np.float32(np.int32(along[a, w] + along[a, k]))
        flows[middle, k] = np.float32(np.int32(across[y, k] + across[x, k]))
        flows[corner, k] = np.float32(np.int32(across[x, k] + across[x, e]))
        flows[last, k] = np.float32(np.int32(along[b, k] + along[a, k]))


@kernel
def driven(
    moved: np.float32, body: np.float32, d: np.int32, d_next: np.int32, slow: np.float32, slow_next: np.float32,
    push: np.float32,
) -> tuple[np.float32, np.float32, np.bool_]:  # fmt: skip
    """
    Velocity at a face after gravity and friction, as a fraction.

    The friction is that of the cell the water comes from, linearised about the velocity before, so that thin
    films reach their equilibrium without swinging about it.

    Parameters
    ----------
    moved, body
        Momentum and mass of the water around the face, in any unit.
    d, d_next
        How much the level in both cells is above the higher bed; negative when it is below. [units]
    slow, slow_next
        Friction in both cells, see :func:`slowed`.
    push
        ``g dt / dx`` by unit. [m/s]

    Returns
    -------
    tuple
        Numerator and denominator of the velocity, and whether there is water on the face to move.
    """
    pushed = moved - push * body * np.float32(np.int32(d_next - d))
    forward = pushed > np.float32(0.0)
    loss = slow if forward else slow_next
    return pushed + loss * moved, body + body * (loss + loss), (d if forward else d_next) > np.int32(DRY)


@kernel
def limited(speed: np.float32, wet: np.bool_) -> np.float32:
    """A velocity within the limit, 0 without water."""
    limit = np.float32(SPEED_LIMIT)
    return min(max(speed, -limit), limit) if wet else np.float32(0.0)


@row
def pushed(
    r: int, first: int, n: int, z: I4, u: F4, v: F4, depth: I4, slow: F4, push: np.float32, h_new: I4, u_new: F4,
    v_new: F4,
) -> None:  # fmt: skip
    """
    Velocities at the eastern and southern faces of a row after gravity and friction alone.

    Both come from one division, as ``a/b`` is ``a d / (b d)`` and ``c/d`` is ``c b / (b d)``.
    """
    a, b = np.uintp(r % 2), np.uintp((r + 1) % 2)
    south, here = np.uintp(r + 1), np.uintp(r)
    zero, one = np.int32(0), np.float32(1.0)
    for j in range(2, n - 2):
        k, i, e = np.uintp(j), np.uintp(first + j), np.uintp(first + j + 1)
        h, drag_here, ke = depth[a, k], slow[a, k], np.uintp(j + 1)
        step = np.int32(z[here, e] - z[here, i])
        d, d_next = np.int32(h - max(step, zero)), np.int32(depth[a, ke] + min(step, zero))
        top_u, under_u, wet_u = driven(u[here, i], one, d, d_next, drag_here, slow[a, ke], push)
        step = np.int32(z[south, i] - z[here, i])
        d, d_next = np.int32(h - max(step, zero)), np.int32(depth[b, k] + min(step, zero))
        top_v, under_v, wet_v = driven(v[here, i], one, d, d_next, drag_here, slow[b, k], push)
        both = one / (under_u * under_v)
        h_new[here, i] = h
        u_new[here, i] = limited(top_u * under_v * both, wet_u)
        v_new[here, i] = limited(top_v * under_u * both, wet_v)


@kernel
def entering(
    carried: np.float32, speed: np.float32, before: np.float32, h: np.int32, h_next: np.int32, held: np.float32
) -> np.float32:
    """
    What flows into the body of water around a face from behind, as it counts for the momentum there.

    Where the flow gets faster while its depth falls steeply, as at a front on dry ground or over a brink, its energy
    is kept instead of its momentum, which would hold the front back.

    Parameters
    ----------
    carried
        Twice the volume through the middle of the cell behind, not negative. [units]
    speed, before
        Velocity at the face and at the one behind it, positive along the flow. [m/s]
    h, h_next
        Depth of the cells behind and before the face. [units]
    held
        Half of the body times time step by cell width, which makes a speed a volume.
    """
    steep = (np.float32(h_next) < np.float32(STEEP) * np.float32(h)) & (speed > abs(before))
    return min(carried, (speed + before) * held if steep else carried)


@row
def moved(
    r: int, first: int, n: int, z: I4, u: F4, v: F4, flows: F4, rain: np.int32, depth: I4, slow: F4,
    share: np.float32, push: np.float32, h_new: I4, u_new: F4, v_new: F4,
) -> None:  # fmt: skip
    """
    Velocities at the eastern and southern faces of a row after what the flow brings along, gravity and friction.

    A face owns half of each of its two cells. What flows into that body brings the velocity of the
    face it comes from; what flows out takes none away. So momentum is conserved where it must be,
    in jumps and bores; where it falls steeply, see :func:`entering`. Rain brings none.

    Parameters
    ----------
    flows
        See :func:`carried`.
    """
    a, b = np.uintp(r % 2), np.uintp((r + 1) % 2)
    m, m_south, last = np.uintp(2 + r % 2), np.uintp(2 + (r + 1) % 2), np.uintp(7)
    c_north, c = np.uintp(4 + (r + 2) % 3), np.uintp(4 + r % 3)
    north, south, here = np.uintp(r - 1), np.uintp(r + 1), np.uintp(r)
    zero, dry, one = np.int32(0), np.float32(0.0), np.float32(1.0)
    fallen, half = np.float32(2.0) * np.float32(rain), np.float32(0.5) * share
    for j in range(2, n - 2):
        kw, k, ke = np.uintp(j - 1), np.uintp(j), np.uintp(j + 1)
        w, i, e = np.uintp(first + j - 1), np.uintp(first + j), np.uintp(first + j + 1)
        h, h_next, drag_here, old = depth[a, k], depth[a, ke], slow[a, k], u[here, i]
        body = np.float32(np.int32(h + h_next))
        from_west = entering(max(flows[a, k], dry), old, u[here, w], h, h_next, half * body)
        to_east = -entering(max(-flows[a, ke], dry), -old, -u[here, e], h_next, h, half * body)
        from_north, to_south = max(flows[c_north, k], dry), min(flows[c, k], dry)
        brought = from_west * u[here, w] + from_north * u[north, i] - to_east * u[here, e] - to_south * u[south, i]
        mass = (from_west - to_east) + (from_north - to_south)
        body = max(max(body, mass), one)
        step = np.int32(z[here, e] - z[here, i])
        d, d_next = np.int32(h - max(step, zero)), np.int32(h_next + min(step, zero))
        own = max(body - mass - fallen, dry)
        top_u, under_u, wet_u = driven(old * own + brought, body, d, d_next, drag_here, slow[a, ke], push)
        h_next, old = depth[b, k], v[here, i]
        body = np.float32(np.int32(h + h_next))
        from_north = entering(max(flows[m, k], dry), old, v[north, i], h, h_next, half * body)
        to_south = -entering(max(-flows[m_south, k], dry), -old, -v[south, i], h_next, h, half * body)
        from_west, to_east = max(flows[last, kw], dry), min(flows[last, k], dry)
        brought = from_north * v[north, i] + from_west * v[here, w] - to_south * v[south, i] - to_east * v[here, e]
        mass = (from_north - to_south) + (from_west - to_east)
        body = max(max(body, mass), one)
        step = np.int32(z[south, i] - z[here, i])
        d, d_next = np.int32(h - max(step, zero)), np.int32(h_next + min(step, zero))
        own = max(body - mass - fallen, dry)
        top_v, under_v, wet_v = driven(old * own + brought, body, d, d_next, drag_here, slow[b, k], push)
        both = one / (under_u * under_v)
        h_new[here, i] = h
        u_new[here, i] = limited(top_u * under_v * both, wet_u)
        v_new[here, i] = limited(top_v * under_u * both, wet_v)


@row
def seen(
    r: int, h: I4, u: F4, v: F4, now: np.float32, passed: np.float32, threshold: np.int32,
    depth: I4, fast_u: F4, fast_v: F4, arrival: F4, duration: F4,
) -> None:  # fmt: skip
    """
    Keep what was extreme in a row: depth, velocity where it is flooded, when it was first flooded, and for how long.

    The velocity of a cell is the faster of two faces in each direction.

    Parameters
    ----------
    now, passed
        This moment, and the time since the last look. [s]
    threshold
        Depth from which a cell counts as flooded. [units]
    depth, fast_u, fast_v, arrival, duration
        What was kept so far, see :class:`~kastor.simulations.steps.Seen`.
    """
    north, here = np.uintp(r - 1), np.uintp(r)
    none = np.float32(0.0)
    for j in range(1, h.shape[1] - 1):
        i, w = np.uintp(j), np.uintp(j - 1)
        flooded = h[here, i] >= threshold
        depth[here, i] = max(depth[here, i], h[here, i])
        east = u[here, i] if abs(u[here, i]) > abs(u[here, w]) else u[here, w]
        south = v[here, i] if abs(v[here, i]) > abs(v[north, i]) else v[north, i]
        before = fast_u[here, i] * fast_u[here, i] + fast_v[here, i] * fast_v[here, i]
        faster = flooded & (east * east + south * south > before)
        fast_u[here, i] = east if faster else fast_u[here, i]
        fast_v[here, i] = south if faster else fast_v[here, i]
        duration[here, i] += passed if flooded else none
        arrival[here, i] = now if flooded & (arrival[here, i] < none) else arrival[here, i]
