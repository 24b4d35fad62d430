"""What may leave without a person: the law, enforced beside the rules and whatever they say.

Automatic outcomes are only in favour of who asks, only under private law (or where the procedure names a legal basis),
only where the procedure allows it, and never where something touches what a person has to weigh: a listed or unknown
breed of dog, hardship, an assistance dog, costs. A refusal, an allocation of costs or anything protected takes the
number of a person and a reason in that person's own words; a text of the rules is none. Everything an engine writes
passes :func:`check`, so neither a table, a step nor a handler can get round it.

Sources: Art. 22 DSGVO with CJEU C-634/21 (SCHUFA); § 35a VwVfG for acts of authorities.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from kastor.cases.events import COLLEAGUE, REQUESTER, TAKEN, Event, State

FEWEST_WORDS, FEWEST_LETTERS = 3, 15
"""A reason of one's own has at least so many words and letters."""

COST_EFFECTS = frozenset({"charge", "cost_allocation"})
"""Effects that lay costs on somebody."""

AUTOMATIC = "automatic"


class GateError(ValueError):
    """Something that needs a person, or a reason of one's own, was to leave without."""


class Outcome(Protocol):
    """An outcome of a procedure; see ``cases.procedure``."""

    @property
    def favourable(self) -> bool | None: ...  # noqa: D102
    @property
    def automatic(self) -> bool: ...  # noqa: D102
    @property
    def letter(self) -> str: ...  # noqa: D102


class Retention(Protocol):
    """How long a closed case is kept."""

    @property
    def days(self) -> int: ...  # noqa: D102


class About(Protocol):
    """What a procedure says of itself."""

    @property
    def law(self) -> str: ...  # noqa: D102
    @property
    def autonomy(self) -> str: ...  # noqa: D102
    @property
    def four_eyes(self) -> bool: ...  # noqa: D102
    @property
    def retention(self) -> Retention: ...  # noqa: D102


class Terms(Protocol):
    """What of a procedure the engine needs; ``cases.procedure.Procedure`` is one."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def about(self) -> About: ...  # noqa: D102
    @property
    def outcomes(self) -> Mapping[str, Outcome]: ...  # noqa: D102
    @property
    def steps(self) -> bytes: ...  # noqa: D102

    def protected(self, facts: Mapping[str, Any], /) -> Mapping[str, tuple[Any, ...]]: ...  # noqa: D102


def why_not_automatic(state: State, procedure: Terms, outcome_id: str) -> str:
    """
    Why an outcome cannot leave without a person, as a word; empty when it can.

    Returns
    -------
    str
        ``no_outcome``, ``unknown_outcome``, ``law``, ``autonomy``, ``unfavourable``, ``outcome``, ``protected``,
        ``person`` (somebody has the case), ``wanted`` (a person was asked for) or empty.
    """
    if not outcome_id:
        return "no_outcome"
    outcome = procedure.outcomes.get(outcome_id)
    if outcome is None:
        return "unknown_outcome"
    about = procedure.about
    checks = (
        (outcome.favourable is False, "unfavourable"),
        (about.law != "private" and outcome.favourable is not None, "law"),
        (about.autonomy != AUTOMATIC and outcome.favourable is not None, "autonomy"),
        (about.autonomy == "human", "autonomy"),
        (not outcome.automatic, "outcome"),
        (bool(protected(state, procedure)), "protected"),
        (state["status"] == TAKEN or bool(state["person"]), "person"),
        (bool(state["wanted"]), "wanted"),
    )
    return next((word for wrong, word in checks if wrong), "")


def protected(state: State, procedure: Terms) -> list[str]:
    """
    What a person has to weigh, by name of the fact.

    ``procedure.protected(facts)`` gives, by slot, the values none of which may be decided on without a person. A word
    that only contains a listed one counts too (``Pitbull-Mix``), and so does not knowing where ``unbekannt`` is listed.
    """
    facts = {slot: fact["value"] for slot, fact in state["facts"].items()}
    return [
        slot for slot, listed in procedure.protected(facts).items() if slot in facts and _touches(facts[slot], listed)
    ]


def _touches(value: Any, listed: tuple[Any, ...]) -> bool:
    values = value if isinstance(value, list) else [value]
    if "any" in listed:
        return any(one not in (None, False, "") for one in values)
    words = [folded(one) for one in listed if isinstance(one, str)]
    for one in values:
        if one is None:
            if "unbekannt" in words:
                return True
        elif isinstance(one, str):
            if any(word == folded(one) or (len(word) > 3 and word in folded(one)) for word in words):
                return True
        elif one in [each for each in listed if not isinstance(each, str)]:
            return True
    return False


def folded(value: Any) -> str:
    """A word without case, spaces and hyphens, so that one breed has one name."""
    return re.sub(r"[\W_]+", "", str(value).casefold())


def check(state: State, procedure: Terms | None, event: Event) -> None:
    """
    See that an event may happen.

    Raises
    ------
    GateError
        When it needs a person, or a reason in that person's own words.
    """
    if event.kind == "decided":
        _check_decision(state, procedure, event)
    elif event.kind == "letter":
        _check_letter(state, procedure, event)
    elif event.kind == "effect" and event.public.get("kind") in COST_EFFECTS and not _is_person(state["outcome"]):
        raise GateError("Costs can be laid on somebody only after a person has decided so, with a reason.")


def _check_decision(state: State, procedure: Terms | None, event: Event) -> None:
    outcome = str(event.public.get("outcome", ""))
    if procedure is None or outcome not in procedure.outcomes:
        known = ", ".join(procedure.outcomes) if procedure else "none, for it follows no procedure yet"
        raise GateError(f"{outcome[:40]!r} is no outcome of this case. There are: {known}.")
    if event.who in (COLLEAGUE, REQUESTER):
        why = why_not_automatic(state, procedure, outcome) if event.who == COLLEAGUE else "requester"
        if why:
            raise GateError(f"The outcome {outcome!r} cannot leave without a person ({why}). Hand the case over.")
        return
    if procedure.about.four_eyes and event.public.get("second", "") in ("", event.who, COLLEAGUE, REQUESTER):
        raise GateError("This procedure wants a second person to confirm what the first has signed.")
    if needs_reason(state, procedure, outcome):
        check_reason(str(event.personal.get("reason", "")), state)


def needs_reason(state: State, procedure: Terms, outcome: str) -> bool:
    """Whether a person has to say why: it is against who asks, something is protected, or the rules say otherwise."""
    favourable = procedure.outcomes[outcome].favourable
    if favourable is False or protected(state, procedure):
        return True
    said = state["proposal"] or state["evaluation"]
    recommended = procedure.outcomes.get(said.get("recommendation") or said.get("outcome", ""))
    known = recommended is not None and recommended.favourable is not None
    return known and recommended is not None and recommended.favourable != favourable


def check_reason(reason: str, state: State) -> None:
    """
    See that a reason is one's own.

    Raises
    ------
    GateError
        When it is too short, or a text of the rules.
    """
    if len(reason.split()) < FEWEST_WORDS or len(reason.strip()) < FEWEST_LETTERS:
        raise GateError(
            f"This decision needs a reason in your own words, at least {FEWEST_WORDS} words and {FEWEST_LETTERS} "
            f"letters; it has {len(reason.split())} words. Say why in this very case."
        )
    texts = [*state["evaluation"].get("reasons", ()), *state["proposal"].get("reasons", ())]
    given = {folded(text) for one in texts for text in (one.values() if isinstance(one, dict) else [one])}
    if folded(reason) in given:
        raise GateError("The reason is the text of the rule. Say in your own words why in this very case.")


def _check_letter(state: State, procedure: Terms | None, event: Event) -> None:
    """A letter that tells an outcome leaves only when that outcome was decided."""
    name = event.public.get("letter", "")
    told = [key for key, one in procedure.outcomes.items() if one.letter == name] if procedure and name else []
    against = [key for key in told if procedure and procedure.outcomes[key].favourable is not None]
    if against and state["outcome"].get("outcome") not in told:
        raise GateError(f"The letter {name!r} tells an outcome that was not decided: {', '.join(against)}.")


def _is_person(outcome: Mapping[str, Any]) -> bool:
    return bool(outcome) and outcome.get("who") not in (COLLEAGUE, REQUESTER, None) and bool(outcome.get("reason"))
