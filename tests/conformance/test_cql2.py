"""CQL2 (OGC 21-065r2): every official example is read, every predicate of the abstract tests finds what it must."""

from __future__ import annotations

from collections.abc import Iterator

import cql2
import orjson
import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.pool import StaticPool

from kastor.store import filters
from kastor.store.sqlite import connect
from tests.conformance import natural_earth

EXAMPLES = natural_earth.examples()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    file = tmp_path_factory.mktemp("cql2") / "rows.sqlite"
    made = create_engine("sqlite://", creator=lambda: connect(file), poolclass=StaticPool)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def tables(engine, tmp_path_factory):
    return natural_earth.store(engine, tmp_path_factory.mktemp("natural-earth"))


def found(engine, tables, layer, text):
    table, properties = tables[layer]
    wanted = filters.condition(filters.read(text, "cql2-text"), properties, lambda place: place)
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table).where(wanted.condition)).scalar_one()


def test_there_are_229_official_examples():
    assert sum(len(both) for both in EXAMPLES.values()) == 229


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_official_example_is_read_in_text_and_json_alike(name):
    both = EXAMPLES[name]
    trees = [filters.read(both["text"], "cql2-text")]
    if "json" in both:
        trees.append(filters.read(orjson.dumps(both["json"]).decode(), "cql2-json"))
    assert all(tree == trees[0] for tree in trees)
    assert filters.read(cql2.parse_json(orjson.dumps(trees[0]).decode()).to_text(), "cql2-text") == trees[0]


@pytest.mark.parametrize(("layer", "predicate", "count"), natural_earth.predicates())
def test_a_predicate_finds_what_the_abstract_test_says(engine, tables, layer, predicate, count):
    assert found(engine, tables, layer, predicate) == count


@pytest.mark.parametrize(("predicate", "count"), natural_earth.combinations())
def test_a_combination_finds_what_the_abstract_test_says(engine, tables, predicate, count):
    assert found(engine, tables, "ne_110m_populated_places_simple", predicate) == count
