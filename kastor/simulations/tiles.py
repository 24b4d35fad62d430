"""One step of a piece of the grid: depths first, then velocities, row by row.

A piece computes a row and a column more than it owns, from the state before the step alone. So
pieces need nothing from each other and may be computed in any order, by any number of threads,
and give the same bits whatever their size.
"""

from __future__ import annotations

import numpy as np

from kastor.city.kernels import compiled
from kastor.simulations import faces
from kastor.simulations.faces import F4, I4, I8, U1

EDGE = 2
"""Rows and columns around the grid that belong to nobody: walls, there so that every cell has neighbours."""


@compiled(nogil=True, error_model="numpy")
def sweep(
    bounds: I8,
    east: int,
    h: I4,
    u: F4,
    v: F4,
    z: I4,
    surface: U1,
    rough: F4,
    losses: I4,
    rain: np.int32,
    step: np.float32,
    share: np.float32,
    push: np.float32,
    momentum: bool,
    h_new: I4,
    u_new: F4,
    v_new: F4,
    lost: I8,
) -> tuple[np.int32, np.int32]:
    """
    Advance one piece by one step.

    Parameters
    ----------
    bounds
        First and last row (exclusive), first and last column (exclusive), shape (4,).
    east
        Column just beyond the ground.
    h, u, v
        Depth and velocities before the step, shape (rows, cols).
    z, surface, rough
        Bed, class of surface and friction, see :func:`~kastor.simulations.faces.slowed`, shape (rows, cols).
    losses
        What each class takes in this step for each kind of loss, shape (kinds, classes). [units]
    rain, step, share, push
        As for the functions of :mod:`~kastor.simulations.faces`.
    momentum
        Whether the flow carries its momentum along; without it the result is a preview.
    h_new, u_new, v_new
        The state after the step.
    lost
        Receives what was taken by each kind of loss, and last what left over the edges, shape (kinds + 1,). [units]

    Returns
    -------
    tuple
        The smallest depth, negative when the step was too long, and the bits of the fastest signal. [m/s]
    """
    top, bottom, left, right = bounds[0], bounds[1], bounds[2], bounds[3]
    first = left - 2
    n = right + 2 - first
    along, across, depth = np.empty((2, n), np.int32), np.empty((3, n), np.int32), np.empty((2, n), np.int32)
    slow, flows = np.empty((2, n), np.float32), np.empty((8, n), np.float32)
    least, fastest = np.int32(0), np.int32(0)
    lost[:] = 0
    faces.volumes(top - 1, first, n, h, z, u, v, share, along, across)
    if momentum:
        faces.carried(top - 1, n, along, across, flows)
    for r in range(top, bottom + 1):
        faces.volumes(r, first, n, h, z, u, v, share, along, across)
        least = min(least, faces.filled(r, first, n, h, rough, along, across, rain, depth))
        for kind in range(len(losses)):
            if not losses[kind].any():
                continue
            taken = faces.drained(r, first, 2, n - 2, surface, losses[kind], depth)
            faces.drained(r, first, n - 2, n - 1, surface, losses[kind], depth)
            lost[kind] += taken if r < bottom else 0
        lost[-1] += _held(r, first, n, bottom, right, east, h, depth)
        fastest = max(fastest, faces.slowed(r, first, n, depth, rough, step, u, v, slow))
        if momentum:
            faces.carried(r, n, along, across, flows)
        if r == top:
            continue
        # the row above has now all it needs
        if momentum:
            faces.moved(r - 1, first, n, z, u, v, flows, rain, depth, slow, share, push, h_new, u_new, v_new)
        else:
            faces.pushed(r - 1, first, n, z, u, v, depth, slow, push, h_new, u_new, v_new)
    return least, fastest


@compiled(nogil=True, error_model="numpy")
def _held(r: int, first: int, n: int, bottom: int, right: int, east: int, h: I4, depth: I4) -> np.int64:
    """Hold the depth just beyond the ground as it is; returns what the piece itself gained there. [units]"""
    outside = r == EDGE or r == len(h) - 1 - EDGE
    gained = np.int64(0)
    if outside:
        gained += faces.held(r, first, 2, n - 2, h, depth)
        faces.held(r, first, n - 2, n - 1, h, depth)
    else:
        if first + 2 == EDGE:
            gained += faces.held(r, first, 2, 3, h, depth)
        if first + 2 <= east <= right:
            last = faces.held(r, first, east - first, east - first + 1, h, depth)
            gained += last if east < right else 0
    return gained if r < bottom else np.int64(0)
