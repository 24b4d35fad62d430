"""Single objects corrected over HTTP: the form of an object, corrections, steps back.

A correction is written, its cells are tiled and only then it is answered, so that whoever asks next sees it.
The picture of the ground, which takes longer, follows behind.
"""

from __future__ import annotations

import secrets
from datetime import date
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kastor.city.codelists import attribute_words
from kastor.city.drawing import SHAPES, STOREY_HEIGHT, drawn, moved
from kastor.city.fields import Field as FormField
from kastor.city.fields import InvalidValue, checked, fields_of
from kastor.city.model import City, Kind
from kastor.city.outlines import own_outlines
from kastor.loading import tile
from kastor.store import Dataset, Tenant
from kastor.store.edits import Deed, Edit, Wanted
from kastor.store.objects import ObjectRecord
from kastor.store.proposals import Proposal
from kastor.web.errors import BadRequest, NotFound
from kastor.web.outlines import as_geojson
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["corrections"])

OWN = Dataset("ergaenzungen", "Eigene Ergänzungen")
"""Dataset of objects added by hand that belong to no other."""

FARTHEST = 20_000.0
"""How far from everything else an object may be drawn. [m]"""

DRAWN_AS_BUILDINGS = (
    Kind.BUILDING, Kind.BUILDING_PART, Kind.BUILDING_INSTALLATION, Kind.BRIDGE, Kind.TUNNEL, Kind.WALL,
)  # fmt: skip
DRAWN_ON_THE_GROUND = (
    Kind.BUILDING, Kind.BUILDING_PART, Kind.STREET, Kind.RAILWAY, Kind.PARKING, Kind.LAND_USE, Kind.VEGETATION,
    Kind.WATER,
)  # fmt: skip

_tiling: dict[str, Lock] = {}
_behind: dict[str, Lock] = {}

MAY_EDIT = [needs(Right.EDIT)]


class Asked(BaseModel):
    """A correction as the browser asks for it."""

    what: Deed
    object: str = Field("", max_length=200)
    dataset: str = Field("", max_length=100)
    kind: str = ""
    attributes: dict[str, Any] = {}
    geometry: dict[str, Any] | None = None
    shift: tuple[float, float] | None = None
    version: int | None = None
    if_version: Annotated[int | None, Field(alias="ifVersion")] = None
    on: date | None = None
    note: str = Field("", max_length=500)


@router.get("/form", dependencies=MAY_EDIT)
def form(request: Request, tenant: str, object: str = "", kind: str = "") -> Response:
    """What can be corrected about an object, or said about a new one of some kind."""
    twin = visible(request, tenant)
    if not object:
        chosen = _kind(kind)
        datasets = [{"id": d.id, "title": d.title} for d in twin.datasets() if d.kinds.get(chosen.name.lower())]
        own = {"id": OWN.id, "title": OWN.title}
        rules = twin.four_eyes()
        offered = [own, *(d for d in datasets if d["id"] != OWN.id)]
        return json(
            {
                "kind": kind,
                "fields": [_field_json(f, None, False) for f in fields_of(chosen, {})],
                "shapes": SHAPES.get(chosen, ()),
                "storeyHeight": STOREY_HEIGHT,
                "datasets": [{**d, "fourEyes": rules.bind(d["id"])} for d in offered],
            }
        )
    record = _record(twin, object)
    undo, redo = twin.steps(object, record.row.dataset)
    fields = fields_of(record.row.kind, record.attributes)
    usual = {f.name for f in fields_of(record.row.kind, {})}
    return json(
        {
            "object": object,
            "label": record.row.label,
            "kind": record.row.kind.name.lower(),
            "dataset": record.row.dataset,
            "version": record.version,
            "fields": [_field_json(f, record.attributes.get(f.name), f.name not in usual) for f in fields],
            "shapes": SHAPES.get(record.row.kind, ()),
            "geometry": _geometry(twin, record),
            "undo": undo,
            "redo": redo,
            "fourEyes": twin.four_eyes().bind(record.row.dataset),
            "ended": record.ended is not None,
        }
    )


@router.post("/corrections", dependencies=MAY_EDIT)
def correct(request: Request, tenant: str, asked: Asked, behind: BackgroundTasks) -> Response:
    """Correct, add, replace or end an object, or take a step back; a proposal where four eyes are the rule."""
    twin = visible(request, tenant)
    if asked.what not in ("undo", "redo") and not asked.note.strip():
        raise InvalidValue("note", "Bitte einen Grund angeben.", "give a reason.")
    wanted, kind = _wanted(twin, asked)
    done = twin.submit(wanted, person(request).id, asked.note.strip())
    if isinstance(done, Proposal):
        return json({"state": "proposed", "proposal": done.number, "object": wanted.object})
    return json(after_edit(twin, done, kind, behind))


def _wanted(twin: Tenant, asked: Asked) -> tuple[Wanted, Kind]:
    """The correction, checked as far as form and shape go, and the kind of its object."""
    if asked.what == "add":
        kind = _kind(asked.kind)
        object_id = asked.object.strip() or f"{asked.kind}-{secrets.token_hex(6)}"
        attributes = checked(kind, {}, asked.attributes)
        city = drawn(twin.crs, object_id, kind, asked.geometry or {}, attributes)
        check_near(twin, city)
        dataset = next((d for d in twin.datasets() if d.id == asked.dataset), None)
        if dataset is None and asked.dataset not in ("", OWN.id):
            raise BadRequest(f"dataset: there is no dataset {asked.dataset!r}; leave it out to use {OWN.id!r}.")
        return Wanted("add", object_id, (dataset or OWN).id, city=city, new=dataset or OWN), kind
    record = _record(twin, asked.object)
    kind, dataset_id = record.row.kind, record.row.dataset
    wanted = Wanted(asked.what, asked.object, dataset_id, if_version=asked.if_version)
    if asked.what == "edit":
        attributes = checked(kind, record.attributes, asked.attributes)
        wanted = Wanted("edit", asked.object, dataset_id, attributes, if_version=asked.if_version)
    elif asked.what == "replace":
        city = _reshaped(twin, record, asked)
        check_near(twin, city)
        wanted = Wanted("replace", asked.object, dataset_id, city=city, if_version=asked.if_version)
    elif asked.what == "end":
        last = {"terminationDate": asked.on.isoformat()} if asked.on else {}
        wanted = Wanted("end", asked.object, dataset_id, last, if_version=asked.if_version)
    elif asked.what == "restore":
        wanted = Wanted("restore", asked.object, dataset_id, version=asked.version, if_version=asked.if_version)
        if asked.version is None:
            raise BadRequest("version: name the version to go back to.")
    return wanted, kind


def _reshaped(twin: Tenant, record: ObjectRecord, asked: Asked) -> City:
    """The object moved, or with a new outline and its attributes as they are."""
    row = record.row
    if asked.shift is not None:
        return moved(_own(twin, record), *asked.shift)
    if asked.geometry is None:
        raise BadRequest("geometry: give a new geometry, or a shift in metres.")
    attributes = dict(record.attributes) | checked(row.kind, record.attributes, asked.attributes)
    if row.kind in DRAWN_AS_BUILDINGS and attributes.get("measuredHeight") is None and row.height is not None:
        attributes["measuredHeight"] = round(row.height, 2)
    return drawn(twin.crs, row.id, row.kind, asked.geometry, attributes)


def _own(twin: Tenant, record: ObjectRecord) -> City:
    """The object with its parts."""
    found = twin.family(record.row.id, record.row.dataset)
    if found is None:
        raise NotFound(f"There is no object {record.row.id!r} in {twin.id} today.")
    return found


def check_near(twin: Tenant, city: City) -> None:
    """Refuse what lies far from everything else: most likely the coordinates are of another system."""
    box = twin.box()
    if box is None:
        return
    low, high = city.xyz[:, :2].min(axis=0), city.xyz[:, :2].max(axis=0)
    away = max(box[0] - high[0], box[1] - high[1], low[0] - box[3], low[1] - box[4])
    if away > FARTHEST:
        raise InvalidValue(
            "geometry",
            f"Der Ort liegt {away / 1000:.0f} km außerhalb. Bitte Koordinaten in {twin.crs} angeben.",
            f"the place is {away / 1000:.0f} km outside; give coordinates in {twin.crs}.",
        )


def after_edit(twin: Tenant, done: Edit, kind: Kind, behind: BackgroundTasks) -> dict[str, Any]:
    """Tile what changed and say so."""
    layers = ["buildings"] if kind in DRAWN_AS_BUILDINGS else ["trees"] if kind == Kind.TREE else []
    if layers and done.cells:
        with _tiling.setdefault(twin.id, Lock()):
            tile(twin, layers=layers)
    if done.cells and kind in DRAWN_ON_THE_GROUND:
        behind.add_task(_tile_ground, twin)
    return {
        "state": "done",
        "object": done.object,
        "dataset": done.dataset,
        "version": done.version,
        "layers": layers,
        "revision": twin.revision,
    }


def _tile_ground(twin: Tenant) -> None:
    """Bring the picture of the ground up to date; while one is at work, the next one waits and does it for all."""
    lock = _behind.setdefault(twin.id, Lock())
    with lock:
        tile(twin, layers=("terrain", "woodland", "confidence"))


def _record(twin: Tenant, object_id: str) -> ObjectRecord:
    record = twin.object(object_id)
    if record is None:
        raise NotFound(f"There is no object {object_id[:120]!r} in {twin.id}.")
    return record


def _kind(name: str) -> Kind:
    if name.upper() not in Kind.__members__ or Kind[name.upper()] not in SHAPES:
        raise BadRequest(f"kind: {name[:40]!r} is none of {', '.join(k.name.lower() for k in SHAPES)}.")
    return Kind[name.upper()]


def _field_json(field: FormField, value: Any, extra: bool) -> dict[str, Any]:
    bounded = field.type in ("integer", "number")
    return {
        "name": field.name,
        "label": attribute_words(field.name),
        "type": field.type,
        "unit": field.unit,
        "low": field.low if bounded and field.low > -1e300 else None,
        "high": field.high if bounded and field.high < 1e300 else None,
        "choices": [{"code": code, **words} for code, words in field.choices.items()],
        "value": value,
        "extra": extra,
    }


def _geometry(twin: Tenant, record: ObjectRecord) -> dict[str, Any] | None:
    """The outline, line or point of an object with all its parts as GeoJSON, in the tenant's reference system."""
    if record.row.box is None or record.ended is not None:
        return None
    shapes = [shape for shape in own_outlines(_own(twin, record)) if shape is not None]
    return as_geojson(shapes) if shapes else None
