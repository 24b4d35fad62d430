"""Where no terrain is loaded, the houses tell the ground: for the sun, and for what a plan puts there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kastor.city.model import Kind, boxes
from kastor.city.sample import CRS, ORIGIN, four_houses
from kastor.planning.computing import site_of
from kastor.planning.orders import read
from kastor.store import Dataset, create_tenant

X, Y, GROUND = ORIGIN


def test_a_new_house_stands_on_the_ground_of_its_neighbours(tmp_path: Path) -> None:
    footprint = [[X + x, Y + y] for x, y in ((20, 8), (26, 8), (26, 14), (20, 14))]
    edits = [{"kind": "add_building", "id": "new", "footprint": footprint, "height": 9.0}]
    with create_tenant(tmp_path, "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Vier Häuser")) as load:
            load.put("houses", four_houses())
            load.finish({"source": "houses", "findings": []})
        site = site_of(twin, read(twin, "sun_hours", {"edits": edits}))
        without = site_of(twin, read(twin, "balance", {"edits": edits}))
    assert site.terrain is not None
    assert np.allclose(site.terrain.heights, GROUND)
    new = site.city.ids.tolist().index("new")
    assert site.city.kind[new] == Kind.BUILDING
    assert boxes(site.city)[new][[2, 5]].tolist() == [GROUND, GROUND + 9.0]
    assert without.terrain is None
