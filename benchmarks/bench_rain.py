"""Heavy rain: cells times steps per second, against the speed memory is copied at, and a storm over Dorsten.

Run:
    python benchmarks/bench_rain.py
Rates are of one thread by CPU seconds, on 1,000 x 1,000 cells of hills and houses with rain everywhere.
"""

from __future__ import annotations

import time

import numpy as np
import rasterio
from measure import ROOT, Result, show

from kastor.city.model import concat
from kastor.city.report import Report
from kastor.city.terrain import Terrain
from kastor.formats import read
from kastor.simulations import storms, water
from kastor.simulations.flood import flood
from kastor.simulations.grid import grid, open_border
from kastor.simulations.scene import Ground, Rain, Scene

DORSTEN = ROOT / "kastor" / "demo" / "dorsten"
BARS = {True: 150.0, False: 300.0}
"""Million cell-steps per second and core: full momentum, preview."""
BYTES = 44
"""Memory a cell-step reads and writes at least: five arrays read, three written, which are read before."""
HOUR_BAR = 5.0


def hills(n: int = 1000, cell: float = 2.0) -> Scene:
    random = np.random.default_rng(0)
    y, x = np.mgrid[:n, :n] * cell
    heights = 0.01 * x + 0.005 * y + 2 * np.sin(x / 150) * np.cos(y / 190) + 0.2 * random.standard_normal((n, n))
    surface = (x // 40 % 2).astype(np.uint8)
    surface[(x % 60 < 14) & (y % 60 < 14)] = 255
    ground = Ground(cell, heights, surface, np.array([0.02, 0.05]), np.zeros(2), np.zeros(2))
    return Scene(ground, rain=Rain(np.array([0.0, 3600.0]), np.array([0.0, 0.06])))


def rate(momentum: bool) -> float:
    """Million cell-steps per CPU second."""
    ran = water.start(hills())
    water.advance(ran, 120.0, momentum=momentum, threads=1)
    best = 0.0
    for until in (150.0, 180.0, 210.0):
        steps, began = int(ran.state.counts[0]), time.process_time()
        water.advance(ran, until, momentum=momentum, threads=1)
        cells = (int(ran.state.counts[0]) - steps) * ran.scene.ground.heights.size
        best = max(best, cells / (time.process_time() - began) / 1e6)
    return best


def copied() -> float:
    """Bytes read and written per CPU second when a large array is copied, in GB."""
    a, b = np.ones(2**26, np.float32), np.zeros(2**26, np.float32)
    best = 0.0
    for _ in range(5):
        began = time.process_time()
        np.copyto(b, a)
        best = max(best, 2 * a.nbytes / (time.process_time() - began) / 1e9)
    return best


def dorsten() -> Scene:
    with rasterio.open(DORSTEN / "dgm1_32_360_5721_1_nw.tif") as raster:
        ground = Terrain("EPSG:25832+7837", raster.bounds.left, raster.bounds.top, raster.res[0], raster.read(1))
    parts = list(read(DORSTEN / "LoD2_32_360_5721_1_NW.gml.gz", Report("dorsten")))
    place = grid(ground, concat([part.content for part in parts]), ground.box, 2.0)
    return Scene(place.ground, rain=storms.block(60, 50).rain, roofs=place.roofs, edges=(open_border(place.ground),))


def results() -> list[Result]:
    found = []
    limit = copied() * 1e3 / BYTES
    for momentum, bar in BARS.items():
        speed = rate(momentum)
        name = "full momentum" if momentum else "preview"
        what = f"Heavy rain, {name}, 1 million cells, one thread"
        found.append(Result(what, f"{bar:.0f} M cell-steps/CPU s", f"{speed:.0f} M", met=speed >= bar))
        if not momentum:
            share = speed / limit
            found.append(
                Result(
                    "the same, of what copying memory allows", "70 %", f"{share:.0%} of {limit:.0f} M", met=share >= 0.7
                )
            )
    scene = dorsten()
    flood(scene, 60.0, slices=1)
    began, cpu = time.perf_counter(), time.process_time()
    done = flood(scene, 3600.0)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    measured = f"{wall:.1f} s, {cpu:.1f} CPU s, {done.steps} steps, {done.balance.missing} units lost"
    found.append(Result("Dorsten, 1 km² at 2 m, one hour of rain", "5 s", measured, met=wall <= HOUR_BAR))
    return found


if __name__ == "__main__":
    show(results())
