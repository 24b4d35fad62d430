"""What can happen to a case, and the state that follows from it.

A case is nothing but its events: :func:`fold` makes the state from them, and nothing else does. Events are of a small
closed set of kinds. Each has a *public* part, which names nobody and stays for ever, and a *personal* part, which is
stored sealed and goes when the case is erased. The state is plain JSON; folding the same events gives the same bytes.

The state
---------
``id``, ``seq``, ``status`` (one of ``STATUS``), ``procedure`` (``id``, ``version``, ``law``), ``opened``,
``language``, ``channels`` (each ``channel``, ``thread``, ``sender``), ``heard`` (where the last message came from),
``place`` (``object``, ``point``, ``address``), ``facts`` (by slot: ``value``, ``source``, ``confidence``,
``extractor``, ``seq``), ``talk`` (the dialogue's own), ``asked`` (by slot, how often), ``understood`` (the last),
``evaluation`` (the last one of the rules), ``proposal`` (of the rules, for a person), ``signature`` (the first of four
eyes), ``outcome`` (the last; ``interim`` when it is neither for nor against who asks), ``decisions`` (all of them),
``person`` (who has taken it over), ``wanted`` (why a person is wanted), ``steps`` (tokens), ``variables``, ``timers``
(by name), ``held`` (timers that were due while a person had the case), ``drafts``, ``letters``, ``effects`` (by key),
``files``, ``appointment``, ``rating``, ``urgency``, ``due``, ``joined``, ``closed``, ``reopened`` (how often),
``erased``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

COLLEAGUE, REQUESTER = "", "requester"
"""Who did it when it was not a member of staff: the digital colleague, or who asks."""

OPEN, STAFF, TAKEN, DECIDED, CLOSED, ERASED = "open", "staff", "taken", "decided", "closed", "erased"
STATUS = (OPEN, STAFF, TAKEN, DECIDED, CLOSED, ERASED)
"""The colleague works on it; a person is wanted; a person has it; decided, and something follows; done; erased."""

State = dict[str, Any]

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Event:
    """
    Something that happened.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    at
        When, ISO 8601 in UTC.
    who
        ``COLLEAGUE``, ``REQUESTER`` or the number of a person.
    public, personal
        What happened, as plain JSON.
    """

    kind: str
    at: str
    who: str = COLLEAGUE
    public: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    personal: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


def empty(case_id: str) -> State:
    """The state of a case before its first event."""
    return {
        "id": case_id, "seq": 0, "status": OPEN, "procedure": {}, "opened": "", "language": "de", "channels": [],
        "heard": {}, "place": {}, "facts": {}, "talk": {}, "asked": {}, "understood": {}, "evaluation": {},
        "proposal": {}, "signature": {}, "outcome": {}, "decisions": [], "person": "", "wanted": "", "steps": {},
        "variables": {}, "timers": {}, "held": [], "drafts": {}, "letters": [], "effects": {}, "files": [],
        "appointment": {}, "rating": {}, "urgency": "", "due": None, "joined": "", "closed": "", "reopened": 0,
        "erased": "",
    }  # fmt: skip


def canonical(state: Any) -> bytes:
    """A state as bytes."""
    return orjson.dumps(state, option=orjson.OPT_SORT_KEYS)


def fold(case_id: str, events: Iterable[Event], state: State | None = None) -> State:
    """
    The state some events lead to.

    Parameters
    ----------
    state
        Where they begin; unchanged afterwards. The empty state when None.
    """
    now: State = orjson.loads(canonical(empty(case_id) if state is None else state))
    for event in events:
        apply(now, event)
    return now


def apply(state: State, event: Event) -> None:
    """Let an event change a state in place."""
    state["seq"] += 1
    KINDS[event.kind](state, event)


def _opened(state: State, event: Event) -> None:
    state |= {"opened": event.at, "language": event.public["language"], "procedure": dict(event.public["procedure"])}
    _bound(state, event)


def _bound(state: State, event: Event) -> None:
    entry = {"channel": event.public["channel"], **event.personal}
    if entry not in state["channels"]:
        state["channels"] = [*state["channels"], entry]


def _received(state: State, event: Event) -> None:
    known = {file["hash"] for file in state["files"]}
    files = [dict(file) for file in event.public.get("files", ()) if file["hash"] not in known]
    state["files"] = [*state["files"], *files]
    state["heard"] = {"channel": event.public["channel"], "thread": event.personal["thread"], "at": event.at}


def _understood(state: State, event: Event) -> None:
    state["understood"] = {**event.public, **event.personal}
    state["language"] = event.public.get("language") or state["language"]


def _talked(state: State, event: Event) -> None:
    state["talk"] = dict(event.personal)


def _fact(state: State, event: Event) -> None:
    slot = event.public["slot"]
    state["facts"][slot] = {**event.public, "value": event.personal.get("value"), "seq": state["seq"]}


def _withdrawn(state: State, event: Event) -> None:
    state["facts"].pop(event.public["slot"], None)


def _placed(state: State, event: Event) -> None:
    state["place"] = dict(event.personal)


def _said(state: State, event: Event) -> None:
    slot = event.public.get("ask", "")
    if slot:
        state["asked"][slot] = state["asked"].get(slot, 0) + 1


def _evaluated(state: State, event: Event) -> None:
    state["evaluation"] = {**event.public, **event.personal, "seq": state["seq"]}
    state["urgency"] = event.public.get("urgency") or state["urgency"]


def _proposed(state: State, event: Event) -> None:
    state["proposal"] = {**event.public, **event.personal, "seq": state["seq"]}


def _signed(state: State, event: Event) -> None:
    state["signature"] = {**event.public, **event.personal, "who": event.who, "at": event.at}


def _declined(state: State, event: Event) -> None:
    state |= {"signature": {}, "wanted": "declined"}


def _decided(state: State, event: Event) -> None:
    interim = bool(event.public.get("interim"))
    entry = {**event.public, **event.personal, "who": event.who, "at": event.at, "seq": state["seq"]}
    state |= {"outcome": entry, "proposal": {}, "signature": {}}
    state["decisions"] = [*state["decisions"], {**event.public, "who": event.who, "at": event.at}]
    if not interim:
        state |= {"wanted": "", "person": "", "status": DECIDED, "due": None}


def _handed_over(state: State, event: Event) -> None:
    state["wanted"] = event.public["why"]
    if state["status"] != TAKEN:
        state["status"] = STAFF


def _taken_over(state: State, event: Event) -> None:
    state |= {"person": event.who, "status": TAKEN}


def _given_back(state: State, event: Event) -> None:
    final = state["outcome"] and not state["outcome"].get("interim")
    state |= {"person": "", "wanted": "", "status": DECIDED if final else OPEN, "held": [], "due": None}


def _drafted(state: State, event: Event) -> None:
    state["drafts"][event.public["letter"]] = {**event.personal, "who": event.who, "at": event.at}


def _letter(state: State, event: Event) -> None:
    state["letters"] = [*state["letters"], {**event.public, **event.personal, "at": event.at}]


def _effect(state: State, event: Event) -> None:
    state["effects"][event.public["key"]] = {"kind": event.public["kind"], "state": "waiting", "at": event.at}


def _delivered(state: State, event: Event) -> None:
    state["effects"][event.public["key"]] = {"kind": event.public["kind"], "state": "done", "at": event.at}


def _undeliverable(state: State, event: Event) -> None:
    state["effects"][event.public["key"]] = {"kind": event.public["kind"], "state": "failed", "at": event.at}
    state["wanted"] = state["wanted"] or "undeliverable"
    if state["status"] in (OPEN, DECIDED, CLOSED):
        state["status"] = STAFF


def _timer(state: State, event: Event) -> None:
    for name, due in event.public["set"].items():
        if due is None:
            state["timers"].pop(name, None)
        else:
            state["timers"][name] = due


def _timer_due(state: State, event: Event) -> None:
    state["timers"].pop(event.public["name"], None)
    if event.public.get("held"):
        state["held"] = [*state["held"], event.public["name"]]


def _stepped(state: State, event: Event) -> None:
    state["steps"] = dict(event.public["steps"])
    state["variables"] = {**state["variables"], **event.personal}


def _appointment(state: State, event: Event) -> None:
    state["appointment"] = {**event.public, **event.personal}


def _rated(state: State, event: Event) -> None:
    state["rating"] = {**event.public, **event.personal}


def _nothing(state: State, event: Event) -> None:
    """What is worth knowing, but changes nothing."""


def _switched(state: State, event: Event) -> None:
    state |= {"procedure": dict(event.public["procedure"]), "evaluation": {}, "proposal": {}, "steps": {}}


def _joined(state: State, event: Event) -> None:
    state["joined"] = event.public["case"]


def _deadline(state: State, event: Event) -> None:
    state["due"] = event.public["due"]


def _reopened(state: State, event: Event) -> None:
    before = state["outcome"]
    state |= {"reopened": state["reopened"] + 1, "closed": "", "outcome": {}, "proposal": {}, "before": before}
    state |= {"status": TAKEN if state["person"] else STAFF, "wanted": event.public["why"]}


def _closed(state: State, event: Event) -> None:
    state |= {"status": CLOSED, "closed": event.at, "person": "", "wanted": "", "due": None}


def _erased(state: State, event: Event) -> None:
    state |= {"status": ERASED, "erased": event.at}


KINDS: Mapping[str, Callable[[State, Event], None]] = {
    "opened": _opened,
    "bound": _bound,
    "received": _received,
    "understood": _understood,
    "talked": _talked,
    "fact": _fact,
    "withdrawn": _withdrawn,
    "placed": _placed,
    "asked": _said,
    "said": _said,
    "evaluated": _evaluated,
    "proposed": _proposed,
    "signed": _signed,
    "declined": _declined,
    "decided": _decided,
    "handed_over": _handed_over,
    "taken_over": _taken_over,
    "given_back": _given_back,
    "drafted": _drafted,
    "letter": _letter,
    "effect": _effect,
    "delivered": _delivered,
    "undeliverable": _undeliverable,
    "timer": _timer,
    "timer_due": _timer_due,
    "stepped": _stepped,
    "appointment": _appointment,
    "rated": _rated,
    "noted": _nothing,
    "supplemented": _nothing,
    "switched": _switched,
    "joined": _joined,
    "deadline": _deadline,
    "reopened": _reopened,
    "closed": _closed,
    "erased": _erased,
}
"""All kinds, and what each does to the state."""
