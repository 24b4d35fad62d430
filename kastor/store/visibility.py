"""What of a twin a reader may see: datasets are drafts, internal or public.

A connection is narrowed once, when it is opened: views of the same names lie over the tables and
show the rows of some datasets only. Every statement of the store, whoever wrote it, then sees
nothing else, so that no list, map, search or export can forget a condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Who may see a dataset: those who work on it, the staff, everybody."""

    DRAFT = "draft"
    INTERNAL = "internal"
    PUBLIC = "public"


States = frozenset[State]

PUBLIC: States = frozenset({State.PUBLIC})
"""What everybody may see."""

STAFF: States = frozenset({State.PUBLIC, State.INTERNAL})
"""What the staff may see."""

ALL: States = frozenset(State)
"""What those may see who work on datasets."""

_DATASETS = "(SELECT key FROM {main}datasets WHERE state IN ({states}))"
_OF_DATASET = f"dataset IN {_DATASETS}"

CASES = (
    "cases", "case_events", "case_keys", "case_messages", "case_threads", "case_timers", "case_files", "case_places",
    "outbox", "procedure_versions", "channels", "channel_inbox", "channel_threads", "channel_names", "publications",
    "craftsmen", "craft_orders", "appointments", "connections", "case_contacts", "contact_keys", "contact_asks",
    "contact_secrets",
)  # fmt: skip
"""Tables only the colleague and those who work on cases read, never narrowed."""

CONDITIONS: Mapping[str, str] = {
    "datasets": "state IN ({states})",
    "parts": _OF_DATASET,
    "objects": _OF_DATASET,
    **{
        table: f"EXISTS (SELECT 1 FROM {{main}}objects o WHERE o.key = {table}.object AND o.{_OF_DATASET})"
        for table in ("versions", "edits", "originals")
    },
    "blocks": _OF_DATASET,
    "features": _OF_DATASET,
    "attribute_types": _OF_DATASET,
    "terrain_parts": f"part IN (SELECT key FROM {{main}}parts WHERE {_OF_DATASET})",
    "reports": _OF_DATASET,
    "dataset_changes": _OF_DATASET,
    "decisions": _OF_DATASET,
    "findings": "EXISTS (SELECT 1 FROM {main}reports r WHERE r.revision = findings.revision AND r." + _OF_DATASET + ")",
    "load_jobs": "1 = 0",
    "audit": "1 = 0",
    **dict.fromkeys(CASES, "1 = 0"),
    "proposals": _OF_DATASET,
    "four_eyes": _OF_DATASET,
    "statistic_tables": _OF_DATASET,
    "statistic_measures": _OF_DATASET,
    "statistic_values": _OF_DATASET,
    "plan_files": _OF_DATASET,
    "plans": _OF_DATASET,
    "results": "state IN ({states})",
    "resolutions": "state IN ({states})",
    "expertises": "result IN (SELECT id FROM {main}results WHERE state IN ({states}))",
    "variants": "state IN ({states})",
    "variant_revisions": "variant IN (SELECT id FROM {main}variants WHERE state IN ({states}))",
}
"""Which rows of a table stay in sight; tables that are not named hold nothing of a dataset."""


def narrowing(states: States, main: str) -> list[str]:
    """
    Statements that let a connection see the datasets of some states only, as long as it is open.

    Parameters
    ----------
    main
        Schema of the tables.
    """
    if states == ALL:
        return []
    shown = ", ".join(f"'{state}'" for state in sorted(states))
    # in both stores a name without a schema means the temporary one first
    return [
        f"CREATE TEMP VIEW {table} AS SELECT * FROM {main}.{table} WHERE "
        + condition.format(main=f"{main}.", states=shown)
        for table, condition in CONDITIONS.items()
    ]
