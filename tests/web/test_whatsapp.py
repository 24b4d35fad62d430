"""The webhook of WhatsApp and its answers at a peer: proof, forged and repeated notices, the window, files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from kastor.cases import casework
from kastor.cases.channels import intake, whatsapp_post
from kastor.cases.channels.settings import ChannelError, WhatsAppSettings, written
from kastor.cases.channels.whatsapp import LARGEST_BODY, signature
from kastor.cases.commands import Say
from kastor.cases.delivery import deliver
from kastor.cases.message import WHATSAPP, Choice, Message, Reply
from kastor.store import Tenant, cases, channels, outbox
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.cases.graph_server import TOKEN, Graph, graph
from tests.cases.test_whatsapp import call, said

NUMBER, APP = "106540352242922", "app-geheim"
PATH = "/api/tenants/musterstadt/channels/whatsapp"


@pytest.fixture
def peer() -> Iterator[Graph]:
    with graph() as found:
        yield found


@pytest.fixture
def twin(small_twin: Tenant, peer: Graph, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    secrets = {"musterstadt": {"whatsapp": {"app": APP, "verify": "wort", "token": TOKEN}}}
    monkeypatch.setenv("KASTOR_CHANNEL_SECRETS", orjson.dumps(secrets).decode())
    agreed = "Stadtrat, 1. November 2026"
    opened = WhatsAppSettings(number=NUMBER, agreed=agreed, template="neues", api=f"{peer.url}/v21.0", most_per_hour=6)
    with small_twin.database.write("settings") as connection:
        channels.set_settings(connection, WHATSAPP, written(opened), datetime.now(UTC), "")
    return small_twin


@pytest.fixture
def client(twin: Tenant) -> Iterator[TestClient]:
    app = create_app(Settings(home=twin.database.directory.parent.parent))
    client = TestClient(app)
    yield client
    for one in app.state.tenants.values():
        one.close()


def tell(client: TestClient, body: bytes, given: str | None = None) -> Any:
    header = signature(body, APP) if given is None else given
    return client.post(PATH, content=body, headers={"X-Hub-Signature-256": header})


def at(moment: datetime) -> int:
    return int(moment.timestamp())


def echo(tenant: Tenant, message: Message, now: datetime) -> tuple[Reply, ...]:
    """Takes a message in and says it back: a door without understanding."""
    with casework.begin(tenant.database, now) as work:
        if work.case_of_message(message) is not None:
            return ()
        case_id = work.case_of_thread(message.channel, message.thread) or work.open(message)
        work.receive(case_id, message)
        choices = (Choice("ja", "Ja"), Choice("nein", "Nein"))
        files = len(work.state(case_id)["files"])
        reply = Reply(f"Gelesen: {message.text} ({files})", "de", f"{case_id}-{message.key}", "question", choices, "x")
        work.do(case_id, Say((reply,)))
        return (reply,)


def work(twin: Tenant, later: timedelta = timedelta(seconds=1)) -> None:
    now = datetime.now(UTC) + later
    intake.turn(twin, echo, now)
    deliver(twin.database, {WHATSAPP: whatsapp_post.send}, now)


def test_the_address_proves_itself(client):
    query = {"hub.mode": "subscribe", "hub.verify_token": "wort", "hub.challenge": "42"}
    assert client.get(PATH, params=query).text == "42"
    assert client.get(PATH, params={**query, "hub.verify_token": "x"}).status_code == 403


def test_a_message_is_answered_with_buttons_and_the_button_is_an_answer(client, twin, peer):
    now = datetime.now(UTC)
    assert tell(client, call(said("text", {"body": "Hallo"}, at=at(now)))).json() == {}
    work(twin)
    assert peer.texts == ["Gelesen: Hallo (0)"]
    pressed = peer.sent[0]["interactive"]["action"]["buttons"][0]["reply"]
    tell(client, call(said("interactive", {"button_reply": pressed}, "wamid.2", at(now))))
    work(twin)
    with twin.database.read() as connection:
        (case,) = cases.listed(connection)
        events = casework.read_events(connection, case.id, cases.key_of(connection, case.id))
    assert [e.personal["answers"] for e in events if e.kind == "received"] == [{}, {"x": "ja"}]


def test_a_notice_three_times_is_one_message(client, twin, peer):
    body = call(said("text", {"body": "Hallo"}, at=at(datetime.now(UTC))))
    assert [tell(client, body).status_code for _ in range(3)] == [200] * 3
    work(twin)
    tell(client, body)
    work(twin)
    # the same message in another parcel
    tell(
        client, call(said("text", {"body": "Hallo"}), said("text", {"body": "Zwei"}, "wamid.2", at(datetime.now(UTC))))
    )
    work(twin)
    assert peer.texts == ["Gelesen: Hallo (0)", "Gelesen: Zwei (0)"]


@pytest.mark.parametrize("given", ["", "sha256=00", "sha1=x", None])
def test_forged_notices_change_nothing(client, twin, given):
    body = call(said("text", {"body": "x"}))
    header = signature(b"anderes", APP) if given is None else given
    assert tell(client, body, header).status_code == 403
    with twin.database.read() as connection:
        assert channels.counts(connection) == {}


def test_notices_that_are_too_large_or_no_notices_are_refused(client):
    assert tell(client, b" " * (LARGEST_BODY + 1)).status_code == 413
    assert tell(client, b"kaputt").status_code == 400
    assert tell(client, b'{"object":"page"}').status_code == 400


def test_a_closed_channel_is_not_there(client, twin):
    with twin.database.write("settings") as connection:
        channels.set_settings(connection, WHATSAPP, None, datetime.now(UTC), "")
    assert tell(client, call(said("text", {"body": "x"}))).status_code == 404
    assert client.get(PATH).status_code == 404


def test_a_message_two_days_late_is_taken_but_the_window_stays_closed(client, twin, peer):
    late = datetime.now(UTC) - timedelta(days=2)
    tell(client, call(said("text", {"body": "spät"}, at=at(late))))
    work(twin)
    work(twin, timedelta(minutes=5))
    # one template for one silence
    assert peer.texts == ["{neues}"]
    tell(client, call(said("text", {"body": "da"}, "wamid.2", at(datetime.now(UTC)))))
    work(twin, timedelta(minutes=6))
    assert peer.texts == ["{neues}", "Gelesen: spät (0)", "Gelesen: da (0)"]


def test_without_a_template_a_person_finds_another_way(client, twin, peer):
    opened = WhatsAppSettings(number=NUMBER, agreed="Stadtrat, 2026", api=f"{peer.url}/v21.0")
    with twin.database.write("settings") as connection:
        channels.set_settings(connection, WHATSAPP, written(opened), datetime.now(UTC), "")
    tell(client, call(said("text", {"body": "x"}, at=at(datetime.now(UTC) - timedelta(days=2)))))
    work(twin)
    with twin.database.read() as connection:
        assert outbox.counts(connection) == {outbox.FAILED: 1}


def test_what_whatsapp_took_is_not_sent_again(client, twin, peer, monkeypatch):
    tell(client, call(said("text", {"body": "Hallo"}, at=at(datetime.now(UTC)))))
    now = datetime.now(UTC) + timedelta(seconds=1)
    intake.turn(twin, echo, now)
    with monkeypatch.context() as patch:
        # killed after sending, before anything is written down
        patch.setattr(outbox, "end", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            deliver(twin.database, {WHATSAPP: whatsapp_post.send}, now)
    deliver(twin.database, {WHATSAPP: whatsapp_post.send}, now + timedelta(minutes=10))
    assert len(peer.sent) == 1


def test_a_status_says_that_a_part_arrived(client, twin, peer):
    tell(client, call(said("text", {"body": "Hallo"}, at=at(datetime.now(UTC)))))
    intake.turn(twin, echo, datetime.now(UTC) + timedelta(seconds=1))
    with twin.database.read() as connection:
        (key,) = [row["key"] for row in outbox.of_case(connection, cases.listed(connection)[0].id)]
    delivered = {"id": "wamid.9", "status": "delivered", "biz_opaque_callback_data": f"{key}/0"}
    tell(client, call(statuses=(delivered,)))
    work(twin, timedelta(seconds=5))
    assert peer.sent == []


def test_a_message_that_fails_later_goes_to_a_person_once(client, twin, peer):
    tell(client, call(said("text", {"body": "Hallo"}, at=at(datetime.now(UTC)))))
    work(twin)
    key = peer.sent[0]["biz_opaque_callback_data"]
    failed = {"id": "wamid.out1", "status": "failed", "biz_opaque_callback_data": key, "errors": [{"code": 131026}]}
    for _ in range(3):
        assert tell(client, call(statuses=(failed,))).status_code == 200
    with twin.database.read() as connection:
        (case,) = cases.listed(connection)
        events = casework.read_events(connection, case.id, cases.key_of(connection, case.id))
    assert case.status == "staff"
    assert sum(event.kind == "undeliverable" for event in events) == 1


def test_somebody_who_writes_without_end_waits(client, twin, peer):
    now = datetime.now(UTC)
    messages = [said("text", {"body": f"{n}"}, f"wamid.{n}", at(now)) for n in range(8)]
    tell(client, call(*messages))
    for _ in range(3):
        work(twin)
    assert peer.sent == []
    with twin.database.read() as connection:
        assert channels.counts(connection)[WHATSAPP] == {"waiting": 8}
    for _ in range(3):
        work(twin, timedelta(hours=1, minutes=2))
    assert len(peer.sent) == 8


@pytest.mark.parametrize(
    ("error", "state"), [((500, 0), "waiting"), ((400, 130429), "waiting"), ((400, 131026), "failed")]
)
def test_what_does_not_work_is_tried_again_or_given_up(client, twin, peer, error, state):
    peer.errors.append(error)
    tell(client, call(said("text", {"body": "Hallo"}, at=at(datetime.now(UTC)))))
    work(twin)
    with twin.database.read() as connection:
        assert outbox.counts(connection) == {state: 1}
    work(twin, timedelta(minutes=5))
    assert len(peer.sent) == (1 if state == "waiting" else 0)


def test_a_picture_is_fetched_and_one_that_is_gone_is_said_to_be_missing(client, twin, peer):
    peer.files["77"] = b"\xff\xd8" + bytes(100)
    now = at(datetime.now(UTC))
    there, gone = ({"id": one, "mime_type": "image/jpeg", "caption": "Foto"} for one in ("77", "78"))
    tell(client, call(said("image", there, at=now), said("image", gone, "wamid.2", now)))
    work(twin)
    assert peer.texts == ["Gelesen: Foto (1)", "Gelesen: Foto\n\n[Eine Datei konnte nicht abgerufen werden.] (1)"]


def test_files_are_fetched_from_allowed_hosts_only(client, twin, peer, monkeypatch):
    peer.files["77"] = b"x"
    outside = Graph(url="http://127.0.0.1:9")
    monkeypatch.setattr(type(peer), "url", outside.url, raising=False)
    peer.__dict__.pop("url")
    tell(client, call(said("image", {"id": "77", "mime_type": "image/jpeg"}, at=at(datetime.now(UTC)))))
    work(twin)
    assert "konnte nicht abgerufen" in peer.texts[0]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"number": "+49"}, "number"),
        ({"agreed": ""}, "agreed"),
        ({"api": "http://graph.example"}, "api"),
        ({"x": 1}, "x"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, word):
    from kastor.cases.channels.settings import read

    with pytest.raises(ChannelError, match=word):
        read(WHATSAPP, {"number": NUMBER, "agreed": "Stadtrat, 2026", **change})
