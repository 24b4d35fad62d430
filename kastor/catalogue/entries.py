"""Datasets as entries of a catalogue: what is known of each, where it lies, and the ways to get it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kastor.city.codes_datasets import LICENCES, THEMES
from kastor.formats.crs_names import normalise
from kastor.formats.operations import middle, operation
from kastor.loading.exports import TERRAIN
from kastor.store import Dataset, Tenant

Box = tuple[float, float, float, float]


class Way(NamedTuple):
    """
    A way to get a dataset.

    Parameters
    ----------
    name
        Short name, unique in the entry.
    title
        By language.
    href
        Absolute address.
    media_type
        What is answered there.
    file_type
        Key of the EU authority table of file types.
    service
        Whether it is asked with parameters instead of being fetched as one file.
    """

    name: str
    title: Mapping[str, str]
    href: str
    media_type: str
    file_type: str
    service: bool


@dataclass(frozen=True)
class Entry:
    """
    A dataset in the catalogue.

    Parameters
    ----------
    dataset
        What is known of it.
    href, page
        Absolute addresses of its entry for programs and of its page for people.
    box
        West, south, east, north; None when nothing in it has a place. [°]
    ways
        How to get it.
    keywords
        German words under which people look for it.
    """

    dataset: Dataset
    href: str
    page: str
    box: Box | None
    ways: Sequence[Way]
    keywords: Sequence[str]


DOWNLOADS: dict[str, tuple[str, str, str, str]] = {
    "geopackage": (".gpkg", "application/geopackage+sqlite3", "GPKG", "GeoPackage"),
    "geoparquet": (".parquet", "application/vnd.apache.parquet", "PARQUET", "GeoParquet"),
    "cityjsonseq": (".city.jsonl", "application/city+json-seq", "JSON", "CityJSON Text Sequence"),
    "geojson": (".geojson", "application/geo+json", "GEOJSON", "GeoJSON"),
    TERRAIN: (".tif.zip", "application/zip", "TIFF", "GeoTIFF"),
}
"""Format of a bulk download -> ending, media type, EU file type, name."""

WORDS = {
    "building": ("Gebäude", "3D-Gebäudemodell"), "tree": ("Bäume", "Baumkataster"), "street": ("Straßen", "Verkehr"),
    "land_use": ("Flächennutzung",), "water": ("Gewässer",), "terrain": ("Geländemodell", "Höhen"),
    "parking": ("Parken",), "railway": ("Eisenbahn",), "vegetation": ("Vegetation",), "address": ("Adressen",),
}  # fmt: skip
"""Keywords by kind of object."""


def entries(tenant: Tenant, root: str) -> list[Entry]:
    """
    The catalogue of a tenant, as far as it is in sight; ended datasets are left out.

    Parameters
    ----------
    root
        Address of this instance, without a slash at its end.
    """
    return [entry(tenant, dataset, root) for dataset in tenant.datasets() if not dataset.ended]


def entry(tenant: Tenant, dataset: Dataset, root: str) -> Entry:
    """One dataset as an entry."""
    here = f"{root}/records/{tenant.id}/collections/datasets/items/{dataset.id}"
    ways = [
        Way(
            name, {"de": f"{dataset.title} als {known}", "en": f"{dataset.title} as {known}"},
            f"{root}/api/tenants/{tenant.id}/datasets/{dataset.id}/download{ending}", media_type, file_type, False,
        )
        for name, (ending, media_type, file_type, known) in DOWNLOADS.items()
        if any(count for kind, count in dataset.kinds.items() if (kind == TERRAIN) == (name == TERRAIN))
    ]  # fmt: skip
    words = [word for kind in dataset.kinds for word in WORDS.get(kind, ())]
    page = f"{root}/{tenant.id}/daten"
    return Entry(
        dataset, here, page, _degrees(tenant, tenant.dataset_box(dataset.id)), ways, tuple(dict.fromkeys(words))
    )


def licence_of(dataset: Dataset) -> str:
    """Key of the licence in ``LICENCES``; empty when it is none of them."""
    given = dataset.licence.strip().lower()
    for key, known in LICENCES.items():
        if given in (key, known.title.lower()) or (dataset.licence_url and dataset.licence_url == known.url):
            return key
    return ""


def theme_of(dataset: Dataset) -> str:
    """EU theme of a dataset: the one stated, or what its kinds of objects suggest."""
    if dataset.theme in THEMES:
        return dataset.theme
    kinds = {kind for kind, count in dataset.kinds.items() if count}
    if kinds and kinds <= {"street", "railway", "parking"}:
        return "TRAN"
    return "ENVI" if kinds and kinds <= {"tree", "vegetation", "water", "land_use"} else "REGI"


def _degrees(tenant: Tenant, box: Box | None) -> Box | None:
    if box is None:
        return None
    west, south, east, north = box
    code = f"EPSG:{normalise(tenant.crs).horizontal}"
    corners = np.array([(west, south), (east, south), (west, north), (east, north)])
    corners = operation(code, "EPSG:4326", middle(corners, code)).apply(corners)
    return (
        float(corners[:, 0].min()), float(corners[:, 1].min()), float(corners[:, 0].max()), float(corners[:, 1].max()),
    )  # fmt: skip
