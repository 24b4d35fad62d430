"""A message comes in, whatever the channel: its case is found or opened, it is understood, answered and kept.

:func:`receive` is the one door of all channels::

    replies = receive(tenant, message, now)      # () when the same message came before

Everything happens in one transaction: the same message again changes nothing; when anything goes wrong nothing is
written and the channel may try again. On mail and WhatsApp the replies are in the outbox already, and go out from
there; on the other channels the caller gives what is returned to whoever asks.
:func:`conversation` reads both sides of a thread back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection

from kastor.cases import (
    casework,
    contracts,
    knowledge,
    neighbours,
    offering,
    plan_facts,
    proposing,
    versions,
    whereabouts,
)
from kastor.cases import commands as c
from kastor.cases.appointments.choosing import choose
from kastor.cases.casework import Casework, read_events
from kastor.cases.conversation import Conversation, Entry, entries, reference
from kastor.cases.dialogue import Said, Talk, Turn, turn
from kastor.cases.dialogue.after import offer_next
from kastor.cases.dialogue.standing import kept, standing
from kastor.cases.dialogue.talk import INTENT
from kastor.cases.events import CLOSED, DECIDED, ERASED, Event, State
from kastor.cases.feel import FeelError
from kastor.cases.gate import GateError
from kastor.cases.guides import guide
from kastor.cases.hearing import Understanding, hear
from kastor.cases.letters import LetterError
from kastor.cases.lexicons import lexicon_of
from kastor.cases.message import Choice, Language, Message, Reply
from kastor.cases.procedure import Procedure
from kastor.cases.steps import StepsError
from kastor.cases.understanding import Lexicon
from kastor.store import Tenant, case_files, case_links, cases
from kastor.store.roles import Role, rights_of, states_for

STARS = ("zufriedenheit",)
"""Slots that hold a rating from 1 to 5."""

ADDRESSES = ("adresse", "anschrift", "ort_adresse")
"""Slots that hold an address in words."""


DESCRIPTION = "beschreibung"
"""Slot that holds the matter in the words of who asks."""

FEWEST_WORDS, LONGEST_DESCRIPTION = 3, 2000


def receive(tenant: Tenant, message: Message, now: datetime) -> tuple[Reply, ...]:
    """
    Take a message in, and answer it.

    Parameters
    ----------
    tenant
        Whose case it is, with everything in sight.
    message
        As the channel made it.
    now
        The present moment, UTC.

    Returns
    -------
    tuple
        Everything said because of it, in order: replies, questions, letters. Empty when it came before, or when a
        person reads the thread now and that was said already.
    """
    # what is read of the city ends up in replies and letters: only what everybody may see
    seen = tenant.showing(states_for(rights_of([Role.PUBLIC])))
    lexicon = lexicon_of(seen, offering.offered_by(tenant))
    # the network is asked before the transaction, which holds the tenant's only write lock
    proposed = proposing.asked(tenant, message, now, lexicon)
    with casework.begin(tenant.database, now) as work:
        if work.case_of_message(message) is not None:
            return ()
        case_id = _case_of(work, message)
        return _answered(work, seen, case_id, message, now, lexicon, proposed)


def _case_of(work: Casework, message: Message) -> str:
    """The case of the thread; a new one when it has none, or that one was erased."""
    found = work.case_of_thread(message.channel, message.thread)
    if found is not None and work.row(found).status != ERASED:
        return found
    return work.open(message)


def _answered(
    work: Casework, tenant: Tenant, case_id: str, message: Message, now: datetime, lexicon: Lexicon,
    proposed: proposing.Asked | None = None,
) -> tuple[Reply, ...]:  # fmt: skip
    """Take a message into a case and do what follows; gives what was said."""
    state = work.state(case_id)
    talk = standing(state, reference(work.row(case_id).number, state))
    procedures = _offered(work, case_id)
    before = _written(work, case_id) if not talk.procedure else ()
    work.receive(case_id, message)
    seq = work.state(case_id)["seq"]
    found = proposing.added(hear(message, talk, procedures, now, lexicon, before), proposed)
    candidate = procedures.get(found.candidate)
    records: tuple[c.Fact, ...] = ()
    known_person = talk.known_person
    if candidate:
        first = () if talk.procedure else (*before, message.text)
        facts = _known(talk, found, message)
        records, shown = _all_records(tenant, work, case_id, candidate, facts, message, first, lexicon)
        known_person = known_person or shown
    known = {**{fact.slot: fact.value for fact in records}, **talk.facts}
    hidden = talk.hidden | {fact.slot for fact in records}
    talk = replace(talk, facts=known, hidden=hidden, known_person=known_person)
    result = turn(talk, {name: guide(one) for name, one in procedures.items()}, found.heard)
    _kept(work, case_id, message, found, result, records, proposed)
    _followed(work, case_id, message, result)
    neighbours.join(work, case_id)
    if any(fact.slot == "erledigt" and fact.value is True for fact in result.facts):
        neighbours.settle(work, case_id)
    said = _said(work.events(case_id)[seq:])
    if result.begin:
        return (*said, *_begun(work, tenant, case_id, message, result, now, lexicon))
    return said


def _all_records(
    tenant: Tenant, work: Casework, case_id: str, procedure: Procedure, known: dict[str, Any], message: Message,
    first: tuple[str, ...], lexicon: Lexicon,
) -> tuple[tuple[c.Fact, ...], bool]:  # fmt: skip
    """
    Facts nobody has to be asked for: place, twin, other cases, contract, what a file or the first words say.

    Parameters
    ----------
    known
        Values by slot with what the message says; completed on the way.
    first
        What was written before it was known what it is about; empty later.

    Returns
    -------
    The facts, and whether who asks has shown a contract.
    """
    found: list[c.Fact] = []

    def learn(facts: tuple[c.Fact, ...]) -> None:
        found.extend(facts)
        known.update({fact.slot: fact.value for fact in facts})

    learn(whereabouts.written(procedure, known, message.text, lexicon, work.now))
    contract = contracts.of(tenant, procedure, known, _tries(work, case_id))
    if contract is not None and contract.object and not work.state(case_id)["place"].get("object"):
        work.do(case_id, c.Place(contract.object, None, ""))
    learn(_records(tenant, work, case_id, procedure, known, lexicon))
    place = work.state(case_id)["place"]
    if not place.get("object") and known.get(whereabouts.ADDRESS, "") not in ("", None, place.get("address")):
        point = place.get("point")
        work.do(case_id, c.Place("", tuple(point) if point else None, str(known[whereabouts.ADDRESS])))
    learn(whereabouts.placed(procedure, known, work.state(case_id)["place"]))
    learn(plan_facts.records(tenant, procedure, message))
    learn(_described(procedure, known, first))
    learn(neighbours.records(work, case_id, procedure, known))
    learn(contracts.records(tenant, procedure, known, contract))
    return tuple(found), contract is not None


def _tries(work: Casework, case_id: str) -> int:
    """How often a date of birth was given in a case."""
    return sum(event.kind == "fact" and event.public.get("slot") == contracts.BORN for event in work.events(case_id))


def _described(procedure: Procedure, known: Mapping[str, Any], written: tuple[str, ...]) -> tuple[c.Fact, ...]:
    """What was written first describes the matter, where a procedure wants a description."""
    text = "\n".join(one.strip() for one in written if one.strip())[:LONGEST_DESCRIPTION]
    if DESCRIPTION not in procedure.form.slots or DESCRIPTION in known or len(text.split()) < FEWEST_WORDS:
        return ()
    return (c.Fact(DESCRIPTION, text, "requester", 1.0, "message/1"),)


def _known(talk: Talk, found: Understanding, message: Message) -> dict[str, Any]:
    """Facts by slot with what the message says."""
    read = {one.slot: one.value for one in found.heard.understood.slots}
    return {**talk.facts, **read, **message.answers}


def _offered(work: Casework, case_id: str) -> Mapping[str, Procedure]:
    """Procedures by id, that of the case in the case's own version."""
    own = work.procedure(case_id)
    found = offering.offered(work.connection)
    return {**found, own.id: cast(Procedure, own)} if own is not None else found


def _written(work: Casework, case_id: str) -> tuple[str, ...]:
    """What was written in a case up to now."""
    return tuple(event.personal.get("text", "") for event in work.events(case_id) if event.kind == "received")


def _records(
    tenant: Tenant, work: Casework, case_id: str, procedure: Procedure, known: Mapping[str, Any], lexicon: Lexicon
) -> tuple[c.Fact, ...]:
    """What the twin knows at the place of the case, and is not known in it yet."""
    place = work.state(case_id)["place"]
    said = next((known[slot] for slot in ADDRESSES if known.get(slot)), place.get("address", ""))
    address = whereabouts.searched(said, lexicon, work.now)
    point = (place["point"][0], place["point"][1]) if place.get("point") else None
    spot = knowledge.spot_of(tenant, place.get("object", ""), point, address)
    if point is None and spot.plane is not None:
        point = knowledge.degrees(tenant.crs, spot.plane)
    if spot.object or spot.label:
        # what was written names the flat too
        words = place.get("address") or (spot.label if place.get("object") else str(said)[:200])
        work.do(case_id, c.Place(spot.object or place.get("object", ""), point, words))
    facts = work.state(case_id)["facts"]
    return tuple(fact for fact in knowledge.records(tenant, procedure, spot, work.now) if fact.slot not in facts)


def _kept(
    work: Casework, case_id: str, message: Message, found: Understanding, result: Turn, records: tuple[c.Fact, ...],
    proposed: proposing.Asked | None,
) -> None:  # fmt: skip
    """Write down what was understood, what it is about, what the twin knows, and what is said."""
    understood = found.heard.understood
    public = {
        "language": result.talk.language, "intents": [[name, round(p, 4)] for name, p in understood.intents[:3]],
        "certain": understood.certain, "emergency": understood.emergency,
    }  # fmt: skip
    read = [[one.slot, one.value, round(one.confidence, 3), one.extractor] for one in understood.slots]
    work.do(
        case_id, c.Understand(public, {"slots": read, **({"proposed": dict(proposed.exchange)} if proposed else {})})
    )
    if result.talk.procedure and not work.state(case_id)["procedure"]:
        work.follow(case_id, result.talk.procedure)
    if result.talk.procedure and records:
        work.do(case_id, c.Learn(records))
    work.do(case_id, c.Talk(kept(result.talk)))
    work.do(case_id, c.Say(_replies(case_id, result, message), message.channel, message.thread))


def _replies(case_id: str, result: Turn, message: Message) -> tuple[Reply, ...]:
    mark = case_links.digest(message.channel, message.key)[:16]
    return tuple(
        reply(one, result.talk.language, f"{case_id}-{mark}-{number}") for number, one in enumerate(result.say, start=1)
    )


def reply(said: Said, language: Language, key: str) -> Reply:
    """What the dialogue says, as channels carry it."""
    return Reply(said.text, language, key, said.kind, said.choices, said.ask)


def _followed(work: Casework, case_id: str, message: Message, result: Turn) -> None:
    """What the case does with it: facts, ratings, a person, the steps and with them the rules."""
    score, remark = result.rating, result.remark
    for fact in result.facts if score is None else ():
        if fact.slot in STARS and isinstance(fact.value, int):
            score, remark = fact.value, message.text
    # the rating first: with the fact the steps go on, and tell the ERP how satisfied somebody was
    if score is not None:
        _tried(work, case_id, c.Rate(score, remark))
    if result.facts:
        _tried(work, case_id, c.Learn(result.facts, "requester"))
    if result.appointment:
        choose(work, case_id, result.appointment)
    if result.hand_over:
        _handed_over(work, case_id, message, result.hand_over)
    if result.decide:
        _tried(work, case_id, c.Complete("ask"))
    _offer_more(work, case_id, message, result)


def _tried(work: Casework, case_id: str, command: c.Command) -> None:
    """Do something; when a step, a rule or a letter of the procedure fails, a person takes over."""
    try:
        work.do(case_id, command)
    except (LetterError, FeelError, StepsError, GateError) as error:
        work.do(case_id, c.HandOver("failed", str(error)[:500]))


def _handed_over(work: Casework, case_id: str, message: Message, why: str) -> None:
    status = work.state(case_id)["status"]
    if why == "supplement":
        work.do(case_id, c.Supplement("requester", message.text))
    elif why == "reopened" and status in (DECIDED, CLOSED):
        work.do(case_id, c.Reopen("requester", "requester"))
    else:
        work.do(case_id, c.HandOver(why))


def _offer_more(work: Casework, case_id: str, message: Message, result: Turn) -> None:
    """Another request that was heard is offered once this one is with the rules or a person."""
    if not (result.decide or result.hand_over) or not result.talk.waiting or result.hand_over == "emergency":
        return
    guides = {name: guide(one) for name, one in offering.offered(work.connection).items()}
    talk, say = offer_next(standing(work.state(case_id)), guides)
    mark = case_links.digest(message.channel, message.key)[:16]
    replies = tuple(reply(one, talk.language, f"{case_id}-{mark}-next") for one in say)
    work.do(case_id, c.Talk(kept(talk)), c.Say(replies, message.channel, message.thread))


def _begun(
    work: Casework, tenant: Tenant, case_id: str, message: Message, result: Turn, now: datetime, lexicon: Lexicon
) -> tuple[Reply, ...]:
    """Another request of the same thread becomes a case of its own, with what was written of it already."""
    text = "\n".join(_written(work, case_id)[:1])
    state = work.state(case_id)
    again = Message(
        message.channel, f"{message.key}+{result.begin}", message.thread, message.sender, text, message.received,
        language=result.talk.language, answers={INTENT: result.begin}, object=state["place"].get("object", ""),
    )  # fmt: skip
    new = work.open(again)
    earlier = (*result.talk.earlier, case_id)
    begun = Talk(result.talk.language, result.talk.met, waiting=result.talk.waiting, earlier=earlier)
    work.do(new, c.Talk(kept(begun)))
    return _answered(work, tenant, new, again, now, lexicon)


def _said(events: list[Event]) -> tuple[Reply, ...]:
    """What events say to who asks."""
    return tuple(
        Reply(
            event.personal["text"], event.public["language"], event.public["key"], event.public["kind"],
            tuple(Choice(one["value"], one["label"]) for one in event.personal.get("choices", ())),
            event.public.get("ask", ""),
        )
        for event in events
        if event.kind in ("said", "asked")
    )  # fmt: skip


def conversation(tenant: Tenant, channel: str, thread: str) -> Conversation | None:
    """Both sides of a thread, as who asks sees it; None when there is none, or it was erased."""
    with tenant.database.read() as connection:
        case_id = case_links.case_of_thread(connection, channel, thread)
        row = cases.case(connection, case_id) if case_id else None
        if row is None or row.erased:
            return None
        # one connection for all of it: a second one taken meanwhile may never come when many read
        state = casework.state_in(connection, row.id)
        found: list[Entry] = []
        for one in (*state["talk"].get("earlier", ()), row.id):
            earlier = cases.case(connection, one)
            if not earlier.erased:
                found += entries(one, read_events(connection, one, cases.key_of(connection, one)))
        return Conversation(
            f"{row.id}-{row.seq}", row.id, reference(row.number, state), _names(connection, state),
            state["talk"].get("language") or "de",
            state["status"], tuple(found),
        )  # fmt: skip


def version_of(tenant: Tenant, channel: str, thread: str) -> str:
    """What becomes another one with everything that happens in a thread; empty when there is no case."""
    with tenant.database.read() as connection:
        case_id = case_links.case_of_thread(connection, channel, thread)
        return f"{case_id}-{cases.case(connection, case_id).seq}" if case_id else ""


def read_file(tenant: Tenant, case_id: str, file: str) -> tuple[str, str, bytes]:
    """
    Name, media type and content of a file of a case, by its hash.

    Raises
    ------
    UnknownCase, CaseErased
        When there is none, or the case was erased.
    """
    with tenant.database.read() as connection:
        return case_files.file(connection, case_id, cases.key_of(connection, case_id), file)


def _names(connection: Connection, state: State) -> Mapping[str, str]:
    followed = state["procedure"]
    return versions.named(connection, followed["id"], followed["version"]).about.names if followed else {}


def followed(tenant: Tenant, case_id: str) -> Procedure | None:
    """The procedure a case follows, in its version; None while that is unknown."""
    with tenant.database.read() as connection:
        found = casework.state_in(connection, case_id)["procedure"]
        return versions.named(connection, found["id"], found["version"]) if found else None
