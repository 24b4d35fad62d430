"""Showing that a case is what its log says: the state folded anew, the chain of hashes, the decisions made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kastor.cases import deciding
from kastor.cases.casework import read_events
from kastor.cases.events import Event, State, apply, canonical, empty, fold
from kastor.cases.procedure import Procedure
from kastor.cases.versions import kept
from kastor.store import cases
from kastor.store.cases import CaseErased
from kastor.store.database import Database


@dataclass(frozen=True)
class Replay:
    """
    What replaying a case gave.

    Parameters
    ----------
    case
        Its id.
    events
        Number of events.
    erased
        Whether only the skeleton is left, so that only the chain could be checked.
    decisions
        How often the rules were asked, and were asked again.
    faults
        What is wrong, in sentences; empty when nothing is.
    """

    case: str
    events: int
    erased: bool
    decisions: int
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """An outcome that changed rules would have had in a past case: which case, and both outcomes."""

    case: str
    number: int
    at: str
    before: str
    after: str


def replay(database: Database, case_id: str) -> Replay:
    """
    Fold the log of a case anew and compare it with the state that is kept, byte for byte; check the chain.

    Every outcome of the rules is computed again, with the version of the procedure that held and the facts known then.

    Raises
    ------
    UnknownCase
        When there is none.
    """
    with database.read() as connection:
        faults = cases.faults(connection, case_id)
        try:
            key = cases.key_of(connection, case_id)
        except CaseErased:
            return Replay(case_id, len(cases.log(connection, case_id, None)), True, 0, faults)
        events = read_events(connection, case_id, key)
        if canonical(fold(case_id, events)) != cases.state_bytes(connection, case_id, key):
            faults.append("The events fold to another state than the one that is kept.")
        count = 0
        for event, state in moments(case_id, events):
            follows = state["procedure"]
            procedure = kept(connection, follows["id"], follows["version"])
            # an outcome that came otherwise than by asking the rules says nothing of its inputs
            if procedure is None or "inputs" not in event.personal:
                continue
            count += 1
            faults += _decided_otherwise(procedure, event, state)
    return Replay(case_id, len(events), False, count, faults)


def differences(database: Database, procedure: Procedure, limit: int = 500) -> Iterator[Difference]:
    """
    Past cases in which changed rules would have had another outcome.

    Parameters
    ----------
    procedure
        With the changed rules; the cases are those of its id, the newest first.
    limit
        Number of cases that are looked at.
    """
    with database.read() as connection:
        for row in cases.listed(connection, procedure=procedure.id, limit=limit):
            if row.erased:
                continue
            events = read_events(connection, row.id, cases.key_of(connection, row.id))
            for event, state in moments(row.id, events):
                if "inputs" not in event.personal:
                    continue
                after = deciding.decide(procedure, values(state)).outcome
                if after != event.public["outcome"]:
                    yield Difference(row.id, row.number, event.at, event.public["outcome"], after)


def moments(case_id: str, events: list[Event]) -> Iterator[tuple[Event, State]]:
    """Each time the rules were asked, with the state of the case just before."""
    state = empty(case_id)
    for event in events:
        if event.kind == "evaluated":
            yield event, state
        apply(state, event)


def values(state: State) -> dict[str, Any]:
    """Facts of a state by slot."""
    return {slot: fact["value"] for slot, fact in state["facts"].items()}


def _decided_otherwise(procedure: Procedure, event: Event, state: State) -> Iterator[str]:
    found = deciding.decide(procedure, values(state))
    if (found.outcome, found.table) != (event.public["outcome"], event.public["table"]):
        yield (
            f"The rules of {event.at} say {found.outcome or 'nothing'!r} (table {found.table[:12]}), the log says "
            f"{event.public['outcome'] or 'nothing'!r} (table {event.public['table'][:12]})."
        )
