"""Objects made ready to be handed out as features, so that answering is copying bytes.

Like tiles they are derived from what is stored: :func:`make_features` brings them up to date, can be
repeated at any time, and costs nothing when nothing changed. The command line calls it after each
load; a server does before it answers, for the one cell an edit has changed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from threading import Lock
from typing import Any, cast

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Json
from kastor.city.outlines import Geometries, outlines
from kastor.formats.crs import normalise
from kastor.formats.operations import middle, operation
from kastor.loading.files import Progress, quiet
from kastor.loading.words import word
from kastor.store import Tenant
from kastor.store.overrides import read_attributes
from kastor.store.ready_features import (
    Described,
    Missing,
    Ready,
    clear_ended,
    content,
    described,
    joined,
    missing,
    newest_revision,
    save,
)

DIGITS = 8
"""Decimals of degrees: about a millimetre."""

STANDARD = ("label", "detail", "height", "storeys", "roof", "year", "area", "date", "dataset", "parent")
"""Properties every feature has; attributes of the same names stand behind them with ``_`` at the end."""

_TOGETHER = 4000
"""Objects worked on at once."""

_DATE = re.compile(rb'"\d{4}-\d\d-\d\d"')
_TIME = re.compile(rb'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?"')
_TAKEN = re.compile(f'"(?:{"|".join((*STANDARD, "id", "geometry"))})":'.encode())

_making = Lock()
_made: dict[str, int] = {}
"""Revision each open tenant was brought up to date at, by directory."""


def make_features(tenant: Tenant, progress: Progress = quiet) -> int:
    """
    Make ready what is not; gives the number of objects that were worked on.

    Raises
    ------
    TenantBusy
        When somebody else writes to the tenant for more than half a minute.
    """
    where = str(tenant.directory)
    revision = newest_revision(tenant.database)
    if _made.get(where) == revision:
        return 0
    with _making:
        todo = missing(tenant.database)
        count = done = 0
        for some in _groups(todo):
            count += _make(tenant, some)
            done += len(some)
            progress(word("features"), done / len(todo))
        clear_ended(tenant.database)
        _made[where] = revision
    return count


def _groups(todo: Sequence[Missing]) -> Iterator[list[Missing]]:
    for start in range(0, len(todo), 100):
        yield list(todo[start : start + 100])


def _make(tenant: Tenant, some: list[Missing]) -> int:
    city, counts = content(tenant.database, some)
    shapes = outlines(city)
    made = zip(city.ids.tolist(), shapely.to_wkb(shapes).tolist(), geojson(shapes, tenant.crs), strict=True)
    ready: list[Ready] = []
    for block, count in zip(some, counts, strict=True):
        known = described(tenant.database, block)
        for object_id, wkb, degrees in islice(made, count):
            # a change may have taken the object away meanwhile
            if (row := known.get(object_id)) is not None:
                ready.append(Ready(row.key, block.dataset, block.key, row.version, wkb, head(row), degrees))
    save(tenant.database, some, ready, _types(city, np.repeat([block.dataset for block in some], counts)))
    return len(ready)


def geojson(shapes: Geometries, crs: str) -> list[bytes]:
    """GeoJSON geometries in degrees (CRS84) of places in a plane; ``null`` for those without."""
    known = shapely.get_coordinates(shapes)
    if len(known):
        plane = f"EPSG:{normalise(crs).horizontal}"
        step = operation(plane, "EPSG:4326", middle(known, plane))
        shapes = shapely.transform(shapes, lambda xy: np.round(step.apply(xy), DIGITS))
        areas = np.isin(shapely.get_type_id(shapes), (3, 6))
        shapes[areas] = shapely.orient_polygons(shapes[areas])
    return [b"null" if text is None else text.encode() for text in shapely.to_geojson(shapes).tolist()]


def head(row: Described) -> bytes:
    """The GeoJSON of a feature up to its geometry."""
    given: dict[str, Any] = {
        "label": row.label, "detail": row.detail, "height": row.height, "storeys": row.storeys,
        "roof": row.roof or None, "year": row.year, "area": None if row.area is None else round(row.area, 2),
        "date": row.date or None, "dataset": row.dataset, "parent": row.parent,
    }  # fmt: skip
    own = attributes_json(row.attributes, given)
    properties = orjson.dumps(given)
    if len(own) > 2:
        properties = properties[:-1] + b"," + own[1:]
    return b'{"type":"Feature","id":' + orjson.dumps(row.id) + b',"properties":' + properties + b',"geometry":'


def attributes_json(text: bytes, given: Mapping[str, Any]) -> bytes:
    """Attributes as GeoJSON may hold them, beside properties given already."""
    if b": " not in text and not _TAKEN.search(text):
        return text
    own: dict[str, Json] = {}
    for name, value in read_attributes(text).items():
        if name in given and value == given[name]:
            continue
        while name in given or name in ("id", "geometry") or name in own:
            name += "_"
        own[name] = value
    return json.dumps(_finite(own), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list) else value


def _types(city: City, datasets: NDArray[np.int64]) -> dict[tuple[int, int, str], str]:
    """What each attribute holds, by dataset, kind and name."""
    found: dict[tuple[int, int, str], str] = {}
    groups = datasets.astype(np.int64) * 256 + city.kind
    for name, column in city.attributes.items():
        kinds = np.array([_type(value) for value in cast("tuple[bytes, ...]", column.values)], object)
        for group, code in _pairs(groups, column.codes):
            key = (group // 256, group % 256, name)
            found[key] = joined(found[key], kinds[code]) if key in found else kinds[code]
    return found


def _pairs(groups: NDArray[np.int64], codes: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Distinct pairs of group and value."""
    present = codes >= 0
    packed = np.unique(groups[present] << 32 | codes[present])
    return [(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in packed.tolist()]


def _type(value: bytes) -> str:
    first = value[:1]
    if first == b'"':
        return "date" if _DATE.fullmatch(value) else "timestamp" if _TIME.fullmatch(value) else "text"
    if first == b"[":
        return "array"
    if first in (b"t", b"f"):
        return "boolean"
    if first == b"{" or first == b" ":
        return "mixed"
    return "number" if any(c in value for c in b".eE") else "integer"
