"""The tables of one tenant: objects as they are now, their versions, datasets, blocks and reports.

``objects`` has one row per (dataset, id) with what lists, maps and searches ask for; ``versions``
keeps what each of them was before. Geometry lives in blocks (files, see ``blocks.py``), one per
cell and dataset; ``blocks`` says which file was valid from which revision to which. Every committed
change is a row of ``revisions``, so "as of a date" is one number. ``edits`` lists the corrections by
hand, ``originals`` keeps what the source says of objects that were corrected. ``statistic_values``
are the cells of tables by district. ``plan_files`` keeps XPlanGML as it was loaded, ``plans`` names the plans
that hold now. ``variants`` are planning variants, each with all its
revisions, ``resolutions`` what was decided on them, ``expertises`` reports of experts in place of results.
The tables of cases are in ``case_schema.py``, those of the ways in and out in ``channel_schema.py``, those of
craftsmen in ``craft_schema.py``, those by which people find their own cases in ``requester_schema.py``.

The tables are plain SQLAlchemy and the same in both stores; the box index and the word index
(``EXTRA``) are what each of them has for that.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from kastor.store import channel_schema as channel_schema
from kastor.store import craft_schema as craft_schema
from kastor.store import requester_schema as requester_schema
from kastor.store.case_schema import LOG_STAYS
from kastor.store.metadata import METADATA as METADATA

REVISION = "0017"
"""The migration this code works with."""

tenant = Table(
    "tenant",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", JSON, nullable=False),
    Column("crs", Text, nullable=False),
    Column("origin", JSON),
    Column("view", JSON),
    Column("accent", Text, nullable=False),
    Column("logo", Text, nullable=False),
    Column("services", JSON, nullable=False),
    Column("created", Text, nullable=False),
    Column("token", Text, nullable=False),
)

revisions = Table(
    "revisions",
    METADATA,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
)

datasets = Table(
    "datasets",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("licence_url", Text, nullable=False),
    Column("attribution", Text, nullable=False),
    Column("date", Text, nullable=False),
    Column("loaded", Text, nullable=False),
    Column("report", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("ended", Integer),
    Column("office", Text, nullable=False, server_default=""),
    Column("contact", Text, nullable=False, server_default=""),
    Column("rhythm", Text, nullable=False, server_default=""),
    Column("theme", Text, nullable=False, server_default=""),
    Column("hvd", Text, nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default="public"),
)

dataset_changes = Table(
    "dataset_changes",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("dataset", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("json", JSON, nullable=False),
)
Index("dataset_changes_by_dataset", dataset_changes.c.dataset, dataset_changes.c.revision)

parts = Table(
    "parts",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("dataset", Integer, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("dataset", "name", name="one_part_per_name"),
)

objects = Table(
    "objects",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("dataset", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("ended", Integer),
    Column("source_hash", LargeBinary, nullable=False),
    Column("edited", SmallInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_key", Integer, nullable=False),
    Column("cell_column", Integer, nullable=False),
    Column("cell_row", Integer, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("parent", Text),
    Column("part_count", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("label_key", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("west", Double),
    Column("south", Double),
    Column("low", Double),
    Column("east", Double),
    Column("north", Double),
    Column("high", Double),
    Column("height", Double),
    Column("storeys", Integer),
    Column("function", Text, nullable=False),
    Column("function_group", SmallInteger, nullable=False),
    Column("roof", Integer, nullable=False),
    Column("year", Integer),
    Column("area", Double),
    Column("date", Text, nullable=False),
    Column("findings", Integer, nullable=False),
    UniqueConstraint("id", "dataset", name="one_object_per_dataset"),
)


_current = objects.c.ended.is_(None)
_PARTIAL = {
    **{
        Index(f"objects_by_{name}", objects.c.kind, objects.c[name], objects.c.key): _current
        for name in ("label_key", "function_group", "findings")
    },
    # of these often nothing is known, and only known values are walked in order
    **{
        Index(f"objects_by_{name}", objects.c.kind, objects.c[name], objects.c.key): (
            _current & objects.c[name].is_not(None)
        )
        for name in ("height", "storeys", "year", "area")
    },
    Index("objects_by_kind", objects.c.kind, objects.c.key): _current,
    Index("objects_by_parent", objects.c.parent, objects.c.dataset): objects.c.parent.is_not(None),
    Index("objects_by_cell", objects.c.cell_column, objects.c.cell_row, objects.c.dataset): _current,
    Index("objects_by_part", objects.c.part): _current,
}
"""Indexes of some rows only, and of which."""


@event.listens_for(METADATA, "before_create")
def _narrow(_: MetaData, connection: Connection, **__: object) -> None:
    """Say it in the words of the store; saying it before would load the words of both."""
    for index, condition in _PARTIAL.items():
        index.dialect_options[connection.dialect.name]["where"] = condition


versions = Table(
    "versions",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("object", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer),
    Column("geometry", LargeBinary, nullable=False),
    Column("attributes", LargeBinary, nullable=False),
    UniqueConstraint("object", "version", name="versions_of_object"),
)

blocks = Table(
    "blocks",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("cell_column", Integer, nullable=False),
    Column("cell_row", Integer, nullable=False),
    Column("dataset", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("west", Double),
    Column("south", Double),
    Column("low", Double),
    Column("east", Double),
    Column("north", Double),
    Column("high", Double),
    Column("first", Integer, nullable=False),
    Column("last", Integer),
)
Index("blocks_by_cell", blocks.c.cell_column, blocks.c.cell_row, blocks.c.dataset)
Index("blocks_by_hash", blocks.c.hash)

terrain_parts = Table(
    "terrain_parts",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("part", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("cell", Double, nullable=False),
    Column("west", Double, nullable=False),
    Column("south", Double, nullable=False),
    Column("east", Double, nullable=False),
    Column("north", Double, nullable=False),
    Column("derived", SmallInteger, nullable=False),
    Column("revision", Integer, nullable=False),
)

reports = Table(
    "reports",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("dataset", Integer, nullable=False),
    Column("revision", Integer, nullable=False, unique=True),
    Column("json", LargeBinary, nullable=False),
)

findings = Table(
    "findings",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("object", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("json", LargeBinary, nullable=False),
)
Index("findings_by_object", findings.c.object, findings.c.revision)

decisions = Table(
    "decisions",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("dataset", Integer, nullable=False),
    Column("object", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("stated", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("dataset", "object", "code", name="one_decision_per_finding"),
)
Index("decisions_by_object", decisions.c.object)

load_jobs = Table(
    "load_jobs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("dataset", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("files", JSON, nullable=False),
    Column("question", JSON, nullable=False),
    Column("problem", Text, nullable=False),
    Column("decisions", JSON, nullable=False),
    Column("result", JSON, nullable=False),
)

edits = Table(
    "edits",
    METADATA,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("object", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Integer),
    Column("after", Integer),
)
Index("edits_by_object", edits.c.object)

originals = Table(
    "originals",
    METADATA,
    Column("object", Integer, primary_key=True, autoincrement=False),
    Column("geometry", LargeBinary, nullable=False),
    Column("attributes", LargeBinary, nullable=False),
)

audit = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

AUDIT_STAYS = {
    "sqlite": (
        "CREATE TRIGGER audit_stays_as_it_is BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'a line of the audit log cannot be changed'); END",
        "CREATE TRIGGER audit_stays_complete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'a line of the audit log cannot be removed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a line of the audit log cannot be changed or removed'; END $$",
        "CREATE TRIGGER audit_stays_as_it_is BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_stays()",
        "CREATE TRIGGER audit_stays_complete BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()",
    ),
}
"""What keeps the audit log append-only in each store."""

proposals = Table(
    "proposals",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("dataset", Integer, nullable=False),
    Column("object", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("wanted", JSON, nullable=False),
    Column("city", LargeBinary, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decision_note", Text, nullable=False),
)

four_eyes = Table(
    "four_eyes",
    METADATA,
    Column("dataset", Integer, primary_key=True, autoincrement=False),
)

features = Table(
    "features",
    METADATA,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("dataset", Integer, nullable=False),
    Column("block", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("geometry", LargeBinary),
    Column("head", LargeBinary, nullable=False),
    Column("degrees", LargeBinary, nullable=False),
)
Index("features_by_block", features.c.block)

attribute_types = Table(
    "attribute_types",
    METADATA,
    Column("dataset", Integer, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("type", Text, nullable=False),
)

statistic_tables = Table(
    "statistic_tables",
    METADATA,
    Column("dataset", Integer, primary_key=True, autoincrement=False),
    Column("mapping", JSON, nullable=False),
    Column("areas", Text, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("notes", JSON, nullable=False),
)

statistic_measures = Table(
    "statistic_measures",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("dataset", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("unit", Text, nullable=False),
    UniqueConstraint("dataset", "name", name="one_measure_per_name"),
)

statistic_values = Table(
    "statistic_values",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("dataset", Integer, nullable=False),
    Column("area", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("measure", Integer, nullable=False),
    Column("value", Double),
    Column("sign", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer),
)
Index("statistic_values_by_dataset", statistic_values.c.dataset, statistic_values.c.period, statistic_values.c.area)

results = Table(
    "results",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("process", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("data", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("seconds", Double, nullable=False),
)
Index("results_by_process", results.c.process, results.c.made)

remote_processes = Table(
    "remote_processes",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("described", JSON, nullable=False),
    Column("units", JSON, nullable=False),
    Column("added", Text, nullable=False),
    Column("who", Text, nullable=False),
)

rainfall = Table(
    "rainfall",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("cells", Integer, nullable=False),
    Column("added", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)

plan_files = Table(
    "plan_files",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("dataset", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer),
)
Index("plan_files_by_dataset", plan_files.c.dataset)

plans = Table(
    "plans",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("dataset", Integer, nullable=False),
    Column("file", Integer, nullable=False),
    Column("object", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("area", LargeBinary),
)
Index("plans_by_dataset", plans.c.dataset)

variants = Table(
    "variants",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("parent", JSON),
    Column("revision", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("who", Text, nullable=False),
)

variant_revisions = Table(
    "variant_revisions",
    METADATA,
    Column("variant", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("back", Integer),
    Column("ahead", Integer),
    Column("count", Integer, nullable=False),
    Column("edits", LargeBinary, nullable=False),
)

resolutions = Table(
    "resolutions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signed", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("who", Text, nullable=False),
)

expertises = Table(
    "expertises",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("result", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
)
Index("expertises_by_result", expertises.c.result)

_OF_SQLITE = (
    "CREATE VIRTUAL TABLE boxes USING rtree (key, west, east, south, north, +kind INTEGER)",
    "CREATE VIRTUAL TABLE words USING fts5 "
    "(text, content='', columnsize=0, detail=none, tokenize='unicode61 remove_diacritics 2')",
    "CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row)",
    *AUDIT_STAYS["sqlite"],
    *LOG_STAYS["sqlite"],
)
# words are split at spaces here and nowhere else, so that both stores find the same; none is as long as that
_WORDS = (
    "array_to_tsvector(array_remove(string_to_array(regexp_replace(words, '([^ ]{250}){8}[^ ]*', '', 'g'), ' '), ''))"
)
_OF_POSTGRESQL = (
    "ALTER TABLE objects ADD COLUMN box geometry"
    " GENERATED ALWAYS AS (ST_MakeEnvelope(west, south, east, north)) STORED",
    f"ALTER TABLE objects ADD COLUMN word_index tsvector GENERATED ALWAYS AS ({_WORDS}) STORED",
    "CREATE INDEX objects_by_box ON objects USING gist (box) WHERE ended IS NULL AND parent IS NULL",
    "CREATE INDEX objects_by_words ON objects USING gin (word_index) WHERE ended IS NULL",
    'CREATE TABLE vocabulary (term text COLLATE "C" PRIMARY KEY, uses integer NOT NULL)',
    *AUDIT_STAYS["postgresql"],
    *LOG_STAYS["postgresql"],
)
EXTRA = {"sqlite": _OF_SQLITE, "postgresql": _OF_POSTGRESQL}
"""Box index of current top-level objects and word index of current objects, as each store has them."""

FILL = {
    "sqlite": (
        "INSERT INTO boxes (key, west, east, south, north, kind) SELECT key, west, east, south, north, kind"
        " FROM objects WHERE ended IS NULL AND parent IS NULL AND west IS NOT NULL",
        "INSERT INTO words (rowid, text) SELECT key, words FROM objects WHERE ended IS NULL AND words <> ''",
    ),
    "postgresql": (
        "INSERT INTO vocabulary (term, uses) SELECT term, count(*)"
        " FROM objects, unnest(string_to_array(words, ' ')) term WHERE ended IS NULL AND words <> '' GROUP BY term",
    ),
}
"""Fills those indexes from the rows."""
