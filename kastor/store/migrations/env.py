"""Runs the migrations on the connection ``database.py`` hands over, inside its transaction."""

from alembic import context

from kastor.store.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
