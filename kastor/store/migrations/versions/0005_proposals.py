"""Corrections that wait for a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of proposals and of datasets that ask for them."""
    texts = ("state", "at", "who", "note", "object", "what", "decided_at", "decided_by", "decision_note")
    text = {name: sa.Column(name, sa.Text(), nullable=False) for name in texts}
    op.create_table(
        "proposals",
        sa.Column("key", sa.Integer(), nullable=False),
        *(text[name] for name in ("state", "at", "who", "note")),
        sa.Column("dataset", sa.Integer(), nullable=False),
        *(text[name] for name in ("object", "what")),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("city", sa.LargeBinary(), nullable=False),
        *(text[name] for name in ("decided_at", "decided_by", "decision_note")),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "four_eyes",
        sa.Column("dataset", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("dataset"),
    )
