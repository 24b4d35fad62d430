"""Shapes of trees, one metre high and wide: a lumpy crown on a short trunk, a cone for conifers, simple far ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kastor.tiles.glb import linear_color, y_up

CROWN_COLOR, CONIFER_COLOR, TRUNK_COLOR = "#cddabb", "#b7c9aa", "#a8997f"


@dataclass(frozen=True, eq=False)
class Shape:
    """
    A small mesh in glTF axes.

    Parameters
    ----------
    positions, normals
        Shape (n, 3), float32 and int8.
    colors
        Linear colour, shape (n, 3), uint8.
    triangles
        Shape (n_triangles, 3).
    """

    positions: NDArray[np.float32]
    normals: NDArray[np.int8]
    colors: NDArray[np.uint8]
    triangles: NDArray[np.int64]


@cache
def tree_shapes() -> tuple[Shape, ...]:
    """Two broadleaved trees and a conifer, to be seen from near."""
    return (
        _joined([_crown(1, 1, 0.16), _trunk(0.035, 0.35)]),
        _joined([_crown(1, 2, 0.11), _trunk(0.03, 0.3)]),
        _joined([_cone(7, 0.1), _trunk(0.03, 0.14)]),
    )


@cache
def far_shapes() -> tuple[Shape, ...]:
    """The same trees with few triangles and without trunks."""
    return _crown(0, 3, 0.12), _crown(0, 4, 0.08), _cone(5, 0.05)


def _crown(subdivisions: int, seed: int, bottom: float) -> Shape:
    """A lumpy egg, wider below its middle, from ``bottom`` to 1."""
    points, triangles = _sphere(subdivisions)
    number = np.arange(len(points)) + 100 * seed
    lumps = 1.0 + 0.2 * (np.sin(number * 12.9898) * 43758.5453 % 1.0 - 0.5)
    egg = points * lumps[:, None]
    egg[:, :2] *= (1.0 - 0.13 * points[:, 2])[:, None]
    low, high = egg.min(axis=0), egg.max(axis=0)
    egg[:, :2] /= np.abs(egg[:, :2]).max() * 2.0
    egg[:, 2] = bottom + (egg[:, 2] - low[2]) / (high[2] - low[2]) * (1.0 - bottom)
    return _shape(egg, triangles, CROWN_COLOR)


def _cone(sides: int, bottom: float) -> Shape:
    """A pointed tree whose lower rim hangs a little."""
    angle = np.arange(sides) * 2.0 * np.pi / sides
    rim = np.column_stack([np.cos(angle), np.sin(angle)])
    rings = [(0.5, bottom), (0.42, bottom + 0.12), (0.2, 0.62)]
    points = np.vstack(
        [np.column_stack([rim * r, np.full(sides, z)]) for r, z in rings] + [[[0, 0, 1]], [[0, 0, bottom]]]
    )
    at = np.arange(sides)
    following = (at + 1) % sides
    faces = []
    for ring in (0, sides):
        a, b = at + ring, following + ring
        faces += [np.column_stack([a, b, b + sides]), np.column_stack([a, b + sides, a + sides])]
    top, under = 3 * sides, 3 * sides + 1
    faces.append(np.column_stack([at + 2 * sides, following + 2 * sides, np.full(sides, top)]))
    faces.append(np.column_stack([following, at, np.full(sides, under)]))
    return _shape(points, np.vstack(faces), CONIFER_COLOR)


def _trunk(radius: float, height: float) -> Shape:
    angle = np.arange(5) * 2.0 * np.pi / 5
    rim = np.column_stack([np.cos(angle), np.sin(angle)]) * radius
    points = np.vstack([np.column_stack([rim, np.zeros(5)]), np.column_stack([rim * 0.7, np.full(5, height)])])
    at = np.arange(5)
    following = (at + 1) % 5
    triangles = np.vstack(
        [np.column_stack([at, following, following + 5]), np.column_stack([at, following + 5, at + 5])]
    )
    return _shape(points, triangles, TRUNK_COLOR)


def _sphere(subdivisions: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """An icosahedron on its tip, each face cut in four so many times, as corners on the unit sphere and triangles."""
    ring = np.arange(5) * 2.0 * np.pi / 5
    z, r = 1.0 / np.sqrt(5.0), 2.0 / np.sqrt(5.0)
    upper = np.column_stack([r * np.cos(ring), r * np.sin(ring), np.full(5, z)])
    lower = np.column_stack([r * np.cos(ring + np.pi / 5), r * np.sin(ring + np.pi / 5), np.full(5, -z)])
    points = np.vstack([[[0, 0, 1]], upper, lower, [[0, 0, -1]]])
    a = np.arange(5)
    b = (a + 1) % 5
    triangles = np.vstack([
        np.column_stack([np.zeros(5, int), 1 + a, 1 + b]), np.column_stack([1 + a, 6 + a, 1 + b]),
        np.column_stack([1 + b, 6 + a, 6 + b]), np.column_stack([np.full(5, 11), 6 + b, 6 + a]),
    ])  # fmt: skip
    for _ in range(subdivisions):
        edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
        unique, number = np.unique(edges, axis=0, return_inverse=True)
        middle = points[unique].mean(axis=1)
        middle /= np.linalg.norm(middle, axis=1, keepdims=True)
        ab, bc, ca = len(points) + number.reshape(3, -1)
        corner_a, corner_b, corner_c = triangles.T
        triangles = np.vstack([
            np.column_stack(t)
            for t in ((corner_a, ab, ca), (ab, corner_b, bc), (ca, bc, corner_c), (ab, bc, ca))
        ])  # fmt: skip
        points = np.vstack([points, middle])
    return points, triangles


def _shape(points: NDArray[np.float64], triangles: NDArray[np.int64], color: str) -> Shape:
    """Mesh with smooth normals, given with z up."""
    a, b, c = points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]]
    face = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for corner in triangles.T:
        np.add.at(normals, corner, face)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    shade = np.rint(255.0 * np.array(linear_color(color)[:3])).astype(np.uint8)
    return Shape(
        y_up(points).astype(np.float32),
        np.rint(y_up(normals) * 127.0).astype(np.int8),
        np.tile(shade, (len(points), 1)),
        triangles,
    )


def _joined(parts: list[Shape]) -> Shape:
    starts = np.cumsum([0] + [len(p.positions) for p in parts[:-1]])
    return Shape(
        np.vstack([p.positions for p in parts]),
        np.vstack([p.normals for p in parts]),
        np.vstack([p.colors for p in parts]),
        np.vstack([p.triangles + s for p, s in zip(parts, starts, strict=True)]),
    )
