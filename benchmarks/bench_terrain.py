"""Meshing of ground heights against pymartini (the same kind of mesh) and pydelatin (free triangles).

Run:
    python benchmarks/bench_terrain.py [raster.tif ...]
Without rasters the official ground heights of the test data and of ../shared/data are used.
Figures are CPU seconds of one core, the best of several runs, on one square of 513 x 513 heights.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import peers
import rasterio
from measure import ROOT, SHARED, Result, show

from kastor.tiles import rtin

TERRAIN = SHARED / "terrain"
SHIPPED = ROOT / "kastor" / "demo" / "dorsten"
SIDE = 512
LIMITS = (0.25, 0.5, 1.0)
BAR = 50.0
"""Million heights per CPU second that must be reached."""

PEER_PROGRAM = """
import json, sys, time
import numpy as np
from pydelatin import Delatin
from pymartini import Martini

heights = np.load(sys.argv[1]).astype(np.float32)
limits = json.loads(sys.argv[2])

def best(work, runs):
    times = []
    for _ in range(runs):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return min(times), result

maker = Martini(heights.shape[0])
out = {}
for limit in limits:
    seconds, (vertices, triangles) = best(lambda: maker.create_tile(heights).get_mesh(limit), 9)
    out[f"pymartini {limit}"] = [seconds, np.asarray(vertices).size // 2, np.asarray(vertices).reshape(-1, 2).tolist(),
                                np.asarray(triangles).reshape(-1, 3).tolist()]
    seconds, mesh = best(lambda: Delatin(heights, max_error=limit), 3)
    out[f"pydelatin {limit}"] = [seconds, len(mesh.vertices), [], []]
print(json.dumps(out))
"""


def best(work: Callable[[], object], runs: int = 9) -> float:
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def squares(paths: list[Path]) -> list[tuple[str, np.ndarray]]:
    found = []
    for path in paths:
        with rasterio.open(path) as raster:
            heights = raster.read(1)
        if min(heights.shape) > SIDE:
            found.append((path.name, np.ascontiguousarray(heights[: SIDE + 1, : SIDE + 1], np.float32)))
    return found


def of_peers(heights: np.ndarray) -> dict[str, list]:
    """Seconds, number of vertices and, of pymartini, the mesh, by peer and limit; raises when they cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "heights.npy"
        np.save(file, heights)
        command = [str(peers.python("python")), "-c", PEER_PROGRAM, str(file), json.dumps(LIMITS)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def largest_miss(heights: np.ndarray, vertices: np.ndarray, triangles: np.ndarray) -> float:
    """Largest distance of a mesh from the heights it was made from."""
    worst = 0.0
    for triangle in triangles:
        corners = vertices[triangle].astype(float)
        low, high = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int)
        r, c = np.mgrid[low[0] : high[0] + 1, low[1] : high[1] + 1]
        share = np.linalg.solve(np.vstack([corners.T, np.ones(3)]), np.stack([r.ravel(), c.ravel(), np.ones(r.size)]))
        inside = (share >= -1e-9).all(axis=0)
        drawn = heights[vertices[triangle, 0], vertices[triangle, 1]].astype(float) @ share[:, inside]
        worst = max(worst, float(np.abs(drawn - heights[r.ravel()[inside], c.ravel()[inside]]).max()))
    return worst


def main() -> None:
    show(results([Path(p) for p in sys.argv[1:]]))


def results(paths: Sequence[Path] = ()) -> list[Result]:
    files = [*paths] or sorted(TERRAIN.glob("*/*.tif")) or sorted(SHIPPED.glob("dgm1*.tif"))
    found = squares([p for p in files if "dom1" not in p.name and "derived" not in p.name])
    if not found:
        return [Result("Terrain meshing", f"{BAR:.0f} Mpx/CPU s", "no raster of at least 513 x 513 heights here")]
    speeds, misses = [], []
    for _, heights in found:
        rtin.mesh(rtin.errors(heights), 1.0)
        for limit in LIMITS:
            speeds.append(heights.size / best(lambda limit=limit, h=heights: ours(h, limit)) / 1e6)
            misses.append(largest_miss(heights, *ours(heights, limit)) / limit)
    what = f"Errors and mesh of {len(found)} squares of 513 x 513 heights of DGM1, limits {LIMITS[0]} to {LIMITS[-1]} m"
    measured = f"{min(speeds):.0f} to {max(speeds):.0f} Mpx/CPU s"
    # the mesh is computed with short floats
    exact = max(misses) <= 1.001
    return [
        Result(what, f"{BAR:.0f} Mpx/CPU s", measured, met=min(speeds) >= BAR),
        Result("the same, furthest off", "the limit", f"{max(misses):.4f} of the limit", met=exact),
        *against_peers(*found[0]),
    ]


def against_peers(name: str, heights: np.ndarray) -> list[Result]:
    """Our time and that of each peer on one square, at the middle limit."""
    limit = LIMITS[1]
    seconds = best(lambda: ours(heights, limit))
    vertices = len(ours(heights, limit)[0])
    try:
        others = of_peers(heights)
    except (peers.NoPeer, subprocess.CalledProcessError) as error:
        return [Result(f"{name} against pymartini and pydelatin", "", f"the peers failed: {str(error)[-160:]}")]
    found = []
    for peer in ("pymartini", "pydelatin"):
        other, count, _, _ = others[f"{peer} {limit}"]
        measured = f"{seconds * 1e3:.1f} against {other * 1e3:.1f} ms, {vertices:,} against {count:,} vertices"
        found.append(Result(f"{name} at {limit} m", f"{peer}, no bar", measured, f"{other / seconds:.1f}x"))
    return found


def ours(heights: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    return rtin.mesh(rtin.errors(heights, limit=limit), limit)


if __name__ == "__main__":
    main()
