"""The city as plan features: GeoPackage and GeoJSON.

Every object becomes one feature with ``id``, ``kind``, its attributes and its place in plan:
the outline of its ground (with its parts), its area, its axis or its point.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Json, Kind, root
from kastor.city.outlines import outlines
from kastor.formats.crs import normalise
from kastor.formats.errors import FormatError
from kastor.formats.operations import middle, operation

DIGITS = 8
"""Decimals of degrees in GeoJSON: about a millimetre."""


def write(city: City, path: Path, format: str) -> None:
    """
    Write a city as plan features.

    Parameters
    ----------
    format
        ``"geojson"`` (RFC 7946: longitude and latitude, WGS 84) or ``"geopackage"`` (the city's own
        reference system, one layer per kind).
    """
    if not city.crs:
        raise FormatError(path, "The city has no reference system.", "Transform it to one first.")
    if format == "geojson":
        _write_geojson(city, path)
    else:
        _write_geopackage(city, path)


def _write_geojson(city: City, path: Path) -> None:
    geometries = outlines(city)
    known = shapely.get_coordinates(geometries)
    if len(known):
        code = f"EPSG:{normalise(city.crs).horizontal}"
        step = operation(code, "EPSG:4326", middle(known, code))
        geometries = shapely.transform(geometries, lambda xy: np.round(step.apply(xy), DIGITS))
        polygons = np.isin(shapely.get_type_id(geometries), (3, 6))
        geometries[polygons] = shapely.orient_polygons(geometries[polygons])
    with path.open("wb") as out:
        out.write(b'{"type":"FeatureCollection","features":[\n')
        for index, row in enumerate(feature_rows(city)):
            geometry = geometries[index]
            feature = {
                "type": "Feature",
                "id": row["id"],
                "properties": row,
                "geometry": None if geometry is None else orjson.Fragment(shapely.to_geojson(geometry)),
            }
            out.write((b",\n" if index else b"") + orjson.dumps(feature))
        out.write(b"\n]}\n")


def feature_rows(city: City) -> list[dict[str, Any]]:
    """Id, kind, parent and attributes of each object; absent attributes are left out."""
    ids = city.ids.tolist()
    columns = {name: column.tolist() for name, column in city.attributes.items()}
    rows = []
    for index, (kind, parent) in enumerate(zip(city.kind.tolist(), city.parent.tolist(), strict=True)):
        row: dict[str, Any] = {"id": ids[index], "kind": Kind(kind).name.lower()}
        if parent >= 0:
            row["parent"] = ids[parent]
        row.update({name: values[index] for name, values in columns.items() if values[index] is not None})
        rows.append(row)
    return rows


def _write_geopackage(city: City, path: Path) -> None:
    geometries = outlines(city)
    rows = feature_rows(city)
    path.unlink(missing_ok=True)
    crs = f"EPSG:{normalise(city.crs).horizontal}"
    # parts stand in the layer of their building, so that a reader finds both together
    layer = city.kind[root(city)]
    for kind in sorted(set(layer.tolist())):
        members = np.flatnonzero(layer == kind)
        names, fields, masks = attribute_table([rows[i] for i in members.tolist()])
        with warnings.catch_warnings():
            # layers of mixed points, lines and areas are meant, and so is the name of the file
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            pyogrio.raw.write(
                path,
                shapely.to_wkb(geometries[members]),
                fields,
                names,
                field_mask=masks,
                layer=Kind(kind).name.lower(),
                driver="GPKG",
                geometry_type="Unknown",
                crs=crs,
                append=path.exists(),
            )


def attribute_table(
    rows: list[dict[str, Any]], reserved: Collection[str] = ("fid", "geom")
) -> tuple[list[str], list[NDArray[Any]], list[NDArray[np.bool_]]]:
    """Attributes as columns of one type each; lists and objects become JSON texts."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    # names differ by more than case, and the ones of the format itself are taken
    taken = set(reserved)
    written, fields, masks = [], [], []
    for name in names:
        new = name
        while new.lower() in taken:
            new += "_"
        taken.add(new.lower())
        values = [row.get(name) for row in rows]
        missing = np.array([value is None for value in values], bool)
        written.append(new)
        fields.append(_field(values))
        masks.append(missing)
    return written, fields, masks


def _field(values: list[Json]) -> NDArray[Any]:
    present = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in present):
        return np.array([bool(value) for value in values])
    if all(isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 for value in present):
        return np.array([value or 0 for value in values], np.int64)
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in present):
        return np.array([value or 0.0 for value in values], np.float64)
    texts = [
        None if value is None else value if isinstance(value, str) else orjson.dumps(value).decode() for value in values
    ]
    return np.array(texts, object)
