"""Is the area small enough, does the site have what is needed, is the result what was declared?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from kastor.city.model import Kind
from kastor.city.site import Site
from kastor.process.contract import About, Need, Process
from kastor.process.errors import MissingData, TooMuch, WrongResult
from kastor.process.results import Result
from kastor.process.words import LANGUAGES, Words

MEMORY_SHARE = 0.7
"""Of a machine's memory, what one run may take."""

NEEDED_KINDS: Mapping[Need, Kind] = {
    Need.BUILDINGS: Kind.BUILDING,
    Need.STREETS: Kind.STREET,
    Need.TREES: Kind.TREE,
    Need.LAND_USE: Kind.LAND_USE,
}

NEED_WORDS: Mapping[Need, Words] = {
    Need.TERRAIN: {"de": "ein Geländemodell", "en": "terrain"},
    Need.BUILDINGS: {"de": "Gebäude", "en": "buildings"},
    Need.STREETS: {"de": "Straßen", "en": "streets"},
    Need.TREES: {"de": "Bäume", "en": "trees"},
    Need.LAND_USE: {"de": "Flächennutzung", "en": "land use"},
    Need.DESIGN_RAIN: {"de": "eine Tabelle der Bemessungsregen", "en": "a table of design rain"},
    Need.WEATHER: {"de": "ein typisches Wetterjahr", "en": "a typical year of weather"},
}


def check_demand(process: Process, area: shapely.Geometry, memory: float) -> None:
    """
    See that an area is not too large, before anything is read.

    Parameters
    ----------
    memory
        What the machine has. [bytes]

    Raises
    ------
    TooMuch
        When it is, with what would help.
    """
    about, size = process.about, float(shapely.area(area))
    if size > about.largest:
        raise TooMuch(
            f"{about.id}: the area has {size / 1e6:,.1f} km², at most {about.largest / 1e6:,.0f} km² can be computed at"
            " once. Choose a smaller area.",
            f"{about.title['de']}: Das Gebiet hat {size / 1e6:.1f} km², höchstens {about.largest / 1e6:.0f} km² lassen"
            " sich auf einmal berechnen. Wählen Sie ein kleineres Gebiet.",
        )
    west, south, east, north = shapely.bounds(area).tolist()
    around = (east - west + 2 * about.margin) * (north - south + 2 * about.margin)
    needed = process.demand(around).memory
    if needed > memory * MEMORY_SHARE:
        raise TooMuch(
            f"{about.id}: {size / 1e6:,.1f} km² in this detail need about {needed / 1e9:,.1f} GB of memory; this"
            f" machine has {memory / 1e9:,.1f} GB. Choose larger cells or a smaller area.",
            f"{about.title['de']}: {size / 1e6:.1f} km² brauchen so fein etwa {needed / 1e9:.1f} GB Speicher;"
            f" dieser Rechner hat {memory / 1e9:.1f} GB. Wählen Sie größere Zellen oder ein kleineres Gebiet.",
        )


def check_site(about: About, site: Site) -> None:
    """
    See that a site has what a process needs.

    Raises
    ------
    MissingData
        When something is missing.
    """
    lacking = [need for need in sorted(about.needs) if not _has(site, need)]
    if lacking:
        de, en = (", ".join(NEED_WORDS[need][language] for need in lacking) for language in LANGUAGES)
        raise MissingData(
            f"{about.id}: the area has no {en}. Load such data or choose another area.",
            f"{about.title['de']}: Im Gebiet fehlt: {de}. Laden Sie solche Daten oder wählen Sie ein anderes Gebiet.",
        )


def _has(site: Site, need: Need) -> bool:
    if need is Need.TERRAIN:
        return site.terrain is not None and bool(np.isfinite(site.terrain.heights).any())
    if need is Need.DESIGN_RAIN:
        return site.design_rain is not None
    if need is Need.WEATHER:
        return site.weather is not None
    return bool((site.city.kind == NEEDED_KINDS[need]).any())


def check_result(about: About, result: Result) -> None:
    """
    See that a result is what the process declares.

    Raises
    ------
    WrongResult
        When something is not declared, double, of another unit or no number.
    """
    declared: dict[tuple[str, str], str] = {(output.type, output.id): output.unit for output in about.outputs}
    given = [
        *(("indicator", i.id, i.unit) for i in result.indicators),
        *(("raster", r.id, r.unit) for r in result.rasters),
        *(("features", f.id, f.unit) for f in result.features),
        *(("series", s.id, s.unit) for s in result.series),
    ]
    for kind, name, unit in given:
        if (kind, name) not in declared:
            raise WrongResult(f"{about.id}: the {kind} {name!r} is not declared.")
        if unit != declared[kind, name]:
            raise WrongResult(f"{about.id}: {name!r} came in {unit!r}, declared is {declared[kind, name]!r}.")
    once = [(kind, name) for kind, name, _ in given if kind != "series"]
    if len(set(once)) < len(once):
        raise WrongResult(f"{about.id}: an output came twice.")
    for indicator in result.indicators:
        if any(v is not None and not np.isfinite(v) for v in (indicator.value, indicator.low, indicator.high)):
            raise WrongResult(f"{about.id}: the indicator {indicator.id!r} is {indicator.value}, which is no number.")
    for found in result.features:
        if {len(found.ids)} != {len(found.geometry), *map(len, found.properties.values())}:
            raise WrongResult(f"{about.id}: the features {found.id!r} lack ids, places or values for some of them.")
    for raster in result.rasters:
        shape = raster.values.shape
        if len(shape) != (3 if raster.times else 2) or (raster.times and shape[0] != len(raster.times)):
            raise WrongResult(
                f"{about.id}: the raster {raster.id!r} has the shape {shape} and {len(raster.times)} times."
            )
