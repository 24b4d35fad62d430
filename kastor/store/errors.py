"""What can go wrong with a twin on disk; every message names the value and what to do next."""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class StoreError(Exception):
    """A twin cannot be read or written; the twin itself is unharmed unless the message says otherwise."""


class InvalidTenantId(StoreError):
    """The name cannot be the id of a tenant."""


class UnknownTenant(StoreError):
    """There is no such tenant."""


class TenantExists(StoreError):
    """A tenant of this id exists already."""


class UnknownDataset(StoreError):
    """The tenant has no such dataset."""


class UnknownObject(StoreError):
    """The tenant has no such object."""


class UnknownReport(StoreError):
    """The tenant has no such import report."""


class ObjectExists(StoreError):
    """The dataset has an object of this id already."""


class InvalidObject(StoreError):
    """An object cannot be as somebody wants it; the message names field, value and cure."""


class VersionConflict(StoreError):
    """Somebody else has changed the object since it was read."""


class NothingToUndo(StoreError):
    """No correction of the object is left to be taken back or made again."""


class UnknownProposal(StoreError):
    """The tenant has no such proposal."""


class NotOpen(StoreError):
    """The proposal has been decided already."""


class SamePerson(StoreError):
    """Who made a proposal wants to accept it too."""


class TenantBusy(StoreError):
    """Somebody else is writing to the tenant."""


class TenantMoved(StoreError):
    """The tenant has gone to the other store since it was opened."""


class DiskFull(StoreError):
    """No room to write; nothing was changed."""


class DamagedFile(StoreError):
    """A file of the twin does not hold what was written to it."""


class NewerTenant(StoreError):
    """The tenant was written by a newer Kastor."""


class UnknownPerson(StoreError):
    """The instance knows nobody like that."""


class PersonExists(StoreError):
    """Somebody has this login already."""


class InvalidPerson(StoreError):
    """A login or name makes no sense."""


class WeakPassword(StoreError):
    """A password does not follow the rules."""


class InvalidKey(StoreError):
    """An API key of this kind is not made."""


class InvalidGrant(StoreError):
    """A role cannot be granted or withdrawn like this."""


class LastAdministration(InvalidGrant):
    """Nobody would be left who can grant roles."""


class TooManyAttempts(StoreError):
    """
    Something was tried too often.

    Parameters
    ----------
    what
        What was, as a sentence.
    wait
        When to try again. [s]
    """

    def __init__(self, what: str, wait: int) -> None:
        super().__init__(f"{what} Try again in {wait} seconds.")
        self.wait = wait


class ReadOnly(StoreError):
    """The twin was opened for looking at a part of it."""


class InvalidFilter(StoreError):
    """A filter, sort order or page mark makes no sense."""


class NumberTooLarge(StoreError):
    """Reckoning leads to a number the database cannot hold."""


class WrongReferenceSystem(StoreError):
    """Objects are in another reference system than the tenant."""


@contextmanager
def store_errors(what: str, directory: Path) -> Iterator[None]:
    """
    Turn errors of the disk and the database into :class:`StoreError`.

    Parameters
    ----------
    what
        What was being done, as the beginning of the message.
    directory
        The tenant's directory, named in the message.
    """
    with database_errors(what, directory):
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise DiskFull(_full(what, directory)) from error
            where = error.filename or directory
            raise StoreError(f"{what}: {error.strerror or error} ({where}). Nothing was changed.") from error


@contextmanager
def database_errors(what: str, directory: Path) -> Iterator[None]:
    """Turn errors of the database only into :class:`StoreError`, where foreign code may raise others."""
    try:
        yield
    except NoFreeConnection as error:
        raise TenantBusy(f"{what}: too many ask the tenant {directory.name} at once. Try again in a moment.") from error
    except DBAPIError as error:
        if isinstance(error.orig, _drivers()):
            raise database_error(error.orig, what, directory) from error
        raise
    except _drivers() as error:
        raise database_error(error, what, directory) from error


def _drivers() -> tuple[type[Exception], ...]:
    """What the databases in use raise; the driver of PostgreSQL is loaded only where it is needed."""
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.Error, psycopg.Error) if psycopg else (sqlite3.Error,)


def database_error(error: Exception, what: str, directory: Path) -> StoreError:
    """The store's own error for one of the database."""
    return (
        _of_sqlite(error, what, directory) if isinstance(error, sqlite3.Error) else _of_server(error, what, directory)
    )


def _of_sqlite(error: Exception, what: str, directory: Path) -> StoreError:
    text = str(error)
    if "is full" in text:
        return DiskFull(_full(what, directory))
    if "locked" in text or "busy" in text:
        return TenantBusy(_busy(what, directory))
    if "malformed" in text or "not a database" in text:
        return DamagedFile(
            f"{what}: the database of tenant {directory.name} is damaged ({text}). Restore it from a backup."
        )
    return StoreError(f"{what}: {text} (tenant {directory.name}). Nothing was changed.")


_LOCKED = ("55P03", "40P01")
"""Codes of PostgreSQL: a lock was not free in time, two waited for each other."""


def _of_server(error: Exception, what: str, directory: Path) -> StoreError:
    code = getattr(error, "sqlstate", None)
    text = " ".join(str(error).split())
    if code in _LOCKED:
        return TenantBusy(_busy(what, directory))
    if code == "53100":
        return DiskFull(f"{what}: no room left on the disk of PostgreSQL ({text}). Nothing was changed.")
    if code == "57014":
        return StoreError(f"{what}: the question took too long (tenant {directory.name}). Ask for less at once.")
    if code == "22003":
        return NumberTooLarge(
            f"{what}: a number is too large or too small to reckon with ({text}). Nothing was changed."
        )
    if type(error).__name__ == "OperationalError" or (code or "")[:2] in ("08", "57", "28", "3D"):
        return StoreError(
            f"{what}: PostgreSQL does not let Kastor in ({text}). "
            "Check that it runs and that KASTOR_DATABASE_URL is right."
        )
    return StoreError(f"{what}: {text} (tenant {directory.name}). Nothing was changed.")


def _busy(what: str, directory: Path) -> str:
    return f"{what}: somebody else is writing to the tenant in {directory.name}. Try again when that is done."


def _full(what: str, directory: Path) -> str:
    return f"{what}: no room left on the disk of {directory}. Nothing was changed; free some space and try again."
