"""Köln-Dellbrück with streets and green, as the demo loads it: load_district.py HOME FILES"""

import json
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

from kastor.demo import load_town
from kastor.demo.towns import HERE, KOELN, Source
from kastor.formats.frame import frame_at
from kastor.store import open_tenant

DISTRICT = {
    "lod2.zip": "LoD2_32_364_5650_1_NW.gml",
    "streets.zip": "mulheim_dellbruck.json",
    "green-leisure.zip": "mulheim_dellbruck.json",
    "green-agriculture.zip": "mulheim_dellbruck.json",
}
MIDDLE = (364500.0, 5650500.0, 50.0)
"""Middle of its square kilometre."""

home, files = map(Path, sys.argv[1:])
sources = []
for source in KOELN.sources:
    names = []
    for archive in source.files:
        if archive in DISTRICT:
            with zipfile.ZipFile(HERE / "koeln" / archive) as packed:
                names.append(packed.extract(DISTRICT[archive], files / archive.removesuffix(".zip")))
    sources.append(Source(tuple(names), source.dataset, source.kind))
load_town(home, replace(KOELN, sources=tuple(sources)))
with open_tenant(home, "koeln") as tenant:
    frame = frame_at(tenant.info.crs, tenant.info.origin)
    place = frame.to_geographic([MIDDLE])[0].tolist()
    buildings = tenant.counts()["building"]
    layers = [p.parent.name for p in sorted(tenant.tiles.glob("*/tileset.json")) if any(p.parent.glob("*.glb"))]
print(json.dumps({"middle": MIDDLE, "geographic": place, "buildings": buildings, "layers": layers}))
