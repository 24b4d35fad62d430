"""The clock of a simulation: steps as long as the flow allows, with everything that adds or takes water.

Each step is first computed for all pieces of the grid. When a cell would have been overdrawn the
step is computed again with half its length, so no limiter ever bends the flow. Then what does not
come from neighbours is added cell by cell, in a fixed order: the rain of roofs, inflows, culverts
and what leaves at open edges. Every such volume is entered in a ledger, in units.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.simulations import faces, tiles
from kastor.simulations.faces import F4, GRAVITY, I4, I8, U1, UNIT

F8 = NDArray[np.float64]

COURANT = 0.9
"""Share of a cell the fastest signal crosses in a step."""

RAIN, ROOFS, INFLOW, INFILTRATION, SEWER, EDGES = range(6)
"""Rows of the ledger; the last three are losses, water entering at an edge counts there negative."""

LOSSES = 2
"""Kinds of losses over areas: infiltration and sewer."""

DRAINED_EVERY = 4
"""Steps between two times that losses are taken; they are slow beside the flow."""

OBSERVED_EVERY = 8
"""Steps between two looks at depths and speeds for their maxima."""


class Layout(NamedTuple):
    """
    What stays as it is during a run; all arrays with the edge of the grid.

    Parameters
    ----------
    cell
        Side of a cell. [m]
    z, surface
        Bed height [units, modulo 2^32] and class of surface, shape (rows, cols).
    rough
        Friction of each cell, see :func:`~kastor.simulations.faces.slowed`, shape (rows, cols).
    losses
        Infiltration and sewer capacity of each class, shape (LOSSES, 256). [units/s]
    east
        Column just beyond the ground.
    open_to_rain
        Number of cells that are no walls and no edge.
    bounds
        Pieces of the grid, shape (n, 4), see :func:`~kastor.simulations.tiles.sweep`.
    beside
        Pieces around each piece, itself included, -1 where there is none, shape (n, 9).
    """

    cell: float
    z: I4
    surface: U1
    rough: F4
    losses: F8
    east: int
    open_to_rain: int
    bounds: I8
    beside: I8


class Sources(NamedTuple):
    """
    Water that comes and goes at single cells; cells are (row, column) in the padded grid.

    Parameters
    ----------
    rain_times, rain_depths
        Cumulative rain: straight lines between points. [s], [units]
    roof_cells, roof_weights
        Cells roofs drain to, shape (n, 2), and the roof area by cell area, shape (n,).
    inflow_cells, inflow_shares, inflow_curves
        Cells water flows in at, the share of each, and the curve it follows.
    curve_offsets, curve_times, curve_volumes
        Cumulative inflow of each curve, ragged. [s], [units of one cell]
    culvert_cells, culvert_shapes
        Row and column of both ends, shape (n, 4); width [m], height [m] and loss factor, shape (n, 3).
    """

    rain_times: F8
    rain_depths: F8
    roof_cells: I8
    roof_weights: F8
    inflow_cells: I8
    inflow_shares: F8
    inflow_curves: I8
    curve_offsets: I8
    curve_times: F8
    curve_volumes: F8
    culvert_cells: I8
    culvert_shapes: F8


class State(NamedTuple):
    """
    The water.

    Parameters
    ----------
    h, u, v
        Depth [units], velocities [m/s] before and after the step, shape (2, rows, cols).
    wet
        Whether there has been water in each piece, shape (n,).
    clock
        Time [s], length of the last step [s], fastest signal [m/s], time of the last look and until when losses have
        been taken [s], shape (5,), float64.
    counts
        Steps done, steps repeated, which of the two layers is valid, cells computed, shape (4,), int64.
    ledger
        Volumes, see :data:`RAIN` and following, shape (6,). [units of one cell]
    """

    h: I4
    u: F4
    v: F4
    wet: NDArray[np.bool_]
    clock: F8
    counts: I8
    ledger: I8


class Seen(NamedTuple):
    """
    What was seen at the looks, all of shape (rows, cols).

    Parameters
    ----------
    depth
        Greatest depth. [units]
    u, v
        Velocity when it was fastest. [m/s]
    arrival
        Time when the depth first reached ``threshold``, negative while it has not. [s]
    duration
        How long the depth was above it. [s]
    """

    depth: I4
    u: F4
    v: F4
    arrival: F4
    duration: F4


@compiled(nogil=True)
def along_curve(times: F8, values: F8, time: float) -> float:
    """Value of a curve of straight lines; constant before and after."""
    if time <= times[0]:
        return float(values[0])
    for k in range(1, len(times)):
        if time <= times[k]:
            part = (time - times[k - 1]) / (times[k] - times[k - 1])
            return float(values[k - 1] + part * (values[k] - values[k - 1]))
    return float(values[-1])


@compiled(nogil=True, error_model="numpy")
def advance(
    layout: Layout, sources: Sources, state: State, seen: Seen, until: float, longest: float, threshold: int,
    momentum: bool,
) -> None:  # fmt: skip
    """
    Advance the water to a moment.

    Parameters
    ----------
    until
        Time to stop at. [s]
    longest
        Longest step. [s]
    threshold
        Depth that counts as flooded. [units]
    momentum
        Whether the flow carries its momentum along.
    """
    pieces = len(layout.bounds)
    lost = np.zeros((pieces, LOSSES + 1), np.int64)
    least = np.zeros(pieces, np.int32)
    fastest = np.zeros(pieces, np.int32)
    clock, counts = state.clock, state.counts
    while clock[0] < until:
        step = min(COURANT * layout.cell / max(clock[2], 1e-9), longest, 1.25 * clock[1])
        rest = until - clock[0]
        if rest < 2.0 * step:
            step = rest if rest <= step else 0.5 * rest
        while True:
            end = until if step == rest else clock[0] + step
            rain = _between(sources.rain_times, sources.rain_depths, clock[0], end)
            draining = (counts[0] + 1) % DRAINED_EVERY == 0 or end == until
            losses = _losses(layout, clock[4], end if draining else clock[4])
            old = counts[2]
            _sweep_all(layout, state, old, losses, rain, end - clock[0], momentum, lost, least, fastest)
            if least.min() >= 0:
                break
            counts[1] += 1
            step *= 0.5
        begin = clock[0]
        clock[0], clock[1] = end, step
        if draining:
            clock[4] = end
        counts[0] += 1
        counts[2] = 1 - old
        clock[2] = fastest.view(np.float32).max()
        for p in range(pieces):
            state.wet[p] = state.wet[p] or fastest[p] > 0
        state.ledger[RAIN] += np.int64(rain) * layout.open_to_rain
        for kind in range(LOSSES + 1):
            state.ledger[INFILTRATION + kind] += lost[:, kind].sum()
        settle(layout, sources, state, begin, end)
        if counts[0] % OBSERVED_EVERY == 0 or clock[0] == until:
            look(state.h[counts[2]], state.u[counts[2]], state.v[counts[2]], clock, seen, threshold)


@compiled(nogil=True, error_model="numpy")
def _between(times: F8, values: F8, begin: float, end: float) -> np.int64:
    """Whole units a curve gains between two moments; over a run nothing is lost by rounding."""
    return np.int64(np.floor(along_curve(times, values, end))) - np.int64(np.floor(along_curve(times, values, begin)))


@compiled(nogil=True, error_model="numpy")
def _losses(layout: Layout, begin: float, end: float) -> I4:
    """What each class takes between two moments, shape (LOSSES, 256); none where no class takes anything. [units]"""
    if begin == end or not layout.losses.any():
        return np.zeros((0, 256), np.int32)
    losses = np.zeros((LOSSES, 256), np.int32)
    for kind in range(LOSSES):
        for k in range(256):
            rate = layout.losses[kind, k]
            losses[kind, k] = np.int32(np.floor(rate * end) - np.floor(rate * begin))
    return losses


@compiled(nogil=True, parallel=True, error_model="numpy")
def _sweep_all(
    layout: Layout, state: State, old: int, losses: I4, rain: int, step: float, momentum: bool, lost: I8, least: I4,
    fastest: I4,
) -> None:  # fmt: skip
    """One step of all pieces that have water, or may get some."""
    new = 1 - old
    share = np.float32(step / layout.cell)
    push = np.float32(GRAVITY * step / layout.cell * UNIT)
    for p in prange(len(least)):
        awake = rain > 0
        for k in range(9):
            other = layout.beside[p, k]
            awake = awake or (other >= 0 and state.wet[other])
        if awake:
            least[p], fastest[p] = tiles.sweep(
                layout.bounds[p], layout.east, state.h[old], state.u[old], state.v[old], layout.z, layout.surface,
                layout.rough, losses, np.int32(rain), np.float32(step), share, push, momentum,
                state.h[new], state.u[new], state.v[new], lost[p],
            )  # fmt: skip
        else:
            least[p] = 0
            fastest[p] = 0
            lost[p, :] = 0


@compiled(nogil=True, error_model="numpy")
def settle(layout: Layout, sources: Sources, state: State, begin: float, end: float) -> None:
    """Add and take water at single cells, in the order of the lists."""
    h = state.h[state.counts[2]]
    before = along_curve(sources.rain_times, sources.rain_depths, begin)
    after = along_curve(sources.rain_times, sources.rain_depths, end)
    for k in range(len(sources.roof_cells)):
        weight = sources.roof_weights[k]
        gain = np.int64(np.floor(after * weight)) - np.int64(np.floor(before * weight))
        h[sources.roof_cells[k, 0], sources.roof_cells[k, 1]] += np.int32(gain)
        state.ledger[ROOFS] += gain
    for k in range(len(sources.inflow_cells)):
        curve = sources.inflow_curves[k]
        part = slice(sources.curve_offsets[curve], sources.curve_offsets[curve + 1])
        volumes = sources.curve_volumes[part] * sources.inflow_shares[k]
        gain = _between(sources.curve_times[part], volumes, begin, end)
        row, col = sources.inflow_cells[k, 0], sources.inflow_cells[k, 1]
        h[row, col] += np.int32(gain)
        state.ledger[INFLOW] += gain
        _wake(layout, state, row, col)
    for k in range(len(sources.culvert_cells)):
        _through(layout, state, h, sources.culvert_cells[k], sources.culvert_shapes[k], end - begin)


@compiled(nogil=True, error_model="numpy")
def _wake(layout: Layout, state: State, row: int, col: int) -> None:
    """Note that the piece of a cell is wet."""
    for p in range(len(layout.bounds)):
        b = layout.bounds[p]
        if b[0] <= row < b[1] and b[2] <= col < b[3]:
            state.wet[p] = True


@compiled(nogil=True, error_model="numpy")
def _through(layout: Layout, state: State, h: I4, cells: I8, shape: F8, step: float) -> None:
    """
    Water through a culvert, from the side with the higher level.

    Its inlet takes what a weir of its width would, at most what the difference of levels drives through the full pipe.
    """
    r0, c0, r1, c1 = cells[0], cells[1], cells[2], cells[3]
    rise = np.int32(layout.z[r0, c0] - layout.z[r1, c1])
    if np.int32(rise + h[r0, c0] - h[r1, c1]) < 0:
        r0, c0, r1, c1 = r1, c1, r0, c0
        rise = np.int32(-rise)
    width, height, loss = shape[0], shape[1], shape[2]
    depth = h[r0, c0] * UNIT
    head = min(np.int64(rise) + h[r0, c0] - h[r1, c1], np.int64(h[r0, c0])) * UNIT
    if head <= 0.0:
        return
    weir = 1.7 * width * depth**1.5
    full = width * min(height, depth) * np.sqrt(2.0 * GRAVITY * head / (1.0 + loss))
    volume = np.int32(min(min(weir, full) * step / layout.cell**2 / UNIT, 0.5 * h[r0, c0]))
    h[r0, c0] -= volume
    h[r1, c1] += volume
    _wake(layout, state, r1, c1)


@compiled(nogil=True, error_model="numpy")
def look(h: I4, u: F4, v: F4, clock: F8, seen: Seen, threshold: int) -> None:
    """Note maxima, arrival and duration; between two looks the depth counts as it is found at the second."""
    passed = clock[0] - clock[3]
    clock[3] = clock[0]
    _look_all(
        h, u, v, np.float32(clock[0]), np.float32(passed), np.int32(threshold),
        seen.depth, seen.u, seen.v, seen.arrival, seen.duration,
    )  # fmt: skip


@compiled(nogil=True, parallel=True, error_model="numpy")
def _look_all(
    h: I4, u: F4, v: F4, now: np.float32, passed: np.float32, threshold: np.int32,
    depth: I4, fast_u: F4, fast_v: F4, arrival: F4, duration: F4,
) -> None:  # fmt: skip
    """The same row by row; arrays inside of tuples are not written to by parallel loops."""
    for r in prange(1, len(h) - 1):
        faces.seen(r, h, u, v, now, passed, threshold, depth, fast_u, fast_v, arrival, duration)
