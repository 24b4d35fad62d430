"""What a tenant's texts are read with: its streets and house numbers, its own model, the kinds of its own procedures.

Made once for each state of its city and its procedures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from types import MappingProxyType

from kastor.cases.procedure import Procedure, shipped
from kastor.cases.understanding import Lexicon, of_addresses
from kastor.cases.understanding.learning import own_model, path
from kastor.cases.understanding.model import Model
from kastor.cases.understanding.sentences import FEWEST, learned
from kastor.store import Tenant

MOST_LABELS = 400_000
"""Addresses that are looked at; a large city has about as many buildings."""

LABELS = "SELECT label FROM objects WHERE ended IS NULL AND parent IS NULL AND kind IN (1, 40) LIMIT ?"
"""What buildings and addresses are called."""

_KEPT: dict[str, tuple[str, Lexicon]] = {}
_OWN: dict[str, Model] = {}
"""What tells the kinds of own procedures, by their versions: learning takes a second."""

MOST_OWN = 50
_making = Lock()


def lexicon_of(tenant: Tenant, offered: Mapping[str, Procedure] = MappingProxyType({})) -> Lexicon:
    """
    The lexicon of a tenant; the one of before is used while nothing was loaded, corrected or released since.

    Parameters
    ----------
    tenant
        As far as its addresses may be seen.
    offered
        What people can ask for, by id, so that the tenant's own procedures are told by their sentences.
    """
    told = _sentences(offered)
    key, revision = str(tenant.directory), f"{tenant.revision} {_changed(tenant)} {' '.join(told)}"
    found = _KEPT.get(key)
    if found is None or found[0] != revision:
        with _making:
            found = _KEPT.get(key)
            if found is None or found[0] != revision:
                rows = tenant.database.reader().execute(LABELS, (MOST_LABELS,)).fetchall()
                streets = of_addresses(row[0] for row in rows if row[0])
                found = _KEPT[key] = (revision, replace(streets, model=own_model(tenant), own=_own(told)))
    return found[1]


def _sentences(offered: Mapping[str, Procedure]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Sentences that tell the tenant's own procedures, with their ids, by version."""
    return {
        one.version: (one.id, one.about.sentences)
        for one in offered.values()
        if one.id not in shipped() and len(one.about.sentences) >= FEWEST
    }


def _own(told: Mapping[str, tuple[str, tuple[str, ...]]]) -> Model | None:
    if not told:
        return None
    key = " ".join(told)
    if key not in _OWN:
        if len(_OWN) >= MOST_OWN:
            _OWN.clear()
        _OWN[key] = learned(dict(told.values()))
    return _OWN[key]


def _changed(tenant: Tenant) -> int:
    """When the tenant's own model was learned; 0 without one."""
    file = path(tenant)
    return file.stat().st_mtime_ns if file.is_file() else 0
