"""Everything kept about a case, for who it is about (Art. 15 and 20 DSGVO) and for an archive."""

from __future__ import annotations

import base64
from typing import Any

from kastor.cases.casework import read_events
from kastor.cases.events import fold
from kastor.cases.replay import replay
from kastor.store import case_files, cases, outbox
from kastor.store.cases import CaseErased
from kastor.store.database import Database

FORMAT = "kastor-case-1"


def exported(database: Database, case_id: str, with_files: bool = True) -> dict[str, Any]:
    """
    A case as plain JSON: row, state, every event with its hashes, files, what was sent, and whether the log is whole.

    Parameters
    ----------
    with_files
        Whether the contents of attachments come along (base64); their names and hashes do in any case.

    Raises
    ------
    UnknownCase
        When there is none. Of an erased case the skeleton is exported.
    """
    checked = replay(database, case_id)
    with database.read() as connection:
        row = cases.case(connection, case_id)
        try:
            key = cases.key_of(connection, case_id)
        except CaseErased:
            key = None
        log = cases.log(connection, case_id, key)
        state = fold(case_id, read_events(connection, case_id, key)) if key is not None else None
        files = []
        for kept in case_files.listed(connection, case_id) if key is not None else ():
            name, media_type, content = case_files.file(connection, case_id, key or b"", kept)
            entry = {"hash": kept, "name": name, "media_type": media_type, "size": len(content)}
            files.append({**entry, "content": base64.b64encode(content).decode()} if with_files else entry)
        sent = outbox.of_case(connection, case_id)
    events = [
        {
            "seq": one.seq, "at": one.entry.at, "who": one.entry.who, "kind": one.entry.kind,
            "public": one.entry.public, "personal": one.entry.personal, "before": one.before, "hash": one.hash,
        }
        for one in log
    ]  # fmt: skip
    return {
        "format": FORMAT, "case": {name: getattr(row, name) for name in row.__dataclass_fields__}, "state": state,
        "events": events, "files": files, "outbox": sent, "faults": checked.faults,
    }  # fmt: skip
