"""Drafts and internal datasets are out of sight for those who may not see them, on every way of reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kastor.city.terrain import Terrain
from kastor.store import Dataset, Tenant
from kastor.store.errors import ReadOnly, UnknownReport
from kastor.store.objects import Filters
from kastor.store.schema import METADATA
from kastor.store.visibility import ALL, CONDITIONS, PUBLIC, STAFF, State, States
from tests.store.houses import CRS, EAST, NORTH, house

HOLDS_NOTHING_OF_A_DATASET = {"tenant", "revisions", "remote_processes", "rainfall"}

EVERYWHERE = (EAST - 1000, NORTH - 1000, EAST + 1000, NORTH + 1000)


def ground(east: float) -> Terrain:
    return Terrain(CRS, EAST + east, NORTH + 30, 1.0, np.full((30, 30), 50.0, np.float32))


@pytest.fixture
def layered(twin: Tenant) -> Tenant:
    """A twin with one dataset of each state; the house ``both`` is in the public one and in the draft."""
    for number, (name, state) in enumerate((("open", State.PUBLIC), ("office", State.INTERNAL), ("new", State.DRAFT))):
        with twin.load(Dataset(name, name.title(), state=state)) as load:
            load.put("part", house(f"in-{name}", 10.0 + 40 * number, name=f"{name}strasse 1"))
            if name != "office":
                load.put("part", house("both", 200.0, height=5.0 + number, name=f"{name}platz 7"))
            load.put_terrain("ground", ground(40.0 * number))
            finding = {"object": "both", "code": "x", "outcome": "kept", "text": f"found in {name}"}
            load.finish({"source": name, "findings": [finding, {**finding, "object": f"in-{name}"}]})
    return twin


READINGS: dict[str, Callable[[Tenant], Any]] = {
    "datasets": lambda t: [d.id for d in t.datasets()],
    "counts": lambda t: t.counts(),
    "list": lambda t: [(r.id, r.dataset, r.label) for r in t.objects(Filters()).items],
    "list total": lambda t: t.objects(Filters()).total,
    "list of words": lambda t: [[r.id for r in t.objects(Filters(q=q)).items] for q in ("newstrasse", "in-new", "bo")],
    "list of a dataset": lambda t: [[r.id for r in t.objects(Filters(dataset=d)).items] for d in ("office", "new")],
    "box": lambda t: sorted((r.id, r.dataset) for r in t.in_box(EVERYWHERE)),
    "search": lambda t: [[r.dataset for r in t.search(q)] for q in ("officestrasse", "newplatz", "newstrase", "both")],
    "nearest": lambda t: sorted((r.id, r.dataset) for r, _ in t.nearest(EAST, NORTH, 900.0)),
    "cells": lambda t: [sorted(c.hashes) for c in t.cells()],
    "cell counts": lambda t: [c.counts for c in t.cells()],
    "city": lambda t: sorted(t.city().ids.tolist()),
    "city of cells": lambda t: sorted(t.city([(c.column, c.row) for c in t.cells()]).ids.tolist()),
    "city of a dataset": lambda t: t.city(datasets=["new", "office"]).ids.tolist(),
    "city as it was": lambda t: sorted(t.city(at=3).ids.tolist()),
    "extent": lambda t: t.box(),
    "history": lambda t: [[v.attributes for v in t.history(i)] for i in ("in-new", "in-office", "both")],
    "history of a dataset": lambda t: [len(t.history("both", d)) for d in ("new", "office", "open")],
    "reports": lambda t: [r["dataset"] for r in t.reports()],
    "findings": lambda t: [[f["text"] for f in t.findings(i)] for i in ("in-new", "in-office", "both")],
    "terrain boxes": lambda t: sorted(box for box, _ in t.terrain_boxes()),
    "terrain": lambda t: (lambda ground: (ground.west, ground.heights.shape))(t.terrain()),
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(("states", "hidden"), [(PUBLIC, ("office", "new")), (STAFF, ("new",)), (ALL, ())])
def test_a_reading_is_as_if_the_hidden_datasets_did_not_exist(
    layered: Tenant, reading: str, states: States, hidden: tuple[str, ...]
) -> None:
    seen = READINGS[reading](layered.showing(states))
    everything = READINGS[reading](layered)
    assert not any(f"'{name}'" in repr(seen) or f"in-{name}" in repr(seen) for name in hidden)
    for name in hidden:
        layered.end_dataset(name)
    ended = READINGS[reading](layered)
    if reading in ("datasets", "reports", "history", "history of a dataset", "city as it was", "findings"):
        # these tell of what has ended too
        assert (seen != everything) == bool(hidden)
    else:
        assert seen == ended
        assert (seen != everything) == bool(hidden)


def test_single_hidden_things_are_as_unknown_as_ones_that_do_not_exist(layered: Tenant) -> None:
    public = layered.showing(PUBLIC)
    assert public.object("in-new") is None
    assert public.object("in-office") is None
    assert public.object("both").row.dataset == "open"  # type: ignore[union-attr]
    assert layered.object("both").row.dataset == "new"  # type: ignore[union-attr]
    for report in layered.reports():
        if report["dataset"] == "open":
            assert public.report(report["id"])["dataset"] == "open"
        else:
            with pytest.raises(UnknownReport):
                public.report(report["id"])


def test_published_data_comes_into_sight_at_once_and_hidden_data_goes(layered: Tenant) -> None:
    public = layered.showing(PUBLIC)
    before = public.revision
    layered.set_state("new", State.PUBLIC, who="3")
    assert public.object("in-new") is not None
    assert public.revision != before
    layered.set_state("new", State.INTERNAL, who="3")
    assert public.object("in-new") is None


def test_a_new_load_of_a_draft_does_not_publish_it(layered: Tenant) -> None:
    with layered.load(Dataset("new", "New")) as load:
        load.put("part", house("in-new", 60.0))
        load.finish()
    assert [d.state for d in layered.datasets()] == [State.PUBLIC, State.INTERNAL, State.DRAFT]


def test_what_shows_a_part_only_cannot_be_written(layered: Tenant) -> None:
    for states in (PUBLIC, STAFF):
        with pytest.raises(ReadOnly, match="cannot be changed"):
            layered.showing(states).edit_object("in-open", {"name": "x"}, "3")
    assert layered.showing(ALL) is layered


def test_every_table_is_narrowed_or_holds_nothing_of_a_dataset() -> None:
    assert set(CONDITIONS) | HOLDS_NOTHING_OF_A_DATASET == set(METADATA.tables)


def test_a_word_of_a_hidden_dataset_does_not_hide_a_similar_one_in_sight(twin: Tenant) -> None:
    for name, state, street in (("open", State.PUBLIC, "Lindenweg"), ("new", State.DRAFT, "Rindenweg")):
        with twin.load(Dataset(name, name, state=state)) as load:
            load.put("part", house(name, name=street))
            load.finish({"source": name, "findings": []})
    public = twin.showing(PUBLIC)
    # exactly the hidden word, and a word that is nearer to the hidden one
    for typed in ("Rindenweg", "Rindeweg"):
        assert [row.id for row in public.search(typed)] == ["open"]
    assert [row.id for row in twin.search("Rindenweg")] == ["new"]
