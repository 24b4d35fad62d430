"""What a procedure says of itself in ``procedure.json``: law and its sources, outcomes, deadlines, tables, what is
kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kastor.cases.forms import Words

Autonomy = Literal["automatic", "propose", "human"]
"""What may be decided without a person: what is in favour of the requester; nothing, but it is proposed; nothing at
all."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Basis(_Part):
    """Where a rule comes from: what it says, and where that stands."""

    text: str
    source: str


class Retention(_Part):
    """How long a closed case is kept, and why. [day]"""

    days: int = Field(gt=0, le=36_500)
    reason: str


class Outcome(_Part):
    """
    How a case can end.

    Attributes
    ----------
    favourable
        True in favour of the requester, False against, None neither (a receipt, a question, handing on).
    automatic
        Whether it may come about without a person.
    letter
        Which letter tells it; empty when none does.
    """

    id: str
    names: Words
    favourable: bool | None
    automatic: bool
    letter: str = ""


class Deadline(_Part):
    """
    By when something has to be done.

    Attributes
    ----------
    within
        Duration by ISO 8601, such as ``P2D`` or ``PT4H``.
    counted
        Every hour, or working days of the town.
    """

    id: str
    names: Words
    within: str
    counted: Literal["hours", "working_days"]
    reason: str


class Listed(_Part):
    """
    Values of a slot that a person has to weigh, whatever the tables say.

    Attributes
    ----------
    values
        Such as True, or ``any`` for whatever is said; where ``unbekannt`` is one, not knowing counts too.
    lookup
        Slot of a lookup whose values count as well; empty for none.
    """

    values: tuple[bool | str, ...] = ()
    lookup: str = ""


class Lookup(_Part):
    """
    A value that stands in a table of the procedure.

    Attributes
    ----------
    slot
        What the value is called in the rules.
    table
        File beside the rules: a JSON object with ``entries``.
    key
        Slot whose value names the entry.
    otherwise
        Entry that holds where the key is unknown or has none.
    """

    slot: str
    table: str
    key: str
    otherwise: str


class About(_Part):
    """
    What ``procedure.json`` says.

    Attributes
    ----------
    decision
        Decision of the rules that names the outcome.
    recommendation
        Decision that recommends an outcome to a person; empty for none.
    asks
        Further decisions whose questions are worth asking, such as the urgency.
    protected
        What a person has to weigh, by slot.
    place
        What a case is about in the city.
    sentences
        How people begin such a request, in any language; what tells a procedure of a tenant's own.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    names: Words
    purpose: Words
    law: Literal["private", "public"]
    basis: tuple[Basis, ...] = Field(min_length=1)
    retention: Retention
    autonomy: Autonomy
    four_eyes: bool
    decision: str
    recommendation: str = ""
    asks: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = Field(min_length=1)
    deadlines: tuple[Deadline, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    protected: Mapping[str, Listed] = {}
    place: Literal["dwelling", "building", "parcel", "point"]
    notes: tuple[str, ...] = ()
    sentences: tuple[str, ...] = Field(default=(), max_length=200)
