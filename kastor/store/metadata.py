"""What all tables of a tenant belong to; ``schema.py`` and ``case_schema.py`` add theirs."""

from __future__ import annotations

from sqlalchemy import MetaData

METADATA = MetaData()
