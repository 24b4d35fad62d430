"""Steps of the flow of Itzï on a ground: rain_itzi.py GROUND.npz SECONDS; runs in the environment of the peers.

Its compiled kernels are called as Itzï calls them, without its database and without its checks after each step.
"""

import json
import sys
import time

import numpy as np
from itzi import flow

GRAVITY, COURANT, LONGEST = 9.80665, 0.7, 5.0
FLOWS = ("ext", "qe", "qs", "qe_new", "qs_new", "hfe", "hfs", "v", "vdir", "vmax", "fr")
DEPTHS = ("bct", "bcv", "h", "hmax", "hfix", "herr")


def main() -> None:
    ground = np.load(sys.argv[1])
    cell, rain = float(ground["cell"]), float(ground["rain"])
    shape = tuple(n + 2 for n in ground["heights"].shape)
    a = {name: np.zeros(shape, np.float32) for name in FLOWS + DEPTHS}
    heights = np.pad(ground["heights"], 1, mode="edge").astype(np.float32)
    manning = np.pad(ground["manning"], 1, mode="edge").astype(np.float32)
    direction = np.full((2, *shape), -1, np.float32)
    a["ext"][1:-1, 1:-1] = rain
    clock, seconds = 0.0, float(sys.argv[2])
    rates, steps, since = [], 0, time.process_time()
    while clock < seconds:
        deepest = float(a["h"].max())
        step = min(LONGEST, COURANT * cell / np.sqrt(GRAVITY * deepest)) if deepest > 0 else 1.0
        flow.solve_q(
            direction[0], direction[1], heights, manning, a["h"], a["qe"], a["qs"], a["hfe"], a["hfs"], a["bct"],
            a["bcv"], a["qe_new"], a["qs_new"], a["hfix"], step, cell, cell, GRAVITY, 0.9, 0.005, 0.1, 0.5,
        )  # fmt: skip
        flow.solve_h(
            a["ext"], a["qe_new"], a["qs_new"], a["bct"], a["bcv"], a["h"], a["hmax"], a["hfix"], a["herr"], a["hfe"],
            a["hfs"], a["v"], a["vdir"], a["vmax"], a["fr"], cell, cell, step, GRAVITY,
        )  # fmt: skip
        a["qe"], a["qe_new"], a["qs"], a["qs_new"] = a["qe_new"], a["qe"], a["qs_new"], a["qs"]
        clock += step
        steps += 1
        if steps % 10 == 0:
            now = time.process_time()
            rates.append(10 * ground["heights"].size / (now - since) / 1e6)
            since = now
    print(json.dumps({"rate": max(rates), "steps": steps, "mean_depth": float(a["h"][1:-1, 1:-1].mean())}))


if __name__ == "__main__":
    main()
