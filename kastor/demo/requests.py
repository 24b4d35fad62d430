"""Requests the demo's desk shows: invented people write, firms answer, staff decide, days pass; through the real doors.

What is said and done stands in ``requests.json``; what becomes of it is the work of the digital colleague, the rules
and the steps. All moments lie before the present one, so the desk is as busy on any day.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson

from kastor.cases import casework, clockwork, contracts, reception, versions
from kastor.cases import commands as c
from kastor.cases.changes import Cell, Expected
from kastor.cases.delivery import deliver
from kastor.cases.dialogue.talk import APPOINTMENT, RATING, SUMMARY
from kastor.cases.hours import BERLIN
from kastor.cases.message import WEB, Choice, Message
from kastor.cases.procedure import pack, shipped
from kastor.cases.revising import revised
from kastor.demo.firms import SENDERS
from kastor.demo.towns import HERE
from kastor.store import Tenant, case_links, procedure_versions

REQUESTS, CONTRACTS = HERE / "requests.json", HERE / "contracts.csv"

TOWN = "koeln"
"""Where they are made."""

MADE = "demo-requests"
"""File in a tenant's directory that says its requests were made; who erases one does not get it back."""

THINKS, APART = timedelta(minutes=2), timedelta(minutes=9)
"""How long somebody takes for an answer, and how far apart those write who wrote just now."""

FIRMS_ANSWER = timedelta(hours=1)

LOOKS = (time(8), time(18, 30))
"""When people look again at what they were asked. [Berlin]"""

LATER = frozenset({"erledigt", RATING})
"""What is asked when a request has been worked on."""

MOST_ANSWERS = 20

FEWER_CATS = (
    Cell(do="cell", table="entscheidung", rule="entscheidung_r11", column=1, text="<= 1"),
    Expected(do="expected", case="h011"),
)
WHY_FEWER = "Nur noch eine Katze ohne Rückfrage: Die Wohnungen am Kalkweg sind klein."
"""A change to the rules for pets that waits for a second person."""


@dataclass(order=True)
class _Turn:
    """Something that happens; those of one moment in the order of their requests."""

    at: datetime
    request: int
    deed: Mapping[str, Any] = field(compare=False)


def make_requests(tenant: Tenant, now: datetime, staff: Mapping[str, str]) -> int:
    """
    Let the demo's requests happen, unless that was done before; gives their number.

    Parameters
    ----------
    now
        The present moment, UTC; nothing happens after it.
    staff
        Numbers of the people who work on requests, by login.
    """
    if (tenant.directory / MADE).is_file():
        return 0
    if contracts.count(tenant) is None:
        contracts.load(tenant, CONTRACTS.read_bytes())
    requests: list[Mapping[str, Any]] = orjson.loads(REQUESTS.read_bytes())["requests"]
    turns = list(_turns(requests, now))
    heapq.heapify(turns)
    while turns:
        one = heapq.heappop(turns)
        clockwork.ring(tenant.database, one.at)
        _happens(tenant, one, requests[one.request], staff)
        # before a step of the case loses patience
        deliver(tenant.database, SENDERS, one.at + FIRMS_ANSWER)
    clockwork.turn(tenant.database, now, SENDERS)
    _propose_rule(tenant, staff["leitung"])
    (tenant.directory / MADE).touch()
    return len(requests)


def _propose_rule(tenant: Tenant, who: str) -> None:
    """A changed rule with the first of its two signatures."""
    with tenant.database.write("The demo's rule cannot be changed") as connection:
        after = revised(versions.in_force(connection, "haustier"), FEWER_CATS)
        procedure_versions.keep(connection, after.id, after.version, pack(after), who, WHY_FEWER)
        procedure_versions.release(connection, after.id, after.version, who)


def _turns(requests: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[_Turn]:
    """Everything that happens up to now: reports, deeds of the staff, looks of those who wrote."""
    today = now.astimezone(BERLIN).date()

    def on(days: int, at: time) -> datetime:
        return datetime.combine(today - timedelta(days=days), at, BERLIN).astimezone(UTC)

    for number, request in enumerate(requests):
        latest = now - APART * (len(requests) - number)
        begun = min(on(request["days"], time.fromisoformat(request["time"])), latest)
        deeds = [(begun + timedelta(days=deed["after"]), deed) for deed in request.get("staff", ())]
        looks = [on(days, look) for days in range(request["days"] + 1) for look in LOOKS]
        yield _Turn(begun, number, {"do": "report"})
        yield from (_Turn(at, number, deed) for at, deed in deeds if at < now)
        if LATER & request["answers"].keys():
            yield from (_Turn(at, number, {"do": "look"}) for at in looks if begun < at < now)


def _happens(tenant: Tenant, one: _Turn, request: Mapping[str, Any], staff: Mapping[str, str]) -> None:
    thread, deed = f"demo-{one.request}", one.deed
    if deed["do"] == "report":
        _written(tenant, thread, one.at, request["text"])
        _answered(tenant, thread, one.at + THINKS, request["answers"])
    elif deed["do"] == "look":
        _answered(tenant, thread, one.at, request["answers"])
    elif deed["do"] == "say":
        _written(tenant, thread, one.at, deed["text"])
    else:
        with casework.begin(tenant.database, one.at) as work:
            case_id = work.case_of_thread(WEB, thread)
            assert case_id is not None
            _work(work, case_id, deed, staff[deed["who"]])


def _written(tenant: Tenant, thread: str, at: datetime, text: str, **answers: Any) -> None:
    reception.receive(tenant, Message(WEB, f"{thread}-{at.isoformat()}", thread, "", text, at, answers=answers), at)


def _answered(tenant: Tenant, thread: str, at: datetime, answers: Mapping[str, Any]) -> None:
    """Answer what is asked, one after the other; without an answer the case goes on waiting."""
    for _ in range(MOST_ANSWERS):
        with tenant.database.read() as connection:
            case_id = case_links.case_of_thread(connection, WEB, thread)
            assert case_id is not None
            state = casework.state_in(connection, case_id)
        talk, procedure = state["talk"], shipped().get(state["procedure"].get("id", ""))
        slot = talk.get("asked", "")
        choices = [Choice(*one) for one in talk.get("choices", ())]
        if slot in answers:
            answer = answers[slot]
        elif slot == SUMMARY or (slot == APPOINTMENT and LATER & answers.keys()):
            answer = choices[0].value
        else:
            return
        if isinstance(answer, list) and procedure is not None:
            _written(tenant, thread, at, procedure.form.slots[slot].in_words(answer, "de"), **{slot: answer})
        elif answer in [choice.value for choice in choices]:
            _written(tenant, thread, at, "", **{slot: answer})
        else:
            _written(tenant, thread, at, answer)
        at += THINKS


def _work(work: casework.Casework, case_id: str, deed: Mapping[str, Any], who: str) -> None:
    """What somebody of the staff does with a case."""
    if deed["do"] == "confirm":
        work.do(case_id, c.Confirm(who, agree=True))
    elif deed["do"] == "note":
        work.do(case_id, c.Note(who, deed["text"]))
    elif deed["do"] == "take_over":
        work.do(case_id, c.TakeOver(who))
    else:
        work.do(case_id, c.TakeOver(who), c.Decide(deed["outcome"], who, deed["reason"]))
