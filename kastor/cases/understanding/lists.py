"""The lists of words and patterns that come with Kastor, in ``data``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import orjson

from kastor.city.model import Json


@cache
def data(name: str) -> dict[str, Json]:
    """One of the lists: animals, breeds, crosses, rooms, parts, symptoms, emergencies ..."""
    content = files("kastor.cases.understanding").joinpath("data", f"{name}.json").read_bytes()
    read: dict[str, Json] = orjson.loads(content)
    return read
