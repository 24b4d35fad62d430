"""What a building's parts say about the building.

Official models put height, storeys and roof form on the parts when a building has any; a
person who asks for the height of a house wants one answer. What the building itself states
always stays; what is missing is gathered from the parts and reported.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kastor.city.codelists import attribute_words
from kastor.city.model import City, Column, Json, Kind, boxes, identity, root
from kastor.city.report import Report

MIXED_ROOF = "5000"
"""AdV code for a building whose parts have different roof forms."""


def aggregate_parts(city: City, report: Report) -> City:
    """
    Fill missing height, storeys, roof form and function of buildings from their parts.

    The height is from the lowest ground of any part to the highest roof; storeys are the most
    of any part; a roof form or function is taken over when all parts agree, differing roof
    forms become ``MIXED_ROOF``.
    """
    top = root(city)
    parts = np.flatnonzero((city.kind == Kind.BUILDING_PART) & (top != np.arange(len(city))))
    if not len(parts):
        return city
    filled = dict(city.attributes)
    gathered: dict[int, list[str]] = {}
    for name, values in (
        ("measuredHeight", _heights(city, parts, top)),
        ("storeysAboveGround", _most(city, "storeysAboveGround", parts, top)),
        ("storeysBelowGround", _most(city, "storeysBelowGround", parts, top)),
        ("roofType", _common(city, "roofType", parts, top, MIXED_ROOF)),
        ("function", _common(city, "function", parts, top, None)),
    ):
        if values:
            column = city.attributes[name]
            filled[name] = _filled(column, values)
            for index in values:
                gathered.setdefault(index, []).append(name)
    for index, names in sorted(gathered.items()):
        words = [attribute_words(name) for name in names]
        de, en = (", ".join(word[language] for word in words) for language in ("de", "en"))
        report.add("gathered_from_parts", "repaired", city.ids[index], attributes_de=de, attributes_en=en)
    return replace(city, attributes=filled)


def _heights(city: City, parts: NDArray[np.int64], top: NDArray[np.int64]) -> dict[int, Json]:
    if "measuredHeight" not in city.attributes:
        return {}
    stated = city.attributes["measuredHeight"].numbers()
    box = boxes(city)
    known = parts[np.isfinite(stated[parts]) & np.isfinite(box[parts, 2])]
    low = np.full(len(city), np.inf)
    high = np.full(len(city), -np.inf)
    np.minimum.at(low, top[known], box[known, 2])
    np.maximum.at(high, top[known], box[known, 2] + stated[known])
    wanting = np.flatnonzero(np.isfinite(high) & np.isnan(stated) & (city.kind == Kind.BUILDING))
    return {i: round(float(high[i] - low[i]), 3) for i in wanting.tolist()}


def _most(city: City, name: str, parts: NDArray[np.int64], top: NDArray[np.int64]) -> dict[int, Json]:
    if name not in city.attributes:
        return {}
    stated = city.attributes[name].numbers()
    most = np.full(len(city), -np.inf)
    known = parts[np.isfinite(stated[parts])]
    np.maximum.at(most, top[known], stated[known])
    wanting = np.flatnonzero(np.isfinite(most) & np.isnan(stated) & (city.kind == Kind.BUILDING))
    return {i: int(most[i]) for i in wanting.tolist()}


def _common(
    city: City, name: str, parts: NDArray[np.int64], top: NDArray[np.int64], mixed: str | None
) -> dict[int, Json]:
    column = city.attributes.get(name)
    if column is None:
        return {}
    seen: dict[int, set[int]] = {}
    for part in parts[column.codes[parts] >= 0].tolist():
        seen.setdefault(int(top[part]), set()).add(int(column.codes[part]))
    found: dict[int, Json] = {}
    for index, codes in seen.items():
        if column.codes[index] < 0 and city.kind[index] == Kind.BUILDING:
            value = column.values[next(iter(codes))] if len(codes) == 1 else mixed
            if value is not None:
                found[index] = value
    return found


def _filled(column: Column, values: dict[int, Json]) -> Column:
    known = {identity(v): i for i, v in enumerate(column.values)}
    distinct = list(column.values)
    codes = column.codes.copy()
    for index, value in values.items():
        key = identity(value)
        if key not in known:
            known[key] = len(distinct)
            distinct.append(value)
        codes[index] = known[key]
    return Column(tuple(distinct), codes)
