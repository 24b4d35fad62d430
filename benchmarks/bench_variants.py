"""Variants: what saving one takes, over HTTP, while it grows to 200 edits; without a peer.

Run:
    python benchmarks/bench_variants.py
A building with a gable and a tree are added at each save, as a planner does it; every save sends and checks the whole
list, merges, writes a revision and answers the document. The overlay is what the scene loads after it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from measure import Result, show

from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.store import Dataset, create_tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings

BAR, OVERLAY_BAR = 0.3, 0.3
"""Seconds of a save, and of the overlay after it. [s]"""
SAVES = 100


def results() -> list[Result]:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        with create_tenant(home, "musterstadt", "Musterstadt", CRS) as twin, twin.load(Dataset("a", "A")) as load:
            load.put("houses", four_houses())
            load.put_terrain("ground", flat_ground())
            load.finish({"source": "houses", "findings": []})
        return measured(home)


def measured(home: Path) -> list[Result]:
    app = create_app(Settings(home=home, rate=0, workers=0))
    app.state.identify = lambda request: Person("7", {"musterstadt": frozenset({Role.PLANNER})})
    client = TestClient(app, headers={"Authorization": "x"})
    here = "/api/tenants/musterstadt/variants"
    variant = client.post(here, json={"name": "x"}).json()["id"]
    saves, overlays = [], []
    edits: list[dict[str, Any]] = []
    for number in range(SAVES):
        edits += added(number)
        headers = {"If-Match": f'"{number + 1}"'}
        saves.append(timed(partial(client.put, f"{here}/{variant}/edits", json={"edits": edits}, headers=headers)))
        overlays.append(timed(partial(client.get, f"{here}/{variant}/overlay.glb")))
    return [
        told(f"variant of up to {len(edits)} edits saved", saves, BAR),
        told("its overlay for the scene", overlays, OVERLAY_BAR),
    ]


def added(number: int) -> list[dict[str, Any]]:
    east, north = ORIGIN[0] + number % 10 * 4.0, ORIGIN[1] + number // 10 * 4.0
    footprint = [[east, north], [east + 3, north], [east + 3, north + 2], [east, north + 2]]
    house = {"kind": "add_building", "id": f"h{number}", "footprint": footprint, "storeys": 2, "roof": "gable"}
    return [house, {"kind": "plant_tree", "id": f"t{number}", "place": [east, north + 3]}]


def timed(call: Callable[[], Any]) -> tuple[float, float]:
    """Seconds on the wall and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = call()
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - wall, time.process_time() - cpu


def told(what: str, times: list[tuple[float, float]], bar: float) -> Result:
    wall, cpu = (statistics.median(values) for values in zip(*times, strict=True))
    worst = max(cpu_ for _, cpu_ in times[1:])
    text = f"{wall * 1000:.0f} ms, {cpu * 1000:.0f} ms of the processor, at most {worst * 1000:.0f} ms"
    return Result(what, f"<= {bar * 1000:g} ms", text, met=worst <= bar)


if __name__ == "__main__":
    show(results())
