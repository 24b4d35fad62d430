"""Everything a tenant holds, into one file of an open format."""

from __future__ import annotations

from pathlib import Path

from kastor import formats
from kastor.formats.errors import FormatError
from kastor.formats.frame import frame_at
from kastor.loading.errors import LoadingError
from kastor.loading.tiling import origin_of, standing
from kastor.store import Tenant
from kastor.tiles import gltf
from kastor.tiles.gltf import NothingToDrawError

EXPORTS = (*formats.FORMATS, "gltf")
"""Formats a tenant can be written to."""


def export(tenant: Tenant, format: str, file: Path) -> int:
    """
    Write all objects of a tenant.

    Parameters
    ----------
    format
        One of ``EXPORTS``.
    file
        File to write; replaced when complete.

    Returns
    -------
    int
        Number of objects written.

    Raises
    ------
    FormatError
        When the format is none of them.
    """
    if format not in EXPORTS:
        raise FormatError(file, f"Kastor does not write {format!r}.", f"Choose one of {', '.join(EXPORTS)}.")
    city = tenant.city()
    young = file.with_name(file.name + ".part")
    if format == "gltf":
        try:
            gltf.write(standing(tenant, city), young, frame_at(city.crs, origin_of(tenant)).to_local)
        except NothingToDrawError:
            raise LoadingError(
                f"Tenant {tenant.id} holds nothing to draw yet. Load buildings or trees first."
            ) from None
    else:
        formats.write(city, young, format)
    young.replace(file)
    return len(city)
