"""The typical year of weather a tenant has of its own, instead of the one Kastor brings along. A file of the tenant."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kastor.store.audit import record
from kastor.store.errors import StoreError, store_errors
from kastor.store.tenant import Tenant

FILE = "weather.npz"


class NoWeather(StoreError):
    """The tenant has no weather of its own."""


def keep(tenant: Tenant, packed: bytes, source: str, who: str) -> None:
    """Keep a typical year in place of the one before."""
    file = _file(tenant)
    young = file.with_suffix(".young")
    cannot = "The weather cannot be kept"
    with tenant.database.write(cannot) as connection, store_errors(cannot, file):
        young.write_bytes(packed)
        young.replace(file)
        record(connection, who, "load_weather", source, {})


def remove(tenant: Tenant, who: str) -> None:
    """
    Go back to the year Kastor brings along.

    Raises
    ------
    NoWeather
        When the tenant has none of its own.
    """
    if not _file(tenant).is_file():
        raise NoWeather("The tenant has no weather of its own; the year that comes with Kastor is in use.")
    with tenant.database.write("The weather cannot be removed") as connection:
        _file(tenant).unlink(missing_ok=True)
        record(connection, who, "remove_weather", "", {})


def weather_of(tenant: Tenant) -> bytes | None:
    """The packed year; None without one."""
    return _file(tenant).read_bytes() if _file(tenant).is_file() else None


def hash_of(tenant: Tenant) -> str:
    """A hash of the tenant's own year; empty without one."""
    packed = weather_of(tenant)
    return hashlib.blake2b(packed, digest_size=16).hexdigest() if packed is not None else ""


def _file(tenant: Tenant) -> Path:
    return tenant.directory / FILE
