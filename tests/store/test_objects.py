"""Objects as rows: by id, by place, in lists, from the index and not by looking at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kastor.city.codelists import FUNCTION_GROUPS
from kastor.city.model import Kind
from kastor.city.sample import four_houses
from kastor.store import Dataset, Tenant, create_tenant, lists, objects
from kastor.store.errors import InvalidFilter
from kastor.store.objects import Filters, ObjectRow
from tests.store.houses import CRS, EAST, NORTH, many_houses
from tests.store.test_loads import put

COUNT = 1500


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """Many houses, some without a known height, and the sample city."""
    with create_tenant(tmp_path_factory.mktemp("home"), "stadt", "Stadt", CRS) as opened:
        city = many_houses(COUNT)
        storeys = np.where(np.arange(COUNT) % 4 == 0, -1, np.arange(COUNT) % 3).astype(np.int32)
        column = replace(city.attributes["function"], values=(1, 2, 3), codes=storeys)
        put(opened, ("all", replace(city, attributes={**city.attributes, "storeysAboveGround": column})))
        put(opened, ("sample", four_houses()), dataset=Dataset("sample", "Vier Häuser"))
        yield opened


def everything(twin: Tenant, filters: Filters) -> list[ObjectRow]:
    """All pages of a list."""
    found: list[ObjectRow] = []
    after = None
    while True:
        page = twin.objects(replace(filters, after=after))
        found += page.items
        after = page.next
        if after is None:
            assert page.total == len(found)
            return found


def test_an_object_is_found_by_its_id(town: Tenant) -> None:
    found = town.object("flat")
    assert found is not None
    assert (found.row.label, found.row.detail, found.row.kind) == ("Hauptstraße 1", "Musterstadt", Kind.BUILDING)
    assert (found.row.height, found.row.storeys, found.row.roof, found.row.year, found.row.area) == (
        6.0, 2, 1000, 1962, 100.0,
    )  # fmt: skip
    assert FUNCTION_GROUPS[found.row.function_group] == "residential"
    assert found.row.place == (356010.0, 5655010.0, 50.0)
    assert found.attributes["yearOfConstruction"] == 1962
    assert town.object("nothing like it") is None


def test_a_courtyard_is_not_built_upon(town: Tenant) -> None:
    found = town.object("courtyard")
    assert found is not None
    assert found.row.area == pytest.approx(100.0 - 16.0)


def test_lines_and_points_have_no_area_and_no_height_of_their_own(town: Tenant) -> None:
    street, tree = town.object("way/1"), town.object("oak")
    assert street is not None
    assert tree is not None
    assert (street.row.label, street.row.detail, street.row.area, street.row.height) == (
        "Hauptstraße", "residential", None, None,
    )  # fmt: skip
    assert (tree.row.detail, tree.row.height, tree.row.area) == ("Quercus robur", 12.0, None)


@pytest.mark.parametrize(
    "sort",
    [("label",), ("-label",), ("height",), ("-height",), ("storeys",), ("-storeys", "label"), ("function", "-height"),
     ("storeys", "-height"), ("-year", "storeys"), ("area", "-storeys", "label"), ()],
)  # fmt: skip
def test_pages_give_every_row_once_and_in_order(town: Tenant, sort: tuple[str, ...]) -> None:
    rows = everything(town, Filters(kind=Kind.BUILDING, sort=sort, limit=217))
    assert len({(r.dataset, r.id) for r in rows}) == len(rows) == COUNT + 4
    names = {"function": "function_group"}

    def key(row: ObjectRow) -> list[Any]:
        parts: list[Any] = []
        for name in sort:
            plain = name.removeprefix("-")
            value = row.label if plain == "label" else getattr(row, names.get(plain, plain))
            if plain == "label":
                value = natural(value)
            known = value is not None
            parts.append((not known, _Falling(value) if name != plain and known else value if known else 0))
        return parts

    assert [key(r) for r in rows] == sorted(key(r) for r in rows)


class _Falling:
    """Turns the order of what it holds round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and bool(other.value == self.value)


def natural(label: str) -> str:
    from kastor.store.folding import sort_key

    return sort_key(label)


def test_house_numbers_are_listed_by_size(town: Tenant) -> None:
    rows = everything(town, Filters(kind=Kind.BUILDING, q="kalkbergstraße", limit=50))
    numbers = [int(r.label.split()[-1]) for r in rows]
    assert numbers == sorted(numbers)
    assert max(numbers) >= 3


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        (Filters(min_height=10.0, max_height=12.0), lambda r: r.height is not None and 10 <= r.height <= 12),
        (Filters(min_storeys=2), lambda r: r.storeys is not None and r.storeys >= 2),
        (Filters(max_storeys=1), lambda r: r.storeys is not None and r.storeys <= 1),
        (Filters(function_group=1), lambda r: r.function_group == 1),
        (Filters(roof=1000), lambda r: r.roof == 1000),
        (Filters(min_year=1950, max_year=1970), lambda r: r.year is not None and 1950 <= r.year <= 1970),
        (Filters(kind=Kind.TREE), lambda r: r.kind == Kind.TREE),
        (Filters(dataset="sample"), lambda r: r.dataset == "sample"),
        (Filters(dataset="none"), lambda r: False),
        (Filters(findings=True), lambda r: r.findings > 0),
        (Filters(findings=False), lambda r: r.findings == 0),
        (Filters(q="DENW00000000012"), lambda r: r.id.startswith("DENW00000000012")),
        (Filters(q="denw00000000012"), lambda r: r.id.startswith("DENW00000000012")),
        (Filters(q="muehlen"), lambda r: "Mühlen" in r.label),
        (Filters(q="lindenhofweg 1"), lambda r: r.label.startswith("Lindenhofweg 1")),
        (Filters(q="100% \" AND * ("), lambda r: False),
        (Filters(q="%"), lambda r: False),
    ],
)  # fmt: skip
def test_filters_leave_what_they_say(town: Tenant, filters: Filters, fits: Any) -> None:
    found = {(r.dataset, r.id) for r in everything(town, replace(filters, limit=500))}
    wanted = {(r.dataset, r.id) for r in everything(town, Filters(limit=1000)) if fits(r)}
    assert found == wanted


@pytest.mark.parametrize(
    "filters",
    [Filters(limit=0), Filters(limit=1001), Filters(sort=("colour",)), Filters(after="x"), Filters(after="W10"),
     Filters(after="bm9uc2Vuc2U"), Filters(after="W1sibGFiZWwiXSxbe30sMV1d")],
)  # fmt: skip
def test_nonsense_is_refused(town: Tenant, filters: Filters) -> None:
    with pytest.raises(InvalidFilter):
        town.objects(filters)


def test_a_mark_of_another_order_is_refused(town: Tenant) -> None:
    mark = town.objects(Filters(limit=2)).next
    with pytest.raises(InvalidFilter, match="same sort"):
        town.objects(Filters(limit=2, sort=("height",), after=mark))


@pytest.mark.parametrize(
    "box", [(0, 0, 130, 130), (105, 105, 105.5, 105.5), (200.01, 0, 209.99, 1e6), (-5, -5, -1, -1)]
)
def test_a_box_finds_what_meets_it(town: Tenant, box: tuple[float, float, float, float]) -> None:
    west, south, east, north = box[0] + EAST, box[1] + NORTH, box[2] + EAST, box[3] + NORTH
    found = {(r.dataset, r.id) for r in town.in_box((west, south, east, north))}
    wanted = {
        (r.dataset, r.id)
        for r in everything(town, Filters(limit=1000))
        if r.parent is None
        and r.box
        and r.box[0] <= east
        and r.box[3] >= west
        and r.box[1] <= north
        and r.box[4] >= south
    }
    assert found == wanted


def test_a_box_may_ask_for_one_kind_and_some_rows(town: Tenant) -> None:
    box = (EAST, NORTH, EAST + 60, NORTH + 60)
    assert [r.id for r in town.in_box(box, Kind.TREE)] == ["oak"]
    assert len(town.in_box(box, limit=3)) == 3


def test_what_is_nearest_is_measured_to_the_outline(twin: Tenant) -> None:
    put(twin, ("all", four_houses()))
    found = twin.nearest(EAST + 20, NORTH + 22, 30)
    assert [(r.id, round(d, 3)) for r, d in found[:4]] == [
        ("oak", 2.0),
        ("way/1", 3.0),
        ("way/2", 5.0),
        ("flat", 8.602),
    ]
    assert twin.nearest(EAST + 10, NORTH + 10, 5)[0][1] == 0.0
    assert [r.id for r, _ in twin.nearest(EAST + 30, NORTH + 30, 1, [Kind.LAND_USE])] == ["park"]
    # inside its courtyard one stands 2 m from the wings of the house
    assert [(r.id, d) for r, d in twin.nearest(EAST + 40, NORTH + 40, 3)] == [("courtyard", 2.0)]
    assert twin.nearest(EAST + 1000, NORTH, 10) == []


def plan(twin: Tenant, statement: str, values: Any = ()) -> str:
    steps = twin.database.reader().execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    return "\n".join(step[3] for step in steps)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    home: Path = tmp_path_factory.mktemp("large")
    with create_tenant(home, "stadt", "Stadt", CRS) as opened:
        put(opened, ("all", many_houses(3000)))
        yield opened


def test_an_id_is_looked_up_in_its_index(large: Tenant) -> None:
    steps = plan(large, objects.BY_ID, ("x",))
    assert "SEARCH o USING INDEX" in steps
    assert "SCAN" not in steps


def test_parts_are_looked_up_in_their_index(large: Tenant) -> None:
    assert "USING INDEX objects_by_parent" in plan(large, objects.PARTS, ("x", 1))


def test_a_box_is_looked_up_in_the_box_index(large: Tenant) -> None:
    steps = plan(large, objects.IN_BOX["sqlite"], [0.0] * 8).splitlines()
    assert steps[0].startswith("SCAN b VIRTUAL TABLE INDEX 2:")
    assert steps[1] == "SEARCH o USING INTEGER PRIMARY KEY (rowid=?)"


@pytest.mark.parametrize("sort", ["label", "-label", "height", "-height", "storeys", "year", "-area", "function"])
def test_a_page_walks_an_index(large: Tenant, sort: str) -> None:
    filters = Filters(kind=Kind.BUILDING, sort=(sort,), limit=50)
    first = large.objects(filters)
    marks = [None] if first.next is None else [None, first.next]
    for after in marks:
        statement = lists.page_statements(replace(filters, after=after), "sqlite")[0].limit(51)
        compiled = statement.compile(large.database.engine)
        values = [compiled.params[name] for name in compiled.positiontup or []]
        steps = plan(large, str(compiled), values)
        column = lists.SORTS[sort.removeprefix("-")]
        # nothing is known of storeys and years here, so their pages walk the unknown ones
        wanted = "objects_by_kind" if after and sort in ("storeys", "year") else f"objects_by_{column}"
        assert f"USING INDEX {wanted}" in steps
        assert "TEMP B-TREE" not in steps


def test_counting_walks_an_index(large: Tenant) -> None:
    where = lists.conditions(Filters(kind=Kind.BUILDING, findings=True), "sqlite")
    from sqlalchemy import func, select

    from kastor.store.schema import objects as table

    compiled = select(func.count()).select_from(table).where(*where).compile(large.database.engine)
    values = [compiled.params[name] for name in compiled.positiontup or []]
    assert "USING INDEX objects_by_findings" in plan(large, str(compiled), values)
