"""What is told to the system of the housing company goes out: by request, or as a file."""

from __future__ import annotations

import csv
import hmac
import io
import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson
import requests

from kastor.cases.appointments.erp import NAME, ErpSettings, read, record
from kastor.cases.channels.settings import ChannelSecrets
from kastor.cases.delivery import GiveUp, TryLater
from kastor.store import crafts
from kastor.store.database import Database
from kastor.store.outbox import Item

SECONDS = 20.0
"""How long the other system may take. [s]"""


def send(database: Database, item: Item) -> None:
    """
    Hand something over; a ``Sender`` of effects. Without a connection there is nobody to tell, and it is done.

    Raises
    ------
    TryLater, GiveUp
        When it did not work for now, or the other system refuses it for good.
    """
    with database.read() as connection:
        found = crafts.connection_settings(connection, NAME)
    if found is None:
        return
    settings = read(found)
    told = record(settings, item.payload)
    if settings.way in ("csv", "xml"):
        _drop(database.directory / "erp", item.key, settings.way, told)
    else:
        _post(settings, database.directory.name, item.key, orjson.dumps(told))


def _post(settings: ErpSettings, tenant: str, key: str, body: bytes) -> None:
    secrets = ChannelSecrets()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    if settings.way == "webhook":
        secret = secrets.of(tenant, NAME, "signature").encode()
        headers["X-Kastor-Signature"] = f"sha256={hmac.new(secret, body, sha256).hexdigest()}"
    elif token := secrets.of(tenant, NAME, "token"):
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = requests.post(settings.url, data=body, headers=headers, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise TryLater(f"The other system cannot be reached ({type(error).__name__}).") from None
    if answer.status_code >= 500 or answer.status_code in (401, 403, 404, 408, 425, 429):
        raise TryLater(f"The other system does not take it now ({answer.status_code}).")
    # 409: it has this key already
    if answer.status_code >= 300 and answer.status_code != 409:
        raise GiveUp(f"The other system refuses it ({answer.status_code}).")


def _drop(folder: Path, key: str, way: str, told: Mapping[str, Any]) -> None:
    """Write a file as a whole or not at all; its name is the key, so that it is there once."""
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9_-]", "_", key)
    content = _as_csv(told) if way == "csv" else _as_xml(told)
    draft = folder / f".{name}.part"
    draft.write_bytes(content)
    os.replace(draft, folder / f"{name}.{way}")


def _as_csv(told: Mapping[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(told)
    writer.writerow([_harmless("" if value is None else str(value)) for value in told.values()])
    return text.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _as_xml(told: Mapping[str, Any]) -> bytes:
    root = Element("kastor")
    for name, value in told.items():
        text = "" if value is None else str(value)
        # control characters are no XML
        SubElement(root, name).text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
