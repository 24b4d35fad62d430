"""Changes in the form of a procedure: questions, their texts in all languages, their answers and their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from kastor.cases.changes import (
    AddQuestion,
    Choices,
    FormChange,
    MoveQuestion,
    NamedChoice,
    Question,
    RemoveQuestion,
    Required,
)
from kastor.cases.procedure import laid_out, wrong

KINDS: Mapping[str, Mapping[str, Any]] = {
    "yes_no": {"type": ["boolean", "null"], "x-kastor-grammar": "yes_no"},
    "count": {"type": ["integer", "null"], "x-kastor-grammar": "count", "minimum": 0, "maximum": 100_000},
    "number": {"type": ["number", "null"], "x-kastor-grammar": "number"},
    "date": {"type": ["string", "null"], "x-kastor-grammar": "date", "maxLength": 10},
    "text": {"type": ["string", "null"], "x-kastor-grammar": "text", "maxLength": 2000},
    "choice": {"type": ["string", "null"], "x-kastor-grammar": "choice"},
}
"""What a new question's values are, by the kind of its answers; "I do not know" is always one."""

PARTS = {"question": "x-kastor-question", "help": "x-kastor-help", "title": "x-kastor-title"}


def change_form(files: dict[str, bytes], change: FormChange) -> None:
    """
    Make a change in ``form.json`` of some files, and in the worked cases where a question goes.

    Raises
    ------
    InvalidProcedure
        When the question is not there, or is there already.
    """
    form = orjson.loads(files["form.json"])
    slots = form["properties"]
    if isinstance(change, AddQuestion):
        _add(form, change)
    elif change.slot not in slots:
        raise wrong("form.json", change.slot, "Diese Frage gibt es nicht.", "There is no such question.")
    else:
        _CHANGES[type(change)](form, change)
    files["form.json"] = laid_out(form)
    if isinstance(change, RemoveQuestion):
        files["cases.json"] = _without_fact(files["cases.json"], change.slot)


def _add(form: dict[str, Any], change: AddQuestion) -> None:
    slots = form["properties"]
    if change.slot in slots:
        raise wrong(
            "form.json", change.slot, f"Die Frage {change.slot!r} gibt es schon. Nehmen Sie einen anderen Namen.",
            f"There is a question {change.slot!r} already. Take another name.",
        )  # fmt: skip
    if (change.kind == "choice") != bool(change.choices):
        raise wrong(
            "form.json", change.slot, "Eine Auswahl braucht Antworten, und nur sie.",
            "A choice needs answers, and nothing else has them.",
        )  # fmt: skip
    body: dict[str, Any] = {
        **KINDS[change.kind], "x-kastor-title": _filled(change.title), "x-kastor-question": _filled(change.question),
    }  # fmt: skip
    if _filled(change.help):
        body["x-kastor-help"] = _filled(change.help)
    if change.unit:
        body["x-kastor-unit"] = change.unit
    if change.personal:
        body["x-kastor-personal"] = True
    if change.choices:
        _put_choices(body, change.choices)
    names = list(slots)
    at = names.index(change.after) + 1 if change.after in slots else len(names)
    names.insert(at, change.slot)
    form["properties"] = {name: slots.get(name, body) for name in names}
    if change.required:
        form["required"] = [*form.get("required", ()), change.slot]


def _reword(form: dict[str, Any], change: Question) -> None:
    body, key, text = form["properties"][change.slot], PARTS[change.part], change.text.strip()
    if change.part == "question" and key not in body:
        raise wrong("form.json", change.slot, "Danach wird nicht gefragt.", "This is never asked for.")
    words = {**body.get(key, {}), change.language: text}
    if not text and change.part != "question":
        del words[change.language]
    body[key] = words
    if not words:
        del body[key]


def _choose(form: dict[str, Any], change: Choices) -> None:
    body = form["properties"][change.slot]
    inside = body.get("items", body)
    if not any(value is not None for value in inside.get("enum", ())):
        raise wrong("form.json", change.slot, "Diese Frage hat keine Auswahl.", "This question has no choices.")
    _put_choices(body, change.choices)


def _put_choices(body: dict[str, Any], choices: tuple[NamedChoice, ...]) -> None:
    inside = body.get("items", body)
    nothing = [None] if "null" in inside.get("type", ()) else []
    inside["enum"] = [*(one.id for one in choices), *nothing]
    body["x-kastor-labels"] = {one.id: _filled(one.names) for one in choices}


def _remove(form: dict[str, Any], change: RemoveQuestion) -> None:
    del form["properties"][change.slot]
    form["required"] = [name for name in form.get("required", ()) if name != change.slot]


def _move(form: dict[str, Any], change: MoveQuestion) -> None:
    names = [name for name in form["properties"] if name != change.slot]
    names.insert(change.position - 1, change.slot)
    form["properties"] = {name: form["properties"][name] for name in names}


def _require(form: dict[str, Any], change: Required) -> None:
    rest = [name for name in form.get("required", ()) if name != change.slot]
    form["required"] = [*rest, change.slot] if change.required else rest


_CHANGES: Mapping[type, Callable[[dict[str, Any], Any], None]] = {
    Question: _reword, Choices: _choose, RemoveQuestion: _remove, MoveQuestion: _move, Required: _require,
}  # fmt: skip


def _filled(words: Mapping[Any, str]) -> dict[Any, str]:
    return {language: text.strip() for language, text in words.items() if text.strip()}


def _without_fact(cases: bytes, slot: str) -> bytes:
    written = orjson.loads(cases)
    for case in written["cases"]:
        case["facts"].pop(slot, None)
        if "open" in case["expect"]:
            case["expect"]["open"] = [name for name in case["expect"]["open"] if name != slot]
    return laid_out(written)
