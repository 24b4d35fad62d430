"""How sure the heights of the ground are: the ground picture, tinted by how far the nearest measured height is.

Measured ground keeps its own colours. The further from a measurement, the darker the tint; the
two uncertain classes are hatched too, so that they read without colour and in grey print.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.city.terrain import Terrain
from kastor.tiles.ground import COLORS, ground_digest, ground_picture
from kastor.tiles.land import Box, Land
from kastor.tiles.relief import scattered


@dataclass(frozen=True)
class ConfidenceClass:
    """
    One step of the legend.

    Parameters
    ----------
    name
        Stable name.
    until
        Largest distance from a measured height. [m]
    color
        Tint of the ground.
    hatch
        Share of the area the hatch takes, 0 for none.
    text
        Words for the legend, German and English.
    """

    name: str
    until: float
    color: str
    hatch: float
    text: dict[str, str]


CONFIDENCE_CLASSES = (
    ConfidenceClass("measured", 1.0, "", 0.0, {"de": "gemessen", "en": "measured"}),
    ConfidenceClass(
        "near", 25.0, "#f2e2b6", 0.0,
        {"de": "abgeleitet, nächste Messung näher als 25 m", "en": "derived, nearest measurement within 25 m"},
    ),
    ConfidenceClass(
        "middle", 100.0, "#e3b878", 0.22,
        {"de": "abgeleitet, nächste Messung in 25 bis 100 m", "en": "derived, nearest measurement in 25 to 100 m"},
    ),
    ConfidenceClass(
        "far", float("inf"), "#bd8450", 0.5,
        {"de": "grob geschätzt, Messung ferner als 100 m", "en": "rough estimate, measurement beyond 100 m"},
    ),
)  # fmt: skip
"""From sure to unsure."""

TINT = 0.55
"""Share of the tint in the colour of the ground."""

HATCH_WIDTH = 14.0
"""Distance of the lines of the hatch. [pixels]"""


def shown_color(one: ConfidenceClass) -> str:
    """Colour of a class on bare ground, as a legend shows it."""
    ground = COLORS["light"]["ground"]
    old, new = (np.array([int(name[i : i + 2], 16) for i in (1, 3, 5)]) for name in (ground, one.color or ground))
    return "#" + "".join(f"{round(float(v)):02x}" for v in old + TINT * (new - old))


def confidence_paint(terrain: Terrain, on: Land) -> Callable[[Box, int, int], NDArray[np.uint8]]:
    """
    Draws how sure the ground is, as :func:`kastor.tiles.terrain.update_terrain` wants it.

    Parameters
    ----------
    terrain
        The ground; without ``distance`` all of it is measured.
    on
        What lies on it.
    """
    grid = None if terrain.distance is None else np.nan_to_num(terrain.distance, nan=1e9, posinf=1e9)

    def paint(box: Box, width: int, height: int) -> NDArray[np.uint8]:
        picture = ground_picture(on, box, width, height, shade=False)
        if grid is None:
            return picture
        west, south, east, north = box
        x = (west + (np.arange(width) + 0.5) * (east - west) / width - terrain.west) / terrain.cell - 0.5
        y = (terrain.north - north + (np.arange(height) + 0.5) * (north - south) / height) / terrain.cell - 0.5
        distance = scattered(grid, *np.meshgrid(x, y))
        limits = [max(c.until, terrain.cell) if c.name == "measured" else c.until for c in CONFIDENCE_CLASSES[:-1]]
        _tint(picture, np.searchsorted(limits, distance), _colors(), *_hatch(box, width))
        return picture

    return paint


def confidence_digest(terrain: Terrain, on: Land) -> Callable[[Box], bytes]:
    """Stands for all that goes into a picture of :func:`confidence_paint`."""

    def digest(box: Box) -> bytes:
        west, south, east, north = box
        rows = slice(*(max(int((terrain.north - n) / terrain.cell + d), 0) for n, d in ((north, -1), (south, 2))))
        cols = slice(*(max(int((e - terrain.west) / terrain.cell + d), 0) for e, d in ((west, -1), (east, 2))))
        distance = b"" if terrain.distance is None else np.ascontiguousarray(terrain.distance[rows, cols]).tobytes()
        return blake2b(ground_digest(on, box) + distance, digest_size=16).digest()

    return digest


def _colors() -> NDArray[np.float32]:
    """Tint of each class, its share, and the share of its hatch, shape (n_classes, 5)."""
    rows = []
    for c in CONFIDENCE_CLASSES:
        tint = [int(c.color[i : i + 2], 16) for i in (1, 3, 5)] if c.color else [0, 0, 0]
        rows.append([*tint, TINT if c.color else 0.0, c.hatch])
    return np.array(rows, np.float32)


def _hatch(box: Box, width: int) -> tuple[float, float, float]:
    """Size of a pixel in hatch lines, and where in the hatch the north-west corner lies; the same in all pictures."""
    pixel = (box[2] - box[0]) / width
    period = 2.0 ** round(math.log2(pixel * HATCH_WIDTH))
    return pixel / period, box[0] / period % 1.0, box[3] / period % 1.0


@compiled(nogil=True)
def _tint(picture, classes, colors, pixel, west, north):  # type: ignore[no-untyped-def]
    height, width = classes.shape
    for r in range(height):
        for c in range(width):
            color = colors[classes[r, c]]
            if color[3] == 0.0:
                continue
            share = color[3]
            dim = 1.0
            if color[4] > 0.0:
                # distance from the middle of the nearest line, softened over a pixel
                along = (west + (c + 0.5) * pixel + north - (r + 0.5) * pixel) % 1.0
                off = abs(along - 0.5) - 0.5 * color[4]
                dim = 1.0 - 0.16 * min(max(0.5 - off / pixel, 0.0), 1.0)
            for k in range(3):
                old = picture[r, c, k]
                picture[r, c, k] = np.uint8(dim * (old + share * (color[k] - old)) + 0.5)
