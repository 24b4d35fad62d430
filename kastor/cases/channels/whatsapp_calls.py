"""Talking to WhatsApp's Graph API: sending a body, fetching a file. Nothing else of it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import requests

from kastor.cases.channels.settings import LOCAL, WhatsAppSettings
from kastor.cases.channels.whatsapp import LARGEST_MEDIA, Media
from kastor.cases.delivery import GiveUp, TryLater
from kastor.cases.message import Attachment

SECONDS = 20.0
"""How long the server may take."""

LARGEST = 2**20
"""Of an answer that is no file. [bytes]"""

CLOSED_WINDOW = 131047
"""Code of the error that free text came too late."""

_LATER = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 133004, 190, 10, 3, 368})
"""Codes that say: later, or when the operator has mended something."""


class WindowClosed(Exception):
    """Free text may not be sent to somebody now."""


def post(settings: WhatsAppSettings, token: str, body: Mapping[str, Any]) -> str:
    """
    Send a body; gives the id WhatsApp has for the message.

    Raises
    ------
    WindowClosed
        When only a template may be sent.
    TryLater, GiveUp
        When it did not work for now, or for good.
    """
    address = f"{settings.api.rstrip('/')}/{settings.number}/messages"
    status, answer = _call("POST", address, token, orjson.dumps(body))
    if status == 200:
        sent = answer.get("messages")
        first = sent[0] if isinstance(sent, list) and sent else {}
        return str(first.get("id", "")) if isinstance(first, dict) else ""
    raise _refusal(status, answer)


def _refusal(status: int, answer: Mapping[str, Any]) -> Exception:
    error = answer.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if code == CLOSED_WINDOW:
        return WindowClosed()
    if status >= 500 or status in (401, 403, 408, 429) or code in _LATER:
        return TryLater(f"WhatsApp does not take the message now ({status}, code {code}).")
    return GiveUp(f"WhatsApp refuses the message ({status}, code {code}).")


def fetch(settings: WhatsAppSettings, token: str, media: Media) -> Attachment | None:
    """
    Fetch a file somebody sent; None when it is too large or gone.

    The address of the file is given by WhatsApp's answer: it must lie on a host the operator allows.

    Raises
    ------
    TryLater
        When the server does not answer.
    """
    status, about = _call("GET", f"{settings.api.rstrip('/')}/{quote(media.id, safe='')}", token, None)
    if status != 200:
        if status >= 500 or status in (401, 403, 429):
            raise TryLater(f"WhatsApp does not give the file now ({status}).")
        return None
    address, size = str(about.get("url", "")), about.get("file_size", 0)
    if not _allowed(settings, address) or (isinstance(size, int) and size > LARGEST_MEDIA):
        return None
    content = _content(address, token)
    return None if content is None else Attachment(media.name, media.media_type, content)


def _allowed(settings: WhatsAppSettings, address: str) -> bool:
    try:
        found, api = urlsplit(address), urlsplit(settings.api)
        here = (found.scheme, found.hostname, found.port) == (api.scheme, api.hostname, api.port)
    except ValueError:
        return False
    return here or (found.scheme == "https" and found.hostname in settings.media_hosts and found.hostname not in LOCAL)


def _content(address: str, token: str) -> bytes | None:
    try:
        with requests.get(address, headers=_head(token), timeout=SECONDS, stream=True, allow_redirects=False) as answer:
            if answer.status_code != 200:
                return None
            content: bytes = answer.raw.read(LARGEST_MEDIA + 1, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise TryLater(f"The file cannot be fetched ({type(error).__name__}).") from None
    return content if len(content) <= LARGEST_MEDIA else None


def _call(method: str, address: str, token: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
    headers = _head(token) | ({"Content-Type": "application/json"} if body is not None else {})
    try:
        with requests.request(
            method, address, data=body, headers=headers, timeout=SECONDS, stream=True, allow_redirects=False
        ) as answer:
            raw: bytes = answer.raw.read(LARGEST, decode_content=True)
            status = answer.status_code
    except (requests.RequestException, OSError) as error:
        raise TryLater(f"WhatsApp does not answer ({type(error).__name__}).") from None
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = {}
    return status, found if isinstance(found, dict) else {}


def _head(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "User-Agent": "Kastor"}
