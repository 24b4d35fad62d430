"""The telephone: what a telephony provider tells about a call, and what it is to do next.

Any provider that can call an address with JSON and do what the answer says will do; an adapter is a few lines. The
keypad leads everywhere without any understanding of speech: a menu, choices by number, a person by 0, a call back by 9.
How well speech is recognised is the provider's matter: what was heard with little confidence is read back and
confirmed before it counts.

A call is a sequence of numbered events; the same event again gives the same answer again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kastor.cases.channels.phone_events import Action, Event
from kastor.cases.channels.phone_words import WORDS
from kastor.cases.message import PHONE, Choice, Language, Message, Reply

SURE = 0.6
"""Confidence of the recognition below which words are read back before they count."""

MOST_SPOKEN = 9
"""Choices that are told with the question."""

NUMBER = 20
"""Most keys of a number that is typed; it ends with the hash key."""

SILENCES = 3
"""How often somebody may say nothing before the call ends."""

INTENT, ANYBODY = "_intent", "_person"
"""Slots of the dialogue: what it is about, and that a person is wanted."""

CASE = "_case"
"""What is asked for when somebody calls again: the number of a case. It is a choice of the menu, too."""

TRIES = 3
"""How often a number of a case may be wrong."""

PERSON, AGAIN, CALL_BACK = "0", "*", "9"
"""Keys that mean the same at any time."""


@dataclass(frozen=True)
class Line:
    """
    Where a call stands; plain data, kept between events.

    Parameters
    ----------
    language
        It is held in.
    ask, choices
        What was asked last: slot, and values by key.
    last
        The last question, to be repeated.
    heard
        Words that wait to be confirmed.
    silences
        How often nothing was said in a row.
    calling_back
        Whether a number to call back is waited for.
    told
        Whether it was said that this is an automated system.
    wrong
        How often the number of a case was wrong.
    """

    language: Language = "de"
    ask: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    last: str = ""
    heard: str = ""
    silences: int = 0
    calling_back: bool = False
    told: bool = False
    wrong: int = 0


@dataclass(frozen=True)
class Numbers:
    """
    Whom calls are passed on to, as ``+49...``; empty where there is nobody.

    Parameters
    ----------
    person
        Who answers when somebody wants a person.
    emergency
        The emergency service of the house.
    """

    person: str = ""
    emergency: str = ""


@dataclass(frozen=True)
class Turn:
    """
    What follows from an event.

    Parameters
    ----------
    line
        Where the call stands now.
    actions
        What the provider does at once; empty when the dialogue is to answer first.
    message
        What is to be given to the dialogue; None when nothing.
    """

    line: Line
    actions: tuple[Action, ...] = ()
    message: Message | None = None


def turn(line: Line, happened: Event, menu: Sequence[Choice], name: str, numbers: Numbers) -> Turn:
    """
    What follows from an event, before the dialogue is asked.

    Parameters
    ----------
    line
        Where the call stands.
    menu
        What can be chosen at the beginning, with the slot ``_intent``.
    name
        Who is called, spoken in the greeting.
    numbers
        Whom calls are passed on to.
    """
    if happened.kind == "started":
        return _greeted(line, menu, name)
    if happened.kind == "hangup":
        return Turn(line)
    if happened.kind == "silence":
        return _silent(line)
    line = replace(line, silences=0)
    if happened.kind == "recording":
        return Turn(line, (), _message(line, happened, f"{_say(line, 'recorded')} {happened.url}".strip()))
    if line.calling_back:
        return _number_given(line, happened)
    if happened.kind == "digits":
        return _pressed(line, happened, menu, name, numbers)
    return _spoken(line, happened)


def _say(line: Line, word: str, /, **values: str) -> str:
    return WORDS["en" if line.language == "en" else "de"][word].format(**values)


def _greeted(line: Line, menu: Sequence[Choice], name: str) -> Turn:
    asked = _asking(replace(line, told=True), _say(line, "menu"), INTENT, menu)
    return Turn(asked.line, (Action("say", _say(line, "hello", name=name), line.language), *asked.actions))


def _asking(line: Line, text: str, ask: str, choices: Sequence[Choice]) -> Turn:
    """
    A question with what can be pressed: a figure, two where there are more than seven choices.

    Nobody listens to a list of more than ``MOST_SPOKEN``: it is told only to who asks for it.
    """
    width = 1 if len(choices) <= 7 else 2
    keys = [(f"{number:0{width}d}", choice) for number, choice in enumerate(choices, 1)]
    whole = " ".join([text, *(_say(line, "key", label=choice.label, key=key) for key, choice in keys)]).strip()
    spoken = f"{text} {_say(line, 'many')}" if len(choices) > MOST_SPOKEN else whole
    if not choices:
        spoken = whole = f"{text} {_say(line, 'open')}"
    asked = replace(line, ask=ask, choices=tuple((key, choice.value) for key, choice in keys), last=whole, heard="")
    return Turn(asked, (Action("ask", spoken, line.language, width if choices else NUMBER),))


def _silent(line: Line) -> Turn:
    if line.silences + 1 >= SILENCES:
        return Turn(line, (Action("say", _say(line, "bye"), line.language), Action("hangup")))
    spoken = f"{_say(line, 'silent')} {line.last}".strip()
    again = replace(line, silences=line.silences + 1)
    return Turn(again, (Action("ask", spoken, line.language, _width(line)),))


def _width(line: Line) -> int:
    open_ = line.calling_back or (line.ask and not line.choices)
    return NUMBER if open_ else max((len(key) for key, _ in line.choices), default=1)


def _pressed(line: Line, happened: Event, menu: Sequence[Choice], name: str, numbers: Numbers) -> Turn:
    digits = happened.digits.rstrip("#")
    if happened.digits.endswith("#") and digits and line.ask and not line.choices:
        # a number that is typed ends with the hash key, so that 0 can be one
        return Turn(line, (), _message(line, happened, digits))
    if line.heard and digits in ("1", "2"):
        return _confirmed(line, happened, digits == "1")
    if digits == PERSON:
        return to_person(line, happened, numbers)
    if digits == CALL_BACK:
        return _call_back(line)
    if digits == AGAIN or (happened.digits == "#" and line.choices):
        return Turn(line, (Action("ask", line.last, line.language, _width(line)),))
    if digits == "8" and line.ask == INTENT:
        return _greeted(replace(line, language="en" if line.language == "de" else "de"), menu, name)
    value = dict(line.choices).get(digits.zfill(_width(line)))
    if value == CASE:
        return _which_case(line)
    if value is not None:
        return Turn(replace(line, choices=()), (), _message(line, happened, "", {line.ask: value}))
    if digits and not line.choices and line.ask:
        return Turn(line, (), _message(line, happened, digits))
    return Turn(line, (Action("ask", f"{_say(line, 'wrong_key')} {line.last}", line.language, _width(line)),))


def _which_case(line: Line, before: str = "") -> Turn:
    spoken = f"{before} {_say(line, 'which_case')}".strip()
    return Turn(replace(line, ask=CASE, choices=(), last=spoken), (Action("ask", spoken, line.language, NUMBER),))


def not_found(line: Line, happened: Event, numbers: Numbers) -> Turn:
    """There is no case with the number that was given: it is asked again, then comes a person."""
    line = replace(line, wrong=line.wrong + 1)
    if line.wrong >= TRIES:
        return to_person(replace(line, ask=""), happened, numbers)
    return _which_case(line, _say(line, "no_case"))


def _spoken(line: Line, happened: Event) -> Turn:
    text = happened.text.strip()
    if not text:
        return _silent(line)
    if line.heard and re.fullmatch(r"(ja|yes|richtig|stimmt|genau|right|correct)\W*", text, re.IGNORECASE):
        return _confirmed(line, happened, True)
    if line.heard and re.fullmatch(r"(nein|no|falsch|wrong)\W*", text, re.IGNORECASE):
        return _confirmed(line, happened, False)
    if happened.confidence < SURE:
        spoken = _say(line, "heard", text=text)
        return Turn(replace(line, heard=text, last=spoken), (Action("ask", spoken, line.language, 1),))
    return Turn(replace(line, heard=""), (), _message(line, happened, text))


def _confirmed(line: Line, happened: Event, right: bool) -> Turn:
    heard = line.heard
    line = replace(line, heard="")
    if right:
        return Turn(line, (), _message(line, happened, heard))
    spoken = _say(line, "once_more")
    return Turn(replace(line, last=spoken), (Action("ask", spoken, line.language, 1),))


def to_person(line: Line, happened: Event, numbers: Numbers) -> Turn:
    """Somebody wants a person: the call is passed on where somebody answers, and the case is handed over anyway."""
    message = _message(line, happened, "Mensch" if line.language != "en" else "human")
    if numbers.person:
        said = Action("say", _say(line, "person"), line.language)
        return Turn(line, (said, Action("transfer", to=numbers.person)), message)
    waiting = _call_back(line, _say(line, "nobody"))
    return replace(waiting, message=message)


def _call_back(line: Line, before: str = "") -> Turn:
    spoken = f"{before} {_say(line, 'which')}".strip()
    return Turn(replace(line, calling_back=True, last=spoken), (Action("ask", spoken, line.language, NUMBER),))


def _number_given(line: Line, happened: Event) -> Turn:
    spoken = re.sub(r"[^\d+]", "", happened.text) if happened.kind == "transcript" else ""
    number = happened.digits.rstrip("#") or spoken or happened.caller
    if not re.fullmatch(r"\+?\d{6,18}", number):
        again = f"{_say(line, 'wrong_number')} {_say(line, 'which')}"
        return Turn(replace(line, last=again), (Action("ask", again, line.language, NUMBER),))
    asked = _message(line, happened, _say(line, "call_back", number=number), {ANYBODY: "rueckruf", "telefon": number})
    said = _say(line, "will_call", number=" ".join(number))
    actions = (Action("say", said, line.language), Action("say", _say(line, "bye"), line.language), Action("hangup"))
    return Turn(replace(line, calling_back=False), actions, asked)


def _message(line: Line, happened: Event, text: str, answers: Mapping[str, Any] | None = None) -> Message:
    # keys tell no language; words are understood in whatever language they are
    language = None if any(letter.isalpha() for letter in text) else line.language
    return Message(
        channel=PHONE, key=f"{happened.call}/{happened.number}", thread=happened.call, sender=happened.caller,
        text=text, received=happened.at, language=language, answers=answers or {},
    )  # fmt: skip


def spoken(line: Line, replies: Sequence[Reply], numbers: Numbers) -> Turn:
    """
    What is said in a call for the dialogue's replies; the last that asks something is what is waited for.

    An emergency is said first and passed on to the emergency service, if there is one. The notice that one talks to an
    automated system was part of the greeting and is not said twice.
    """
    actions: list[Action] = []
    after = line
    for reply in replies:
        after = replace(after, language="en" if reply.language == "en" else "de")
        if reply.kind == "notice" and line.told:
            continue
        text = speakable(reply.text)
        if reply.ask:
            asked = _asking(after, text, reply.ask, reply.choices)
            after = asked.line
            actions += asked.actions
        elif text:
            actions.append(Action("say", text, reply.language))
        if reply.kind == "emergency" and numbers.emergency:
            actions.append(Action("transfer", to=numbers.emergency))
            return Turn(after, tuple(actions))
        if reply.kind == "handed_over":
            return _passed_on(after, actions, numbers)
    if not any(one.do == "ask" for one in actions):
        after = replace(after, ask="", choices=(), last=actions[-1].text if actions else after.last)
        actions.append(Action("ask", "" if actions else after.last, after.language, 1))
    return Turn(after, tuple(actions))


def _passed_on(line: Line, actions: list[Action], numbers: Numbers) -> Turn:
    """The case is a person's now: connect, or ask where to call back."""
    if numbers.person:
        said = Action("say", _say(line, "person"), line.language)
        return Turn(line, (*actions, said, Action("transfer", to=numbers.person)))
    waiting = _call_back(line, _say(line, "nobody"))
    return Turn(waiting.line, (*actions, *waiting.actions))


def speakable(text: str) -> str:
    """A text without what is only to be seen: dashes of lists, addresses of pages, empty lines."""
    lines = [re.sub(r"^\s*[-–•*]\s+", "", line).strip() for line in text.split("\n")]
    joined = " ".join(line if re.search(r"[.!?:;,]$", line) else f"{line}." for line in lines if line)
    return re.sub(r"https?://\S+", "", joined).replace("  ", " ").strip()
