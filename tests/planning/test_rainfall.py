"""A tenant's own table of design rain: its storms follow it, and results made before are told to be out of date."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from kastor.city.sample import ORIGIN
from kastor.cli import app
from kastor.planning import computing, orders
from kastor.planning.storms import storms
from kastor.process import Quiet
from kastor.store import Tenant, results
from tests.formats import kostra_files

E, N, _ = ORIGIN
AREA = {"around": f"{E + 20},{N + 20}", "radius": 15}
TABLE = "KOSTRA-DWD-2020, Deutscher Wetterdienst"


def said(*words: str) -> str:
    found = CliRunner().invoke(app, ["tenant", "rainfall", *words])
    assert found.exit_code == 0, found.output
    return found.output


def test_a_tenant_computes_with_the_table_it_loaded(
    small_twin: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(small_twin.directory.parent.parent))
    order = orders.read(small_twin, "rain", {"area": AREA, "storm": "rare", "cell": 4, "scheme": "preview", "after": 0})
    slope = computing.data_of(small_twin, orders.read(small_twin, "slope", {"area": AREA}))
    before = computing.compute(small_twin, order, Quiet())
    assert orjson.loads(said("show", "musterstadt", "--json"))["own"] is False

    files = kostra_files.write(tmp_path / "files", (5, 30, 60, 120))
    assert "8 cells" in said("load", "musterstadt", str(files))
    assert orjson.loads(said("show", "musterstadt", "--json"))["source"] == TABLE
    rare = storms(small_twin)["scenarios"]
    assert {s["source"].rpartition("; ")[2] for s in rare if s["years"]} == {TABLE}
    kept = results.result(small_twin.database, before)
    assert computing.stale(small_twin, kept) == [
        {"de": "Die Daten haben sich geändert.", "en": "The data have changed."}
    ]
    assert computing.data_of(small_twin, orders.read(small_twin, "slope", {"area": AREA})) == slope

    after = computing.compute(small_twin, order, Quiet())
    found = orjson.loads(results.file_of(small_twin, after, results.DOCUMENT).read_bytes())
    rain = next(i for i in found["indicators"] if i["id"] == "rain")
    depth = kostra_files.depth(4, 60, 30)
    assert rain["value"] == pytest.approx(depth)
    assert [rain["low"], rain["high"]] == pytest.approx([depth * 0.87, depth * 1.13])
    assert TABLE in found["account"]["source"]

    assert "again" in said("remove", "musterstadt")
    assert computing.stale(small_twin, kept) == []
