"""Somebody calls again about a case: it is found by its number, and only from the telephone it began with.

A number somebody calls from can be forged and the number of a case be guessed; it takes both, and all that is told then
is the question that is open. Three wrong numbers lead to a person.
"""

from __future__ import annotations

import re
from datetime import datetime

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.casework import Casework
from kastor.cases.channels.phone_words import WORDS
from kastor.cases.conversation import reference
from kastor.cases.dialogue.standing import standing
from kastor.cases.events import ERASED, Event, State
from kastor.cases.message import PHONE, Choice, Message, Reply
from kastor.store import Tenant, case_links, cases
from kastor.store.cases import UnknownCase


def taken_up(tenant: Tenant, message: Message, now: datetime) -> Reply | None:
    """
    Let a call belong to the case whose number was given; gives the question that is open there.

    Parameters
    ----------
    message
        Digits of the number, and who calls.

    Returns
    -------
    Reply or None
        What is asked, or that nothing is; None when there is no such case of this caller.
    """
    with casework.begin(tenant.database, now) as work:
        case_id = _case_of(work, "".join(re.findall("[0-9]", message.text)), message.sender)
        if case_id is None:
            return None
        work.bind(case_id, PHONE, message.thread, message.sender)
        reply = _open_question(work.state(case_id), work.events(case_id), message.key)
        work.do(case_id, c.Say((reply,), PHONE, message.thread))
        return reply


def number_of(tenant: Tenant, call: str) -> str:
    """The number of the case of a call, figure by figure; empty while it has none."""
    with tenant.database.read() as connection:
        found = case_links.case_of_thread(connection, PHONE, call)
        if found is None:
            return ""
        number = reference(cases.case(connection, found).number, casework.state_in(connection, found))
    return " ".join(number.replace("-", ""))


def _case_of(work: Casework, digits: str, caller: str) -> str | None:
    """The case with a number, with or without its year, that was opened or gone on with from a telephone."""
    # the year and at least four figures, or the number alone
    wanted = digits[4:] if len(digits) >= 8 else digits
    if not caller or not wanted:
        return None
    try:
        case_id = cases.by_number(work.connection, int(wanted[:9]))
    except UnknownCase:
        return None
    if work.row(case_id).status == ERASED:
        return None
    state = work.state(case_id)
    own = reference(work.row(case_id).number, state).replace("-", "")
    knows = any(one["channel"] == PHONE and one["sender"] == caller for one in state["channels"])
    return case_id if knows and digits in (own, str(work.row(case_id).number)) else None


def _open_question(state: State, events: list[Event], key: str) -> Reply:
    talk = standing(state)
    asked = [one for one in events if one.kind == "asked" and one.public["ask"] == talk.asked]
    if not talk.asked or not asked:
        words = WORDS["en" if talk.language == "en" else "de"]["nothing_open"]
        return Reply(words, talk.language, f"{state['id']}-{key}")
    last = asked[-1]
    choices = tuple(Choice(one["value"], one["label"]) for one in last.personal["choices"])
    return Reply(
        last.personal["text"], last.public["language"], f"{state['id']}-{key}", last.public["kind"], choices, talk.asked
    )
