"""What things cost here: the table of unit prices a municipality keeps for rough estimates. A file of the tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kastor.store.audit import record
from kastor.store.errors import store_errors
from kastor.store.tenant import Tenant

FILE = "costs.json"

Prices = Mapping[str, tuple[float, float, float]]
"""Low, usual and high price of one unit by item. [EUR]"""


def prices(tenant: Tenant) -> dict[str, tuple[float, float, float]]:
    """The prices that are known; none before somebody stated some."""
    return {name: (low, usual, high) for name, (low, usual, high) in _kept(tenant).get("prices", {}).items()}


def source_of(tenant: Tenant) -> str:
    """Where the prices are from, as somebody said; empty when nobody did."""
    return str(_kept(tenant).get("source", ""))


def _kept(tenant: Tenant) -> dict[str, Any]:
    file = tenant.directory / FILE
    if not file.is_file():
        return {}
    found: dict[str, Any] = orjson.loads(file.read_bytes())
    # tables that were kept before they had a source are prices alone
    return found if "prices" in found else {"prices": found}


def set_prices(tenant: Tenant, table: Prices, who: str, source: str = "") -> None:
    """Replace all prices and where they are from; the audit log keeps that it was done."""
    file = tenant.directory / FILE
    young = file.with_suffix(".young")
    with (
        tenant.database.write("The prices cannot be kept") as connection,
        store_errors("The prices cannot be kept", file),
    ):
        young.write_bytes(orjson.dumps({"prices": dict(table), "source": source}, option=orjson.OPT_INDENT_2))
        young.replace(file)
        record(connection, who, "set_prices", "", {"items": sorted(table), "source": source})
