"""Drawing areas and lines into a picture with exact, soft edges.

Areas are filled by summing the signed area each edge covers of each pixel, so that an edge is
as soft as the share of the pixel it leaves, without drawing larger and shrinking. Lines are
drawn by their distance, with round ends and joints. Both give a *cover*: how much of each
pixel is covered, 0 to 1, which is then blended into the picture once, so that the overlapping
pieces of one layer never show.

Pixel coordinates: x to the right, y down, (0, 0) is the outer corner of the first pixel.
"""

from __future__ import annotations

import io

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

from kastor.city.kernels import compiled

PALETTE_BITS = 7
"""Bits per channel that tell colours apart when a palette is chosen."""


def add_areas(
    edges: NDArray[np.float32],
    xy: NDArray[np.float64],
    offsets: NDArray[np.int64],
    signs: NDArray[np.float64],
) -> None:
    """
    Add areas to what :func:`settle` makes a cover of.

    Parameters
    ----------
    edges
        Signed differences of the cover along each row, shape (height, width + 2); changed in place.
    xy
        Corners of all rings in pixels, shape (n, 2).
    offsets
        Rings as ragged offsets into ``xy``, shape (n_rings + 1,).
    signs
        1 or -1 for each ring, such that outer rings count up and holes count down, shape (n_rings,).
    """
    _add_areas(edges, xy, offsets, signs)


def settle(edges: NDArray[np.float32], cover: NDArray[np.float32]) -> None:
    """
    From the differences of :func:`add_areas` to the cover.

    Parameters
    ----------
    edges
        Shape (height, width + 2); empty again afterwards.
    cover
        Shape (height, width); overwritten.
    """
    _settle(edges, cover)


def add_lines(cover: NDArray[np.float32], segments: NDArray[np.float64], widths: NDArray[np.float64]) -> None:
    """
    Draw lines with round ends into a cover.

    Parameters
    ----------
    cover
        Shape (height, width); changed in place.
    segments
        x and y of both ends in pixels, shape (n, 4).
    widths
        Width of each segment in pixels, shape (n,).
    """
    _add_lines(cover, segments, widths)


def blend(picture: NDArray[np.uint8], cover: NDArray[np.float32], color: tuple[int, int, int]) -> None:
    """Lay a colour over a picture of shape (height, width, 3) as far as it is covered; changed in place."""
    _blend(picture, cover, np.array(color, np.float32))


def png(picture: NDArray[np.uint8], colors: int = 256) -> bytes:
    """
    A small PNG file with a palette of at most 256 colours.

    Parameters
    ----------
    picture
        Red, green, blue, shape (height, width, 3).
    colors
        Size of the palette, at most 256; rarer colours become the nearest in it.
    """
    indices, palette = _palette(picture, colors)
    image = Image.frombytes("P", (indices.shape[1], indices.shape[0]), indices.tobytes())
    image.putpalette(palette.tobytes())
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=7)
    return out.getvalue()


def _palette(picture: NDArray[np.uint8], colors: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Most frequent colours, and for each pixel the nearest of them."""
    height, width = picture.shape[:2]
    pixels = picture.reshape(-1, 3)
    counts = np.zeros(1 << (3 * PALETTE_BITS), np.int32)
    bins = _bins(pixels, counts)
    used = np.flatnonzero(counts)
    order = used[np.argsort(-counts[used], kind="stable")]
    place = np.full(len(counts), -1, np.int16)
    place[order[:colors]] = np.arange(min(colors, len(order)))
    sums = np.zeros((min(colors, len(order)), 3))
    _sum_colors(pixels, bins, place, sums)
    palette = np.rint(sums / counts[order[:colors], None]).astype(np.uint8)
    if len(order) > colors:
        place[order[colors:]] = scipy.spatial.cKDTree(palette).query(_middle(order[colors:]))[1]
    return place[bins].astype(np.uint8).reshape(height, width), palette


def _middle(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Colour in the middle of a bin, shape (n, 3)."""
    mask, width = (1 << PALETTE_BITS) - 1, 1 << (8 - PALETTE_BITS)
    parts = [(bins >> (PALETTE_BITS * i)) & mask for i in (2, 1, 0)]
    return np.column_stack(parts) * width + (width - 1) / 2.0


@compiled(nogil=True)
def _bins(pixels, counts):  # type: ignore[no-untyped-def]
    """Bin of each pixel's colour, counted on the way."""
    drop = 8 - PALETTE_BITS
    bins = np.empty(len(pixels), np.int32)
    for i in range(len(pixels)):
        red, green, blue = np.int32(pixels[i, 0]), np.int32(pixels[i, 1]), np.int32(pixels[i, 2])
        at = ((red >> drop) << (2 * PALETTE_BITS)) | ((green >> drop) << PALETTE_BITS) | (blue >> drop)
        bins[i] = at
        counts[at] += 1
    return bins


@compiled(nogil=True)
def _sum_colors(pixels, bins, place, sums):  # type: ignore[no-untyped-def]
    for i in range(len(pixels)):
        at = place[bins[i]]
        if at >= 0:
            for k in range(3):
                sums[at, k] += pixels[i, k]


@compiled(nogil=True)
def _settle(edges, cover):  # type: ignore[no-untyped-def]
    height, width = cover.shape
    for r in range(height):
        total = np.float32(0.0)
        for c in range(width):
            total += edges[r, c]
            edges[r, c] = 0.0
            cover[r, c] = min(abs(total), np.float32(1.0))
        edges[r, width] = 0.0
        edges[r, width + 1] = 0.0


@compiled(nogil=True)
def _blend(picture, cover, color):  # type: ignore[no-untyped-def]
    height, width = cover.shape
    for r in range(height):
        for c in range(width):
            share = cover[r, c]
            if share <= 0.0:
                continue
            for i in range(3):
                old = np.float32(picture[r, c, i])
                picture[r, c, i] = np.uint8(old + share * (color[i] - old) + np.float32(0.5))


@compiled(nogil=True)
def _add_lines(cover, segments, widths):  # type: ignore[no-untyped-def]
    height, width = cover.shape
    for k in range(len(segments)):
        x0, y0, x1, y1 = segments[k]
        if y1 < y0:
            x0, y0, x1, y1 = x1, y1, x0, y0
        radius = 0.5 * widths[k]
        reach = radius + 0.5
        dx, dy = x1 - x0, y1 - y0
        length2 = dx * dx + dy * dy
        for r in range(max(0, int(np.floor(y0 - reach))), min(height, int(np.ceil(y1 + reach)))):
            y = r + 0.5
            # the part of the segment that is near enough to this row bounds the columns to look at
            from_t, to_t = 0.0, 1.0
            if dy > 1e-9:
                from_t = min(max((y - reach - y0) / dy, 0.0), 1.0)
                to_t = min(max((y + reach - y0) / dy, 0.0), 1.0)
            west = min(x0 + from_t * dx, x0 + to_t * dx) - reach
            east = max(x0 + from_t * dx, x0 + to_t * dx) + reach
            for c in range(max(0, int(np.floor(west))), min(width, int(np.ceil(east)))):
                px, py = c + 0.5 - x0, y - y0
                t = 0.0
                if length2 > 0.0:
                    t = min(max((px * dx + py * dy) / length2, 0.0), 1.0)
                px -= t * dx
                py -= t * dy
                away = np.sqrt(px * px + py * py)
                share = min(radius, away + 0.5) - max(-radius, away - 0.5)
                if share > cover[r, c]:
                    cover[r, c] = min(share, 1.0)


@compiled(nogil=True)
def _add_areas(cover, xy, offsets, signs):  # type: ignore[no-untyped-def]
    height, width = cover.shape[0], cover.shape[1] - 2
    for ring in range(len(signs)):
        start, stop = offsets[ring], offsets[ring + 1]
        for i in range(start, stop):
            j = i + 1 if i + 1 < stop else start
            x0, y0, x1, y1 = xy[i, 0], xy[i, 1], xy[j, 0], xy[j, 1]
            if y0 == y1:
                continue
            sign = signs[ring]
            if y1 < y0:
                x0, y0, x1, y1 = x1, y1, x0, y0
                sign = -sign
            slope = (x1 - x0) / (y1 - y0)
            first, last = max(0, int(np.floor(y0))), min(height, int(np.ceil(y1)))
            for r in range(first, last):
                top, bottom = max(y0, float(r)), min(y1, r + 1.0)
                if bottom <= top:
                    continue
                left = min(max(x0 + (top - y0) * slope, 0.0), float(width))
                right = min(max(x0 + (bottom - y0) * slope, 0.0), float(width))
                _add_piece(cover[r], min(left, right), max(left, right), (bottom - top) * sign)


@compiled(nogil=True)
def _add_piece(row, left, right, drop):  # type: ignore[no-untyped-def]
    """An edge that falls by ``drop`` pixels between two columns covers all that lies to its right."""
    first = int(left)
    last = int(np.ceil(right))
    if last <= first + 1:
        share = 0.5 * (left + right) - first
        row[first] += drop * (1.0 - share)
        row[first + 1] += drop * share
        return
    slope = 1.0 / (right - left)
    before = 0.0
    for c in range(first, last):
        # covered area of this pixel: the integral of how far the edge has come
        a, b = max(left, float(c)), min(right, c + 1.0)
        share = slope * (b - a) * (c + 1.0 - 0.5 * (a + b)) + slope * (a - left)
        row[c] += drop * (share - before)
        before = share
    row[last] += drop * (1.0 - before)
