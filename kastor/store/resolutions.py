"""What was decided on plans: drafts that change, and signed records that never do.

A signed record is its bytes: their SHA-256 stands in the row and in the audit log, whose chain holds it in place.
Whoever changes the record, the row or the log is found by comparing the three.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from kastor.store.audit import record
from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.moments import now
from kastor.store.schema import audit, resolutions
from kastor.store.visibility import State

SIGNED = "sign_resolution"
"""The deed in the audit log."""


class UnknownResolution(StoreError):
    """There is no such record."""


class ResolutionSigned(StoreError):
    """A signed record does not change."""


class ResolutionChanged(StoreError):
    """Somebody else changed the draft meanwhile."""


class Cited(StoreError):
    """What a signed record cites cannot be removed."""


@dataclass(frozen=True, eq=False)
class Resolution:
    """
    A record of a decision.

    Parameters
    ----------
    id, title
        Its name and what it is called.
    state
        Who may see it.
    revision
        Of the draft; stays as it is from signing on.
    content
        The document as bytes.
    hash
        SHA-256 of the bytes, written down at signing; empty for a draft.
    signed
        When (ISO 8601); empty for a draft.
    created, changed
        When.
    who
        Whose draft it is.
    """

    id: str
    title: str
    state: State
    revision: int
    content: bytes
    hash: str
    signed: str
    created: str
    changed: str
    who: str

    @property
    def document(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = orjson.loads(self.content)
        return found


def canonical(document: Mapping[str, Any]) -> bytes:
    """A document as bytes; equal documents have equal bytes."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def add(database: Database, title: str, document: Mapping[str, Any], who: str) -> Resolution:
    """Begin a record, a draft at first."""
    new, at = secrets.token_hex(6), now()
    with database.write("The record cannot be made") as connection:
        connection.execute(
            insert(resolutions).values(
                id=new, title=title, state=State.DRAFT.value, revision=1, document=canonical(document), hash="",
                signed="", created=at, changed=at, who=who,
            )
        )  # fmt: skip
        record(connection, who, "make_resolution", new, {})
        return _found(connection, new)


def all_resolutions(database: Database) -> list[Resolution]:
    """All records that may be seen, the newest first."""
    with database.read() as connection:
        rows = connection.execute(select(resolutions).order_by(resolutions.c.created.desc())).mappings()
        return [_resolution(row) for row in rows]


def resolution(database: Database, resolution_id: str) -> Resolution:
    """
    A record that may be seen.

    Raises
    ------
    UnknownResolution
        When there is none.
    """
    with database.read() as connection:
        return _found(connection, resolution_id)


def save(database: Database, resolution_id: str, expected: int, title: str, document: Mapping[str, Any]) -> Resolution:
    """
    Change a draft.

    Raises
    ------
    ResolutionSigned, ResolutionChanged
        When it is signed, or ``expected`` is not its present revision.
    """
    with database.write("The record cannot be saved") as connection:
        _draft(connection, resolution_id, expected)
        values = {"title": title, "document": canonical(document), "revision": expected + 1, "changed": now()}
        connection.execute(update(resolutions).where(resolutions.c.id == resolution_id).values(values))
        return _found(connection, resolution_id)


def sign(database: Database, resolution_id: str, expected: int, document: Mapping[str, Any], who: str) -> Resolution:
    """Fix a record for ever with the document it is to hold, and write its hash into the audit log."""
    content = canonical(document)
    digest = sha256(content).hexdigest()
    with database.write("The record cannot be signed") as connection:
        _draft(connection, resolution_id, expected)
        values = {"document": content, "hash": digest, "signed": str(document["signed"]), "changed": now()}
        connection.execute(update(resolutions).where(resolutions.c.id == resolution_id).values(values))
        record(connection, who, SIGNED, resolution_id, {"hash": digest})
        return _found(connection, resolution_id)


def set_state(database: Database, resolution_id: str, state: State, who: str) -> Resolution:
    """Decide who sees a record; that is no part of what was signed."""
    with database.write("The record cannot be published") as connection:
        before = _found(connection, resolution_id).state
        connection.execute(update(resolutions).where(resolutions.c.id == resolution_id).values(state=state.value))
        if before is not state:
            detail = {"before": before.value, "after": state.value}
            record(connection, who, "publish_resolution", resolution_id, detail)
        return _found(connection, resolution_id)


def remove(database: Database, resolution_id: str, who: str) -> None:
    """
    Remove a draft.

    Raises
    ------
    ResolutionSigned
        When it is signed.
    """
    with database.write("The record cannot be removed") as connection:
        _draft(connection, resolution_id, None)
        connection.execute(delete(resolutions).where(resolutions.c.id == resolution_id))
        record(connection, who, "remove_resolution", resolution_id, {})


def anchors(database: Database) -> dict[str, list[str]]:
    """Hashes the audit log holds of each signed record, in order."""
    wanted = select(audit.c.subject, audit.c.detail).where(audit.c.what == SIGNED).order_by(audit.c.number)
    found: dict[str, list[str]] = {}
    with database.read() as connection:
        for subject, detail in connection.execute(wanted):
            found.setdefault(subject, []).append(str(orjson.loads(detail).get("hash", "")))
    return found


def check_free(database: Database, kind: str, cited: str) -> None:
    """
    See that no signed record cites something that is to be removed.

    Parameters
    ----------
    kind
        ``variants`` or ``results``.

    Raises
    ------
    Cited
        When one does.
    """
    for one in all_resolutions(database):
        if one.signed and cited in {entry.get("id") for entry in one.document.get(kind, ())}:
            raise Cited(f"The signed record {one.title!r} ({one.id}) cites it, so it stays.")


def _draft(connection: Connection, resolution_id: str, expected: int | None) -> Resolution:
    found = _found(connection, resolution_id)
    if found.signed:
        raise ResolutionSigned(f"The record was signed on {found.signed[:10]} and stays as it is. Make a new one.")
    if expected not in (None, found.revision):
        raise ResolutionChanged(f"The draft has revision {found.revision} by now, not {expected}. Load it again.")
    return found


def _found(connection: Connection, resolution_id: str) -> Resolution:
    row = connection.execute(select(resolutions).where(resolutions.c.id == resolution_id)).mappings().one_or_none()
    if row is None:
        raise UnknownResolution(f"There is no record {resolution_id[:40]!r}. It may have been removed.")
    return _resolution(row)


def _resolution(row: RowMapping) -> Resolution:
    return Resolution(
        row["id"], row["title"], State(row["state"]), row["revision"], bytes(row["document"]), row["hash"],
        row["signed"], row["created"], row["changed"], row["who"],
    )  # fmt: skip
