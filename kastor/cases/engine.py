"""What a command does to a case: a pure function from state, procedure, command and moment to events and effects.

Nothing is read or written here. ``casework.py`` reads the state, calls :func:`handle` and writes what comes out in one
transaction; the same command on the same state at the same moment gives the same step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kastor.cases import commands as c
from kastor.cases import progress
from kastor.cases.events import CLOSED, COLLEAGUE, DECIDED, ERASED, REQUESTER, TAKEN, Event, State, canonical
from kastor.cases.gate import GateError, Terms, check_reason, needs_reason
from kastor.cases.judging import judge
from kastor.cases.message import Attachment
from kastor.cases.progress import Handler
from kastor.cases.working import NO_OFFICE, Effect, Office, Working

_NO_HANDLERS: Mapping[str, Handler] = {}


class WrongMoment(ValueError):
    """What is asked cannot be done to the case as it stands."""


@dataclass(frozen=True)
class Step:
    """
    What came of a command.

    Parameters
    ----------
    state
        The case afterwards.
    events
        What happened, in order; empty when nothing did.
    effects
        What is to be done outside.
    timers
        Timers that were set (moment) or taken away (None).
    files
        Attachments of replies that are to be kept.
    """

    state: State
    events: tuple[Event, ...]
    effects: tuple[Effect, ...] = ()
    timers: Mapping[str, str | None] | None = None
    files: tuple[Attachment, ...] = ()


def handle(
    state: State, procedure: Terms | None, command: c.Command, now: datetime,
    handlers: Mapping[str, Handler] = _NO_HANDLERS, office: Office = NO_OFFICE,
) -> Step:  # fmt: skip
    """
    Do something to a case.

    Parameters
    ----------
    state
        As it is; unchanged afterwards.
    procedure
        The version the case follows, or is to follow with ``Follow``; None while that is unknown.
    now
        The present moment, UTC.
    handlers
        How each kind of work of the steps is done; ``handlers.HANDLERS`` are the product's.
    office
        Who the colleague works for.

    Raises
    ------
    WrongMoment
        When it cannot be done now, for example because the case is erased.
    GateError
        When it needs a person, or a reason in a person's own words.
    """
    if state["status"] == ERASED:
        raise WrongMoment(f"Case {state['id']} was erased; nothing can be done to it any more.")
    working = Working(orjson.loads(canonical(state)), procedure, now, office)
    deed = _MOVING.get(type(command))
    if deed is not None:
        deed(working, command, handlers)
    else:
        _DEEDS[type(command)](working, command)
    return Step(
        working.state, tuple(working.events), tuple(working.effects), dict(working.timers), tuple(working.files)
    )


def _open(working: Working, command: c.Open) -> None:
    if working.state["opened"]:
        raise WrongMoment(f"Case {working.state['id']} is open already.")
    public = {"channel": command.channel, "language": command.language, "procedure": {}}
    working.add("opened", REQUESTER, public, {"thread": command.thread, "sender": command.sender})


def _bind(working: Working, command: c.Bind) -> None:
    entry = {"thread": command.thread, "sender": command.sender}
    if {"channel": command.channel, **entry} not in working.state["channels"]:
        working.add("bound", REQUESTER, {"channel": command.channel}, entry)


def _receive(working: Working, command: c.Receive) -> None:
    message = command.message
    files = [{name: file[name] for name in ("hash", "media_type", "size")} for file in command.files]
    personal = {
        "text": message.text, "subject": message.subject, "thread": message.thread, "sender": message.sender,
        "answers": dict(message.answers), "place": message.place, "object": message.object,
        "received": message.received.isoformat(),
        "files": [{"hash": file["hash"], "name": file.get("name", "")} for file in command.files],
    }  # fmt: skip
    working.add("received", REQUESTER, {"channel": message.channel, "files": files}, personal)


def _understand(working: Working, command: c.Understand) -> None:
    working.add("understood", COLLEAGUE, command.public, command.personal)


def _talk(working: Working, command: c.Talk) -> None:
    if dict(command.talk) != working.state["talk"]:
        working.add("talked", COLLEAGUE, {}, command.talk)


def _learn(working: Working, command: c.Learn, handlers: Mapping[str, Handler]) -> None:
    for fact in command.facts:
        public = {"slot": fact.slot, "source": fact.source, "confidence": fact.confidence, "extractor": fact.extractor}
        working.add("fact", command.who, public, {"value": fact.value})
    progress.after_facts(working, handlers)


def _withdraw(working: Working, command: c.Withdraw) -> None:
    if command.slot in working.state["facts"]:
        working.add("withdrawn", command.who, {"slot": command.slot})


def _place(working: Working, command: c.Place) -> None:
    point = list(command.point) if command.point else None
    place = {"object": command.object, "point": point, "address": command.address}
    if place != working.state["place"]:
        working.add("placed", command.who, {}, place)


def _say(working: Working, command: c.Say) -> None:
    for reply in command.replies:
        working.say(reply, command.channel, command.thread, command.send, command.who)


def _judge(working: Working, command: c.Judge) -> None:
    judge(working, _procedure(working), command.outcome, command.public, command.personal)


def _decide(working: Working, command: c.Decide, handlers: Mapping[str, Handler]) -> None:
    procedure, state = _procedure(working), working.state
    _check_decidable(working, command)
    outcome = procedure.outcomes.get(command.outcome)
    if outcome is None:
        raise GateError(f"{command.outcome[:40]!r} is no outcome of this case: {', '.join(procedure.outcomes)}.")
    if needs_reason(state, procedure, command.outcome):
        check_reason(command.reason, state)
    proposed = state["proposal"].get("recommendation") or state["proposal"].get("outcome", "")
    public = {
        "outcome": command.outcome, "automatic": False, "version": procedure.version, "proposed": proposed,
        # what only a person decides is the end, also where it is neither for nor against who asks
        "interim": outcome.favourable is None and outcome.automatic, "follows": proposed == command.outcome,
        "table": state["evaluation"].get("table", ""), "rules": state["evaluation"].get("rules", []),
    }  # fmt: skip
    personal = {"reason": command.reason, "text": command.text, "reasons": state["evaluation"].get("reasons", [])}
    if procedure.about.four_eyes:
        working.add("signed", command.who, public, personal)
        working.hand_over("second_person")
        return
    working.add("decided", command.who, public, personal)
    progress.decided(working, handlers, command.outcome)


def _check_decidable(working: Working, command: c.Decide) -> None:
    state = working.state
    if command.who in (COLLEAGUE, REQUESTER):
        raise GateError("A decision of this kind names the person who decides; the colleague's go through the rules.")
    if state["person"] not in ("", command.who):
        raise WrongMoment("Somebody else has taken the case over. Let that person give it back first.")
    if state["signature"]:
        raise WrongMoment("The case waits for a second person to confirm what was signed.")
    final = state["outcome"] and not state["outcome"].get("interim")
    if final and not _offering(working, command.outcome):
        raise WrongMoment("The case is decided already. Reopen it to decide anew.")


def _offering(working: Working, outcome: str) -> bool:
    """Whether a task for people waits for an outcome."""
    offered = [work.attributes.get("outcomes", "").split() for work in progress.waiting(working, "staff")]
    return any(outcome in one or not one for one in offered)


def _confirm(working: Working, command: c.Confirm, handlers: Mapping[str, Handler]) -> None:
    signature = working.state["signature"]
    if not signature:
        raise WrongMoment("Nothing was signed that could be confirmed.")
    if command.who in (COLLEAGUE, REQUESTER, signature["who"]):
        raise GateError("The second person must be another one than the first.")
    if not command.agree:
        check_reason(command.reason, working.state)
        working.add("declined", command.who, {"outcome": signature["outcome"]}, {"reason": command.reason})
        return
    names = ("outcome", "automatic", "version", "proposed", "interim", "follows", "table", "rules")
    public = {**{name: signature[name] for name in names}, "second": command.who}
    personal = {name: signature[name] for name in ("reason", "text", "reasons")}
    # who decides is the first, whose reason it is; the second is named beside
    working.add("decided", signature["who"], public, personal)
    progress.decided(working, handlers, signature["outcome"])


def _hand_over(working: Working, command: c.HandOver) -> None:
    working.hand_over(command.why, command.note, command.who)


def _take_over(working: Working, command: c.TakeOver) -> None:
    _check_person(command.who)
    holder = working.state["person"]
    if holder not in ("", command.who, command.instead_of):
        raise WrongMoment("Somebody else has taken the case over already.")
    if holder != command.who:
        working.add("taken_over", command.who, {"instead": True} if holder else {})


def _give_back(working: Working, command: c.GiveBack, handlers: Mapping[str, Handler]) -> None:
    _check_person(command.who)
    if working.state["status"] != TAKEN and not working.state["wanted"]:
        raise WrongMoment("Nobody has taken the case over.")
    held = list(working.state["held"])
    working.add("given_back", command.who)
    for name in held:
        progress.ring(working, handlers, name)


def _draft(working: Working, command: c.Draft) -> None:
    _check_person(command.who)
    working.add("drafted", command.who, {"letter": command.letter}, {"text": command.text})


def _note(working: Working, command: c.Note) -> None:
    _check_person(command.who)
    working.add("noted", command.who, {}, {"text": command.text})


def _rate(working: Working, command: c.Rate, handlers: Mapping[str, Handler]) -> None:
    if command.score not in range(1, 6):
        raise WrongMoment(f"{command.score} is no rating. Give 1 to 5.")
    working.add("rated", REQUESTER, {"score": command.score}, {"text": command.text})
    progress.complete(working, handlers, "survey", {"zufriedenheit": command.score})


def _appoint(working: Working, command: c.Appoint) -> None:
    working.add("appointment", command.who, command.public, command.personal)


def _send(working: Working, command: c.Send) -> None:
    working.effect(command.kind, command.payload, command.lane)


def _supplement(working: Working, command: c.Supplement) -> None:
    working.add("supplemented", command.who, {}, {"text": command.text} if command.text else {})
    if working.state["status"] in (DECIDED, CLOSED):
        working.hand_over("supplement")


def _set_timers(working: Working, command: c.SetTimers) -> None:
    for name, due in command.timers.items():
        working.timer(name, None if due is None else datetime.fromisoformat(due))


def _ring(working: Working, command: c.Ring, handlers: Mapping[str, Handler]) -> None:
    if command.name not in working.state["timers"]:
        return
    held = working.state["status"] == TAKEN
    working.add("timer_due", COLLEAGUE, {"name": command.name, "held": held})
    working.timers[command.name] = None
    if not held:
        progress.ring(working, handlers, command.name)


def _complete(working: Working, command: c.Complete, handlers: Mapping[str, Handler]) -> None:
    staff = progress.waiting(working, command.work)[:1]
    if staff and staff[0].implementation == "staff":
        _check_person(command.who)
        if working.state["wanted"] or working.state["person"]:
            working.add("given_back", command.who)
    progress.complete(working, handlers, command.work, command.values, command.who)


def _fail(working: Working, command: c.Fail, handlers: Mapping[str, Handler]) -> None:
    progress.fail(working, handlers, command.work, command.code)


def _signal(working: Working, command: c.Signal, handlers: Mapping[str, Handler]) -> None:
    progress.signal(working, handlers, command.name, command.values)


def _delivered(working: Working, command: c.Delivered) -> None:
    working.add("delivered", COLLEAGUE, {"key": command.key, "kind": command.kind, "tries": command.tries})


def _undeliverable(working: Working, command: c.Undeliverable) -> None:
    working.add("undeliverable", COLLEAGUE, {"key": command.key, "kind": command.kind, "tries": command.tries})


def _follow(working: Working, command: c.Follow, handlers: Mapping[str, Handler]) -> None:
    procedure = _procedure(working)
    about = {"id": procedure.id, "version": procedure.version, "law": procedure.about.law}
    if working.state["procedure"] != about:
        if working.state["outcome"]:
            raise WrongMoment("A decided case stays with its procedure. Open another case.")
        progress.stop(working)
        working.add("switched", COLLEAGUE, {"procedure": about})
        progress.begin(working, handlers)


def _join(working: Working, command: c.Join) -> None:
    working.add("joined", command.who, {"case": command.case})


def _deadline(working: Working, command: c.Deadline) -> None:
    if command.due != working.state["due"]:
        working.add("deadline", COLLEAGUE, {"due": command.due})


def _reopen(working: Working, command: c.Reopen) -> None:
    if working.state["status"] not in (DECIDED, CLOSED):
        raise WrongMoment("The case is open. Only a decided or closed one can be reopened.")
    working.add("reopened", command.who, {"why": command.why})


def _close(working: Working, command: c.Close) -> None:
    if working.state["status"] == CLOSED:
        return
    if command.who == COLLEAGUE and working.state["status"] == TAKEN:
        raise WrongMoment("A person has the case; only that person closes it.")
    for name in list(working.state["timers"]):
        working.timer(name, None)
    working.add("closed", command.who, {"why": command.why})


def _erase(working: Working, command: c.Erase) -> None:
    working.add("erased", command.who, {"why": command.why})
    working.timers.update(dict.fromkeys(working.state["timers"]))


def _procedure(working: Working) -> Terms:
    if working.procedure is None:
        raise WrongMoment("It is not known yet what the case is about. Choose a procedure first.")
    return working.procedure


def _check_person(who: str) -> None:
    if who in (COLLEAGUE, REQUESTER):
        raise WrongMoment("Only a member of the staff can do this.")


_MOVING: Mapping[type, Callable[[Working, Any, Mapping[str, Handler]], None]] = {
    c.Follow: _follow,
    c.Learn: _learn,
    c.Complete: _complete,
    c.Fail: _fail,
    c.Signal: _signal,
    c.Decide: _decide,
    c.Confirm: _confirm,
    c.GiveBack: _give_back,
    c.Rate: _rate,
    c.Ring: _ring,
}
"""Commands after which the steps may go on."""

_DEEDS: Mapping[type, Callable[[Working, Any], None]] = {
    c.Open: _open,
    c.Bind: _bind,
    c.Receive: _receive,
    c.Understand: _understand,
    c.Talk: _talk,
    c.Withdraw: _withdraw,
    c.Place: _place,
    c.Say: _say,
    c.Judge: _judge,
    c.HandOver: _hand_over,
    c.TakeOver: _take_over,
    c.Draft: _draft,
    c.Note: _note,
    c.Appoint: _appoint,
    c.Send: _send,
    c.Supplement: _supplement,
    c.SetTimers: _set_timers,
    c.Delivered: _delivered,
    c.Undeliverable: _undeliverable,
    c.Join: _join,
    c.Deadline: _deadline,
    c.Reopen: _reopen,
    c.Close: _close,
    c.Erase: _erase,
}
