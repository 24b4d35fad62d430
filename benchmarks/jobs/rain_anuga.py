"""Steps of the flow of ANUGA on a ground: rain_anuga.py GROUND.npz SECONDS; runs in the environment of the peers.

Four triangles for each cell, its scheme DE0, of second order.
"""

import json
import os
import sys
import tempfile
import time

import anuga
import numpy as np


def main() -> None:
    ground = np.load(sys.argv[1])
    cell, rain = float(ground["cell"]), float(ground["rain"])
    rows, cols = ground["heights"].shape
    os.chdir(tempfile.mkdtemp())
    domain = anuga.rectangular_cross_domain(cols, rows, len1=cols * cell, len2=rows * cell)
    domain.set_flow_algorithm("DE0")
    domain.set_store(False)

    def at(values: np.ndarray):
        return lambda x, y: values[
            np.clip((y / cell).astype(int), 0, rows - 1), np.clip((x / cell).astype(int), 0, cols - 1)
        ]

    domain.set_quantity("elevation", at(ground["heights"]), location="centroids")
    domain.set_quantity("friction", at(ground["manning"]), location="centroids")
    domain.set_quantity("stage", expression="elevation", location="centroids")
    wall = anuga.Reflective_boundary(domain)
    domain.set_boundary({"left": wall, "right": wall, "top": wall, "bottom": wall})
    anuga.Rate_operator(domain, rate=rain)
    triangles = domain.number_of_elements
    rates, steps, since = [], 0, time.process_time()
    seconds = float(sys.argv[2])
    for _ in domain.evolve(yieldstep=seconds / 6, duration=seconds):
        now, done = time.process_time(), steps + domain.number_of_steps
        if domain.number_of_steps and now > since:
            rates.append(domain.number_of_steps * triangles / (now - since) / 1e6)
        since, steps = now, done
    depth = domain.quantities["stage"].centroid_values - domain.quantities["elevation"].centroid_values
    print(json.dumps({"rate": max(rates), "steps": steps, "mean_depth": float(depth.mean())}))


if __name__ == "__main__":
    main()
