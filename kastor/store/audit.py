"""The audit log of a tenant: what was done, when and by whom, in an order nobody can change unseen.

Every line holds the hash of the line before it and of its own content, so an altered, removed or
inserted line breaks the chain. The database refuses to change or remove lines; whoever goes round
that is found by :func:`verify`. That the end of the log is still there is shown by the *head*, the
number and hash of the last line, which every write leaves in a file outside the tenant's directory
and which anybody may keep elsewhere.

The log names persons by their number in the instance's list of people, never by name, and counts
nothing per person: erasing a person there leaves a whole chain here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, select

from kastor.store.moments import now
from kastor.store.schema import audit

NOBODY = ""
"""Who did it when it was not a person: the command line or the instance itself."""

BEGINNING = "0" * 64
"""Hash before the first line."""

HEADS = "audit"
"""Directory beside ``tenants/`` with the head of each tenant's log."""

TENANTS = "tenants"
"""Directory of all tenants' directories."""

OF_INSTANCE = ".instance.head"
"""File of the head of the instance's own log; no tenant can have this id."""

COLUMNS = ("number", "at", "who", "what", "subject", "detail", "before", "hash")


@dataclass(frozen=True)
class Line:
    """
    A line of the log.

    Parameters
    ----------
    number
        1 is the first.
    at
        When, ISO 8601.
    who
        Number of a person, ``NOBODY`` for the command line.
    what
        Kind of deed, such as ``load``, ``edit``, ``publish``, ``grant``.
    subject
        Id of what it was done to: a dataset, an object, a person.
    detail
        What else is worth knowing; no names of persons and no free text.
    before, hash
        Hash of the line before and of this line.
    """

    number: int
    at: str
    who: str
    what: str
    subject: str
    detail: Mapping[str, Any]
    before: str
    hash: str


@dataclass(frozen=True)
class Head:
    """Number and hash of the last line of a log; number 0 for an empty one."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True)
class Verdict:
    """
    What checking a log gave.

    Parameters
    ----------
    lines
        Number of lines that were read.
    head
        Number and hash of the last one.
    faults
        What is wrong, in sentences; empty for a whole log.
    """

    lines: int
    head: Head
    faults: list[str]


def record(connection: Connection, who: str, what: str, subject: str, detail: Mapping[str, Any]) -> Line:
    """
    Add a line to the log, in the transaction of the deed itself.

    Parameters
    ----------
    connection
        From ``Database.write``; it holds the tenant's only write lock, which keeps the lines in order.
    who, what, subject, detail
        See :class:`Line`.
    """
    head = last(connection)
    at = now()
    text = _canonical(detail)
    content = (head.number + 1, at, who, what, subject, text, head.hash)
    line = dict(zip(COLUMNS, (*content, _hash(content)), strict=True))
    connection.execute(audit.insert().values(line))
    made = _line(line)
    # Database.write brings it to the head file when the transaction has been committed
    connection.info[HEADS] = Head(made.number, made.hash)
    return made


def last(connection: Connection) -> Head:
    """Where the log ends."""
    newest = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    return Head(int(row[0]), str(row[1])) if row else Head(0, BEGINNING)


def lines(connection: Connection, before: int | None = None, limit: int = 100) -> list[Line]:
    """
    Lines, newest first.

    Parameters
    ----------
    before
        Only lines of smaller numbers.
    """
    wanted = select(audit).order_by(audit.c.number.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(audit.c.number < before)
    return [_line(row) for row in connection.execute(wanted).mappings()]


def verify(connection: Connection, *known: Head) -> Verdict:
    """
    Read the whole log and check every line.

    Parameters
    ----------
    known
        Heads the log had some time: of the head file, or kept elsewhere.
    """
    faults: list[str] = []
    before, number = BEGINNING, 0
    expected = {head.number: head.hash for head in known if head.number}
    for row in connection.execute(select(audit).order_by(audit.c.number)).mappings():
        faults += _faults(row, number, before)
        number, before = int(row["number"]), str(row["hash"])
        if expected.pop(number, before) != before:
            faults.append(f"Line {number} is another one than when the head of the log was written down.")
    faults += [
        f"The log ends at line {number}, but it once had line {missing}: the end was cut off." for missing in expected
    ]
    return Verdict(number, Head(number, before), faults)


def _faults(row: Mapping[Any, Any], number: int, before: str) -> Iterator[str]:
    if row["number"] != number + 1:
        yield f"After line {number} comes line {row['number']}: lines were removed or inserted."
    if row["before"] != before:
        yield f"Line {row['number']} does not follow the line before it."
    if row["hash"] != _hash(tuple(row[name] for name in COLUMNS[:-1])):
        yield f"Line {row['number']} was altered."


def head_file(directory: Path) -> Path:
    """Where the head of the log of the tenant, or the instance, in ``directory`` is kept, outside of a tenant."""
    if directory.parent.name == TENANTS:
        return directory.parent.parent / HEADS / f"{directory.name}.head"
    return directory / HEADS / OF_INSTANCE


def keep_head(directory: Path, head: Head) -> None:
    """Write down where the log ends now; an older head never replaces a newer one."""
    file = head_file(directory)
    if kept_head(directory).number >= head.number:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    young = file.with_name(f"{file.name}.{os.getpid()}")
    young.write_text(f"{head}\n", "utf-8")
    young.replace(file)


def kept_head(directory: Path) -> Head:
    """The head that was written down last; number 0 when there is none."""
    file = head_file(directory)
    return parse_head(file.read_text("utf-8")) if file.is_file() else Head(0, BEGINNING)


def parse_head(text: str) -> Head:
    """
    A head as ``NUMBER:HASH``.

    Raises
    ------
    ValueError
        When it is not of this form.
    """
    number, _, value = text.strip().partition(":")
    if not number.isdecimal() or len(value) != len(BEGINNING):
        raise ValueError(f"{text[:80]!r} is not the head of an audit log; it looks like 12:{'0' * 8}... (64 digits).")
    return Head(int(number), value)


def _canonical(detail: Mapping[str, Any]) -> str:
    return orjson.dumps(detail, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()


def _hash(content: tuple[Any, ...]) -> str:
    return sha256(orjson.dumps(content)).hexdigest()


def _line(row: Mapping[Any, Any]) -> Line:
    return Line(**{name: row[name] for name in COLUMNS if name != "detail"}, detail=orjson.loads(row["detail"]))
