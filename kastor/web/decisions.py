"""Decisions on record over HTTP: drafts, signing, checking, paper and file; reports of experts beside results."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response

from kastor.planning import decision
from kastor.planning.decision import Draft, altered
from kastor.store import expertises, resolutions
from kastor.store.resolutions import Resolution
from kastor.store.visibility import State
from kastor.web import decision_paper
from kastor.web.errors import BodyTooLarge, spoken
from kastor.web.opened import opened
from kastor.web.results import said_of
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json
from kastor.web.variants import expected, role_of

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["decisions"])

LOOKING = [needs(Right.SEE)]
PLANNING = [needs(Right.PLAN)]

Title = Annotated[str, Query(min_length=1, max_length=200)]


@router.get("/decisions", dependencies=LOOKING)
def all_decisions(request: Request, tenant: str) -> Response:
    """Records the caller may see, the newest first."""
    found = resolutions.all_resolutions(visible(request, tenant).database)
    return json({"decisions": [_entry(one) for one in found]})


@router.post("/decisions", dependencies=PLANNING)
def make(request: Request, tenant: str, draft: Draft) -> Response:
    """Begin a record, a draft at first."""
    visible(request, tenant)
    twin = opened(request, tenant)
    made = resolutions.add(twin.database, draft.title, draft.model_dump(mode="json"), person(request).id)
    return _document(made, 201)


@router.get("/decisions/{decision}", dependencies=LOOKING)
def one_decision(request: Request, tenant: str, decision: str) -> Response:
    """A record."""
    return _document(resolutions.resolution(visible(request, tenant).database, decision))


@router.put("/decisions/{decision}", dependencies=PLANNING)
def save(request: Request, tenant: str, decision: str, draft: Draft) -> Response:
    """Change a draft; ``If-Match`` names the revision it was made on."""
    visible(request, tenant)
    twin = opened(request, tenant)
    document = draft.model_dump(mode="json")
    return _document(resolutions.save(twin.database, decision, expected(request), draft.title, document))


@router.post("/decisions/{decision}/sign", dependencies=PLANNING)
def sign(request: Request, tenant: str, decision: str) -> Response:
    """Fix a record for ever, with all it cites as it is now."""
    visible(request, tenant)
    twin = opened(request, tenant)
    resolutions.resolution(twin.database, decision)
    return _document(_signed(request, tenant, decision))


def _signed(request: Request, tenant: str, decision_id: str) -> Resolution:
    who, role = person(request).id, role_of(request, tenant)
    return decision.sign(opened(request, tenant), decision_id, expected(request), who, role)


@router.put("/decisions/{decision}/state", dependencies=PLANNING)
def set_state(request: Request, tenant: str, decision: str, state: Annotated[State, Body(embed=True)]) -> Response:
    """Decide who sees a record, and with it the variants it holds."""
    visible(request, tenant)
    return _document(resolutions.set_state(opened(request, tenant).database, decision, state, person(request).id))


@router.delete("/decisions/{decision}", dependencies=PLANNING)
def remove(request: Request, tenant: str, decision: str) -> Response:
    """Remove a draft; a signed record stays."""
    visible(request, tenant)
    resolutions.remove(opened(request, tenant).database, decision, person(request).id)
    return Response(status_code=204)


@router.get("/decisions/{decision}/check", dependencies=LOOKING)
def check(request: Request, tenant: str, decision: str) -> Response:
    """Whether a record and all it cites are as they were when it was signed."""
    twin = visible(request, tenant)
    found = resolutions.resolution(twin.database, decision)
    return json({"signed": found.signed, "hash": found.hash, "faults": spoken(request, altered(twin, found))})


@router.get("/decisions/{decision}/decision.json", dependencies=LOOKING)
def as_file(request: Request, tenant: str, decision: str) -> Response:
    """The record as it was signed, byte for byte: its SHA-256 is the hash of the audit log."""
    found = resolutions.resolution(visible(request, tenant).database, decision)
    return _file(found.content, "application/json", f"{tenant}-beschluss-{found.id}.json")


@router.get("/decisions/{decision}/decision.pdf", dependencies=LOOKING)
def as_paper(request: Request, tenant: str, decision: str, language: Literal["de", "en"] = "de") -> Response:
    """The record on paper."""
    twin = visible(request, tenant)
    found = resolutions.resolution(twin.database, decision)
    content = decision_paper.as_pdf(twin, found, language)
    return _file(content, "application/pdf", f"{tenant}-beschluss-{found.id}.pdf")


@router.get("/results/{result}/expertises", dependencies=LOOKING)
def all_expertises(request: Request, tenant: str, result: str) -> Response:
    """Reports of experts beside a result, the oldest first."""
    found = expertises.expertises_of(visible(request, tenant).database, result)
    return json({"expertises": [said_of(one) for one in found]})


@router.post("/results/{result}/expertises", dependencies=PLANNING)
async def add_expertise(
    request: Request, tenant: str, result: str, title: Title,
    office: Annotated[str, Query(max_length=200)] = "", note: Annotated[str, Query(max_length=2000)] = "",
) -> Response:  # fmt: skip
    """Keep a report (the body, a PDF) in place of a result, which stays too."""
    visible(request, tenant)
    if int(request.headers.get("content-length", "0") or 0) > expertises.LARGEST:
        raise BodyTooLarge(f"A report has at most {expertises.LARGEST // 2**20} MB.")
    content = await request.body()
    twin, who = opened(request, tenant), person(request).id
    made = await run_in_threadpool(expertises.add, twin, result, title, office, note, content, who)
    return json(said_of(made), 201)


@router.get("/results/{result}/expertises/{expertise}", dependencies=LOOKING)
def one_expertise(request: Request, tenant: str, result: str, expertise: str) -> Response:
    """The file of a report."""
    found = expertises.file_of(visible(request, tenant), result, expertise)
    return FileResponse(found, media_type="application/pdf", headers={"Cache-Control": "private, no-cache"})


def _entry(found: Resolution) -> dict[str, Any]:
    document = found.document
    return {
        "id": found.id, "title": found.title, "state": found.state.value, "revision": found.revision,
        "signed": found.signed, "hash": found.hash, "created": found.created, "changed": found.changed,
        "body": document["body"], "date": document["date"], "outcome": document["outcome"],
    }  # fmt: skip


def _document(found: Resolution, status: int = 200) -> Response:
    answer = json({**_entry(found), "document": found.document}, status)
    answer.headers["ETag"] = f'"{found.revision}"'
    return answer


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(content, media_type=media_type, headers=headers)
