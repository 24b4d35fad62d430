"""Attributes of some objects of a city replaced, as clerks correct them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.city.model import City, Column, Json
from kastor.store.blocks import dump
from kastor.store.changes import Change
from kastor.store.writing import Known

ATTRIBUTES = "SELECT attributes FROM versions WHERE key = ?"


def read_attributes(text: bytes) -> dict[str, Json]:
    """Attributes from the JSON of a version."""
    # values that only the slow reader gives back as they were begin with a space
    found: dict[str, Json] = json.loads(text) if b": " in text else orjson.loads(text)
    return found


def edited_attributes(change: Change, objects: Mapping[int, Known]) -> dict[int, dict[str, Json]]:
    """Present attributes of some objects, by the same numbers."""
    return {
        i: read_attributes(change.execute(ATTRIBUTES, (known.version_key,)).fetchone()[0])
        for i, known in objects.items()
    }


def with_attributes(city: City, attributes: Mapping[int, Mapping[str, Json]]) -> City:
    """An encoded city in which some objects, given by index, have exactly these attributes."""
    names = dict.fromkeys([*city.attributes, *(name for given in attributes.values() for name in given)])
    columns = {name: _replaced(city, name, attributes) for name in names}
    return replace(city, attributes={name: c for name, c in columns.items() if (c.codes >= 0).any()})


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
