"""What reaches those who ask, as keyed hashes, and who has shown that it is theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables by which people find their own cases."""
    op.create_table(
        "case_contacts",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case", "contact"),
    )
    op.create_index("case_contacts_by_contact", "case_contacts", ["contact"], unique=False)
    op.create_table(
        "contact_keys",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "contact_asks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("contact_asks_by_contact", "contact_asks", ["contact", "at"], unique=False)
    op.create_table(
        "contact_secrets",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "contact"),
    )
    op.create_index("contact_secrets_by_contact", "contact_secrets", ["contact"], unique=False)
