"""Models from drawing programs as objects of a city: triangles with a place, told apart into walls, roofs, floors."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.builder import CityBuilder
from kastor.city.fields import InvalidValue
from kastor.city.model import Semantic
from kastor.city.sketches import Place, corners_of

MOST_TRIANGLES = 6000
MOST_POINTS = 12_000
LARGEST = 2000.0
"""Of a model from its middle. [m]"""

_SLOPE = 0.2
"""Least share of the normal that points up or down in a roof or floor."""

Points = tuple[tuple[float, float, float], ...]
Triangles = tuple[tuple[int, int, int], ...]


def check_model(points: Points, triangles: Triangles) -> None:
    """
    See that some triangles are a model.

    Raises
    ------
    InvalidValue
        When they are too many, none, or no numbers.
    """
    if not 4 <= len(points) <= MOST_POINTS or not 4 <= len(triangles) <= MOST_TRIANGLES:
        raise InvalidValue(
            "triangles",
            f"{len(triangles)} Dreiecke mit {len(points)} Punkten; 4 bis {MOST_TRIANGLES} mit höchstens {MOST_POINTS}"
            " Punkten sind möglich. Bitte vereinfachen oder als Block übernehmen.",
            f"{len(triangles)} triangles with {len(points)} points; 4 to {MOST_TRIANGLES} with at most {MOST_POINTS}"
            " points are possible. Simplify the model, or take it as a block.",
        )
    xyz, corners = np.asarray(points, np.float64), np.asarray(triangles, np.int64)
    if not (np.isfinite(xyz).all() and (np.abs(xyz) <= LARGEST).all()):
        raise InvalidValue(
            "points",
            f"Ein Punkt liegt weiter als {LARGEST:g} m von der Mitte; bitte die Einheit prüfen.",
            f"a point lies further than {LARGEST:g} m from the middle; check the unit.",
        )
    if corners.min() < 0 or corners.max() >= len(xyz):
        raise InvalidValue(
            "triangles", "Ein Dreieck nennt einen Punkt, den es nicht gibt.", "a triangle names no point."
        )


def placed(points: Points, place: Place, turn: float) -> NDArray[np.float64]:
    """
    Points of a model on the map, heights as in the model, shape (n, 3). [m]

    Parameters
    ----------
    turn
        Counter-clockwise around the origin of the model. [degrees]
    """
    xyz = np.asarray(points, np.float64)
    sine, cosine = np.sin(np.radians(turn)), np.cos(np.radians(turn))
    flat = xyz[:, :2] @ np.array([[cosine, sine], [-sine, cosine]]) + np.array(place)
    return np.column_stack([flat, xyz[:, 2]])


def footprint(xyz: NDArray[np.float64], triangles: NDArray[np.int64]) -> shapely.Geometry:
    """What triangles cover on the ground, as one area."""
    corners = xyz[triangles][:, :, :2]
    shapes = np.asarray(shapely.polygons(corners), object)
    seen = shapes[shapely.is_valid(shapes) & (shapely.area(shapes) > 1e-4)]
    return shapely.buffer(shapely.union_all(shapely.set_precision(seen, 0.001)), 0.0)


def add_model(grow: CityBuilder, xyz: NDArray[np.float64], triangles: NDArray[np.int64]) -> None:
    """Give the current object the surfaces of a model, and its footprint at its lowest point. [m]"""
    faces = xyz[triangles]
    normals = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
    length = np.linalg.norm(normals, axis=1)
    faces, up = faces[length > 1e-9], (normals[:, 2] / np.maximum(length, 1e-12))[length > 1e-9]
    for semantic, chosen in (
        (Semantic.GROUND, up < -_SLOPE), (Semantic.WALL, np.abs(up) <= _SLOPE), (Semantic.ROOF, up > _SLOPE),
    ):  # fmt: skip
        if chosen.any():
            grow.add_surface(semantic, [[[tuple(p) for p in face]] for face in faces[chosen].tolist()])
    base = float(xyz[:, 2].min())
    for part in shapely.get_parts(footprint(xyz, triangles)):
        ring = corners_of(shapely.orient_polygons(part))
        grow.add_surface(Semantic.FOOTPRINT, [[[(x, y, base) for x, y in ring.tolist()]]], lod=0)
