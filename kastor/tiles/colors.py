"""Colours of the scene where nothing else is asked for: plain, light, with shadows doing the talking."""

from __future__ import annotations

import numpy as np

from kastor.tiles.glb import linear_color

WALL_COLOR, ROOF_COLOR = "#efece6", "#e2c9b6"

SURFACE_COLORS = np.rint(
    255.0 * np.array([linear_color(name)[:3] for name in (WALL_COLOR, WALL_COLOR, WALL_COLOR, ROOF_COLOR)])
).astype(np.uint8)
"""Linear colour of the values of ``_FEATURE_ID_1`` (other, ground, wall, roof), shape (4, 3)."""
