"""A whole storm on a site: maxima, slices in time, hydrographs, cross-sections and the balance."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kastor.simulations.faces import UNIT, face_depth
from kastor.simulations.scene import Scene, SceneError
from kastor.simulations.water import RIM, Balance, Water, advance, balance, start

FLOODED = 0.05
"""Depth from which a place counts as flooded. [m]"""

SAMPLE = 30.0
"""Time between two values of a hydrograph. [s]"""

F4 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Section:
    """
    A line across which the discharge is measured, along faces of cells.

    Parameters
    ----------
    name
        What it is called.
    cells
        Row and column of cells, shape (n, 2).
    eastward, southward
        For each cell how its eastern and its southern face count: 1, 0 or -1; shape (n,).
    """

    name: str
    cells: NDArray[np.int64]
    eastward: NDArray[np.int8]
    southward: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Flood:
    """
    What a storm did.

    Parameters
    ----------
    depth
        Greatest depth, shape (rows, cols). [m]
    speed, direction
        Greatest speed where it was flooded [m/s], and where to it went then, clockwise from north [degrees].
    arrival
        When the place was first flooded, NaN where it never was. [s]
    duration
        How long it was. [s]
    slice_times, slices
        Moments [s], shape (k,), and depth at each, shape (k, rows, cols), uint16. [mm]
    times, point_depths, section_discharges
        Moments [s], shape (m,); depth at each point, shape (points, m) [m]; discharge through each section,
        positive to its counted side, shape (sections, m) [m³/s].
    balance
        Where all water went.
    steps, cell_steps_per_second
        Time steps, and cells times steps by seconds of the wall clock.
    """

    depth: F4
    speed: F4
    direction: F4
    arrival: F4
    duration: F4
    slice_times: NDArray[np.float64]
    slices: NDArray[np.uint16]
    times: NDArray[np.float64]
    point_depths: NDArray[np.float64]
    section_discharges: NDArray[np.float64]
    balance: Balance
    steps: int
    cell_steps_per_second: float


def flood(
    scene: Scene,
    duration: float,
    *,
    momentum: bool = True,
    slices: int = 24,
    points: NDArray[np.int64] | None = None,
    sections: Sequence[Section] = (),
    progress: Callable[[float], None] | None = None,
    threads: int | None = None,
) -> Flood:
    """
    Run a storm.

    Parameters
    ----------
    duration
        How long to watch; an hour beyond the end of the rain is usual. [s]
    momentum
        See :func:`~kastor.simulations.water.advance`.
    slices
        How many moments to keep, evenly spaced.
    points
        Row and column of places whose depth is followed, shape (n, 2).
    sections
        Lines whose discharge is followed.
    progress
        Called about every half minute of simulated time with the share that is done; an error it raises ends the
        run, which is how one cancels.

    Raises
    ------
    SceneError
        When the scene cannot be computed.
    """
    if not 1.0 <= duration <= 14 * 86400:
        raise SceneError(
            f"a duration of {duration:g} s cannot be; 1 s to 14 days can",
            f"eine Dauer von {duration:g} s ist nicht möglich; 1 s bis 14 Tage sind es",
        )
    if not 1 <= slices <= 500:
        raise SceneError(f"{slices} slices cannot be kept; 1 to 500 can")
    ran = start(scene)
    shape = scene.ground.heights.shape
    places = np.zeros((0, 2), np.int64) if points is None else points
    if len(places) and ((places < 0) | (places >= shape)).any():
        raise SceneError("a point lies outside of the area", "ein Punkt liegt außerhalb des Gebiets")
    kept_times = np.linspace(0.0, duration, slices + 1)[1:]
    times = np.unique(np.concatenate([np.arange(SAMPLE, duration, SAMPLE), kept_times]))
    kept = np.zeros((slices, *shape), np.uint16)
    depths, discharges = np.zeros((len(places), len(times))), np.zeros((len(sections), len(times)))
    began = time.perf_counter()
    for k, moment in enumerate(times.tolist()):
        advance(ran, moment, momentum=momentum, flooded=FLOODED, threads=threads)
        depth = ran.depth
        depths[:, k] = depth[tuple(places.T)]
        discharges[:, k] = [_discharge(ran, section) for section in sections]
        for n in np.flatnonzero(kept_times == moment).tolist():
            kept[n] = np.minimum(np.rint(depth * 1000), 65535)
        if progress is not None:
            progress(moment / duration)
    seconds = time.perf_counter() - began
    return _flood(ran, kept_times, kept, times, depths, discharges, seconds)


def _flood(
    ran: Water,
    kept_times: NDArray[np.float64],
    kept: NDArray[np.uint16],
    times: NDArray[np.float64],
    depths: NDArray[np.float64],
    discharges: NDArray[np.float64],
    seconds: float,
) -> Flood:
    u, v, arrival = ran.inner(ran.seen.u), ran.inner(ran.seen.v), ran.inner(ran.seen.arrival)
    steps = int(ran.state.counts[0])
    return Flood(
        depth=(ran.inner(ran.seen.depth) * UNIT).astype(np.float32),
        speed=np.hypot(u, v),
        direction=(np.degrees(np.arctan2(u, -v)) % 360).astype(np.float32),
        arrival=np.where(arrival < 0, np.float32(np.nan), arrival),
        duration=ran.inner(ran.seen.duration).copy(),
        slice_times=kept_times,
        slices=kept,
        times=times,
        point_depths=depths,
        section_discharges=discharges,
        balance=balance(ran),
        steps=steps,
        cell_steps_per_second=steps * u.size / max(seconds, 1e-9),
    )


def _discharge(ran: Water, section: Section) -> float:
    """Discharge through a section at this moment. [m³/s]"""
    layer = ran.state.counts[2]
    h, u, v, z = ran.state.h[layer], ran.state.u[layer], ran.state.v[layer], ran.layout.z
    total = 0.0
    for (row, col), east, south in zip(section.cells + RIM, section.eastward, section.southward, strict=True):
        if east:
            total += int(east) * float(u[row, col]) * _over(h, z, (row, col), (row, col + 1), u[row, col] > 0)
        if south:
            total += int(south) * float(v[row, col]) * _over(h, z, (row, col), (row + 1, col), v[row, col] > 0)
    return total * ran.scene.ground.cell


def _over(
    h: NDArray[np.int32], z: NDArray[np.int32], here: tuple[int, int], there: tuple[int, int], forward: bool
) -> float:
    """Depth of the flow between two cells. [m]"""
    rise = np.int64(z[there]) - np.int64(z[here])
    rise = (rise + 2**31) % 2**32 - 2**31
    return float(face_depth(bool(forward), h[here], h[there], np.int32(rise))) * UNIT


def section(name: str, corners: NDArray[np.float64], shape: tuple[int, int]) -> Section:
    """
    Faces along a line; what flows to the right of someone who walks along it counts positive.

    Parameters
    ----------
    corners
        Row and column of the corners of the line, in cells from the outer corner of the grid, shape (n, 2).
    shape
        Rows and columns of the grid.

    Raises
    ------
    SceneError
        When the line meets no face of the grid.
    """
    found: dict[tuple[int, int], list[int]] = {}
    for (r0, c0), (r1, c1) in itertools.pairwise(corners.tolist()):
        steps = max(1, int(np.ceil(4 * max(abs(r1 - r0), abs(c1 - c0)))))
        rows = np.rint(np.linspace(r0, r1, steps + 1)).astype(int).tolist()
        cols = np.rint(np.linspace(c0, c1, steps + 1)).astype(int).tolist()
        for k in range(steps):
            _step(found, rows[k], cols[k], rows[k + 1], cols[k + 1])
    inside = {k: f for k, f in found.items() if 0 <= k[0] < shape[0] and 0 <= k[1] < shape[1] and any(f)}
    cells = np.array(list(inside), np.int64).reshape(-1, 2)
    signs = np.array(list(inside.values()), np.int8).reshape(-1, 2)
    if not len(cells):
        raise SceneError(
            f"section {name} crosses no cell of the area", f"der Querschnitt {name} schneidet keine Zelle des Gebiets"
        )
    return Section(name, cells, signs[:, 0], signs[:, 1])


def _step(found: dict[tuple[int, int], list[int]], row: int, col: int, to_row: int, to_col: int) -> None:
    """One step from corner to corner of the grid, rows first."""
    while row != to_row:
        down = to_row > row
        # walking south, right is west; the face is the eastern one of the cell to the west
        found.setdefault((row if down else row - 1, col - 1), [0, 0])[0] += -1 if down else 1
        row += 1 if down else -1
    while col != to_col:
        east = to_col > col
        # walking east, right is south; the face is the southern one of the cell to the north
        found.setdefault((row - 1, col if east else col - 1), [0, 0])[1] += 1 if east else -1
        col += 1 if east else -1
