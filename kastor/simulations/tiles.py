"""One step of a piece of the grid: depths first, then velocities, row by row.

A piece computes a row and a column more than it owns, from the state before the step alone. So
pieces need nothing from each other and may be computed in any order, by any number of threads,
and give the same bits whatever their size.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kastor.simulations import faces
from kastor.simulations.faces import F4, I4, U1

I8 = NDArray[np.int64]

EDGE = 2
"""Rows and columns around the grid that belong to nobody: walls, there so that every cell has neighbours."""

BUFFERS = 13
"""Rows of whole numbers a piece needs while it works; and as many of fractions."""


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(
    bounds: I8,
    h: I4,
    u: F4,
    v: F4,
    z: I4,
    surface: U1,
    rough: F4,
    losses: I4,
    rain: np.int32,
    share: np.float32,
    push: np.float32,
    momentum: bool,
    h_new: I4,
    u_new: F4,
    v_new: F4,
    whole: I4,
    parts: F4,
    lost: I8,
) -> tuple[np.int32, np.int32]:
    """
    Advance one piece by one step.

    Parameters
    ----------
    bounds
        First and last row (exclusive), first and last column (exclusive), shape (4,).
    h, u, v
        Depth and velocities before the step, shape (rows, cols).
    z, surface
        Bed and class of surface, shape (rows, cols).
    rough
        Friction of each class, see :func:`~kastor.simulations.faces.driven_along`.
    losses
        What each class takes in this step for each kind of loss, shape (kinds, classes). [units]
    rain, share, push
        As for the functions of :mod:`~kastor.simulations.faces`.
    momentum
        Whether the flow carries its momentum along; without it the result is a preview.
    h_new, u_new, v_new
        The state after the step.
    whole, parts
        Room to work in, shape (BUFFERS, cols + 4).
    lost
        Receives what was taken by each kind of loss, shape (kinds,). [units]

    Returns
    -------
    tuple
        The smallest depth, negative when the step was too long, and the bits of the fastest signal. [m/s]
    """
    top, bottom, left, right = bounds[0], bounds[1], bounds[2], bounds[3]
    first, last = left - 2, right + 2
    n = last - first
    inside = slice(1, n - 1)
    corner, taken = whole[11, :n], whole[12, :n]
    cross, roughness = parts[2, :n], parts[7, :n]
    out_u, out_v = parts[5, :n], parts[6, :n]
    least, fastest = np.int32(0), np.int32(0)
    lost[:] = 0
    for r in range(top - 1, bottom + 1):
        # rows of the working space: of this row of the grid and of those before it
        a, b = r % 2, (r + 1) % 2
        along, along_before = whole[a, :n], whole[b, :n]
        now, before, earlier = whole[2 + r % 3, :n], whole[2 + (r + 2) % 3, :n], whole[2 + (r + 1) % 3, :n]
        depth, depth_before = whole[5 + a, :n], whole[5 + b, :n]
        middle, middle_before = whole[7 + a, :n], whole[7 + b, :n]
        rise, rise_before = whole[9 + a, :n], whole[9 + b, :n]
        drags, drags_before = parts[a, :n], parts[b, :n]
        cells = slice(first, last)
        faces.risen(z[r, cells], z[r + 1, cells], rise)
        faces.flux_across(h[r, cells], h[r + 1, cells], rise, v[r, cells], share, now)
        if r < top:
            continue
        faces.flux_along(h[r, cells], z[r, cells], u[r, cells], share, along)
        least = min(least, faces.filled(h[r, cells], along, before, now, depth))
        if rain > 0:
            faces.rained(depth, surface[r, cells], rain)
        for kind in range(len(losses)):
            faces.counted(losses[kind], surface[r, cells], taken)
            faces.drained(depth, taken)
            if r < bottom:
                lost[kind] += faces.total(taken[1 : n - 1])
        faces.looked_up(rough, surface[r, cells], roughness)
        faces.resistance(depth, roughness, drags)
        faces.summed(before, now, middle)
        if r < bottom:
            faces.copied_whole(depth, h_new[r, left:right])
        if r == top:
            continue
        # the row above has now all it needs
        s = r - 1
        moved_u, moved_v = u[s, cells], v[s, cells]
        faces.crossing(u[s, cells], u[r, cells], cross)
        if momentum:
            moved_u, moved_v = parts[3, :n], parts[4, :n]
            faces.carried_along(
                depth_before, u[s, cells], u[s - 1, cells], u[r, cells], along_before, earlier, before, moved_u
            )
            faces.summed(along_before, along, corner)
            faces.carried_across(
                depth_before, depth, v[s, cells], v[s - 1, cells], v[r, cells], corner, middle_before, middle, moved_v
            )
        faces.driven_along(depth_before, z[s, cells], moved_u, v[s - 1, cells], v[s, cells], drags_before, push, out_u)
        faces.driven_across(depth_before, depth, rise_before, moved_v, cross, drags_before, drags, push, out_v)
        faces.copied(out_u, u_new[s, left:right])
        faces.copied(out_v, v_new[s, left:right])
        fastest = max(fastest, faces.pace(depth_before[inside], out_u[inside], out_v[inside]))
    return least, fastest
