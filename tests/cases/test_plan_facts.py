"""A citizen sends a drawn house: it is checked against the plan of the town, and the letter tells what was found."""

from datetime import UTC, datetime

import numpy as np
import orjson
import pyproj
import pytest
import shapely

from kastor.cases import casework
from kastor.cases.message import Attachment, Message
from kastor.cases.plan_facts import records
from kastor.cases.procedure import shipped
from kastor.cases.reception import receive
from kastor.city.sample import CRS
from kastor.loading import load
from kastor.store import Dataset, create_tenant
from tests.cases.test_precheck import ALL, SMALL

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """An empty town with the small plan: WA III, Baugrenze 5 to 50 m east and 25 to 70 m north."""
    with create_tenant(tmp_path_factory.mktemp("plan"), "musterstadt", "Musterstadt", CRS) as tenant:
        load(tenant, [SMALL], Dataset("plan", "Plan", state="public"))
        yield tenant


def drawn(storeys, degrees=False, west=10, name="haus.geojson"):
    """A house as GeoJSON, in the plane of the town or in degrees."""
    outline = shapely.box(365000 + west, 5723030, 365030 + west, 5723060)
    if degrees:
        back = pyproj.Transformer.from_crs(CRS.split("+")[0], "OGC:CRS84", always_xy=True)
        outline = shapely.transform(outline, lambda xy: np.column_stack(back.transform(*xy.T)))
    feature = {
        "type": "Feature", "geometry": shapely.geometry.mapping(outline),
        "properties": {"rolle": "vorhaben", "vollgeschosse": storeys, "nutzung": "residential"},
    }  # fmt: skip
    return Attachment(name, "application/geo+json", orjson.dumps({"type": "FeatureCollection", "features": [feature]}))


def message(number, text, *files, **answers):
    return Message("web", f"m{number}", "t1", "", text, NOW, language="de", attachments=files, answers=answers)


@pytest.mark.parametrize("degrees", [False, True])
def test_a_drawn_house_becomes_facts(town, degrees):
    one = shipped()["bauantrag"]
    facts = {fact.slot: fact for fact in records(town, one, message(1, "", drawn(4, degrees)))}
    assert facts["umriss_bekannt"].value is True
    assert facts["plan_vorhanden"].value is True
    assert facts["verstoesse"].value == 1
    assert "1 Geschoss zu viel (höchstens 3)" in facts["befunde"].value[0]
    assert "1 storey too many (at most 3)" in facts["befunde_en"].value[0]
    assert {fact.source for fact in facts.values()} == {"case"}


def test_without_a_plan_only_the_outline_is_known(town):
    facts = records(town, shipped()["bauantrag"], message(1, "", drawn(2, west=5000)))
    assert [(fact.slot, fact.value) for fact in facts] == [("umriss_bekannt", True)]


@pytest.mark.parametrize(
    "file",
    [
        Attachment("a.geojson", "application/geo+json", b"{"),
        Attachment("a.geojson", "application/geo+json", b'{"features": [{"geometry": {"type": "Cube"}}]}'),
        Attachment("a.geojson", "application/geo+json", b'{"features": []}'),
        Attachment("foto.jpg", "image/jpeg", b"no json"),
    ],
)
def test_a_file_that_cannot_be_read_gives_no_facts(town, file):
    assert records(town, shipped()["bauantrag"], message(1, "", file)) == ()


def test_a_damage_report_does_not_look_at_drawings(town):
    assert records(town, shipped()["schaden"], message(1, "", drawn(4))) == ()


def test_the_letter_of_the_pre_check_tells_what_was_found_and_is_no_permit(town):
    answers = {
        "intent": "bauantrag", "vorhaben": "neubau_wohnen", "flurstueck": "Flur 3, 117/4", "nutzung": "residential",
        "wohneinheiten": 1, "stellplaetze": 1, "unterlagen_vorhanden": ALL,
    }  # fmt: skip
    replies = list(receive(town, message(1, "Ich möchte ein Einfamilienhaus bauen.", drawn(4), **answers), NOW))
    for number in range(2, 8):
        if any(one.kind == "letter" for one in replies):
            break
        replies += receive(town, message(number, "Ja, das stimmt so."), NOW)
    letter = next(one for one in replies if one.kind == "letter")
    assert "1 Geschoss zu viel (höchstens 3)" in letter.text
    assert "1 nicht eingehalten" in letter.text
    assert "keine Genehmigung" in letter.text
    with casework.begin(town.database, NOW) as work:
        state = work.state(work.case_of_thread("web", "t1"))
    assert state["outcome"]["outcome"] == "befund_abweichung"
    assert state["outcome"]["interim"]
