"""Four eyes over HTTP: what has been corrected, what waits for a second person, and where that is the rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kastor.city.model import Kind
from kastor.store import Tenant, people
from kastor.store.earlier import aim, shape_of_version
from kastor.store.errors import NothingToUndo, UnknownObject
from kastor.store.history import REDO, UNDO, Correction
from kastor.store.labels import labels
from kastor.store.objects import ObjectRecord
from kastor.store.proposals import FourEyes, Proposal
from kastor.web.corrections import after_edit
from kastor.web.differences import of_attributes, of_shapes
from kastor.web.opened import instance_of
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["corrections"])

MAY_READ = [needs(Right.SEE_DRAFTS)]
MAY_PUBLISH = [needs(Right.PUBLISH)]
MAY_RULE = [needs(Right.ADMINISTER)]


class Decided(BaseModel):
    """Why a proposal is accepted or declined."""

    note: str = Field("", max_length=500)


class Rule(BaseModel):
    """Whether a second person decides."""

    on: bool


@router.get("/corrections", dependencies=MAY_READ)
def corrections(
    request: Request, tenant: str, limit: Annotated[int, Query(ge=1, le=200)] = 50, before: int | None = None
) -> Response:
    """The last corrections, newest first."""
    listed = visible(request, tenant).corrections(limit, before)
    names = _names(request)
    following = listed[-1].revision if len(listed) == limit else None
    return json({"items": [_correction_json(c, names) for c in listed], "next": following})


@router.get("/proposals", dependencies=MAY_READ)
def proposals(
    request: Request, tenant: str, state: Literal["open", "accepted", "declined", "all"] = "open"
) -> Response:
    """Corrections that wait for a second person, or did."""
    twin = visible(request, tenant)
    mine, names = person(request).id, _names(request)
    return json([_proposal_json(twin, p, mine, names) for p in twin.proposals(None if state == "all" else state)])


@router.post("/proposals/{number}/accept", dependencies=MAY_PUBLISH)
def accept(request: Request, tenant: str, number: int, decided: Decided, behind: BackgroundTasks) -> Response:
    """Make a proposed correction."""
    twin = visible(request, tenant)
    done = twin.accept(number, person(request).id, decided.note.strip())
    record = twin.object(done.object)
    assert record is not None
    return json(after_edit(twin, done, record.row.kind, behind))


@router.post("/proposals/{number}/decline", dependencies=MAY_PUBLISH)
def decline(request: Request, tenant: str, number: int, decided: Decided) -> Response:
    """Turn a proposed correction down."""
    visible(request, tenant).decline(number, person(request).id, decided.note.strip())
    return json({"state": "declined", "proposal": number})


@router.get("/four-eyes", dependencies=MAY_READ)
def four_eyes(request: Request, tenant: str) -> Response:
    """Where a second person decides corrections."""
    return json(_rules_json(visible(request, tenant).four_eyes()))


@router.put("/four-eyes", dependencies=MAY_RULE)
def set_four_eyes_everywhere(request: Request, tenant: str, rule: Rule) -> Response:
    """Let a second person decide the corrections of every dataset, or no longer."""
    twin = visible(request, tenant)
    twin.set_four_eyes_everywhere(rule.on, person(request).id)
    return json(_rules_json(twin.four_eyes()))


@router.put("/four-eyes/{dataset}", dependencies=MAY_RULE)
def set_four_eyes(request: Request, tenant: str, dataset: str, rule: Rule) -> Response:
    """Let a second person decide the corrections of a dataset, or no longer."""
    twin = visible(request, tenant)
    twin.set_four_eyes(dataset, rule.on, person(request).id)
    return json(_rules_json(twin.four_eyes()))


def _names(request: Request) -> Mapping[str, str]:
    with instance_of(request).read() as connection:
        return people.names(connection)


def _named(person_id: str, names: Mapping[str, str]) -> dict[str, str]:
    return {"id": person_id, "name": names.get(person_id, "")}


def _rules_json(rules: FourEyes) -> dict[str, Any]:
    return {"everywhere": rules.everywhere, "datasets": sorted(rules.datasets)}


def _correction_json(c: Correction, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "revision": c.revision, "at": c.at, "who": _named(c.who, names), "note": c.note, "what": c.what,
        "object": c.object, "label": c.label, "kind": Kind(c.kind).name.lower(), "dataset": c.dataset,
        "before": c.before, "after": c.after,
    }  # fmt: skip


def _proposal_json(twin: Tenant, p: Proposal, mine: str, names: Mapping[str, str]) -> dict[str, Any]:
    adding = p.wanted.what == "add"
    record = None if adding else twin.object(p.wanted.object)
    kind = Kind(int(p.wanted.city.kind[0])) if p.wanted.city is not None else record.row.kind if record else Kind.OTHER
    return {
        "number": p.number, "state": p.state, "at": p.at, "who": _named(p.who, names), "note": p.note,
        "what": p.wanted.what, "object": p.wanted.object, "label": record.row.label if record else _label(p),
        "kind": kind.name.lower(), "place": _place(p, record), "dataset": p.wanted.dataset, "mine": p.who == mine,
        "overtaken": record is not None and p.wanted.if_version not in (None, record.version),
        "changes": _changes(twin, p, record) if p.state == "open" else [],
        "decidedAt": p.decided_at, "decidedBy": _named(p.decided_by, names), "decisionNote": p.decision_note,
    }  # fmt: skip


def _label(p: Proposal) -> str:
    city = p.wanted.city
    return labels(city, city.ids.tolist())[0][0] if city is not None else p.wanted.object


def _place(p: Proposal, record: ObjectRecord | None) -> list[float] | None:
    """Where it would stand, or stands. [m]"""
    if p.wanted.city is not None:
        xy = p.wanted.city.xyz[:, :2]
        return [*((xy.min(axis=0) + xy.max(axis=0)) / 2).tolist(), 0.0]
    place = record.row.place if record and record.ended is None else None
    return [*place[:2], 0.0] if place else None


def _changes(twin: Tenant, p: Proposal, record: ObjectRecord | None) -> list[dict[str, Any]]:
    """What accepting the proposal would change today."""
    wanted = p.wanted
    now = dict(record.attributes) if record and record.ended is None else {}
    if wanted.what in ("edit", "end"):
        return of_attributes({n: now.get(n) for n in wanted.attributes}, wanted.attributes)
    family = twin.family(wanted.object, wanted.dataset) if now else None
    if wanted.city is not None:
        columns = wanted.city.attributes
        then = {name: column[0] for name, column in columns.items() if column[0] is not None}
        return of_attributes(now, then) + of_shapes(family, wanted.city)
    version = _version(twin, p)
    if version is None:
        return []
    older = next((v for v in twin.history(wanted.object, wanted.dataset) if v.version == version), None)
    if older is None:
        return []
    found = of_attributes(now, older.attributes)
    try:
        shape = shape_of_version(twin.database, wanted.object, wanted.dataset, version)
    except UnknownObject:
        return found
    return found + of_shapes(family, shape)


def _version(twin: Tenant, p: Proposal) -> int | None:
    """The version that would come back."""
    if p.wanted.what not in (UNDO, REDO):
        return p.wanted.version
    try:
        return aim(twin.database, p.wanted.object, p.wanted.dataset, p.wanted.what)
    except NothingToUndo:
        return None
