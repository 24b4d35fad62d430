"""A variant as the draft of a plan: valid against the schema, read again equal, and what is not in it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shapely
from typer.testing import CliRunner

from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.cli import app
from kastor.formats.xplanung import read, write
from kastor.formats.xplanung.check import problems
from kastor.formats.xplanung.schema import check_schema
from kastor.loading import load
from kastor.planning import changes
from kastor.planning.plan_draft import plan_draft
from kastor.planning.plan_limits import limits
from kastor.process import InvalidInput
from kastor.store import Dataset, Tenant, create_tenant, variants

EAST, NORTH, _ = ORIGIN


def at(*corners: tuple[float, float]) -> list[list[float]]:
    """Places in metres from the corner of the sample city."""
    return [[EAST + x, NORTH + y] for x, y in corners]


def square(west: float, south: float, side: float = 10.0) -> list[list[float]]:
    return at((west, south), (west + side, south), (west + side, south + side), (west, south + side))


EDITS = [
    {"kind": "add_building", "id": "neu", "footprint": square(60, 5), "storeys": 3, "roof": "gable", "pitch": 35.0,
     "use": "residential", "green_roof": True, "dwellings": 6},
    {"kind": "raise", "id": "r", "object": "flat", "height": 9.5, "storeys": 3},
    {"kind": "move", "id": "m", "object": "gable", "east": 30.0, "north": 0.0},
    {"kind": "demolish", "id": "courtyard"},
    {"kind": "plant_tree", "id": "linde", "place": at((20, 60))[0], "species": "Tilia cordata", "height": 10.0,
     "crown": 6.0},
    {"kind": "fell", "id": "f", "object": "oak"},
    {"kind": "surface", "id": "wiese", "outline": square(60, 40), "cover": "green"},
    {"kind": "surface", "id": "teich", "outline": square(75, 40), "cover": "water"},
    {"kind": "surface", "id": "platz", "outline": square(90, 40), "cover": "sealed"},
    {"kind": "ground", "id": "auf", "outline": square(60, 60), "height": 1.0},
    {"kind": "ground", "id": "ab", "outline": square(75, 60), "level": 48.0},
    {"kind": "basin", "id": "becken", "outline": square(90, 60), "depth": 1.5},
    {"kind": "levee", "id": "damm", "line": at((60, 80), (90, 80)), "height": 1.2, "width": 3.0},
    {"kind": "wall", "id": "mauer", "line": at((60, 90), (90, 90)), "height": 2.0},
    {"kind": "close_street", "id": "zu", "object": "way/1"},
    {"kind": "add_street", "id": "weg", "line": at((60, 100), (90, 100)), "width": 5.0, "name": "Neuer Weg"},
    {"kind": "later", "id": "jahre", "years": 20},
]  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with create_tenant(tmp_path_factory.mktemp("draft"), "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Vier Häuser")) as loading:
            loading.put("houses", four_houses())
            loading.put_terrain("ground", flat_ground())
            loading.finish()
        yield twin


def test_everything_the_standard_holds_is_in_the_draft_and_the_rest_is_named(
    town: Tenant, tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    draft = plan_draft(town, "Variante A", changes.read(EDITS))
    assert draft.file.counts() == {
        "BP_BauGrenze": 3, "BP_UeberbaubareGrundstuecksFlaeche": 3, "BP_AnpflanzungBindungErhaltung": 2,
        "SO_Wasserwirtschaft": 2, "BP_Plan": 1, "BP_Bereich": 1, "BP_GruenFlaeche": 1, "SO_Gewaesser": 1,
        "BP_AufschuettungsFlaeche": 1, "BP_AbgrabungsFlaeche": 1, "SO_Strassenverkehr": 1,
    }  # fmt: skip
    assert {(one.edit, one.kind) for one in draft.left} == {
        ("neu", "add_building"), ("courtyard", "demolish"), ("f", "fell"), ("platz", "surface"), ("mauer", "wall"),
        ("zu", "close_street"), ("jahre", "later"),
    }  # fmt: skip
    assert {o.id for o in draft.file.objects if not o.id.startswith("KASTOR_")} == set()
    path = tmp_path / "draft.gml"
    write(draft.file, path)
    again = read(path)
    assert {o.id: (o.kind, o.attributes) for o in again.objects} == {
        o.id: (o.kind, o.attributes) for o in draft.file.objects
    }
    assert all(
        a.geometry is None or a.geometry.equals_exact(b.geometry, 0.0)
        for a, b in zip(again.objects, draft.file.objects, strict=True)
    )
    assert problems(again) == []
    assert [f.values["problem"] for f in check_schema(path, again, shared_data("xplanung/xsd"))] == []


def test_the_draft_limits_what_was_planned(town: Tenant) -> None:
    draft = plan_draft(town, "Variante A", changes.read(EDITS[:2]))
    (plan,) = draft.file.plans
    assert (plan.name, plan.kind, plan.legal_state) == ("Variante A", "BP", "2000")
    new, raised = limits("draft", plan).windows
    assert new.area.equals(shapely.box(EAST + 60, NORTH + 5, EAST + 70, NORTH + 15))
    assert new.limits["storeys_most"].value == 3
    # three storeys of 3 m and a gable of 5 m at 35 degrees
    assert new.heights[0].most == pytest.approx(9.0 + 3.5, abs=0.01)
    assert (raised.heights[0].most, raised.limits["storeys_most"].value) == (9.5, 3)
    assert set(new.bounded_by.values()) == {"Baugrenze"}
    assert plan.area is not None
    assert plan.area.covers(shapely.union_all([new.area, raised.area]).buffer(9.9))


def test_a_variant_that_only_takes_away_is_no_plan(town: Tenant) -> None:
    with pytest.raises(InvalidInput, match="nothing of the variant can be in a plan"):
        plan_draft(town, "Leer", changes.read([{"kind": "demolish", "id": "flat"}]))


def test_a_draft_is_written_by_command_and_loads_as_a_plan(
    town: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(town.directory.parent.parent))
    made = variants.add(town.database, "Variante A", changes.written(changes.read(EDITS)), "7", "planner")
    target = tmp_path / "draft.gml"
    done = CliRunner().invoke(app, ["xplanung", "export", "musterstadt", made.id, str(target)])
    assert done.exit_code == 0, done.output
    assert "17 objects written" in done.output
    assert "not taken: courtyard (demolish). A plan fixes no demolition." in done.output.replace("\n", " ")
    again = load(town, [target], Dataset("entwurf", "Entwurf"))
    assert again.result.kinds["plan_area"] == 16
