"""Settings of a Kastor instance, from the environment (``KASTOR_HOME`` and so on)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
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

    public_url: str = ""
    """Address people and programs use, such as ``https://zwilling.musterstadt.de``; that of the request when empty."""

    dcat_contributor: str = ""
    """Identifier of the data provider that GovData gave out, ``http://dcat-ap.de/def/contributors/...``."""

    rate: float = 200.0
    """Requests from one address for good, 0 for no limit. [1/s]"""

    burst: float = 4000.0
    """Requests from one address at once."""

    key_rate: float = 100.0
    """Requests with one API key for good, from whatever address, 0 for no limit. [1/s]"""

    key_burst: float = 2000.0
    """Requests with one API key at once."""

    largest_body: int = 2**23
    """Most a request may send where nothing else is said; uploads may send more. [bytes]"""

    log: Literal["text", "json"] = "text"
    """How the server writes its log to standard error; ``json`` for machines."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    """Least serious level that is written; at INFO every request has a line, none names a person."""

    metrics_key: str = ""
    """Secret with which another machine may read ``/metrics``; without it only this machine may."""

    shutdown_seconds: int = 20
    """How long running requests may go on after the order to stop. [s]"""

    upload_limit: int = 4 * 10**9
    """How much one upload may be, all its files together. [bytes]"""

    upload_days: int = Field(default=14, ge=1)
    """An upload nobody went on with for so long is removed with its files. [days]"""

    oidc_issuer: str = ""
    """Identity provider (OpenID Connect) people may sign in with, as it calls itself: ``https://login.stadt.de/realms/stadt``."""

    oidc_client_id: str = ""
    """What the provider calls this instance."""

    oidc_client_secret: SecretStr = SecretStr("")
    """What this instance proves to the provider who it is with; empty where PKCE alone is asked for."""

    oidc_name: str = ""
    """What people call the provider; stands on the button. The host of the issuer when empty."""

    oidc_login_claim: str = "email"
    """What the provider says about a person that is their login here; an address counts only when it is verified."""

    oidc_create: bool = False
    """Whether people nobody has invited get an account when they come from the provider; never a role."""

    @field_validator("oidc_issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        found = urlsplit(value)
        local = found.hostname in ("localhost", "127.0.0.1", "::1")
        if value and ((found.scheme != "https" and not (found.scheme == "http" and local)) or not found.hostname):
            raise ValueError(f"{value!r} must begin with https:// (http:// for a provider on this machine only)")
        return value

    cases_every: float = Field(default=5.0, ge=0)
    """How often timers of cases ring and what waits is sent; 0 when ``kastor case work`` runs elsewhere. [s]"""

    workers: int = 1
    """How many computations the server runs at once; 0 when ``kastor work`` runs elsewhere."""

    callbacks: str = ""
    """Addresses that may be told when a computation ends, separated by spaces; whatever lies below them may too."""
