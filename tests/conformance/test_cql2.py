"""
CQL2 (OGC 21-065r2): every official example is read, and what a filter finds is the same everywhere.

Every filter is asked in SQLite and in PostGIS, and of plain Python and shapely (``cql2_reference.py``); those
of the abstract tests also have the number of features the standard expects.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import cql2
import orjson
import pytest
import shapely
from sqlalchemy import Engine, Table, create_engine, select
from sqlalchemy.pool import StaticPool

from kastor.store import filters
from kastor.store.errors import InvalidFilter, NumberTooLarge, database_errors
from kastor.store.filter_values import Property
from kastor.store.postgres import server_url
from kastor.store.postgres_functions import FILTER_FUNCTIONS
from kastor.store.sqlite import connect
from tests.conformance import cql2_reference, example_features, natural_earth
from tests.conformance.cql2_reference import NotEvaluable

EXAMPLES = natural_earth.examples()
TREES = {name: filters.read(both["text"], "cql2-text") for name, both in EXAMPLES.items()}
CITIES = "ne_110m_populated_places_simple"

Known = dict[Any, Property]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("cql2") / "rows.sqlite"
        made = create_engine("sqlite://", creator=lambda: connect(file), poolclass=StaticPool)
        yield made
        made.dispose()
        return
    url = server_url(request.getfixturevalue("postgres"))
    made = create_engine(url, connect_args={"options": "-csearch_path=cql2,public"})
    with made.begin() as connection:
        for statement in ("DROP SCHEMA IF EXISTS cql2 CASCADE", "CREATE SCHEMA cql2", *FILTER_FUNCTIONS):
            connection.connection.driver_connection.execute(statement)
    yield made
    with made.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA cql2 CASCADE")
    made.dispose()


@pytest.fixture(scope="module")
def tables(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Table, Known]]:
    return natural_earth.store(engine, tmp_path_factory.mktemp("natural-earth"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[int, cql2_reference.Feature]]:
    """Features of every layer as Python values, by their number."""
    folder = tmp_path_factory.mktemp("world")
    read = {"date": date.fromisoformat, "timestamp": datetime.fromisoformat, "geometry": shapely.from_wkb,
            "boolean": bool, "integer": float, "number": float, "text": str}  # fmt: skip
    found = {}
    for layer, rows in natural_earth.layers(folder).items():
        kinds = natural_earth.types(folder, layer)
        found[layer] = {
            row["fid"]: {n: None if row[n] is None else read[kind](row[n]) for n, kind in kinds.items()} for row in rows
        }
    return found


@pytest.fixture(scope="module")
def made_up() -> list[dict[example_features.Key, Any]]:
    return example_features.features(list(TREES.values()))


@pytest.fixture(scope="module")
def examples(engine: Engine, made_up: list[dict[example_features.Key, Any]]) -> tuple[Table, Known]:
    return example_features.store(engine, made_up)


def found(engine: Engine, table: Table, properties: Known, tree: Any) -> set[int]:
    """Numbers of the features a store finds."""
    wanted = filters.condition(tree, properties, lambda place: place)
    with engine.connect() as connection:
        return set(connection.scalars(select(table.c.fid).where(wanted.condition)))


def expected(features: dict[int, cql2_reference.Feature], tree: Any) -> set[int]:
    """Numbers of the features plain Python finds."""
    return {number for number, feature in features.items() if cql2_reference.holds(tree, feature)}


def test_there_are_229_official_examples() -> None:
    assert sum(len(both) for both in EXAMPLES.values()) == 229


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_official_example_is_read_in_text_and_json_alike(name: str) -> None:
    both = EXAMPLES[name]
    trees = [TREES[name]]
    if "json" in both:
        trees.append(filters.read(orjson.dumps(both["json"]).decode(), "cql2-json"))
    assert all(tree == trees[0] for tree in trees)
    assert filters.read(cql2.parse_json(orjson.dumps(trees[0]).decode()).to_text(), "cql2-text") == trees[0]


@pytest.mark.parametrize("times", ["date", "timestamp"])
@pytest.mark.parametrize("name", TREES)
def test_an_official_example_finds_what_plain_python_finds(
    engine: Engine, examples: tuple[Table, Known], made_up: list[dict[example_features.Key, Any]], name: str, times: str
) -> None:
    tree, (table, known) = TREES[name], examples
    types = example_features.types_of(tree, times)
    if times == "timestamp" and times not in types.values():
        types = example_features.types_of(tree, "date")
    properties = {n: known[n, kind] for n, kind in types.items()}
    features = {i: {n: one[n, kind] for n, kind in types.items()} for i, one in enumerate(made_up)}
    try:
        wanted = expected(features, tree)
    except NotEvaluable:
        with pytest.raises(InvalidFilter, match="filter"):
            found(engine, table, properties, tree)
        return
    assert found(engine, table, properties, tree) == wanted


def test_most_official_examples_tell_features_apart(made_up: list[dict[example_features.Key, Any]]) -> None:
    telling, refused = [], []
    for name, tree in TREES.items():
        types = example_features.types_of(tree, "timestamp")
        try:
            number = len(expected({i: {n: f[n, k] for n, k in types.items()} for i, f in enumerate(made_up)}, tree))
        except NotEvaluable:
            refused.append(name)
            continue
        if 0 < number < len(made_up):
            telling.append(name)
    print(sorted(set(TREES) - set(telling) - set(refused)), refused)
    assert len(refused) <= 10
    assert len(telling) >= 90


@pytest.mark.parametrize(("layer", "predicate", "count"), natural_earth.predicates())
def test_a_predicate_finds_what_the_abstract_test_says(
    engine: Engine, tables: dict[str, tuple[Table, Known]], world: Any, layer: str, predicate: str, count: int
) -> None:
    tree = filters.read(predicate, "cql2-text")
    wanted = expected(world[layer], tree)
    assert len(wanted) == count
    assert found(engine, *tables[layer], tree) == wanted


@pytest.mark.parametrize(("predicate", "count"), natural_earth.combinations())
def test_a_combination_finds_what_the_abstract_test_says(
    engine: Engine, tables: dict[str, tuple[Table, Known]], world: Any, predicate: str, count: int
) -> None:
    tree = filters.read(predicate, "cql2-text")
    wanted = expected(world[CITIES], tree)
    assert len(wanted) == count
    assert found(engine, *tables[CITIES], tree) == wanted


BEYOND = ("foo * 1e308 * 10 > 1", "foo / 1e-308 > 1", "(foo * 1e308) % 3 < 1", "foo div 1e-308 > 1", "foo > 1e300 ^ 2")
"""Computations that leave the range of numbers."""


@pytest.mark.parametrize("text", BEYOND)
def test_numbers_beyond_all_bounds_are_answered_or_refused_by_name(
    engine: Engine, examples: tuple[Table, Known], text: str, tmp_path: Path
) -> None:
    table, known = examples
    tree, properties = filters.read(text, "cql2-text"), {"foo": known["foo", "number"]}
    if engine.dialect.name == "postgresql" and "^" not in text:
        # PostgreSQL knows no infinity that comes from reckoning
        with pytest.raises(NumberTooLarge, match="too large or too small"), database_errors("Asking", tmp_path):
            found(engine, table, properties, tree)
    else:
        assert len(found(engine, table, properties, tree)) < example_features.COUNT
