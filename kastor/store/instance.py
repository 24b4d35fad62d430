"""The tables of an instance: people, sessions and keys, who granted whom which role, its audit log, the queue of runs.

What belongs to a tenant stays with the tenant; people belong to the instance, since one person may
work for several tenants. Times are ISO 8601 in UTC, so that they compare as texts. Of every secret
only a hash is kept.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import JSON, Column, Connection, Double, Index, Integer, MetaData, SmallInteger, Table, Text, inspect

from kastor.store import stores
from kastor.store.database import Database
from kastor.store.errors import NewerTenant
from kastor.store.schema import AUDIT_STAYS, audit

REVISION = "0003"
"""The migration this code works with."""

METADATA = MetaData()

people = Table(
    "people",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("closed", Text),
)
Index("people_by_subject", people.c.issuer, people.c.subject)

grants = Table(
    "grants",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("granted", Text, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Text),
    Column("ended", Text),
    Column("ended_by", Text, nullable=False),
    Column("ended_reason", Text, nullable=False),
)
Index("grants_by_person", grants.c.person)
Index("grants_by_tenant", grants.c.tenant)

sessions = Table(
    "sessions",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("person", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("begun", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("until", Text, nullable=False),
)
Index("sessions_by_person", sessions.c.person)

invitations = Table(
    "invitations",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("until", Text, nullable=False),
)

keys = Table(
    "keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("rights", JSON, nullable=False),
    Column("title", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("used", Text, nullable=False),
    Column("ended", SmallInteger, nullable=False),
)
Index("keys_by_person", keys.c.person)

attempts = Table(
    "attempts",
    METADATA,
    Column("login", Text, primary_key=True),
    Column("failed", Integer, nullable=False),
    Column("wait_until", Text, nullable=False),
    Column("last", Text, nullable=False),
)

sign_ins = Table(
    "sign_ins",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("until", Text, nullable=False),
)

passkeys = Table(
    "passkeys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("used", Text, nullable=False),
)
Index("passkeys_by_person", passkeys.c.person)

runs = Table(
    "runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("callbacks", JSON, nullable=False),
    Column("who", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("finished", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("beat", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("done", Double, nullable=False),
    Column("what", JSON, nullable=False),
    Column("problem", Text, nullable=False),
    Column("result", Text, nullable=False),
)
Index("runs_by_state", runs.c.state, runs.c.priority, runs.c.created)
Index("runs_by_tenant", runs.c.tenant, runs.c.created)

audit.to_metadata(METADATA)

_STAMP = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
    f"INSERT INTO alembic_version VALUES ('{REVISION}')",
)
_UPDATE = (f"UPDATE alembic_version SET version_num = '{REVISION}' WHERE version_num < '{REVISION}'",)
_FOUND = "SELECT version_num FROM alembic_version"


def open_instance(home: Path) -> Database:
    """
    Open what an instance knows besides its tenants; made when it is not there yet, brought up to date when it is old.

    Raises
    ------
    NewerTenant
        When a newer Kastor wrote it.
    """
    opened = stores.open_instance(home)
    with opened.read() as connection:
        made = _has_tables(connection)
        found = connection.exec_driver_sql(_FOUND).scalar_one() if made else ""
    if found > REVISION:
        raise NewerTenant(
            f"The list of people has tables of version {found}, this Kastor knows up to {REVISION}. Update Kastor."
        )
    if found != REVISION:
        with opened.write("The list of people cannot be made or brought up to date") as connection:
            # every version so far only added tables; those that are there stay as they are
            made = _has_tables(connection)
            METADATA.create_all(connection)
            for statement in _UPDATE if made else (*AUDIT_STAYS[opened.dialect], *_STAMP):
                connection.exec_driver_sql(statement)
    return opened


def _has_tables(connection: Connection) -> bool:
    return inspect(connection).has_table("alembic_version")
