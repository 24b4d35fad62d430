"""Who may see a dataset, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TRIGGERS = {
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


def upgrade() -> None:
    """Give datasets a state, public for what is there already, and make the audit log."""
    store = op.get_bind().dialect.name
    # made anew on SQLite so that the column stands before the constraints, as in a new tenant
    with op.batch_alter_table("datasets", recreate="always" if store == "sqlite" else "never") as table:
        table.add_column(sa.Column("state", sa.Text(), server_default="public", nullable=False))
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    for statement in TRIGGERS[store]:
        op.execute(statement)
