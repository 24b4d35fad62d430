"""Places and lines as they are written in addresses: ``EAST,NORTH`` in metres of the tenant's plane system."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kastor.web.errors import BadRequest

MOST_CORNERS = 100
MOST_LENGTH = 1e5
"""Of a line. [m]"""


def place_of(text: str, name: str = "place") -> tuple[float, float]:
    """
    A place written as ``EAST,NORTH``.

    Raises
    ------
    BadRequest
        When it is none.
    """
    try:
        east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadRequest(f"{name}: {text[:60]!r} is no place; give EAST,NORTH in metres.") from None
    if not (abs(east) < 1e8 and abs(north) < 1e8):
        raise BadRequest(f"{name}: {text[:60]!r} is not on the map; give EAST,NORTH in metres.")
    return east, north


def line_of(text: str) -> NDArray[np.float64]:
    """
    Corners of a line written as ``EAST,NORTH;EAST,NORTH;...``, shape (n, 2).

    Raises
    ------
    BadRequest
        When it is none, or has no length.
    """
    corners = np.array([place_of(part, "line") for part in text.split(";")[: MOST_CORNERS + 1]])
    length = float(np.hypot(*np.diff(corners, axis=0).T).sum())
    if not 2 <= len(corners) <= MOST_CORNERS or not 0 < length <= MOST_LENGTH:
        raise BadRequest(
            f"line: {len(corners)} places and {length:,.0f} m; give 2 to {MOST_CORNERS} places that are apart, at most"
            f" {MOST_LENGTH / 1000:,.0f} km long, as EAST,NORTH;EAST,NORTH."
        )
    return corners
