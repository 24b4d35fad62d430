"""Tables by district: measures, values with their history, and what was said about the columns."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "statistic_tables",
        sa.Column("dataset", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("dataset"),
    )
    op.create_table(
        "statistic_measures",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("dataset", "name", name="one_measure_per_name"),
    )
    op.create_table(
        "statistic_values",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Integer(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("measure", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("statistic_values_by_dataset", "statistic_values", ["dataset", "period", "area"], unique=False)
