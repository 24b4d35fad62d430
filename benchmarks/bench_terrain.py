"""Meshing of ground heights against pymartini (the same kind of mesh) and pydelatin (free triangles).

Peers live in their own environment:
    python -m venv benchmarks/peers/terrain
    benchmarks/peers/terrain/bin/pip install pymartini pydelatin
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
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio

from kastor.tiles import rtin

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "benchmarks" / "peers" / "terrain" / "bin" / "python"
SHARED = ROOT.parent / "shared" / "data" / "terrain"
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


def peers(heights: np.ndarray) -> dict[str, list]:
    if not PEERS.exists():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "heights.npy"
        np.save(file, heights)
        command = [str(PEERS), "-c", PEER_PROGRAM, str(file), json.dumps(LIMITS)]
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
    paths = [Path(p) for p in sys.argv[1:]] or sorted(SHARED.glob("*/*.tif"))
    reached = []
    for name, heights in squares([p for p in paths if "dom1" not in p.name and "derived" not in p.name]):
        rtin.mesh(rtin.errors(heights), 1.0)
        others = peers(heights)
        for limit in LIMITS:
            seconds = best(lambda limit=limit, h=heights: rtin.mesh(rtin.errors(h, limit=limit), limit))
            vertices, triangles = rtin.mesh(rtin.errors(heights, limit=limit), limit)
            speed = heights.size / seconds / 1e6
            reached.append(speed)
            print(
                f"{name:32} limit {limit:4} m: Kastor {seconds * 1e3:5.1f} ms {speed:5.0f} Mpx/s "
                f"{len(vertices):6} vertices, off by at most {largest_miss(heights, vertices, triangles):.3f} m"
            )
            for peer in ("pymartini", "pydelatin"):
                if f"{peer} {limit}" not in others:
                    continue
                other, count, at, corners = others[f"{peer} {limit}"]
                off = ""
                if corners:
                    # pymartini gives x, y
                    miss = largest_miss(heights, np.array(at, int)[:, ::-1], np.array(corners))
                    off = f", off by at most {miss:.3f} m"
                print(
                    f"{'':32} {peer:>12}: {other * 1e3:7.1f} ms, {other / seconds:5.1f}x our time, "
                    f"{count:6} vertices" + off
                )
    if not reached:
        print("no raster of at least 513 x 513 heights found; name one as argument")
        return
    if not PEERS.exists():
        print("peers not installed, see the head of this file")
    print(f"errors and mesh: {min(reached):.0f} to {max(reached):.0f} Mpx per CPU second, bar {BAR:.0f}")


if __name__ == "__main__":
    main()
