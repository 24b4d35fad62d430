"""What waits in the outbox, as a reply with its files."""

from __future__ import annotations

from typing import Any

from kastor.cases.message import Attachment, Choice, Reply
from kastor.store import Tenant, case_files, cases
from kastor.store.outbox import Item


def reply_of(tenant: Tenant, item: Item) -> Reply:
    """The reply an item of the outbox carries; files are read from the case."""
    payload = item.payload
    choices = tuple(Choice(one["value"], one["label"]) for one in payload.get("choices", ()))
    return Reply(
        payload["text"], payload.get("language") or "de", str(payload.get("key") or item.key),
        payload.get("kind") or "text", choices, payload.get("ask") or "", _files(tenant, item.case, payload),
    )  # fmt: skip


def _files(tenant: Tenant, case_id: str, payload: Any) -> tuple[Attachment, ...]:
    wanted = [str(one["hash"]) for one in payload.get("files", ())]
    if not wanted:
        return ()
    with tenant.database.read() as connection:
        key = cases.key_of(connection, case_id)
        found = [case_files.file(connection, case_id, key, one) for one in wanted]
    return tuple(Attachment(name, media_type, content) for name, media_type, content in found)
