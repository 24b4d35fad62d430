"""What a changed procedure would have done: decided cases run through it again, beside the version in force.

Both versions get the facts the case ended with; nothing in the case changes. What differs is told with the rules that
made either outcome, so that a person sees what a change does before two of them release it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from kastor.cases.conversation import reference
from kastor.cases.deciding import Decided, decide
from kastor.cases.events import CLOSED, DECIDED
from kastor.cases.forms import Words
from kastor.cases.procedure import Procedure
from kastor.cases.replay import values
from kastor.store import cases

MOST_CASES = 5000
"""Past cases that can be looked at, those with the nearest deadline first, then the newest."""


@dataclass(frozen=True)
class Side:
    """
    What one version says of a case.

    Parameters
    ----------
    outcome, recommendation
        Ids; empty when there is none.
    rule
        Id of the rule of the main table that made it; empty when none did.
    reason
        Its reason by language.
    """

    outcome: str
    recommendation: str
    rule: str
    reason: Words


@dataclass(frozen=True)
class Difference:
    """
    A case that two versions decide differently.

    Parameters
    ----------
    case, reference, opened
        Which case: in addresses, for people, and since when; a worked case has its id and its name.
    before, after
        What the version in force and the changed one say.
    """

    case: str
    reference: str
    opened: str
    before: Side
    after: Side


@dataclass(frozen=True)
class Count:
    """
    How many cases end in an outcome.

    Parameters
    ----------
    outcome
        Its id, or that of a recommendation; empty for what stays open.
    before, after
        Number of cases, by the version in force and by the changed one.
    """

    outcome: str
    before: int
    after: int


@dataclass(frozen=True)
class Effect:
    """
    What a change does to some past cases.

    Parameters
    ----------
    total
        Number of decided cases there are, at most ``MOST_CASES``.
    offset, looked
        Where this part of them begins, and how many of it were run through; erased ones cannot be.
    counts
        All that were run through, by outcome.
    differences
        Those that come out differently.
    """

    total: int
    offset: int
    looked: int
    counts: tuple[Count, ...]
    differences: tuple[Difference, ...]


def sides(before: Procedure, after: Procedure, facts: Mapping[str, Any]) -> tuple[Side, Side]:
    """What two versions say of the same facts."""
    return _side(decide(before, facts)), _side(decide(after, facts))


def differ(first: Side, second: Side) -> bool:
    """Whether outcome or recommendation differ; another rule or another reason is no other outcome."""
    return (first.outcome, first.recommendation) != (second.outcome, second.recommendation)


def worked(before: Procedure, after: Procedure) -> tuple[Difference, ...]:
    """Worked cases of the changed version that come out differently from the version in force."""
    found = []
    for case in after.cases:
        pair = sides(before, after, case["facts"])
        if differ(*pair):
            found.append(Difference(str(case.get("id", "")), str(case.get("name", "")), "", *pair))
    return tuple(found)


def effect(connection: Connection, before: Procedure, after: Procedure, offset: int = 0, limit: int = 100) -> Effect:
    """
    Run decided cases through two versions.

    Parameters
    ----------
    connection
        Of the tenant.
    offset, limit
        Which part of the cases; whoever asks part by part sees how far it is.
    """
    listed = cases.listed(connection, (DECIDED, CLOSED), after.id, limit=MOST_CASES)
    looked, found, counted = 0, list[Difference](), (Counter[str](), Counter[str]())
    for row in listed[offset : offset + limit]:
        if row.erased:
            continue
        state = orjson.loads(cases.state_bytes(connection, row.id, cases.key_of(connection, row.id)))
        looked += 1
        pair = sides(before, after, values(state))
        for counter, side in zip(counted, pair, strict=True):
            counter[side.outcome or side.recommendation] += 1
        if differ(*pair):
            found.append(Difference(row.id, reference(row.number, state), row.opened, *pair))
    counts = tuple(Count(one, counted[0][one], counted[1][one]) for one in sorted({*counted[0], *counted[1]}))
    return Effect(len(listed), offset, looked, counts, tuple(found))


def _side(decided: Decided) -> Side:
    first = decided.hits[0] if decided.hits else None
    return Side(
        decided.outcome, decided.recommendation, first.rule if first else "", dict(first.words) if first else {}
    )
