"""The tables by which those who ask find their own cases again: what reaches them, and who has shown that it is theirs.

Addresses and numbers stand nowhere here, only a keyed hash of each (``contact``). The rows of a case go with it, and
with the last case of an address whatever else stands under its hash.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from kastor.store.metadata import METADATA

case_contacts = Table(
    "case_contacts",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("contact", Text, primary_key=True),
)
Index("case_contacts_by_contact", case_contacts.c.contact)

contact_keys = Table(
    "contact_keys",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)

contact_asks = Table(
    "contact_asks",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("contact", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False),
)
Index("contact_asks_by_contact", contact_asks.c.contact, contact_asks.c.at)

contact_secrets = Table(
    "contact_secrets",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("contact", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("until", Text, nullable=False),
)
Index("contact_secrets_by_contact", contact_secrets.c.contact)
