"""Results the demo shows soon after its start: a visitor sees what can be computed, signed in or not.

Computing takes a minute, most of it to compile the model once, so it goes on beside the server.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import shapely

from kastor.demo import plans
from kastor.planning.computing import compute
from kastor.planning.orders import AREA, Order, read
from kastor.process import Quiet
from kastor.store import Tenant, open_tenant, results, tenants
from kastor.store.visibility import State

COMPUTED = "demo-computed"
"""File in a tenant's directory that says its examples were computed; who removes one does not get it back."""

PATIENCE = 10.0
"""How long to wait for the computing to stop. [s]"""


@dataclass(frozen=True)
class Example:
    """A process with its inputs, over a box (west, south, east, north [m])."""

    process: str
    box: tuple[float, float, float, float]
    inputs: Mapping[str, Any] = field(default_factory=dict)


EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "dorsten": (Example("rain", (360500.0, 5721450.0, 361000.0, 5721950.0), {"storm": "extreme"}),),
}
"""By town."""


@contextmanager
def computed_beside(home: Path) -> Iterator[None]:
    """Compute what is missing of the examples in a process of its own, ended with the block; the next start goes on."""
    here = {info.id for info in tenants(home)}
    towns = dict.fromkeys((*EXAMPLES, plans.TOWN))
    missing = [t for t in towns if t in here and not (home / "tenants" / t / COMPUTED).is_file()]
    if not missing:
        yield
        return
    # whoever looks at the town comes first
    beside = subprocess.Popen([sys.executable, "-m", "kastor.demo.examples", str(home), *missing])
    os.setpriority(os.PRIO_PROCESS, beside.pid, 10)
    try:
        yield
    finally:
        beside.terminate()
        beside.wait(PATIENCE)


def compute_examples(home: Path, town: str) -> None:
    """Compute the examples of a town and publish them, unless that was done before."""
    with open_tenant(home, town) as tenant:
        if (tenant.directory / COMPUTED).is_file():
            return
        orders = [_order(tenant, example) for example in EXAMPLES.get(town, ())]
        for order in (*plans.compared(tenant), *orders):
            found = compute(tenant, order, Quiet(), "Demo")
            results.set_state(tenant.database, found, State.PUBLIC, "Demo")
        (tenant.directory / COMPUTED).touch()


def _order(tenant: Tenant, example: Example) -> Order:
    area = orjson.loads(shapely.to_geojson(shapely.box(*example.box)))
    return read(tenant, example.process, {**example.inputs, AREA: area})


if __name__ == "__main__":
    for named in sys.argv[2:]:
        compute_examples(Path(sys.argv[1]), named)
