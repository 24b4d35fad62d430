"""What Open311 clients send is checked; what is written is what the standard shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kastor.cases.channels import open311
from kastor.cases.channels.open311 import Attribute, Endpoint, Service, ServiceRequest
from kastor.cases.channels.open311_client import read
from kastor.cases.channels.open311_read import Open311Error, posted, wanted

NOW = datetime(2026, 11, 27, 8, 20, tzinfo=UTC)
LAMP = Service(
    "lampe", "Straßenlampe", "Defekt & dunkel", "Licht", ("Laterne", "dunkel"),
    (
        Attribute("art", "singlevaluelist", True, "Was?", "", (("aus", "Aus"), ("flackert", "Flackert"))),
        Attribute("wo", "multivaluelist", False, "Wo?", "", (("a", "A"), ("b", "B"))),
        Attribute("tief", "number", False, "Wie tief?"), Attribute("seit", "datetime", False, "Seit wann?"),
        Attribute("hinweis", "string", False, "Bei Gefahr 110", variable=False),
    ),
)  # fmt: skip
OFFERED = {"lampe": LAMP, "muell": Service("muell", "Müll", "")}
GOOD = [("service_code", "lampe"), ("lat", "51.66"), ("long", "6.96"), ("attribute[art]", "aus")]


def test_a_complete_request_is_read():
    fields = [
        *GOOD, ("attribute[wo][]", "a"), ("attribute[wo][]", "b"), ("attribute[tief]", "2.5"), ("first_name", "Erika"),
        ("last_name", "Muster"), ("email", "e@web.example"), ("description", "Zeile 1\nZeile 2"), ("account_id", "7"),
        ("media_url", "https://x.example/a.jpg"), ("attribute[seit]", "2026-11-01T10:00:00+01:00"),
        ("address_string", "Markt 1\r\nDorsten"),
    ]  # fmt: skip
    found = posted(fields, OFFERED)
    assert (found.place, found.name, found.address) == ((6.96, 51.66), "Erika Muster", "Markt 1 Dorsten")
    assert found.attributes == {
        "art": "aus", "wo": ["a", "b"], "tief": "2.5", "seit": "2026-11-01T10:00:00+01:00",
    }  # fmt: skip
    assert found.media == ("https://x.example/a.jpg",)


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ([], 400, "service_code was not provided"),
        ([("service_code", "x")], 404, "was not found"),
        ([("service_code", "muell")], 400, "A place is needed"),
        ([("service_code", "muell"), ("lat", "51")], 400, "together"),
        ([("service_code", "muell"), ("lat", "6e9"), ("long", "1")], 400, "no place"),
        ([("service_code", "muell"), ("lat", "nan"), ("long", "1")], 400, "no place"),
        ([("service_code", "muell"), ("lat", "a"), ("long", "b")], 400, "no place"),
        ([("service_code", "muell"), ("address_string", "x"), ("email", "kein")], 400, "email"),
        ([("service_code", "muell"), ("address_string", "x"), ("description", "x" * 4001)], 400, "4000"),
        ([("service_code", "lampe"), ("address_string", "x")], 400, "attribute[art] was not provided"),
        ([*GOOD, ("attribute[fremd]", "x")], 400, "'fremd' is none"),
        ([*GOOD[:-1], ("attribute[art]", "rot")], 400, "none of aus, flackert"),
        ([*GOOD, ("attribute[tief]", "tief")], 400, "no number"),
        ([*GOOD, ("attribute[seit]", "gestern")], 400, "no moment"),
        ([*GOOD, ("attribute[seit]", "2026-11-01T10:00:00")], 400, "no moment"),
    ],
)
def test_what_is_missing_or_makes_no_sense_is_named(fields, status, words):
    with pytest.raises(Open311Error) as caught:
        posted(fields, OFFERED)
    assert caught.value.status == status
    assert words in str(caught.value)


def test_all_that_is_wrong_is_named_at_once():
    with pytest.raises(Open311Error) as caught:
        posted([("service_code", "lampe"), ("email", "x")], OFFERED)
    assert len(caught.value.found) == 3


def test_an_empty_argument_is_as_if_it_were_not_there():
    assert posted([*GOOD, ("email", ""), ("attribute[tief]", "")], OFFERED) == posted(GOOD, OFFERED)
    assert wanted({"status": "", "start_date": ""}, NOW) == wanted({}, NOW)


def test_without_dates_the_last_ninety_days_are_meant():
    found = wanted({}, NOW)
    assert (found.first, found.last, found.size) == (NOW - timedelta(days=90), NOW, 1000)
    from_then = wanted({"start_date": "2026-01-01T00:00:00Z"}, NOW)
    assert from_then.last - from_then.first == timedelta(days=90)
    until_then = wanted({"end_date": "2026-04-01T02:00:00+02:00"}, NOW)
    assert until_then.last == datetime(2026, 4, 1, tzinfo=UTC)
    assert until_then.last - until_then.first == timedelta(days=90)


def test_several_values_are_separated_by_commas():
    found = wanted({"service_request_id": "a, b,,a", "service_code": "x,y", "status": "open,closed"}, NOW)
    assert (found.ids, found.codes, found.states) == (("a", "b"), ("x", "y"), frozenset({"open", "closed"}))


@pytest.mark.parametrize(
    "query",
    [
        {"status": "offen"}, {"start_date": "gestern"}, {"start_date": "2026-01-01"}, {"page": "0"},
        {"page_size": "1001"},
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, {"page": "x"},
        {"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(query):
    with pytest.raises(Open311Error) as caught:
        wanted(query, NOW)
    assert caught.value.status == 400


REQUEST = ServiceRequest(
    "k7", "lampe", "Straßenlampe", True, NOW, NOW, description="dunkel <b>&", place=(6.96, 51.66), address="Markt 1"
)
DOCUMENTS = {
    "discovery": lambda form: open311.discovery([Endpoint("https://x/v2", "2026-01-01")], "Amt", "per Mail", form),
    "services": lambda form: open311.services([LAMP], form), "definition": lambda form: open311.definition(LAMP, form),
    "requests": lambda form: open311.requests([REQUEST], form), "none": lambda form: open311.requests([], form),
    "accepted": lambda form: open311.accepted("k7", "", "", form), "token": lambda form: open311.token("k7", "t", form),
    "errors": lambda form: open311.errors([(403, "Kein Schlüssel")], form),
}  # fmt: skip


def as_text(value):
    """JSON as XML can say it: texts."""
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_text(one) for one in value]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_both_forms_say_the_same(name):
    xml, json = (DOCUMENTS[name](form) for form in ("xml", "json"))
    assert xml.lower().startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert as_text(read(json, "json")) == read(xml, "xml")


@given(st.text(max_size=50))
def test_any_text_can_be_written(text):
    raw = open311.errors([(400, text)], "xml")
    assert etree.fromstring(raw).tag == "errors"
    assert orjson.loads(open311.errors([(400, text.encode("utf-8", "replace").decode())], "json"))


def test_an_answer_with_entities_is_read_without_them():
    hostile = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><errors><error>&x;</error></errors>'
    assert read(hostile, "xml") in (None, [""])
    assert read(b"<a>" * 10_000, "xml") is None
    assert read(b"kaputt", "json") is None
