"""From an order to a kept result: cut the site, apply the edits, run the process, write the files, keep them.

The id of a result is known before anything is computed, so the same order on the same data is answered at once.
Whether a result is out of date is computed from what it says it used, never remembered.
"""

from __future__ import annotations

import secrets
import shutil
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
import shapely

from kastor.city.ground import terrain_from_intersections
from kastor.city.model import City, empty_city
from kastor.city.site import Site, Source
from kastor.city.terrain import Terrain
from kastor.planning import profile
from kastor.planning.estimates import memory
from kastor.planning.orders import VARIANT, Order
from kastor.planning.processes import processes_of
from kastor.planning.rainfall import own_rain
from kastor.planning.remote.description import RemoteProcess
from kastor.planning.remote.running import ask
from kastor.planning.variant import applied, overtaken, state_of
from kastor.planning.weather import own_weather
from kastor.process import Need, Progress, Result, Words, check_demand, check_result, check_site
from kastor.store import Tenant
from kastor.store.errors import store_errors
from kastor.store.moments import now
from kastor.store.objects import labels
from kastor.store.rainfall import rainfall_of
from kastor.store.results import Kept, UnknownResult, keep, result
from kastor.store.snapshots import RUNS
from kastor.store.visibility import STAFF, State
from kastor.store.weather import hash_of as weather_hash

Box = tuple[float, float, float, float]

DERIVED_CELL = 5.0
"""Side of the cells of ground derived from buildings. [m]"""


def compute(tenant: Tenant, order: Order, progress: Progress, who: str = "", elsewhere: Path | None = None) -> str:
    """
    Compute an order, unless its result is there already; gives the id of the result.

    Parameters
    ----------
    elsewhere
        File in which a job of another server is written down while it runs.

    Raises
    ------
    ProcessError
        When the process cannot run like this, or gave what it had not declared.
    """
    about = order.process.about
    data = data_of(tenant, order)
    result_id = order.id(data["hash"])
    if is_kept(tenant, result_id):
        return result_id
    check_demand(order.process, order.area, memory())
    began = time.monotonic()
    site, found = _computed(tenant, order, progress, elsewhere)
    check_result(about, found)
    made, seconds = now(), time.monotonic() - began
    state = state_of(tenant, order.variant)
    kept = Kept(result_id, about.id, about.version, order.inputs, data, state, made, who, round(seconds, 3))
    young = tenant.directory / RUNS / f"{result_id}-{secrets.token_hex(4)}"
    with store_errors("The result cannot be written", young):
        young.mkdir(parents=True)
        try:
            profile.write(young, tenant.crs, kept, order.process, site, found, _labels(tenant, found))
            keep(tenant, kept, young)
        finally:
            shutil.rmtree(young, ignore_errors=True)
    return result_id


def _computed(tenant: Tenant, order: Order, progress: Progress, elsewhere: Path | None) -> tuple[Site, Result]:
    """The result, from here or from another server, and the site it tells about."""
    if not isinstance(order.process, RemoteProcess):
        site = site_of(tenant, order)
        check_site(order.process.about, site)
        return site, order.process.run(site, progress)
    room = tenant.directory / RUNS
    room.mkdir(parents=True, exist_ok=True)
    found, sources = ask(order.process, order.area, order.edits, tenant.crs, progress, room, elsewhere)
    return Site(order.area, empty_city(tenant.crs), None, sources), found


def show(place: Path, crs: str, order: Order, result: Result) -> None:
    """Lay down what is known so far of a run, in place of what was known before."""
    about = order.process.about
    check_result(about, result)
    young = place.with_name(f"{place.name}-{secrets.token_hex(4)}")
    kept = Kept("", about.id, about.version, order.inputs, {}, State.INTERNAL, now(), "", 0.0)
    site = Site(order.area, empty_city(crs), None)
    with store_errors("The preview cannot be written", young):
        young.mkdir(parents=True)
        profile.write(young, crs, kept, order.process, site, result)
        shutil.rmtree(place, ignore_errors=True)
        young.rename(place)


def is_kept(tenant: Tenant, result_id: str) -> bool:
    """Whether a tenant has a result."""
    try:
        result(tenant.database, result_id)
    except UnknownResult:
        return False
    return True


def site_of(tenant: Tenant, order: Order) -> Site:
    """
    The site of an order, its edits applied; drafts of datasets do not count.

    Raises
    ------
    InvalidInput
        When an edit cannot be.
    """
    about = order.process.about
    seen = tenant.showing(STAFF)
    box = _around(order.area, about.margin)
    wanted = about.needs | about.uses
    terrain = seen.terrain(box, _cell(seen, box, order.process.ground)) if Need.TERRAIN in wanted else None
    middle = shapely.centroid(order.area)
    rain = own_rain(tenant, middle.x, middle.y) if Need.DESIGN_RAIN in wanted else None
    city = seen.city(box=box)
    if terrain is None and Need.TERRAIN in about.uses:
        terrain = _under(city)
    weather = own_weather(tenant) if Need.WEATHER in wanted else None
    site = Site(order.area, city, terrain, _sources(seen, box, wanted), rain, weather)
    return applied(seen, site, box, order.edits)


def _under(city: City) -> Terrain | None:
    """The ground the buildings of a city stand on, so that edits stand on it too; None when none knows it."""
    try:
        return terrain_from_intersections(city, DERIVED_CELL)
    except ValueError:
        return None


def data_of(tenant: Tenant, order: Order) -> dict[str, Any]:
    """What data an order would use now: their ``hash``, where they are (``box``) and what of them is needed."""
    about = order.process.about
    box = _around(order.area, about.margin)
    wanted = about.needs | about.uses
    return {"hash": fingerprint(tenant, box, wanted), "box": list(box), "needs": sorted(wanted)}


def fingerprint(tenant: Tenant, box: Box, needs: frozenset[Need]) -> str:
    """A hash of all data in a box that a process with these needs may use."""
    seen = tenant.showing(STAFF)
    cells = [cell.hash for cell in seen.cells() if cell.box is not None and _meet(cell.box, box)]
    ground = sorted(seen.terrain_files(box)) if Need.TERRAIN in needs else []
    own = rainfall_of(tenant.database) if Need.DESIGN_RAIN in needs else None
    year = weather_hash(tenant) if Need.WEATHER in needs else ""
    # what needs no table of the tenant keeps its id when one is loaded
    return blake2b(
        orjson.dumps([cells, ground, *([own.hash] if own else []), *([year] if year else [])]), digest_size=16
    ).hexdigest()


def stale(tenant: Tenant, kept: Kept) -> list[Words]:
    """Why a result is out of date, in words; empty when it is not."""
    found: list[Words] = []
    process = processes_of(tenant).get(kept.process)
    if process is None:
        found.append({"de": "Das Modell gibt es hier nicht mehr.", "en": "The model is no longer here."})
    elif process.about.version != kept.version:
        found.append({"de": "Das Modell hat eine neue Fassung.", "en": "The model has a new version."})
    found += overtaken(tenant, kept.inputs.get(VARIANT))
    west, south, east, north = kept.data["box"]
    needs = frozenset(Need(need) for need in kept.data["needs"])
    if fingerprint(tenant, (west, south, east, north), needs) != kept.data["hash"]:
        found.append({"de": "Die Daten haben sich geändert.", "en": "The data have changed."})
    return found


def _labels(tenant: Tenant, found: Result) -> dict[str, str]:
    return labels(tenant.database, {name for features in found.features for name in features.ids})


def _around(area: shapely.Geometry, margin: float) -> Box:
    west, south, east, north = shapely.bounds(area).tolist()
    return west - margin, south - margin, east + margin, north + margin


def _cell(tenant: Tenant, box: Box, wanted: float) -> float | None:
    sides = [side for extent, side in tenant.terrain_boxes() if _overlap(extent, box)]
    return max(wanted, min(sides)) if sides else None


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def _meet(cell: tuple[float, float, float, float, float, float], box: Box) -> bool:
    west, south, _, east, north, _ = cell
    return _overlap((west, south, max(east, west + 1e-6), max(north, south + 1e-6)), box)


def _sources(tenant: Tenant, box: Box, needs: frozenset[Need]) -> tuple[Source, ...]:
    """Datasets that have something in a box."""
    names = {name for c in tenant.cells() if c.box is not None and _meet(c.box, box) for name in c.hashes}
    with_ground = Need.TERRAIN in needs
    return tuple(
        Source(d.id, d.title, d.attribution, d.licence, d.date)
        for d in tenant.datasets()
        if d.id in names or (with_ground and d.kinds.get("terrain", 0))
    )
