"""What a result says about itself, as lines of words for paper: inputs, edits, figures and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely

from kastor.planning.edit_words import phrase
from kastor.planning.processes import processes_of
from kastor.process import parameters
from kastor.store import Tenant
from kastor.web.result_map import area_of
from kastor.web.result_tables import unit_of

WORDS: dict[str, dict[str, Any]] = {
    "de": {
        "area": "Gebiet", "edits": "Änderungen", "none": "keine Angabe", "yes": "ja", "no": "nein",
        "middle": "Mitte {east} Ost, {north} Nord", "as_is": "keine, Bestand", "more": "und {n} weitere",
        "variant": "Variante", "revision": "Fassung",
    },
    "en": {
        "area": "Area", "edits": "Changes", "none": "not stated", "yes": "yes", "no": "no",
        "middle": "middle {east} east, {north} north", "as_is": "none, as it is", "more": "and {n} more",
        "variant": "Variant", "revision": "revision",
    },
}  # fmt: skip


LISTED = 20
"""Edits that are named one by one."""


def number(value: float | None, unit: str, language: str) -> str:
    """A value as people read it, rounded to what it is worth, with its unit."""
    if value is None:
        return str(WORDS[language]["none"])
    if unit == "s":
        return number(round(value / 60), "min", language)
    digits = 0 if abs(value) >= 100 or float(value).is_integer() else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    text = text.translate(str.maketrans(",.", ".,")) if language == "de" else text
    shown = unit_of(unit)
    return f"{text} {shown}" if shown else text


def size(document: Mapping[str, Any], language: str) -> str:
    """Size and middle of the area."""
    area = area_of(document)
    square, middle = float(shapely.area(area)), shapely.centroid(area)
    text = number(square / 1e6, "km²", language) if square >= 1e5 else number(round(square), "m²", language)
    return f"{text}, {WORDS[language]['middle'].format(east=f'{middle.x:.0f}', north=f'{middle.y:.0f}')}"


def asked_first(tenant: Tenant, document: Mapping[str, Any], language: str) -> str:
    """The parameters everybody is asked for, in one line."""
    given = document["inputs"]
    process = processes_of(tenant).get(document["process"]["id"])
    forms = parameters(process, language) if process else {}
    shown = [
        (form, given[name])
        for name, form in forms.items()
        if name in given and not form.get("x-expert") and _counts(form, given)
    ]
    return " · ".join(
        _value(form, value, language) if "x-choices" in form else f"{form['title']} {_value(form, value, language)}"
        for form, value in shown
    )


def inputs(tenant: Tenant, document: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Title and value of everything that was asked for."""
    words, given = WORDS[language], document["inputs"]
    process = processes_of(tenant).get(document["process"]["id"])
    forms = parameters(process, language) if process else {}
    found = [(words["area"], size(document, language))]
    for name, value in given.items():
        if (
            name in ("area", "edits", "variant")
            or (name in forms and not _counts(forms[name], given))
            or value in ((), [], None)
        ):
            continue
        form = forms.get(name, {})
        found.append((form.get("title", name), _value(form, value, language)))
    if given.get("variant"):
        own = given["variant"]
        found.append((words["variant"], f"{own['name']}, {words['revision']} {own['revision']}"))
    changes = [phrase(entry, language) for entry in given["edits"][:LISTED]]
    if len(given["edits"]) > LISTED:
        changes.append(words["more"].format(n=len(given["edits"]) - LISTED))
    return [*found, (words["edits"], "; ".join(changes) or words["as_is"])]


def _counts(form: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether a parameter had an effect."""
    return all(given.get(other) == value for other, value in form.get("x-only-with", {}).items())


def _value(form: Mapping[str, Any], value: Any, language: str) -> str:
    for choice in form.get("x-choices", ()):
        if choice["value"] == value:
            return str(choice["title"])
    if isinstance(value, bool):
        return str(WORDS[language]["yes" if value else "no"])
    if isinstance(value, list):
        return number(len(value), "", language)
    if isinstance(value, int | float):
        return number(value, form.get("x-unit", ""), language)
    return str(value)[:200]
