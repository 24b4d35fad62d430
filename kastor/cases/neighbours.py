"""What other cases say about a new one: the same failure in the building, the same defect nearby, who waits before it.

Twelve reports of a cold heating in one building are one failure of its plant; a pothole 20 m from one that is reported
is perhaps the same; a parking space goes to who asked first. The counts are facts with the source ``case`` that the
rules of a procedure read; they hold no personal data. When the rules say that it is the same matter, :func:`join` says
with which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection

from kastor.cases import commands as c
from kastor.cases.events import CLOSED, ERASED, State
from kastor.cases.procedure import Procedure
from kastor.cases.redaction import redact
from kastor.store import case_links, cases
from kastor.store.cases import Case
from kastor.store.moments import moment

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

EXTRACTOR = "neighbours/1"

NEAR = 50.0
"""Two reports of one kind this close may be the same defect. [m]"""

RECENT = timedelta(days=14)
"""Reports of a failure this far apart may be the same."""

MOST = 300
"""Other cases that are looked at, the newest first."""

DEGREE = 111_320.0
"""Metres in a degree of latitude; near enough for 50 m."""

SAME: Mapping[str, str] = {"heizkoerper": "heizung", "sicherung": "strom"}
"""Components whose failure is that of the same plant."""

JOINED = ("angehaengt", "doppelt")
"""Outcomes that say a case is the same matter as another one."""


@dataclass(frozen=True)
class Looking:
    """
    What a case is, for those who count others.

    Parameters
    ----------
    facts
        Values by slot, with what was just said.
    place
        ``object`` and ``point`` (longitude, latitude) of the case.
    """

    connection: Connection
    case: str
    opened: str
    facts: Mapping[str, Any]
    place: Mapping[str, Any]
    now: datetime


def records(work: Casework, case_id: str, procedure: Procedure, facts: Mapping[str, Any]) -> tuple[c.Fact, ...]:
    """
    Facts other cases give; only those that are new or have changed.

    Parameters
    ----------
    facts
        Values by slot, with what was just said.
    """
    state = work.state(case_id)
    looking = Looking(
        work.connection, case_id, state["opened"] or moment(work.now), facts, state["place"], work.now
    )  # fmt: skip
    found = []
    for slot, count in _COUNTS.items():
        if slot in procedure.form.slots:
            value = count(looking)
            if value is not None and state["facts"].get(slot, {}).get("value") != value:
                found.append(c.Fact(slot, value, "case", 1.0, EXTRACTOR))
    return tuple(found)


def join(work: Casework, case_id: str) -> None:
    """Say with which case a case is the same matter, when the rules say that it is the same as one."""
    state = work.state(case_id)
    if state["joined"] or state["outcome"].get("outcome") not in JOINED:
        return
    facts = {slot: fact["value"] for slot, fact in state["facts"].items()}
    looking = Looking(work.connection, case_id, state["opened"], facts, state["place"], work.now)
    same = defects(looking) if state["outcome"]["outcome"] == "doppelt" else failures(looking)
    first = min(same, key=lambda found: found[0].number, default=None)
    if first is not None:
        work.do(case_id, c.Join(first[1]["joined"] or first[0].id))


def settle(work: Casework, case_id: str) -> tuple[str, ...]:
    """
    Tell the cases that were joined to one that it is repaired; their steps go on and ask whether all is well.

    To be called when a case was carried out or said to be done; cases that wait for nothing stay as they are.

    Returns
    -------
    Ids of the cases that went on.
    """
    state = work.state(case_id)
    there = case_links.at_object(work.connection, state["place"].get("object", ""))
    looking = Looking(work.connection, case_id, state["opened"], {}, state["place"], work.now)
    joined = [one.id for one, other in _others(looking, there, "schaden") if other["joined"] == case_id]
    for one in joined:
        work.do(one, c.Signal("stoerung_behoben"))
    return tuple(joined)


def space_free(work: Casework, length_cm: float, charging: bool) -> str:
    """
    A parking space has become free: who waits longest for one that fits gets the offer; one space in a transaction.

    Parameters
    ----------
    length_cm
        Of the space. [cm]
    charging
        Whether it has charging; such a space goes to those who want it.

    Returns
    -------
    Id of the case that got the offer; empty when nobody waits for such a space.
    """
    looking = Looking(work.connection, "", "", {"ladebedarf": charging}, {}, work.now)
    for case, state in waiting(looking):
        length = _fact(state, "fahrzeug_laenge_cm")
        if length is not None and length <= length_cm:
            free = {"freie_mit_ladung" if charging else "freie_stellplaetze": 1, "laengster_freier_cm": length_cm}
            facts = {**free, "warteliste_vor_mir": 0}
            work.do(
                case.id, c.Learn(tuple(c.Fact(name, value, "erp", 1.0, EXTRACTOR) for name, value in facts.items()))
            )
            work.do(case.id, c.Signal("stellplatz_frei"))
            return case.id
    return ""


def failures(looking: Looking) -> list[tuple[Case, State]]:
    """Open reports of the same failure in the same building."""
    part, object_id = looking.facts.get("bauteil"), looking.place.get("object", "")
    if not part or not object_id:
        return []
    since = moment(looking.now - RECENT)
    there = [one for one in case_links.at_object(looking.connection, object_id) if one.opened >= since]
    return [
        (case, state)
        for case, state in _others(looking, there, "schaden")
        if _plant(_fact(state, "bauteil")) == _plant(part)
    ]


def defects(looking: Looking) -> list[tuple[Case, State]]:
    """Open reports of the same kind of defect within ``NEAR``."""
    kind, point = looking.facts.get("kategorie"), looking.place.get("point")
    if not kind or not point:
        return []
    east = cos(radians(point[1])) * DEGREE
    box = (point[0] - NEAR / east, point[1] - NEAR / DEGREE, point[0] + NEAR / east, point[1] + NEAR / DEGREE)
    there = [
        one
        for one, x, y in case_links.in_box(looking.connection, *box)
        if hypot((x - point[0]) * east, (y - point[1]) * DEGREE) <= NEAR
    ]
    return [
        (case, state)
        for case, state in _others(looking, there, "maengel")
        if _fact(state, "kategorie") == kind
    ]  # fmt: skip


def waiting(looking: Looking) -> list[tuple[Case, State]]:
    """Who waits for a parking space, who asked first first; with charging only those who want it count for one of
    those.
    """
    there = cases.listed(looking.connection, procedure="balkon_stellplatz", limit=MOST)
    wants = looking.facts.get("ladebedarf") is True
    found = [
        (case, state)
        for case, state in _others(looking, there, "balkon_stellplatz")
        if state["outcome"].get("outcome") == "warteliste" and (_fact(state, "ladebedarf") is True) == wants
    ]
    return sorted(found, key=lambda one: one[0].number)


def _before(looking: Looking) -> int | None:
    if looking.facts.get("vorhaben") != "stellplatz":
        return None
    own = cases.case(looking.connection, looking.case).number
    return sum(case.number < own for case, _ in waiting(looking))


def _permitted(looking: Looking) -> int | None:
    object_id = looking.place.get("object", "")
    if not object_id:
        return None
    there = case_links.at_object(looking.connection, object_id)
    found = _others(looking, there, "haustier", closed=True)
    return sum(state["outcome"].get("outcome") in ("genehmigt", "zugesagt") for _, state in found)


def _personal(looking: Looking) -> bool | None:
    text = looking.facts.get("beschreibung")
    return bool(redact(text).kinds) if isinstance(text, str) else None


def _failures(looking: Looking) -> int | None:
    return len(failures(looking)) if looking.facts.get("bauteil") else None


def _defects(looking: Looking) -> int | None:
    return len(defects(looking)) if looking.facts.get("kategorie") else None


_COUNTS: Mapping[str, Callable[[Looking], Any]] = {
    "gleiche_meldungen": _failures,
    "gleiche_offene": _defects,
    "warteliste_vor_mir": _before,
    "genehmigungen_im_haus": _permitted,
    "personenbezug": _personal,
}
"""Slots other cases answer, and how."""


def _others(looking: Looking, there: list[Case], procedure: str, closed: bool = False) -> Iterator[tuple[Case, State]]:
    """Other cases of a procedure, with their state; closed ones only when wanted, erased ones never."""
    out = (ERASED,) if closed else (ERASED, CLOSED)
    fitting = [one for one in there if one.procedure == procedure and one.id != looking.case and one.status not in out]
    for one in fitting[:MOST]:
        key = cases.key_of(looking.connection, one.id)
        state = orjson.loads(cases.state_bytes(looking.connection, one.id, key))
        if state:
            yield one, state


def _fact(state: State, slot: str) -> Any:
    return state["facts"].get(slot, {}).get("value")


def _plant(part: Any) -> Any:
    return SAME.get(part, part)
