"""Results the demo has from the beginning: a visitor sees at once what can be computed, signed in or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import shapely

from kastor.demo import COMPUTED
from kastor.loading import Progress, quiet
from kastor.planning.computing import compute
from kastor.planning.orders import AREA, read
from kastor.process import Result, Words
from kastor.store import open_tenant, results
from kastor.store.visibility import State


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


def compute_examples(home: Path, town: str, progress: Progress = quiet) -> None:
    """Compute the examples of a town and publish them, unless that was done before."""
    with open_tenant(home, town) as tenant:
        if (tenant.directory / COMPUTED).is_file():
            return
        for example in EXAMPLES.get(town, ()):
            area = orjson.loads(shapely.to_geojson(shapely.box(*example.box)))
            order = read(tenant, example.process, {**example.inputs, AREA: area})
            told = _Told(progress, f"{tenant.info.title}: {order.process.about.title['de']}")
            found = compute(tenant, order, told, "Demo")
            results.set_state(tenant.database, found, State.PUBLIC, "Demo")
        (tenant.directory / COMPUTED).touch()


class _Told:
    """Progress of a process, told as that of a load."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress, self._title = progress, title

    def at(self, done: float, what: Words) -> None:
        """Tell how far it is."""
        self._progress(f"{self._title}: {what['de']}", done)

    def show(self, result: Result) -> None:
        """Nobody looks at previews here."""
