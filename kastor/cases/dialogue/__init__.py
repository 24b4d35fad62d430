"""What to say next: from what was heard, the form and the rules' open inputs to replies, and nothing else.

Pure: :func:`turn` takes where a conversation stands (:class:`Talk`) and what somebody said (:class:`Heard`) and gives
what is to be said and kept (:class:`Turn`). It decides nothing about a case: it asks only what the rules say can still
change the outcome, has that confirmed, and then says that the rules are to be asked. Text of people is read by
grammars alone, so no sentence in it can make anything happen.

``kastor/cases/reception.py`` calls it for every channel, in one transaction with the case.
"""

from __future__ import annotations

from kastor.cases.dialogue.after import ask_appointment, ask_rating
from kastor.cases.dialogue.questions import Question, Unfit, questions
from kastor.cases.dialogue.talk import Guide, Heard, Said, Talk, Turn
from kastor.cases.dialogue.turn import turn, wanted

__all__ = [
    "Guide", "Heard", "Question", "Said", "Talk", "Turn", "Unfit", "ask_appointment", "ask_rating",
    "questions", "turn", "wanted",
]  # fmt: skip
