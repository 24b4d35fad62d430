"""The first tables."""

from alembic import op

from kastor.store import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    schema.METADATA.create_all(op.get_bind())
    for statement in schema.EXTRA_SQLITE:
        op.execute(statement)
