"""A tenant's rows into the other store, complete in exactly one of them at any moment.

The rows are copied under the write lock; then the mark in the tenant's directory changes in one
step. Killed before that, the tenant is where it was, and killed after it, it is where it should
be; what is left over is removed when the tenant is opened or moved again.
"""

from __future__ import annotations

import os
from pathlib import Path

from kastor.store import copying, marks, sqlite, stores, tables
from kastor.store.database import Database
from kastor.store.errors import StoreError, store_errors
from kastor.store.settings import StoreSettings
from kastor.store.tenants import existing_directory

STORES = ("sqlite", "postgresql")

_YOUNG = f"{sqlite.FILE}.new"


def move_tenant(home: Path, tenant_id: str, to: str, wait: float = 10.0) -> bool:
    """
    Move a tenant's rows; may be repeated.

    Parameters
    ----------
    home
        Directory of all tenants.
    tenant_id
        Which tenant.
    to
        One of ``STORES``.
    wait
        How long to wait for somebody else's write. [s]

    Returns
    -------
    bool
        False when the tenant was there already.

    Raises
    ------
    TenantBusy
        When somebody is writing to the tenant.
    """
    if to not in STORES:
        raise StoreError(f"There is no store {to!r}; there are {' and '.join(STORES)}.")
    directory = existing_directory(home, tenant_id)
    rows = stores.open_rows(directory)
    try:
        with store_errors(f"Tenant {tenant_id} cannot be moved", directory):
            stores.drop_schema(directory, marks.GOING)
            if rows.dialect == to:
                return False
            if to == "postgresql":
                _into_schema(rows, tenant_id, wait)
            else:
                _into_file(rows, wait)
            return True
    finally:
        rows.close()


def settle(home: Path, tenant_id: str) -> None:
    """Move a tenant to where new ones go, see the setting ``database_url``."""
    if StoreSettings().database_url:
        move_tenant(home, tenant_id, "postgresql")


def _into_schema(rows: Database, tenant_id: str, wait: float) -> None:
    from kastor.store import postgres

    directory = rows.directory
    server = stores.server()
    with rows.write(f"Tenant {tenant_id} cannot be moved", wait) as source:
        stores.drop_schema(directory, marks.COMING)
        own = marks.new_schema(tenant_id)
        marks.write(directory, own, marks.COMING)
        postgres.make_schema(server, own, directory)
        with postgres.transaction(postgres.login(server, own)) as target:
            target.exec_driver_sql("SET LOCAL statement_timeout = 0")
            tables.make(target)
            copying.copy(source, target)
        marks.rename(directory, marks.COMING, marks.MARK)
    rows.close()
    sqlite.remove(directory / sqlite.FILE)


def _into_file(rows: Database, wait: float) -> None:
    directory = rows.directory
    young = directory / _YOUNG
    with rows.write(f"Tenant {directory.name} cannot be moved", wait) as source:
        for left in (young, directory / sqlite.FILE):
            sqlite.remove(left)
        sqlite.make_file(young)
        with sqlite.transaction(young) as target:
            tables.make(target)
            copying.copy(source, target)
        _force(young)
        young.rename(directory / sqlite.FILE)
        marks.rename(directory, marks.MARK, marks.GOING)
    rows.close()
    stores.drop_schema(directory, marks.GOING)


def _force(file: Path) -> None:
    number = os.open(file, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
