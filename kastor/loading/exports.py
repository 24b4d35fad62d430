"""Everything a tenant holds, into one file of an open format."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from kastor import formats
from kastor.city.model import City, Column, concat, root, take
from kastor.formats.errors import FormatError
from kastor.formats.frame import frame_at
from kastor.loading.errors import LoadingError
from kastor.loading.tiling import origin_of, standing
from kastor.store import Tenant
from kastor.store.errors import UnknownDataset
from kastor.tiles import gltf
from kastor.tiles.gltf import NothingToDrawError

EXPORTS = (*formats.FORMATS, "gltf")
"""Formats a tenant can be written to."""


TERRAIN = "terrain"
"""The heights of a dataset, as what it is exported."""

SOURCE = "dataset"
"""Attribute of an exported object that names its dataset."""


def export(tenant: Tenant, format: str, file: Path, dataset: str = "") -> int:
    """
    Write all objects of a tenant, each with the id of its dataset.

    Parameters
    ----------
    format
        One of ``EXPORTS``.
    file
        File to write; replaced when complete.
    dataset
        Only the objects of this one; of all when empty.

    Returns
    -------
    int
        Number of objects written.

    Raises
    ------
    FormatError
        When the format is none of them.
    UnknownDataset
        When there is no such dataset.
    """
    if format not in EXPORTS:
        raise FormatError(file, f"Kastor does not write {format!r}.", f"Choose one of {', '.join(EXPORTS)}.")
    city = with_sources(tenant, dataset)
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


def with_sources(tenant: Tenant, dataset: str = "") -> City:
    """
    The city whose objects say which dataset they are from.

    An object that several datasets have comes from the one loaded last, as everywhere.

    Raises
    ------
    UnknownDataset
        When ``dataset`` is none of the tenant's.
    """
    known = sorted(tenant.datasets(), key=lambda d: d.loaded, reverse=True)
    wanted = [d.id for d in known if dataset in ("", d.id)]
    if not wanted:
        raise UnknownDataset(f"There is no dataset {dataset!r}; known are: {', '.join(d.id for d in known) or 'none'}.")
    parts: list[City] = []
    seen: set[str] = set()
    for name in wanted:
        part = _named(tenant.city(datasets=[name]), name)
        ids = part.ids.tolist()
        fresh = np.array([object_id not in seen for object_id in ids], bool)
        fresh &= fresh[root(part)]
        parts.append(part if fresh.all() else take(part, np.flatnonzero(fresh)))
        seen.update(ids)
    return concat([part for part in parts if len(part)]) if any(map(len, parts)) else tenant.city(datasets=[])


def _named(city: City, dataset: str) -> City:
    """The city with the id of its dataset as an attribute; a source's own attribute of that name moves aside."""
    attributes = {f"source_{name}" if name == SOURCE else name: column for name, column in city.attributes.items()}
    return replace(city, attributes={SOURCE: Column((dataset,), np.zeros(len(city), np.int32)), **attributes})


def export_terrain(tenant: Tenant, dataset: str, file: Path) -> int:
    """
    Write the heights of a dataset into one zip of Cloud Optimized GeoTIFF files; gives their number.

    Raises
    ------
    LoadingError
        When the dataset has none.
    """
    files = tenant.heights_of(dataset)
    if not files:
        raise LoadingError(f"Dataset {dataset!r} of {tenant.id} has no heights. Export its objects instead.")
    young = file.with_name(file.name + ".part")
    with zipfile.ZipFile(young, "w", zipfile.ZIP_STORED) as packed:
        for number, source in enumerate(files, start=1):
            packed.write(source, f"{dataset}-{number}.tif")
    young.replace(file)
    return len(files)
