"""The mark in a tenant's directory that says its rows are in PostgreSQL, and how to get in.

Without it they are in the SQLite file beside. Putting the mark there or taking it away is one
step for the file system, so a tenant is in one store or in the other at any moment.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from kastor.store.errors import DamagedFile

MARK = "kastor.postgresql"
COMING, GOING = f"{MARK}.new", f"{MARK}.old"
"""A schema that does not count yet, and one that counts no more; both may be dropped."""


@dataclass(frozen=True)
class Schema:
    """
    A schema of PostgreSQL.

    Parameters
    ----------
    name
        Of the schema, and of the role that owns it.
    password
        Of that role. It opens what the files beside it hold anyway: the data of this one tenant.
    """

    name: str
    password: str


def new_schema(tenant_id: str) -> Schema:
    """A schema nobody has."""
    return Schema(f"kastor_{tenant_id[:40].replace('-', '_')}_{secrets.token_hex(4)}", secrets.token_urlsafe(24))


def schema_of(directory: Path, name: str = MARK) -> Schema | None:
    """The schema a mark names; None without the mark."""
    file = directory / name
    try:
        return Schema(**json.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise DamagedFile(f"The file {file} does not name a schema of PostgreSQL. Restore it from a backup.") from error


def identity(directory: Path) -> tuple[int, int] | None:
    """Stands for the mark of a directory, and is another one whenever the mark is; None without it."""
    try:
        found = (directory / MARK).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def write(directory: Path, schema: Schema, name: str = MARK) -> None:
    """Put a mark there, readable by this user only."""
    young = directory / f".{name}"
    young.unlink(missing_ok=True)
    with os.fdopen(os.open(young, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(schema), file)
        file.flush()
        os.fsync(file.fileno())
    young.rename(directory / name)
    sync(directory)


def rename(directory: Path, old: str, new: str) -> None:
    """Let a mark mean something else from now on."""
    (directory / old).rename(directory / new)
    sync(directory)


def sync(directory: Path) -> None:
    """Force the names in a directory to the disk."""
    number = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
