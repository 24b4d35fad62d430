"""Procedures over HTTP: read as a card, changed as a draft, tried on past cases, released by two people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from kastor.cases import cards, effects, feel, merging, versions
from kastor.cases.authoring import Report, report
from kastor.cases.changes import Change, WorkedCase
from kastor.cases.deciding import plain
from kastor.cases.drafting import NewProcedure, drafted
from kastor.cases.offering import switch, switched_off
from kastor.cases.procedure import InvalidProcedure, Problem, Procedure, pack
from kastor.cases.revising import revised
from kastor.store import procedure_versions
from kastor.store.moments import moment
from kastor.store.procedure_versions import DRAFT, ReleaseRefused, Version
from kastor.web.errors import Unfit
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, person
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/procedures", tags=["procedures"])

READING = [needs(Right.HANDLE)]
CHANGING = [needs(Right.OVERSEE)]

Tongue = Literal["de", "en"]
MOST_CHANGES = 500


class Changes(BaseModel):
    """Changes to a version, one after the other; ``base`` is the version that was on the screen."""

    model_config = ConfigDict(extra="forbid")

    base: str = Field(max_length=64)
    changes: list[Change] = Field(max_length=MOST_CHANGES)


class Draft(Changes):
    """Changes to be kept as a draft, what they are for, and the newest version known (null: it does not matter)."""

    note: str = Field(min_length=3, max_length=2000)
    seen: str | None = Field(default=None, max_length=64)


class Begun(NewProcedure):
    """A new procedure, and what it is for."""

    note: str = Field(min_length=3, max_length=2000)


class Offer(BaseModel):
    """Whether people can ask for a procedure, and why that changes."""

    model_config = ConfigDict(extra="forbid")

    offered: bool
    reason: str = Field(min_length=3, max_length=500)


class Sample(BaseModel):
    """A condition or an expression, and values to try it on."""

    model_config = ConfigDict(extra="forbid")

    expression: str = Field(max_length=2000)
    tests: str = Field(default="", max_length=2000)
    values: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict, max_length=200)


@router.get("", dependencies=READING)
def all_procedures(request: Request, tenant: str) -> Response:
    """Procedures of the tenant with the version in force and all others, the newest first."""
    me = person(request).id
    with opened(request, tenant).database.read() as connection:
        off = switched_off(connection)
        return json({
            "procedures": [
                {
                    "id": one, "names": shown.about.names, "purpose": shown.about.purpose,
                    "in_force": current.version if current else "", "offered": bool(current) and one not in off,
                    "versions": [_version(each, me) for each in kept],
                }
                for one in versions.ids(connection)
                for kept in [procedure_versions.versions(connection, one)]
                for current in [versions.current(connection, one)]
                for shown in [current or versions.named(connection, one, kept[0].version)]
            ]
        })  # fmt: skip


@router.post("", dependencies=CHANGING, status_code=201)
def begin(request: Request, tenant: str, wanted: Annotated[Begun, Body()]) -> Response:
    """A wholly new procedure of a template, kept as a draft; it decides nothing until two people have released it."""
    who = person(request).id
    with opened(request, tenant).database.write("keep a procedure") as connection:
        if wanted.id in versions.ids(connection):
            raise ReleaseRefused(f"There is a procedure {wanted.id!r} already. Take another id, or change that one.")
        made = drafted(wanted)
        kept = procedure_versions.keep(connection, made.id, made.version, pack(made), who, wanted.note.strip(), DRAFT)
        return json(_version(kept, who), 201)


@router.post("/feel", dependencies=READING)
def try_out(sample: Annotated[Sample, Body()]) -> Response:
    """What an expression, or a condition on it, says for some values: the answer the server would decide with."""
    try:
        value = feel.parse(sample.expression, sample.values).evaluate(sample.values)
        if sample.tests:
            value = feel.parse_tests(sample.tests, sample.values).evaluate(value, sample.values)
    except feel.FeelError as error:
        raise Unfit(f"{sample.tests or sample.expression!r} cannot be computed: {error}") from error
    return json({"value": plain(value)})


@router.get("/{procedure}", dependencies=READING)
def one_procedure(
    request: Request,
    tenant: str,
    procedure: str,
    version: Annotated[str, Query(max_length=64)] = "",
    language: Tongue = "de",
) -> Response:
    """A procedure as staff read it: the version in force, or another one, with what an author is told of it."""
    with opened(request, tenant).database.read() as connection:
        current = versions.current(connection, procedure)
        kept = [_version(each, person(request).id) for each in procedure_versions.versions(connection, procedure)]
        if not version and current is None and kept:
            version = kept[0]["version"]
        found = current if current and not version else versions.named(connection, procedure, version)
        asked = bool(current) and procedure not in switched_off(connection)
    return json(cards.card(found, language) | {
        "in_force": current.version if current else "", "offered": asked, "versions": kept,
        "checks": _checks(report(found), language),
    })  # fmt: skip


@router.put("/{procedure}/offered", dependencies=CHANGING)
def offer(request: Request, tenant: str, procedure: str, wanted: Annotated[Offer, Body()]) -> Response:
    """Offer a procedure to people, or no longer; cases that run on it go on."""
    who, at = person(request).id, moment(datetime.now(UTC))
    with opened(request, tenant).database.write("offer a procedure") as connection:
        switch(connection, procedure, wanted.offered, wanted.reason.strip(), at, who)
    return json({"id": procedure, "offered": wanted.offered})


@router.post("/{procedure}/check", dependencies=CHANGING)
def check(
    request: Request, tenant: str, procedure: str, wanted: Annotated[Changes, Body()], language: Tongue = "de"
) -> Response:
    """What changes would do: what is wrong with them, and which worked cases come out differently. Nothing is kept."""
    with opened(request, tenant).database.read() as connection:
        base = versions.named(connection, procedure, wanted.base)
        current = versions.current(connection, procedure)
    try:
        after = revised(base, wanted.changes)
    except InvalidProcedure as error:
        return json({"usable": False, "problems": _problems(error.problems, language), "hints": [], "cases": []})
    return json({"usable": True, **_checks(report(after), language)} | {
        "cases": _worked(current or base, after), "added": _added(after, wanted.changes),
    })  # fmt: skip


@router.post("/{procedure}/versions", dependencies=CHANGING, status_code=201)
def keep(request: Request, tenant: str, procedure: str, draft: Annotated[Draft, Body()]) -> Response:
    """Keep changes as a draft; it decides nothing until two people have released it."""
    who = person(request).id
    with opened(request, tenant).database.write("keep a procedure") as connection:
        if draft.seen is not None:
            procedure_versions.check_newest(connection, procedure, draft.seen)
        base = versions.named(connection, procedure, draft.base)
        after = revised(base, draft.changes)
        if after.version == base.version:
            raise Unfit("Nothing was changed. Change something, then keep the draft.")
        kept = procedure_versions.keep(
            connection, procedure, after.version, pack(after), who, draft.note.strip(), DRAFT
        )
        return json(_version(kept, who), 201)


@router.get("/{procedure}/versions/{version}/effect", dependencies=READING)
def effect(
    request: Request,
    tenant: str,
    procedure: str,
    version: str,
    offset: Annotated[int, Query(ge=0, le=effects.MOST_CASES)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """What a version would have said of decided cases, beside the one in force; asked part by part."""
    with opened(request, tenant).database.read() as connection:
        before, after = _both(connection, procedure, version)
        found = effects.effect(connection, before or after, after, offset, limit)
    return json(asdict(found) | {"worked": _worked(before, after)})


@router.get("/{procedure}/versions/{version}/differences", dependencies=READING)
def differences(request: Request, tenant: str, procedure: str, version: str) -> Response:
    """Where a version differs from the one before it, place by place."""
    with opened(request, tenant).database.read() as connection:
        before, after = _both(connection, procedure, version)
    found = cards.changed(before, after) if before else ()
    return json({"against": before.version if before else "", "differences": [asdict(one) for one in found]})


@router.post("/{procedure}/versions/{version}/merge", dependencies=CHANGING)
def merge(request: Request, tenant: str, procedure: str, version: str, mine: Annotated[Changes, Body()]) -> Response:
    """Changes to a version, brought onto a draft somebody else made of it: what fits, and where both say otherwise."""
    with opened(request, tenant).database.read() as connection:
        base = versions.named(connection, procedure, mine.base)
        theirs = versions.named(connection, procedure, version)
    found = merging.merged(base, theirs, mine.changes)
    return json({
        "fits": [one.model_dump(mode="json") for one in found.fits],
        "conflicts": [
            {"change": one.change.model_dump(mode="json"), "before": one.before, "theirs": one.theirs, "mine": one.mine}
            for one in found.conflicts
        ],
    })  # fmt: skip


@router.post("/{procedure}/versions/{version}/release", dependencies=CHANGING)
def release(request: Request, tenant: str, procedure: str, version: str) -> Response:
    """Sign a version, or bring it into force as a second person; a version with faults cannot be signed."""
    who = person(request).id
    with opened(request, tenant).database.write("release a procedure") as connection:
        found = report(versions.named(connection, procedure, version))
        if not found.passed:
            said = [str(one) for one in found.problems] + [f"worked case {c.id}: {'; '.join(c.wrong)}"
                                                           for c in found.cases if c.wrong]  # fmt: skip
            raise Unfit(f"The version has faults; put them right before it is signed. {' / '.join(said[:5])}")
        return json(_version(procedure_versions.release(connection, procedure, version, who), who))


def _both(connection: Connection, procedure: str, version: str) -> tuple[Procedure | None, Procedure]:
    """What a version is compared with (None for the first one), and the version."""
    return versions.earlier(connection, procedure, version), versions.named(connection, procedure, version)


def _worked(before: Procedure | None, after: Procedure) -> list[dict[str, Any]]:
    return [asdict(one) for one in effects.worked(before, after)] if before else []


def _added(after: Procedure, changes: Sequence[Change]) -> list[dict[str, str]]:
    """New worked cases and how they come out."""
    wanted = {one.case for one in changes if isinstance(one, WorkedCase)}
    return [
        {"case": str(one["id"]), "name": one["name"], "outcome": one["expect"]["outcome"],
         "rule": one["expect"].get("rule", "")}
        for one in after.cases if str(one.get("id")) in wanted
    ]  # fmt: skip


def _version(one: Version, me: str) -> dict[str, Any]:
    """A version, without saying which other member of the staff made or signed it."""
    said = asdict(one)
    return said | {name: "" if not said[name] else "me" if said[name] == me else "other"
                   for name in ("who", "first", "second")}  # fmt: skip


def _checks(found: Report, language: str) -> dict[str, Any]:
    return {
        "passed": found.passed,
        "problems": _problems(found.problems, language),
        "hints": [
            {
                "file": one.file,
                "place": one.place,
                "text": one.en if language == "en" else one.de,
                "kind": one.kind,
                "table": one.table,
                "rules": list(one.rules),
                "cells": list(one.cells),
            }
            for one in found.hints
        ],
        "wrong": [{"id": one.id, "name": one.name, "wrong": list(one.wrong)} for one in found.cases if one.wrong],
        "count": len(found.cases),
    }


def _problems(found: Sequence[Problem], language: str) -> list[dict[str, str]]:
    return [
        {"file": one.file, "place": one.place, "text": one.en if language == "en" else one.de} for one in found
    ]  # fmt: skip
