"""A language model may propose, within the form and with a quote; it overrides nothing, its failure stops nothing."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from kastor.cases import casework, reception
from kastor.cases.understanding.proposals import (
    Endpoint,
    ProposalError,
    endpoint_of,
    merged,
    propose,
    set_endpoint,
)
from kastor.cases.understanding.values import SlotValue
from tests.cases.sample import NOW, message

FORM = {
    "properties": {
        "tierart": {"type": "string", "enum": ["hund", "katze"], "x-kastor-question": {"en": "Which animal?"}},
        "anzahl": {"type": "integer", "minimum": 1, "maximum": 9},
    }
}
TEXT = "Wir hätten gern einen kleinen Vierbeiner, er heißt Bello"


@contextmanager
def model_that_says(content, status=200):
    """A server that answers every question alike, and what it was asked."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Endpoint(f"http://127.0.0.1:{server.server_port}/v1", "stub", 3.0), asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_value_with_its_quote_is_proposed_and_marked():
    said = {"tierart": {"value": "hund", "quote": "kleinen Vierbeiner, er heißt Bello"}}
    with model_that_says(json.dumps(said)) as (endpoint, asked):
        found = propose(endpoint, TEXT, FORM, ["tierart", "anzahl"])
    (value,) = found.values
    assert (value.slot, value.value, value.extractor) == ("tierart", "hund", "proposal:stub")
    assert TEXT[slice(*value.span)] == said["tierart"]["quote"]
    assert value.confidence <= 0.5
    assert asked[0][0] == "/v1/chat/completions"
    assert found.answer == json.dumps(said)
    assert TEXT in json.loads(found.prompt)["message"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"tierart": {"value": "drache", "quote": "Bello"}}, "not valid: enum"),
        ({"tierart": {"value": "hund", "quote": "mein Hund"}}, "quote does not stand"),
        ({"tierart": {"value": "hund", "quote": ""}}, "quote does not stand"),
        ({"entscheidung": {"value": "genehmigt", "quote": "Bello"}}, "no slot"),
        ({"anzahl": {"value": 50, "quote": "Bello"}}, "not valid: maximum"),
        ({"anzahl": 3}, "no value with a quote"),
    ],
)
def test_what_the_form_or_the_text_does_not_bear_out_is_refused(said, why):
    with model_that_says(json.dumps(said)) as (endpoint, _):
        found = propose(endpoint, TEXT, FORM, ["tierart", "anzahl"])
    assert found.values == ()
    assert why in found.refused[0]


@pytest.mark.parametrize(("content", "status"), [("kein JSON", 200), ("[1]", 200), ("{}", 500), (None, 200)])
def test_an_endpoint_that_fails_says_so(content, status):
    with model_that_says(content, status) as (endpoint, _), pytest.raises(ProposalError, match="endpoint"):
        propose(endpoint, TEXT, FORM, ["tierart"])


def test_nobody_listening_is_an_error_of_the_endpoint_alone():
    with pytest.raises(ProposalError, match="did not answer"):
        propose(Endpoint("http://127.0.0.1:9/v1", "stub", 0.5), TEXT, FORM, ["tierart"])


def test_a_proposal_never_replaces_what_the_grammar_found():
    own = SlotValue("tierart", "katze", (0, 5), 0.97, "animals/1")
    other = SlotValue("tierart", "hund", (0, 5), 0.5, "proposal:stub")
    more = SlotValue("anzahl", 1, (0, 5), 0.5, "proposal:stub")
    assert merged([own], [other, more]) == (own, more)
    assert merged([own], []) == (own,)


def test_it_is_off_until_a_tenant_switches_it_on(small_twin):
    assert endpoint_of(small_twin) is None
    with pytest.raises(ProposalError, match="no address"):
        set_endpoint(small_twin, Endpoint("file:///etc/passwd", "m"))
    set_endpoint(small_twin, Endpoint("https://models.example.org/v1/", "m"))
    assert endpoint_of(small_twin) == Endpoint("https://models.example.org/v1", "m")
    set_endpoint(small_twin, None)
    assert endpoint_of(small_twin) is None


def facts(twin, thread):
    """Facts of the case of a thread, and the log of what was understood."""
    with casework.begin(twin.database, NOW) as work:
        case_id = work.case_of_thread("web", thread)
        return work.state(case_id)["facts"], [e for e in work.events(case_id) if e.kind == "understood"]


def test_a_proposal_becomes_a_marked_fact_and_the_exchange_is_logged(twin):
    text = "Ich möchte einen Hund halten, er ist ein ganz Braver und reicht mir bis zum Knie"
    said = {
        "tierart": {"value": "exot", "quote": "Hund"},
        "gewicht_kg": {"value": 20, "quote": "reicht mir bis zum Knie"},
    }
    with model_that_says(json.dumps(said)) as (endpoint, asked):
        set_endpoint(twin, endpoint)
        reception.receive(twin, message(1, text), NOW)
        assert reception.receive(twin, message(1, text), NOW) == ()
    assert len(asked) == 1
    known, understood = facts(twin, "t1")
    assert known["tierart"]["value"] == "hund"
    assert (known["gewicht_kg"]["value"], known["gewicht_kg"]["source"]) == (20, "proposed")
    assert text in json.loads(understood[0].personal["proposed"]["prompt"])["message"]
    assert any("tierart" in why for why in understood[0].personal["proposed"]["refused"])


def test_a_model_that_fails_changes_nothing_of_the_answer(twin):
    without = reception.receive(twin, message(1, "Unser Wasserhahn in der Küche tropft", thread="a"), NOW)
    set_endpoint(twin, Endpoint("http://127.0.0.1:9/v1", "stub", 0.5))
    beside = reception.receive(twin, message(2, "Unser Wasserhahn in der Küche tropft", thread="b"), NOW)
    assert [reply.text for reply in beside][1:] == [reply.text for reply in without][1:]
    known, understood = facts(twin, "b")
    assert "did not answer" in understood[0].personal["proposed"]["error"]
    assert {slot: fact["value"] for slot, fact in known.items()} == {
        slot: fact["value"] for slot, fact in facts(twin, "a")[0].items()
    }
