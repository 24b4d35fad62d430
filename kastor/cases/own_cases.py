"""What somebody has asked for so far, on whatever channel: each case in a few words, and what is expected of them.

A case that was joined to another one of the same person is shown there; joined to somebody else's it stays one's own,
and nothing of the other is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from kastor.cases import casework, contacts, desk
from kastor.cases.appointments.words import when
from kastor.cases.casework import Casework, read_events
from kastor.cases.contacts import Contact
from kastor.cases.conversation import ME, Entry, entries, reference
from kastor.cases.dialogue.words import chosen
from kastor.cases.events import CLOSED, DECIDED, STAFF, TAKEN, State
from kastor.cases.message import WEB, Language
from kastor.cases.procedure import Procedure
from kastor.cases.versions import named
from kastor.store import cases, requesters
from kastor.store.cases import Case
from kastor.store.errors import StoreError

MOST = 100
"""Cases that are shown, the newest."""

ANSWER, JOINED, PERSON, WORK, DONE = "answer", "joined", "person", "work", "done"
"""How a case stands for who asks: an answer is expected, it waits with another one, a person has it, the colleague
works on it, it is settled. A decided one is ``decided``."""


class NotOwn(StoreError):
    """There is no such case of whoever asks."""


@dataclass(frozen=True)
class OwnCase:
    """
    A case as who asked for it sees it.

    Parameters
    ----------
    id, reference
        In addresses, and what people call it.
    title, place
        What it is about and where, in words; either may be empty.
    opened
        When, ISO 8601.
    standing
        ``answer``, ``joined``, ``person``, ``work``, ``decided`` or ``done``.
    outcome
        What was decided, in words; empty while nothing was.
    appointment
        The next visit in words; empty when there is none.
    expected, language
        The question that is open, and the language it was asked in; empty when none is.
    """

    id: str
    reference: str
    title: str
    place: str
    opened: str
    standing: str
    outcome: str
    appointment: str
    expected: str
    language: str


def own_cases(connection: Connection, shown: Collection[str], language: Language, now: str) -> list[OwnCase]:
    """
    Cases of somebody: those that wait for an answer first, then the newest.

    Parameters
    ----------
    connection
        Of the tenant, with everything in sight.
    shown
        Contacts (hashes) somebody has shown to be theirs.
    now
        The present moment; visits before it are over.
    """
    states = _states(connection, shown)
    found = [
        _own_case(connection, cases.case(connection, one), state, language, now)
        for one, state in states.items()
        if _lead(states, one) == one
    ]
    return sorted(found, key=lambda one: one.standing != ANSWER)


def address_of(connection: Connection, shown: Collection[str]) -> Contact | None:
    """The first of the contacts somebody has shown, in the clear, as one of their cases has it; None without a case."""
    for one in requesters.cases_of(connection, shown):
        for contact in contacts.contacts_of(state := casework.state_in(connection, one), _procedure(connection, state)):
            if requesters.hashed(connection, str(contact)) in shown:
                return contact
    return None


def open_in_browser(work: Casework, case_id: str, shown: Collection[str], thread: str) -> None:
    """
    Let a browser take part in a case of its own, or in the one that was joined to.

    Parameters
    ----------
    thread
        Secret of the browser's conversation.

    Raises
    ------
    NotOwn
        When it is not theirs, was erased, or never was.
    """
    states = _states(work.connection, shown)
    if case_id not in states:
        raise NotOwn("There is no such request of yours. It may have been erased meanwhile.")
    work.bind(_lead(states, case_id), WEB, thread)


def add_conversation(work: Casework, shown: Collection[str], thread: str) -> None:
    """
    Let the conversation of a browser be one of somebody's own cases from now on.

    Raises
    ------
    NotOwn
        When there is no such conversation, or no case that says who it is.
    """
    case_id, own = work.case_of_thread(WEB, thread), address_of(work.connection, shown)
    if case_id is None or own is None or work.row(case_id).erased:
        raise NotOwn("There is no conversation in this browser that could be added.")
    work.bind(case_id, WEB, thread, own.value)


def _states(connection: Connection, shown: Collection[str]) -> dict[str, State]:
    """States of somebody's cases by id, the newest first."""
    return {one: casework.state_in(connection, one) for one in requesters.cases_of(connection, shown)[:MOST]}


def _lead(states: Mapping[str, State], case_id: str) -> str:
    """The case of the same person a case was joined to at last; itself when to none, or round in a circle."""
    seen, at = {case_id}, case_id
    while (following := states[at]["joined"]) in states:
        if following in seen:
            return case_id
        seen.add(following)
        at = following
    return at


def _own_case(connection: Connection, row: Case, state: State, language: Language, now: str) -> OwnCase:
    procedure = _procedure(connection, state)
    asked = _asked(connection, row) if row.status not in (CLOSED, STAFF, TAKEN) else None
    return OwnCase(
        row.id, reference(row.number, state), desk.title(state, procedure, language), state["place"].get("address", ""),
        row.opened, _standing(row, state, asked), _outcome(procedure, state, language), _visit(state, language, now),
        asked.text.split("\n\n")[-1].strip() if asked else "", state["language"] if asked else "",
    )  # fmt: skip


def _standing(row: Case, state: State, asked: Entry | None) -> str:
    if row.status == CLOSED:
        return DONE
    if asked is not None:
        return ANSWER
    if state["joined"]:
        return JOINED
    return PERSON if row.status in (STAFF, TAKEN) else DECIDED if row.status == DECIDED else WORK


def _asked(connection: Connection, row: Case) -> Entry | None:
    """The question that is open in a case: what was said last, when it asks something."""
    last = _last(entries(row.id, read_events(connection, row.id, cases.key_of(connection, row.id))))
    return last if last is not None and last.sender != ME and (last.ask or last.choices) else None


def _last(found: Iterator[Entry]) -> Entry | None:
    last = None
    for last in found:  # noqa: B007
        pass
    return last


def _outcome(procedure: Procedure | None, state: State, language: Language) -> str:
    decided = state["outcome"].get("outcome", "") if not state["outcome"].get("interim") else ""
    outcome = procedure.outcomes.get(decided) if procedure else None
    return chosen(outcome.names, language) if outcome else ""


def _visit(state: State, language: Language, now: str) -> str:
    visit = state["appointment"]
    if visit.get("state") != "booked" or visit["end"] < now:
        return ""
    return f"{when(visit['begin'], visit['end'], language)}, {visit['craftsman']}"


def _procedure(connection: Connection, state: State) -> Procedure | None:
    follows = state["procedure"]
    return named(connection, follows["id"], follows["version"]) if follows else None
