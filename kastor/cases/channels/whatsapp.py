"""WhatsApp Cloud API: what Meta's webhook sends, and what is sent back.

Meta sends every notice at least once, in any order and up to days late, so each message is known by its own id. What
is sent here is free text only while the person's last message is younger than 24 hours; after that a template the
operator has had approved asks for an answer, and the text follows when it comes.

Whoever uses this channel gives messages to Meta; it is off until a tenant switches it on with a notice of that.

References
----------
WhatsApp Business Platform, Cloud API: webhooks, messages, media (field names; checked against recorded payloads only).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from kastor.cases.channels.mail_headers import plain
from kastor.cases.channels.mail_parts import file_name
from kastor.cases.message import WHATSAPP, Attachment, Choice, Message, Reply

WINDOW = timedelta(hours=24)
"""How long after somebody's last message free text may be sent."""

LONGEST = 4096
"""Of one text. [characters]"""

BUTTONS, BUTTON, ROWS, ROW, DETAIL = 3, 20, 10, 24, 72
"""Buttons of a message and letters on each; rows of a list, letters of each and of its second line."""

LARGEST_BODY = 3 * 2**20
"""Of one notice. [bytes]"""

LARGEST_MEDIA = 20 * 2**20
"""Of a picture or document that is fetched. [bytes]"""

MOST = 1000
"""Messages of one notice that are read."""

PRESSED = re.compile(r"kastor:([A-Za-z0-9_-]{1,60}):(.{1,180})", re.DOTALL)
"""What a button of ours says when it is pressed: slot and value."""

_OPEN = {"de": "Auswählen", "en": "Choose", "leicht": "Auswählen"}


class BadNotice(ValueError):
    """What came is no notice of WhatsApp; the message says what is wrong with it."""


@dataclass(frozen=True)
class Media:
    """A file that is still to be fetched: its id at WhatsApp, its type and its name."""

    id: str
    media_type: str
    name: str


@dataclass(frozen=True)
class Incoming:
    """
    A message as WhatsApp told of it.

    Parameters
    ----------
    message
        What it says; files are not in it yet.
    media
        Files to fetch.
    name
        What the person calls himself or herself; empty when nothing.
    """

    message: Message
    media: tuple[Media, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Status:
    """
    What became of a message of ours.

    Parameters
    ----------
    id
        What WhatsApp calls it.
    status
        ``sent``, ``delivered``, ``read`` or ``failed``.
    key
        Key of the reply, as it was given along; empty when WhatsApp does not say.
    problem
        Why it failed.
    """

    id: str
    status: str
    key: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Notice:
    """What one call of the webhook tells: messages, statuses, and what of it could not be read."""

    messages: tuple[Incoming, ...]
    statuses: tuple[Status, ...]
    unread: tuple[str, ...] = ()


def challenge(query: Mapping[str, str], token: str) -> str | None:
    """The answer to WhatsApp's question whether this address is ours; None when the token is another one."""
    given = query.get("hub.verify_token", "")
    if not token or query.get("hub.mode") != "subscribe" or not hmac.compare_digest(given.encode(), token.encode()):
        return None
    return query.get("hub.challenge", "")[:500]


def signature(body: bytes, secret: str) -> str:
    """The value of ``X-Hub-Signature-256`` for a body."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"


def is_signed(body: bytes, given: str, secret: str) -> bool:
    """
    Whether a body comes from who knows the secret; takes the same time whatever is given.

    The bytes must be those that came: written anew, the same JSON has another signature.
    """
    return bool(secret) and hmac.compare_digest(signature(body, secret).encode(), given.strip().encode())


def notice(body: bytes, number: str, received: datetime) -> Notice:
    """
    What a webhook call tells.

    Parameters
    ----------
    body
        As it came; its signature was checked already.
    number
        Id of the telephone number this tenant has at WhatsApp; what is for another one is left out.
    received
        When it came; for messages that do not say when they were sent.

    Raises
    ------
    BadNotice
        When it is no JSON of WhatsApp's kind.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadNotice(f"The notice is no JSON: {error}.") from None
    if not isinstance(data, dict) or data.get("object") != "whatsapp_business_account":
        raise BadNotice("object: whatsapp_business_account is expected; this is a notice of something else.")
    messages: list[Incoming] = []
    statuses: list[Status] = []
    unread: list[str] = []
    for value in values(data):
        if str(_get(value, "metadata", "phone_number_id")) != number:
            unread.append("a notice for another telephone number")
            continue
        names = {
            str(_get(one, "wa_id")): plain(str(_get(one, "profile", "name")), 100) for one in listed(value, "contacts")
        }
        for entry in listed(value, "messages")[: MOST - len(messages)]:
            found = _incoming(entry, names, received)
            if isinstance(found, Incoming):
                messages.append(found)
            else:
                unread.append(found)
        statuses += [one for entry in listed(value, "statuses")[:MOST] if (one := _status(entry))]
    ordered = sorted(messages, key=lambda one: one.message.received)
    return Notice(tuple(ordered), tuple(statuses), tuple(unread))


def values(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parts of a notice that tell of messages."""
    for entry in listed(data, "entry"):
        for change in listed(entry, "changes"):
            value = change.get("value")
            if change.get("field") == "messages" and isinstance(value, dict):
                yield value


def listed(data: Any, name: str) -> list[dict[str, Any]]:
    """The objects of a list in JSON; none when there is no such list."""
    found = data.get(name) if isinstance(data, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _get(data: Any, *names: str) -> Any:
    """What lies deep in JSON; empty when it is not there."""
    for name in names:
        data = data.get(name, "") if isinstance(data, dict) else ""
    return data if isinstance(data, str | int | float) else ""


def _incoming(entry: Mapping[str, Any], names: Mapping[str, str], received: datetime) -> Incoming | str:
    """One message; words that say why it is left out otherwise."""
    identity, sender, kind = (str(_get(entry, name)) for name in ("id", "from", "type"))
    if not identity or not re.fullmatch(r"\d{5,20}", sender):
        return "a message without id or sender"
    if kind in ("reaction", "system", "ephemeral"):
        return f"a {kind}"
    text, media, answers, place = _content(entry, kind)
    message = Message(
        channel=WHATSAPP, key=identity[:300], thread=sender, sender=f"+{sender}", text=text[: LONGEST * 4],
        received=_moment(_get(entry, "timestamp"), received), answers=answers, place=place,
    )  # fmt: skip
    return Incoming(message, media, names.get(sender, ""))


def _content(
    entry: Mapping[str, Any], kind: str
) -> tuple[str, tuple[Media, ...], Mapping[str, Any], tuple[float, float] | None]:
    """Text, files, answers pressed and place of a message."""
    if kind == "text":
        return str(_get(entry, "text", "body")), (), {}, None
    if kind == "interactive":
        pressed = next((one for one in ("button_reply", "list_reply") if _get(entry, "interactive", one, "id")), "")
        return *_pressed(_get(entry, "interactive", pressed, "id"), _get(entry, "interactive", pressed, "title")), None
    if kind == "button":
        return *_pressed(_get(entry, "button", "payload"), _get(entry, "button", "text")), None
    if kind == "location":
        point = _point(_get(entry, "location", "longitude"), _get(entry, "location", "latitude"))
        words = ", ".join(
            str(_get(entry, "location", name)) for name in ("name", "address") if _get(entry, "location", name)
        )
        return words, (), {}, point
    if kind in ("image", "document", "audio", "video", "sticker"):
        media_type = plain(str(_get(entry, kind, "mime_type")).partition(";")[0], 100) or "application/octet-stream"
        ending = media_type.rpartition("/")[2]
        name = file_name(str(_get(entry, kind, "filename"))) or f"{kind}.{re.sub('[^a-z0-9]', '', ending)[:8] or 'bin'}"
        media = Media(str(_get(entry, kind, "id"))[:100], media_type, name)
        return str(_get(entry, kind, "caption")), (media,) if media.id else (), {}, None
    # contacts, orders and what is new after this was written: somebody should know that it came
    return f"[{plain(kind, 40) or 'unknown'}]", (), {}, None


def _pressed(value: Any, title: Any) -> tuple[str, tuple[Media, ...], Mapping[str, Any]]:
    found = PRESSED.fullmatch(str(value))
    return str(title), (), {found.group(1): found.group(2)} if found else {}


def _point(longitude: Any, latitude: Any) -> tuple[float, float] | None:
    try:
        east, north = float(longitude), float(latitude)
    except (TypeError, ValueError):
        return None
    return (east, north) if -180 <= east <= 180 and -90 <= north <= 90 else None


def _moment(value: Any, otherwise: datetime) -> datetime:
    try:
        return min(datetime.fromtimestamp(int(value), UTC), otherwise)
    except (TypeError, ValueError, OverflowError, OSError):
        return otherwise


def _status(entry: Mapping[str, Any]) -> Status | None:
    identity, status = str(_get(entry, "id"))[:300], str(_get(entry, "status"))
    if not identity or status not in ("sent", "delivered", "read", "failed"):
        return None
    first = (listed(entry, "errors") or [{}])[0]
    problem = " ".join(str(_get(first, name)) for name in ("code", "title") if _get(first, name))
    return Status(identity, status, str(_get(entry, "biz_opaque_callback_data"))[:300], problem[:300])


def with_files(incoming: Incoming, files: Sequence[Attachment]) -> Message:
    """The message with the files that were fetched."""
    return replace(incoming.message, attachments=tuple(files))


def is_open(last: datetime | None, now: datetime) -> bool:
    """Whether free text may be sent to somebody whose last message came then."""
    return last is not None and now - last < WINDOW


def bodies(reply: Reply, number: str) -> list[dict[str, Any]]:
    """
    What is sent for a reply: one body for each message, the last with what can be pressed.

    Three short choices are buttons, ten are rows of a list, more are numbered lines. The key of the reply goes along,
    so that a status tells which reply it is about.
    """
    text = reply.text if _fit(reply.choices) else f"{reply.text}\n\n{_numbered(reply.choices)}"
    pieces = _pieces(text, LONGEST if not _fit(reply.choices) or not reply.choices else 1024)
    found = [{"type": "text", "text": {"preview_url": False, "body": piece}} for piece in pieces]
    if reply.choices and _fit(reply.choices):
        found[-1] = {"type": "interactive", "interactive": _interactive(reply, pieces[-1])}
    return [
        {
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": number.lstrip("+"),
            "biz_opaque_callback_data": f"{reply.key}/{part}"[:300], **body,
        }
        for part, body in enumerate(found)
    ]  # fmt: skip


def _fit(choices: Sequence[Choice]) -> bool:
    """Whether choices can be pressed: not too many, and what they mean fits into a button."""
    return len(choices) <= ROWS and all(len(one.value) <= 180 for one in choices)


def _numbered(choices: Sequence[Choice]) -> str:
    return "\n".join(f"{number}) {choice.label}" for number, choice in enumerate(choices, 1))


def _interactive(reply: Reply, text: str) -> dict[str, Any]:
    body = {"text": text or "…"}
    slot = reply.ask or "_"
    if len(reply.choices) <= BUTTONS and all(len(one.label) <= BUTTON for one in reply.choices):
        buttons = [
            {"type": "reply", "reply": {"id": f"kastor:{slot}:{one.value}", "title": one.label}}
            for one in reply.choices
        ]
        return {"type": "button", "body": body, "action": {"buttons": buttons}}
    rows = [_row(slot, one) for one in reply.choices]
    section = {"title": _OPEN[reply.language], "rows": rows}
    return {"type": "list", "body": body, "action": {"button": _OPEN[reply.language], "sections": [section]}}


def _row(slot: str, choice: Choice) -> dict[str, str]:
    row = {"id": f"kastor:{slot}:{choice.value}", "title": choice.label}
    if len(choice.label) > ROW:
        row = {**row, "title": f"{choice.label[: ROW - 1].rstrip()}…", "description": choice.label[:DETAIL]}
    return row


def _pieces(text: str, longest: int) -> list[str]:
    """A text in pieces that are not too long, cut between paragraphs, lines or words."""
    found, rest = [], text.strip()
    while len(rest) > longest:
        cut = max(rest.rfind("\n\n", 1, longest), 0) or max(
            rest.rfind("\n", 1, longest), rest.rfind(" ", 1, longest), 0
        )
        cut = cut or longest
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest]


def template(name: str, language: str, number: str, key: str) -> dict[str, Any]:
    """What is sent when free text is not allowed: the operator's approved template that asks for an answer."""
    return {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": number.lstrip("+"),
        "biz_opaque_callback_data": f"{key}/template"[:300], "type": "template",
        "template": {"name": name, "language": {"code": "en" if language == "en" else "de"}},
    }  # fmt: skip
