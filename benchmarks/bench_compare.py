"""A comparison of today and three computed variants: how long it takes to open, over HTTP and as bytes.

Run:
    python benchmarks/bench_compare.py
Dorsten, 1 km² with ground and buildings; heavy rain, sun hours, solar power and areas are computed before.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from bench_rain import DORSTEN
from fastapi.testclient import TestClient
from measure import Result, note, show

from kastor.city.model import concat
from kastor.city.report import Report
from kastor.city.terrain import Terrain
from kastor.formats import read
from kastor.planning import compare, computing, known
from kastor.planning.columns import area_of, columns_of
from kastor.process import Quiet
from kastor.store import Dataset, Tenant, create_tenant, variants
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings

BAR = 1.0
"""Seconds a comparison may take to open. [s]"""
EAST, NORTH = 360520.0, 5721620.0
RUNS = 7


def load(twin: Tenant) -> None:
    with rasterio.open(DORSTEN / "dgm1_32_360_5721_1_nw.tif") as raster:
        ground = Terrain(twin.crs, raster.bounds.left, raster.bounds.top, raster.res[0], raster.read(1))
    parts = list(read(DORSTEN / "LoD2_32_360_5721_1_NW.gml.gz", Report("dorsten")))
    with twin.load(Dataset("dorsten", "Dorsten")) as loading:
        # the same system by another name
        loading.put("lod2", replace(concat([part.content for part in parts]), crs=twin.crs))
        loading.put_terrain("dgm", ground)
        loading.finish({"source": "dorsten", "findings": []})


def edits(number: int) -> list[dict[str, Any]]:
    corners = np.array([[0, 0], [14, 0], [14, 40], [0, 40]]) + np.array([EAST + 20 * number, NORTH])
    trees = [{"kind": "plant_tree", "id": f"tree{k}", "place": [EAST + 6 * k, NORTH - 12]} for k in range(10)]
    house = {"kind": "add_building", "id": "house", "footprint": corners.tolist(), "storeys": 3 + 2 * number}
    return [house, *trees]


def results() -> list[Result]:
    with (
        tempfile.TemporaryDirectory() as home,
        create_tenant(Path(home), "dorsten", "Dorsten", "EPSG:25832+7837") as twin,
    ):
        load(twin)
        made = [variants.add(twin.database, f"Entwurf {k}", edits(k), "7", "planner") for k in range(3)]
        columns = columns_of(twin, [(one.id, None) for one in made])
        area = area_of(twin, columns)
        for order in known.missing(known.lookup(twin, columns, area, compare.PROCESSES)):
            note(f"comparison: {order.process.about.id}")
            computing.compute(twin, order, Quiet())
        return [opened(twin, ",".join(one.id for one in made))]


def opened(twin: Tenant, named: str) -> Result:
    app = create_app(Settings(home=twin.directory.parent.parent, rate=0))
    app.state.identify = lambda request: Person("7", {twin.id: frozenset({Role.PLANNER})})
    client = TestClient(app)
    signed_in = {"Authorization": "planner"}
    wall, cpu = [], []
    for _ in range(RUNS):
        began, spent = time.perf_counter(), time.process_time()
        answer = client.get(f"/api/tenants/{twin.id}/comparison", params={"variants": named}, headers=signed_in)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - spent)
        assert {column["badge"]["state"] for column in answer.json()["columns"]} == {"fresh"}
    measured = f"{min(wall):.2f} s, {min(cpu):.2f} CPU s, {len(answer.content):,} bytes"
    return Result(
        "A comparison of today and three computed variants opens", f"<= {BAR:g} s", measured, met=min(wall) <= BAR
    )


if __name__ == "__main__":
    show(results())
