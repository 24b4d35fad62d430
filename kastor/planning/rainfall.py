"""Design rain at a place of a tenant: from its own table where it has one, else from the one Kastor brings along."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyproj

from kastor.city.rainfall import DesignRain, RainTable
from kastor.formats import kostra
from kastor.simulations.storms import design_rain_near
from kastor.store import Tenant
from kastor.store.rainfall import Rainfall, keep, packed, rainfall_of


def load(tenant: Tenant, files: Sequence[Path], who: str = "") -> Rainfall:
    """
    Take tables of KOSTRA-DWD as a tenant's own.

    Raises
    ------
    FormatError
        When they cannot be read; the tenant keeps what it had.
    """
    table = kostra.read(files)
    return keep(tenant.database, table.source, len(table.places), kostra.pack(table), who)


def own_rain(tenant: Tenant, east: float, north: float) -> DesignRain | None:
    """Design rain of the tenant's own table at a place in its plane system, None without one there. [m]"""
    kept = rainfall_of(tenant.database)
    if kept is None:
        return None
    table = _table(tenant, kept.hash)
    x, y = pyproj.Transformer.from_crs(tenant.crs.split("+")[0], table.crs, always_xy=True).transform(east, north)
    return table.at(x, y) if np.isfinite([x, y]).all() else None


def rain_at(tenant: Tenant, east: float, north: float) -> DesignRain | None:
    """Design rain at a place in the tenant's plane system, None where no table has it. [m]"""
    return own_rain(tenant, east, north) or design_rain_near(tenant.crs, east, north)


_last: list[tuple[str, RainTable]] = []
"""The table used last with its hash; unpacking one takes a tenth of a second."""


def _table(tenant: Tenant, name: str) -> RainTable:
    if not _last or _last[0][0] != name:
        _last[:] = [(name, kostra.unpack(packed(tenant.database)))]
    return _last[0][1]
