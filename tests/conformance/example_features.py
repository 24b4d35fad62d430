"""Features the official examples of CQL2 can be asked of: made up around the values that stand in the filters.

An example names properties but no data. Their types follow from what the example does with them, and the values
of a property are those the examples compare it with, values beside them, and nothing. So most examples find
some features and leave others.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import shapely
from shapely.geometry import shape
from sqlalchemy import Boolean, Column, Double, Engine, Integer, LargeBinary, MetaData, Table, Text, func, literal

from kastor.store.filter_values import Property

Types = Mapping[str, str]
Key = tuple[str, str]
"""Name and type of a property: examples use some names for values of several types."""

COUNT = 300
ARITHMETIC = frozenset("+-*/^%") | {"div"}
SQL = {"text": Text, "number": Double, "boolean": Boolean, "geometry": LargeBinary, "date": Text, "timestamp": Text}
LAST, DAY = datetime(2030, 1, 1, tzinfo=UTC), timedelta(days=1)


def types_of(tree: Any, times: str) -> Types:
    """
    The types of the properties a filter names.

    Parameters
    ----------
    times
        What properties are that lie in time: ``date`` or ``timestamp``.
    """
    found: dict[str, str] = {}

    def read(node: Any, wanted: str) -> None:
        if isinstance(node, list):
            for inner in node:
                read(inner, wanted)
        elif isinstance(node, dict) and "property" in node:
            found[node["property"]] = wanted
        elif isinstance(node, dict) and "interval" in node:
            read(node["interval"], times)
        elif isinstance(node, dict) and "op" in node:
            read(node["args"], _wanted(node, times))

    read(tree, "boolean")
    return found


def _wanted(node: Mapping[str, Any], times: str) -> str:
    """What an operator makes of the properties beside its other arguments."""
    op, arguments = node["op"].lower(), node["args"]
    if op in ("like", "casei", "accenti"):
        return "text"
    for prefix, kind in (("s_", "geometry"), ("t_", times), ("a_", "array")):
        if op.startswith(prefix):
            return kind
    if op in ARITHMETIC:
        return "number"
    if op == "isnull":
        return "geometry" if arguments[0] == {"property": "geometry"} else "number"
    flat = arguments[1] if op == "in" else arguments
    for one in (literal_type(a, times) for a in flat):
        if one:
            return one
    return "boolean"


def literal_type(node: Any, times: str) -> str:
    """The type of a value that stands in a filter; empty for anything else."""
    if isinstance(node, bool):
        return "boolean"
    if isinstance(node, (int, float)):
        return "number"
    if isinstance(node, str):
        return "text"
    if isinstance(node, dict) and ("date" in node or "timestamp" in node):
        return times
    if isinstance(node, dict) and node.get("op") in ARITHMETIC:
        return "number"
    return ""


def features(trees: list[Any]) -> list[dict[Key, Any]]:
    """Features with every property of some filters, the same in each run."""
    chance = random.Random(229)
    near: dict[Key, list[Any]] = defaultdict(list)
    for tree in trees:
        values = list(_values(tree))
        for times in ("date", "timestamp"):
            for name, kind in types_of(tree, times).items():
                near[name, kind] += values
    pools = {(name, kind): _pool(kind, values, chance) for (name, kind), values in sorted(near.items(), key=_name)}
    return [
        {key: None if chance.random() < 0.1 else chance.choice(pool) for key, pool in pools.items()}
        for _ in range(COUNT)
    ]


def _name(item: tuple[Key, Any]) -> Key:
    return item[0]


def _values(node: Any) -> Iterator[Any]:
    """Values that stand in a filter."""
    if isinstance(node, dict) and "type" in node:
        yield shapely.force_2d(shape(node))
    elif isinstance(node, dict) and "bbox" in node:
        half = len(node["bbox"]) // 2
        yield shapely.box(*node["bbox"][:2], *node["bbox"][half : half + 2])
    elif isinstance(node, dict) and "property" not in node:
        for inner in node.get("args", node.values()):
            yield from _values(inner)
    elif isinstance(node, list):
        if node and not any(isinstance(inner, (dict, list)) and "op" in inner for inner in node):
            yield [next(iter(one.values())) if isinstance(one, dict) else one for one in node]
        for inner in node:
            yield from _values(inner)
    elif not isinstance(node, dict):
        yield node


def _pool(kind: str, near: list[Any], chance: random.Random) -> list[Any]:
    """Values of a type, most of them in the filters or beside what is there."""
    if kind == "boolean":
        return [True, False]
    if kind == "number":
        numbers = [float(n) for n in near if isinstance(n, (int, float)) and not isinstance(n, bool)]
        return [*numbers, *(n + step for n in numbers for step in (-1.0, -0.01, 0.01, 1.0)), 0.0, -3.0, 2.5, 4.0, 7.0]
    if kind == "text":
        texts = [one for one in near if isinstance(one, str)]
        filled = [one.replace("%", x) for one in texts for x in ("", "von der ")]
        return [*filled, *(one.upper() for one in filled), *(one.lower() for one in filled), "", "Straße", "é%_\\"]
    if kind == "array":
        members = [m for one in near if isinstance(one, list) for m in one if not isinstance(m, (dict, list))]
        members += ["b", 1.0, True, False, "z"]
        return [[], *([*chance.sample(members, min(len(members), n % 4 + 1))] for n in range(20)), *_lists(near)]
    if kind == "geometry":
        return _places(near, chance)
    moments = [m for one in near if isinstance(one, str) and (m := _moment(one))]
    beside = [m + step for m in moments for step in (-400 * DAY, -DAY, timedelta(microseconds=-1), DAY, 3000 * DAY)]
    times = [m for m in (*moments, *beside) if m < LAST]
    return [m.date() for m in times] if kind == "date" else times


def _lists(near: list[Any]) -> list[list[Any]]:
    return [one for one in near if isinstance(one, list) and not any(isinstance(m, (dict, list)) for m in one)]


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _places(near: list[Any], chance: random.Random) -> list[Any]:
    """Places of the filters that are sound, parts of them, and others that lie beside or across."""
    sound = [p for p in near if isinstance(p, shapely.Geometry) and p.is_valid and p.geom_type != "GeometryCollection"]
    found: list[Any] = [*sound, shapely.box(-10, -10, 10, 10), shapely.LineString([(-170, -80), (170, 80)])]
    for place in sound:
        west, south, east, north = place.bounds
        x, y = chance.uniform(west, east), chance.uniform(south, north)
        wide, high = max((east - west) / 4, 1e-4), max((north - south) / 4, 1e-4)
        found += [
            place.representative_point(), place.boundary if not place.boundary.is_empty else place.centroid,
            shapely.box(x, y, x + wide, y + high), shapely.LineString([(west - wide, y), (east + wide, y)]),
            shapely.box(west - wide, south - high, east + wide, north + high), shapely.Point(x, north),
        ]  # fmt: skip
    # PostGIS and GEOS differ on what a collection touches; no feature of a twin is one
    return [p for p in found if p.is_valid and not p.is_empty and p.geom_type != "GeometryCollection"]


def store(engine: Engine, found: list[dict[Key, Any]]) -> tuple[Table, dict[Key, Property]]:
    """Put features into a database: arrays as attributes of a version, everything else as columns."""
    keys = [key for key in found[0] if key[1] != "array"]
    columns = [Column(_column(key), SQL[key[1]]) for key in keys]
    table = Table(
        "examples", MetaData(), Column("fid", Integer, primary_key=True), Column("attributes", LargeBinary), *columns
    )
    known = {key: Property(key[0], key[1], table.c[_column(key)]) for key in keys}
    for name, kind in found[0]:
        if kind == "array":
            read = func.kastor_array_of(table.c.attributes, literal(name, Text()), type_=LargeBinary())
            known[name, kind] = Property(name, kind, read)
    rows = []
    for number, feature in enumerate(found):
        arrays = {name: value for (name, kind), value in feature.items() if kind == "array"}
        row = {_column(key): _stored(feature[key]) for key in keys}
        rows.append({"fid": number, "attributes": orjson.dumps(arrays), **row})
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    return table, known


def _column(key: Key) -> str:
    return f"{key[0]}-{key[1]}".replace(":", "_")


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return shapely.to_wkb(value) if isinstance(value, shapely.Geometry) else value
