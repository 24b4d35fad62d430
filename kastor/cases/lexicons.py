"""The streets and house numbers of a tenant, as its texts are read with; made once for each state of its city."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from kastor.cases.understanding import Lexicon, of_addresses
from kastor.cases.understanding.learning import own_model, path
from kastor.store import Tenant

MOST_LABELS = 400_000
"""Addresses that are looked at; a large city has about as many buildings."""

LABELS = "SELECT label FROM objects WHERE ended IS NULL AND parent IS NULL AND kind IN (1, 40) LIMIT ?"
"""What buildings and addresses are called."""

_KEPT: dict[str, tuple[str, Lexicon]] = {}
_making = Lock()


def lexicon_of(tenant: Tenant) -> Lexicon:
    """The lexicon of a tenant; the one of before is used while nothing was loaded or corrected since."""
    key, revision = str(tenant.directory), f"{tenant.revision} {_changed(tenant)}"
    found = _KEPT.get(key)
    if found is None or found[0] != revision:
        with _making:
            found = _KEPT.get(key)
            if found is None or found[0] != revision:
                rows = tenant.database.reader().execute(LABELS, (MOST_LABELS,)).fetchall()
                streets = of_addresses(row[0] for row in rows if row[0])
                found = _KEPT[key] = (revision, replace(streets, model=own_model(tenant)))
    return found[1]


def _changed(tenant: Tenant) -> int:
    """When the tenant's own model was learned; 0 without one."""
    file = path(tenant)
    return file.stat().st_mtime_ns if file.is_file() else 0
