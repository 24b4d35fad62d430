"""Plain data of a conversation: where it stands, what was heard, what is to be said and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kastor.cases.commands import Fact
from kastor.cases.message import Choice, Language, Message

if TYPE_CHECKING:
    from kastor.cases.dialogue.questions import Question
    from kastor.cases.understanding.values import Understood

INTENT, SUMMARY, CHANGE, RATING, APPOINTMENT, PERSON, NEXT = (
    "_intent", "_summary", "_change", "_rating", "_appointment", "_person", "_next",
)  # fmt: skip
"""What is asked for that is no slot of a form; the underscore keeps them apart from slots."""

TAKING, DECIDED, WITH_PERSON, CLOSED = "taking", "decided", "person", "closed"
"""Where a conversation stands."""

NO_FACTS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Guide:
    """
    What of a procedure the dialogue needs.

    Parameters
    ----------
    id, names
        Of the procedure; names by language.
    questions
        What can be asked, by slot, in the order of the form.
    still_open
        Slots whose value can still change the outcome or its urgency, given values by slot, those that matter first.
    settled
        Whether the outcome itself is certain whatever else is said, given values by slot.
    """

    id: str
    names: Mapping[str, str]
    questions: Mapping[str, Question]
    still_open: Callable[[Mapping[str, Any]], tuple[str, ...]]
    settled: Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Talk:
    """
    Where a conversation stands; made from the state of its case.

    Parameters
    ----------
    language
        The last one spoken.
    met
        Channels on which it was said already that one talks to an automated system.
    procedure
        What the case is about; empty until that is known.
    facts
        What is known, by slot, whoever said it; a None was asked and is not known.
    hidden
        Slots of ``facts`` known from records; what is said does not change them, and only people we know see them.
    asked, tries
        What was asked last, and how often in a row without an answer.
    choices
        What could be pressed as an answer, so that "2" or "the second" can be read.
    confirmed
        Whether the summary was confirmed and nothing has changed since.
    waiting
        Other requests that were heard, by procedure.
    wanted
        Slots a step of the procedure asks for by name, such as whether a repair is done; empty for what the rules need.
    phase
        ``taking``, ``decided``, ``person`` or ``closed``.
    calmed, told
        Whether anger was answered, and whether it was said that a person reads now.
    known_person
        Whether we know who writes.
    reference
        What people call the case; empty until there is one.
    earlier
        Cases that were opened in the same thread before, oldest first.
    """

    language: Language = "de"
    met: frozenset[str] = frozenset()
    procedure: str = ""
    facts: Mapping[str, Any] = field(default_factory=lambda: NO_FACTS)
    hidden: frozenset[str] = frozenset()
    asked: str = ""
    tries: int = 0
    choices: tuple[Choice, ...] = ()
    confirmed: bool = False
    waiting: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    phase: str = TAKING
    calmed: bool = False
    told: bool = False
    known_person: bool = False
    reference: str = ""
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heard:
    """
    What somebody said.

    Parameters
    ----------
    message
        As it came.
    understood
        What the grammars and the classifier read in all of it.
    requests
        Procedures that sentences of the message are about, each with a certainty of its own; one or none as a rule.
    emergency_text
        What is to be said at once, in the language of the message; empty when nothing is dangerous.
    in_danger
        Whether somebody may be in danger, so that a person takes over at once; else what the emergency service has to
        know is still asked.
    """

    message: Message
    understood: Understood
    requests: tuple[str, ...] = ()
    emergency_text: str = ""
    in_danger: bool = True


@dataclass(frozen=True)
class Said:
    """What is to be said; see :class:`kastor.cases.message.Reply` for the parameters."""

    text: str
    kind: str = "text"
    choices: tuple[Choice, ...] = ()
    ask: str = ""


@dataclass(frozen=True)
class Turn:
    """
    What follows from what was heard.

    Parameters
    ----------
    talk
        Where the conversation stands now; what was just learned is in its facts.
    say
        Replies, in their order.
    facts
        What was learned, new or changed.
    decide
        Whether everything is there and confirmed, so that the rules are to be asked.
    complete
        Whether everything is there that a step asked for by name.
    hand_over
        Why a person is to take over: ``asked``, ``not_understood``, ``other``, ``emergency``, ``reopened``,
        ``supplement``; empty when not.
    rating
        1 to 5, None when nobody has rated.
    remark
        What somebody wrote with a rating.
    appointment
        Which of the offered appointments was taken, ``none`` for none; empty when nothing was said.
    begin
        Another request that is to become a case of its own now; empty for none.
    """

    talk: Talk
    say: tuple[Said, ...] = ()
    facts: tuple[Fact, ...] = ()
    decide: bool = False
    complete: bool = False
    hand_over: str = ""
    rating: int | None = None
    remark: str = ""
    appointment: str = ""
    begin: str = ""
