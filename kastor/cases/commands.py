"""What can be asked of a case: by a channel, the dialogue, a person of the staff, a clock. Plain data, no behaviour.

``who`` is ``COLLEAGUE`` (empty), ``REQUESTER`` or the number of a person; see ``events.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kastor.cases.message import Message, Reply

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Open:
    """Begin: on which channel, by whom, in which language. The procedure may be unknown yet."""

    channel: str
    thread: str
    sender: str = ""
    language: str = "de"


@dataclass(frozen=True)
class Bind:
    """Another thread belongs to the case from now on."""

    channel: str
    thread: str
    sender: str = ""


@dataclass(frozen=True)
class Receive:
    """A message came; ``files`` are its attachments as they were kept: ``hash``, ``media_type``, ``size``."""

    message: Message
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Understand:
    """What was understood: ``public`` holds intents, language and emergency, ``personal`` the rest."""

    public: Mapping[str, Any]
    personal: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Follow:
    """The case follows this procedure from now on; begins its steps."""


@dataclass(frozen=True)
class Fact:
    """
    A slot has this value.

    Parameters
    ----------
    slot, value
        Of the form; plain JSON. None is "asked, and not known".
    source
        ``said``, ``button``, ``twin``, ``contract``, ``staff``.
    confidence
        0 to 1.
    extractor
        Which grammar or record it comes from.
    """

    slot: str
    value: Any
    source: str = "said"
    confidence: float = 1.0
    extractor: str = ""


@dataclass(frozen=True)
class Learn:
    """Facts are known, or known better."""

    facts: tuple[Fact, ...]
    who: str = ""


@dataclass(frozen=True)
class Withdraw:
    """What is said of a slot no longer holds."""

    slot: str
    who: str = ""


@dataclass(frozen=True)
class Place:
    """Where it is: an object of the twin, a point (longitude, latitude) [degree], an address in words."""

    object: str = ""
    point: tuple[float, float] | None = None
    address: str = ""
    who: str = ""


@dataclass(frozen=True)
class Say:
    """
    Say something.

    Parameters
    ----------
    replies
        In their order; each becomes an event and is sent on ``channel``.
    channel, thread
        Where to; the channel of the last message when empty.
    send
        False where the channel shows replies by itself, as the chat does with the answer to a request.
    who
        A person, where one writes.
    """

    replies: tuple[Reply, ...]
    channel: str = ""
    thread: str = ""
    send: bool = True
    who: str = ""


@dataclass(frozen=True)
class Talk:
    """Where the conversation stands, as the dialogue keeps it; read back from ``state["talk"]``."""

    talk: Mapping[str, Any]


@dataclass(frozen=True)
class Complete:
    """
    Work that waited is done.

    Parameters
    ----------
    work
        What the steps call it (``ask``, ``offer``...), or the id of a token.
    values
        What came out, for the steps.
    """

    work: str
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    who: str = ""


@dataclass(frozen=True)
class Fail:
    """Work that waited cannot be done; ``code`` is the error a boundary event may catch."""

    work: str
    code: str
    who: str = ""


@dataclass(frozen=True)
class Signal:
    """A message the steps may wait for came, by its name."""

    name: str
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    who: str = ""


@dataclass(frozen=True)
class Judge:
    """
    The rules were asked: decide what the gate lets leave, else propose it and hand the case to a person.

    Parameters
    ----------
    outcome
        Id of an outcome of the procedure, as the rules say; empty when they say none, which goes to a person too.
    public
        ``decision``, ``table`` (hash), ``rules`` (ids of those that hit), ``urgency`` where there is one.
    personal
        ``inputs``, ``reasons`` (each by language) and whatever else the trace holds.
    """

    outcome: str
    public: Mapping[str, Any]
    personal: Mapping[str, Any]


@dataclass(frozen=True)
class Decide:
    """
    Decide; without a person only where the gate lets it.

    Parameters
    ----------
    outcome
        Id of an outcome of the procedure.
    reason
        The person's own words; needed for what is not in favour of who asks, and for what differs from the proposal.
    text
        The letter as the person has edited it; empty for the text of the procedure.
    """

    outcome: str
    who: str = ""
    reason: str = ""
    text: str = ""


@dataclass(frozen=True)
class Confirm:
    """The second of four eyes agrees to what the first signed, or not."""

    who: str
    agree: bool
    reason: str = ""


@dataclass(frozen=True)
class HandOver:
    """A person is wanted; ``why`` is a word, ``note`` may be personal."""

    why: str
    note: str = ""
    who: str = ""


@dataclass(frozen=True)
class TakeOver:
    """
    A person takes the case; the colleague neither decides nor asks any longer.

    Parameters
    ----------
    instead_of
        Who has it and is away; empty when nobody has it.
    """

    who: str
    instead_of: str = ""


@dataclass(frozen=True)
class GiveBack:
    """The person gives it back to the colleague."""

    who: str


@dataclass(frozen=True)
class Draft:
    """A person edits the draft of a letter."""

    who: str
    letter: str
    text: str


@dataclass(frozen=True)
class Note:
    """A note of a person."""

    who: str
    text: str


@dataclass(frozen=True)
class Rate:
    """Satisfaction, 1 to 5."""

    score: int
    text: str = ""


@dataclass(frozen=True)
class Appoint:
    """How an appointment stands; ``public`` names nobody (state, uid, sequence), ``personal`` the rest."""

    public: Mapping[str, Any]
    personal: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    who: str = ""


@dataclass(frozen=True)
class Send:
    """
    Something is to be done outside that is not said to who asks, such as an order to a craftsman.

    Parameters
    ----------
    kind
        Who carries it out; see ``senders.py``.
    payload
        What it takes, plain JSON.
    lane
        Effects of one lane keep their order; one of the case's own when empty.
    """

    kind: str
    payload: Mapping[str, Any]
    lane: str = ""


@dataclass(frozen=True)
class Supplement:
    """Something was added to a case that is decided or closed."""

    who: str = "requester"
    text: str = ""


@dataclass(frozen=True)
class SetTimers:
    """Timers by name; None takes one away."""

    timers: Mapping[str, str | None]


@dataclass(frozen=True)
class Ring:
    """A timer is due."""

    name: str


@dataclass(frozen=True)
class Delivered:
    """Something was done outside."""

    key: str
    kind: str
    tries: int


@dataclass(frozen=True)
class Undeliverable:
    """Something could not be done outside and is given up."""

    key: str
    kind: str
    tries: int


@dataclass(frozen=True)
class Join:
    """The case is the same matter as another one."""

    case: str
    who: str = ""


@dataclass(frozen=True)
class Deadline:
    """By when people should have done something; None for no deadline."""

    due: str | None


@dataclass(frozen=True)
class Reopen:
    """It is not settled after all."""

    why: str
    who: str = ""


@dataclass(frozen=True)
class Close:
    """It is settled."""

    why: str
    who: str = ""


@dataclass(frozen=True)
class Erase:
    """Its personal parts go; ``why`` is ``retention``, ``request`` or another word."""

    why: str
    who: str = ""


Command = (
    Open | Bind | Receive | Understand | Follow | Learn | Withdraw | Place | Say | Talk | Complete | Fail | Signal
    | Judge | Decide | Confirm | HandOver | TakeOver | GiveBack | Draft | Note | Rate | Appoint | Send | Supplement
    | SetTimers | Ring | Delivered | Undeliverable | Join | Deadline | Reopen | Close | Erase
)  # fmt: skip
