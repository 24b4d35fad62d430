"""Parameters of a process: what is said about them, their JSON Schema, and a process made of what somebody sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from kastor.process.contract import Process
from kastor.process.errors import InvalidInput
from kastor.process.words import Words


@dataclass(frozen=True)
class Choice:
    """A value a parameter may have, what it is called and, where that says too little, a sentence of help."""

    value: str | int
    title: Words
    help: Words | None = None


def said(
    de: str, en: str, unit: str = "", help_de: str = "", help_en: str = "",
    *, choices: Sequence[Choice] = (), expert: bool = False, only_with: Mapping[str, str] | None = None,
    form: Literal["", "rain", "places", "lines", "inflows", "culverts"] = "",
) -> dict[str, Any]:  # fmt: skip
    """
    What is said about a parameter, for ``json_schema_extra``.

    Parameters
    ----------
    de, en
        Title.
    unit
        As UCUM writes it.
    help_de, help_en
        A sentence of help.
    choices
        Its values in the order they are offered, when it has few.
    expert
        Whether most people leave it as it is.
    only_with
        Values of other parameters without which it has no effect.
    form
        How a list is asked for: as a table of a rain, as places or lines on the map, as places with water over time,
        or as pipes.
    """
    found: dict[str, Any] = {"x-title": {"de": de, "en": en}}
    if unit:
        found["x-unit"] = unit
    if help_de:
        found["x-help"] = {"de": help_de, "en": help_en}
    if choices:
        found["x-choices"] = [_choice(choice) for choice in choices]
    if expert:
        found["x-expert"] = True
    if form:
        found["x-form"] = form
    if only_with:
        found["x-only-with"] = dict(only_with)
    return found


def _choice(choice: Choice) -> dict[str, Any]:
    found = {"value": choice.value, "x-title": dict(choice.title)}
    return found if choice.help is None else {**found, "x-help": dict(choice.help)}


def parameters(process: type[Process], language: str) -> dict[str, dict[str, Any]]:
    """JSON Schema of each parameter by name, references resolved, titles and help in one language."""
    whole = process.model_json_schema()
    required = set(whole.get("required", ()))
    found = {}
    for name, schema in whole.get("properties", {}).items():
        own = _resolved(schema, whole.get("$defs", {}))
        found[name] = {**_spoken(own, language), "x-required": name in required}
    return found


def _resolved(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(entry, definitions) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = definitions[schema["$ref"].rpartition("/")[2]]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _resolved({**target, **rest}, definitions)
    # one of several kinds is told by its discriminator, whose mapping points into what is resolved here
    return {key: _resolved(value, definitions) for key, value in schema.items() if key != "discriminator"}


def _spoken(schema: Any, language: str) -> Any:
    if isinstance(schema, list):
        return [_spoken(entry, language) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _spoken(value, language) for key, value in schema.items() if key not in ("x-title", "x-help")}
    if "x-title" in schema:
        found["title"] = schema["x-title"][language]
    if "x-help" in schema:
        # a choice says "help", as no keyword of JSON Schema is meant
        found["help" if "value" in schema else "description"] = schema["x-help"][language]
    return found


def made(process: type[Process], inputs: Mapping[str, Any]) -> Process:
    """
    A process with its parameters.

    Raises
    ------
    InvalidInput
        When one is unknown, missing or does not fit; all of them are named, with value and cure.
    """
    try:
        return process.model_validate(inputs)
    except ValidationError as error:
        faults = [_complaint(process, fault) for fault in error.errors(include_url=False)]
        raise InvalidInput("; ".join(f["en"] for f in faults), "; ".join(f["de"] for f in faults)) from None


def _complaint(process: type[Process], error: Any) -> Words:
    where = ".".join(str(step) for step in error["loc"]) or "inputs"
    if error["type"] == "extra_forbidden":
        names = ", ".join(found.alias or name for name, found in process.model_fields.items())
        return {
            "de": f"{where}: das gibt es nicht; bekannt sind {names or 'keine'}",
            "en": f"{where}: there is no such parameter; known are {names or 'none'}",
        }
    if error["type"] == "missing":
        return {"de": f"{where}: fehlt; bitte angeben", "en": f"{where}: it is missing; give a value"}
    value = repr(str(error["input"])[:60])
    return {
        "de": f"{where}: {value} passt nicht: {german_fault(error)}",
        "en": f"{where}: {value} does not fit: {error['msg'].lower()}",
    }


_FAULTS = {
    "greater_than": "muss größer als {gt:g} sein", "greater_than_equal": "muss mindestens {ge:g} sein",
    "less_than": "muss kleiner als {lt:g} sein", "less_than_equal": "darf höchstens {le:g} sein",
    "literal_error": "möglich sind {expected}", "too_long": "höchstens {max_length} Einträge",
    "too_short": "mindestens {min_length} Einträge", "missing": "fehlt", "extra_forbidden": "gibt es nicht",
    "finite_number": "muss eine endliche Zahl sein",
}  # fmt: skip

_KINDS = {"int": "ist keine ganze Zahl", "float": "ist keine Zahl", "bool": "muss ja oder nein sein"}


def german_fault(error: Any) -> str:
    """What pydantic finds wrong, in German."""
    kind = str(error["type"])
    if kind in _FAULTS:
        return _FAULTS[kind].format(**error.get("ctx", {})).replace(" or ", " oder ")
    return _KINDS.get(kind.partition("_")[0], "hat nicht die erwartete Form")
