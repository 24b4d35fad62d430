"""The city as plan features in one GeoParquet 1.1 file, for statistics programs and data warehouses.

Every object is a row with ``id``, ``kind``, its attributes, its place in plan as WKB and its box, by
which readers skip what they do not need. Parts stand behind their building.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from kastor.city.model import City
from kastor.city.outlines import outlines
from kastor.formats.crs import normalise
from kastor.formats.errors import FormatError
from kastor.formats.vector_write import attribute_table, feature_rows

ROWS = 65_536
"""Rows of a group, the least a reader takes at once."""

SIDES = ("xmin", "ymin", "xmax", "ymax")


def write(city: City, path: Path) -> None:
    """Write a city, in its own reference system."""
    if not city.crs:
        raise FormatError(path, "The city has no reference system.", "Transform it to one first.")
    geometries = outlines(city)
    names, fields, masks = attribute_table(feature_rows(city), ("geometry", "bbox"))
    columns = [pa.array(field, mask=mask) for field, mask in zip(fields, masks, strict=True)]
    nowhere = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    bounds = shapely.bounds(geometries)
    box = pa.StructArray.from_arrays(
        [pa.array(bounds[:, side]) for side in range(4)], names=list(SIDES), mask=pa.array(nowhere)
    )
    geometry = pa.array(shapely.to_wkb(geometries), pa.binary())
    table = pa.table([*columns, geometry, box], names=[*names, "geometry", "bbox"])
    described = table.replace_schema_metadata({"geo": json.dumps(_geo(city, geometries, bounds[~nowhere]))})
    pq.write_table(described, path, compression="zstd", row_group_size=ROWS)


def _geo(city: City, geometries: Any, bounds: Any) -> dict[str, Any]:
    """What the standard wants to be said about the geometry column."""
    code = normalise(city.crs).horizontal
    types = sorted(geometry.geom_type for geometry in _examples(geometries))
    covering = {side: ["bbox", side] for side in SIDES}
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": types,
        "crs": json.loads(pyproj.CRS.from_epsg(int(code)).to_json()),
        "covering": {"bbox": covering},
    }
    if len(bounds):
        column["bbox"] = [*bounds[:, :2].min(axis=0).tolist(), *bounds[:, 2:].max(axis=0).tolist()]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _examples(geometries: Any) -> list[Any]:
    """One geometry of each type."""
    types = shapely.get_type_id(geometries)
    return [geometries[np.flatnonzero(types == kind)[0]] for kind in np.unique(types[types >= 0])]
