"""What can be changed in a procedure, each change as plain data: what to do, where, and what stands there then."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["de", "en", "leicht"]
Name = Annotated[str, Field(max_length=100)]
Short = Annotated[str, Field(max_length=300)]
Text = Annotated[str, Field(max_length=20_000)]


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Change):
    """
    Another text in a cell.

    Attributes
    ----------
    table
        Name of the decision.
    rule
        Id of the rule.
    column
        Counted from 0: conditions first, then results, then annotations (the reasons).
    """

    do: Literal["cell"]
    table: Name
    rule: Name
    column: int = Field(ge=0, le=200)
    text: Text


class AddRule(_Change):
    """A new rule with its own id behind another one; it begins as a copy of that one, to be changed by cells."""

    do: Literal["add_rule"]
    table: Name
    after: Name
    rule: str = Field(pattern=r"^[A-Za-z_][\w.-]{0,99}$")


class RemoveRule(_Change):
    """A rule less."""

    do: Literal["remove_rule"]
    table: Name
    rule: Name


class MoveRule(_Change):
    """A rule at another position, counted from 1."""

    do: Literal["move_rule"]
    table: Name
    rule: Name
    position: int = Field(ge=1, le=10_000)


class LetterText(_Change):
    """Another text of a letter."""

    do: Literal["letter"]
    language: Language
    name: Name
    text: Text


class Question(_Change):
    """
    Another wording of a question.

    Attributes
    ----------
    part
        What is written: the question, what is added when the answer was not understood, or the name on the desk.
    """

    do: Literal["question"]
    slot: Name
    language: Language
    text: Text
    part: Literal["question", "help", "title"] = "question"


class NamedChoice(_Change):
    """An answer that can be chosen, and what it is called in each language."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    names: dict[Language, Short]


class Choices(_Change):
    """The answers of a question, in the order they are offered."""

    do: Literal["choices"]
    slot: Name
    choices: tuple[NamedChoice, ...] = Field(min_length=1, max_length=200)


class AddQuestion(_Change):
    """
    A new question behind another one.

    Attributes
    ----------
    after
        Slot of the other one; empty for the end.
    kind
        What answers are: yes or no, a whole number, a number, a day, free text, one of some choices.
    required
        Whether it is asked although no rule reads it.
    """

    do: Literal["add_question"]
    slot: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    after: Name = ""
    kind: Literal["yes_no", "count", "number", "date", "text", "choice"]
    title: dict[Language, Short]
    question: dict[Language, Text]
    help: dict[Language, Text] = {}
    choices: tuple[NamedChoice, ...] = Field(default=(), max_length=200)
    unit: str = Field(default="", max_length=20)
    required: bool = False
    personal: bool = False


class RemoveQuestion(_Change):
    """A question less; worked cases no longer name it."""

    do: Literal["remove_question"]
    slot: Name


class MoveQuestion(_Change):
    """A question at another place among all questions, counted from 1."""

    do: Literal["move_question"]
    slot: Name
    position: int = Field(ge=1, le=1000)


class Required(_Change):
    """Whether a question is asked although no rule reads it."""

    do: Literal["required"]
    slot: Name
    required: bool


class AddColumn(_Change):
    """A new column of conditions, on a question or another decision, last; any answer fulfils it in every rule."""

    do: Literal["add_column"]
    table: Name
    expression: Name


class RemoveColumn(_Change):
    """A column of conditions less."""

    do: Literal["remove_column"]
    table: Name
    expression: Name


class PlainColumn(_Change):
    """The column for reasons in Leichte Sprache, in a table that has none."""

    do: Literal["plain_column"]
    table: Name


class WorkedCase(_Change):
    """A new worked case: facts as plain values; how it comes out now is what is right."""

    do: Literal["worked_case"]
    case: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    name: Short
    facts: dict[Name, str | int | float | bool | list[str] | None] = Field(max_length=200)


class DeadlineWithin(_Change):
    """Another length of a deadline, a duration by ISO 8601."""

    do: Literal["deadline"]
    id: Name
    within: str = Field(max_length=40, pattern=r"^P(\d+D|\d+DT\d+H|T\d+H|T\d+M)$")


class Notes(_Change):
    """Other notes for those who work with the procedure."""

    do: Literal["notes"]
    notes: tuple[Text, ...] = Field(max_length=50)


class Sentences(_Change):
    """Other sentences by which people begin such a request; they tell a tenant's own procedure from the others."""

    do: Literal["sentences"]
    sentences: tuple[Short, ...] = Field(max_length=200)


class Expected(_Change):
    """The way a worked case comes out now is right: its expectation is written anew."""

    do: Literal["expected"]
    case: Name


class File(_Change):
    """A whole file out of an expert editor."""

    do: Literal["file"]
    name: Literal["rules.dmn", "steps.bpmn"]
    text: str = Field(max_length=4_000_000)


TableChange = Cell | AddRule | RemoveRule | MoveRule | AddColumn | RemoveColumn | PlainColumn
FormChange = Question | Choices | AddQuestion | RemoveQuestion | MoveQuestion | Required

Change = Annotated[
    TableChange | FormChange | LetterText | DeadlineWithin | Notes | Sentences | WorkedCase | Expected | File,
    Field(discriminator="do"),
]
