"""OGC API - Features Part 4: objects added, replaced, changed and ended by clients, never blindly.

Whoever changes an object names the version read (``If-Match`` with its ETag): without it the answer is
428, with an old one 412. Every change is a version with who and why (``note``), exactly as one made in
the browser, and becomes a proposal where a dataset asks for four eyes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
import shapely
from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from kastor.city.drawing import drawn
from kastor.city.fields import checked
from kastor.city.model import City, Kind
from kastor.loading.features import STANDARD, make_features
from kastor.store import Tenant
from kastor.store import features as store
from kastor.store.edits import Edit, Wanted
from kastor.store.filter_places import MOST_CORNERS
from kastor.store.objects import ObjectRecord
from kastor.web import feature_crs
from kastor.web.collections import KINDS, kind_of
from kastor.web.corrections import OWN, after_edit, check_near
from kastor.web.errors import (
    BadRequest,
    BodyTooLarge,
    NotFound,
    PreconditionRequired,
    Unfit,
    Unsupported,
)  # fmt: skip
from kastor.web.features import version_tag
from kastor.web.ogc import FG_JSON, GEOJSON, JSON, base_of
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, person, visible

router = APIRouter(prefix="/ogc/{tenant}/collections/{collection}/items", include_in_schema=False)

FEATURES = (GEOJSON, FG_JSON, JSON)
PATCHES = ("application/merge-patch+json", GEOJSON, JSON)
LARGEST = 4 * 2**20
"""Bytes of a feature that is sent."""
MAY_EDIT = [needs(Right.EDIT)]

ALIASES = {"height": "measuredHeight", "storeys": "storeysAboveGround", "year": "yearOfConstruction"}
"""Standard properties that stand for an attribute, and which."""
UNCHANGED = 0.02
"""How far an outline may come back from where it was and still be the same. [m]"""


@dataclass(frozen=True)
class Sent:
    """A body: a feature or a part of one, the system it is in, and why it was sent."""

    feature: Mapping[str, Any]
    system: feature_crs.System
    note: str


@router.post("", dependencies=MAY_EDIT)
async def create(request: Request, tenant: str, collection: str, behind: BackgroundTasks) -> Response:
    """Add an object."""
    body = await _body(request, FEATURES)
    return await run_in_threadpool(_create, request, tenant, collection, body, behind)


@router.put("/{feature:path}", dependencies=MAY_EDIT)
async def replace(request: Request, tenant: str, collection: str, feature: str, behind: BackgroundTasks) -> Response:
    """Put another state in place of an object's present one."""
    body = await _body(request, FEATURES)
    return await run_in_threadpool(_update, request, tenant, collection, feature, body, True, behind)


@router.patch("/{feature:path}", dependencies=MAY_EDIT)
async def update(request: Request, tenant: str, collection: str, feature: str, behind: BackgroundTasks) -> Response:
    """Change some of an object (RFC 7396)."""
    body = await _body(request, PATCHES)
    return await run_in_threadpool(_update, request, tenant, collection, feature, body, False, behind)


@router.delete("/{feature:path}", dependencies=MAY_EDIT)
def end(request: Request, tenant: str, collection: str, feature: str, behind: BackgroundTasks) -> Response:
    """End an object with its parts; its history stays."""
    twin, kind = _twin(request, tenant, collection)
    record = current_record(twin, kind, feature)
    wanted = Wanted("end", record.row.id, record.row.dataset, if_version=_version(request))
    return _answer(request, twin, kind, twin.submit(wanted, person(request).id, _note(request)), behind)


def _create(request: Request, tenant: str, collection: str, body: bytes, behind: BackgroundTasks) -> Response:
    # the first tree of a town makes the collection of trees
    twin = visible(request, tenant)
    kind = KINDS.get(collection) or kind_of(twin, collection)
    sent = _read(request, twin, body)
    wanted = addition(twin, kind, sent.feature, sent.system)
    return _answer(request, twin, kind, twin.submit(wanted, person(request).id, sent.note), behind, created=True)


def addition(twin: Tenant, kind: Kind, feature: Mapping[str, Any], system: feature_crs.System) -> Wanted:
    """
    The correction that adds a feature.

    Raises
    ------
    Unfit
        When it is none the twin can hold.
    """
    geometry, properties = feature.get("geometry"), feature.get("properties")
    if feature.get("type") != "Feature" or not isinstance(geometry, dict):
        raise Unfit("feature: send a GeoJSON Feature with a geometry.")
    object_id = feature.get("id") or f"{kind.name.lower()}-{secrets.token_hex(6)}"
    if not isinstance(object_id, (str, int)) or not 1 <= len(str(object_id)) <= 200:
        raise Unfit(f"id: {str(object_id)[:40]!r} must be a text of 1 to 200 characters, or left out.")
    named = properties.get("dataset") if isinstance(properties, dict) else None
    dataset = next((d for d in twin.datasets() if d.id == named), None)
    if dataset is None and named not in (None, "", OWN.id):
        raise Unfit(f"dataset: there is no dataset {str(named)[:60]!r}; leave it out to use {OWN.id!r}.")
    attributes = checked(kind, {}, _attributes(kind, properties or {}))
    city = drawn(twin.crs, str(object_id), kind, _in_plane(twin, geometry, system), attributes)
    check_near(twin, city)
    return Wanted("add", str(object_id), (dataset or OWN).id, city=city, new=dataset or OWN)


def _update(
    request: Request, tenant: str, collection: str, feature: str, body: bytes, whole: bool, behind: BackgroundTasks
) -> Response:
    twin, kind = _twin(request, tenant, collection)
    version = _version(request)
    record = current_record(twin, kind, feature)
    sent = _read(request, twin, body)
    if whole and sent.feature.get("type") != "Feature":
        raise Unfit("type: send a whole GeoJSON Feature, or PATCH a part of it.")
    wanted = alteration(twin, kind, record, sent.feature, sent.system, whole, version)
    return _answer(request, twin, kind, twin.submit(wanted, person(request).id, sent.note), behind)


def alteration(
    twin: Tenant, kind: Kind, record: ObjectRecord, feature: Mapping[str, Any], system: feature_crs.System,
    whole: bool, version: int | None,
) -> Wanted:  # fmt: skip
    """
    The correction that makes an object what was sent.

    Parameters
    ----------
    feature
        A feature, or what of it becomes another.
    whole
        Whether properties that are not sent go.
    version
        The version it was made for; None for whatever there is.

    Raises
    ------
    Unfit
        When it is none the twin can hold.
    """
    properties, row = feature.get("properties"), record.row
    if properties is not None and not isinstance(properties, dict):
        raise Unfit("properties: they must be a JSON object.")
    if feature.get("id", row.id) != row.id:
        raise Unfit(f"id: {str(feature['id'])[:60]!r} is not {row.id!r}; an id cannot be changed.")
    changes = _changes(twin, kind, record, properties or {}, whole)
    city = _reshaped(twin, kind, record, feature, system, changes)
    if city is None:
        return Wanted("edit", row.id, row.dataset, changes, if_version=version)
    return Wanted("replace", row.id, row.dataset, city=city, if_version=version)


async def _body(request: Request, media_types: tuple[str, ...]) -> bytes:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in media_types:
        raise Unsupported(f"Content-Type: {media_type[:60]!r} is not read here; {', '.join(media_types)} are.")
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > LARGEST:
            raise BodyTooLarge(f"The body has more than {LARGEST} bytes, which no feature needs.")
    return bytes(found)


def _read(request: Request, twin: Tenant, body: bytes) -> Sent:
    try:
        feature = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is no JSON: {error}.") from None
    if not isinstance(feature, dict):
        raise Unfit("feature: send a JSON object.")
    name = request.headers.get("content-crs", "").strip().removeprefix("<").removesuffix(">")
    system = feature_crs.system(twin, name, "Content-Crs") if name else feature_crs.degrees()
    return Sent(feature, system, _note(request))


def _note(request: Request) -> str:
    """Why something is changed."""
    return request.query_params.get("note", "")[:500].strip() or "OGC API - Features"


def _twin(request: Request, tenant: str, collection: str) -> tuple[Tenant, Kind]:
    twin = visible(request, tenant)
    return twin, kind_of(twin, collection)


def current_record(twin: Tenant, kind: Kind, feature: str) -> ObjectRecord:
    """
    An object of a kind that stands today.

    Raises
    ------
    NotFound
        When there is none.
    """
    record = twin.object(feature)
    if record is None or record.ended is not None or record.row.kind != kind:
        raise NotFound(f"There is no feature {feature[:120]!r} here today.")
    return record


def _version(request: Request) -> int | None:
    """
    The version the client has read; None for whatever there is (``*``).

    Raises
    ------
    PreconditionRequired
        When the client does not say.
    """
    given = request.headers.get("if-match", "").strip()
    if not given:
        raise PreconditionRequired("If-Match: send the ETag of the feature you read, so that nobody is overwritten.")
    if given == "*":
        return None
    found = re.fullmatch(r'(?:W/)?"(\d{1,9})\.\d+[a-z]"', given)
    return int(found[1]) if found else _NEVER


_NEVER = 0
"""A version no object ever has."""


def _attributes(kind: Kind, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes properties of a new object mean; what the twin computes is left out."""
    found = {name: value for name, value in properties.items() if name not in STANDARD and value is not None}
    for name in STANDARD:
        attribute = _attribute(kind, name)
        if attribute and properties.get(name) is not None:
            found.setdefault(attribute, _as_attribute(name, properties[name]))
    return found


def _attribute(kind: Kind, name: str) -> str:
    """The attribute a standard property stands for; empty when the twin computes it."""
    if name == "height" and kind in (Kind.TREE, Kind.VEGETATION):
        return "height"
    return "roofType" if name == "roof" else ALIASES.get(name, "")


def _as_attribute(name: str, value: Any) -> Any:
    return str(value) if name == "roof" and value is not None else value


def _changes(
    twin: Tenant, kind: Kind, record: ObjectRecord, properties: Mapping[str, Any], whole: bool
) -> dict[str, Any]:
    """Attributes that become others; None for those that go."""
    found = store.feature(twin.database, kind, record.row.id, "degrees")
    now = orjson.loads(found[0].head + b"null}")["properties"] if found else {}
    asked: dict[str, Any] = {}
    for name, value in properties.items():
        # what is empty comes back from clients as nothing
        if now.get(name) == value or (value is None and now.get(name) == ""):
            continue
        if name not in STANDARD:
            plain = name if name in record.attributes or not name.endswith("_") else name.rstrip("_")
            asked[plain] = value
        elif attribute := _attribute(kind, name):
            asked.setdefault(attribute, _as_attribute(name, value))
        else:
            raise Unfit(f"{name}: the twin computes it; send it as it is ({now.get(name)!r}) or leave it out.")
    gone: dict[str, Any] = {}
    if whole:
        kept = set(properties) | {name.rstrip("_") for name in properties}
        gone = {name: None for name in record.attributes if name not in kept and name not in asked}
    return {**checked(kind, record.attributes, asked), **gone}


def _reshaped(
    twin: Tenant, kind: Kind, record: ObjectRecord, feature: Mapping[str, Any], system: feature_crs.System,
    changes: Mapping[str, Any],
) -> City | None:  # fmt: skip
    """The object with the outline that was sent; None when it is the one it has."""
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    if not isinstance(geometry, dict):
        raise Unfit("geometry: it must be a GeoJSON geometry.")
    moved = _in_plane(twin, geometry, system)
    found = store.feature(twin.database, kind, record.row.id, "geometry")
    present = shapely.from_wkb(found[0].place) if found else None
    coming = _geometry(moved)
    if present is not None and coming.normalize().equals_exact(present.normalize(), UNCHANGED):
        return None
    attributes = {n: v for n, v in {**record.attributes, **changes}.items() if v is not None}
    if kind in (Kind.BUILDING, Kind.BUILDING_PART) and record.row.height is not None:
        attributes.setdefault("measuredHeight", round(record.row.height, 2))
    city = drawn(twin.crs, record.row.id, kind, moved, attributes)
    check_near(twin, city)
    return city


def _geometry(node: Mapping[str, Any]) -> Any:
    try:
        found = shapely.force_2d(shapely.from_geojson(orjson.dumps(node)))
    except (shapely.GEOSException, TypeError, ValueError) as error:
        raise Unfit(f"geometry: it is no GeoJSON geometry ({error}).") from None
    corners = shapely.get_coordinates(found)
    if not 1 <= len(corners) <= MOST_CORNERS or not np.isfinite(corners).all():
        raise Unfit(f"geometry: it must have 1 to {MOST_CORNERS} corners, all finite numbers.")
    return found


def _in_plane(twin: Tenant, node: Mapping[str, Any], system: feature_crs.System) -> dict[str, Any]:
    """A GeoJSON geometry in the plane of the tenant."""
    moved = feature_crs.exact_to_plane(twin, _geometry(node), system)
    found: dict[str, Any] = orjson.loads(shapely.to_geojson(moved))
    return found


def _answer(
    request: Request, twin: Tenant, kind: Kind, done: Any, behind: BackgroundTasks, created: bool = False
) -> Response:
    if not isinstance(done, Edit):
        text = orjson.dumps({"state": "proposed", "proposal": done.number})
        return Response(text, 202, media_type=JSON)
    after_edit(twin, done, kind, behind)
    make_features(opened(request, twin.id))
    found = store.feature(twin.database, kind, done.object, "degrees")
    headers = {"ETag": version_tag(found[1], GEOJSON)} if found else {}
    if created:
        items = f"{base_of(request, twin.id)}/collections/{request.path_params['collection']}/items"
        headers["Location"] = f"{items}/{quote(done.object, safe='')}"
        return Response(status_code=201, headers=headers, background=behind)
    return Response(status_code=204, headers=headers, background=behind)
