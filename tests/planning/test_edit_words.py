"""Every kind of edit is said in both languages."""

from typing import Any, get_args

import pytest

from kastor.city.edits import Edit
from kastor.planning.edit_words import PHRASES, SUMS, phrase, shape_of, summary

SQUARE = [[0, 0], [20, 0], [20, 10], [0, 10]]
LINE = [[0, 0], [12, 0]]
EDITS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "add_building", "id": "A", "footprint": SQUARE, "storeys": 3}, "neues Gebäude A, 3 Geschosse"),
    ({"kind": "add_building", "id": "A", "footprint": SQUARE, "height": 9.5}, "neues Gebäude A, 9,5 m hoch"),
    ({"kind": "model", "id": "B", "place": [0, 0]}, "neues Gebäude B nach Modell"),
    ({"kind": "move", "object": "C"}, "C versetzt"),
    ({"kind": "raise", "object": "C", "height": 12}, "C auf 12 m Höhe"),
    ({"kind": "demolish", "id": "D"}, "Abriss von D"),
    ({"kind": "plant_tree", "place": [0, 0]}, "neuer Baum"),
    ({"kind": "fell", "object": "E"}, "Baum E gefällt"),
    ({"kind": "surface", "outline": SQUARE, "cover": "green"}, "200 m² begrünt"),
    ({"kind": "ground", "outline": SQUARE, "height": -1.5}, "Gelände auf 200 m² 1,5 m abgegraben"),
    ({"kind": "ground", "outline": SQUARE, "level": 52.0}, "Gelände auf 200 m² eingeebnet auf 52 m"),
    ({"kind": "basin", "outline": SQUARE, "depth": 1}, "Mulde, 1 m tief, 200 m²"),
    ({"kind": "levee", "line": LINE, "height": 2}, "Damm, 2 m hoch, 12 m lang"),
    ({"kind": "wall", "line": LINE, "height": 2}, "Mauer, 2 m hoch, 12 m lang"),
    ({"kind": "close_street", "object": "F"}, "F gesperrt"),
    ({"kind": "add_street", "line": LINE}, "neue Straße, 12 m lang"),
    ({"kind": "later", "years": 20}, "Blick in 20 Jahren"),
]


@pytest.mark.parametrize(("edit", "said"), EDITS, ids=[said for _, said in EDITS])
def test_an_edit_is_said_in_both_languages(edit: dict[str, Any], said: str) -> None:
    assert phrase(edit, "de") == said
    assert phrase(edit, "en") not in ("", said)
    assert (shape_of(edit) is None) == (edit["kind"] in ("move", "raise", "demolish", "fell", "close_street", "later"))


def test_every_kind_has_its_words() -> None:
    kinds = {kind.kind for kind in get_args(Edit)}
    for language in ("de", "en"):
        assert set(PHRASES[language]) == {*SUMS[language], "later"} == kinds
    said = summary([edit for edit, _ in EDITS], "de")
    assert said.startswith("3 neue Gebäude, 1 versetztes Gebäude")
    assert said.endswith("1 neue Straße, Blick in 20 Jahren")
