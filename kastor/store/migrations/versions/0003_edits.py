"""Corrections by hand, so that they can be listed and taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of corrections and of what the sources said before."""
    op.create_table(
        "edits",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("object", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("revision"),
    )
    op.create_index("edits_by_object", "edits", ["object"])
    op.create_table(
        "originals",
        sa.Column("object", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("attributes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("object"),
    )
