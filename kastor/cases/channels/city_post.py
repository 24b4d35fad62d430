"""Defect reports on their way to a city's existing system, and news of how they stand there.

The place, the kind and the words of a report go along, without what names somebody; who made it does not. GeoReport
knows no keys, so a report may reach the city twice when this program is killed between sending and writing that down;
the id of the case goes along as ``account_id``, by which the city can see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kastor.cases import casework, commands
from kastor.cases.channels.defects import CATEGORY, DESCRIPTION, FINISHED, PROCEDURE
from kastor.cases.channels.open311_client import CitySystemError, Client
from kastor.cases.channels.outgoing import settings_of
from kastor.cases.channels.settings import ChannelSecrets, Open311Settings
from kastor.cases.delivery import GiveUp, TryLater
from kastor.cases.message import OPEN311
from kastor.cases.redaction import redact
from kastor.store import cases, channels
from kastor.store.database import Database
from kastor.store.outbox import Item

CITY = "open311-city"
"""Names of this channel are ids of cases; they lead to the id of the request in the city's system."""

WAITS = "token:"
"""Begins what stands for an id as long as the city has given a token only."""

CLOSED = "city_closed"
"""Why a person is wanted when the city's system says that something is settled."""


def client_of(database: Database, settings: Open311Settings) -> Client:
    """The city's system."""
    key = ChannelSecrets().of(database.directory.name, OPEN311, "city")
    return Client(settings.city, key, settings.city_jurisdiction)


def send(database: Database, item: Item) -> None:
    """
    Hand a report to the city's system; a ``Sender`` of effects. Without such a system it stays with the staff here.

    Raises
    ------
    TryLater, GiveUp
        When the city's system does not answer, or refuses.
    """
    settings = settings_of(database, OPEN311)
    if not isinstance(settings, Open311Settings) or not settings.city:
        return
    with database.read() as connection:
        if channels.thread_named(connection, CITY, item.case) is not None:
            return
    try:
        request_id, token = client_of(database, settings).post(_fields(settings, item), {})
    except CitySystemError as error:
        raise (GiveUp if error.lasting else TryLater)(str(error)) from None
    with database.write("A report that was handed on cannot be noted") as connection:
        named = request_id or f"{WAITS}{token}"
        channels.name(connection, CITY, named, [item.case], datetime.fromisoformat(item.made))


def _fields(settings: Open311Settings, item: Item) -> dict[str, str]:
    facts: Mapping[str, Any] = item.payload.get("facts") or {}
    place: Mapping[str, Any] = item.payload.get("place") or {}
    code = str(facts.get(CATEGORY) or "")
    point = place.get("point") or ("", "")
    return {
        "service_code": settings.city_codes.get(code, code),
        "description": redact(str(facts.get(DESCRIPTION) or "")).text,
        "long": str(point[0]), "lat": str(point[1]), "address_string": str(place.get("address") or ""),
        "account_id": item.case,
    }  # fmt: skip


def pull(database: Database, settings: Open311Settings, now: datetime) -> int:
    """Ask how open reports stand in the city's system; gives the number of those that are settled there."""
    client = client_of(database, settings)
    with database.read() as connection:
        found = [one.id for one in cases.listed(connection, procedure=PROCEDURE) if one.status not in FINISHED]
        remote = {one: channels.thread_named(connection, CITY, one) for one in found}
    settled = 0
    for case_id, named in remote.items():
        if named is None:
            continue
        if named.startswith(WAITS):
            named = _redeemed(database, client, case_id, named, now)
        if named:
            settled += _settled(database, client, case_id, named, now)
    return settled


def _redeemed(database: Database, client: Client, case_id: str, named: str, now: datetime) -> str:
    """The id a token stands for; empty while there is none."""
    request_id = client.token(named.removeprefix(WAITS))
    if request_id:
        with database.write("A report that was handed on cannot be noted") as connection:
            channels.unname(connection, CITY, case_id)
            channels.name(connection, CITY, request_id, [case_id], now)
    return request_id


def _settled(database: Database, client: Client, case_id: str, request_id: str, now: datetime) -> bool:
    """Whether the city's system says that a report is settled; a person then tells who reported it."""
    found = client.request(request_id)
    if found.open:
        return False
    with casework.begin(database, now) as work:
        if work.state(case_id)["wanted"] == CLOSED:
            return False
        work.do(case_id, commands.HandOver(CLOSED, found.notes[:500]))
    return True
