"""The storms of the guidelines at a place of a tenant: how much rain falls in which time, and how rare that is."""

from __future__ import annotations

from typing import Any

from kastor.city.rainfall import DesignRain
from kastor.planning.rainfall import rain_at
from kastor.process import Words
from kastor.simulations.rain import EVENTS, Event
from kastor.simulations.storms import rain_index, scenario, texts
from kastor.store import Tenant


def storms(tenant: Tenant, place: tuple[float, float] | None = None) -> dict[str, Any]:
    """
    The storms of all guidelines.

    Parameters
    ----------
    place
        East and north in the plane system of the tenant, its middle when None. [m]

    Returns
    -------
        ``table``, whether design rain of the place is known, and ``scenarios``; without the table only those whose
        depth the guideline gives itself.
    """
    east, north = place or _middle(tenant)
    table = rain_at(tenant, east, north)
    titles: dict[str, Words] = {str(event.value): event.title for event in EVENTS}
    found = [
        _scenario(guideline, case, titles[case], table)
        for guideline in texts()["scenarios"]
        for case, storm in guideline["storms"].items()
        if table is not None or "millimetres" in storm
    ]
    return {"scenarios": found, "table": table is not None}


def _middle(tenant: Tenant) -> tuple[float, float]:
    box = tenant.box()
    return (0.0, 0.0) if box is None else ((box[0] + box[3]) / 2, (box[1] + box[4]) / 2)


def _scenario(guideline: dict[str, Any], case: Event, title: Words, table: DesignRain | None) -> dict[str, Any]:
    storm = scenario(guideline["id"], case, table)
    said = guideline["storms"][case]
    minutes = float(storm.minutes[-1])
    return {
        "guideline": guideline["id"],
        "guideline_title": guideline["title"],
        "storm": case,
        "title": title,
        "help": _help(said),
        "note": guideline["note"],
        "millimetres": round(storm.depth, 1),
        "minutes": round(minutes),
        "years": said.get("years"),
        "index": None if table is None else rain_index(table, minutes, storm.depth),
        "course": {"minutes": storm.minutes.tolist(), "millimetres": [round(d, 2) for d in storm.depths.tolist()]},
        "source": storm.source,
    }


def _help(said: dict[str, Any]) -> Words:
    if "years" not in said:
        return {"de": "Vorgabe des Leitfadens, überall gleich", "en": "Set by the guideline, the same everywhere"}
    return {"de": f"etwa einmal in {said['years']} Jahren", "en": f"about once in {said['years']} years"}
