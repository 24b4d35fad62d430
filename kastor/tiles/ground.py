"""How the ground looks from above: the picture on the terrain, and the map for screens without 3D.

Streets pale with crisp edges, greens muted, water a quiet grey-blue; houses stand in a soft
shade of their own, so that they seem to touch the ground. Every picture is drawn in the
resolution it is needed in; nothing is shrunk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.city.model import City
from kastor.city.strings import ranges
from kastor.tiles import canvas
from kastor.tiles.land import LAYERS, Box, Land, land

Theme: TypeAlias = Literal["light", "dark"]

COLORS: Mapping[Theme, Mapping[str, str]] = MappingProxyType(
    {
        "light": {
            "ground": "#cdd0c2", "farmland": "#d2d2be", "built": "#cdd0c2", "industry": "#cccdc4", "green": "#c2cdae",
            "meadow": "#c6ceb2", "forest": "#b0be9e", "cemetery": "#bccaa9", "garden": "#c5cdaf", "sport": "#bfcba8",
            "sand": "#d8d3c1", "water": "#b3c5cc", "railway": "#bdbbb2", "parking": "#e1dfd8", "path": "#e0ddd1",
            "track": "#dedacb", "service": "#e9e7e1", "street": "#f0efeb", "square": "#ebe8e1", "building": "#e2c9b6",
            "outline": "#b59f8d", "tree": "#9db387",
        },
        "dark": {
            "ground": "#262b33", "farmland": "#292d31", "built": "#262b33", "industry": "#282c34", "green": "#27332f",
            "meadow": "#28322f", "forest": "#22302b", "cemetery": "#25302c", "garden": "#29332e", "sport": "#2a3a33",
            "sand": "#33322f", "water": "#1d3446", "railway": "#343740", "parking": "#363b45", "path": "#3a3f49",
            "track": "#383c45", "service": "#3f444f", "street": "#4a505c", "square": "#434955", "building": "#6d6763",
            "outline": "#8f8780", "tree": "#3f5a45",
        },
    }
)  # fmt: skip
"""Colour of each layer, by theme."""

STANDING = ("building", "tree")
"""Layers on maps only: in the scene they stand on the ground."""

RECIPE = "ground 1"
"""Name of the way the ground is drawn; another name makes all pictures anew."""

SHADE_REACH = 2.5
"""How far the shade at the foot of a house reaches (standard deviation of a blur). [m]"""

SHADE = 0.14
"""How much darker the ground is at the wall of a house and under it."""

SHADE_STEPS = 16
"""Shades told apart; more are not seen and make pictures larger."""


def ground_picture(
    on: Land, box: Box, width: int, height: int, theme: Theme = "light", shade: bool = True
) -> NDArray[np.uint8]:
    """
    The ground seen from above.

    Parameters
    ----------
    on
        What lies on the ground.
    box
        West, south, east and north edge of the picture. [m]
    width, height
        Pixels.
    theme
        Colours.
    shade
        Darken the ground softly at the foot of houses.

    Returns
    -------
    NDArray
        Red, green, blue, first row in the north, shape (height, width, 3), uint8.
    """
    plain = bytearray(bytes(_rgb(COLORS[theme]["ground"])) * (width * height))
    picture = np.frombuffer(plain, np.uint8).reshape(height, width, 3)
    _draw_layers(picture, on, box, theme, [name for name in LAYERS if name not in STANDING])
    if shade:
        _shade(picture, on, box)
    return picture


def ground_digest(on: Land, box: Box) -> bytes:
    """Stands for all that goes into the ground picture of a box: equal digests, equal pictures."""
    reach = 4.0 * SHADE_REACH + 2.0
    rings, segments = on.near((box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach))
    vertices, offsets = ranges(on.offsets, rings)
    digest = blake2b(RECIPE.encode(), digest_size=16)
    for part in (
        on.xy[vertices], offsets, on.signs[rings], on.ring_layer[rings],
        on.segments[segments], on.widths[segments], on.segment_layer[segments],
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.digest()


def map_image(what: City | Land, box: Box, width: int, height: int, theme: Theme = "light") -> bytes:
    """
    A map of a city, for screens without 3D and as a preview.

    Parameters
    ----------
    what
        The city, or its land when many maps are drawn.
    box
        What to show; widened to the shape of the picture. [m]
    width, height
        Pixels, at most 4096 each.

    Returns
    -------
    bytes
        A PNG file.
    """
    if not (1 <= width <= 4096 and 1 <= height <= 4096):
        raise ValueError(f"a map of {width} x {height} pixels; give 1 to 4096 each")
    return canvas.png(map_picture(what, fitted(box, width, height), width, height, theme))


def layers_picture(
    on: Land, box: Box, width: int, height: int, names: Sequence[str], theme: Theme = "light"
) -> NDArray[np.uint8]:
    """
    Some layers alone on glass, to lie over other maps.

    Parameters
    ----------
    names
        Layers of ``land.LAYERS``; they are drawn in the order there.

    Returns
    -------
    NDArray
        Red, green, blue and opacity, first row in the north, shape (height, width, 4), uint8.
    """
    rings, segments = on.near(box)
    sheet = _Sheet.of(height, width, box)
    color = np.zeros((height, width, 3), np.float32)
    opacity = np.zeros((height, width, 1), np.float32)
    for name in (name for name in LAYERS if name in names):
        layer = LAYERS.index(name)
        cover = _cover(on, sheet, rings[on.ring_layer[rings] == layer], segments[on.segment_layer[segments] == layer])
        if cover is not None:
            over = np.clip(cover, 0.0, 1.0)[..., None]
            color = over * np.array(_rgb(COLORS[theme][name]), np.float32) + (1.0 - over) * color
            opacity = over + (1.0 - over) * opacity
    # drawn onto glass the colours come multiplied with their opacity
    plain = np.divide(color, opacity, out=color, where=opacity > 0.0)
    return np.concatenate([plain, 255.0 * opacity], axis=2).round().astype(np.uint8)


def map_picture(what: City | Land, box: Box, width: int, height: int, theme: Theme = "light") -> NDArray[np.uint8]:
    """The picture of :func:`map_image`, of exactly this box, shape (height, width, 3), uint8."""
    on = what if isinstance(what, Land) else land(what)
    picture = ground_picture(on, box, width, height, theme)
    _draw_layers(picture, on, box, theme, ["building"])
    _draw_outlines(picture, on, box, theme)
    _draw_layers(picture, on, box, theme, ["tree"])
    return picture


def fitted(box: Box, width: int, height: int) -> Box:
    """The smallest box around a box that has the shape of a picture."""
    west, south, east, north = box
    pixel = max((east - west) / width, (north - south) / height)
    if not pixel > 0.0 or not np.isfinite(pixel):
        raise ValueError(f"the box {box} has no area; give west < east and south < north in metres")
    x, y = (west + east) / 2.0, (south + north) / 2.0
    return (x - width * pixel / 2.0, y - height * pixel / 2.0, x + width * pixel / 2.0, y + height * pixel / 2.0)


def _rgb(name: str) -> tuple[int, int, int]:
    return int(name[1:3], 16), int(name[3:5], 16), int(name[5:7], 16)


def _draw_layers(picture: NDArray[np.uint8], on: Land, box: Box, theme: Theme, names: list[str]) -> None:
    rings, segments = on.near(box)
    sheet = _Sheet.of(picture.shape[0], picture.shape[1], box)
    for name in names:
        layer = LAYERS.index(name)
        cover = _cover(on, sheet, rings[on.ring_layer[rings] == layer], segments[on.segment_layer[segments] == layer])
        if cover is not None:
            canvas.blend(picture, cover, _rgb(COLORS[theme][name]))


@dataclass(frozen=True, eq=False)
class _Sheet:
    """Room to draw covers of a box in, used again for each layer."""

    box: Box
    edges: NDArray[np.float32]
    cover: NDArray[np.float32]

    @staticmethod
    def of(height: int, width: int, box: Box) -> _Sheet:
        return _Sheet(box, np.zeros((height, width + 2), np.float32), np.empty((height, width), np.float32))

    def pixels(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places of map coordinates in the picture, shape (n, 2)."""
        west, south, east, north = self.box
        height, width = self.cover.shape
        return np.column_stack(
            [(xy[:, 0] - west) * (width / (east - west)), (north - xy[:, 1]) * (height / (north - south))]
        )


def _cover(
    on: Land, sheet: _Sheet, rings: NDArray[np.int64], segments: NDArray[np.int64]
) -> NDArray[np.float32] | None:
    """How much of each pixel some rings and segments cover; None when there are none."""
    if not len(rings) and not len(segments):
        return None
    cover = sheet.cover
    if len(rings):
        vertices, offsets = ranges(on.offsets, rings)
        canvas.add_areas(sheet.edges, sheet.pixels(on.xy[vertices]), offsets, on.signs[rings])
        canvas.settle(sheet.edges, cover)
    else:
        cover.fill(0.0)
    if len(segments):
        ends = sheet.pixels(on.segments[segments].reshape(-1, 2)).reshape(-1, 4)
        canvas.add_lines(cover, ends, on.widths[segments] * cover.shape[1] / (sheet.box[2] - sheet.box[0]))
    return cover


def _shade(picture: NDArray[np.uint8], on: Land, box: Box) -> None:
    """Darken the surroundings of houses; drawn coarsely and with a margin, so that neighbouring pictures agree."""
    height, width = picture.shape[:2]
    pixel = (box[2] - box[0]) / width
    step = max(1, int(1.0 // pixel))
    if pixel * step / 2.0 > SHADE_REACH:
        return
    margin = int(np.ceil(3.0 * SHADE_REACH / (pixel * step)))
    rows, cols = -(-height // step), -(-width // step)
    side = pixel * step
    wide = (
        box[0] - margin * side, box[3] - (rows + margin) * side, box[0] + (cols + margin) * side, box[3] + margin * side
    )  # fmt: skip
    rings, _ = on.near(wide)
    rings = rings[on.ring_layer[rings] == LAYERS.index("building")]
    sheet = _Sheet.of(rows + 2 * margin, cols + 2 * margin, wide)
    cover = _cover(on, sheet, rings, np.zeros(0, np.int64))
    if cover is not None:
        soft = scipy.ndimage.gaussian_filter(cover, SHADE_REACH / side, mode="nearest", truncate=3.0)
        _darken(picture, soft, step, margin, np.float32(SHADE / SHADE_STEPS), SHADE_STEPS)


def _draw_outlines(picture: NDArray[np.uint8], on: Land, box: Box, theme: Theme) -> None:
    height, width = picture.shape[:2]
    pixel = (box[2] - box[0]) / width
    if pixel > 2.0:
        return
    rings, _ = on.near(box)
    rings = rings[on.ring_layer[rings] == LAYERS.index("building")]
    if not len(rings):
        return
    ends = _outer_edges(on, rings)
    sheet = _Sheet.of(height, width, box)
    pixels = sheet.pixels(ends.reshape(-1, 2)).reshape(-1, 4)
    cover = np.zeros((height, width), np.float32)
    canvas.add_lines(cover, pixels, np.full(len(pixels), min(1.0, 0.8 / pixel)))
    canvas.blend(picture, cover, _rgb(COLORS[theme]["outline"]))


def _outer_edges(on: Land, rings: NDArray[np.int64]) -> NDArray[np.float64]:
    """Edges of some rings without those between two rings of the same object, shape (n, 4)."""
    vertices, offsets = ranges(on.offsets, rings)
    counts = np.diff(offsets)
    following = np.arange(len(vertices)) + 1
    following[offsets[1:][counts > 0] - 1] = offsets[:-1][counts > 0]
    start = on.xy[vertices]
    end = start[following]
    names = np.rint(100.0 * np.hstack([start, end])).astype(np.int64)
    backwards = (names[:, 0] > names[:, 2]) | ((names[:, 0] == names[:, 2]) & (names[:, 1] > names[:, 3]))
    names[backwards] = names[backwards][:, [2, 3, 0, 1]]
    names = np.column_stack([np.repeat(on.ring_object[rings], counts), names])
    _, first, times = np.unique(names, axis=0, return_index=True, return_counts=True)
    kept = np.sort(first[times == 1])
    return np.hstack([start[kept], end[kept]])


@compiled(nogil=True)
def _darken(picture, soft, step, margin, strength, steps):  # type: ignore[no-untyped-def]
    height, width = picture.shape[:2]
    for r in range(height):
        y = (r + 0.5) / step - 0.5 + margin
        i = int(y)
        fy = np.float32(y - i)
        for c in range(width):
            x = (c + 0.5) / step - 0.5 + margin
            j = int(x)
            fx = np.float32(x - j)
            upper = soft[i, j] + fx * (soft[i, j + 1] - soft[i, j])
            lower = soft[i + 1, j] + fx * (soft[i + 1, j + 1] - soft[i + 1, j])
            # at a straight wall half of the surroundings is house
            grade = min(int(2.0 * steps * (upper + fy * (lower - upper)) + np.float32(0.5)), steps)
            if grade > 0:
                left = np.float32(1.0) - strength * np.float32(grade)
                for k in range(3):
                    picture[r, c, k] = np.uint8(np.float32(picture[r, c, k]) * left + np.float32(0.5))
