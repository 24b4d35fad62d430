"""The result profile: how a result is written down, so that every program can read it.

A result is a directory: ``result.json`` says what it is and where it comes from, rasters are Cloud Optimized GeoTIFF,
features are GeoJSON in the plane system of the tenant. The convention is described in ``docs/reference``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
import shapely

from kastor.city.site import Site
from kastor.process import About, Features, Indicator, Output, Process, Raster, Result, Series
from kastor.store.geotiff import write_layers
from kastor.store.results import DOCUMENT, Kept

PROFILE = "kastor-result-1"
"""Name of the convention."""

LABEL = "label"
"""Property of features: what people call the object."""

DIGITS = 6
"""Significant digits of values over time and of figures; finer ones are noise."""


def write(
    directory: Path, crs: str, kept: Kept, process: Process, site: Site, result: Result,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> None:  # fmt: skip
    """Write a result and its files into a directory; ``labels`` are what people call the objects it speaks of."""
    outputs = {output.id: output for output in process.about.outputs}
    for raster in result.rasters:
        layers = list(raster.values) if raster.times else [raster.values]
        names = [f"{time:g} s" for time in raster.times] or [raster.id]
        write_layers(directory / f"{raster.id}.tif", crs, (raster.west, raster.north), raster.cell, layers, names)
    for features in result.features:
        (directory / f"{features.id}.geojson").write_bytes(_geojson(features, crs, labels))
    content = document(crs, kept, process.about, site, result, outputs)
    (directory / DOCUMENT).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY))


def document(
    crs: str, kept: Kept, about: About, site: Site, result: Result, outputs: Mapping[str, Output]
) -> dict[str, Any]:
    """The description of a result."""
    return {
        "profile": PROFILE,
        "id": kept.id,
        "process": {"id": about.id, "version": about.version, "title": about.title},
        "made": kept.made,
        "seconds": kept.seconds,
        "inputs": kept.inputs,
        "variant": kept.inputs.get("variant"),
        "data": kept.data,
        "crs": crs,
        "indicators": [_indicator(i, outputs[i.id]) for i in result.indicators],
        "rasters": [_raster(r, outputs[r.id]) for r in result.rasters],
        "features": [_features(f, outputs[f.id]) for f in result.features],
        "series": [_series(s, outputs[s.id]) for s in result.series],
        "notes": list(result.notes),
        "account": dict(result.account),
        "account_titles": {column.id: {"title": column.title, "unit": column.unit} for column in about.account},
        "method": asdict(about.card),
        "attribution": [asdict(source) for source in site.sources],
    }


def _indicator(found: Indicator, output: Output) -> dict[str, Any]:
    return {**asdict(found), "title": output.title, "better": output.better}


def _raster(found: Raster, output: Output) -> dict[str, Any]:
    rows, cols = found.values.shape[-2:]
    known = found.values[np.isfinite(found.values)]
    return {
        "id": found.id, "title": output.title, "unit": found.unit, "href": f"{found.id}.tif", "west": found.west,
        "north": found.north, "cell": found.cell, "rows": rows, "cols": cols, "times": list(found.times),
        "range": [_short(known.min()), _short(known.max())] if len(known) else None,
        "legend": [asdict(entry) for entry in output.legend],
    }  # fmt: skip


def _features(found: Features, output: Output) -> dict[str, Any]:
    return {
        "id": found.id, "title": output.title, "unit": found.unit, "href": f"{found.id}.geojson",
        "count": len(found.ids), "legend": [asdict(entry) for entry in output.legend],
        "columns": [asdict(column) for column in output.columns],
    }  # fmt: skip


def _series(found: Series, output: Output) -> dict[str, Any]:
    return {
        "id": found.id, "title": output.title, "unit": found.unit, "name": found.name, "place": found.place,
        "times": [_short(t) for t in found.times], "values": [_short(v) for v in found.values],
    }  # fmt: skip


def _short(value: Any) -> float | None:
    return float(f"{float(value):.{DIGITS}g}") if np.isfinite(value) else None


def _geojson(found: Features, crs: str, labels: Mapping[str, str]) -> bytes:
    """Features in the plane system; the member ``crs`` names it, as GIS programs read it."""
    shapes = [orjson.Fragment(text) for text in np.atleast_1d(shapely.to_geojson(found.geometry)).tolist()]
    features = [
        {
            "type": "Feature",
            "id": found.ids[i],
            "geometry": shapes[i],
            "properties": {
                LABEL: labels.get(found.ids[i], found.ids[i]),
                **{name: values[i] for name, values in found.properties.items()},
            },
        }
        for i in range(len(found.ids))
    ]
    code = crs.split(":")[1].split("+")[0]
    named = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    return orjson.dumps({"type": "FeatureCollection", "crs": named, "features": features})
