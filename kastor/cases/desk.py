"""What the staff see: the inbox, and one case as a page.

Nothing is decided here. A page says what is known and from where, what was said, which rules hit and which did not,
what is recommended, and holds both drafts; deciding is a command of :mod:`kastor.cases.casework`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from kastor.cases import deciding, dmn, letters
from kastor.cases.about import Outcome
from kastor.cases.casework import read_events
from kastor.cases.conversation import entries, reference
from kastor.cases.deciding import REASON
from kastor.cases.events import CLOSED, DECIDED, OPEN, REQUESTER, STAFF, TAKEN, Event, State
from kastor.cases.gate import needs_reason, protected
from kastor.cases.handlers import decided as decided_by
from kastor.cases.hours import BERLIN
from kastor.cases.letters import Around, LetterError
from kastor.cases.procedure import Procedure
from kastor.cases.versions import find_procedure
from kastor.store import case_links, cases
from kastor.store.cases import Case, CaseErased

MINE, OTHERS, AWAY = "me", "other", "away"
"""Who has a case, as a reader is told; not even who the others are, or who of them is away."""

MOST_LINES = 500
"""Cases an inbox shows at once."""

TITLE_FACTS = 2
"""Facts that stand behind the name of the procedure in the title of a case."""

NOTHING = (None, "", "keine", "nein", "unbekannt")
"""Values that do not say what a case is about."""

SIMILAR = 20
"""Earlier cases of the same place that are looked at."""


@dataclass(frozen=True)
class Line:
    """
    A case in the inbox.

    Parameters
    ----------
    id, reference
        In addresses, and what people call it.
    title, place
        What it is about and where, in words.
    status, wanted, urgency, urgency_name
        How it stands, why a person is wanted, its class and what the procedure calls that.
    due
        Nearest deadline, ISO 8601; None when there is none.
    person
        ``MINE``, ``OTHERS``, ``AWAY`` or empty.
    procedure, opened, reports
        Its kind, since when, and how many cases were joined to it.
    """

    id: str
    reference: str
    title: str
    place: str
    status: str
    wanted: str
    urgency: str
    urgency_name: str
    due: str | None
    person: str
    procedure: str
    opened: str
    reports: int


@dataclass(frozen=True)
class Inbox:
    """
    Cases that need somebody, and the number of those that run by themselves.

    Parameters
    ----------
    lines
        Urgent ones first: by class, then by deadline, then the oldest.
    running
        Cases nobody has to look at.
    """

    lines: tuple[Line, ...]
    running: int


def inbox(
    connection: Connection, person: str, language: str, status: Sequence[str] = (STAFF, TAKEN),
    away: Collection[str] = (),
) -> Inbox:  # fmt: skip
    """
    What waits for people.

    Parameters
    ----------
    connection
        Of the tenant; procedures a case follows are kept there already.
    person
        Number of who looks.
    language
        ``de`` or ``en``.
    status
        Which cases.
    away
        People who are away: what they have may be taken over.
    """
    found = cases.listed(connection, status, limit=MOST_LINES)
    states = {row.id: _state(connection, row.id) for row in found}
    lines = [
        _line(connection, row, state, _holder(row.person, person, away), language, _joined(connection, row.id, state))
        for row in found
        if (state := states[row.id]) and not state["joined"]
    ]
    lines.sort(key=lambda line: (line.urgency or "K9", line.due or "9", line.opened))
    return Inbox(tuple(lines), cases.number_of(connection, (OPEN, DECIDED)))


def _holder(holder: str, person: str, away: Collection[str]) -> str:
    if not holder:
        return ""
    return MINE if holder == person else AWAY if holder in away else OTHERS


def _joined(connection: Connection, case_id: str, state: State) -> int:
    """Number of cases that were joined to one; they wait for it and are not listed themselves."""
    place = state["place"].get("object", "")
    there = case_links.at_object(connection, place)[:SIMILAR] if place else []
    others = (_state(connection, other.id) for other in there if other.id != case_id and other.status == OPEN)
    return sum(other["joined"] == case_id for other in others if other)


def _state(connection: Connection, case_id: str) -> State | None:
    try:
        key = cases.key_of(connection, case_id)
    except CaseErased:
        return None
    state: State | None = orjson.loads(cases.state_bytes(connection, case_id, key))
    return state


def _line(connection: Connection, row: Case, state: State, has: str, language: str, joined: int) -> Line:
    procedure = _procedure(connection, state)
    return Line(
        row.id, reference(row.number, state), title(state, procedure, language), state["place"].get("address", ""),
        row.status, state["wanted"], row.urgency, _urgency(procedure, row.urgency, language), row.due, has,
        row.procedure, row.opened, joined,
    )  # fmt: skip


def _urgency(procedure: Procedure | None, urgency: str, language: str) -> str:
    """What a procedure calls a class of urgency; the class where it has no name for it."""
    names = next((one.names for one in procedure.about.deadlines if one.id == urgency), {}) if procedure else {}
    return names.get(language) or names.get("de") or urgency


def _procedure(connection: Connection, state: State) -> Procedure | None:
    about = state["procedure"]
    return find_procedure(connection, about["id"], about["version"]) if about else None


def title(state: State, procedure: Procedure | None, language: str) -> str:
    """What a case is about: its procedure and the first things said that were chosen from a list."""
    if procedure is None:
        return ""
    slots = procedure.form.slots
    said = [
        slot.in_words(state["facts"][name]["value"], language)
        for name, slot in slots.items()
        if slot.choices
        and slot.ask
        and isinstance(state["facts"].get(name, {}).get("value"), str)
        and state["facts"][name]["value"] not in NOTHING
    ]
    name = procedure.about.names.get(language, procedure.about.names["de"])
    return f"{name}: {', '.join(said[:TITLE_FACTS])}" if said else name


def page(
    connection: Connection, case_id: str, person: str, language: str, today: date, away: Collection[str] = ()
) -> dict[str, Any]:
    """
    A case with everything a person needs to decide it.

    Parameters
    ----------
    today
        Date of the drafts.
    away
        As for :func:`inbox`.

    Raises
    ------
    UnknownCase, CaseErased
        When there is none, or its personal parts are gone.
    """
    row = cases.case(connection, case_id)
    key = cases.key_of(connection, case_id)
    state: State = orjson.loads(cases.state_bytes(connection, case_id, key))
    events = read_events(connection, case_id, key)
    procedure = _procedure(connection, state)
    decided = decided_by(state["evaluation"])
    number = reference(row.number, state)
    has = _holder(row.person, person, away)
    document: dict[str, Any] = {
        "id": row.id, "seq": state["seq"], "reference": number, "title": title(state, procedure, language),
        "procedure": _about(procedure, language), "status": row.status, "wanted": state["wanted"], "person": has,
        "urgency": row.urgency, "urgency_name": _urgency(procedure, row.urgency, language), "due": row.due,
        "opened": row.opened, "place": state["place"],
        "language": state["language"], "channels": sorted({one["channel"] for one in state["channels"]}),
        "facts": _facts(state, procedure, language), "conversation": list(entries(case_id, events)),
        "history": [_step(event, person) for event in events], "files": state["files"],
        "appointment": state["appointment"], "rating": state["rating"], "letters": state["letters"],
        "effects": state["effects"], "joined": state["joined"], "outcome": _outcome(state, procedure, language),
    }  # fmt: skip
    if procedure is not None:
        document |= {
            "recommendation": _recommendation(state, procedure, language),
            "rules": list(_rules(state, procedure, language)),
            "outcomes": [_choice(state, procedure, one, language) for one in procedure.outcomes.values()],
            "drafts": _drafts(state, procedure, decided, number, today),
            "protected": protected(state, procedure),
            "signature": {name: state["signature"].get(name) for name in ("outcome", "reason", "at")}
            | {"mine": state["signature"].get("who") == person}
            if state["signature"]
            else None,
            "similar": _similar(connection, row, state, procedure, language),
        }
    return document


def _about(procedure: Procedure | None, language: str) -> dict[str, Any] | None:
    if procedure is None:
        return None
    about = procedure.about
    return {
        "id": procedure.id, "name": about.names.get(language, about.names["de"]), "version": procedure.version,
        "law": about.law, "autonomy": about.autonomy, "four_eyes": about.four_eyes,
        "basis": [{"text": one.text, "source": one.source} for one in about.basis],
    }  # fmt: skip


def _facts(state: State, procedure: Procedure | None, language: str) -> list[dict[str, Any]]:
    slots = procedure.form.slots if procedure else {}
    order = {name: at for at, name in enumerate(slots)}
    found = []
    for name, fact in sorted(state["facts"].items(), key=lambda item: order.get(item[0], len(order))):
        slot = slots.get(name)
        words = slot.in_words(fact["value"], language) if slot else str(fact["value"])
        label = slot.title.get(language, slot.title["de"]) if slot else name
        found.append({
            "slot": name, "label": label, "words": words, "value": fact["value"], "source": fact["source"],
            "confidence": fact["confidence"], "extractor": fact["extractor"],
        })  # fmt: skip
    return found


def _step(event: Event, person: str) -> dict[str, Any]:
    """What happened, without what is personal and without saying which member of the staff did it."""
    who = "requester" if event.who == REQUESTER else "colleague" if not event.who else "staff"
    public = {name: value for name, value in event.public.items() if name != "second"}
    return {"kind": event.kind, "at": event.at, "who": who, "mine": bool(event.who) and event.who == person} | {
        "about": public
    }


def _outcome(state: State, procedure: Procedure | None, language: str) -> dict[str, Any] | None:
    found = state["outcome"]
    if not found or procedure is None:
        return None
    names = procedure.outcomes[found["outcome"]].names
    return {
        "id": found["outcome"], "name": names.get(language, names["de"]), "automatic": found["automatic"],
        "interim": found.get("interim", False), "at": found["at"], "reason": found.get("reason", ""),
        "reasons": [_words(one, language) for one in found.get("reasons", ())],
    }  # fmt: skip


def _words(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words.get("de", "")


def _recommendation(state: State, procedure: Procedure, language: str) -> dict[str, Any] | None:
    evaluation = state["evaluation"]
    wanted = evaluation.get("recommendation") or evaluation.get("outcome", "")
    if not wanted:
        return None
    outcome = procedure.outcomes.get(wanted)
    return {
        "outcome": wanted, "name": outcome.names.get(language, outcome.names["de"]) if outcome else "",
        "favourable": outcome.favourable if outcome else None,
        "reasons": [_words(one, language) for one in evaluation.get("reasons", ())],
    }  # fmt: skip


def _rules(state: State, procedure: Procedure, language: str) -> Iterator[dict[str, Any]]:
    """Every rule of the main table, whether it hit and why it says what it says; empty before the rules were asked."""
    if not state["evaluation"]:
        return
    values = {slot: fact["value"] for slot, fact in state["facts"].items()}
    known = deciding.inputs(procedure, values)
    found = dmn.evaluate(procedure.rules, procedure.about.decision, known, missing=dmn.UNKNOWN)
    column = REASON["en" if language == "en" else "de"]
    for trace in found.traces:
        if trace.decision != procedure.about.decision or trace.table is None:
            continue
        for rule in trace.rules:
            texts = dict(zip(trace.table.annotations, trace.table.rules[rule.position - 1].annotations, strict=False))
            yield {
                "id": rule.id, "position": rule.position, "hit": rule.hit, "applied": rule.applied,
                "reason": texts.get(column) or rule.reason,
            }  # fmt: skip


def _choice(state: State, procedure: Procedure, outcome: Outcome, language: str) -> dict[str, Any]:
    """An outcome a person can choose, and whether it takes a reason of one's own."""
    return {
        "id": outcome.id, "name": outcome.names.get(language, outcome.names["de"]), "favourable": outcome.favourable,
        "letter": outcome.letter, "by_person": not outcome.automatic,
        "needs_reason": needs_reason(state, procedure, outcome.id),
    }  # fmt: skip


def _drafts(
    state: State, procedure: Procedure, decided: deciding.Decided | None, number: str, today: date
) -> dict[str, str]:
    """The letter of every outcome, as edited last; where a person's reason is still open there is a gap for it."""
    facts = {slot: fact["value"] for slot, fact in state["facts"].items()}
    gap = {"de": "[Ihre Begründung]", "en": "[your reason]"}["en" if state["language"] == "en" else "de"]
    found: dict[str, str] = {}
    for outcome in procedure.outcomes.values():
        if not outcome.letter or outcome.letter in found:
            continue
        edited = state["drafts"].get(outcome.letter, {}).get("text")
        own = gap if needs_reason(state, procedure, outcome.id) else ""
        around = Around(number, today, state["place"].get("address", ""), own_reason=own)
        try:
            found[outcome.letter] = (
                edited or letters.letter(procedure, outcome.letter, state["language"], facts, decided, around).body
            )
        except LetterError:
            continue
    return found


def _similar(
    connection: Connection, row: Case, state: State, procedure: Procedure, language: str
) -> list[dict[str, Any]]:
    """Earlier cases of the same kind at the same place, by how they ended; nobody is named."""
    place = state["place"].get("object", "")
    if not place:
        return []
    counted: dict[str, int] = {}
    for other in case_links.at_object(connection, place)[:SIMILAR]:
        if other.id == row.id or other.procedure != procedure.id or other.status not in (DECIDED, CLOSED):
            continue
        earlier = _state(connection, other.id)
        ended = str(earlier["outcome"].get("outcome", "")) if earlier else ""
        counted[ended] = counted.get(ended, 0) + 1
    return [
        {"outcome": ended, "name": _name(procedure, ended, language), "count": count}
        for ended, count in sorted(counted.items(), key=lambda item: -item[1])
    ]


def _name(procedure: Procedure, outcome: str, language: str) -> str:
    found = procedure.outcomes.get(outcome)
    return found.names.get(language, found.names["de"]) if found else ""


def local_day(moment: datetime) -> date:
    """The date people in Germany write at a moment."""
    return moment.astimezone(BERLIN).date()
