"""Planning variants of a tenant: named lists of edits, every saved state of which stays as a revision.

A revision holds the complete list of edits, packed, and is never changed. Taking a step back or forth makes a new
revision of an older content, so that steps survive closing the browser; ``back`` and ``ahead`` say where they lead.
The revision named by whoever saves is the lock: of two who saved at once the second is told.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from kastor.store.audit import record
from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.moments import now
from kastor.store.schema import variant_revisions, variants
from kastor.store.visibility import State

OFFICE, CITIZEN = "office", "citizen"
"""Who made a variant: the administration, or somebody signed in who proposes something."""

MOST, MOST_OF_CITIZEN = 1000, 20
"""Variants of a tenant, and those one citizen may propose."""

LONGEST_NAME = 120

SAVE, UNDO, REDO, BRANCH = "save", "undo", "redo", "branch"
"""How a revision came about."""

Edits = Sequence[Mapping[str, Any]]


class UnknownVariant(StoreError):
    """The tenant has no such variant, or no such revision of it."""


class VariantChanged(StoreError):
    """Somebody else saved the variant meanwhile."""


class NoStep(StoreError):
    """There is no step to go back or forth."""


class TooManyVariants(StoreError):
    """There are as many variants as may be."""


@dataclass(frozen=True)
class Variant:
    """
    A variant without its edits.

    Parameters
    ----------
    id, name
        In addresses, and what people call it.
    state
        Who may see it.
    origin
        ``OFFICE`` or ``CITIZEN``.
    parent
        ``variant`` and ``revision`` it was branched from; None when it began with the city as it is.
    revision
        The present one.
    created, changed
        ISO 8601.
    who
        Who made it.
    by, role
        Who saved the present revision, and in which role.
    count
        Number of edits.
    """

    id: str
    name: str
    state: State
    origin: str
    parent: Mapping[str, Any] | None
    revision: int
    created: str
    changed: str
    who: str
    by: str
    role: str
    count: int


@dataclass(frozen=True, eq=False)
class Saved:
    """
    A revision of a variant.

    Parameters
    ----------
    revision
        1 is the first.
    at, who, role
        When it was saved (ISO 8601), by whom and in which role.
    what
        ``SAVE``, ``UNDO``, ``REDO`` or ``BRANCH``.
    back, ahead
        Revision whose content a step back or forth would bring; None where there is none.
    edits
        All of them, as plain data.
    """

    revision: int
    at: str
    who: str
    role: str
    what: str
    back: int | None
    ahead: int | None
    edits: list[dict[str, Any]]


def add(
    database: Database, name: str, edits: Edits, who: str, role: str, origin: str = OFFICE,
    parent: Mapping[str, Any] | None = None,
) -> Variant:  # fmt: skip
    """
    Make a variant, a draft at first.

    Raises
    ------
    TooManyVariants
        When there are as many as may be.
    """
    new = secrets.token_hex(6)
    at = now()
    with database.write("The variant cannot be made") as connection:
        _check_room(connection, who, origin)
        row = {"id": new, "name": name, "state": State.DRAFT.value, "origin": origin, "revision": 1,
               "parent": dict(parent) if parent else None, "created": at, "changed": at, "who": who}  # fmt: skip
        connection.execute(insert(variants).values(row))
        _write(connection, new, 1, (at, who, role), BRANCH if parent else SAVE, (None, None), edits)
        record(connection, who, "make_variant", new, {"origin": origin})
        return _found(connection, new)


def _check_room(connection: Connection, who: str, origin: str) -> None:
    count = connection.execute(select(func.count()).select_from(variants)).scalar_one()
    if count >= MOST:
        raise TooManyVariants(f"There are {count} variants already. Remove one that is no longer needed first.")
    own = select(func.count()).where(variants.c.who == who, variants.c.origin == CITIZEN)
    if origin == CITIZEN and connection.execute(own).scalar_one() >= MOST_OF_CITIZEN:
        raise TooManyVariants(f"You have {MOST_OF_CITIZEN} proposals already. Remove one of them first.")


def all_variants(database: Database) -> list[Variant]:
    """All variants that may be seen, the one changed last first."""
    with database.read() as connection:
        rows = connection.execute(_LISTED.order_by(variants.c.changed.desc(), variants.c.id)).mappings()
        return [_variant(row) for row in rows]


def variant(database: Database, variant_id: str) -> Variant:
    """
    A variant that may be seen.

    Raises
    ------
    UnknownVariant
        When there is none of this id, or none the caller sees.
    """
    with database.read() as connection:
        return _found(connection, variant_id)


def saved(database: Database, variant_id: str, revision: int | None = None) -> Saved:
    """
    A revision of a variant, the present one when None.

    Raises
    ------
    UnknownVariant
        When there is none.
    """
    with database.read() as connection:
        return _saved(connection, variant_id, revision)


def save(database: Database, variant_id: str, expected: int, edits: Edits, who: str, role: str) -> Saved:
    """
    Save a new revision; the same edits as before make none.

    Parameters
    ----------
    expected
        The revision the edits were made on.

    Raises
    ------
    VariantChanged
        When it is not the present one.
    """
    with database.write("The variant cannot be saved") as connection:
        present = _present(connection, variant_id, expected)
        if present.edits == list(edits):
            return present
        return _next(connection, variant_id, present, (who, role), SAVE, (present.revision, None), edits)


def step(database: Database, variant_id: str, expected: int, what: str, who: str, role: str) -> Saved:
    """
    Take a step back (``UNDO``) or forth (``REDO``).

    Raises
    ------
    VariantChanged
        When ``expected`` is not the present revision.
    NoStep
        When there is nothing to take back or to make again.
    """
    with database.write("The variant cannot be saved") as connection:
        present = _present(connection, variant_id, expected)
        target = present.back if what == UNDO else present.ahead
        if target is None:
            word = "take back" if what == UNDO else "make again"
            raise NoStep(f"There is nothing to {word} in this variant.")
        there = _saved(connection, variant_id, target)
        leads = (there.back, present.revision if what == UNDO else there.ahead)
        return _next(connection, variant_id, present, (who, role), what, leads, there.edits)


def describe(database: Database, variant_id: str, name: str | None, state: State | None, who: str) -> Variant:
    """Rename a variant, or decide who sees it."""
    with database.write("The variant cannot be changed") as connection:
        before = _found(connection, variant_id)
        values = {"name": name or before.name, "state": (state or before.state).value}
        connection.execute(update(variants).where(variants.c.id == variant_id).values(values))
        if state is not None and state is not before.state:
            detail = {"before": before.state.value, "after": state.value, "revision": before.revision}
            record(connection, who, "publish_variant", variant_id, detail)
        return _found(connection, variant_id)


def remove(database: Database, variant_id: str, who: str) -> None:
    """Remove a variant with all its revisions; that it was there stays in the audit log."""
    with database.write("The variant cannot be removed") as connection:
        gone = _found(connection, variant_id)
        connection.execute(delete(variant_revisions).where(variant_revisions.c.variant == variant_id))
        connection.execute(delete(variants).where(variants.c.id == variant_id))
        record(connection, who, "remove_variant", variant_id, {"revision": gone.revision})


_LISTED = select(
    variants, variant_revisions.c.who.label("by"), variant_revisions.c.role, variant_revisions.c.count
).join(
    variant_revisions,
    (variant_revisions.c.variant == variants.c.id) & (variant_revisions.c.revision == variants.c.revision),
)


def _present(connection: Connection, variant_id: str, expected: int) -> Saved:
    present = _saved(connection, variant_id, None)
    if present.revision != expected:
        raise VariantChanged(
            f"The variant has revision {present.revision} by now, not {expected}. Load it again, then save."
        )
    return present


def _next(
    connection: Connection, variant_id: str, present: Saved, author: tuple[str, str], what: str,
    leads: tuple[int | None, int | None], edits: Edits,
) -> Saved:  # fmt: skip
    at = now()
    number = present.revision + 1
    _write(connection, variant_id, number, (at, *author), what, leads, edits)
    connection.execute(update(variants).where(variants.c.id == variant_id).values(revision=number, changed=at))
    return Saved(number, at, *author, what, *leads, [dict(edit) for edit in edits])


def _write(
    connection: Connection, variant_id: str, revision: int, author: tuple[str, str, str], what: str,
    leads: tuple[int | None, int | None], edits: Edits,
) -> None:  # fmt: skip
    at, who, role = author
    connection.execute(
        insert(variant_revisions).values(
            variant=variant_id, revision=revision, at=at, who=who, role=role, what=what, back=leads[0],
            ahead=leads[1], count=len(edits), edits=zlib.compress(orjson.dumps(list(edits))),
        )
    )  # fmt: skip


def _saved(connection: Connection, variant_id: str, revision: int | None) -> Saved:
    found = _found(connection, variant_id)
    number = found.revision if revision is None else revision
    at = (variant_revisions.c.variant == variant_id) & (variant_revisions.c.revision == number)
    row = connection.execute(select(variant_revisions).where(at)).one_or_none()
    if row is None:
        raise UnknownVariant(f"The variant {variant_id[:40]!r} has no revision {revision}; it is at {found.revision}.")
    edits = orjson.loads(zlib.decompress(row.edits))
    return Saved(row.revision, row.at, row.who, row.role, row.what, row.back, row.ahead, edits)


def _found(connection: Connection, variant_id: str) -> Variant:
    row = connection.execute(_LISTED.where(variants.c.id == variant_id)).mappings().one_or_none()
    if row is None:
        raise UnknownVariant(f"There is no variant {variant_id[:40]!r}. It may have been removed, or is not for you.")
    return _variant(row)


def _variant(row: RowMapping) -> Variant:
    names = Variant.__dataclass_fields__
    return Variant(**{**{name: row[name] for name in names}, "state": State(row["state"])})
