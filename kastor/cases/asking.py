"""Questions the steps of a procedure ask by themselves: whether a repair is done, how satisfied somebody is.

The handlers of the work ``ask`` and ``survey``; they say the question whenever the steps come there, because of a
message or of a timer, and the dialogue takes the answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from kastor.cases.dialogue import Said, Talk, ask_rating, wanted
from kastor.cases.dialogue.standing import kept, standing
from kastor.cases.guides import guide
from kastor.cases.message import Reply
from kastor.cases.procedure import Procedure
from kastor.cases.steps import Work
from kastor.cases.working import Working


def ask(working: Working, work: Work) -> None:
    """Ask for the slots a task names; one that names none waits for the dialogue to know what the rules need."""
    slots = tuple(work.attributes.get("slots", "").split())
    if slots:
        _ask(working, slots)


def survey(working: Working, work: Work) -> None:
    """Ask how satisfied somebody is: by the slots of the task, else with stars."""
    slots = tuple(work.attributes.get("slots", "").split())
    if slots:
        _ask(working, slots)
        return
    talk, question = ask_rating(standing(working.state))
    say(working, talk, (question,))


def _ask(working: Working, slots: tuple[str, ...]) -> None:
    found = wanted(standing(working.state), guide(cast(Procedure, working.procedure)), slots)
    say(working, found.talk, found.say)


def say(working: Working, talk: Talk, sentences: tuple[Said, ...]) -> None:
    """Say something in the words of the dialogue, and remember where the conversation stands then."""
    for one in sentences:
        key = f"{working.state['id']}-{working.state['seq'] + 1}"
        working.say(Reply(one.text, talk.language, key, one.kind, one.choices, one.ask))
    now = kept(replace(talk, confirmed=False) if talk.wanted else talk)
    if now != working.state["talk"]:
        working.add("talked", personal=now)
