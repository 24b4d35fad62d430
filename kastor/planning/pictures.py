"""A variant seen from above: the map of today with what is new, what changes and what goes, drawn over it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from kastor.city.edits import (
    AddBuilding,
    AddModel,
    AddStreet,
    AddWall,
    Demolish,
    Edit,
    Fell,
    PlantTree,
    Surface,
    touched,
)
from kastor.city.growth import grown
from kastor.city.model import City
from kastor.city.outlines import outlines
from kastor.loading.layers import MAPPED
from kastor.planning import changes
from kastor.planning.edit_words import shape_of
from kastor.planning.overlay import planned
from kastor.store import Tenant
from kastor.tiles.ground import fitted, map_picture

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Box = tuple[float, float, float, float]

NEW, CHANGED, GONE, DUG = "#2242a8", "#c26a00", "#b3261e", "#8a4b08"
"""Colour of what is new, changed, gone, and of the ground that is dug or filled."""

COVERS = {"sealed": "#8d8f96", "paved": "#c9b79c", "green": "#7fae5f", "water": "#6fa3c7", "soil": "#b08d62"}
AROUND = 60.0
"""Shown around what is planned. [m]"""


def box_around(seen: Tenant, edits: Sequence[Edit], width: int, height: int) -> Box | None:
    """A box of the shape of a picture around all that some edits change; None when they change nothing. [m]"""
    drawn = changes.extent(edits)
    boxes = [drawn] if drawn is not None else []
    for edit in edits:
        record = seen.object(touched(edit)) if touched(edit) else None
        stands = record.row.box if record is not None else None
        if stands is not None:
            boxes.append((stands[0], stands[1], stands[3], stands[4]))
    if not boxes:
        return None
    corners = np.array(boxes)
    west, south = (corners[:, :2].min(axis=0) - AROUND).tolist()
    east, north = (corners[:, 2:].max(axis=0) + AROUND).tolist()
    return fitted((west, south, east, north), width, height)


def variant_picture(seen: Tenant, edits: Sequence[Edit], box: Box, width: int, height: int) -> bytes:
    """
    A PNG of a variant.

    Parameters
    ----------
    box
        West, south, east, north, of the shape of the picture. [m]
    width, height
        Pixels.
    """
    from PIL import Image, ImageDraw

    today = seen.city(box=box, kinds=MAPPED)
    image = Image.fromarray(map_picture(today, box, width, height))
    draw = ImageDraw.Draw(image, "RGBA")
    scale = width / (box[2] - box[0])
    standing = dict(zip(today.ids.tolist(), outlines(today), strict=True))
    for edit in grown(edits):
        _draw_edit(draw, edit, standing, box, scale)
    _draw_moved(draw, planned(seen, edits), edits, box, scale)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _draw_edit(draw: ImageDraw, edit: Edit, standing: dict[str, Any], box: Box, scale: float) -> None:
    shape = shape_of(changes.written([edit])[0])
    if isinstance(edit, Demolish | Fell):
        _draw_shape(draw, standing.get(touched(edit)), box, scale, GONE, GONE + "55")
    elif isinstance(edit, PlantTree):
        crown = shapely.buffer(shapely.Point(edit.place), edit.crown / 2)
        _draw_shape(draw, crown, box, scale, "#2f6b2f", "#5c9a4ecc")
    elif isinstance(edit, AddBuilding):
        _draw_shape(draw, shapely.Polygon(edit.footprint), box, scale, NEW, NEW + "cc")
    elif isinstance(edit, Surface):
        _draw_shape(draw, shapely.Polygon(edit.outline), box, scale, COVERS[edit.cover], COVERS[edit.cover] + "aa")
    elif isinstance(edit, AddStreet | AddWall):
        band = shapely.buffer(shape, max(edit.width, 1.0) / 2)
        _draw_shape(draw, band, box, scale, NEW, "#5b6170cc")
    elif not touched(edit) and not isinstance(edit, AddModel) and shape is not None:
        _draw_shape(draw, shape, box, scale, DUG, "")
    elif touched(edit):
        _draw_shape(draw, standing.get(touched(edit)), box, scale, CHANGED, "")


def _draw_moved(draw: ImageDraw, city: City, edits: Sequence[Edit], box: Box, scale: float) -> None:
    """What stands elsewhere or was drawn elsewhere, as it is then."""
    models = {edit.id for edit in edits if isinstance(edit, AddModel)}
    moved = {touched(edit) for edit in edits if touched(edit)}
    for name, shape in zip(city.ids.tolist(), outlines(city), strict=True):
        if name in models or name in moved:
            colour = NEW if name in models else CHANGED
            _draw_shape(draw, shape, box, scale, colour, colour + "99")


def _draw_shape(draw: ImageDraw, shape: Any, box: Box, scale: float, stroke: str, fill: str) -> None:
    if shape is None or shapely.is_empty(shape):
        return
    for part in shapely.get_parts(shape).tolist() if shapely.get_num_geometries(shape) > 1 else [shape]:
        is_area = shapely.get_dimensions(part) == 2
        line = shapely.get_exterior_ring(part) if is_area else part
        xy = shapely.get_coordinates(line)
        points = [((x - box[0]) * scale, (box[3] - y) * scale) for x, y in xy.tolist()]
        if is_area and fill and len(points) > 2:
            draw.polygon(points, fill=fill)
        if len(points) > 1:
            draw.line(points, fill=stroke, width=3, joint="curve")
        else:
            x, y = points[0]
            draw.ellipse((x - 7, y - 7, x + 7, y + 7), outline=stroke, width=3)
