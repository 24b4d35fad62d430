"""Edits as somebody sent them: read, checked, given names, written down again, and cut to what matters in a place."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Annotated, Any, get_args

import numpy as np
import orjson
import shapely
from pydantic import Field, TypeAdapter, ValidationError

from kastor.city.edits import (
    AddBuilding,
    AddModel,
    AddStreet,
    AddWall,
    Basin,
    Edit,
    GroundWork,
    Levee,
    PlantTree,
    Surface,
    check,
    plain,
    touched,
)
from kastor.city.fields import InvalidValue
from kastor.city.solids import placed
from kastor.process import InvalidInput, Words, german_fault

MOST_EDITS = 2000
"""Edits of one order or variant."""

Box = tuple[float, float, float, float]

_EDITS: TypeAdapter[tuple[Edit, ...]] = TypeAdapter(
    Annotated[tuple[Annotated[Edit, Field(discriminator="kind")], ...], Field(max_length=MOST_EDITS)]
)
_KNOWN = {one.kind: {field.name for field in fields(one)} for one in get_args(Edit)}


def read(given: Any) -> tuple[Edit, ...]:
    """
    Edits as somebody gave them.

    Raises
    ------
    InvalidInput
        When one is unknown or does not fit; names number, field, value and cure.
    """
    try:
        # as JSON, so that what came by any way is read alike
        found = _EDITS.validate_json(orjson.dumps(given), strict=True)
    except ValidationError as error:
        faults = [_fault(e) for e in error.errors()[:20]]
        raise InvalidInput("; ".join(f["en"] for f in faults), "; ".join(f["de"] for f in faults)) from None
    except (orjson.JSONEncodeError, TypeError) as error:
        raise InvalidInput(f"edits: {error}.") from error
    _check_names(given)
    for number, edit in enumerate(found):
        try:
            check(edit)
        except InvalidValue as error:
            raise at(number, error) from error
    return found


def at(number: int, error: InvalidValue) -> InvalidInput:
    """What is wrong with an edit, by its number, which begins with 0."""
    return InvalidInput(f"edits.{number}.{error}", f"Änderung {number + 1}: {error.words['de']}")


def _fault(error: Any) -> Words:
    where = "edits." + ".".join(map(str, error["loc"])) if error["loc"] else "edits"
    if error["type"] == "union_tag_invalid":
        tag, known = str(error["ctx"]["tag"])[:40], ", ".join(_KNOWN)
        return {
            "de": f"{where}.kind: {tag!r} gibt es nicht; möglich sind {known}",
            "en": f"{where}.kind: there is no {tag!r}; known are {known}",
        }
    said = f" ({str(error['input'])[:40]!r})" if not isinstance(error["input"], Mapping | Sequence) else ""
    return {"de": f"{where}{said}: {german_fault(error)}", "en": f"{where}{said}: {error['msg'].lower()}"}


def _check_names(given: Iterable[Mapping[str, Any]]) -> None:
    """Refuse what would be passed over silently."""
    for number, one in enumerate(given):
        known = _KNOWN[str(one["kind"])]
        for name in sorted(set(one) - known):
            raise InvalidInput(
                f"edits.{number}.{name[:40]}: there is no such field; known are {', '.join(sorted(known))}.",
                f"Änderung {number + 1}: {name[:40]!r} gibt es nicht; bekannt sind {', '.join(sorted(known))}.",
            )


def written(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Edits as plain JSON; :func:`read` gives the same ones back."""
    found: list[dict[str, Any]] = orjson.loads(orjson.dumps([plain(edit) for edit in edits]))
    return found


def named(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """
    The same edits, each with an id of its own.

    Raises
    ------
    InvalidInput
        When two have the same id.
    """
    found = tuple(edit if edit.id else replace(edit, id=f"{edit.kind}-{secrets.token_hex(4)}") for edit in edits)
    seen: set[str] = set()
    for number, edit in enumerate(found):
        if len(edit.id) > 200:
            raise at(number, InvalidValue("id", "Höchstens 200 Zeichen.", "at most 200 letters."))
        if edit.id in seen:
            raise at(number, InvalidValue(
                "id", f"{edit.id!r} kommt zweimal vor; eine andere Kennung wählen.",
                f"{edit.id!r} is there twice; choose another id.",
            ))  # fmt: skip
        seen.add(edit.id)
    return found


def bounds(edit: Edit) -> Box | None:
    """West, south, east, north of what an edit draws; None for one that names an object only. [m]"""
    match edit:
        case AddBuilding():
            points = edit.footprint
        case Surface() | GroundWork() | Basin():
            points = edit.outline
        case Levee() | AddWall() | AddStreet():
            points = edit.line
        case PlantTree():
            points = (edit.place,)
        case AddModel():
            points = tuple((x, y) for x, y, _ in placed(edit.points, edit.place, edit.turn).tolist())
        case _:
            return None
    reach = getattr(edit, "width", 0.0) / 2 + getattr(edit, "crown", 0.0) / 2
    xy = np.asarray(points)
    west, south = (xy.min(axis=0) - reach).tolist()
    east, north = (xy.max(axis=0) + reach).tolist()
    return west, south, east, north


def extent(edits: Iterable[Edit]) -> Box | None:
    """Box of all that some edits draw; None when they draw nothing. [m]"""
    boxes = np.array([box for box in map(bounds, edits) if box is not None])
    if not len(boxes):
        return None
    west, south = boxes[:, :2].min(axis=0).tolist()
    east, north = boxes[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def meeting(edits: Sequence[Edit], box: Box, here: set[str], elsewhere: set[str]) -> tuple[Edit, ...]:
    """
    Those of some edits that change something in a box.

    Parameters
    ----------
    box
        West, south, east, north. [m]
    here
        Ids of the objects in the box.
    elsewhere
        Ids of other objects of the city; what is done to them is left out.
    """
    known, found = set(here), []
    left_out: set[str] = set()
    frame = shapely.box(*box)
    for edit in edits:
        drawn, about = bounds(edit), touched(edit)
        if drawn is not None and not shapely.intersects(shapely.box(*drawn), frame):
            left_out.add(edit.id)
            continue
        if about and about not in known and (about in left_out or about in elsewhere):
            continue
        known.add(edit.id)
        found.append(edit)
    return tuple(found)
