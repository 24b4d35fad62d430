"""Who stands in whose way? Heights on a grid, marched along a direction: the one primitive of sun and sky.

Lines run over the grid away from the sun, one cell of the main axis a step, their place on the other axis rounded.
Along each line the edge of the shade is carried and sinks with every step, so each cell is visited once, whatever the
height of the sun (:func:`light`). For the horizon the line carries its upper hull (V. Timonen, J. Westerholm, Scalable
height field self-shadowing, 2010, doi:10.1111/j.1467-8659.2009.01642.x). :func:`march` and :func:`point_light` walk
from each place to the sun instead and round from there: exact to the cell, and slower.

Everything counts in whole seconds, so sums do not depend on the order or the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kastor.city.kernels import compiled

F4 = NDArray[np.float32]
I4 = NDArray[np.int32]

NOWHERE = np.float32(-1e9)
"""Height of what is unknown or not there. [m]"""


@dataclass(frozen=True)
class Line:
    """
    How lines run over a grid, away from what they are asked about.

    Parameters
    ----------
    crosswise
        Whether columns are the main axis, so that the grid has to be transposed.
    backwards
        Whether they begin at the last cell of the main axis.
    slope
        Cells on the other axis for each one of the main axis, -1..1.
    length
        Of a step. [cells]
    """

    crosswise: bool
    backwards: bool
    slope: float
    length: float


def line(azimuth: float) -> Line:
    """
    Lines away from a direction.

    Parameters
    ----------
    azimuth
        Of the sun, clockwise from the top of the grid. [deg]

    Examples
    --------
    >>> line(180.0).backwards, line(90.0).crosswise
    (True, True)
    """
    down, right = np.cos(np.radians(azimuth)), -np.sin(np.radians(azimuth))
    crosswise = bool(abs(right) > abs(down))
    main, other = (right, down) if crosswise else (down, right)
    slope = float(other / abs(main))
    return Line(crosswise, bool(main < 0), slope, float(np.hypot(1.0, slope)))


def first_step(line: Line, top: int, left: int, shape: tuple[int, int]) -> int:
    """
    Number of the first step of lines over a cut of the grid of the whole world.

    Parameters
    ----------
    top, left
        Row and column of the first cell there, rows counted from north to south.
    shape
        Rows and columns of the cut.
    """
    begin, count = (left, shape[1]) if line.crosswise else (top, shape[0])
    return -(begin + count - 1) if line.backwards else begin


@compiled(nogil=True, error_model="numpy")
def light(
    solid: F4, backwards: bool, slope: float, first: int, drop: np.float32, full: np.int32, total: I4
) -> None:  # fmt: skip
    """
    Add the seconds of one position of the sun to all cells it shines on.

    Parameters
    ----------
    solid
        Heights that cast and receive shade, shape (rows, cols). [m]
    backwards, slope
        See :class:`Line`.
    first
        Number of the first step on the grid of the whole world, so that lines round alike whatever is cut out.
    drop
        How far the edge of the shade sinks in a step. [m]
    full
        Seconds.
    total
        Sum for each cell, shape (rows, cols).
    """
    rows, cols = solid.shape
    origin = int(np.floor(first * slope + 0.5))
    furthest = int(np.floor((first + rows - 1) * slope + 0.5)) - origin
    begin = max(furthest, 0)
    carried = np.full(cols + abs(furthest), np.float32(-1e9), np.float32)
    for step in range(rows):
        row = rows - 1 - step if backwards else step
        shift = begin + origin - int(np.floor((first + step) * slope + 0.5))
        edge = carried[shift : shift + cols]
        here, sums = solid[row], total[row]
        for col in range(cols):
            shade = edge[col] - drop
            height = here[col]
            sums[col] += full if shade <= height else np.int32(0)
            edge[col] = max(shade, height)


@compiled(nogil=True, error_model="numpy")
def light_through_crowns(
    solid: F4, top: F4, base: F4, backwards: bool, slope: float, first: int, drop: np.float32,
    full: np.int32, dimmed: np.int32, total: I4,
) -> None:  # fmt: skip
    """
    As :func:`light`, with crowns that let ``dimmed`` of the ``full`` seconds pass.

    Parameters
    ----------
    top, base
        Upper and lower end of the crown over each cell, ``NOWHERE`` without one, shape (rows, cols). [m]
    """
    rows, cols = solid.shape
    origin = int(np.floor(first * slope + 0.5))
    furthest = int(np.floor((first + rows - 1) * slope + 0.5)) - origin
    begin = max(furthest, 0)
    nowhere = np.float32(-1e9)
    carried = np.full(cols + abs(furthest), nowhere, np.float32)
    carried_top, carried_base = carried.copy(), carried.copy()
    for step in range(rows):
        row = rows - 1 - step if backwards else step
        shift = begin + origin - int(np.floor((first + step) * slope + 0.5))
        for col in range(cols):
            at = shift + col
            shade, height = carried[at] - drop, solid[row, col]
            above, below = carried_top[at] - drop, carried_base[at] - drop
            if shade <= height:
                total[row, col] += dimmed if below <= height < above else full
            carried[at] = max(shade, height)
            crown, foot = top[row, col], base[row, col]
            if crown > nowhere:
                # what was carried ends below this crown, or grows together with it
                below = foot if above < foot else min(below, foot)
                above = max(above, crown)
            carried_top[at], carried_base[at] = above, below


@compiled(nogil=True, error_model="numpy")
def march(solid: F4, backwards: bool, slope: float, drop: np.float32, full: np.int32, total: I4) -> None:
    """As :func:`light`, walking from each cell to the sun, exact to the cell."""
    rows, cols = solid.shape
    highest = solid.max()
    way = 1 if backwards else -1
    for row in range(rows):
        for col in range(cols):
            height, step, free = solid[row, col], 1, True
            while free:
                r = row + way * step
                c = col - int(np.sign(slope)) * int(np.floor(step * abs(slope) + 0.5))
                edge = height + step * drop
                if r < 0 or r >= rows or c < 0 or c >= cols or edge >= highest:
                    break
                free = solid[r, c] <= edge
                step += 1
            if free:
                total[row, col] += full


@compiled(nogil=True, error_model="numpy")
def sky_seen(
    casting: F4, receiving: F4, backwards: bool, slope: float, first: int, spacing: float, seen: F4
) -> None:  # fmt: skip
    """
    Add the share of the sky's light from one direction that reaches each cell: cos² of the horizon.

    Parameters
    ----------
    casting, receiving
        Heights of what hides the sky, and of the places that look at it, shape (rows, cols). [m]
    spacing
        Of two cells on a line. [m]
    seen
        Sum for each cell, shape (rows, cols).
    """
    rows, cols = casting.shape
    origin = int(np.floor(first * slope + 0.5))
    furthest = int(np.floor((first + rows - 1) * slope + 0.5)) - origin
    hull_at, hull_height = np.empty(rows, np.int32), np.empty(rows, np.float32)
    for start in range(min(0, -furthest), cols + max(0, -furthest)):
        size = 0
        for step in range(rows):
            col = start + int(np.floor((first + step) * slope + 0.5)) - origin
            if col < 0 or col >= cols:
                continue
            row = rows - 1 - step if backwards else step
            height = receiving[row, col]
            # the highest edge lies where the hull and a ray from here touch
            k = size - 1
            rise = np.float32(0.0)
            if k >= 0:
                rise = (hull_height[k] - height) / np.float32(step - hull_at[k])
                while k > 0:
                    next_rise = (hull_height[k - 1] - height) / np.float32(step - hull_at[k - 1])
                    if next_rise < rise:
                        break
                    rise = next_rise
                    k -= 1
            steep = max(rise, np.float32(0.0)) / np.float32(spacing)
            seen[row, col] += np.float32(1.0) / (np.float32(1.0) + steep * steep)
            own = casting[row, col]
            while size >= 2:
                one = (hull_height[size - 1] - own) / np.float32(step - hull_at[size - 1])
                two = (hull_height[size - 2] - own) / np.float32(step - hull_at[size - 2])
                if two < one:
                    break
                size -= 1
            hull_at[size], hull_height[size] = step, own
            size += 1


@compiled(nogil=True, error_model="numpy")
def horizons(casting: F4, points: NDArray[np.float64], azimuths: NDArray[np.float64], cell: float,
             reach: float, found: F4) -> None:  # fmt: skip
    """
    Tangent of the horizon around some points.

    Parameters
    ----------
    casting
        Heights of what hides the sky, shape (rows, cols). [m]
    points
        Row, column (fractions of cells from the corner) and height of each, shape (n, 3). [cells, cells, m]
    azimuths
        Shape (k,). [rad]
    cell, reach
        Side of a cell, and how far is looked. [m]
    found
        Result, shape (n, k).
    """
    rows, cols = casting.shape
    highest = casting.max()
    for k in range(len(azimuths)):
        down, right = -np.cos(azimuths[k]), np.sin(azimuths[k])
        scale = 1.0 / max(abs(down), abs(right))
        spacing = scale * cell
        for i in range(len(points)):
            steepest, step = 0.0, 1
            while step * spacing <= reach and points[i, 2] + steepest * step * spacing < highest:
                r = int(np.floor(points[i, 0] + step * down * scale))
                c = int(np.floor(points[i, 1] + step * right * scale))
                if r < 0 or r >= rows or c < 0 or c >= cols:
                    break
                steepest = max(steepest, (casting[r, c] - points[i, 2]) / (step * spacing))
                step += 1
            found[i, k] = steepest


@compiled(nogil=True, error_model="numpy")
def crown_slices(solid: F4, top: F4, base: F4, points: NDArray[np.float64], azimuths: NDArray[np.float64],
                 cell: float, reach: float, slices: int, found: NDArray[np.uint64]) -> None:  # fmt: skip
    """
    Which slices of the sky stand behind crowns, seen from some points.

    Parameters
    ----------
    solid, top, base
        As for :func:`light_through_crowns`.
    points, azimuths, cell, reach
        As for :func:`horizons`.
    slices
        How many of equal angle there are from the level to the zenith, at most 64; one counts by its middle.
    found
        Result, shape (n, k): bit 0 stands for the lowest slice.
    """
    rows, cols = top.shape
    highest, width = top.max(), np.pi / 2 / slices
    for k in range(len(azimuths)):
        down, right = -np.cos(azimuths[k]), np.sin(azimuths[k])
        scale = 1.0 / max(abs(down), abs(right))
        spacing = scale * cell
        for i in range(len(points)):
            hidden, step, bits = 0.0, 1, np.uint64(0)
            while step * spacing <= reach and points[i, 2] + hidden * step * spacing < highest:
                r = int(np.floor(points[i, 0] + step * down * scale))
                c = int(np.floor(points[i, 1] + step * right * scale))
                if r < 0 or r >= rows or c < 0 or c >= cols:
                    break
                away = step * spacing
                if top[r, c] > solid[r, c]:
                    # what is solid before a crown hides the lower part of it
                    low = max((base[r, c] - points[i, 2]) / away, hidden)
                    high = (top[r, c] - points[i, 2]) / away
                    if high > low:
                        first = int(np.ceil(np.arctan(low) / width - 0.5))
                        last = min(int(np.ceil(np.arctan(high) / width - 0.5)), slices)
                        for slice_ in range(max(first, 0), last):
                            bits |= np.uint64(1) << np.uint64(slice_)
                hidden = max(hidden, (solid[r, c] - points[i, 2]) / away)
                step += 1
            found[i, k] = bits


@compiled(nogil=True, error_model="numpy")
def point_light(solid: F4, top: F4, base: F4, points: NDArray[np.float64], facing: NDArray[np.float64],
                suns: NDArray[np.float64], seconds: NDArray[np.int64], passing: float, cell: float,
                total: NDArray[np.int64]) -> None:  # fmt: skip
    """
    Seconds the sun shines on some points of walls, each of which sees half of the sky.

    Parameters
    ----------
    solid, top, base
        As for :func:`light_through_crowns`.
    points
        As for :func:`horizons`, shape (n, 3).
    facing
        East and north of the outward normals, shape (n, 2).
    suns
        Azimuth and tangent of the altitude of each position, shape (k, 2). [rad, 1]
    seconds
        What each position stands for, shape (k,). [s]
    passing
        Share of the light that passes a crown.
    total
        Sum for each point, shape (n,).
    """
    rows, cols = solid.shape
    highest = max(solid.max(), top.max())
    for k in range(len(suns)):
        east, north = np.sin(suns[k, 0]), np.cos(suns[k, 0])
        scale = 1.0 / max(abs(east), abs(north))
        rise = scale * cell * suns[k, 1]
        for i in range(len(points)):
            if facing[i, 0] * east + facing[i, 1] * north <= 0.0:
                continue
            free, clear, step = True, True, 1
            while free:
                height = points[i, 2] + step * rise
                r = int(np.floor(points[i, 0] - step * north * scale))
                c = int(np.floor(points[i, 1] + step * east * scale))
                if r < 0 or r >= rows or c < 0 or c >= cols or height >= highest:
                    break
                free = solid[r, c] <= height
                clear = clear and not base[r, c] <= height < top[r, c]
                step += 1
            if free:
                total[i] += seconds[k] if clear else np.int64(np.rint(seconds[k] * passing))
