"""Runs the migrations on the connection ``database.py`` hands over, inside its transaction."""

from alembic import context

from kastor.store.schema import METADATA


def migrate() -> None:
    """Run what is missing."""
    context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
    context.run_migrations()


# alembic executes this file with a configuration at hand; whoever only imports it has none
if hasattr(context, "config"):
    migrate()
