"""Tenants: one directory and one database each; deleting the directory deletes the tenant.

``home/tenants/<id>/`` holds ``kastor.sqlite`` (rows), ``blocks/`` (geometry), ``terrain/``
(Cloud Optimized GeoTIFF), ``tiles/`` (owned by the tiles room) and ``uploads/``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kastor.store import stores
from kastor.store.changes import clean_up
from kastor.store.errors import InvalidTenantId, TenantExists, UnknownTenant, store_errors
from kastor.store.moments import now
from kastor.store.schema import tenant as tenant_table
from kastor.store.tenant import Place, Tenant, TenantInfo

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
DOWNLOADED = "downloads"
"""Directory for files of whole datasets, which can be written again at any time."""

INTERFACES = frozenset({"api", "masterportal", "ogc", "open311", "records", "tiles", "wfs", "wms"})
"""Beginnings of addresses that programs ask."""

RESERVED = INTERFACES | {"assets", "health", "konto", "metrics"}
"""What cannot be the id of a tenant, since addresses begin with it."""

_NO_WORDS: Mapping[str, str] = {}


def tenant_directory(home: Path, tenant_id: str) -> Path:
    """
    Where a tenant lives.

    Raises
    ------
    InvalidTenantId
        When the id could not be the name of a tenant, for example because it leads out of the directory.
    """
    if not _ID.fullmatch(tenant_id):
        raise InvalidTenantId(
            f"{tenant_id[:80]!r} cannot be the id of a tenant. Use 1 to 63 lower-case letters, digits and hyphens, "
            "with a letter or digit first and last."
        )
    return Path(home) / "tenants" / tenant_id


def create_tenant(
    home: Path,
    tenant_id: str,
    title: str,
    crs: str,
    description: Mapping[str, str] = _NO_WORDS,
    origin: Place | None = None,
    view: Mapping[str, Any] | None = None,
    accent: str = "",
    logo: str = "",
    services: Sequence[Mapping[str, Any]] = (),
    in_file: bool = False,
) -> Tenant:
    """
    Make a tenant and open it; see :class:`TenantInfo` for most parameters.

    Parameters
    ----------
    in_file
        Whether its rows go into a file of its directory even where PostgreSQL is set, for one that does not last.

    Raises
    ------
    InvalidTenantId, TenantExists
        When the id is no good or taken.
    """
    directory = tenant_directory(home, tenant_id)
    if tenant_id in RESERVED:
        raise InvalidTenantId(f"{tenant_id!r} is an address of Kastor itself. Choose another id.")
    if directory.exists():
        raise TenantExists(f"There is a tenant {tenant_id!r} already. Choose another id or delete that one first.")
    row = {
        "id": tenant_id, "title": title, "description": dict(description), "crs": crs,
        "origin": list(origin) if origin else None, "view": dict(view) if view else None,
        "accent": accent, "logo": logo, "services": [dict(s) for s in services],
        "created": now(), "token": secrets.token_hex(4),
    }  # fmt: skip
    with store_errors(f"Tenant {tenant_id} cannot be created", directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        for left in (*directory.parent.glob(f".new-{tenant_id}.*"), *directory.parent.glob(".deleted-*")):
            stores.drop(left)
        # made aside and renamed, so that a killed creation leaves no half tenant
        young = directory.parent / f".new-{tenant_id}.{secrets.token_hex(4)}"
        for name in ("blocks", "terrain", "tiles", "uploads"):
            (young / name).mkdir(parents=True)
        fresh = stores.create(young, tenant_id, in_file)
        with fresh.write("The tenant cannot be created") as connection:
            connection.execute(tenant_table.insert().values(row))
        fresh.close()
        young.rename(directory)
    return open_tenant(home, tenant_id)


def existing_directory(home: Path, tenant_id: str) -> Path:
    """
    Where a tenant is.

    Raises
    ------
    InvalidTenantId, UnknownTenant
        When there is none.
    """
    directory = tenant_directory(home, tenant_id)
    if not stores.is_tenant(directory):
        raise UnknownTenant(f"There is no tenant {tenant_id!r}.")
    return directory


def open_tenant(home: Path, tenant_id: str) -> Tenant:
    """
    Open a tenant; a context manager. Old tables are brought up to date first, with a backup.

    Raises
    ------
    InvalidTenantId, UnknownTenant, NewerTenant
        When there is none, or a newer Kastor wrote it.
    """
    opened = Tenant(stores.open_rows(existing_directory(home, tenant_id)))
    clean_up(opened.database)
    return opened


def tenant_ids(home: Path) -> list[str]:
    """Ids of all tenants below ``home``, in order."""
    found = sorted((Path(home) / "tenants").glob("*"))
    return [d.name for d in found if _ID.fullmatch(d.name) and stores.is_tenant(d)]


def tenants(home: Path) -> list[TenantInfo]:
    """All tenants below ``home``, by id."""
    found = []
    for tenant_id in tenant_ids(home):
        with open_tenant(home, tenant_id) as opened:
            found.append(opened.info)
    return found


def delete_tenant(home: Path, tenant_id: str) -> None:
    """
    Delete a tenant with everything in it, for ever.

    Raises
    ------
    UnknownTenant
        When there is none.
    """
    directory = tenant_directory(home, tenant_id)
    if not directory.is_dir():
        raise UnknownTenant(f"There is no tenant {tenant_id!r}.")
    with store_errors(f"Tenant {tenant_id} cannot be deleted", directory):
        gone = directory.parent / f".deleted-{tenant_id}.{secrets.token_hex(4)}"
        directory.rename(gone)
        stores.drop(gone)
