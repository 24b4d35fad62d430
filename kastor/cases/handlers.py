"""How each kind of work in the steps of a procedure is done; the dict at the end is written by hand.

A handler gets the case being worked on and the task, adds what it does, and gives values for the steps. It gives None
when somebody else has to do something first: the task then waits until ``Complete``, ``Signal``, a decision, a rating
or the facts it waits for come. What happens outside is an effect with a key; no handler sends anything itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from kastor.cases import asking, deciding, letters
from kastor.cases.appointments.reminding import OVER, REMINDER, remind
from kastor.cases.deciding import Decided, Hit
from kastor.cases.hours import BERLIN, SpanError, later
from kastor.cases.judging import judge
from kastor.cases.message import OPEN311, Language, Reply
from kastor.cases.procedure import Procedure
from kastor.cases.progress import Handler, calendar
from kastor.cases.steps import Work
from kastor.cases.working import Working
from kastor.store.moments import moment


def decide(working: Working, work: Work) -> Mapping[str, Any]:
    """Ask the rules; ``ergebnis`` is the outcome that holds, null when a person has to decide."""
    procedure = _procedure(working)
    found = deciding.decide(procedure, facts(working))
    urgency = found.values.get("dringlichkeit")
    public = {
        "decision": procedure.about.decision, "table": found.table, "recommendation": found.recommendation,
        "rules": [{"decision": hit.decision, "rule": hit.rule, "table": hit.table} for hit in found.hits],
        "urgency": urgency.get("klasse", "") if isinstance(urgency, Mapping) else "",
    }  # fmt: skip
    personal = {
        "inputs": deciding.plain(deciding.inputs(procedure, facts(working))), "values": dict(found.values),
        "reasons": [dict(hit.words) for hit in found.hits],
    }  # fmt: skip
    outcome = judge(working, procedure, found.outcome, public, personal)
    return {**found.values, "ergebnis": outcome or None, "empfehlung": found.recommendation or found.outcome}


def letter(working: Working, work: Work) -> Mapping[str, Any]:
    """Write a letter and send it on the channel heard last; the gate lets no letter tell what was not decided."""
    write_letter(working, work.attributes.get("letter", work.node))
    return {}


def write_letter(working: Working, name: str, more: Mapping[str, Any] | None = None) -> None:
    """
    Write a letter and send it.

    Parameters
    ----------
    name
        Of the procedure's letters.
    more
        Values only some letters use, such as ``termine``.
    """
    state, procedure = working.state, _procedure(working)
    outcome = state["outcome"]
    told = procedure.outcomes.get(outcome.get("outcome", ""))
    own = outcome if told is not None and told.letter == name else {}
    written = _written(working, name, state["language"], own.get("reason", ""), more)
    body = own.get("text") or written.body
    key = f"{state['id']}-{state['seq'] + 1}"
    public = {"letter": name, "language": written.language, "outcome": own.get("outcome", ""), "key": key}
    working.add("letter", public=public, personal={"subject": written.subject, "body": body})
    reply = Reply(body, cast(Language, written.language), key, "letter")
    working.say(reply, subject=written.subject)


def _written(
    working: Working, name: str, language: str, own_reason: str = "", more: Mapping[str, Any] | None = None
) -> letters.Letter:
    state = working.state
    around = letters.Around(
        number=state["id"], today=working.now.astimezone(BERLIN).date(), place=state["place"].get("address", ""),
        sender=working.office.name, own_reason=own_reason, more=more or {},
    )  # fmt: skip
    return letters.letter(_procedure(working), name, language, facts(working), decided(state["evaluation"]), around)


def order(working: Working, work: Work) -> Mapping[str, Any]:
    """Order work from a craftsman; the letter of the task is what the craftsman reads, in German."""
    letter = _written(working, work.attributes.get("letter", "auftrag"), "de")
    body = letter.body.replace(letters.FRAME["de"]["machine"], "").strip()
    working.effect("order", {**handed_on(working, work), "letter": {"subject": letter.subject, "body": body}})
    return {}


def offer(working: Working, work: Work) -> Mapping[str, Any]:
    """Offer times for a visit; see ``appointments/offering.py``."""
    working.effect("offer", handed_on(working, work))
    return {}


def visit_over(working: Working, work: Work) -> None:
    """The visit is over: the order counts as done, and who waited for it is asked."""
    working.effect("visit_over", {})


def staff(working: Working, work: Work) -> None:
    """A person is wanted, by a deadline where the procedure sets one."""
    working.hand_over(working.state["wanted"] or "staff", work.name)
    deadlines = {one.id: one for one in _procedure(working).about.deadlines}
    named = deadlines.get(work.attributes.get("deadline", "")) or deadlines.get("antwort")
    if named is None:
        return
    try:
        due = moment(later(working.now, named.within, named.counted, calendar(working)))
    except SpanError:
        return
    if working.state["due"] is None or due < working.state["due"]:
        working.add("deadline", public={"due": due})


def wait(working: Working, work: Work) -> None:
    """Wait for a message, for facts, or for the dialogue."""


def hand_on(working: Working, work: Work) -> Mapping[str, Any]:
    """
    Give the case to another system: an effect of the kind of the task.

    The payload has what the task says, the facts, the outcome and the place; who takes it over chooses from that.
    """
    # a record that another channel carries is an effect of that channel
    kind = OPEN311 if work.attributes.get("record") == OPEN311 else work.implementation
    working.effect(kind, handed_on(working, work))
    return {}


def handed_on(working: Working, work: Work) -> dict[str, Any]:
    """What others are told of a case."""
    state = working.state
    return {
        "case": state["id"], "procedure": state["procedure"]["id"], "task": dict(work.attributes),
        "facts": facts(working), "outcome": state["outcome"].get("outcome", ""), "urgency": state["urgency"],
        "place": state["place"], "opened": state["opened"], "at": working.at,
        "values": state["evaluation"].get("values", {}), "rating": state["rating"].get("score"),
    }  # fmt: skip


def check(working: Working, work: Work) -> Mapping[str, Any]:
    """Go on: the plan was checked when the outline came in, and what was counted is facts; the rules see what is
    missing.
    """
    return {}


def facts(working: Working) -> dict[str, Any]:
    """Values by slot."""
    return {slot: fact["value"] for slot, fact in working.state["facts"].items()}


def decided(evaluation: Mapping[str, Any]) -> Decided | None:
    """What the rules said, as it was written down; None before they were asked."""
    if not evaluation:
        return None
    hits = tuple(
        Hit(rule["decision"], rule["rule"], words, rule["table"])
        for rule, words in zip(evaluation.get("rules", ()), evaluation.get("reasons", ()), strict=False)
    )
    return Decided(
        evaluation["outcome"], evaluation.get("recommendation", ""), evaluation.get("values", {}), hits,
        evaluation.get("table", ""),
    )  # fmt: skip


def _procedure(working: Working) -> Procedure:
    return cast(Procedure, working.procedure)


HANDLERS: Mapping[str, Handler] = {
    "ask": asking.ask,
    "check": check,
    "decide": decide,
    "letter": letter,
    "staff": staff,
    "order": order,
    "offer": offer,
    "appointment": wait,
    "survey": asking.survey,
    "erp": hand_on,
    "alarm": hand_on,
    "wait": wait,
    REMINDER: remind,
    OVER: visit_over,
}
"""Kinds of work and who does them, and timers that are no steps."""
