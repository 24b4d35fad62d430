"""The buildings of a stored twin as one WKB MultiPolygon Z file each, as py3dtiles wants them: write_wkb.py HOME OUT"""

import json
import sys
from pathlib import Path

import numpy as np
import shapely

from kastor.city.model import Semantic, owner, root
from kastor.store import open_tenant

home, out = map(Path, sys.argv[1:])
with open_tenant(home, "measured") as tenant:
    city = tenant.city()
    origin = tenant.info.origin
surface = owner(city.polygon_offsets)
building = root(city)[owner(city.surface_offsets)[surface]]
solid = city.semantic[surface] < Semantic.AXIS
faces: dict[int, list[shapely.Polygon]] = {}
for polygon in np.flatnonzero(solid).tolist():
    rings = [
        city.xyz[city.vertex_offsets[ring] : city.vertex_offsets[ring + 1]] - np.array(origin)
        for ring in range(city.ring_offsets[polygon], city.ring_offsets[polygon + 1])
    ]
    if rings and all(len(ring) > 2 for ring in rings):
        faces.setdefault(int(building[polygon]), []).append(shapely.Polygon(rings[0], rings[1:]))
out.mkdir(parents=True, exist_ok=True)
written = 0
for number, polygons in faces.items():
    whole = shapely.MultiPolygon(polygons)
    # py3dtiles 12 counts the corners of a building in eight bits and stops at the first with more
    if len(np.unique(shapely.get_coordinates(whole, include_z=True), axis=0)) > 255:
        continue
    (out / f"{number}.wkb").write_bytes(shapely.to_wkb(whole, output_dimension=3, flavor="iso"))
    written += 1
print(json.dumps({"buildings": written, "left_out": len(faces) - written}))
