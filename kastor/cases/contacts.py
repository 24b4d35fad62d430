"""What reaches who asks: mail addresses and telephone numbers of a case, each written in one way.

They come from where messages came from and from what somebody said to be reached by. The tables hold a keyed hash of
each (``store.requesters``), made anew whenever a case is written; it goes when the case is erased.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import phonenumbers
from sqlalchemy import Connection

from kastor.cases.events import Event, State
from kastor.cases.gate import Terms
from kastor.cases.message import MAIL, STAFF
from kastor.cases.procedure import Procedure
from kastor.cases.understanding.contacts import read_email, read_phone
from kastor.cases.understanding.values import Context
from kastor.store import requesters

PHONE = "phone"
"""The kind of a number; that of an address is ``mail``."""

LONGEST = 254
"""Letters of an address."""

REACHED_BY = frozenset({"phone", "email"})
"""Grammars of slots that say how somebody is reached."""

OPEN_CONTACT = "kontakt"
"""The slot that holds either, in words."""

_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,253}")
_CAPITALS = re.compile("[A-Z]+")


@dataclass(frozen=True, order=True)
class Contact:
    """A mail address or a telephone number (E.164); ``kind`` says which."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def contact_of(text: str) -> Contact | None:
    """
    What somebody typed or a channel told, as a contact; None when it is none.

    Only Latin capitals are made small: of other letters more than one may have the same small form, and two mailboxes
    must never become one.

    Examples
    --------
    >>> contact_of(" Anna@Example.org "), contact_of("0151 2345 6789")
    (Contact(kind='mail', value='anna@example.org'), Contact(kind='phone', value='+4915123456789'))
    """
    plain = text.strip()
    if "@" in plain:
        fits = len(plain) <= LONGEST and _ADDRESS.fullmatch(plain)
        return Contact(MAIL, _CAPITALS.sub(lambda found: found[0].lower(), plain)) if fits else None
    return _number(plain)


def contacts_of(state: State, procedure: Terms | None) -> list[Contact]:
    """Contacts of who asks in a case, in order and each once; addresses before numbers."""
    # the sender of a staff entry is the member of the staff
    told = [str(one.get("sender") or "") for one in state["channels"] if one["channel"] != STAFF]
    found = [contact_of(one) for one in told]
    for text in _said(state, procedure):
        context = Context(datetime.now(UTC), asked=True)
        found += [contact_of(str(one.value)) for one in (*read_email(text, context), *read_phone(text, context))]
    return sorted({one for one in found if one is not None})


def may_change(event: Event, procedure: Terms | None) -> bool:
    """Whether a case may have other contacts after an event."""
    if event.kind in ("fact", "withdrawn"):
        return event.public["slot"] in _slots(procedure)
    return event.kind in ("opened", "bound", "switched")


def keep(connection: Connection, case_id: str, state: State, procedure: Terms | None) -> None:
    """Let a case be found by its contacts as they are now."""
    hashes = [requesters.hashed(connection, str(one)) for one in contacts_of(state, procedure)]
    requesters.set_contacts(connection, case_id, hashes)


def _said(state: State, procedure: Terms | None) -> list[str]:
    """Answers that say how somebody is reached."""
    values = (state["facts"].get(name, {}).get("value") for name in _slots(procedure))
    return [value for value in values if isinstance(value, str)]


def _slots(procedure: Terms | None) -> list[str]:
    """Slots that say how somebody is reached."""
    slots = procedure.form.slots if isinstance(procedure, Procedure) else {}
    return [name for name, one in slots.items() if one.grammar in REACHED_BY or name == OPEN_CONTACT]


def _number(text: str) -> Contact | None:
    if not re.fullmatch(r"\+?[\d\s()/.-]{5,30}", text):
        return None
    try:
        number = phonenumbers.parse(text, "DE")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return Contact(PHONE, str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)))
