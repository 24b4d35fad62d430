"""Heavy rain: cells times steps per second, against two peers and the speed memory is copied at; a storm over Dorsten.

Run:
    python benchmarks/bench_rain.py
Rates are the best of one thread by CPU seconds, on hills and houses with rain everywhere: 1,000 x 1,000 cells; for
ANUGA, whose elements are triangles, four in each of 250 x 250 cells. The peers are installed on first use.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import peers
import rasterio
import shapely
from measure import JOBS, ROOT, Result, note, run, show

from kastor.city.edits import AddBuilding, apply
from kastor.city.model import concat
from kastor.city.report import Report
from kastor.city.site import Site
from kastor.city.terrain import Terrain
from kastor.formats import read
from kastor.process import Quiet
from kastor.process import Result as Answer
from kastor.simulations import storms, water
from kastor.simulations.flood import flood
from kastor.simulations.grid import grid, open_border
from kastor.simulations.rain import Rain as Process
from kastor.simulations.scene import Ground, Rain, Scene

DORSTEN = ROOT / "kastor" / "demo" / "dorsten"
BARS = {True: 150.0, False: 300.0}
"""Million cell-steps per second and core: full momentum, preview."""
BYTES = 44
"""Memory a cell-step reads and writes at least: five arrays read, three written, which are read before."""
HOUR_BAR = 5.0
PREVIEW_BAR = 2.0
PEERS = {
    "itzi": ("Itzï 25.8, its compiled kernels, local inertia", "rain_itzi.py", 1000, 300, 10.0),
    "anuga": ("ANUGA 4.1, triangles, second order", "rain_anuga.py", 250, 90, 100.0),
}
"""Title, program, cells in each direction, seconds of the storm, and how many times its rate is asked for."""


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
    for until in range(130, 330, 10):
        steps, began = int(ran.state.counts[0]), time.process_time()
        water.advance(ran, float(until), momentum=momentum, threads=1)
        cells = (int(ran.state.counts[0]) - steps) * ran.scene.ground.heights.size
        best = max(best, cells / (time.process_time() - began) / 1e6)
    return best


def of_peer(name: str, ours: float) -> Result:
    """Million element-steps per CPU second of a peer, and how many times ours is."""
    title, program, cells, seconds, bar = PEERS[name]
    scene = hills(cells)
    walls = scene.ground.surface == 255
    manning = np.where(walls, 0.02, scene.ground.manning[np.where(walls, 0, scene.ground.surface)])
    what = f"Heavy rain, {title}, one thread"
    try:
        python = peers.rain()
    except peers.NoPeer as error:
        return Result(what, f"{bar:g} times", f"not installed: {error}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ground.npz"
        rain = scene.rain.depths[1] / scene.rain.times[1]
        np.savez(file, heights=scene.ground.heights + 10.0 * walls, manning=manning, cell=scene.ground.cell, rain=rain)
        done = run([python, JOBS / program, file, str(seconds)], environment={"OMP_NUM_THREADS": "1"})
    if done.code:
        return Result(what, f"{bar:g} times", f"failed: {done.last_words}")
    theirs = float(done.json["rate"])
    ratio = ours / theirs
    return Result(what, f"{bar:g} times", f"{theirs:.1f} M element-steps/CPU s", f"{ratio:.0f}", met=ratio >= bar)


def copied() -> float:
    """Bytes read and written per CPU second when a large array is copied, in GB."""
    a, b = np.ones(2**26, np.float32), np.zeros(2**26, np.float32)
    best = 0.0
    for _ in range(5):
        began = time.process_time()
        np.copyto(b, a)
        best = max(best, 2 * a.nbytes / (time.process_time() - began) / 1e9)
    return best


def dorsten_site() -> Site:
    with rasterio.open(DORSTEN / "dgm1_32_360_5721_1_nw.tif") as raster:
        ground = Terrain("EPSG:25832+7837", raster.bounds.left, raster.bounds.top, raster.res[0], raster.read(1))
    parts = list(read(DORSTEN / "LoD2_32_360_5721_1_NW.gml.gz", Report("dorsten")))
    city = replace(concat([part.content for part in parts]), crs=ground.crs)
    return Site(shapely.box(*ground.box), city, ground)


def dorsten() -> Scene:
    site = dorsten_site()
    assert site.terrain is not None
    place = grid(site.terrain, site.city, site.terrain.box, 2.0)
    return Scene(place.ground, rain=storms.block(60, 50).rain, roofs=place.roofs, edges=(open_border(place.ground),))


class _Enough(Exception):
    """The preview that was waited for is there."""


class _FirstFlow(Quiet):
    """Ends a run with the first preview that has flowing water."""

    def show(self, result: Answer) -> None:
        if any(raster.id == "speed" for raster in result.rasters):
            raise _Enough


def preview_after_edit(before: Site, height: float) -> tuple[float, float]:
    """Seconds of the clock and of the processor from a change to the first preview of the flow."""
    middle = shapely.centroid(before.area)
    house = shapely.box(middle.x - 20, middle.y - 15, middle.x + 20, middle.y + 15)
    footprint = tuple((x, y) for x, y in shapely.get_coordinates(house)[:-1].tolist())
    began, cpu = time.perf_counter(), time.process_time()
    with contextlib.suppress(_Enough):
        site = apply(before, [AddBuilding("neu-1", footprint, height)])
        Process().run(site, _FirstFlow())
    return time.perf_counter() - began, time.process_time() - cpu


def results() -> list[Result]:
    found, speeds = [], {}
    limit = copied() * 1e3 / BYTES
    for momentum, bar in BARS.items():
        note(f"heavy rain, momentum {momentum}")
        speed = speeds[momentum] = rate(momentum)
        name = "full momentum" if momentum else "preview"
        what = f"Heavy rain, {name}, 1 million cells, one thread"
        found.append(Result(what, f"{bar:.0f} M cell-steps/CPU s", f"{speed:.0f} M", met=speed >= bar))
    limit = max(limit, copied() * 1e3 / BYTES)
    share = speeds[False] / limit
    measured = f"{share:.0%} of {limit:.0f} M"
    found.append(Result("the same, of what copying memory allows", "70 %", measured, met=share >= 0.7))
    found += [of_peer("anuga", speeds[True]), of_peer("itzi", speeds[False])]
    note("heavy rain, Dorsten")
    scene = dorsten()
    flood(scene, 60.0, slices=1)
    began, cpu = time.perf_counter(), time.process_time()
    done = flood(scene, 3600.0)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    measured = f"{wall:.1f} s, {cpu:.1f} CPU s, {done.steps} steps, {done.balance.missing} units lost"
    found.append(Result("Dorsten, 1 km² at 2 m, one hour of rain", "5 s", measured, met=wall <= HOUR_BAR))
    note("heavy rain, preview after a change")
    before = dorsten_site()
    wall, cpu = min(preview_after_edit(before, height) for height in (9.0, 10.0, 11.0))
    measured = f"{wall:.1f} s, {cpu:.1f} CPU s"
    found.append(Result("Dorsten, a building more, preview of the flow", "2 s", measured, met=wall <= PREVIEW_BAR))
    return found


if __name__ == "__main__":
    show(results())
