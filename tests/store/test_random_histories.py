"""Any sequence of loads, corrections and endings gives what a simple dictionary would."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Kind
from kastor.store import Dataset, Tenant, create_tenant
from tests.store.houses import CRS, add_house

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
HOUSE = st.fixed_dictionaries(
    {"east": st.sampled_from([10, 240, 600]), "height": st.sampled_from([3, 6]), "storeys": st.sampled_from([1, 2])}
)
CONTENT = st.dictionaries(NAMES, st.tuples(HOUSE, st.integers(0, 2)), max_size=4)
SETS = st.sampled_from(["lod2", "osm"])
PARTS = st.sampled_from(["west", "east"])

House = tuple[int, int, int]


class Histories(RuleBasedStateMachine):
    """The twin next to a dictionary of what it should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.twin: Tenant = create_tenant(self.home, "koeln", "Köln", CRS)
        # by dataset and id: part, source, present state
        self.now: dict[tuple[str, str], tuple[str, House, House]] = {}
        # ended by hand: what the twin would hold again
        self.tombs: dict[tuple[str, str], tuple[str, House, House]] = {}
        self.past: dict[int, dict[tuple[str, str], House]] = {}
        self.order: list[str] = []

    @initialize()
    def start(self) -> None:
        self.remember(0)

    @rule(dataset=SETS, parts=st.dictionaries(PARTS, CONTENT, min_size=1), finish=st.sampled_from([True, True, False]))
    def load(self, dataset: str, parts: dict[str, Any], finish: bool) -> None:
        revision = 0
        with self.twin.load(Dataset(dataset, dataset)) as load:
            for part, houses in parts.items():
                load.replaces(part)
                for chunk in (dict(list(houses.items())[:2]), dict(list(houses.items())[2:])):
                    if chunk:
                        load.put(part, _city(chunk))
            if finish:
                revision = load.finish().revision
        if not finish:
            return
        coming: dict[str, tuple[str, House]] = {}
        for part, houses in parts.items():
            for name, (kind, wings) in houses.items():
                if name not in coming:
                    coming[name] = (part, (kind["east"], kind["height"], kind["storeys"]))
                    for i in range(wings):
                        coming.setdefault(f"{name}-{i}", (part, (kind["east"], kind["height"], i)))
        coming = self.without_tombs(dataset, coming)
        for key in [k for k, (part, _, _) in self.now.items() if k[0] == dataset and part in parts]:
            if key[1] not in coming:
                del self.now[key]
        for name, (part, source) in coming.items():
            before = self.now.get((dataset, name))
            state = source
            if before and before[1] == source:
                state = before[2]
            elif before and before[1][2] == source[2]:
                # the storeys a clerk has corrected stay where the source says nothing new about them
                state = (*source[:2], before[2][2])
            self.now[dataset, name] = (part, source, state)
        self.order = [dataset, *(d for d in self.order if d != dataset)]
        self.remember(revision)

    @rule(name=NAMES, storeys=st.sampled_from([1, 2, 7]))
    def correct(self, name: str, storeys: int) -> None:
        key = next(((d, name) for d in self.order if (d, name) in self.now), None)
        if key is None:
            return
        self.twin.edit_object(name, {"storeysAboveGround": storeys}, "Frau Muster", dataset=key[0])
        part, source, state = self.now[key]
        self.now[key] = (part, source, (*state[:2], storeys))
        self.remember(int(self.twin.revision.split("-")[0]))

    def without_tombs(self, dataset: str, coming: dict[str, tuple[str, House]]) -> dict[str, tuple[str, House]]:
        """What comes in without what a clerk has ended and the source has as before."""
        stay = set()
        for name, (part, source) in coming.items():
            tomb = self.tombs.get((dataset, name))
            if tomb and tomb[1] == source:
                self.tombs[dataset, name] = (part, *tomb[1:])
                stay.add(name)
        left = {n: c for n, c in coming.items() if n not in stay and n.split("-")[0] not in stay}
        for name in left:
            self.tombs.pop((dataset, name), None)
        return left

    @rule(name=NAMES)
    def end_by_hand(self, name: str) -> None:
        key = next(((d, name) for d in self.order if (d, name) in self.now), None)
        if key is None:
            return
        self.twin.end_object(name, "Frau Muster", dataset=key[0])
        for member in self.family(key):
            self.tombs[member] = self.now.pop(member)
        self.remember(int(self.twin.revision.split("-")[0]))

    def family(self, key: tuple[str, str]) -> list[tuple[str, str]]:
        return [k for k in self.now if k[0] == key[0] and k[1].split("-")[0] == key[1]]

    @rule(name=NAMES, dataset=SETS, height=st.sampled_from([3, 6]), again=st.booleans())
    def add_and_take_back(self, name: str, dataset: str, height: int, again: bool) -> None:
        if self.twin.database.reader().execute("SELECT 1 FROM objects WHERE id = ?", (name,)).fetchone():
            return
        new = _city({name: ({"east": 240, "height": height, "storeys": 1}, 0)})
        self.twin.add_object(new, Dataset(dataset, dataset), "Frau Muster")
        self.twin.undo(name, "Frau Muster", dataset=dataset)
        self.order = self.order if dataset in self.order else [dataset, *self.order]
        if again:
            self.twin.redo(name, "Frau Muster", dataset=dataset)
            house = (240, height, 1)
            self.now[dataset, name] = ("", (-1, -1, -1), house)
        self.remember(int(self.twin.revision.split("-")[0]))

    @rule(dataset=SETS)
    def end(self, dataset: str) -> None:
        if dataset not in self.order:
            return
        revision = self.twin.end_dataset(dataset).revision
        self.now = {k: v for k, v in self.now.items() if k[0] != dataset}
        self.remember(revision)

    @invariant()
    def the_city_is_what_it_should_be(self) -> None:
        for revision in [None, *list(self.past)[-3:]]:
            wanted = self.past[revision if revision is not None else max(self.past)]
            for dataset in self.order:
                expected = {name: state for (d, name), state in wanted.items() if d == dataset}
                assert _states(self.twin.city(datasets=[dataset], at=revision)) == expected

    @invariant()
    def rows_and_indexes_agree_with_the_city(self) -> None:
        reader = self.twin.database.reader()
        current = reader.execute(
            "SELECT d.id, o.id, o.key, o.parent IS NULL, o.words <> '', o.storeys"
            " FROM objects o JOIN datasets d ON d.key = o.dataset WHERE o.ended IS NULL"
        ).fetchall()
        assert {(d, i): s for d, i, _, _, _, s in current} == {k: v[2][2] for k, v in self.now.items()}
        boxes = {row[0] for row in reader.execute("SELECT key FROM boxes")}
        assert boxes == {key for _, _, key, top, _, _ in current if top}
        worded = {row[0] for row in reader.execute("SELECT rowid FROM words WHERE words MATCH 'haus'")}
        assert worded == {key for _, _, key, _, has, _ in current if has}
        open_versions = reader.execute("SELECT object FROM versions WHERE last IS NULL").fetchall()
        assert sorted(row[0] for row in open_versions) == sorted(key for _, _, key, _, _, _ in current)
        assert sum(self.twin.counts().values()) == len(current)

    def remember(self, revision: int) -> None:
        self.past[revision] = {key: state for key, (_, _, state) in self.now.items()}

    def teardown(self) -> None:
        self.twin.close()
        shutil.rmtree(self.home)


def _city(houses: dict[str, Any]) -> City:
    grow = CityBuilder(CRS)
    for name, (kind, wings) in houses.items():
        top = add_house(grow, name, kind["east"], 10, kind["height"], name="Haus", storeysAboveGround=kind["storeys"])
        for i in range(wings):
            add_house(
                grow, f"{name}-{i}", kind["east"], 10, kind["height"], Kind.BUILDING_PART, top, storeysAboveGround=i
            )
    return grow.build()


def _states(city: City) -> dict[str, House]:
    found = {}
    for i, name in enumerate(city.ids.tolist()):
        first = city.vertex_offsets[city.ring_offsets[city.polygon_offsets[city.surface_offsets[i : i + 2]]]]
        xyz = city.xyz[first[0] : first[1]]
        east = int(np.round(xyz[:, 0].min() - 356000))
        storeys = city.attributes["storeysAboveGround"][i]
        assert isinstance(storeys, int)
        found[name] = (east, int(np.round(np.ptp(xyz[:, 2]))), storeys)
    return found


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=16, stateful_step_count=10, deadline=None)
