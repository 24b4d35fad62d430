"""What a run will take: the time, learnt from earlier runs on this machine, and the memory there is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import shapely

from kastor.planning.orders import Order
from kastor.planning.processes import processes_of
from kastor.process import InvalidInput, made
from kastor.store import Tenant
from kastor.store.results import Kept, results_of

LEARNT_FROM = 5
"""How many earlier results of a process correct its estimate."""

MOST_WRONG = 50.0
"""An estimate is corrected by this factor at most."""

LIMIT = Path("/sys/fs/cgroup/memory.max")
"""Where a container says how much memory it has."""


def expected(tenant: Tenant, order: Order) -> float:
    """Seconds an order will take: what its process says, corrected by what earlier runs took here."""
    return _rough(order) * _factor(tenant, order.process.about.id)


def remaining(expected: float, elapsed: float, done: float) -> float:
    """
    Seconds a run under way still takes: at first as expected, then more and more as its own pace tells.

    Examples
    --------
    >>> remaining(100.0, 0.0, 0.0), remaining(100.0, 90.0, 0.5), remaining(100.0, 90.0, 1.0)
    (100.0, 70.0, 0.0)
    """
    left = 1.0 - done
    return left * (elapsed + left * expected)


def cell_steps_per_second(document: Mapping[str, Any]) -> float | None:
    """Cells times time steps of a result by all the seconds it took, reading included; None where it has no steps."""
    account, seconds = document["account"], document["seconds"]
    if "steps" not in account or "cells" not in account or not seconds:
        return None
    return float(account["steps"] * account["cells"] / seconds)


def memory() -> float:
    """Memory of this machine, or of the container it runs in. Unlimited where that is not told. [bytes]"""
    if not hasattr(os, "sysconf"):
        return float("inf")
    found = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    try:
        limit = LIMIT.read_text().strip()
    except OSError:
        return found
    return min(found, float(limit)) if limit.isdigit() else found


def _rough(order: Order) -> float:
    west, south, east, north = shapely.bounds(order.area).tolist()
    margin = 2 * order.process.about.margin
    return order.process.demand((east - west + margin) * (north - south + margin)).seconds


def _factor(tenant: Tenant, process_id: str) -> float:
    """How much longer earlier runs took than their process says; 1 without any."""
    ratios = [ratio for kept in results_of(tenant.database, process_id, LEARNT_FROM) if (ratio := _ratio(tenant, kept))]
    return min(max(median(ratios), 1 / MOST_WRONG), MOST_WRONG) if ratios else 1.0


def _ratio(tenant: Tenant, kept: Kept) -> float | None:
    """None for a result of an older version whose inputs are no longer understood."""
    process = processes_of(tenant).get(kept.process)
    own = {name: value for name, value in kept.inputs.items() if name not in ("area", "edits")}
    if process is None:
        return None
    try:
        chosen = made(process, own)
    except InvalidInput:
        return None
    area = shapely.from_geojson(orjson.dumps(kept.inputs["area"]))
    return kept.seconds / _rough(Order(chosen, area))
