"""The one setting of the store: where the rows of new tenants go."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


def _database_url() -> str:
    return os.environ.get("KASTOR_DATABASE_URL", "")


@dataclass(frozen=True)
class StoreSettings:
    """
    What an operator may set; each field is the environment variable ``KASTOR_<NAME>``.

    Not pydantic's: every command reads this, and pydantic takes longer to import than the rest of the store.

    Parameters
    ----------
    database_url
        A PostgreSQL database with PostGIS for the rows, as ``postgresql://USER:PASSWORD@HOST/NAME``; without it
        every tenant has an SQLite file.
    """

    database_url: str = field(default_factory=_database_url)
