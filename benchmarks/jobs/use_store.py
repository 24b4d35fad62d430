"""Questions to a store of 100,000 real buildings, and one edit with its tiles: use_store.py HOME FILE"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from kastor.city.model import City, Kind
from kastor.city.strings import Strings
from kastor.loading import load, tile
from kastor.store import Dataset, Tenant, create_tenant

COPIES = 36
EAST, NORTH = 22_000.0, 15_000.0
"""How far the copies stand apart. [m]"""
DATASET = Dataset(id="measured", title="", owner="", licence="", licence_url="", attribution="", date="")


def copied(city: City, number: int) -> City:
    shift = np.array([number % 6 * EAST, number // 6 * NORTH, 0.0])
    return replace(city, ids=Strings.of([f"{name}-{number}" for name in city.ids.tolist()]), xyz=city.xyz + shift)


def cost(work: Callable[[int], object], runs: int) -> float:
    """CPU time of one of many runs, after one that does not count; clocks are too coarse for a single one. [s]"""
    work(0)
    start = time.process_time()
    for number in range(runs):
        work(number)
    return (time.process_time() - start) / runs


def edit(tenant: Tenant, object_id: str, number: int) -> None:
    tenant.edit_object(object_id, {"note": f"seen {number}"}, "benchmark")
    tile(tenant, layers=("buildings",))


home, file = map(Path, sys.argv[1:])
with create_tenant(home, "town", "Town", "EPSG:25832+7837") as town:
    load(town, [file], DATASET)
    tile(town, layers=("buildings",))
    city = town.city()
    houses = [row.id for row in town.in_box((0, 0, 1e6, 1e7), Kind.BUILDING)]
    edited = cost(lambda i: edit(town, houses[i * 97], i), 5)
    only_edit = cost(lambda i: town.edit_object(houses[i * 89], {"note": "x"}, "benchmark"), 5)
with create_tenant(home, "state", "State", "EPSG:25832+7837") as state:
    start = time.process_time()
    with state.load(DATASET) as loading:
        for number in range(COPIES):
            loading.put(f"part-{number}", copied(city, number))
        loading.finish()
    stored = time.process_time() - start
    chance = np.random.default_rng(1)
    rows = state.in_box((0, 0, 1e6, 1e7), Kind.BUILDING)
    chosen = [rows[i] for i in chance.integers(0, len(rows), 1000)]
    boxes = [(r.place[0] - 250, r.place[1] - 250, r.place[0] + 250, r.place[1] + 250) for r in chosen if r.place]
    box = cost(lambda i: state.in_box(boxes[i], Kind.BUILDING), 300)
    hits = np.mean([len(state.in_box(b, Kind.BUILDING)) for b in boxes[:100]])
    by_id = cost(lambda i: state.object(chosen[i].id), 1000)
    whole = cost(lambda _: state.city(), 2)
answer = {
    "buildings": len(rows), "stored": stored, "box": box, "hits": float(hits), "id": by_id, "whole": whole,
    "town": len(houses), "edit": only_edit, "edited": edited,
}  # fmt: skip
print(json.dumps(answer))
