"""Planning variants over HTTP: listed, made, saved, taken back, shared, drawn.

Whoever plans works on all variants of the office. Whoever is signed in may propose: such a variant bears that mark,
only its author changes what is in it, and handing it in is making it internal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from kastor.planning import changes, overlay
from kastor.planning.variant import conflicts, put
from kastor.store import Tenant, variants
from kastor.store.resolutions import check_free
from kastor.store.roles import GRANTED
from kastor.store.variants import CITIZEN, LONGEST_NAME, OFFICE, REDO, UNDO, Saved, UnknownVariant, Variant
from kastor.store.visibility import State
from kastor.web.errors import BadRequest, BodyTooLarge, Forbidden, NotSignedIn, PreconditionRequired
from kastor.web.opened import opened
from kastor.web.rights import Right, Role, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/variants", tags=["variants"])

LOOKING = [needs(Right.SEE)]
AUTHORS = [needs(Right.SEE)]
"""Either of two rights lets somebody write, which :func:`check_author` asks for."""

LARGEST = 8 * 2**20
"""Bytes of a list of edits."""

Revision = Annotated[int | None, Query(ge=1)]


class Origin(BaseModel):
    """What a variant is branched from."""

    variant: str = Field(max_length=100)
    revision: int | None = None


class New(BaseModel):
    """A variant to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    origin: Annotated[Origin | None, Field(alias="from")] = None


class Described(BaseModel):
    """What is said about a variant."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME)
    state: State | None = None


@router.get("", dependencies=LOOKING)
def all_variants(request: Request, tenant: str) -> Response:
    """Variants the caller may see, the one changed last first."""
    found = {one.id: one for one in variants.all_variants(visible(request, tenant).database)}
    me = person(request).id
    if me:
        mine = variants.all_variants(opened(request, tenant).database)
        found |= {one.id: one for one in mine if one.who == me}
    newest_first = sorted(found.values(), key=lambda one: one.changed, reverse=True)
    return json({"variants": [_entry(request, tenant, one) for one in newest_first]})


@router.post("", dependencies=AUTHORS)
def make(request: Request, tenant: str, new: New) -> Response:
    """Make a variant, empty or branched from a revision of another; a draft at first."""
    visible(request, tenant)
    check_author(request, tenant)
    edits: list[dict[str, Any]] = []
    parent = None
    if new.origin is not None:
        twin, found = readable(request, tenant, new.origin.variant)
        saved = variants.saved(twin.database, found.id, new.origin.revision)
        edits, parent = saved.edits, {"variant": found.id, "revision": saved.revision}
    origin = OFFICE if person(request).may(Right.PLAN, tenant) else CITIZEN
    twin = opened(request, tenant)
    made = variants.add(
        twin.database, new.name.strip(), edits, person(request).id, role_of(request, tenant), origin, parent
    )
    return _document(request, twin, made, variants.saved(twin.database, made.id), 201)


@router.get("/{variant}", dependencies=LOOKING)
def one_variant(request: Request, tenant: str, variant: str, revision: Revision = None) -> Response:
    """A variant with the edits of a revision, the present one when none is named."""
    twin, found = readable(request, tenant, variant)
    return _document(request, twin, found, variants.saved(twin.database, variant, revision))


@router.put("/{variant}/edits", dependencies=AUTHORS)
async def save(request: Request, tenant: str, variant: str) -> Response:
    """Save all edits of a variant as a new revision; ``If-Match`` names the one they were made on."""
    body = await request.body()
    return await run_in_threadpool(_save, request, tenant, variant, body)


def _save(request: Request, tenant: str, variant: str, body: bytes) -> Response:
    twin, _ = _writable(request, tenant, variant)
    on = expected(request)
    saved = put(twin, variant, on, _edits_in(body), person(request).id, role_of(request, tenant))
    return _document(request, twin, variants.variant(twin.database, variant), saved)


@router.post("/{variant}/undo", dependencies=AUTHORS)
def undo(request: Request, tenant: str, variant: str) -> Response:
    """Take the last saved step back."""
    return _step(request, tenant, variant, UNDO)


@router.post("/{variant}/redo", dependencies=AUTHORS)
def redo(request: Request, tenant: str, variant: str) -> Response:
    """Make a step again that was taken back."""
    return _step(request, tenant, variant, REDO)


def _step(request: Request, tenant: str, variant: str, what: str) -> Response:
    twin, _ = _writable(request, tenant, variant)
    on = expected(request)
    saved = variants.step(twin.database, variant, on, what, person(request).id, role_of(request, tenant))
    return _document(request, twin, variants.variant(twin.database, variant), saved)


@router.patch("/{variant}", dependencies=AUTHORS)
def describe(request: Request, tenant: str, variant: str, described: Described) -> Response:
    """Rename a variant, or decide who sees it."""
    twin, _ = _writable(request, tenant, variant, to_decide=True)
    if described.state is State.PUBLIC and not person(request).may(Right.PLAN, tenant):
        raise Forbidden("state: who plans here decides what everybody sees. Choose internal to hand the proposal in.")
    name = described.name.strip() if described.name else None
    found = variants.describe(twin.database, variant, name, described.state, person(request).id)
    return _document(request, twin, found, variants.saved(twin.database, variant))


@router.delete("/{variant}", dependencies=AUTHORS)
def remove(request: Request, tenant: str, variant: str) -> Response:
    """Remove a variant with all its revisions; the audit log keeps that it was there."""
    twin, _ = _writable(request, tenant, variant, to_decide=True)
    check_free(twin.database, "variants", variant)
    variants.remove(twin.database, variant, person(request).id)
    return Response(status_code=204)


@router.get("/{variant}/overlay.glb", dependencies=LOOKING)
def drawn(request: Request, tenant: str, variant: str, revision: Revision = None) -> Response:
    """The planned objects of a revision in the frame of the tenant's tiles; 204 when there is nothing to draw."""
    twin, _ = readable(request, tenant, variant)
    saved = variants.saved(twin.database, variant, revision)
    content = _overlay(visible(request, tenant), visible(request, tenant).revision, orjson.dumps(saved.edits))
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{saved.revision}"'}
    if not content:
        return Response(status_code=204, headers=headers)
    return Response(content, media_type="model/gltf-binary", headers=headers)


@lru_cache(maxsize=16)
def _overlay(twin: Tenant, revision: str, edits: bytes) -> bytes:
    """Of the same edits on the same data, as several people look at."""
    return overlay.overlay(twin, changes.read(orjson.loads(edits)))


def readable(request: Request, tenant: str, variant_id: str) -> tuple[Tenant, Variant]:
    """A variant the caller may see, by its state or as its author, and the tenant to read it from."""
    twin = visible(request, tenant)
    try:
        return twin, variants.variant(twin.database, variant_id)
    except UnknownVariant:
        whole = opened(request, tenant)
        found = variants.variant(whole.database, variant_id) if person(request).signed_in else None
        if found is None or found.who != person(request).id:
            raise
        return whole, found


def _writable(request: Request, tenant: str, variant_id: str, to_decide: bool = False) -> tuple[Tenant, Variant]:
    """
    A variant the caller may change, and the tenant to write it to.

    Parameters
    ----------
    to_decide
        Whether name, state or existence are to change, not what is in it.

    Raises
    ------
    Forbidden
        When it is somebody else's.
    """
    _, found = readable(request, tenant, variant_id)
    check_author(request, tenant)
    if not _may(request, tenant, found, to_decide):
        raise Forbidden(
            "Only the author changes a proposal, and only those who plan here change other variants."
            " Branch off a variant of your own."
        )
    return opened(request, tenant), found


def check_author(request: Request, tenant: str) -> None:
    """
    See that somebody plans here, or has an account to propose with.

    Raises
    ------
    NotSignedIn, Forbidden
        When neither.
    """
    asking = person(request)
    if not asking.signed_in:
        raise NotSignedIn("Sign in to propose something; who plans here is decided by the administration.")
    if not (asking.may(Right.PLAN, tenant) or asking.may(Right.ACCOUNT, tenant)):
        raise Forbidden(f"This needs the right {Right.PLAN.value!r}. Ask the administration of this tenant for it.")


def _may(request: Request, tenant: str, found: Variant, to_decide: bool) -> bool:
    mine = bool(found.who) and found.who == person(request).id
    plans = person(request).may(Right.PLAN, tenant)
    if found.origin == CITIZEN:
        # what has been handed in stays as it was
        return (mine and found.state is State.DRAFT) or (plans and to_decide)
    return plans


def role_of(request: Request, tenant: str) -> str:
    """The role somebody acts in, which is all that others see of them."""
    held = person(request).roles.get(tenant, frozenset())
    by_weight = (Role.PLANNER, *(role for role in reversed(GRANTED) if role is not Role.PLANNER))
    return next((role.value for role in by_weight if role in held), Role.CITIZEN.value)


_TAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def expected(request: Request) -> int:
    """
    The revision somebody worked on, as ``If-Match`` names it.

    Raises
    ------
    PreconditionRequired
        When it names none.
    """
    given = request.headers.get("if-match", "")
    found = _TAG.fullmatch(given.strip())
    if found is None:
        raise PreconditionRequired('If-Match: name the revision you worked on, such as If-Match: "3".')
    return int(found[1])


def _edits_in(body: bytes) -> Any:
    if len(body) > LARGEST:
        raise BodyTooLarge(f"A list of edits has at most {LARGEST:,} bytes, this one has {len(body):,}.")
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is no JSON: {error}.") from error
    if not isinstance(sent, Mapping) or not isinstance(sent.get("edits"), list):
        raise BadRequest('The body must be an object such as {"edits": [...]}.')
    return sent["edits"]


def _entry(request: Request, tenant: str, found: Variant) -> dict[str, Any]:
    """A variant without its edits; of people no more than their role."""
    me = person(request).id
    return {
        "id": found.id, "name": found.name, "state": found.state.value, "origin": found.origin,
        "parent": found.parent, "revision": found.revision, "created": found.created, "changed": found.changed,
        "by": _by(found.by, found.role, me), "mine": bool(me) and found.who == me, "edits": found.count,
        "may": {"edit": _may(request, tenant, found, False), "decide": _may(request, tenant, found, True)},
    }  # fmt: skip


def _by(who: str, role: str, me: str) -> str:
    return "self" if me and who == me else role


def _document(request: Request, twin: Tenant, found: Variant, saved: Saved, status: int = 200) -> Response:
    edits = changes.read(saved.edits)
    content = {
        **_entry(request, twin.id, found),
        "revision": saved.revision,
        "by": _by(saved.who, saved.role, person(request).id),
        "edits": saved.edits,
        "undo": saved.back is not None,
        "redo": saved.ahead is not None,
        "hidden": overlay.hidden_objects(twin, edits),
        "conflicts": [{"edit": one.edit, "number": one.number, "words": one.words} for one in conflicts(twin, edits)],
    }
    answer = json(content, status)
    answer.headers["ETag"] = f'"{saved.revision}"'
    return answer
