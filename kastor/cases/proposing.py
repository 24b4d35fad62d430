"""Asking a language model for facts a message may hold, where a tenant has switched one on; before the case is opened.

The network is asked outside of any transaction. What comes back joins what the grammars read, marked as proposed, and
the exchange goes into the log of the case. Who asks confirms all facts before anything is decided; without an answer
the case goes on as if there were no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from kastor.cases.hearing import Understanding
from kastor.cases.message import Message
from kastor.cases.offering import offered_by
from kastor.cases.understanding import Lexicon, SlotValue, of_form, understand
from kastor.cases.understanding.intents import intents
from kastor.cases.understanding.proposals import ProposalError, endpoint_of, merged, propose
from kastor.store import Tenant, case_links, cases
from kastor.store.cases import CaseErased

LEFT_OUT = ("text", "rating", "danger")
"""Grammars whose slots no model is asked for."""


@dataclass(frozen=True)
class Asked:
    """What a model was asked about a message, and what it proposed."""

    procedure: str
    values: tuple[SlotValue, ...]
    exchange: Mapping[str, Any]
    """For the log: prompt, answer, what was refused, or the error."""


def asked(tenant: Tenant, message: Message, now: datetime, lexicon: Lexicon) -> Asked | None:
    """Proposals for the slots a message leaves open; None where no model is switched on or nothing is open."""
    endpoint = endpoint_of(tenant)
    if endpoint is None or not message.text.strip():
        return None
    known = _standing(tenant, message)
    if known is None:
        return None
    name, facts = known
    if not name:
        ranked, certain = intents(message.text, lexicon.model, lexicon.own)
        name = ranked[0][0] if certain else ""
    procedure = offered_by(tenant).get(name)
    if procedure is None:
        return None
    form = procedure.form.schema
    slots = of_form(form)
    read = {value.slot for value in understand(message.text, lexicon, now=now, slots=slots).slots}
    wanted = [s.name for s in slots if s.name not in read and s.name not in facts and s.grammar not in LEFT_OUT]
    if not wanted:
        return None
    try:
        found = propose(endpoint, message.text, form, wanted)
    except ProposalError as error:
        return Asked(name, (), {"model": endpoint.model, "error": str(error)})
    exchange = {"model": endpoint.model, "prompt": found.prompt, "answer": found.answer, "refused": list(found.refused)}
    return Asked(name, found.values, exchange)


def _standing(tenant: Tenant, message: Message) -> tuple[str, frozenset[str]] | None:
    """Procedure of the thread's case and the slots known in it; None when the message came before or is gone."""
    with tenant.database.read() as connection:
        if case_links.case_of_message(connection, message.channel, message.key) is not None:
            return None
        case_id = case_links.case_of_thread(connection, message.channel, message.thread)
        if case_id is None:
            return "", frozenset()
        try:
            content = cases.state_bytes(connection, case_id, cases.key_of(connection, case_id))
        except CaseErased:
            return "", frozenset()
    state = orjson.loads(content) or {}
    return state.get("procedure", {}).get("id", ""), frozenset(state.get("facts", {}))


def added(found: Understanding, proposed: Asked | None) -> Understanding:
    """What was understood with what was proposed for the same procedure; the grammars' readings stand."""
    if proposed is None or proposed.procedure != found.candidate or not proposed.values:
        return found
    understood = found.heard.understood
    whole = replace(understood, slots=merged(understood.slots, proposed.values))
    return replace(found, heard=replace(found.heard, understood=whole))
