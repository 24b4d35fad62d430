"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _blocks()
    _datasets()
    _findings()
    _objects()
    _parts()
    _reports()
    _revisions()
    _tenant()
    _terrain_parts()
    _versions()
    for statement in EXTRA[op.get_bind().dialect.name]:
        op.execute(statement)


def _blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("cell_column", sa.Integer(), nullable=False),
        sa.Column("cell_row", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("west", sa.Double(), nullable=True),
        sa.Column("south", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("east", sa.Double(), nullable=True),
        sa.Column("north", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("blocks_by_cell", "blocks", ["cell_column", "cell_row", "dataset"], unique=False)
    op.create_index("blocks_by_hash", "blocks", ["hash"], unique=False)


def _datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("licence_url", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("loaded", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("json", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("findings_by_object", "findings", ["object", "revision"], unique=False)


def _objects() -> None:
    op.create_table(
        "objects",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=True),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("edited", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_key", sa.Integer(), nullable=False),
        sa.Column("cell_column", sa.Integer(), nullable=False),
        sa.Column("cell_row", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("part_count", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("label_key", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("west", sa.Double(), nullable=True),
        sa.Column("south", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("east", sa.Double(), nullable=True),
        sa.Column("north", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("height", sa.Double(), nullable=True),
        sa.Column("storeys", sa.Integer(), nullable=True),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("function_group", sa.SmallInteger(), nullable=False),
        sa.Column("roof", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("area", sa.Double(), nullable=True),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id", "dataset", name="one_object_per_dataset"),
    )
    op.create_index(
        "objects_by_area",
        "objects",
        ["kind", "area", "key"],
        unique=False,
        **_where("ended IS NULL AND area IS NOT NULL"),
    )
    op.create_index(
        "objects_by_cell",
        "objects",
        ["cell_column", "cell_row", "dataset"],
        unique=False,
        **_where("ended IS NULL"),
    )
    op.create_index(
        "objects_by_findings",
        "objects",
        ["kind", "findings", "key"],
        unique=False,
        **_where("ended IS NULL"),
    )
    op.create_index(
        "objects_by_function_group",
        "objects",
        ["kind", "function_group", "key"],
        unique=False,
        **_where("ended IS NULL"),
    )
    op.create_index(
        "objects_by_height",
        "objects",
        ["kind", "height", "key"],
        unique=False,
        **_where("ended IS NULL AND height IS NOT NULL"),
    )
    op.create_index("objects_by_kind", "objects", ["kind", "key"], unique=False, **_where("ended IS NULL"))
    op.create_index(
        "objects_by_label_key",
        "objects",
        ["kind", "label_key", "key"],
        unique=False,
        **_where("ended IS NULL"),
    )
    op.create_index("objects_by_parent", "objects", ["parent", "dataset"], unique=False, **_where("parent IS NOT NULL"))
    op.create_index("objects_by_part", "objects", ["part"], unique=False, **_where("ended IS NULL"))
    op.create_index(
        "objects_by_storeys",
        "objects",
        ["kind", "storeys", "key"],
        unique=False,
        **_where("ended IS NULL AND storeys IS NOT NULL"),
    )
    op.create_index(
        "objects_by_year",
        "objects",
        ["kind", "year", "key"],
        unique=False,
        **_where("ended IS NULL AND year IS NOT NULL"),
    )


def _parts() -> None:
    op.create_table(
        "parts",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("dataset", "name", name="one_part_per_name"),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("json", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("revision"),
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )


def _tenant() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("origin", sa.JSON(), nullable=True),
        sa.Column("view", sa.JSON(), nullable=True),
        sa.Column("accent", sa.Text(), nullable=False),
        sa.Column("logo", sa.Text(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _terrain_parts() -> None:
    op.create_table(
        "terrain_parts",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("cell", sa.Double(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("derived", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("object", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=True),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("attributes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("object", "version", name="versions_of_object"),
    )


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


EXTRA = {
    "sqlite": (
        "CREATE VIRTUAL TABLE boxes USING rtree (key, west, east, south, north, +kind INTEGER)",
        "CREATE VIRTUAL TABLE words USING fts5 "
        "(text, content='', columnsize=0, detail=none, tokenize='unicode61 remove_diacritics 2')",
        "CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row)",
    ),
    "postgresql": (
        "ALTER TABLE objects ADD COLUMN box geometry"
        " GENERATED ALWAYS AS (ST_MakeEnvelope(west, south, east, north)) STORED",
        "ALTER TABLE objects ADD COLUMN word_index tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove("
        "string_to_array(regexp_replace(words, '([^ ]{250}){8}[^ ]*', '', 'g'), ' '), ''))) STORED",
        "CREATE INDEX objects_by_box ON objects USING gist (box) WHERE ended IS NULL AND parent IS NULL",
        "CREATE INDEX objects_by_words ON objects USING gin (word_index) WHERE ended IS NULL",
        'CREATE TABLE vocabulary (term text COLLATE "C" PRIMARY KEY, uses integer NOT NULL)',
    ),
}
