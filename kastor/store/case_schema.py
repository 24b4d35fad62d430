"""The tables of the digital colleague: cases, their logs, keys, timers, and what is to be sent.

``case_events`` is the truth: a row is never changed or removed. Its ``public`` part names nobody; what does is in
``sealed``, encrypted with the key of the case. A case whose row of ``case_keys`` is gone is erased: the chain of
hashes, which runs over what is stored, stays whole. ``cases.sealed`` is the state the events fold to, kept so that
nobody has to fold them anew for each message. Threads and ids of messages stand as hashes: they may be telephone
numbers.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, LargeBinary, Table, Text

from kastor.store.metadata import METADATA

cases = Table(
    "cases",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("procedure", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("opened", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("due", Text),
    Column("closed", Text),
    Column("erase_after", Text),
    Column("erased", Text),
    Column("seq", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("anchored", Integer, nullable=False),
    Column("sealed", LargeBinary),
)
Index("cases_by_status", cases.c.status, cases.c.due)
Index("cases_by_change", cases.c.changed)

case_events = Table(
    "case_events",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("public", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("before", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("case_events_by_kind", case_events.c.kind, case_events.c.at)

case_keys = Table(
    "case_keys",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

case_messages = Table(
    "case_messages",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("at", Text, nullable=False),
)
Index("case_messages_by_case", case_messages.c.case)

case_threads = Table(
    "case_threads",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("thread", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("at", Text, nullable=False),
)
Index("case_threads_by_case", case_threads.c.case)

case_timers = Table(
    "case_timers",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("due", Text, nullable=False),
)
Index("case_timers_by_due", case_timers.c.due)

case_files = Table(
    "case_files",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

case_places = Table(
    "case_places",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("object", Text, nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
)
Index("case_places_by_object", case_places.c.object)
Index("case_places_by_point", case_places.c.longitude, case_places.c.latitude)

outbox = Table(
    "outbox",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("number", Integer, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("claimed", Text, nullable=False),
    Column("ended", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
Index("outbox_by_state", outbox.c.state, outbox.c.due)
Index("outbox_by_lane", outbox.c.lane, outbox.c.number)
Index("outbox_by_case", outbox.c.case)

procedure_versions = Table(
    "procedure_versions",
    METADATA,
    Column("procedure", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("added", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("released", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("second", Text, nullable=False),
)

LOG_STAYS = {
    "sqlite": (
        "CREATE TRIGGER case_events_stay_as_they_are BEFORE UPDATE ON case_events "
        "BEGIN SELECT RAISE(ABORT, 'an event of a case cannot be changed'); END",
        "CREATE TRIGGER case_events_stay_complete BEFORE DELETE ON case_events "
        "BEGIN SELECT RAISE(ABORT, 'an event of a case cannot be removed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION case_events_stay() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'an event of a case cannot be changed or removed'; END $$",
        "CREATE TRIGGER case_events_stay_as_they_are BEFORE UPDATE OR DELETE ON case_events "
        "FOR EACH ROW EXECUTE FUNCTION case_events_stay()",
        "CREATE TRIGGER case_events_stay_complete BEFORE TRUNCATE ON case_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION case_events_stay()",
    ),
}
"""What keeps the log of cases append-only in each store."""
