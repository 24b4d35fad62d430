"""The one setting of the store: where the rows of new tenants go."""

from __future__ import annotations

from pydantic_settings import BaseSettings, SettingsConfigDict


class StoreSettings(BaseSettings):
    """What an operator may set; each field is the environment variable ``KASTOR_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="KASTOR_")

    database_url: str = ""
    """A PostgreSQL database with PostGIS for the rows, as ``postgresql://USER:PASSWORD@HOST/NAME``; without it
    every tenant has an SQLite file."""
