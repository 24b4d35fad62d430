"""Where a conversation stands, out of the state of its case and back into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kastor.cases.dialogue.talk import CLOSED, DECIDED, TAKING, WITH_PERSON, Talk
from kastor.cases.events import CLOSED as CASE_CLOSED
from kastor.cases.events import DECIDED as CASE_DECIDED
from kastor.cases.events import OPEN, STAFF, TAKEN, State
from kastor.cases.message import Choice, Language

PHASES = {
    OPEN: TAKING, STAFF: WITH_PERSON, TAKEN: WITH_PERSON, CASE_DECIDED: DECIDED, CASE_CLOSED: CLOSED,
}  # fmt: skip

RECORDS = frozenset({"twin", "contract", "tenant", "erp", "case", "table"})
"""Sources of facts nobody said."""


def standing(state: State, reference: str = "") -> Talk:
    """
    Where a conversation stands.

    Parameters
    ----------
    state
        Of its case; see ``kastor.cases.events``.
    reference
        What people call the case.
    """
    kept: Mapping[str, Any] = state["talk"]
    facts = state["facts"]
    return Talk(
        language=_language(kept.get("language") or state["language"]),
        met=frozenset(kept.get("met", ())),
        procedure=state["procedure"].get("id", ""),
        facts={slot: fact["value"] for slot, fact in facts.items()},
        hidden=frozenset(slot for slot, fact in facts.items() if fact["source"] in RECORDS),
        asked=kept.get("asked", ""),
        tries=kept.get("tries", 0),
        choices=tuple(Choice(value, label) for value, label in kept.get("choices", ())),
        confirmed=kept.get("confirmed", False),
        waiting=tuple(kept.get("waiting", ())),
        wanted=tuple(kept.get("wanted", ())),
        phase=PHASES.get(state["status"], CLOSED),
        calmed=kept.get("calmed", False),
        told=kept.get("told", False),
        known_person=kept.get("known_person", False),
        reference=reference,
        earlier=tuple(kept.get("earlier", ())),
    )


def kept(talk: Talk) -> dict[str, Any]:
    """What of it only the dialogue knows, as plain JSON."""
    return {
        "language": talk.language, "met": sorted(talk.met), "asked": talk.asked, "tries": talk.tries,
        "choices": [[choice.value, choice.label] for choice in talk.choices], "confirmed": talk.confirmed,
        "waiting": list(talk.waiting), "wanted": list(talk.wanted), "calmed": talk.calmed, "told": talk.told,
        "known_person": talk.known_person, "earlier": list(talk.earlier),
    }  # fmt: skip


def _language(name: str) -> Language:
    return "en" if name == "en" else "leicht" if name == "leicht" else "de"
