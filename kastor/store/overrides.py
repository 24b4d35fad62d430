"""Attributes and shapes of some objects of a city replaced, as clerks correct them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.city.model import City, Column, Json, concat, take
from kastor.store.blocks import dump


def read_attributes(text: bytes) -> dict[str, Json]:
    """Attributes from the JSON of a version."""
    # values that only the slow reader gives back as they were begin with a space
    found: dict[str, Json] = json.loads(text) if b": " in text else orjson.loads(text)
    return found


def with_attributes(city: City, attributes: Mapping[int, Mapping[str, Json]]) -> City:
    """An encoded city in which some objects, given by index, have exactly these attributes."""
    names = dict.fromkeys([*city.attributes, *(name for given in attributes.values() for name in given)])
    columns = {name: _replaced(city, name, attributes) for name in names}
    return replace(city, attributes={name: c for name, c in columns.items() if (c.codes >= 0).any()})


def with_shapes(city: City, shapes: Mapping[int, City]) -> City:
    """
    A city in which some objects, given by index, have other kinds and surfaces.

    Parameters
    ----------
    shapes
        A city of one object each.
    """
    if not shapes:
        return city
    chosen = np.array(sorted(shapes), np.int64)
    rest = np.setdiff1d(np.arange(len(city)), chosen)
    joined = concat([replace(c, attributes={}) for c in (take(city, rest), *(shapes[i] for i in chosen.tolist()))])
    order = np.empty(len(city), np.int64)
    order[rest] = np.arange(len(rest))
    order[chosen] = len(rest) + np.arange(len(chosen))
    return replace(take(joined, order), parent=city.parent, attributes=city.attributes)


def _replaced(city: City, name: str, attributes: Mapping[int, Mapping[str, Json]]) -> Column:
    old = city.attributes.get(name)
    values = list(cast("tuple[bytes, ...]", old.values)) if old else []
    codes: NDArray[np.int32] = old.codes.copy() if old else np.full(len(city), -1, np.int32)
    known = {value: i for i, value in enumerate(values)}
    for index, given in attributes.items():
        codes[index] = -1
        if given.get(name) is None:
            continue
        text = dump(given[name])
        if text not in known:
            known[text] = len(values)
            values.append(text)
        codes[index] = known[text]
    return Column(cast("tuple[Json, ...]", tuple(values)), codes)
