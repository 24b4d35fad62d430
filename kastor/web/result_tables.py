"""The features of a result to keep: as a table for spreadsheets, and all of them as a GeoPackage for GIS programs."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson
import pyogrio
import shapely
from numpy.typing import NDArray

from kastor.formats.vector_write import attribute_table
from kastor.planning.profile import LABEL
from kastor.store import Tenant, results
from kastor.web.dataset_json import safe_cell

HEADS = {"de": ("Name", "Kennung", "Ost", "Nord"), "en": ("Name", "id", "East", "North")}
UNITS = {"m2": "m²", "m3": "m³", "m3/s": "m³/s", "1": "", "l/(s.ha)": "l/(s·ha)"}
"""How people write units, where UCUM writes them otherwise."""


def rows_of(tenant: Tenant, result_id: str, features: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The features of one output of a result, as its GeoJSON has them; ``features`` is their entry in the document."""
    content = orjson.loads(results.file_of(tenant, result_id, features["href"]).read_bytes())
    found: list[dict[str, Any]] = content["features"]
    return found


def heads_of(features: Mapping[str, Any], language: str) -> dict[str, str]:
    """Title of each property with its unit."""
    columns = [features, *features.get("columns", ())]
    return {c["id"]: _with_unit(c["title"][language], c["unit"]) for c in columns}


def unit_of(ucum: str) -> str:
    """A unit as people write it."""
    return UNITS.get(ucum, ucum)


def as_csv(tenant: Tenant, result_id: str, features: Mapping[str, Any], language: str) -> bytes:
    """Features as CSV, one line each; German spreadsheets want semicolons and decimal commas."""
    heads = heads_of(features, language)
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if language == "de" else ",")
    name, own, east, north = HEADS[language]
    writer.writerow([name, own, *heads.values(), east, north])
    rows = rows_of(tenant, result_id, features)
    places = shapely.point_on_surface(_shapes(rows))
    for row, place in zip(rows, places, strict=True):
        values = [row["properties"].get(column) for column in heads]
        xy = [None, None] if place is None else [round(place.x, 2), round(place.y, 2)]
        label = row["properties"].get(LABEL, row["id"])
        writer.writerow([safe_cell(_cell(cell, language)) for cell in (label, row["id"], *values, *xy)])
    return ("\ufeff" + buffer.getvalue()).encode()


def as_geopackage(tenant: Tenant, result_id: str, document: Mapping[str, Any]) -> bytes:
    """All features of a result as GeoPackage, a layer for each output."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "result.gpkg"
        for features in document["features"]:
            _layer(file, features["id"], rows_of(tenant, result_id, features), document["crs"])
        return file.read_bytes()


def _layer(file: Path, name: str, rows: Sequence[Mapping[str, Any]], crs: str) -> None:
    names, fields, masks = attribute_table([{"id": row["id"], **row["properties"]} for row in rows])
    with warnings.catch_warnings():
        # layers may mix lines and areas
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        pyogrio.raw.write(
            file, shapely.to_wkb(_shapes(rows)), fields, names, field_mask=masks, layer=name, driver="GPKG",
            geometry_type="Unknown", crs=crs.split("+")[0], append=file.exists(),
        )  # fmt: skip


def _shapes(rows: Sequence[Mapping[str, Any]]) -> NDArray[np.object_]:
    texts = [orjson.dumps(row["geometry"]).decode() if row["geometry"] else None for row in rows]
    return np.array(shapely.from_geojson(np.array(texts, object)), object).reshape(len(rows))


def _with_unit(title: str, unit: str) -> str:
    shown = unit_of(unit)
    return f"{title} [{shown}]" if shown else title


def _cell(value: Any, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:.4f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if language == "de" else text
    return str(value)
