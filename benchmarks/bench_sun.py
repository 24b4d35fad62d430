"""Shade, sun hours and sky of a synthetic town against SOLWEIG; light and power of roofs against pvlib.

Run:
    python benchmarks/bench_sun.py
One million cells of 1 m: 256 blocks of 6 to 40 m on rolling ground. Times are CPU seconds of all threads, so a busy
machine distorts them little; the peers are installed on first use, SOLWEIG with its graphics processor switched off.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import peers
from measure import JOBS, Result, note, run, show
from numpy.typing import NDArray

from kastor.simulations import rays
from kastor.simulations.panels import SLICES, Planes, Yields, sky_share, yields
from kastor.simulations.sky import sky_view
from kastor.simulations.skyline import Skyline
from kastor.simulations.sun import Place, Sun, course
from kastor.simulations.sunlight import BARE, passing_at, sunlight
from kastor.simulations.weather import hours, usual_weather

SIDE = 1000
ESSEN = Place(51.45, 7.01)
SUNS = [(azimuth, altitude) for altitude in (10, 25, 45, 60) for azimuth in (100, 160, 200, 260)]
BARS = {10: 50, 25: 50, 60: 20}
"""How many times the speed of the peer is asked for, by the altitude of the sun."""
EXACT = [(160.0, 25.0), (200.0, 45.0)]
PLANES, COMPARED = 10_000, 60


def town() -> rays.F4:
    random = np.random.default_rng(7)
    y, x = np.mgrid[:SIDE, :SIDE]
    heights = 5 * np.sin(x / 150) * np.cos(y / 180)
    for row in range(8, SIDE, 62):
        for col in range(8, SIDE, 62):
            deep, wide = random.integers(18, 46, 2)
            heights[row : row + deep, col : col + wide] += random.uniform(6, 40)
    return np.asarray(heights - heights.min(), np.float32)


def skyline_of(heights: rays.F4) -> Skyline:
    none = np.full(heights.shape, rays.NOWHERE, np.float32)
    bare = np.full(heights.shape, -1, np.int32)
    return Skyline("EPSG:25832", 0.0, float(SIDE), 1.0, 0.0, heights, heights, none, none, bare, 0)


def cost(work: Callable[[], object], runs: int = 5) -> float:
    """Least CPU seconds of some runs after a first one."""
    work()
    found = []
    for _ in range(runs):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def shade(heights: rays.F4, azimuth: float, altitude: float, exact: bool = False) -> NDArray[np.bool_]:
    line = rays.line(azimuth)
    turned = np.ascontiguousarray(heights.T) if line.crosswise else heights
    total = np.zeros(turned.shape, np.int32)
    drop = np.float32(np.tan(np.radians(altitude)) * line.length)
    if exact:
        rays.march(turned, line.backwards, line.slope, drop, np.int32(1), total)
    else:
        rays.light(
            turned, line.backwards, line.slope, rays.first_step(line, 0, 0, heights.shape), drop, np.int32(1), total
        )
    return (total.T if line.crosswise else total) > 0


def day() -> Sun:
    return course(date(2026, 3, 21), date(2026, 3, 21), ESSEN, 5, 11.0)


def against_solweig() -> list[Result]:
    heights, sun = town(), day()
    note("sun, SOLWEIG")
    try:
        python = peers.sun()
    except peers.NoPeer as error:
        return [Result("Shade, sun hours and sky, SOLWEIG", "50, 20, 5 times", f"not installed: {error}")]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "grid.npz"
        np.savez(file, heights=heights, suns=np.array(SUNS, float), course=np.column_stack([sun.azimuth, sun.altitude]))
        done = run([python, JOBS / "sun_solweig.py", file], environment={"RAYON_NUM_THREADS": "2"})
        if done.code:
            return [Result("Shade, sun hours and sky, SOLWEIG", "50, 20, 5 times", f"failed: {done.last_words}")]
        theirs, drawn = done.json, dict(np.load(Path(folder) / "shade.npz"))
    return [*shades(heights, theirs, drawn), *sums(heights, sun, theirs, drawn["sky"])]


def shades(heights: rays.F4, theirs: dict[str, float], drawn: dict[str, NDArray[np.float32]]) -> list[Result]:
    found, equal = [], []
    for altitude in (10, 25, 45, 60):
        ratios, spent = [], []
        for azimuth, other in SUNS:
            if other != altitude:
                continue
            name = f"{azimuth:g}_{altitude:g}"
            own = cost(lambda a=azimuth, h=altitude: shade(heights, a, h), 7)
            spent.append(own)
            ratios.append(theirs[name] / own)
            equal.append(float((shade(heights, azimuth, altitude) == (drawn[name] > 0.5)).mean()))
        bar = BARS.get(altitude)
        found.append(Result(
            f"Shade of 1 million cells, sun at {altitude}°, SOLWEIG", f"{bar} times" if bar else "–",
            f"{max(spent) * 1000:.1f} CPU ms at most", f"{min(ratios):.0f} to {max(ratios):.0f}",
            met=min(ratios) >= bar if bar else None,
        ))  # fmt: skip
    found.append(Result("the same cells as SOLWEIG, 16 positions", "99 %", f"{min(equal):.2%} to {max(equal):.2%}",
                        met=min(equal) >= 0.99))  # fmt: skip
    exact = min(float((shade(heights, a, h, exact=True) == (drawn[f"{a:g}_{h:g}"] > 0.5)).mean()) for a, h in EXACT)
    return [*found, Result("the same, exact march", "100 %", f"{exact:.4%}", met=exact == 1.0)]


def sums(heights: rays.F4, sun: Sun, theirs: dict[str, float], their_sky: rays.F4) -> list[Result]:
    sky = skyline_of(heights)
    own = cost(lambda: sunlight(sky, sun, 0.0), 3)
    ratio = theirs["course"] / own
    what = f"Sun hours of 21 March, {len(sun.azimuth)} positions, SOLWEIG"
    found = [Result(what, "50 times", f"{own:.2f} CPU s", f"{ratio:.0f}", met=ratio >= 50)]
    for directions in (36, 72):
        seconds = cost(lambda d=directions: sky_view(heights, heights, 1.0, d), 2)
        mine = sky_view(heights, heights, 1.0, directions)
        inner = (slice(100, -100), slice(100, -100))
        error = float(np.sqrt(np.mean((mine[inner] - their_sky[inner]) ** 2)))
        ratio = theirs["sky"] / seconds
        what, asked = f"Sky view factor, {directions} directions, SOLWEIG", directions == 72
        bar, good = ("5 times, RMSE 0.012", ratio >= 5 and error <= 0.012) if asked else ("no bar", None)
        found.append(Result(what, bar, f"{seconds:.1f} CPU s, RMSE {error:.4f}", f"{ratio:.1f}", met=good))
    return found


def roofs() -> Planes:
    """Planes of all directions with horizons and crowns of 12 points each, some in deep shade."""
    random = np.random.default_rng(3)
    count = 12
    tilt, facing = np.radians(random.uniform(0, 60, PLANES)), np.radians(random.uniform(0, 360, PLANES))
    shape = random.uniform(0, 0.6, (PLANES, 1, 1)) * random.uniform(0, 1, (PLANES, count, 36))
    # a third of the directions has a crown of some slices
    low, deep = random.integers(0, 30, shape.shape), random.integers(1, 20, shape.shape)
    crowns = (np.uint64(1) << (low + deep).astype(np.uint64)) - (np.uint64(1) << low.astype(np.uint64))
    crowns[random.uniform(0, 1, shape.shape) > 1 / 3] = 0
    return Planes(
        tilt, facing, np.arange(PLANES + 1) * count, shape.reshape(-1, 36).astype(np.float32), crowns.reshape(-1, 36)
    )


def against_pvlib() -> list[Result]:
    note("solar power, pvlib")
    planes, weather = roofs(), usual_weather()
    year = hours(weather, Place(weather.latitude, weather.longitude))
    yields(
        Planes(planes.tilt[:2], planes.azimuth[:2], planes.offsets[:3], planes.horizons[:24], planes.crowns[:24]), year
    )
    began, spent = time.perf_counter(), time.process_time()
    mine = yields(planes, year)
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    found = [
        Result(
            "Light and power of 10,000 roofs, a year hour by hour",
            "10 s",
            f"{seconds:.1f} s, {spent:.1f} CPU s",
            met=seconds < 10,
        )
    ]
    try:
        python = peers.sun()
    except peers.NoPeer as error:
        return [*found, Result("Yield of a year, pvlib", "1 %", f"not installed: {error}")]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "planes.npz"
        some = slice(0, COMPARED)
        np.savez(
            file, moments=weather.moments, place=[weather.latitude, weather.longitude], level=weather.level,
            direct=weather.direct, diffuse=weather.diffuse, temperature=weather.temperature, wind=weather.wind,
            tilt=planes.tilt[some], facing=planes.azimuth[some], sky=mine.sky[some],
            bare_sky=sky_share(planes, BARE)[some], offsets=planes.offsets[: COMPARED + 1],
            horizons=planes.horizons[: COMPARED * 12], crowns=planes.crowns[: COMPARED * 12],
            passing=passing_at(weather.moments), slices=SLICES,
        )  # fmt: skip
        done = run([python, JOBS / "sun_pvlib.py", file])
    if done.code:
        return [*found, Result("Yield of a year, pvlib", "1 %", f"failed: {done.last_words}")]
    return [*found, agreement(mine, np.array(done.json["found"]), done.json["seconds"] / COMPARED, spent / PLANES)]


def agreement(mine: Yields, theirs: NDArray[np.float64], their_seconds: float, own_seconds: float) -> Result:
    ours = np.column_stack([mine.light, mine.power])[: len(theirs)]
    worst = np.abs(ours / theirs - 1).max(axis=0)
    return Result("Light and power of a year, pvlib hourly with the same horizons and crowns", "1 %",
                  f"at most {worst[0]:.3%} and {worst[1]:.3%} apart", f"{their_seconds / own_seconds:.0f}",
                  met=bool(worst.max() <= 0.01))  # fmt: skip


def results() -> list[Result]:
    return [*against_solweig(), *against_pvlib()]


if __name__ == "__main__":
    show(results())
