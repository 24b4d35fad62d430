"""GeoParquet as its standard asks for, read back by a program that is not Kastor."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyproj
import shapely

from kastor.city.model import City, empty_city
from kastor.city.outlines import outlines
from kastor.city.sample import CRS, four_houses
from kastor.formats import write


def test_rows_geometry_and_box_are_those_of_the_city(tmp_path: Path) -> None:
    city = four_houses()
    write(city, tmp_path / "houses.parquet", "geoparquet")
    table = pq.read_table(tmp_path / "houses.parquet")
    assert table.column("id").to_pylist() == city.ids.tolist()
    assert set(table.column("kind").to_pylist()) >= {"building", "tree", "street"}
    shapes = shapely.from_wkb(np.array(table.column("geometry").to_pylist(), object))
    assert shapely.equals_exact(shapes, outlines(city), 0.0).all()
    boxes = table.column("bbox").to_pylist()
    assert [list(box.values()) for box in boxes] == shapely.bounds(shapes).tolist()


def test_the_file_says_what_the_standard_wants(tmp_path: Path) -> None:
    write(four_houses(), tmp_path / "houses.parquet", "geoparquet")
    schema = pq.read_schema(tmp_path / "houses.parquet")
    geo = json.loads(schema.metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert pyproj.CRS.from_json_dict(column["crs"]) == pyproj.CRS.from_epsg(25832)
    assert set(column["geometry_types"]) == {shape.geom_type for shape in outlines(four_houses())}
    assert column["covering"] == {"bbox": {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}}
    assert len(column["bbox"]) == 4


def test_an_empty_city_gives_a_readable_file(tmp_path: Path) -> None:
    nothing: City = empty_city(CRS)
    write(nothing, tmp_path / "nothing.parquet", "geoparquet")
    assert pq.read_table(tmp_path / "nothing.parquet").num_rows == 0
