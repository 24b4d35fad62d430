"""The housing company's system is told of everything once, whatever happens to it, and its answers move cases."""

from __future__ import annotations

import csv
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from xml.etree.ElementTree import fromstring

import orjson
import pytest

from kastor.cases import casework
from kastor.cases.appointments import answers, erp, erp_post
from kastor.cases.channels.settings import ChannelError
from kastor.cases.clockwork import turn
from kastor.store import Tenant, crafts
from tests.cases.crafts import MONDAY, orders, repaired, reported, sent, with_craftsmen


class Peer(HTTPServer):
    """Another system that knows keys; ``fails`` says what it answers before it takes anything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fails: list[int] = []
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.taken: dict[str, dict[str, Any]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/orders"


class _Handler(BaseHTTPRequestHandler):
    server: Peer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        status = self.server.fails.pop(0) if self.server.fails else 201
        key = self.headers["Idempotency-Key"]
        if status == 201 or status == 504:
            # 504: it took it, but its answer got lost
            status = 409 if key in self.server.taken and status == 201 else status
            self.server.taken.setdefault(key, orjson.loads(body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""


@contextmanager
def served_peer() -> Iterator[Peer]:
    """The other system on this machine."""
    with Peer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with served_peer() as server:
        yield server


def connected(twin: Tenant, **settings: Any) -> None:
    erp.read(settings)
    with twin.database.write("test") as connection:
        crafts.set_connection(connection, erp.NAME, settings, "2026-03-01", "7")


NAMES = {"order": "AuftragNr", "state": "Status", "trade": "Gewerk", "craftsman": ""}
STATES = {"ordered": "beauftragt", "accepted": "angenommen", "scheduled": "Termin", "done": "ausgefuehrt"}


def test_a_day_without_the_other_system_loses_and_doubles_nothing(twin: Tenant, peer: Peer) -> None:
    with_craftsmen(twin)
    connected(twin, way="rest", url=peer.url, fields=NAMES, states=STATES, constants={"Mandant": "7"})
    case_id = reported(twin)
    peer.fails = [503] * 5 + [504]
    now = MONDAY
    for _ in range(20):
        turn(twin.database, now, {"erp": erp_post.send})
        now += timedelta(hours=1)
    repaired(twin, case_id, now)
    turn(twin.database, now + timedelta(hours=2), {"erp": erp_post.send})
    told = list(peer.taken.values())
    assert [one["Status"] for one in told] == ["beauftragt", "angenommen", "Termin", "ausgefuehrt"]
    assert {one["AuftragNr"] for one in told} == {f"{case_id}-o1"}
    assert told[0]["Gewerk"] == "sanitaer"
    assert told[0]["Mandant"] == "7"
    assert "craftsman" not in told[0]
    assert told[2]["begin"]
    assert len(peer.calls) == 4 + 6, "five times down, once taken without an answer"
    assert len(peer.taken) == len(sent(twin, case_id, "erp")) == 4


def test_a_webhook_is_signed(twin: Tenant, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_CHANNEL_SECRETS", '{"musterstadt": {"erp": {"signature": "geheim"}}}')
    with_craftsmen(twin)
    connected(twin, way="webhook", url=peer.url)
    reported(twin)
    turn(twin.database, MONDAY, {"erp": erp_post.send})
    ((headers, body),) = peer.calls
    expected = hmac.new(b"geheim", body, "sha256").hexdigest()
    assert headers["X-Kastor-Signature"] == f"sha256={expected}"


@pytest.mark.parametrize("way", ["csv", "xml"])
def test_files_lie_there_once_and_whole(twin: Tenant, way: str) -> None:
    with_craftsmen(twin)
    connected(twin, way=way, fields=NAMES, constants={"Firma": "=1+1"})
    case_id = reported(twin)
    turn(twin.database, MONDAY, {"erp": erp_post.send})
    (item,) = sent(twin, case_id, "erp")
    erp_post.send(twin.database, item)
    (file,) = (twin.database.directory / "erp").iterdir()
    if way == "csv":
        (row,) = csv.DictReader(file.read_text("utf-8-sig").splitlines(), delimiter=";")
        assert row["Firma"] == "'=1+1", "no spreadsheet computes it"
    else:
        row = {one.tag: one.text or "" for one in fromstring(file.read_bytes())}
    assert (row["AuftragNr"], row["Gewerk"], row["place"]) == (
        f"{case_id}-o1", "sanitaer", "Musterweg 3, 46282 Dorsten",
    )  # fmt: skip


def test_a_time_the_other_system_sets_is_booked_once(twin: Tenant) -> None:
    with_craftsmen(twin)
    case_id = reported(twin)
    begin = MONDAY + timedelta(days=2)
    for changed in (True, False):
        with casework.begin(twin.database, MONDAY) as work:
            assert answers.scheduled(work, crafts.orders_of(work.connection, case_id)[0], begin) is changed
    assert orders(twin, case_id)[0].state == "scheduled"
    with twin.database.read() as connection:
        found = crafts.standing(connection, ["quelle"], "2026-03-02")
    assert [(one.state, one.begins[:13]) for one in found] == [("booked", "2026-03-04T08")]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "way"), ({"way": "fax"}, "way"), ({"way": "rest", "url": "http://example.org"}, "url"),
        ({"way": "csv", "fields": {"x": "y"}}, "fields"), ({"way": "csv", "fields": {"order": "a b"}}, "fields"),
        ({"way": "csv", "states": {"done": "x", "ordered": "x"}}, "states"), ({"way": "csv", "folder": "/"}, "folder"),
        ({"way": 3}, "way"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_named(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ChannelError, match=problem):
        erp.read(settings)


def test_states_come_back_in_the_words_of_the_other_system() -> None:
    settings = erp.read({"way": "csv", "states": STATES})
    assert [erp.state_of(settings, one) for one in ("Termin", "invoiced", "kaputt")] == ["scheduled", "invoiced", ""]
