"""Water on the ground: which way heavy rain runs, where it stands, how deep and how fast.

Two-dimensional shallow-water flow on a grid of square cells. See ``docs/reference/rain.md`` for the
equations, the scheme and its limits. :func:`start` makes a run of a scene, :func:`advance` moves it on.
"""

from __future__ import annotations

import itertools
import os
import threading
from dataclasses import dataclass
from typing import TypeVar

import numba
import numpy as np
import scipy
from numpy.typing import NDArray

from kastor.simulations import steps
from kastor.simulations.faces import F4, GRAVITY, I4, I8, UNIT, WALL
from kastor.simulations.scene import Edge, Ground, Scene, check
from kastor.simulations.tiles import EDGE

WALL_HEIGHT = 40.0
"""How far walls rise above the ground, higher than any water. [m]"""

LEAST_FALL = 0.002
"""Slope of the ground outside an open edge where the ground inside falls less."""

PIECE = (128, 1024)
"""Rows and columns of a piece of the grid."""

CELLS_BY_THREAD = 100_000
"""Smaller grids gain nothing by a second thread: waiting for each other at every step costs more."""

RIM = EDGE + 1
"""Rows and columns of the padded grid before the first of the ground: walls, or where water leaves."""

LANES = 16
"""Columns computed at once; walls to the east fill the grid up to a multiple, so that none are left over."""

Number = TypeVar("Number", bound=np.generic)

_ONE_RUN_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, eq=False)
class Water:
    """
    A run at some moment; :func:`advance` changes it.

    Parameters
    ----------
    scene
        What it computes with.
    layout, sources, state, seen
        The same as the steps need it.
    at_start
        Water there was at the start. [units of one cell]
    """

    scene: Scene
    layout: steps.Layout
    sources: steps.Sources
    state: steps.State
    seen: steps.Seen
    at_start: int

    @property
    def time(self) -> float:
        """Seconds since the start."""
        return float(self.state.clock[0])

    @property
    def depth(self) -> NDArray[np.float64]:
        """Depth of each cell, shape (rows, cols). [m]"""
        return self.inner(self.state.h[self.state.counts[2]]) * UNIT

    def inner(self, padded: NDArray[Number]) -> NDArray[Number]:
        """The part of a padded array that belongs to the ground."""
        return _inner(padded, self.scene.ground)

    @property
    def velocity(self) -> tuple[F4, F4]:
        """Velocity to the east and to the south at the eastern and southern face of each cell, (rows, cols). [m/s]"""
        layer = self.state.counts[2]
        return self.inner(self.state.u[layer]), self.inner(self.state.v[layer])


@dataclass(frozen=True)
class Balance:
    """
    Where all water came from and went, in whole units of 2^-24 m on one cell.

    Parameters
    ----------
    cell
        Side of a cell. [m]
    start, stored
        Water at the start and now.
    rain, roofs, inflow
        What was added: rain on the ground, rain by way of roofs, inflows.
    infiltration, sewer, outflow
        What was taken; outflow is negative when water entered over edges with a given level.
    """

    cell: float
    start: int
    stored: int
    rain: int
    roofs: int
    inflow: int
    infiltration: int
    sewer: int
    outflow: int

    @property
    def missing(self) -> int:
        """What is unaccounted for; 0 unless the program is wrong."""
        added = self.start + self.rain + self.roofs + self.inflow
        return added - self.infiltration - self.sewer - self.outflow - self.stored

    def cubic_metres(self, units: int) -> float:
        """Volume of some units. [m³]"""
        return units * UNIT * self.cell**2


def start(
    scene: Scene,
    depth: NDArray[np.floating] | None = None,
    velocity: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
    piece: tuple[int, int] = PIECE,
) -> Water:
    """
    A run of a scene, at time 0.

    Parameters
    ----------
    depth
        Water at the start, shape (rows, cols); none when missing. [m]
    velocity
        As :attr:`Water.velocity`; at rest when missing.
    piece
        Rows and columns of the pieces the grid is cut into; the result does not depend on them.

    Raises
    ------
    SceneError
        When the scene cannot be computed.
    """
    check(scene)
    layout = _layout(scene, piece)
    ground, shape = scene.ground, layout.z.shape
    h = np.zeros((2, *shape), np.int32)
    u, v = np.zeros((2, *shape), np.float32), np.zeros((2, *shape), np.float32)
    if depth is not None:
        _inner(h[0], ground)[:] = np.where(_inner(layout.surface, ground) == WALL, 0, np.rint(depth / UNIT))
    for edge in scene.edges:
        h[:, *_outside(edge, ground).T] = _edge_depth(edge, ground)
    if velocity is not None:
        _inner(u[0], ground)[:], _inner(v[0], ground)[:] = velocity
    sources = _sources(scene)
    fastest = float(np.sqrt(2 * GRAVITY * h[0].max() * UNIT) + np.abs(u[0]).max() + np.abs(v[0]).max())
    first_step = ground.cell / max(fastest, np.sqrt(GRAVITY * ground.cell)) / 2
    wet = np.array([h[0, a:b, c:d].any() for a, b, c, d in layout.bounds])
    state = steps.State(
        h, u, v, wet, np.array([0.0, first_step, fastest, 0.0, 0.0]), np.zeros(4, np.int64), np.zeros(6, np.int64)
    )
    seen = steps.Seen(
        np.zeros(shape, np.int32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.full(shape, -1, np.float32),
        np.zeros(shape, np.float32),
    )
    return Water(scene, layout, sources, state, seen, int(h[0].sum(dtype=np.int64)))


def advance(
    water: Water,
    until: float,
    *,
    momentum: bool = True,
    longest_step: float = 2.0,
    flooded: float = 0.05,
    threads: int | None = None,
) -> None:
    """
    Move a run on.

    Parameters
    ----------
    until
        Time to stop at. [s]
    momentum
        Whether the flow carries its momentum along; without it the result is a preview.
    longest_step
        Longest time step. [s]
    flooded
        Depth from which a place counts as flooded, for arrival and duration. [m]
    threads
        How many; when None one for every :data:`CELLS_BY_THREAD`, at most all that Numba has. The result does not
        depend on them.
    """
    with _ONE_RUN_AT_A_TIME:
        # read when the threads begin: they wait asleep, for spinning on a busy machine takes longer than the run itself
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        before = numba.get_num_threads()
        enough = 1 + water.layout.z.size // CELLS_BY_THREAD
        numba.set_num_threads(threads or min(before, enough))
        try:
            steps.advance(
                water.layout, water.sources, water.state, water.seen, float(until), float(longest_step),
                round(flooded / UNIT), momentum,
            )  # fmt: skip
        finally:
            numba.set_num_threads(before)


def balance(water: Water) -> Balance:
    """Where all water came from and went."""
    stored = int(water.state.h[water.state.counts[2]].sum(dtype=np.int64))
    return Balance(water.scene.ground.cell, water.at_start, stored, *(int(n) for n in water.state.ledger))


def _inner(padded: NDArray[Number], ground: Ground) -> NDArray[Number]:
    """The part of a padded array that belongs to the ground."""
    rows, cols = ground.heights.shape
    return padded[RIM : RIM + rows, RIM : RIM + cols]


def _padded(values: NDArray[Number]) -> NDArray[Number]:
    """Values with a rim around them that repeats those at the edge, wider to the east."""
    more = -(values.shape[1] + 2) % LANES
    return np.pad(values, ((RIM, RIM), (RIM, RIM + more)), mode="edge")


def _layout(scene: Scene, piece: tuple[int, int]) -> steps.Layout:
    ground = scene.ground
    walls = (ground.surface == WALL) | ~np.isfinite(ground.heights)
    heights = _filled(ground.heights)
    # the height of the middle is near 0 then, so that the fractions of large heights are not lost
    heights = heights - np.round(np.median(heights))
    rim = np.ones(_padded(walls).shape, bool)
    _inner(rim, ground)[:] = False
    z = _padded(heights) + WALL_HEIGHT * (rim | _padded(walls))
    for edge in scene.edges:
        for inside, outside in zip(edge.cells + RIM, _outside(edge, ground), strict=True):
            z[tuple(outside)] = z[tuple(inside)] - _fall(edge, ground, inside - RIM, outside - RIM)
    surface = np.where(rim | _padded(walls), WALL, _padded(ground.surface)).astype(np.uint8)
    losses = np.zeros((steps.LOSSES, 256))
    classes = len(ground.manning)
    manning = np.zeros(256)
    manning[:classes] = ground.manning
    used = ground.surface[~walls]
    manning[WALL] = ground.manning[np.bincount(used).argmax()] if len(used) else 0.0
    # the sign tells where rain falls, so even ground without roughness has the least there is
    friction = np.maximum(GRAVITY * manning**2 * UNIT ** (-4 / 3), np.finfo(np.float32).tiny).astype(np.float32)
    friction[WALL] *= -1
    losses[0, :classes], losses[1, :classes] = ground.infiltration / UNIT, ground.sewer / UNIT
    units = (np.rint(z / UNIT).astype(np.int64) & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
    bounds, beside = _pieces(z.shape, piece)
    open_to_rain = int((~walls).sum())
    return steps.Layout(
        float(ground.cell),
        units,
        surface,
        friction[surface],
        losses,
        RIM + heights.shape[1],
        open_to_rain,
        bounds,
        beside,
    )


def _filled(heights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unknown heights replaced by the nearest known one."""
    unknown = ~np.isfinite(heights)
    if not unknown.any():
        return heights.astype(np.float64)
    nearest = scipy.ndimage.distance_transform_edt(unknown, return_distances=False, return_indices=True)
    return np.asarray(heights.astype(np.float64)[tuple(nearest)])


def _outside(edge: Edge, ground: Ground) -> NDArray[np.int64]:
    """The padded cell beyond each cell of an edge; at a corner the one beyond its row, but of a single row its end."""
    rows, cols = ground.heights.shape
    beyond = edge.cells + RIM
    row, col = edge.cells.T
    ends = (rows == 1) & ((col == 0) | (col == cols - 1))
    sideways = ends | ((row != 0) & (row != rows - 1))
    beyond[:, 0] += np.where(sideways, 0, np.where(row == 0, -1, 1))
    beyond[:, 1] += np.where(sideways, np.where(col == 0, -1, 1), 0)
    return beyond


def _fall(edge: Edge, ground: Ground, inside: NDArray[np.int64], outside: NDArray[np.int64]) -> float:
    """How much lower the cell beyond an edge is: as much as the last two cells inside differ. [m]"""
    if edge.level is not None:
        return 0.0
    before = np.clip(2 * inside - outside, 0, np.array(ground.heights.shape) - 1)
    fall = float(ground.heights[tuple(before)] - ground.heights[tuple(inside)])
    least = LEAST_FALL * ground.cell
    return min(max(fall, least), ground.cell) if np.isfinite(fall) else least


def _pieces(shape: tuple[int, ...], piece: tuple[int, int]) -> tuple[I8, I8]:
    """Bounds of the pieces of a padded grid, and which lie around each."""
    rows = list(range(EDGE, shape[0] - EDGE, piece[0]))
    cols = list(range(EDGE, shape[1] - EDGE, piece[1]))
    bounds = [
        (r, min(r + piece[0], shape[0] - EDGE), c, min(c + piece[1], shape[1] - EDGE)) for r in rows for c in cols
    ]
    numbers = np.pad(np.arange(len(bounds)).reshape(len(rows), len(cols)), 1, constant_values=-1)
    beside = np.stack(
        [numbers[r : r + len(rows), c : c + len(cols)].ravel() for r in range(3) for c in range(3)], axis=1
    )
    return np.array(bounds, np.int64), np.ascontiguousarray(beside, np.int64)


def _sources(scene: Scene) -> steps.Sources:
    rain = scene.rain
    area = scene.ground.cell**2
    curves = [_volumes(i.times, i.discharges) for i in scene.inflows]
    inflow_cells = [i.cells + RIM for i in scene.inflows]
    return steps.Sources(
        rain_times=np.asarray(rain.times, np.float64) if rain else np.zeros(1),
        rain_depths=np.asarray(rain.depths, np.float64) / UNIT if rain else np.zeros(1),
        roof_cells=_cells([scene.roofs.cells + RIM] if scene.roofs else []),
        roof_weights=np.asarray(scene.roofs.areas, np.float64) / area if scene.roofs else np.zeros(0),
        inflow_cells=_cells(inflow_cells),
        inflow_shares=np.concatenate([np.zeros(0), *(np.full(len(c), 1 / len(c)) for c in inflow_cells)]),
        inflow_curves=np.repeat(np.arange(len(curves)), [len(c) for c in inflow_cells]).astype(np.int64),
        curve_offsets=np.concatenate([[0], np.cumsum([len(t) for t, _ in curves])]).astype(np.int64),
        curve_times=np.concatenate([np.zeros(0), *(t for t, _ in curves)]),
        curve_volumes=np.concatenate([np.zeros(0), *(v for _, v in curves)]) / area / UNIT,
        culvert_cells=_cells([(c.ends + RIM).reshape(1, 4) for c in scene.culverts], 4),
        culvert_shapes=np.array([(c.width, c.height, c.loss) for c in scene.culverts], np.float64).reshape(-1, 3),
    )


def _cells(lists: list[NDArray[np.int64]], columns: int = 2) -> I8:
    return np.concatenate([np.zeros((0, columns), np.int64), *lists]).astype(np.int64)


def _edge_depth(edge: Edge, ground: Ground) -> I4:
    """Depth kept beyond each cell of an edge. [units]"""
    if edge.level is None:
        return np.zeros(len(edge.cells), np.int32)
    kept = np.maximum(edge.level - ground.heights[tuple(edge.cells.T)], 0.0)
    depth: I4 = np.rint(kept / UNIT).astype(np.int32)
    return depth


def _volumes(times: NDArray[np.float64], discharges: NDArray[np.float64]) -> tuple[steps.F8, steps.F8]:
    """Cumulative volume of a hydrograph, on a grid of at most a second where it changes. [s], [m³]"""
    pieces = [np.linspace(a, b, int(np.ceil(b - a)) + 1) for a, b in itertools.pairwise(times.tolist())]
    fine = np.unique(np.concatenate(pieces))
    flow = np.interp(fine, times, discharges)
    volume = np.concatenate([[0.0], np.cumsum((flow[1:] + flow[:-1]) / 2 * np.diff(fine))])
    return fine, volume
