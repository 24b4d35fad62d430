"""What Meta's webhook sends, in its shape, and what is sent back; WhatsApp itself is never asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.cases.channels.whatsapp import (
    BadNotice,
    bodies,
    challenge,
    is_open,
    is_signed,
    notice,
    signature,
    template,
)
from kastor.cases.message import Choice, Reply

NOW = datetime(2026, 11, 27, 8, 20, tzinfo=UTC)
NUMBER, SECRET = "106540352242922", "geheim"


def call(*messages: dict, statuses: tuple[dict, ...] = (), number: str = NUMBER) -> bytes:
    """A notice as WhatsApp sends it."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4915100000000", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Erika"}, "wa_id": "491510000001"}],
        "messages": list(messages), "statuses": list(statuses),
    }  # fmt: skip
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def said(kind: str, content: object, identity: str = "wamid.1", at: int = 1795767000) -> dict:
    return {"from": "491510000001", "id": identity, "timestamp": str(at), "type": kind, kind: content}


def one(body: bytes):
    (found,) = notice(body, NUMBER, NOW).messages
    return found


def test_the_address_is_proved_with_the_token_only():
    query = {"hub.mode": "subscribe", "hub.verify_token": "wort", "hub.challenge": "1158201444"}
    assert challenge(query, "wort") == "1158201444"
    assert challenge(query, "anderes") is None
    assert challenge({**query, "hub.mode": "x"}, "wort") is None
    assert challenge({**query, "hub.verify_token": ""}, "") is None


def test_a_signature_is_of_the_very_bytes():
    body = call(said("text", {"body": "Hallo"}))
    assert is_signed(body, signature(body, SECRET), SECRET)
    assert not is_signed(orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2), signature(body, SECRET), SECRET)
    assert not is_signed(body, signature(body, "anderes"), SECRET)
    assert not is_signed(body, "", SECRET)
    assert not is_signed(body, "sha256=ü", SECRET)
    assert not is_signed(body, signature(body, ""), "")


def test_the_signature_of_a_known_body():
    # printf Hallo | openssl dgst -sha256 -hmac geheim
    expected = "17621bd7cb0ac96320a23c3978947aded29a350a13c5754e9a2b69fdab1bff38"
    assert signature(b"Hallo", SECRET) == f"sha256={expected}"


def test_a_text_is_a_message():
    found = one(call(said("text", {"body": "Die Spülung läuft"})))
    assert (found.message.text, found.message.key, found.message.thread) == (
        "Die Spülung läuft",
        "wamid.1",
        "491510000001",
    )
    assert found.message.sender == "+491510000001"
    assert found.message.received == datetime.fromtimestamp(1795767000, UTC)
    assert found.name == "Erika"


@pytest.mark.parametrize(
    ("kind", "content", "text", "answers"),
    [
        ("interactive", {"type": "button_reply", "button_reply": {"id": "kastor:tierart:hund", "title": "Hund"}},
         "Hund", {"tierart": "hund"}),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "kastor:_intent:schaden", "title": "Schaden"}},
         "Schaden", {"_intent": "schaden"}),
        ("button", {"payload": "kastor:_done:ja", "text": "Ja"}, "Ja", {"_done": "ja"}),
        ("button", {"payload": "fremd", "text": "Ja"}, "Ja", {}),
        ("contacts", [{"name": {}}], "[contacts]", {}),
        ("unsupported", {}, "[unsupported]", {}),
    ],
)  # fmt: skip
def test_what_was_pressed_is_an_answer(kind, content, text, answers):
    message = one(call(said(kind, content))).message
    assert (message.text, dict(message.answers)) == (text, answers)


def test_a_place_is_longitude_then_latitude():
    found = one(call(said("location", {"latitude": 51.66, "longitude": 6.96, "name": "Markt", "address": "Dorsten"})))
    assert (found.message.place, found.message.text) == ((6.96, 51.66), "Markt, Dorsten")
    assert one(call(said("location", {"latitude": 95, "longitude": 6}))).message.place is None


def test_a_picture_is_to_be_fetched():
    found = one(call(said("image", {"id": "77", "mime_type": "image/jpeg", "caption": "Hier tropft es"})))
    assert found.message.text == "Hier tropft es"
    assert [(m.id, m.media_type, m.name) for m in found.media] == [("77", "image/jpeg", "image.jpeg")]
    document = one(call(said("document", {"id": "8", "mime_type": "application/pdf", "filename": "../../a.pdf"})))
    assert document.media[0].name == "a.pdf"


def test_messages_are_put_in_the_order_they_were_sent():
    late = said("text", {"body": "zwei"}, "wamid.2", 1795766900)
    found = notice(call(said("text", {"body": "drei"}, "wamid.3"), late), NUMBER, NOW).messages
    assert [m.message.text for m in found] == ["zwei", "drei"]


def test_what_is_not_for_this_number_and_what_is_no_message_is_left_out_and_named():
    assert notice(call(said("text", {"body": "x"}), number="other"), NUMBER, NOW).unread
    found = notice(call(said("reaction", {"emoji": "x"}), {"type": "text"}), NUMBER, NOW)
    assert (found.messages, found.unread) == ((), ("a reaction", "a message without id or sender"))


def test_a_status_tells_the_key_of_the_reply():
    failed = {
        "id": "wamid.9",
        "status": "failed",
        "biz_opaque_callback_data": "k/0",
        "errors": [{"code": 131047, "title": "x"}],
    }
    found = notice(call(statuses=(failed, {"id": "wamid.9", "status": "delivered"}, {"status": "read"})), NUMBER, NOW)
    assert [(s.status, s.key, s.problem) for s in found.statuses] == [
        ("failed", "k/0", "131047 x"),
        ("delivered", "", ""),
    ]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"object":"page"}', b"\xff", b'"x"', b"{" * 100_000])
def test_what_is_no_notice_is_refused(body):
    with pytest.raises(BadNotice):
        notice(body, NUMBER, NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["entry", "changes", "value", "messages", "id", "from", "type", "text", "field"]),
            inner, max_size=4,
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_any_json_of_the_kind_is_read_without_harm(content):
    found = notice(orjson.dumps({"object": "whatsapp_business_account", "entry": content}), NUMBER, NOW)
    assert isinstance(found.messages, tuple)
    value = {"metadata": {"phone_number_id": NUMBER}, "messages": content, "contacts": content, "statuses": content}
    entry = [{"changes": [{"field": "messages", "value": value}]}]
    assert notice(orjson.dumps({"object": "whatsapp_business_account", "entry": entry}), NUMBER, NOW) is not None


def test_the_window_is_open_for_a_day():
    assert is_open(NOW - timedelta(hours=23, minutes=59), NOW)
    assert not is_open(NOW - timedelta(hours=24), NOW)
    assert not is_open(None, NOW)


def reply(count: int, label: str = "Hund", text: str = "Welches Tier?") -> Reply:
    choices = tuple(Choice(f"v{n}", f"{label} {n}") for n in range(count))
    return Reply(text, "de", "r1", "question", choices, "tierart")


@pytest.mark.parametrize(
    ("count", "label", "kind"),
    [
        (0, "", "text"),
        (3, "Hund", "button"),
        (4, "Hund", "list"),
        (2, "Ein sehr langer Name", "list"),
        (11, "Hund", "text"),
    ],
)
def test_choices_are_buttons_rows_or_numbers(count, label, kind):
    (body,) = bodies(reply(count, label), "+491510000001")
    assert body["to"] == "491510000001"
    found = body["type"] if body["type"] == "text" else body["interactive"]["type"]
    assert found == kind
    if kind == "button":
        assert all(len(b["reply"]["title"]) <= 20 for b in body["interactive"]["action"]["buttons"])
    if kind == "list":
        rows = body["interactive"]["action"]["sections"][0]["rows"]
        assert all(len(r["title"]) <= 24 and len(r.get("description", "")) <= 72 for r in rows)
    if count == 11:
        assert "11) Hund 10" in body["text"]["body"]


def test_what_a_button_says_comes_back_as_the_answer():
    (body,) = bodies(reply(3), "+49")
    pressed = body["interactive"]["action"]["buttons"][1]["reply"]
    message = one(call(said("interactive", {"type": "button_reply", "button_reply": pressed}))).message
    assert dict(message.answers) == {"tierart": "v1"}


def test_a_long_text_is_several_messages_and_nothing_is_lost():
    text = "\n\n".join(f"Absatz {n}: " + "Wort " * 150 for n in range(20))
    found = bodies(reply(0, text=text), "+49")
    assert len(found) > 3
    assert all(len(b["text"]["body"]) <= 4096 for b in found)
    assert " ".join(b["text"]["body"] for b in found).split() == text.split()
    assert [b["biz_opaque_callback_data"] for b in found] == [f"r1/{n}" for n in range(len(found))]
    assert len(bodies(reply(2, text="x" * 3000), "+49")[-1]["interactive"]["body"]["text"]) <= 1024


def test_outside_the_window_a_template_asks_for_an_answer():
    body = template("neues", "en", "+491510000001", "r1")
    assert body["template"] == {"name": "neues", "language": {"code": "en"}}
    assert body["biz_opaque_callback_data"] == "r1/template"
