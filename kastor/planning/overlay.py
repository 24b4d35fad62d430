"""The planned objects of a variant as bytes for the scene: what it adds, moves and raises, on the ground it makes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from kastor.city.drape import drape
from kastor.city.edits import Demolish, Edit, Move, Raise, apply, hidden, touched
from kastor.city.model import City, concat, empty_city, take
from kastor.city.site import Site
from kastor.city.terrain import Terrain
from kastor.formats.frame import frame_at
from kastor.loading import origin_of
from kastor.planning import changes
from kastor.planning.variant import ADDS, conflicts
from kastor.store import Tenant
from kastor.tiles.planned import planned_glb

FINEST = 4_000_000
"""Cells of ground that are read to stand planned objects on; over a larger extent they are coarser."""

AROUND = 20.0
"""Ground read around planned objects. [m]"""


def overlay(seen: Tenant, edits: Sequence[Edit]) -> bytes:
    """
    A GLB of the planned objects in the frame of the tenant's tiles; empty when there is nothing to draw.

    Edits that no longer fit the city are left out.

    Parameters
    ----------
    seen
        The tenant, as far as the reader may see it.
    """
    city = planned(seen, edits)
    if not len(city):
        return b""
    return planned_glb(city, frame_at(seen.crs, origin_of(seen)).to_local)


def hidden_objects(seen: Tenant, edits: Sequence[Edit]) -> list[str]:
    """Ids of what no longer stands as it did; of a part that is changed also the whole, which tiles draw as one."""
    found = hidden(edits)
    return list(dict.fromkeys([*found, *filter(None, (_whole(seen, one) for one in found))]))


def _whole(seen: Tenant, object_id: str) -> str:
    """What an object is a part of; empty for one that stands for itself."""
    record = seen.object(object_id)
    return record.row.parent or "" if record is not None else ""


def planned(seen: Tenant, edits: Sequence[Edit]) -> City:
    """The objects some edits add or change, standing on the ground."""
    unfit = {conflict.number for conflict in conflicts(seen, edits)}
    fitting = [edit for number, edit in enumerate(edits) if number not in unfit]
    changed = [edit.object for edit in fitting if isinstance(edit, Move | Raise)]
    parts = [edit.id for edit in fitting if isinstance(edit, Demolish) and _whole(seen, edit.id)]
    before = _families(seen, changed + parts)
    own = {edit.id for edit in fitting if isinstance(edit, ADDS)} | set(before.ids.tolist())
    wanted = [edit for edit in fitting if not touched(edit) or touched(edit) in own]
    ground = _ground(seen, before, wanted)
    if ground is None:
        wanted = [edit for edit in wanted if edit.kind not in ("basin", "levee", "ground")]
    after = apply(Site(shapely.Polygon(), before, ground), wanted)
    return drape(after.city, after.terrain) if after.terrain is not None else after.city


def _families(seen: Tenant, object_ids: Sequence[str]) -> City:
    """Objects of today with all that is part of the same building."""
    found: list[City] = [empty_city(seen.crs)]
    known: set[str] = set()
    for object_id in object_ids:
        record = seen.object(object_id) if object_id not in known else None
        if record is None:
            continue
        family = seen.family(record.row.parent or object_id, record.row.dataset)
        if family is not None:
            fresh = [i for i, one in enumerate(family.ids.tolist()) if one not in known]
            found.append(take(family, np.array(fresh, np.int64)))
            known |= set(family.ids.tolist())
    return concat(found)


def _ground(seen: Tenant, before: City, edits: Sequence[Edit]) -> Terrain | None:
    """The ground below all that is planned; coarser where that is far apart."""
    boxes = [box for box in (changes.extent(edits), _reach(before, edits)) if box is not None]
    if not boxes:
        return None
    corners = np.array(boxes)
    west, south = (corners[:, :2].min(axis=0) - AROUND).tolist()
    east, north = (corners[:, 2:].max(axis=0) + AROUND).tolist()
    finest = [cell for _, cell in seen.terrain_boxes()]
    cell = max(min(finest, default=1.0), float(np.sqrt((east - west) * (north - south) / FINEST)))
    return seen.terrain((west, south, east, north), cell)


def _reach(before: City, edits: Sequence[Edit]) -> tuple[float, float, float, float] | None:
    """Where objects of today stand, before and after they are moved. [m]"""
    if not len(before.xyz):
        return None
    moves = np.array([(0.0, 0.0), *((e.east, e.north) for e in edits if isinstance(e, Move))])
    low = before.xyz[:, :2].min(axis=0) + moves.min(axis=0)
    high = before.xyz[:, :2].max(axis=0) + moves.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
