"""Shade and sky of SOLWEIG's compiled kernels on a grid: sun_solweig.py GRID.npz; runs in the environment of the peers.

Its graphics processor is switched off, as a server has none. Times are CPU seconds of the whole process.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import solweig
from solweig.rustalgos import shadowing, skyview


def main() -> None:
    solweig.disable_gpu()
    shadowing.disable_gpu()
    grid = np.load(sys.argv[1])
    heights, highest = grid["heights"], float(grid["heights"].max())
    found, seconds = {}, {}
    for azimuth, altitude in grid["suns"].tolist():
        best, name = 1e9, f"{azimuth:g}_{altitude:g}"
        for _ in range(3):
            began = time.process_time()
            shade = shadowing.calculate_shadows_wall_ht_25(azimuth, altitude, 1.0, highest, heights)
            best = min(best, time.process_time() - began)
        found[name], seconds[name] = np.asarray(shade.bldg_sh), best
    began = time.process_time()
    for azimuth, altitude in grid["course"].tolist():
        shadowing.calculate_shadows_wall_ht_25(azimuth, altitude, 1.0, highest, heights)
    seconds["course"] = time.process_time() - began
    none = np.zeros_like(heights)
    began = time.process_time()
    sky = skyview.calculate_svf(heights, none, none, 1.0, False, highest, 2)
    seconds["sky"] = time.process_time() - began
    np.savez(Path(sys.argv[1]).with_name("shade.npz"), sky=np.asarray(sky.svf), **found)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
