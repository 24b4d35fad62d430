"""What does the town look like cut open along a line? Ground, houses and trees as a profile, today and as planned.

Each polygon of a house is cut by the vertical plane through the line; what is drawn of a house lies between its lowest
and its highest cut, so that passages and the underside of balconies are not seen. Trees are crowns as broad as the line
passes through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.drape import drape
from kastor.city.edits import AddBuilding, Edit, Move, Raise, apply, hidden, touched
from kastor.city.extrude import extrude
from kastor.city.fields import InvalidValue
from kastor.city.model import LINE_SEMANTICS, City, Kind, Semantic, owner, root
from kastor.city.outlines import own_outlines
from kastor.city.site import Site
from kastor.city.terrain import Terrain, height_at
from kastor.process import InvalidInput
from kastor.store import Tenant
from kastor.store.objects import labels

F8 = NDArray[np.float64]

KINDS = (Kind.BUILDING, Kind.BUILDING_PART, Kind.BUILDING_INSTALLATION, Kind.WALL, Kind.BRIDGE, Kind.TREE)
PLAN = (Semantic.FOOTPRINT, Semantic.ROOF_EDGE, Semantic.AREA)
"""Surfaces that lie in plan and enclose no body."""

LONGEST = 3000.0
"""Longest line of one section. [m]"""

AROUND = 40.0
"""Ground and trees read beside the line. [m]"""

MOST_PLACES = 1500
"""Heights of the ground along a line."""

MOST_CELLS = 4_000_000
"""Of ground that is read; over a larger extent they are coarser."""

USUAL_TREE = (10.0, 6.0)
"""Height and crown of a tree nothing is said of. [m]"""


@dataclass(frozen=True)
class Leg:
    """A straight piece of the line: where it begins and ends in the plane, and how far along the line. [m]"""

    start: F8
    end: F8
    offset: float

    @property
    def length(self) -> float:
        """In the plane. [m]"""
        return float(np.hypot(*(self.end - self.start)))

    @property
    def along(self) -> F8:
        """Its direction, of length 1."""
        found: F8 = (self.end - self.start) / self.length
        return found


def section(tenant: Tenant, edits: Sequence[Edit], line: F8) -> dict[str, Any]:
    """
    The town along a line, with some edits and without them.

    Parameters
    ----------
    tenant
        As far as who asks may see it.
    edits
        Of a variant; those whose object does not stand near the line are left out.
    line
        Corners in the plane, shape (n, 2). [m]

    Returns
    -------
    dict
        ``length`` [m]; ``ground`` and, where edits change it, ``ground_before``: distance and height, null where
        nothing is known; ``bodies`` each with ``id``, ``label``, ``state`` (``standing``, ``planned``, ``gone``) and
        ``rings`` of distance and height; ``trees`` with ``state``, ``at``, ``foot``, ``height``, ``crown`` and
        ``half``, half the width of the crown where the line passes. Heights in the tenant's system. [m]

    Raises
    ------
    InvalidInput
        When the line is too long or an edit cannot be.
    """
    legs = _legs(line)
    box = _box(line)
    city = tenant.city(box=box, kinds=KINDS)
    terrain = _ground(tenant, box)
    after, ground = _edited(city, terrain, edits)
    known, gone = set(city.ids.tolist()), set(hidden(edits))
    changed = {edit.object for edit in edits if isinstance(edit, Move | Raise)}
    names = _names(tenant, known, edits)

    def state(one: str) -> str:
        return "standing" if one in known and one not in changed else "planned"

    before, now = _profile(terrain, legs), _profile(ground, legs)
    bodies = [
        *(("gone", one, rings) for one, rings in _bodies(city, legs) if one in gone),
        *((state(one), one, rings) for one, rings in _bodies(after, legs)),
    ]
    trees = [
        *(("gone", tree) for tree in _trees(city, terrain, legs) if tree["id"] in gone),
        *((state(tree["id"]), tree) for tree in _trees(after, ground, legs)),
    ]
    return {
        "length": round(sum(leg.length for leg in legs), 2),
        "ground": now,
        "ground_before": None if now == before else before,
        "bodies": [
            {"id": one, "label": names.get(one, ""), "state": how, "rings": rings} for how, one, rings in bodies
        ],
        "trees": [{**tree, "state": how} for how, tree in trees],
    }


def _legs(line: F8) -> list[Leg]:
    lengths = np.hypot(*np.diff(line, axis=0).T)
    if lengths.sum() > LONGEST:
        raise InvalidInput(
            f"line: {lengths.sum():.0f} m; at most {LONGEST:.0f} m can be cut at once.",
            f"line: {lengths.sum():.0f} m; höchstens {LONGEST:.0f} m lassen sich auf einmal schneiden.",
        )
    offsets = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    return [Leg(line[i], line[i + 1], float(offsets[i])) for i in range(len(line) - 1) if lengths[i] > 1e-6]


def _box(line: F8) -> tuple[float, float, float, float]:
    (west, south), (east, north) = line.min(axis=0).tolist(), line.max(axis=0).tolist()
    return west - AROUND, south - AROUND, east + AROUND, north + AROUND


def _ground(tenant: Tenant, box: tuple[float, float, float, float]) -> Terrain | None:
    cells = [cell for _, cell in tenant.terrain_boxes()]
    if not cells:
        return None
    cell = min(cells)
    while (box[2] - box[0]) * (box[3] - box[1]) / cell**2 > MOST_CELLS:
        cell *= 2.0
    return tenant.terrain(box, cell)


def _edited(city: City, terrain: Terrain | None, edits: Sequence[Edit]) -> tuple[City, Terrain | None]:
    """City and ground after the edits that fit them; what is planned stands on the ground it gets."""
    own = {getattr(edit, "id", "") for edit in edits if not touched(edit)} | set(city.ids.tolist())
    fitting = [edit for edit in edits if not touched(edit) or touched(edit) in own]
    if terrain is None:
        fitting = [edit for edit in fitting if edit.kind not in ("basin", "levee", "ground")]
    if not fitting:
        return city, terrain
    try:
        after = apply(Site(shapely.Polygon(), city, terrain), fitting)
    except InvalidValue as error:
        raise InvalidInput(f"edits: {error}", f"edits: {error.words['de']}") from error
    return (extrude(after.city) if after.terrain is None else drape(after.city, after.terrain)), after.terrain


def _names(tenant: Tenant, known: set[str], edits: Sequence[Edit]) -> dict[str, str]:
    """What people call the objects of today and what is planned."""
    return labels(tenant.database, known) | {
        edit.id: edit.name for edit in edits if isinstance(edit, AddBuilding) and edit.name
    }


def _profile(terrain: Terrain | None, legs: Sequence[Leg]) -> list[list[float | None]]:
    """Distance along the line and height of the ground, null where nothing is known."""
    if terrain is None:
        return []
    step = max(terrain.cell, sum(leg.length for leg in legs) / MOST_PLACES)
    found: list[list[float | None]] = []
    for leg in legs:
        away = np.linspace(0.0, leg.length, max(2, int(np.ceil(leg.length / step)) + 1))
        xy = leg.start + away[:, None] * leg.along
        heights = height_at(terrain, xy[:, 0], xy[:, 1]).tolist()
        found += [
            [round(leg.offset + d, 2), round(h, 2) if np.isfinite(h) else None]
            for d, h in zip(away.tolist(), heights, strict=True)
        ]
    return found


Cuts = tuple[NDArray[np.int64], F8]
"""Top-level object of each cut, and its distances and heights: from, height, to, height; shape (n, 4). [m]"""


def _bodies(city: City, legs: Sequence[Leg]) -> Iterator[tuple[str, list[list[list[float]]]]]:
    """Id of each house on the line, and rings of distance and height."""
    parts = [_cuts(city, leg) for leg in legs]
    if not parts:
        return
    objects = np.concatenate([found for found, _ in parts])
    cuts = np.concatenate([found for _, found in parts])
    for one in np.unique(objects).tolist():
        rings = _rings(cuts[objects == one])
        if rings:
            yield str(city.ids[one]), rings


def _cuts(city: City, leg: Leg) -> Cuts:
    """Where the vertical plane of a leg cuts the surfaces of houses."""
    if not len(city.xyz):
        return np.zeros(0, np.int64), np.zeros((0, 4))
    ring = owner(city.vertex_offsets)
    polygon = owner(city.ring_offsets)[ring]
    surface = owner(city.polygon_offsets)[polygon]
    of = owner(city.surface_offsets)[surface]
    solid = ~np.isin(city.semantic, (*LINE_SEMANTICS, *PLAN))[surface] & (city.kind != Kind.TREE)[of]
    following = np.arange(len(city.xyz)) + 1
    full = np.diff(city.vertex_offsets) > 0
    following[city.vertex_offsets[1:][full] - 1] = city.vertex_offsets[:-1][full]
    relative = city.xyz[:, :2] - leg.start
    away = relative @ leg.along
    # a corner right on the plane is taken for one just beside it
    side = relative @ np.array([-leg.along[1], leg.along[0]]) + 1e-7
    cut = np.flatnonzero(solid & ((side > 0) != (side[following] > 0)))
    to = following[cut]
    share = side[cut] / (side[cut] - side[to])
    at = np.column_stack([away[cut] + share * (away[to] - away[cut]),
                          city.xyz[cut, 2] + share * (city.xyz[to, 2] - city.xyz[cut, 2])])  # fmt: skip
    order = np.lexsort((at[:, 1], at[:, 0], polygon[cut]))
    pairs = np.column_stack([at[order[0::2]], at[order[1::2]]]) if len(order) % 2 == 0 else np.zeros((0, 4))
    objects = root(city)[of[cut[order[0::2]]]][: len(pairs)]
    inside = (pairs[:, 2] > 0) & (pairs[:, 0] < leg.length)
    pairs = pairs[inside] + np.array([leg.offset, 0.0, leg.offset, 0.0])
    return objects[inside], pairs


def _rings(cuts: F8) -> list[list[list[float]]]:
    """What lies between the highest and the lowest cut, as rings of distance and height."""
    places = np.unique(np.round(cuts[:, [0, 2]], 3))
    pieces: list[tuple[list[list[float]], list[list[float]]]] = []
    for left, right in zip(places[:-1].tolist(), places[1:].tolist(), strict=True):
        middle = (left + right) / 2
        over = cuts[(cuts[:, 0] < middle) & (cuts[:, 2] > middle)]
        if len(over) < 2:
            continue
        slope = (over[:, 3] - over[:, 1]) / (over[:, 2] - over[:, 0])
        at = over[:, 1] + (middle - over[:, 0]) * slope
        high, low = int(at.argmax()), int(at.argmin())
        ends = [
            [[round(x, 2), round(float(over[k, 1] + (x - over[k, 0]) * slope[k]), 2)] for x in (left, right)]
            for k in (high, low)
        ]
        if pieces and pieces[-1][0][-1][0] == ends[0][0][0]:
            pieces[-1][0].extend(ends[0])
            pieces[-1][1].extend(ends[1])
        else:
            pieces.append((ends[0], ends[1]))
    return [[*top, *bottom[::-1]] for top, bottom in pieces]


def _trees(city: City, terrain: Terrain | None, legs: Sequence[Leg]) -> Iterator[dict[str, Any]]:
    """Trees whose crown the line passes through."""
    trees = np.flatnonzero(city.kind == Kind.TREE)
    points = own_outlines(city)[trees]
    heights = _told(city, "height", trees, USUAL_TREE[0])
    crowns = _told(city, "crownDiameter", trees, USUAL_TREE[1])
    for index, shape, height, crown in zip(trees.tolist(), points, heights.tolist(), crowns.tolist(), strict=True):
        if shape is None:
            continue
        place = shapely.get_coordinates(shape)[0]
        for leg in legs:
            along = float((place - leg.start) @ leg.along)
            aside = float(abs((place - leg.start) @ np.array([-leg.along[1], leg.along[0]])))
            if not 0 <= along <= leg.length or aside >= crown / 2:
                continue
            foot = float(height_at(terrain, place[:1], place[1:])[0]) if terrain is not None else 0.0
            yield {
                "id": str(city.ids[index]), "at": round(leg.offset + along, 2), "foot": round(foot, 2),
                "height": round(height, 2), "crown": round(crown, 2),
                "half": round(float(np.sqrt(crown**2 / 4 - aside**2)), 2),
            }  # fmt: skip
            break


def _told(city: City, name: str, objects: NDArray[np.int64], usual: float) -> F8:
    column = city.attributes.get(name)
    told = column.numbers()[objects] if column is not None else np.full(len(objects), np.nan)
    return np.where(np.isfinite(told) & (told > 0), told, usual)
