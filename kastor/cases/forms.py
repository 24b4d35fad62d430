"""What a procedure asks: a form as JSON Schema 2020-12, read into slots.

One property is one slot: a question in German, English and Leichte Sprache, a type, a grammar that reads its answer in
free text, and where its value may come from besides the requester: the twin, the ERP, the tenant. Extension keywords
begin with ``x-kastor-``; any other tool for JSON Schema ignores them and still validates the values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

Words = Mapping[str, str]
"""A text by language: ``de``, ``en`` and, where it is for requesters, ``leicht``."""

LANGUAGES = ("de", "en", "leicht")

KINDS = ("string", "integer", "number", "boolean", "array")
"""Types a slot may have; ``null`` beside it means that "I do not know" is an answer."""

SOURCES = ("requester", "twin", "erp", "tenant", "table", "case")
"""Who knows a value: who asks, the city's objects, the ERP, the settings of the tenant, a table of the procedure, the
case itself (counted from other cases, found by a check)."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class Choice:
    """
    One of the values a slot can have.

    Parameters
    ----------
    names
        What people read.
    """

    id: str
    names: Words


@dataclass(frozen=True)
class Slot:
    """
    One thing to know.

    Parameters
    ----------
    id
        Name of the value in rules, steps and letters.
    kind
        One of ``KINDS``.
    unknown
        Whether "I do not know" is an answer (the value null).
    title
        What it is called on the desk.
    question
        How it is asked.
    help
        What is said when the answer was not understood; empty when there is nothing more to say.
    grammar
        Which grammar reads it in free text; empty when none does.
    choices
        Values it can have, in the order they are offered; empty when it is open.
    source
        Who knows it first, one of ``SOURCES``.
    ask
        Whether people are asked for it: whether it has a question.
    required
        Whether it is asked although no rule reads it, since the work cannot be done without it.
    personal
        Whether it is about a person.
    identity
        Whether it says who asks: asked only when what the ERP knows of the contract can change the outcome.
    unit
        Such as ``m²``; empty when it has none.
    """

    id: str
    kind: str
    unknown: bool
    title: Words
    question: Words
    help: Words
    grammar: str
    choices: tuple[Choice, ...]
    source: str
    ask: bool
    required: bool
    personal: bool
    identity: bool
    unit: str

    def in_words(self, value: Any, language: str) -> str:
        """
        A value as people read it.

        Parameters
        ----------
        value
            As the schema allows it; None is "not known".
        language
            One of ``LANGUAGES``.
        """
        tongue = "en" if language == "en" else "de"
        if value is None:
            return {"de": "nicht bekannt", "en": "not known"}[tongue]
        if isinstance(value, bool):
            return {"de": ("nein", "ja"), "en": ("no", "yes")}[tongue][value]
        if isinstance(value, list | tuple):
            return ", ".join(self.in_words(one, language) for one in value)
        for choice in self.choices:
            if choice.id == value:
                return choice.names.get(language, choice.names[tongue])
        text = str(value)
        if _DAY.fullmatch(text):
            year, month, day = text.split("-")
            return f"{day}/{month}/{year}" if tongue == "en" else f"{day}.{month}.{year}"
        if not isinstance(value, str):
            text = (f"{value:f}".rstrip("0").rstrip(".") if "." in text else text).replace(
                ".", "," if tongue == "de" else "."
            )
        return f"{text} {self.unit}".strip()


@dataclass(frozen=True)
class Form:
    """
    All slots of a procedure, in the order of the form.

    Parameters
    ----------
    schema
        The JSON Schema as it is in the file.
    """

    schema: Mapping[str, Any]
    slots: Mapping[str, Slot] = field(default_factory=dict)

    @cached_property
    def validators(self) -> Mapping[str, Draft202012Validator]:
        """What checks each value."""
        return {name: Draft202012Validator(schema) for name, schema in self.schema["properties"].items()}

    def problem(self, slot: str, value: Any) -> str:
        """
        What is wrong with a value; empty when nothing is.

        Parameters
        ----------
        slot
            Any name; one the form does not know is wrong.
        value
            Plain JSON.
        """
        checked = self.validators.get(slot)
        if checked is None:
            return f"{slot!r} is no slot of this form"
        error = next(iter(checked.iter_errors(value)), None)
        return "" if error is None else f"{slot}: {value!r} does not fit ({error.validator}: {error.validator_value!r})"


def form_of(schema: Any) -> tuple[Form, list[tuple[str, str, str]]]:
    """
    A form from its JSON Schema.

    Returns
    -------
    The form, and what is wrong with it: place, German and English text with the cure. The form holds the slots that
    could be read.
    """
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        return Form({"properties": {}}), [
            ("", 'Kein JSON-Schema mit "properties". Tragen Sie je Angabe eine Eigenschaft ein.',
             'No JSON Schema with "properties". Add one property per slot.')
        ]  # fmt: skip
    wrong: list[tuple[str, str, str]] = []
    if schema.get("$schema") != DIALECT:
        wrong.append(("$schema", f"Muss {DIALECT} sein.", f"Must be {DIALECT}."))
    slots: dict[str, Slot] = {}
    required = schema.get("required", [])
    for name, body in schema["properties"].items():
        found = list(_wrong(name, body))
        wrong += [(f"properties.{name}{place}", de, en) for place, de, en in found]
        if not found:
            slots[name] = _slot(name, body, name in required)
    for name in required:
        if name not in schema["properties"]:
            wrong.append(("required", f"{name!r} ist keine Angabe des Formulars.", f"{name!r} is no slot of the form."))
    return Form(schema, slots), wrong


def _wrong(name: str, body: Any) -> Iterator[tuple[str, str, str]]:
    if not name.isidentifier():
        yield "", "Namen bestehen aus Buchstaben, Ziffern und _.", "Names are made of letters, digits and _."
    if not isinstance(body, dict):
        yield "", "Muss ein JSON-Objekt sein.", "Must be a JSON object."
        return
    try:
        Draft202012Validator.check_schema(body)
    except SchemaError as error:
        yield "", f"Kein gültiges JSON-Schema: {str(error)[:200]}", f"No valid JSON Schema: {str(error)[:200]}"
        return
    if _kind(body) not in KINDS:
        yield ".type", f"Muss eines von {', '.join(KINDS)} sein.", f"Must be one of {', '.join(KINDS)}."
    for key, languages in (("x-kastor-title", ("de", "en")), ("x-kastor-question", LANGUAGES)):
        words = body.get(key, {})
        for one in languages if key == "x-kastor-title" or _asked(body) else ():
            if not isinstance(words, dict) or not str(words.get(one, "")).strip():
                yield f".{key}.{one}", "Fehlt. Schreiben Sie den Text.", "Missing. Write the text."
    if body.get("x-kastor-source", "requester") not in SOURCES:
        yield ".x-kastor-source", f"Muss eines von {', '.join(SOURCES)} sein.", f"Must be one of {', '.join(SOURCES)}."
    values, labels = _listed(body)
    for value in values:
        names = labels.get(str(value), {})
        if not (isinstance(names, dict) and names.get("de") and names.get("en")):
            yield (
                f".x-kastor-labels.{value}",
                "Braucht Namen auf Deutsch und Englisch (de, en).",
                ("Needs names in German and English (de, en)."),
            )


def _listed(body: Mapping[str, Any]) -> tuple[list[Any], Mapping[str, Any]]:
    """Values a slot can have and their names."""
    inside = body.get("items", {}) if _kind(body) == "array" else body
    return [value for value in inside.get("enum", ()) if value is not None], body.get("x-kastor-labels", {})


def _kind(body: Mapping[str, Any]) -> str:
    kinds = body.get("type", "")
    return next((k for k in kinds if k != "null"), "") if isinstance(kinds, list) else str(kinds)


def _asked(body: Mapping[str, Any]) -> bool:
    return bool(body.get("x-kastor-question"))


def _slot(name: str, body: Mapping[str, Any], required: bool) -> Slot:
    values, labels = _listed(body)
    choices = tuple(Choice(str(value), labels[str(value)]) for value in values)
    kinds = body.get("type", "")
    return Slot(
        id=name,
        kind=_kind(body),
        unknown=isinstance(kinds, list) and "null" in kinds,
        title=body["x-kastor-title"],
        question=body.get("x-kastor-question", {}),
        help=body.get("x-kastor-help", {}),
        grammar=body.get("x-kastor-grammar", ""),
        choices=choices,
        source=body.get("x-kastor-source", "requester"),
        ask=_asked(body),
        required=required,
        personal=bool(body.get("x-kastor-personal", False)),
        identity=bool(body.get("x-kastor-identity", False)),
        unit=body.get("x-kastor-unit", ""),
    )
