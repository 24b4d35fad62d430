"""What makes an object the same or another: hashes of its content, and its attributes as one JSON text.

The geometry hash covers kind, surfaces and coordinates; the content hash covers that, the parent
and the attributes. Ids of surfaces are left out: authorities give polygons new ids with every
export, and a house does not change by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import cast

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.city.model import City

DIGEST = 16
"""Bytes kept of a hash."""


@dataclass(frozen=True)
class Contents:
    """
    Content of each object of a city, one entry per object.

    Parameters
    ----------
    geometry, content
        Hashes, ``DIGEST`` bytes each.
    attributes
        JSON object of all attributes, names in alphabetical order.
    """

    geometry: list[bytes]
    content: list[bytes]
    attributes: list[bytes]


def contents(city: City, ids: list[str]) -> Contents:
    """Hashes and attributes of each object of an encoded city (see ``blocks.encode``)."""
    geometry = _geometry(city)
    attributes = attribute_texts(city)
    parents = [ids[p].encode() if p >= 0 else b"" for p in city.parent.tolist()]
    content = [
        sha256(b"\0".join((g, p, a))).digest()[:DIGEST] for g, p, a in zip(geometry, parents, attributes, strict=True)
    ]
    return Contents(geometry, content, attributes)


def content_hash(geometry: bytes, parent: str | None, attributes: bytes) -> bytes:
    """Content hash of one object."""
    return sha256(b"\0".join((geometry, (parent or "").encode(), attributes))).digest()[:DIGEST]


def attribute_texts(city: City) -> list[bytes]:
    """All attributes of each object of an encoded city as one JSON object."""
    owners: list[NDArray[np.int64]] = []
    codes: list[NDArray[np.int64]] = []
    fragments: list[bytes] = []
    for name, column in sorted(city.attributes.items()):
        present = np.flatnonzero(column.codes >= 0)
        owners.append(present)
        codes.append(column.codes[present].astype(np.int64) + len(fragments))
        head = _name(name)
        fragments += [head + value for value in cast("tuple[bytes, ...]", column.values)]
    if not owners:
        return [b"{}"] * len(city)
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    texts = [fragments[c] for c in np.concatenate(codes)[order].tolist()]
    ends = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(city)))]).tolist()
    return [b"{" + b",".join(texts[a:b]) + b"}" for a, b in pairwise(ends)]


def _name(name: str) -> bytes:
    return orjson.dumps(name) + b":"


def _geometry(city: City) -> list[bytes]:
    surface_ends = city.surface_offsets
    polygon_ends = city.polygon_offsets[surface_ends]
    ring_ends = city.ring_offsets[polygon_ends]
    vertex_ends = city.vertex_offsets[ring_ends]
    heads = _records(city.kind, np.diff(surface_ends), np.diff(polygon_ends), np.diff(ring_ends))
    surfaces = _records(city.semantic, city.lod, np.diff(city.polygon_offsets))
    polygons = _records(city.solid, city.shell, np.diff(city.ring_offsets))
    rings = np.ascontiguousarray(np.diff(city.vertex_offsets), "<i4")
    xyz = np.ascontiguousarray(city.xyz, "<f8")
    cuts = [(_bytes(heads), [16 * i for i in range(len(city) + 1)])]
    for array, ends, size in (
        (surfaces, surface_ends, 12), (polygons, polygon_ends, 12), (rings, ring_ends, 4), (xyz, vertex_ends, 24),
    ):  # fmt: skip
        cuts.append((_bytes(array), (ends * size).tolist()))
    (h, a), (s, b), (p, c), (r, d), (x, e) = cuts
    return [
        sha256(
            b"".join(
                (h[a[i] : a[i + 1]], s[b[i] : b[i + 1]], p[c[i] : c[i + 1]], r[d[i] : d[i + 1]], x[e[i] : e[i + 1]])
            )
        ).digest()[:DIGEST]
        for i in range(len(city))
    ]


def _records(*columns: NDArray[np.integer]) -> NDArray[np.int32]:
    return np.column_stack([c.astype("<i4") for c in columns])


def _bytes(array: NDArray[np.generic]) -> bytes:
    return array.tobytes()
