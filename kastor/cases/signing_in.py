"""Finding one's own cases without a password: a link that is good once goes to where one can be reached.

Who asks is answered the same whether the address is known or not: it is only written down, and the clock of the cases
does the rest. The link goes to the address or number as it stands in the case, never to what was typed, and shows that
whoever opens it can be reached there; a number alone shows nothing, so a link that goes to the mail address of the same
case opens the cases of that address.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from kastor.cases import casework, contacts
from kastor.cases import commands as c
from kastor.cases.casework import Casework, Find
from kastor.cases.channels.sign_in_post import KIND, address
from kastor.cases.channels.whatsapp import is_open
from kastor.cases.contacts import Contact
from kastor.cases.message import MAIL, WHATSAPP
from kastor.cases.versions import find_procedure
from kastor.store import channels, requesters
from kastor.store.database import Database
from kastor.store.requesters import Ask


def is_possible(connection: Connection) -> bool:
    """Whether links can be sent at all: this instance has an address, the tenant a way out."""
    return bool(address()) and any(channels.settings(connection, one) is not None for one in (MAIL, WHATSAPP))


def ask(database: Database, contact: Contact, language: str, now: datetime) -> None:
    """Write down that somebody wants to see the cases of a contact, whether there are any or not."""
    with database.write("The request for a link cannot be written") as connection:
        requesters.ask(connection, requesters.hashed(connection, str(contact)), language, now)


def answer(database: Database, now: datetime, find: Find = find_procedure) -> int:
    """Let links be sent to those who asked and have a case; gives how many asked."""
    with database.read() as connection:
        asked = requesters.waiting(connection)
    for one in asked:
        with casework.begin(database, now, find) as work:
            if requesters.take(work.connection, one.id):
                _send(work, one)
    return len(asked)


def look_through(database: Database, now: datetime, find: Find = find_procedure) -> int:
    """Let go what has ended, and let cases be found that are older than this way in; gives the number of those."""
    with database.write("The contacts of cases cannot be written") as connection:
        requesters.tidy(connection, now)
        found = requesters.unlooked(connection)
        for case_id in found:
            state = casework.state_in(connection, case_id)
            follows = state["procedure"]
            procedure = find(connection, follows["id"], follows["version"]) if follows else None
            contacts.keep(connection, case_id, state, procedure)
    return len(found)


def _send(work: Casework, asked: Ask) -> None:
    """Send a link by the newest case that says how."""
    for case_id in requesters.cases_of(work.connection, {asked.contact}):
        way = next(_ways(work, case_id, asked.contact), None)
        if way is not None:
            channel, to = way
            proven = requesters.hashed(work.connection, str(to))
            payload = {"channel": channel, "to": to.value, "contact": proven, "language": asked.language}
            work.do(case_id, c.Send(KIND, payload, f"{KIND}:{asked.id}"))
            return


def _ways(work: Casework, case_id: str, wanted: str) -> Iterator[tuple[str, Contact]]:
    """Channels and contacts a link can go to: the one that is meant, else an address of the same case."""
    known = contacts.contacts_of(work.state(case_id), work.procedure(case_id))
    meant = [one for one in known if requesters.hashed(work.connection, str(one)) == wanted]
    yield from ((WHATSAPP, one) for one in meant if one.kind == contacts.PHONE and _listens(work, one.value))
    yield from ((MAIL, one) for one in (*meant, *known) if meant and one.kind == MAIL)


def _listens(work: Casework, number: str) -> bool:
    """Whether free text can be sent to a number by WhatsApp now."""
    if channels.settings(work.connection, WHATSAPP) is None:
        return False
    found = channels.thread(work.connection, WHATSAPP, number.lstrip("+"))
    return is_open(datetime.fromisoformat(found.at) if found else None, work.now)
