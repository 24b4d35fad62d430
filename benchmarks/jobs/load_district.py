"""Two real districts as the demo loads its towns: load_district.py HOME FILES SHARED

Köln-Dellbrück with streets and green; and, where the files lie below SHARED, 16 gap-free square kilometres of the
district of Wesel.
"""

import json
import re
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from kastor.demo import load_town
from kastor.demo.towns import HERE, KOELN, Source, Town
from kastor.formats.frame import frame_at
from kastor.store import open_tenant

DISTRICT = {
    "lod2.zip": "LoD2_32_364_5650_1_NW.gml",
    "streets.zip": "mulheim_dellbruck.json",
    "green-leisure.zip": "mulheim_dellbruck.json",
    "green-agriculture.zip": "mulheim_dellbruck.json",
}
DELLBRUECK = (364500.0, 5650500.0, 50.0)
"""Middle of its square kilometre."""
BLOCK = re.compile(r"LoD2_32_32[6-9]_573[0-3]_1_NW\.gml")
BLOCK_MIDDLE = (327500.0, 5733500.0, 20.0)
"""Middle of the square kilometre with the most buildings."""


def dellbrueck(files: Path) -> Town:
    """The part of the demo town that lies in one tile of the building model."""
    sources = []
    for source in KOELN.sources:
        names = []
        for archive in source.files:
            if archive in DISTRICT:
                with zipfile.ZipFile(HERE / "koeln" / archive) as packed:
                    names.append(packed.extract(DISTRICT[archive], files / archive.removesuffix(".zip")))
        sources.append(Source(tuple(names), source.dataset, source.kind))
    return replace(KOELN, sources=tuple(sources))


def wesel(files: Path, archive: Path) -> Town:
    """Buildings alone, with the ground they stand on."""
    with zipfile.ZipFile(archive) as packed:
        names = tuple(packed.extract(n, files / "wesel") for n in packed.namelist() if BLOCK.fullmatch(n))
    return replace(KOELN, id="wesel", title="Wesel", sources=(Source(names, KOELN.sources[0].dataset),), services=[])


def load(home: Path, town: Town, middle: tuple[float, float, float]) -> dict[str, Any]:
    """Loads a town and says where its square kilometre is and what is in it."""
    load_town(home, town)
    with open_tenant(home, town.id) as tenant:
        frame = frame_at(tenant.info.crs, tenant.info.origin)
        return {
            "tenant": town.id,
            "middle": middle,
            "geographic": frame.to_geographic([middle])[0].tolist(),
            "buildings": tenant.counts()["building"],
            "layers": [
                p.parent.name for p in sorted(tenant.tiles.glob("*/tileset.json")) if any(p.parent.glob("*.glb"))
            ],
        }


home, files, shared = map(Path, sys.argv[1:])
places = [load(home, dellbrueck(files), DELLBRUECK)]
more = shared / "citygml" / "nrw-lod2-benchmark" / "wesel.zip"
if more.is_file():
    places.append(load(home, wesel(files, more), BLOCK_MIDDLE))
print(json.dumps(places))
