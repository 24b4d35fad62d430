"""A new procedure begins with a template that passes all checks; no template gives away what a person decides."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from kastor.cases import steps
from kastor.cases.authoring import report
from kastor.cases.deciding import decide
from kastor.cases.drafting import NewProcedure, drafted, templates
from kastor.cases.procedure import InvalidProcedure

GARAGE: dict[str, Any] = {
    "id": "garagenschluessel", "template": "antrag",
    "names": {"de": 'Zweiter "Garagenschlüssel"', "en": "Second garage key"},
    "purpose": {"de": "Wer einen zweiten Schlüssel möchte, bekommt ihn.", "en": "Who wants a second key gets it."},
    "law": "private", "autonomy": "automatic", "place": "building",
    "basis": [{"text": "Hausordnung", "source": "§ 4 der Hausordnung"}],
    "retention": {"days": 365, "reason": "Ein Jahr, dann ist der Schlüssel im Bestand geführt."},
}  # fmt: skip


def made(**other: Any) -> Any:
    return drafted(NewProcedure.model_validate({**GARAGE, **other}))


@pytest.mark.parametrize("template", ["antrag", "pruefung", "meldung"])
def test_a_template_is_a_procedure_that_passes_all_checks(template: str) -> None:
    found = report(templates()[template])
    assert found.passed, found.problems
    assert found.hints == ()


@pytest.mark.parametrize(
    ("template", "law", "autonomy"),
    [("antrag", "private", "automatic"), ("antrag", "private", "propose"), ("pruefung", "public", "propose"),
     ("meldung", "public", "propose")],
)  # fmt: skip
def test_a_new_procedure_is_the_template_with_its_own_name_law_and_retention(
    template: str, law: str, autonomy: str
) -> None:
    one = made(template=template, law=law, autonomy=autonomy)
    assert (one.id, one.about.names["de"]) == ("garagenschluessel", 'Zweiter "Garagenschlüssel"')
    assert (one.about.law, one.about.autonomy, one.about.retention.days) == (law, autonomy, 365)
    assert one.about.basis[0].source == "§ 4 der Hausordnung"
    assert one.rules.namespace == "urn:kastor:procedures:garagenschluessel"
    assert steps.executable(steps.read(one.steps)).id == "garagenschluessel"
    assert report(one).passed


def test_a_new_application_decides_in_favour_and_hands_over_what_is_special() -> None:
    one = made()
    assert decide(one, {"besonderer_grund": False}).outcome == "genehmigt"
    assert decide(one, {"besonderer_grund": None}).outcome == "vorlage"


@pytest.mark.parametrize(
    ("other", "place"),
    [({"law": "public"}, "law"), ({"template": "meldung"}, "autonomy"), ({"template": "pruefung"}, "autonomy")],
)
def test_what_a_person_decides_stays_with_a_person(other: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidProcedure) as found:
        made(**other)
    assert [one.place for one in found.value.problems] == [place]


@pytest.mark.parametrize(
    "other",
    [{"id": "Garage"}, {"id": "../x"}, {"basis": []}, {"names": {"de": "Nur deutsch"}}, {"autonomy": "human"},
     {"retention": {"days": 0, "reason": "x"}}],
)  # fmt: skip
def test_a_new_procedure_needs_a_plain_id_both_languages_law_and_retention(other: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NewProcedure.model_validate({**GARAGE, **other})
