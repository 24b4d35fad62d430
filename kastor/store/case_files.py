"""Attachments of cases: sealed with the key of the case, named by the hash of their content."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import Connection, insert, select

from kastor.store.case_schema import case_files
from kastor.store.cases import UnknownCase
from kastor.store.sealing import seal, unseal


def keep_file(
    connection: Connection, case_id: str, key: bytes, name: str, media_type: str, content: bytes
) -> tuple[str, int]:
    """Keep an attachment, sealed; gives its hash and size. The same content again changes nothing."""
    found = sha256(content).hexdigest()
    named = (case_files.c.case == case_id, case_files.c.hash == found)
    if connection.execute(select(case_files.c.size).where(*named)).one_or_none() is None:
        connection.execute(
            insert(case_files).values(
                case=case_id, hash=found, media_type=media_type, size=len(content),
                name=seal(key, name.encode(), f"{case_id}:{found}:name"),
                content=seal(key, content, f"{case_id}:{found}"),
            )
        )  # fmt: skip
    return found, len(content)


def file(connection: Connection, case_id: str, key: bytes, file_hash: str) -> tuple[str, str, bytes]:
    """
    Name, media type and content of an attachment.

    Raises
    ------
    UnknownCase
        When the case has no such file.
    """
    named = (case_files.c.case == case_id, case_files.c.hash == file_hash)
    row = connection.execute(select(case_files).where(*named)).one_or_none()
    if row is None:
        raise UnknownCase(f"Case {case_id[:40]!r} has no file {file_hash[:20]!r}.")
    name = unseal(key, bytes(row.name), f"{case_id}:{file_hash}:name").decode()
    return name, row.media_type, unseal(key, bytes(row.content), f"{case_id}:{file_hash}")


def listed(connection: Connection, case_id: str) -> list[str]:
    """Hashes of all files of a case, in order."""
    wanted = select(case_files.c.hash).where(case_files.c.case == case_id).order_by(case_files.c.hash)
    return list(connection.execute(wanted).scalars())
