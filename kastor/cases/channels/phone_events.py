"""What a telephony provider tells and is told: JSON, signed, one event after the other.

``X-Kastor-Signature: t=SECONDS,v1=HEX`` with HMAC-SHA256 over ``SECONDS.BODY`` proves who sent an event, and when.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

import orjson

from kastor.cases.message import Language

LARGEST_BODY = 64 * 2**10
"""Of one event. [bytes]"""

FRESH = 300
"""How old a signature may be. [s]"""

KINDS = ("started", "transcript", "digits", "recording", "silence", "hangup")
"""What a provider can tell."""

Do = Literal["say", "ask", "transfer", "hangup"]


class BadEvent(ValueError):
    """What came is no event of a call; the message names field, value and cure."""


@dataclass(frozen=True)
class Event:
    """
    Something that happened in a call.

    Parameters
    ----------
    call
        The provider's id of the call.
    number
        Counts the events of the call, 1 first.
    kind
        One of ``KINDS``.
    caller
        Telephone number of who calls, as ``+49...``; empty when it is withheld.
    text
        What was heard.
    confidence
        How sure the recognition is, 0 to 1; 1 when the provider does not say.
    digits
        Keys that were pressed.
    url
        Where a recording lies at the provider; kept as a reference, never fetched.
    at
        When, UTC.
    """

    call: str
    number: int
    kind: str
    caller: str
    text: str = ""
    confidence: float = 1.0
    digits: str = ""
    url: str = ""
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Action:
    """
    What the provider is to do.

    Parameters
    ----------
    do
        ``say`` a text, ``ask`` one and wait for words or keys, ``transfer`` the call, or ``hangup``.
    text
        To be spoken.
    language
        It is spoken in.
    digits
        Most keys that are waited for, 0 for none.
    to
        Telephone number of a transfer.
    """

    do: Do
    text: str = ""
    language: Language = "de"
    digits: int = 0
    to: str = ""


def signature(body: bytes, secret: str, at: int) -> str:
    """The value of ``X-Kastor-Signature`` for a body sent at a moment (seconds since 1970)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={digest}"


def is_signed(body: bytes, given: str, secret: str, now: datetime) -> bool:
    """Whether an event comes from who knows the secret, and was sent just now."""
    found = re.fullmatch(r"t=(\d{1,12}),v1=([0-9a-f]{64})", given.strip())
    if not found or not secret or abs(now.timestamp() - int(found.group(1))) > FRESH:
        return False
    return hmac.compare_digest(signature(body, secret, int(found.group(1))), given.strip())


def event(body: bytes, now: datetime) -> Event:
    """
    What the provider tells.

    Raises
    ------
    BadEvent
        When a field is missing or makes no sense.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadEvent(f"The event is no JSON: {error}.") from None
    if not isinstance(data, dict):
        raise BadEvent("The event must be a JSON object with call, number and event.")
    call, number, kind = data.get("call"), data.get("number"), data.get("event")
    if not isinstance(call, str) or not 1 <= len(call) <= 200:
        raise BadEvent("call: the id of the call is needed, 1 to 200 letters.")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 10_000:
        raise BadEvent(f"number: {str(number)[:40]!r} is not 1 to 10000; count the events of a call from 1.")
    if kind not in KINDS:
        raise BadEvent(f"event: {str(kind)[:40]!r} is none of {', '.join(KINDS)}.")
    confidence = data.get("confidence", 1.0)
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise BadEvent(f"confidence: {str(confidence)[:40]!r} is not between 0 and 1.")
    caller = re.sub(r"[^\d+]", "", str(data.get("from", "")))[:20]
    digits = re.sub(r"[^0-9*#]", "", str(data.get("digits", "")))[:40]
    texts = {name: str(data.get(name, ""))[:2000] for name in ("text", "url")}
    return Event(call, number, kind, caller, texts["text"], float(confidence), digits, texts["url"], now)


def as_json(actions: Sequence[Action]) -> dict[str, Any]:
    """The answer to the provider: ``{"actions": [...]}``, fields that mean nothing left out."""
    return {"actions": [_plain(action) for action in actions]}


def _plain(action: Action) -> dict[str, Any]:
    found: dict[str, Any] = {"do": action.do}
    if action.do in ("say", "ask"):
        found |= {"text": action.text, "language": "en" if action.language == "en" else "de"}
    if action.do == "ask":
        found |= {"digits": action.digits}
    if action.do == "transfer":
        found |= {"to": action.to}
    return found
