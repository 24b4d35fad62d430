"""Blocks with a roof: a footprint, a height and a form become a closed solid of ground, walls and roof (LoD2).

A roof is the lowest of some planes over the footprint: one for a pent roof, two for a gable, one above each side for a
hip. Above an outline with recesses they follow the sides of the smallest rectangle around it, so that walls of
different height close what real carpentry would solve with valleys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.builder import CityBuilder, Ring
from kastor.city.model import Semantic
from kastor.city.sketches import corners_of

Form = Literal["flat", "gable", "hip", "pent"]

CODES: dict[Form, str] = {"flat": "1000", "pent": "2100", "gable": "3100", "hip": "3200"}
"""Codes of the surveying authorities (AdV)."""

PITCHES: dict[Form, float] = {"flat": 0.0, "pent": 12.0, "gable": 38.0, "hip": 38.0}
"""Usual pitch where none is said. [degrees]"""

MOST_SIDES = 12
"""A hip roof has a plane for each side of an outline that has no more of them."""

_DIGITS = 4
"""Corners are kept to a tenth of a millimetre, so that walls and roof meet in the very same points."""


@dataclass(frozen=True, eq=False)
class Roof:
    """
    A roof over an outline, above its eaves.

    Parameters
    ----------
    faces
        Its surfaces from above, each with heights above the eaves, shape (n, 3), counter-clockwise. [m]
    edge
        Outline with a corner wherever the roof bends above it, and the height there above the eaves, shape (n, 3).
        [m]
    rise
        Of its highest point above the eaves. [m]
    """

    faces: tuple[NDArray[np.float64], ...]
    edge: NDArray[np.float64]
    rise: float


def roof_over(outline: shapely.Polygon, form: Form, pitch: float) -> Roof:
    """
    The roof of some form over an outline.

    Parameters
    ----------
    outline
        Counter-clockwise, without courtyards. [m]
    pitch
        Of its planes; a flat roof has none. [degrees]
    """
    planes = _planes(outline, form, np.tan(np.radians(pitch)))
    rings = [_rounded(ring) for k in range(len(planes)) for ring in _face(outline, planes, k)]
    edge = _rounded(_bent(corners_of(outline), planes))
    faces = [np.column_stack([ring, _heights(planes, ring)]) for ring in rings if len(ring) >= 3]
    edge = np.column_stack([edge, _heights(planes, edge)])
    rise = max([float(face[:, 2].max()) for face in faces], default=0.0)
    return Roof(tuple(faces), edge, rise)


def add_block(grow: CityBuilder, roof: Roof, base: float, eaves: float) -> None:
    """
    Give the current object the solid between its ground and its roof.

    Parameters
    ----------
    base, eaves
        Height of the ground and of the eaves above sea level. [m]
    """
    edge = roof.edge
    top = edge[:, 2] + eaves
    ground = [(float(x), float(y), base) for x, y in edge[::-1, :2]]
    grow.add_surface(Semantic.GROUND, [[ground]], solid=0, shell=0)
    following = np.roll(np.arange(len(edge)), -1)
    for i, k in enumerate(following.tolist()):
        low = [(*map(float, edge[j, :2]), base) for j in (i, k)]
        high = [(*map(float, edge[j, :2]), float(top[j])) for j in (k, i)]
        grow.add_surface(Semantic.WALL, [[[*low, *high]]], solid=0, shell=0)  # type: ignore[list-item]
    for face in roof.faces:
        ring: Ring = [(float(x), float(y), float(z) + eaves) for x, y, z in face]
        grow.add_surface(Semantic.ROOF, [[ring]], solid=0, shell=0)


def _planes(outline: shapely.Polygon, form: Form, slope: float) -> NDArray[np.float64]:
    """Planes ``a x + b y + c`` whose lowest is the roof, shape (n, 3)."""
    if form == "flat" or slope == 0.0:
        return np.zeros((1, 3))
    box = shapely.get_coordinates(shapely.orient_polygons(shapely.oriented_envelope(outline)))[:-1]
    sides = np.hypot(*(np.roll(box, -1, axis=0) - box).T)
    # begin with a long side, so that the ridge runs along the building
    box = np.roll(box, -1, axis=0) if sides[1] > sides[0] else box
    if form == "hip":
        corners = corners_of(outline)
        simple = len(corners) <= MOST_SIDES and shapely.area(outline.convex_hull) - shapely.area(outline) < 0.01
        return _above_sides(corners if simple else box, slope)
    sides_up = _above_sides(box, slope)
    return sides_up[[0, 2]] if form == "gable" else sides_up[[0]]


def _above_sides(corners: NDArray[np.float64], slope: float) -> NDArray[np.float64]:
    """A plane rising inwards from each side of a counter-clockwise convex outline."""
    along = np.roll(corners, -1, axis=0) - corners
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    inwards = np.column_stack([-along[:, 1], along[:, 0]])
    return np.column_stack([slope * inwards, -slope * (inwards * corners).sum(axis=1)])


def _heights(planes: NDArray[np.float64], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height of the lowest plane at some places, never below the eaves by rounding."""
    return np.asarray(np.maximum((xy @ planes[:, :2].T + planes[:, 2]).min(axis=1), 0.0))


def _face(outline: shapely.Polygon, planes: NDArray[np.float64], k: int) -> list[NDArray[np.float64]]:
    """Outer rings of the pieces of an outline over which a plane is the lowest."""
    piece: shapely.Geometry = outline
    for other in range(len(planes)):
        if other != k and not shapely.is_empty(piece):
            piece = shapely.intersection(piece, _half(outline, planes[k] - planes[other]))
    parts = shapely.get_parts(piece)
    wanted = [p for p in parts if isinstance(p, shapely.Polygon) and p.area > 1e-4]
    return [corners_of(shapely.orient_polygons(p)) for p in wanted]


def _half(outline: shapely.Polygon, difference: NDArray[np.float64]) -> shapely.Polygon:
    """A polygon over the part of the neighbourhood of an outline where ``a x + b y + c <= 0``."""
    a, b, c = difference.tolist()
    length = float(np.hypot(a, b))
    west, south, east, north = outline.bounds
    if length < 1e-12:
        return shapely.box(west - 1, south - 1, east + 1, north + 1) if c <= 0 else shapely.Polygon()
    reach = 2.0 * (east - west + north - south) + 10.0
    middle = np.array([(west + east) / 2, (south + north) / 2])
    normal = np.array([a, b]) / length
    foot = middle - normal * ((middle @ np.array([a, b]) + c) / length)
    side = np.array([-normal[1], normal[0]]) * reach
    back = -normal * reach * 2.0
    return shapely.Polygon([foot + side, foot - side, foot - side + back, foot + side + back])


def _bent(corners: NDArray[np.float64], planes: NDArray[np.float64]) -> NDArray[np.float64]:
    """An outline with a corner where another plane becomes the lowest."""
    found = []
    for start, stop in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        found.append(start)
        at_start, at_stop = (planes[:, :2] @ p + planes[:, 2] for p in (start, stop))
        shares = []
        for i in range(len(planes)):
            for k in range(i + 1, len(planes)):
                before, after = at_start[i] - at_start[k], at_stop[i] - at_stop[k]
                if before * after < 0:
                    shares.append(before / (before - after))
        for share in sorted(shares):
            lowest, next_lowest = np.sort(at_start + share * (at_stop - at_start))[:2]
            # where two higher planes cross nothing is seen
            if next_lowest - lowest < 1e-6:
                found.append(start + share * (stop - start))
    return np.array(found)


def _rounded(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners to a tenth of a millimetre, each once."""
    xy = np.round(ring, _DIGITS)
    return np.asarray(xy[(xy != np.roll(xy, 1, axis=0)).any(axis=1)])
