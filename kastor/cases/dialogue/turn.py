"""One turn of a conversation: what was heard leads to what is said and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kastor.cases.dialogue import learning, openings
from kastor.cases.dialogue.after import afterwards, other_request
from kastor.cases.dialogue.answers import picked, says_no, says_unknown, says_yes
from kastor.cases.dialogue.learning import Learned
from kastor.cases.dialogue.questions import Question
from kastor.cases.dialogue.talk import (
    CHANGE,
    CLOSED,
    DECIDED,
    INTENT,
    NEXT,
    PERSON,
    SUMMARY,
    WITH_PERSON,
    Guide,
    Heard,
    Said,
    Talk,
    Turn,
)
from kastor.cases.dialogue.tone import angry
from kastor.cases.dialogue.words import chosen, said
from kastor.cases.message import Choice

TRIES = 2
"""How often something is asked again before a person takes over."""

EMERGENCY_PROCEDURE = "schaden"
"""What an emergency is a case of, where it is offered."""


def turn(talk: Talk, guides: Mapping[str, Guide], heard: Heard) -> Turn:
    """
    What follows from what was heard.

    Parameters
    ----------
    talk
        Where the conversation stands.
    guides
        Procedures that are offered here, by id.
    heard
        What came in, and how it was understood.
    """
    talk, say = openings.opened(talk, heard)
    if heard.emergency_text and (heard.in_danger or not _about_damage(talk, guides)):
        return _emergency(talk, guides, heard, say)
    if heard.emergency_text:
        say = say if talk.asked in guides[EMERGENCY_PROCEDURE].questions else (_urgent(heard), *say)
        talk = replace(talk, procedure=EMERGENCY_PROCEDURE)
    if heard.understood.wants_person or PERSON in heard.message.answers:
        return _to_person(talk, guides, heard, say, "asked")
    if talk.asked == NEXT and (other := other_request(talk, guides, heard, say)) is not None:
        return other
    if talk.phase == WITH_PERSON:
        return _for_the_reader(talk, guides, heard, say)
    if talk.phase in (DECIDED, CLOSED) and not talk.wanted:
        return afterwards(talk, guides, heard, say)
    if not talk.calmed and angry(heard.message.text):
        say = (*say, Said(said("calm", talk.language)))
        talk = replace(talk, calmed=True)
    if not talk.procedure:
        found = openings.about(talk, guides, heard)
        talk, say = found.talk, (*say, *found.say)
        if found.hand_over:
            return _to_person(talk, guides, heard, say, found.hand_over)
        if not talk.procedure:
            return replace(found, talk=_standing(talk, say), say=say)
    return _go_on(talk, guides, heard, say)


def _about_damage(talk: Talk, guides: Mapping[str, Guide]) -> bool:
    """Whether what the emergency service has to know can be asked here."""
    open_phase = talk.phase not in (WITH_PERSON, DECIDED, CLOSED)
    return EMERGENCY_PROCEDURE in guides and open_phase and talk.procedure in ("", EMERGENCY_PROCEDURE)


def _urgent(heard: Heard) -> Said:
    return Said(heard.emergency_text, "emergency")


def _emergency(talk: Talk, guides: Mapping[str, Guide], heard: Heard, say: tuple[Said, ...]) -> Turn:
    """The text that may save somebody first of all; then the rules where they know enough, and a person anyway."""
    urgent = _urgent(heard)
    if not talk.procedure and EMERGENCY_PROCEDURE in guides and talk.phase != WITH_PERSON:
        talk = replace(talk, procedure=EMERGENCY_PROCEDURE)
    guide = guides.get(talk.procedure)
    learned = learning.learned(talk, guide, heard) if guide else Learned(talk)
    talk = learned.talk
    if guide and talk.phase not in (WITH_PERSON, DECIDED, CLOSED) and guide.settled(talk.facts):
        return Turn(replace(talk, confirmed=True, asked=""), (urgent, *say), learned.facts, decide=True)
    found = _handed_over(talk, say, learned, "emergency")
    return replace(found, say=(urgent, *found.say))


def _to_person(talk: Talk, guides: Mapping[str, Guide], heard: Heard, say: tuple[Said, ...], why: str) -> Turn:
    """A person takes over, with everything that was said up to now and in this message."""
    guide = guides.get(talk.procedure)
    learned = learning.learned(talk, guide, heard) if guide else Learned(talk)
    return _handed_over(learned.talk, say, learned, why)


def _handed_over(talk: Talk, say: tuple[Said, ...], learned: Learned, why: str) -> Turn:
    if talk.phase == WITH_PERSON:
        say = (*say, Said(said("with_person", talk.language), "handed_over"))
        return Turn(replace(talk, told=True), say, learned.facts)
    say = (*say, Said(said("handed_over", talk.language), "handed_over"))
    talk = replace(talk, phase=WITH_PERSON, asked="", tries=0, choices=(), told=False)
    return Turn(talk, say, learned.facts, hand_over=why)


def _for_the_reader(talk: Talk, guides: Mapping[str, Guide], heard: Heard, say: tuple[Said, ...]) -> Turn:
    """A person reads what is written now; that is said once."""
    guide = guides.get(talk.procedure)
    learned = learning.learned(talk, guide, heard) if guide else Learned(talk)
    if not talk.told:
        say = (*say, Said(said("with_person", talk.language), "handed_over"))
    return Turn(replace(learned.talk, told=True), say, learned.facts)


def _go_on(talk: Talk, guides: Mapping[str, Guide], heard: Heard, say: tuple[Said, ...]) -> Turn:
    """Take in what was said, and ask for what still matters, have it confirmed, or let the rules decide."""
    guide = guides.get(talk.procedure)
    if guide is None:
        say = (*say, Said(said("procedure_gone", talk.language)))
        return _handed_over(replace(talk, procedure=""), say, Learned(talk), "other")
    before = talk.asked
    learned = learning.learned(talk, guide, heard)
    talk, say = learned.talk, (*say, *learned.say)
    if before == SUMMARY and not learned.facts:
        return _confirmed(talk, guide, heard, say)
    if before == CHANGE and not learned.facts:
        return _to_change(talk, guide, heard, say)
    if before in guide.questions and before not in {fact.slot for fact in learned.facts}:
        return _unanswered(talk, guide, heard, learned, say)
    return _next(talk, guide, say, learned)


def _next(talk: Talk, guide: Guide, say: tuple[Said, ...], learned: Learned) -> Turn:
    open_slots = to_ask(guide, talk)
    if open_slots:
        return _ask(talk, guide.questions[open_slots[0]], say, learned)
    if talk.wanted:
        done = replace(talk, asked="", tries=0, choices=(), wanted=())
        return Turn(done, say, learned.facts, complete=True)
    if not talk.confirmed:
        return _summarised(talk, guide, say, learned)
    return Turn(replace(talk, asked="", tries=0, choices=()), say, learned.facts, decide=True)


def to_ask(guide: Guide, talk: Talk) -> tuple[str, ...]:
    """Slots to ask people for: those a step names, else what the rules need, then what the work needs."""
    if talk.wanted:
        return tuple(slot for slot in talk.wanted if slot in guide.questions and slot not in talk.facts)
    needed = (slot for slot, question in guide.questions.items() if question.required and question.can_be_asked)
    return tuple(dict.fromkeys((*still_open(guide, talk), *(slot for slot in needed if slot not in talk.facts))))


def still_open(guide: Guide, talk: Talk) -> tuple[str, ...]:
    """Slots people can be asked for, not known yet, and able to change the outcome."""
    return tuple(
        slot
        for slot in guide.still_open(talk.facts)
        if slot not in talk.facts and slot in guide.questions and guide.questions[slot].can_be_asked
    )


def wanted(talk: Talk, guide: Guide, slots: tuple[str, ...]) -> Turn:
    """Ask what a step of the procedure wants to know by name, whatever was said of it before."""
    facts = {slot: value for slot, value in talk.facts.items() if slot not in slots}
    talk = replace(talk, wanted=slots, facts=facts, asked="")
    return _next(talk, guide, (), Learned(talk))


def _ask(talk: Talk, question: Question, say: tuple[Said, ...], learned: Learned, before: str = "") -> Turn:
    text = chosen(question.text, talk.language)
    asked = Said(f"{before}{text}", "question", question.choices(talk.language), question.slot)
    tries = talk.tries if talk.asked == question.slot else 0
    talk = replace(talk, asked=question.slot, tries=tries, choices=asked.choices)
    return Turn(talk, (*say, asked), learned.facts)


def _unanswered(talk: Talk, guide: Guide, heard: Heard, learned: Learned, say: tuple[Said, ...]) -> Turn:
    """No answer to the question yet: not known is one, for something else it is asked again, then comes a person."""
    question = guide.questions[talk.asked]
    if says_unknown(heard.message.text):
        noted = learning.noted(talk, question.slot, None)
        return _next(noted.talk, guide, say, Learned(noted.talk, (*learned.facts, *noted.facts)))
    if learned.facts or learned.aside:
        still = question.slot in to_ask(guide, talk)
        return _ask(talk, question, say, learned) if still else _next(talk, guide, say, learned)
    if talk.tries + 1 > TRIES:
        say = (*say, Said(said("give_up", talk.language)))
        return _handed_over(talk, say, learned, "not_understood")
    help_text = chosen(question.help, talk.language)
    why = learned.unfit or said("again", talk.language)
    before = f"{why}{f' {help_text}' if help_text else ''}\n\n"
    found = _ask(replace(talk, tries=talk.tries + 1), question, say, learned, before)
    if found.talk.tries == TRIES:
        last = found.say[-1]
        hint = replace(last, text=f"{last.text}\n\n{said('or_human', talk.language)}")
        return replace(found, say=(*found.say[:-1], hint))
    return found


def _summarised(talk: Talk, guide: Guide, say: tuple[Said, ...], learned: Learned) -> Turn:
    """Everything known in words, to be confirmed."""
    lines = [
        f"{question.called(talk.language)}: {question.words(talk.facts[slot], talk.language)}"
        for slot, question in guide.questions.items()
        if slot in talk.facts and slot not in talk.hidden
    ]
    records = [
        f"{question.called(talk.language)}: {question.words(talk.facts[slot], talk.language)}"
        for slot, question in guide.questions.items()
        if talk.known_person and slot in talk.hidden and talk.facts.get(slot) is not None and question.title
    ]
    text = "\n".join([said("summary", talk.language), *lines])
    if records:
        text += "\n\n" + "\n".join([said("from_twin", talk.language), *records])
    choices = (Choice("yes", said("confirm", talk.language)), Choice("change", said("change", talk.language)))
    talk = replace(talk, asked=SUMMARY, tries=0, choices=choices)
    return Turn(talk, (*say, Said(text, "summary", choices, SUMMARY)), learned.facts)


def _confirmed(talk: Talk, guide: Guide, heard: Heard, say: tuple[Said, ...]) -> Turn:
    answer = heard.message.answers.get(SUMMARY) or picked(heard.message.text, talk.choices)
    nothing = Learned(talk)
    if answer == "change" or says_no(heard.message.text):
        return _ask_what_to_change(talk, guide, say)
    if answer == "yes" or says_yes(heard.message.text):
        return _next(replace(talk, confirmed=True), guide, say, nothing)
    if talk.tries + 1 > TRIES:
        say = (*say, Said(said("give_up", talk.language)))
        return _handed_over(talk, say, nothing, "not_understood")
    if heard.message.text.strip() or not heard.message.attachments:
        say = (*say, Said(said("again", talk.language)))
    found = _summarised(talk, guide, say, nothing)
    return replace(found, talk=replace(found.talk, tries=talk.tries + 1))


def _ask_what_to_change(talk: Talk, guide: Guide, say: tuple[Said, ...]) -> Turn:
    choices = tuple(
        Choice(slot, question.called(talk.language))
        for slot, question in guide.questions.items()
        if slot in talk.facts and slot not in talk.hidden and question.can_be_asked
    )
    if not choices:
        return _handed_over(talk, say, Learned(talk), "not_understood")
    talk = replace(talk, asked=CHANGE, tries=0, choices=choices, confirmed=False)
    return Turn(talk, (*say, Said(said("what_change", talk.language), "question", choices, CHANGE)))


def _to_change(talk: Talk, guide: Guide, heard: Heard, say: tuple[Said, ...]) -> Turn:
    slot = heard.message.answers.get(CHANGE) or picked(heard.message.text, talk.choices)
    if slot in guide.questions:
        return _ask(replace(talk, asked=""), guide.questions[str(slot)], say, Learned(talk))
    if talk.tries + 1 > TRIES:
        say = (*say, Said(said("give_up", talk.language)))
        return _handed_over(talk, say, Learned(talk), "not_understood")
    found = _ask_what_to_change(talk, guide, (*say, Said(said("again", talk.language))))
    return replace(found, talk=replace(found.talk, tries=talk.tries + 1))


def _standing(talk: Talk, say: tuple[Said, ...]) -> Talk:
    """The talk with what was asked last, where the request is not known yet."""
    return replace(talk, asked=INTENT, choices=say[-1].choices) if say and say[-1].ask == INTENT else talk
