"""What a tenant's administration decides and reads: who has which role, on whose word, and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kastor.planning import decision
from kastor.store import audit, grants, people, sessions
from kastor.store.audit import Line
from kastor.store.errors import UnknownPerson
from kastor.store.grants import Grant
from kastor.store.moments import now
from kastor.store.roles import GRANTED, Right, Role
from kastor.web.errors import Forbidden, NotFound, spoken
from kastor.web.opened import instance_of, opened
from kastor.web.rights import needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["administration"])

ADMINISTER = [needs(Right.ADMINISTER)]
LINK_HOURS = 72.0
"""How long a link for choosing a password can be used. [h]"""

Reason = Annotated[str, Field(max_length=500)]


class Decision(BaseModel):
    """A role and why."""

    role: Role
    reason: Reason


class Granted(Decision):
    """A role that is granted, until a day or for good."""

    until: Annotated[str | None, Field(max_length=10)] = None


class NewMember(Granted):
    """Somebody who gets a role here, known to the instance or not yet."""

    login: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=200)] = ""


@router.get("/people", dependencies=ADMINISTER)
def members(request: Request, tenant: str) -> Response:
    """Who has which role here, and every decision about it."""
    with instance_of(request).read() as connection:
        roles = grants.members(connection, tenant)
        names = people.names(connection)
        known = [people.account(connection, person_id) for person_id in roles]
        decisions = [decision_json(grant, names) for grant in grants.of_tenant(connection, tenant)]
    return json(
        {
            "members": [
                {"id": one.id, "login": one.login, "name": one.name, "roles": sorted(roles[one.id])}
                for one in sorted(known, key=lambda one: one.name.casefold())
            ],
            "decisions": decisions,
            "roles": list(GRANTED),
        }
    )


@router.post("/people", dependencies=ADMINISTER)
def add_member(request: Request, tenant: str, given: NewMember) -> Response:
    """
    Give somebody a role here; who is not known yet gets a link for choosing a password.

    Raises
    ------
    InvalidPerson, InvalidGrant
        When login, name, role, reason or end make no sense.
    """
    by = person(request).id
    instance, rows = instance_of(request), opened(request, tenant).database
    link = None
    try:
        with instance.read() as connection:
            known = people.by_login(connection, given.login)
    except UnknownPerson:
        grants.check(given.role, given.reason, given.until)
        with instance.write("The person cannot be made known") as connection:
            known = people.create(connection, given.login, given.name or given.login, by)
            link = sessions.invite(connection, known.id, sessions.PASSWORD, LINK_HOURS, by)
    grants.grant(instance, rows, known.id, given.role, given.reason, by, given.until)
    return json({"id": known.id, "name": known.name, "link": link, "hours": LINK_HOURS})


@router.post("/people/{member}/roles", dependencies=ADMINISTER)
def grant_role(request: Request, tenant: str, member: str, given: Granted) -> Response:
    """Give somebody another role here."""
    by = person(request).id
    rows = opened(request, tenant).database
    grants.grant(instance_of(request), rows, member, given.role, given.reason, by, given.until)
    return json({})


@router.post("/people/{member}/withdrawal", dependencies=ADMINISTER)
def withdraw_role(request: Request, tenant: str, member: str, given: Decision) -> Response:
    """Take a role from somebody; the last administration stays."""
    by = person(request).id
    grants.withdraw(instance_of(request), opened(request, tenant).database, member, given.role, given.reason, by)
    return json({})


@router.post("/people/{member}/link", dependencies=ADMINISTER)
def new_link(request: Request, tenant: str, member: str) -> Response:
    """
    Make a new link for somebody who has forgotten the password.

    Raises
    ------
    Forbidden
        When the person has roles elsewhere too: whoever holds the link holds those as well.
    NotFound
        When the person has no role here.
    """
    by = person(request).id
    instance = instance_of(request)
    roles = grants.roles_of(instance, member)
    if tenant not in roles:
        raise NotFound(f"Nobody with the number {member[:40]!r} has a role here.")
    if set(roles) != {tenant}:
        raise Forbidden("This person has roles elsewhere too. Only the operator of this instance can make the link.")
    with instance.write("The link cannot be made") as connection:
        link = sessions.invite(connection, member, sessions.PASSWORD, LINK_HOURS, by)
        with opened(request, tenant).database.write("The link cannot be recorded") as rows:
            audit.record(rows, by, "link made", member, {"hours": LINK_HOURS})
    return json({"link": link, "hours": LINK_HOURS})


@router.get("/audit", dependencies=ADMINISTER)
def log(
    request: Request,
    tenant: str,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Lines of the audit log, newest first, with the names the instance knows today."""
    with visible(request, tenant).database.read() as connection:
        lines = audit.lines(connection, before, limit)
    with instance_of(request).read() as connection:
        names = people.names(connection)
    following = lines[-1].number if len(lines) == limit and lines[-1].number > 1 else None
    return json({"lines": [_line_json(line, names) for line in lines], "before": following})


@router.get("/audit/check", dependencies=ADMINISTER)
def check(request: Request, tenant: str) -> Response:
    """Whether the log and the signed decisions are whole, and the head of the log, to be kept elsewhere."""
    twin = visible(request, tenant)
    with twin.database.read() as connection:
        verdict = audit.verify(connection, audit.kept_head(twin.directory))
    faults = [*verdict.faults, *spoken(request, decision.faults(twin))]
    return json({"lines": verdict.lines, "head": str(verdict.head), "faults": faults, "checked": now()})


def decision_json(grant: Grant, names: Mapping[str, str]) -> dict[str, Any]:
    """A decision about a role, in words people understand."""
    return {
        "key": grant.key,
        "tenant": grant.tenant,
        "person": _named(grant.person, names),
        "role": grant.role,
        "granted": grant.granted,
        "grantedBy": _named(grant.granted_by, names),
        "reason": grant.reason,
        "until": grant.until,
        "ended": grant.ended,
        "endedBy": _named(grant.ended_by, names),
        "endedReason": grant.ended_reason,
        "holds": grant.holds(now()),
    }


def _line_json(line: Line, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "number": line.number,
        "at": line.at,
        "who": _named(line.who, names),
        "what": line.what,
        "subject": line.subject,
        "subjectName": names.get(line.subject, ""),
        "detail": dict(line.detail),
        "hash": line.hash,
    }


def _named(person_id: str, names: Mapping[str, str]) -> dict[str, str]:
    """Somebody with the name the instance knows; an erased person has none any more."""
    return {"id": person_id, "name": names.get(person_id, "")}
