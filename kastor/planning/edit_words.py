"""Edits in words a council understands: each as a phrase, and a list of them summed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely

PHRASES: Mapping[str, Mapping[str, str]] = {
    "de": {
        "add_building": "neues Gebäude {id}, {size}", "model": "neues Gebäude {id} nach Modell",
        "move": "{object} versetzt", "raise": "{object} auf {height} m Höhe", "demolish": "Abriss von {id}",
        "plant_tree": "neuer Baum {species}", "fell": "Baum {object} gefällt", "surface": "{area} m² {cover}",
        "ground": "Gelände auf {area} m² {dug}", "basin": "Mulde, {depth} m tief, {area} m²",
        "levee": "Damm, {height} m hoch, {length} m lang", "wall": "Mauer, {height} m hoch, {length} m lang",
        "close_street": "{object} gesperrt", "add_street": "neue Straße, {length} m lang",
        "later": "Blick in {years} Jahren",
    },
    "en": {
        "add_building": "new building {id}, {size}", "model": "new building {id} from a model",
        "move": "{object} moved", "raise": "{object} raised to {height} m", "demolish": "{id} demolished",
        "plant_tree": "new tree {species}", "fell": "tree {object} felled", "surface": "{area} m² {cover}",
        "ground": "ground on {area} m² {dug}", "basin": "basin, {depth} m deep, {area} m²",
        "levee": "levee, {height} m high, {length} m long", "wall": "wall, {height} m high, {length} m long",
        "close_street": "{object} closed", "add_street": "new street, {length} m long",
        "later": "looked at {years} years later",
    },
}  # fmt: skip

COVERS: Mapping[str, Mapping[str, str]] = {
    "de": {"sealed": "versiegelt", "paved": "gepflastert", "green": "begrünt", "water": "Wasserfläche",
           "soil": "offener Boden"},
    "en": {"sealed": "sealed", "paved": "paved", "green": "greened", "water": "water", "soil": "bare soil"},
}  # fmt: skip

SUMS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "de": {
        "add_building": ("neues Gebäude", "neue Gebäude"), "model": ("neues Gebäude", "neue Gebäude"),
        "move": ("versetztes Gebäude", "versetzte Gebäude"), "raise": ("geänderte Höhe", "geänderte Höhen"),
        "demolish": ("Abriss", "Abrisse"), "plant_tree": ("neuer Baum", "neue Bäume"),
        "fell": ("gefällter Baum", "gefällte Bäume"), "surface": ("neuer Belag", "neue Beläge"),
        "ground": ("Geländeänderung", "Geländeänderungen"), "basin": ("Mulde", "Mulden"),
        "levee": ("Damm", "Dämme"), "wall": ("Mauer", "Mauern"),
        "close_street": ("gesperrte Straße", "gesperrte Straßen"), "add_street": ("neue Straße", "neue Straßen"),
    },
    "en": {
        "add_building": ("new building", "new buildings"), "model": ("new building", "new buildings"),
        "move": ("moved building", "moved buildings"), "raise": ("changed height", "changed heights"),
        "demolish": ("demolition", "demolitions"), "plant_tree": ("new tree", "new trees"),
        "fell": ("felled tree", "felled trees"), "surface": ("new cover", "new covers"),
        "ground": ("change of the ground", "changes of the ground"), "basin": ("basin", "basins"),
        "levee": ("levee", "levees"), "wall": ("wall", "walls"),
        "close_street": ("closed street", "closed streets"), "add_street": ("new street", "new streets"),
    },
}  # fmt: skip


def phrase(given: Mapping[str, Any], language: str) -> str:
    """An edit, as plain data, as a phrase."""
    ring, line = given.get("outline") or given.get("footprint") or (), given.get("line", ())
    height = given.get("height")
    values = {
        "id": given.get("id", ""), "object": given.get("object", ""), "species": given.get("species", ""),
        "height": _number(height, language), "depth": _number(given.get("depth"), language),
        "area": _number(round(shapely.Polygon(ring).area), language) if len(ring) > 2 else "",
        "length": _number(round(shapely.LineString(line).length), language) if len(line) > 1 else "",
        "size": _size(given, language), "cover": COVERS[language].get(str(given.get("cover", "")), ""),
        "dug": _dug(given, language), "years": _number(given.get("years"), language),
    }  # fmt: skip
    return PHRASES[language][str(given["kind"])].format(**values).strip()


def summary(edits: Iterable[Mapping[str, Any]], language: str) -> str:
    """
    How many edits of each kind, as a list in words; empty without edits.

    Examples
    --------
    >>> summary([{"kind": "fell"}, {"kind": "plant_tree"}, {"kind": "plant_tree"}], "de")
    '1 gefällter Baum, 2 neue Bäume'
    """
    listed = list(edits)
    count = Counter(SUMS[language][str(edit["kind"])] for edit in listed if edit["kind"] != "later")
    said = [f"{number} {names[0] if number == 1 else names[1]}" for names, number in count.items()]
    return ", ".join([*said, *(phrase(edit, language) for edit in listed if edit["kind"] == "later")])


def shape_of(given: Mapping[str, Any]) -> shapely.Geometry | None:
    """What an edit draws, a line around an area; None for one that names an object only."""
    ring = given.get("outline") or given.get("footprint")
    if ring:
        return shapely.LineString([*ring, ring[0]])
    if "line" in given:
        return shapely.LineString(given["line"])
    return shapely.Point(given["place"]) if "place" in given else None


def _size(given: Mapping[str, Any], language: str) -> str:
    height, storeys = given.get("height"), given.get("storeys")
    if height is not None:
        return f"{_number(height, language)} m " + ("hoch" if language == "de" else "high")
    if language == "de":
        return f"{storeys} " + ("Geschoss" if storeys == 1 else "Geschosse")
    return f"{storeys} " + ("storey" if storeys == 1 else "storeys")


def _dug(given: Mapping[str, Any], language: str) -> str:
    german = language == "de"
    if given.get("level") is not None:
        return f"{'eingeebnet auf' if german else 'levelled at'} {_number(given['level'], language)} m"
    height = float(given.get("height") or 0.0)
    words = ("aufgefüllt", "abgegraben") if german else ("filled", "cut")
    return f"{_number(abs(height), language)} m {words[height < 0]}"


def _number(value: float | None, language: str) -> str:
    if value is None or not np.isfinite(value):
        return ""
    text = f"{value:,.{0 if float(value).is_integer() else 1}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "de" else text
