"""Figures of cases for those who lead: how many, how complete, how long, how often a person saw it otherwise.

Only the public skeletons of cases are read, so figures stay the same when cases are erased. No figure is about a
person: a group of fewer than five cases is not told, and what depends on who decided only where at least five did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

import orjson
from sqlalchemy import Connection, select

from kastor.cases.prices import Prices, cost
from kastor.store.case_schema import case_events, cases
from kastor.store.craft_schema import craft_orders

FEWEST = 5
"""Cases, and people, a figure needs at least."""

FEWEST_JUDGED = 20
"""Decisions of people on proposals, before their share of other decisions says anything."""

OFTEN_OVERRULED = 0.3
"""Share of proposals decided otherwise above which the rules deserve a look."""


@dataclass
class _Case:
    """What of one case counts."""

    procedure: str
    opened: str
    asked: int = 0
    decided: str = ""
    automatic: bool = False
    coupled: bool = False
    judged: list[tuple[str, bool]] = field(default_factory=list)
    score: int | None = None
    reopened: int = 0


def figures(connection: Connection, since: str, until: str, priced: Prices | None = None) -> dict[str, Any]:
    """
    Figures of the cases opened in a period.

    Parameters
    ----------
    since, until
        ISO 8601; the end does not count.
    priced
        What work on a case is estimated at; None when nobody has said.

    Returns
    -------
    ``all`` and ``procedures`` (by id), each as told by :func:`_told`; those with fewer than five cases are left out and
    counted in ``hidden``.
    """
    found = list(_read(connection, since, until).values())
    kinds = sorted({one.procedure for one in found if one.procedure})
    told = {kind: [one for one in found if one.procedure == kind] for kind in kinds}
    hidden = sum(len(group) for group in told.values() if len(group) < FEWEST)
    return {
        "since": since, "until": until, "fewest": FEWEST, "hidden": hidden,
        "all": _told(found, priced) if len(found) >= FEWEST else None,
        "procedures": {kind: _told(group, priced) for kind, group in told.items() if len(group) >= FEWEST},
    }  # fmt: skip


def _read(connection: Connection, since: str, until: str) -> dict[str, _Case]:
    rows = connection.execute(
        select(cases.c.id, cases.c.procedure, cases.c.opened).where(cases.c.opened >= since, cases.c.opened < until)
    )
    found = {row.id: _Case(row.procedure, row.opened) for row in rows}
    kinds = ("asked", "decided", "rated", "reopened")
    events = select(case_events.c.case, case_events.c.kind, case_events.c.at, case_events.c.who, case_events.c.public)
    events = events.join(cases, cases.c.id == case_events.c.case).where(
        cases.c.opened >= since, cases.c.opened < until, case_events.c.kind.in_(kinds)
    )
    ordered = select(craft_orders.c.case).join(cases, cases.c.id == craft_orders.c.case)
    for case_id in connection.execute(ordered.where(cases.c.opened >= since, cases.c.opened < until)).scalars():
        found[case_id].coupled = True
    for row in connection.execute(events.order_by(case_events.c.case, case_events.c.seq)):
        _count(found[row.case], row.kind, row.at, row.who, orjson.loads(row.public))
    return found


def _count(one: _Case, kind: str, at: str, who: str, public: Mapping[str, Any]) -> None:
    if kind == "asked" and not one.decided:
        one.asked += 1
    elif kind == "rated":
        one.score = int(public["score"])
    elif kind == "reopened":
        one.reopened += 1
    elif kind == "decided" and not public.get("interim"):
        one.decided, one.automatic = one.decided or at, bool(public["automatic"])
        if not public["automatic"] and public.get("proposed"):
            one.judged.append((who, bool(public["follows"])))


def _told(group: Sequence[_Case], priced: Prices | None) -> dict[str, Any]:
    """
    Figures of a group: ``cases``, ``decided``, ``complete`` (share that was asked nothing), ``questions`` (median),
    ``automatic`` (share of the decided), ``hours`` (median until decided), ``overruled`` with ``alarm``,
    ``satisfaction`` (mean of 1 to 5), ``reopened`` (share), ``cost`` (mean, estimated) [EUR] and ``ways`` (decided
    cases that ran by themselves, with a craftsman ordered here, and others). None where too few stand behind.
    """
    decided = [one for one in group if one.decided]
    scores = [one.score for one in group if one.score is not None]
    enough = len(decided) >= FEWEST
    automatic = sum(one.automatic for one in decided)
    coupled = sum(one.coupled for one in decided)
    alone = sum(one.automatic and not one.coupled for one in decided)
    ways = {"automatic": alone, "coupled": coupled, "person": len(decided) - coupled - alone}
    return {
        "cases": len(group),
        "decided": len(decided),
        "complete": sum(one.asked == 0 for one in group) / len(group),
        "questions": median(one.asked for one in group),
        "automatic": automatic / len(decided) if enough else None,
        "hours": median(_hours(one) for one in decided) if enough else None,
        **_overruled(group),
        "satisfaction": sum(scores) / len(scores) if len(scores) >= FEWEST else None,
        "ratings": len(scores),
        "reopened": sum(one.reopened > 0 for one in group) / len(group),
        "cost": cost(priced, **ways) if priced and enough else None,
        "ways": ways if enough else None,
    }


def _overruled(group: Sequence[_Case]) -> dict[str, Any]:
    """Share of proposals people decided otherwise; an alarm when nobody ever does, or many do."""
    judged = [one for each in group for one in each.judged]
    if len({who for who, _ in judged}) < FEWEST:
        return {"overruled": None, "judged": len(judged), "alarm": ""}
    share = sum(not follows for _, follows in judged) / len(judged)
    alarm = ""
    if len(judged) >= FEWEST_JUDGED:
        alarm = "never" if share == 0 else "often" if share > OFTEN_OVERRULED else ""
    return {"overruled": share, "judged": len(judged), "alarm": alarm}


def _hours(one: _Case) -> float:
    return (datetime.fromisoformat(one.decided) - datetime.fromisoformat(one.opened)).total_seconds() / 3600
