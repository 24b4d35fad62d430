"""All processes: Kastor's own, by hand, those that installed packages bring along, and those of other servers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from kastor.planning.balance import Balance
from kastor.planning.remote.description import process_of
from kastor.process import InvalidInput, Process
from kastor.simulations.daylight import Daylight
from kastor.simulations.echo import Echo
from kastor.simulations.rain import Rain
from kastor.simulations.shadow import Shadow, SunHours
from kastor.simulations.sky import SkyView
from kastor.simulations.slope import Slope
from kastor.simulations.solar import Solar
from kastor.store import Tenant
from kastor.store.remotes import remotes

PROCESSES: Mapping[str, type[Process]] = {
    process.about.id: process for process in (Rain, Shadow, SunHours, SkyView, Daylight, Solar, Balance, Slope, Echo)
}
"""Kastor's own."""

GROUP = "kastor.processes"
"""Group of entry points under which a package names its processes."""

log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def processes() -> Mapping[str, type[Process]]:
    """Every process that runs here by its id; one of a package that cannot be loaded is left out and logged."""
    found = {**PROCESSES}
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        process = _loaded(point)
        if process is not None:
            found.setdefault(process.about.id, process)
    return found


def processes_of(tenant: Tenant) -> Mapping[str, type[Process]]:
    """Every process of a tenant by its id: those that run here, and those of other servers it offers."""
    found = dict(processes())
    for remote in remotes(tenant.database):
        try:
            found.setdefault(remote.name, process_of(remote))
        except InvalidInput as error:
            log.error("The process %s of another server is left out: %s", remote.name, error)
    return found


def process(tenant: Tenant, process_id: str) -> type[Process]:
    """
    A process of a tenant by its id.

    Raises
    ------
    InvalidInput
        When there is none.
    """
    known = processes_of(tenant)
    found = known.get(process_id)
    if found is None:
        raise InvalidInput(f"There is no process {process_id[:60]!r}; there are {', '.join(known)}.")
    return found


def _loaded(point: EntryPoint) -> type[Process] | None:
    try:
        found = point.load()
    # foreign code may raise anything
    except Exception as error:
        log.error("The process %s of %s cannot be loaded: %s", point.name, point.value, error)
        return None
    if not (isinstance(found, type) and issubclass(found, Process) and hasattr(found, "about")):
        log.error("The process %s of %s is no Process with an about.", point.name, point.value)
        return None
    return found
