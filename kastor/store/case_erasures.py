"""Which cases were erased, noted outside of the tenant: a restored backup brings their keys back, and they go again.

The file ``audit/<tenant>.erased`` beside the head of the audit log has one id a line and nothing personal.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, select

from kastor.store.audit import head_file
from kastor.store.case_schema import cases
from kastor.store.errors import store_errors

ENDING = ".erased"


def file_of(directory: Path) -> Path:
    """Where the erased cases of the tenant in ``directory`` are noted."""
    return head_file(directory).with_suffix(ENDING)


def noted(directory: Path) -> set[str]:
    """Ids that were noted."""
    file = file_of(directory)
    return set(file.read_text("utf-8").split()) if file.is_file() else set()


def note(directory: Path, ids: Iterable[str]) -> None:
    """Note cases that were erased; those that are noted stay so."""
    before = noted(directory)
    after = before | set(ids)
    if after == before:
        return
    with store_errors("The erased cases cannot be noted", directory):
        file = file_of(directory)
        file.parent.mkdir(parents=True, exist_ok=True)
        young = file.with_name(f"{file.name}.{os.getpid()}")
        young.write_text("".join(f"{one}\n" for one in sorted(after)), "utf-8")
        young.replace(file)


def erased(connection: Connection) -> list[str]:
    """Cases that are erased here."""
    return list(connection.execute(select(cases.c.id).where(cases.c.erased.is_not(None))).scalars())


def returned(connection: Connection, directory: Path) -> list[str]:
    """Cases that were erased once and are not erased here."""
    there = connection.execute(select(cases.c.id).where(cases.c.erased.is_(None)).order_by(cases.c.number)).scalars()
    known = noted(directory)
    return [one for one in there if one in known] if known else []
