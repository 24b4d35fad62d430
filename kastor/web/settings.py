"""Settings of a Kastor instance, from the environment (``KASTOR_HOME`` and so on)."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set; each field is the environment variable ``KASTOR_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="KASTOR_")

    home: Path = Path("kastor-data")
    """Directory of all tenants."""

    host: str = "127.0.0.1"
    """Address the server listens on."""

    port: int = 8080
    """Port the server listens on."""
