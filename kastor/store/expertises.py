"""Reports of experts that stand beside a result, in place of it where the administration says so; both are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import insert, select

from kastor.store.audit import record
from kastor.store.database import Database
from kastor.store.errors import StoreError, store_errors
from kastor.store.moments import now
from kastor.store.results import result
from kastor.store.schema import expertises
from kastor.store.tenant import Tenant

ROOM = "expertises"
"""Directory of a tenant's reports."""

BEGINNINGS = {b"%PDF-": ".pdf"}
"""How files begin that are taken, and what they are called."""

LARGEST = 50 * 2**20
"""[bytes]"""


class InvalidExpertise(StoreError):
    """A file is no report that can be kept."""


class UnknownExpertise(StoreError):
    """There is no such report."""


@dataclass(frozen=True)
class Expertise:
    """
    A report of an expert.

    Parameters
    ----------
    id
        Its name.
    result
        Id of the result it replaces.
    title, office, note
        What it is called, whose it is (an office or company, no person), and why it takes the place of the result.
    file
        Name below ``ROOM``.
    size, hash
        Of the file: bytes and SHA-256.
    at, who
        When it came (ISO 8601) and by whom.
    """

    id: str
    result: str
    title: str
    office: str
    note: str
    file: str
    size: int
    hash: str
    at: str
    who: str


def add(tenant: Tenant, result_id: str, title: str, office: str, note: str, content: bytes, who: str) -> Expertise:
    """
    Keep a report beside a result.

    Raises
    ------
    InvalidExpertise
        When the file is none.
    UnknownResult
        When there is no such result.
    """
    suffix = next((name for start, name in BEGINNINGS.items() if content.startswith(start)), "")
    if not suffix or len(content) > LARGEST:
        raise InvalidExpertise(
            f"The file is no PDF of at most {LARGEST // 2**20} MB ({len(content):,} bytes). Save the report as PDF."
        )
    name = secrets.token_hex(8)
    made = Expertise(name, result_id, title, office, note, f"{name}{suffix}", len(content),
                     sha256(content).hexdigest(), now(), who)  # fmt: skip
    place = tenant.directory / ROOM / made.file
    cannot = "The report cannot be kept"
    with tenant.database.write(cannot) as connection, store_errors(cannot, place):
        result(tenant.database, result_id)
        place.parent.mkdir(exist_ok=True)
        young = place.with_suffix(".part")
        young.write_bytes(content)
        young.replace(place)
        connection.execute(insert(expertises).values(**made.__dict__))
        record(connection, who, "add_expertise", result_id, {"expertise": name, "hash": made.hash})
    return made


def expertises_of(database: Database, result_id: str) -> list[Expertise]:
    """Reports beside a result, the oldest first."""
    wanted = select(expertises).where(expertises.c.result == result_id).order_by(expertises.c.at, expertises.c.id)
    with database.read() as connection:
        return [Expertise(**row) for row in connection.execute(wanted).mappings()]


def file_of(tenant: Tenant, result_id: str, expertise_id: str) -> Path:
    """
    The file of a report.

    Raises
    ------
    UnknownExpertise
        When there is none.
    """
    for one in expertises_of(tenant.database, result_id):
        if one.id == expertise_id:
            return tenant.directory / ROOM / one.file
    raise UnknownExpertise(f"There is no report {expertise_id[:40]!r} beside this result.")
