"""Variants in store and command: steps back restore byte for byte, what was saved at once is merged or told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from kastor.city.sample import ORIGIN
from kastor.cli import app as cli
from kastor.planning import changes, variant
from kastor.planning.overlay import hidden_objects, planned
from kastor.planning.variant import Disagreement, merged
from kastor.store import Tenant, variants
from kastor.store.variants import REDO, UNDO, Saved, VariantChanged

E, N, H = ORIGIN


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Variants are kept alike in both stores."""
    if request.param == "postgresql":
        monkeypatch.setenv("KASTOR_DATABASE_URL", request.getfixturevalue("postgres"))
    return str(request.param)


def tree(name: str, height: float = 8.0) -> dict[str, Any]:
    return {"kind": "plant_tree", "id": name, "place": [E + 22.0, N + 22.0], "height": height}


_LISTS = st.lists(st.builds(tree, st.sampled_from("abcdef"), st.floats(1, 40)), max_size=6, unique_by=lambda t: t["id"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_LISTS, min_size=1, max_size=5))
def test_steps_back_and_forth_restore_every_list_byte_for_byte(small_twin: Tenant, lists: list[Any]) -> None:
    database = small_twin.database
    made = variants.add(database, "x", [], "7", "planner")
    contents: list[Any] = [[]]
    revision = 1
    for edits in lists:
        saved = variants.save(database, made.id, revision, edits, "7", "planner")
        if saved.revision != revision:
            contents.append(edits)
        revision = saved.revision
    for expected in contents[-2::-1]:
        revision += 1
        assert variants.step(database, made.id, revision - 1, UNDO, "7", "planner").edits == expected
    for expected in contents[1:]:
        revision += 1
        assert variants.step(database, made.id, revision - 1, REDO, "7", "planner").edits == expected
    assert json.dumps(variants.saved(database, made.id).edits) == json.dumps(contents[-1])
    with pytest.raises(VariantChanged):
        variants.save(database, made.id, revision - 1 or 99, [], "7", "planner")
    variants.remove(database, made.id, "7")


def _saved(edits: list[dict[str, Any]]) -> Saved:
    return Saved(2, "", "8", "planner", "save", 1, None, edits)


@given(_LISTS, _LISTS, _LISTS)
def test_merging_keeps_both_sides_or_names_what_both_changed(
    base: list[Any], theirs: list[Any], mine: list[Any]
) -> None:
    before, there, here = ({edit["id"]: edit for edit in side} for side in (base, theirs, mine))
    found, both = _merged(base, theirs, mine)
    assert all(there.get(i) != before.get(i) and here.get(i) != before.get(i) for i in both)
    for name in {*before, *there, *here} if not both else ():
        changed = [side.get(name) for side in (here, there) if side.get(name) != before.get(name)]
        assert found.get(name) == (changed[0] if changed else before.get(name))


def _merged(base: list[Any], theirs: list[Any], mine: list[Any]) -> tuple[dict[str, Any], list[str]]:
    try:
        return {str(edit["id"]): edit for edit in merged(base, _saved(theirs), mine)}, []
    except Disagreement as error:
        return {}, error.objects


def test_a_part_hides_its_whole_which_is_drawn_without_it(small_twin: Tenant) -> None:
    edits = changes.read([{"kind": "demolish", "id": "pair-low"}, {"kind": "demolish", "id": "flat"}])
    assert hidden_objects(small_twin, edits) == ["pair-low", "flat", "pair"]
    assert planned(small_twin, edits).ids.tolist() == ["pair", "pair-high"]


def test_a_moved_house_comes_into_an_area_it_did_not_stand_in(small_twin: Tenant) -> None:
    from kastor.planning.computing import site_of
    from kastor.planning.orders import read

    move = {"kind": "move", "id": "m", "object": "flat", "east": 0.0, "north": 60.0}
    corner = {"corners": f"{E},{N + 62};{E + 20},{N + 62};{E + 20},{N + 80};{E},{N + 80}"}
    ids = site_of(small_twin, read(small_twin, "slope", {"area": corner, "edits": [move]})).city.ids.tolist()
    assert "flat" in ids
    assert "flat" not in site_of(small_twin, read(small_twin, "slope", {"area": corner})).city.ids.tolist()


def test_a_result_of_another_year_is_another_result_and_a_grown_crown_reaches_in(small_twin: Tenant) -> None:
    from kastor.planning.computing import site_of
    from kastor.planning.orders import read

    corners = [(E, N + 30), (E + 20, N + 30), (E + 20, N + 50), (E, N + 50)]
    area = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    beside = {**tree("lime", 5.0), "crown": 2.0, "species": "Winterlinde", "place": [E + 22.0, N + 40.0]}
    orders = [
        read(small_twin, "balance", {"area": area, "edits": [beside, *more]})
        for more in ([], [{"kind": "later", "id": "y", "years": 20}], [{"kind": "later", "id": "y", "years": 40}])
    ]
    assert len({order.id("data") for order in orders}) == 3
    trees = ["lime" in site_of(small_twin, order).city.ids.tolist() for order in orders]
    assert trees == [False, True, True]


def test_the_command_makes_shows_and_exports_variants(
    small_twin: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(small_twin.directory.parent.parent))

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, ["variant", *words])
        assert done.exit_code == 0, done.output
        return done.output

    file = tmp_path / "edits.json"
    file.write_text(json.dumps([tree("lime"), {"kind": "demolish", "id": "flat"}]))
    made = run("create", "musterstadt", "Neue Mitte", str(file)).strip()
    assert json.loads(run("list", "musterstadt", "--json"))[0]["id"] == made
    assert json.loads(run("show", "musterstadt", made, "--json"))["conflicts"] == []
    assert "demolish" in run("show", "musterstadt", made)
    for format, beginning in (("json", b"["), ("glb", b"glTF"), ("cityjson", b"{")):
        run("export", "musterstadt", made, str(tmp_path / format), "--format", format)
        assert (tmp_path / format).read_bytes().startswith(beginning)
    file.write_text(json.dumps([{"kind": "demolish", "id": "nothing"}]))
    refused = CliRunner().invoke(cli, ["variant", "create", "musterstadt", "x", str(file)])
    assert refused.exit_code == 2
    assert variant.conflicts(small_twin, changes.read([tree("lime")])) == []
