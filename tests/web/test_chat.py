"""The chat over HTTP: a page that works without scripts, JSON for programs, and nothing for anybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.store import Tenant
from kastor.web.app import create_app
from kastor.web.settings import Settings

PAGE, API = "/musterstadt/chat", "/api/tenants/musterstadt/chat"
FLUSH = "Meine WC-Spülung läuft ständig, Kalkweg 5."


@pytest.fixture
def client(small_twin: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent, workers=0))) as found:
        yield found


def test_a_conversation_goes_on_by_its_cookie_and_is_nobody_elses(client: TestClient) -> None:
    assert client.get(API).status_code == 404
    answer = client.post(f"{API}/messages", json={"text": FLUSH, "key": "1"})
    assert answer.status_code == 200
    found = answer.json()
    assert len(found["conversation"]) >= 32
    assert found["title"] == "Schadenmeldung"
    assert re.fullmatch(r"\d{4}-0001", found["reference"])
    assert [one["from"] for one in found["entries"]] == ["me", "colleague", "colleague"]
    assert found["entries"][-1]["ask"] == "gefahr"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get(API).json()["version"] == found["version"]
    client.cookies.clear()
    assert client.get(API).status_code == 404
    with_secret = client.get(API, headers={"X-Conversation": found["conversation"]})
    assert with_secret.json()["reference"] == found["reference"]
    assert client.get(API, headers={"X-Conversation": "guessed-guessed-guessed-guessed"}).status_code == 404


def test_the_same_key_again_changes_nothing(client: TestClient) -> None:
    first = client.post(f"{API}/messages", json={"text": FLUSH, "key": "1"}).json()
    again = client.post(f"{API}/messages", json={"text": FLUSH, "key": "1"}).json()
    assert again["version"] == first["version"]


def test_the_page_without_scripts_leads_to_the_order(client: TestClient) -> None:
    begin = client.get(PAGE)
    assert begin.status_code == 200
    assert "automatischen Kollegen" in begin.text
    assert 'name="answer._intent" value="schaden"' in begin.text
    page = client.post(PAGE, data={"text": FLUSH, "language": "de", "key": "a"})
    assert page.url.path == PAGE
    assert "Besteht gerade Gefahr?" in page.text
    page = client.post(PAGE, data={"answer.gefahr": "keine", "language": "de", "key": "b"})
    assert f'href="{PAGE}?language=de&amp;fields=1"' in page.text
    form = client.get(f"{PAGE}?fields=1")
    assert 'id="answer.absperrbar"' in form.text
    page = client.post(PAGE, data={"answer.absperrbar": "true", "language": "de", "key": "c"})
    assert "Habe ich das richtig verstanden?" in page.text
    page = client.post(PAGE, data={"answer._summary": "yes", "language": "de", "key": "d"})
    assert "Weil das Wasser abgestellt ist" in page.text
    assert "Nein, keine Gefahr" in page.text


@pytest.mark.parametrize(
    ("language", "lang", "words"), [("en", "en", "Talk to a person"), ("leicht", "de", "Hier antwortet ein")]
)
def test_the_page_speaks_three_languages(client: TestClient, language: str, lang: str, words: str) -> None:
    page = client.get(f"{PAGE}?language={language}").text
    assert f'<html lang="{lang}">' in page
    assert words in page


def test_what_somebody_writes_never_becomes_markup(client: TestClient) -> None:
    text = '</p><script>alert("x")</script><img src=x onerror=alert(1)>'
    page = client.post(PAGE, data={"text": text, "language": "de", "key": "a"}).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_a_photo_is_shown_to_whoever_sent_it_only(client: TestClient) -> None:
    from io import BytesIO

    from PIL import Image

    content = BytesIO()
    Image.effect_noise((64, 64), 90).save(content, "JPEG")
    sent = client.post(
        f"{API}/messages",
        data={"text": FLUSH, "key": "1"},
        files={"file": ("wc.jpg", content.getvalue(), "image/jpeg")},
    )
    assert sent.status_code == 200
    files = [file for entry in sent.json()["entries"] for file in entry["files"]]
    assert [file["media_type"] for file in files] == ["image/jpeg"]
    shown = client.get(f"{API}/files/{files[0]['hash']}")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert Image.open(BytesIO(shown.content)).size == (64, 64)
    client.cookies.clear()
    assert client.get(f"{API}/files/{files[0]['hash']}").status_code == 404


@pytest.mark.parametrize(
    ("sent", "status", "word"),
    [
        ({"json": {"text": "x" * 8001}}, 422, "text"),
        ({"json": {"text": "x", "answers": {"a": {"b": 1}}}}, 422, "answers"),
        ({"json": {"unknown": 1}}, 422, "unknown"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 422, "JSON"),
        ({"content": b"hello", "headers": {"Content-Type": "text/plain"}}, 415, "text/plain"),
        ({"data": {"text": "x"}, "files": {"file": ("a.exe", b"MZ", "application/x-msdownload")}}, 415, "a.exe"),
        (
            {"data": {"text": "x"}, "files": [("file", (f"{n}.png", b"x", "image/png")) for n in range(7)]},
            400,
            "7 files",
        ),
    ],
)
def test_what_cannot_be_taken_is_told_by_name(client: TestClient, sent: dict[str, Any], status: int, word: str) -> None:
    answer = client.post(f"{API}/messages", **sent)
    assert answer.status_code == status
    assert word in answer.json()["detail"]
    assert client.get(API).status_code == 404


def test_news_come_as_events_until_the_stream_ends(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from kastor.web import chat

    monkeypatch.setattr(chat, "STREAM", 0.05)
    assert client.get(f"{API}/events").status_code == 404
    found = client.post(f"{API}/messages", json={"text": FLUSH}).json()
    news = client.get(f"{API}/events").text
    assert f"id: {found['version']}" in news
    assert "event: entries" in news
    assert "event: entries" not in client.get(f"{API}/events?after={found['version']}").text


def test_a_browser_forgets_its_conversation(client: TestClient) -> None:
    client.post(f"{API}/messages", json={"text": FLUSH})
    assert client.delete(API).status_code == 204
    assert client.get(API).status_code == 404


def test_drafts_and_unknown_towns_have_no_chat(client: TestClient) -> None:
    assert client.get("/nowhere/chat").status_code == 404
    assert client.post("/api/tenants/nowhere/chat/messages", json={"text": "x"}).status_code == 404


def test_the_page_can_be_kept_among_the_apps(client: TestClient) -> None:
    manifest = client.get(f"{PAGE}/manifest.webmanifest?language=en").json()
    assert manifest["scope"] == PAGE
    assert manifest["start_url"] == f"{PAGE}?language=en"
    assert manifest["display"] == "standalone"
