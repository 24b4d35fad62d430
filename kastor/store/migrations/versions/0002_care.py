"""Who cares for a dataset, what was decided about findings, and uploads on their way into the twin."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FACTS = ("office", "contact", "rhythm", "theme", "hvd", "description")


def upgrade() -> None:
    """Add the facts of care and the tables of uploads and decisions."""
    # made anew on SQLite so that the columns stand before the constraints, as in a new tenant
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("datasets", recreate="always" if sqlite else "never") as table:
        for name in FACTS:
            table.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "dataset_changes",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("json", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("dataset_changes_by_dataset", "dataset_changes", ["dataset", "revision"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Integer(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("stated", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("dataset", "object", "code", name="one_decision_per_finding"),
    )
    op.create_index("decisions_by_object", "decisions", ["object"], unique=False)
    op.create_table(
        "load_jobs",
        sa.Column("id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "who", "created", "changed")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("dataset", "options", "files", "question")),
        sa.Column("problem", sa.Text(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("decisions", "result")),
        sa.PrimaryKeyConstraint("id"),
    )
