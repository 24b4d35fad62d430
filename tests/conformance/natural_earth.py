"""The test data set of CQL2 as tables, with the properties a filter may ask about."""

from __future__ import annotations

import csv
import gzip
import sqlite3
import struct
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Double, Engine, Integer, LargeBinary, MetaData, Table, Text

from kastor.store.filter_values import Property
from tests.conftest import DATA

HOME = DATA / "cql2"
OTHERWISE = {
    # the data set has Chicago, Chengdu and Chișinău; a plain search of its names shows it
    "ACCENTI(name) LIKE accenti('Ch%')": 3,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))": 1,
}
"""Two numbers of the abstract tests that do not fit their own data."""
TYPES = {"TEXT": "text", "REAL": "number", "MEDIUMINT": "integer", "INTEGER": "integer", "DATE": "date"}
SQL = {"text": Text, "number": Double, "integer": Integer, "boolean": Boolean, "geometry": LargeBinary}


def examples() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = orjson.loads((HOME / "examples.json").read_bytes())
    return found


def predicates() -> list[tuple[str, str, int]]:
    """Layer, filter and number of features."""
    with (HOME / "expected_counts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        (r["data_source"], text := r["predicate_cql2_text"], OTHERWISE.get(text, int(r["expected_number_of_items"])))
        for r in rows
    ]


def combinations() -> list[tuple[str, int]]:
    with (HOME / "expected_counts_combinations.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pattern = "(NOT ({p2}) AND {p1}) OR ({p3} and {p4}) or not ({p1} OR {p4})"
    return [(pattern.format(**r), int(r["expected_number_of_items"])) for r in rows]


def layers(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows of every layer."""
    file = folder / "ne.gpkg"
    file.write_bytes(gzip.decompress((HOME / "ne110m4cql2.gpkg.gz").read_bytes()))
    with sqlite3.connect(file) as connection:
        connection.row_factory = sqlite3.Row
        names = [r[0] for r in connection.execute("SELECT table_name FROM gpkg_contents")]
        return {
            name: [{**dict(r), "geom": wkb(r["geom"])} for r in connection.execute(f'SELECT * FROM "{name}"')]
            for name in names
        }


def types(folder: Path, layer: str) -> dict[str, str]:
    with sqlite3.connect(folder / "ne.gpkg") as connection:
        columns = connection.execute(f'PRAGMA table_info("{layer}")').fetchall()
    found = {}
    for _, name, declared, *_ in columns:
        plain = declared.split("(")[0].upper()
        special = {"DATETIME": "timestamp", "BOOLEAN": "boolean"}.get(plain)
        found[name] = "geometry" if name == "geom" else special or TYPES.get(plain, "text")
    return found


def store(engine: Engine, folder: Path) -> dict[str, tuple[Table, dict[str, Property]]]:
    """Put all layers into a database."""
    metadata = MetaData()
    found = {}
    content = layers(folder)
    for layer in content:
        kinds = types(folder, layer)
        table = Table(layer, metadata, *(Column(n, SQL.get(t, Text), primary_key=n == "fid") for n, t in kinds.items()))
        properties = {n: Property(n, t, table.c[n]) for n, t in kinds.items()}
        found[layer] = (table, properties)
    metadata.create_all(engine)
    with engine.begin() as connection:
        for layer, (table, properties) in found.items():
            rows = [
                {n: bool(v) if v is not None and properties[n].type == "boolean" else v for n, v in row.items()}
                for row in content[layer]
            ]
            connection.execute(table.insert(), rows)
    return found


def wkb(geopackage: bytes) -> bytes:
    """The geometry behind the header GeoPackage puts before it."""
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[(geopackage[3] >> 1) & 7]
    assert struct.unpack_from("2s", geopackage)[0] == b"GP"
    return geopackage[8 + envelope :]
