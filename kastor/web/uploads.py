"""Uploads over HTTP: files in, report to read, published or discarded; nothing is seen by others before."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import Connection

from kastor.city.column_suggestions import Columns, as_roles
from kastor.city.statistics import Sheet
from kastor.formats.sheets import MOST_COLUMNS
from kastor.loading import uploads, worker
from kastor.loading.decisions import decided, kept_in
from kastor.loading.drafts import open_draft
from kastor.loading.refusals import words
from kastor.loading.statistics import sheets
from kastor.loading.uploads import Announced
from kastor.store import Tenant
from kastor.store.audit import record
from kastor.store.errors import UnknownDataset
from kastor.store.jobs import Job, State, WrongState, change_job, job, jobs
from kastor.web.datasets import check_choices
from kastor.web.errors import BadRequest
from kastor.web.report_bodies import Decisions, Given
from kastor.web.report_json import report_json
from kastor.web.reports import pdf_of, table_of
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/uploads", tags=["uploads"], dependencies=[needs(Right.LOAD)])

CHUNK = 4 * 2**20
"""Size of the pieces a browser sends. [bytes]"""

ANSWERABLE = (State.UPLOADED, State.ASKING, State.READY, State.FAILED)
"""States in which reading can be (re)started with other answers."""

Name = Annotated[str, Field(max_length=1000)]
Fact = Annotated[str, Field(max_length=2000)]


class OneFile(Given):
    """A file about to be sent."""

    name: Annotated[str, Field(min_length=1, max_length=1000)]
    size: Annotated[int, Field(ge=0)]


class Beginning(Given):
    """An upload about to begin; ``dataset`` is the id of the one that gets a newer state, empty for a new one."""

    files: Annotated[list[OneFile], Field(max_length=1000)]
    dataset: Annotated[str, Field(max_length=100)] = ""


class Facts(Given):
    """What is said about a dataset."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    owner: Fact = ""
    licence: Fact = ""
    licence_url: Annotated[str, Field(alias="licenceUrl", max_length=500, pattern=r"^(https?://\S+)?$")] = ""
    attribution: Fact = ""
    date: Annotated[str, Field(pattern=r"^(\d{4}(-\d\d(-\d\d)?)?)?$")] = ""
    office: Fact = ""
    contact: Fact = ""
    rhythm: Annotated[str, Field(max_length=20)] = ""
    theme: Annotated[str | None, Field(max_length=20)] = None
    hvd: Annotated[str | None, Field(max_length=20)] = None
    description: Fact = ""


class Reading(Given):
    """How to read an upload."""

    facts: Facts
    kind: Annotated[str, Field(max_length=30)] = ""
    crs: Annotated[str, Field(max_length=60)] = ""
    columns: Annotated[dict[Name, Name], Field(default_factory=dict, max_length=2 * MOST_COLUMNS)]


class Publishing(Given):
    """Who will see the dataset; ``read`` says that the report was read."""

    state: Literal["public", "internal"] = "public"
    read: Literal[True]


@router.get("")
def all_uploads(request: Request, tenant: str) -> Response:
    """Uploads that are not finished, and the last that were; with the limits of an upload."""
    twin = visible(request, tenant)
    worker.resume(twin)
    # work without files brings tiles up to date
    found = [one for one in jobs(twin.database) if one.files]
    done = [one for one in found if one.state is State.PUBLISHED][:20]
    shown = [one for one in found if one.state is not State.PUBLISHED] + done
    settings = request.app.state.settings
    items = [upload_json(twin, one) for one in shown]
    return json({"limit": settings.upload_limit, "chunk": CHUNK, "days": settings.upload_days, "items": items})


@router.post("")
def begin(request: Request, tenant: str, body: Beginning) -> Response:
    """Begin an upload; refused at once when it is too large for the limit or the disk."""
    twin = visible(request, tenant)
    dataset: dict[str, Any] = {"id": ""}
    if body.dataset:
        known = next((d for d in twin.datasets() if d.id == body.dataset), None)
        if known is None:
            raise UnknownDataset(f"There is no dataset {body.dataset!r} that could get a newer state.")
        dataset = {name: getattr(known, name) for name in ("id", *_FACTS)}
    announced = [Announced(one.name, one.size) for one in body.files]
    begun = uploads.begin(twin, announced, dataset, person(request).id, request.app.state.settings.upload_limit)
    return json(upload_json(twin, begun), 201)


_FACTS = (
    "title", "owner", "licence", "licence_url", "attribution", "date",
    "office", "contact", "rhythm", "theme", "hvd", "description",
)  # fmt: skip


@router.get("/{upload}")
def one_upload(request: Request, tenant: str, upload: str) -> Response:
    """How far an upload has come."""
    twin = visible(request, tenant)
    found = job(twin.database, upload)
    if found.state in (State.READING, State.PUBLISHING, State.FINISHING) and not worker.is_running(twin, upload):
        worker.resume(twin)
        found = job(twin.database, upload)
    return json(upload_json(twin, found))


@router.put("/{upload}/files/{number}", max_body_size=uploads.LARGEST_PIECE)
async def receive(
    request: Request, tenant: str, upload: str, number: int, offset: Annotated[int, Query(ge=0)]
) -> Response:
    """
    A piece of a file, which begins where the file ends now.

    The bytes go to the disk as they come; what has arrived stays when the connection breaks.
    """
    twin = await run_in_threadpool(visible, request, tenant)
    found = await run_in_threadpool(job, twin.database, upload)
    if found.state is not State.UPLOADING:
        raise WrongState(f"The upload is {found.state.value!r}; no more files are taken.")
    file = uploads.file_of(twin, found, number)
    size = int(found.files[number]["size"])
    with uploads.appending(twin, found, number, offset) as stream:
        here = offset
        async for piece in request.stream():
            here += len(piece)
            if here > size:
                raise uploads.TooLarge(f"{file.name}: more than the {size} bytes that were announced. Begin again.")
            await run_in_threadpool(stream.write, piece)
        await run_in_threadpool(stream.flush)
    done = here == size and await run_in_threadpool(uploads.complete, twin, found)
    return json({"received": here, "complete": done})


@router.get("/{upload}/tables")
def tables(request: Request, tenant: str, upload: str) -> Response:
    """The tables among the files: headings, first rows, and what the columns seem to hold."""
    twin = visible(request, tenant)
    found = _in(twin, upload, ANSWERABLE)
    by_district = {name: _sheet_json(twin, sheet, columns) for name, (sheet, columns) in sheets(twin, found).items()}
    with_places = [
        {
            "file": name,
            "headers": one.headers,
            "rows": one.rows,
            "roles": one.roles,
            "kind": one.kind.name.lower() if one.kind else "",
            "crs": one.crs,
            "statistics": by_district.pop(name, None),
        }
        for name, one in uploads.tables(twin, found)
    ]
    books = [
        {"file": name, "headers": [], "rows": [], "roles": {}, "kind": "", "crs": "", "statistics": one}
        for name, one in by_district.items()
    ]
    return json(with_places + books)


def _sheet_json(tenant: Tenant, sheet: Sheet, columns: Columns) -> dict[str, Any]:
    """``Statistics`` of the browser: a table by district, and what its columns seem to be."""
    titles = {one.id: one.title for one in tenant.datasets() if one.kinds.get("district") and not one.ended}
    joined = columns.joined
    return {
        "name": sheet.name,
        "headers": list(sheet.headers),
        "rows": [[cell[:200] for cell in cells] for _, cells in sheet.rows[:5]],
        "count": len(sheet.rows),
        "roles": as_roles(columns),
        "whens": dict(columns.whens),
        "areas": titles,
        "matched": joined.matched if joined else 0,
        "without": [joined.districts.labels[i] for i in joined.without_row] if joined else [],
    }


@router.post("/{upload}/read")
def read(request: Request, tenant: str, upload: str, body: Reading) -> Response:
    """Read the files into the draft, with what the person says about them."""
    twin = visible(request, tenant)
    found = _in(twin, upload, ANSWERABLE)
    facts = {name: value for name, value in body.facts.model_dump().items() if value is not None}
    check_choices(facts)
    # facts that the page of the dataset cares for stay as they are
    dataset = {**found.dataset, **facts, "id": found.dataset["id"] or _new_id(twin, facts["title"])}
    options = {"kind": body.kind, "crs": body.crs, "columns": body.columns}
    values = {"state": State.READING.value, "dataset": dataset, "options": options, "problem": "", "question": {}}
    _go(twin, found, ANSWERABLE, {**values, "decisions": [], "result": {}})
    return json(upload_json(twin, job(twin.database, upload)))


@router.post("/{upload}/decisions")
def decide(request: Request, tenant: str, upload: str, body: Decisions) -> Response:
    """Decide on findings of the draft; carried out when it is published."""
    twin = visible(request, tenant)
    found = _in(twin, upload, [State.READY])
    with open_draft(twin, upload) as draft:
        findings = {(f["object"], f["code"]): f for f in draft.report(found.result["report"])["findings"]}
    kept = {(d["object"], d["code"]): d for d in found.decisions}
    for one in body.decisions:
        finding = findings.get((one.object, one.code))
        if finding is None:
            raise BadRequest(f"decisions: the report has no finding {one.code!r} about {one.object!r}.")
        kept.pop((one.object, one.code), None)
        if one.take is not None:
            decision = decided(finding, one.take)
            kept[one.object, one.code] = {
                "object": one.object, "code": one.code, "what": decision.what, "stated": dict(decision.stated)
            }  # fmt: skip
    with twin.database.write("The decision cannot be kept") as connection:
        change_job(connection, upload, [State.READY], {"decisions": list(kept.values())})
    return json(upload_json(twin, job(twin.database, upload)))


@router.post("/{upload}/publish", dependencies=[needs(Right.PUBLISH)])
def publish(request: Request, tenant: str, upload: str, body: Publishing) -> Response:
    """Load the files into the twin, as one transaction."""
    twin = visible(request, tenant)
    found = _in(twin, upload, [State.READY])
    options = {**found.options, "state": body.state, "publisher": person(request).id}
    _go(twin, found, [State.READY], {"state": State.PUBLISHING.value, "options": options, "problem": ""})
    return json(upload_json(twin, job(twin.database, upload)))


@router.delete("/{upload}")
def discard(request: Request, tenant: str, upload: str) -> Response:
    """Stop and remove an upload without a trace in the twin."""
    twin = visible(request, tenant)

    def remember(connection: Connection, found: Job) -> None:
        files = [{"size": file["size"], "digest": file.get("digest", "")} for file in found.files]
        record(connection, person(request).id, "discard", upload, {"state": found.state.value, "files": files})

    worker.discard(twin, upload, remember)
    return Response(status_code=204)


@router.get("/{upload}/report")
def report(request: Request, tenant: str, upload: str) -> Response:
    """The report of the draft, with suggestions and decisions."""
    return json(_report(visible(request, tenant), upload)[0])


@router.get("/{upload}/report.csv")
def report_csv(request: Request, tenant: str, upload: str, language: Literal["de", "en"] = "de") -> Response:
    """The findings of the draft as a table for spreadsheets."""
    found, title = _report(visible(request, tenant), upload)
    return table_of(found, _new_id(visible(request, tenant), title), language)


@router.get("/{upload}/report.pdf")
def report_pdf(request: Request, tenant: str, upload: str, language: Literal["de", "en"] = "de") -> Response:
    """The report of the draft as PDF."""
    twin = visible(request, tenant)
    found, title = _report(twin, upload)
    return pdf_of(found, title, twin.info.title, _new_id(twin, title), language)


def _report(tenant: Tenant, upload: str) -> tuple[dict[str, Any], str]:
    """The report of a draft, and the title of its dataset."""
    found = _in(tenant, upload, [State.READY, State.PUBLISHING])
    with open_draft(tenant, upload) as draft:
        whole = report_json(draft, draft.report(found.result["report"]), kept_in(found))
    return whole, str(found.dataset.get("title", ""))


def upload_json(tenant: Tenant, found: Job) -> dict[str, Any]:
    """``Upload`` of the browser."""
    working = found.state in (State.READING, State.PUBLISHING, State.FINISHING)
    before = uploads.loaded_before(tenant, found) if found.state in (State.UPLOADED, State.READY) else None
    received = uploads.received(tenant, found)
    facts = {name: found.dataset.get(name, "") for name in ("id", *_FACTS)}
    facts["licenceUrl"] = facts.pop("licence_url")
    return {
        "id": found.id,
        "state": found.state.value,
        "who": found.who,
        "created": found.created,
        "changed": found.changed,
        "facts": facts,
        "replaces": any(d.id == found.dataset.get("id") for d in tenant.datasets()),
        "options": {"kind": "", "crs": "", "columns": {}, **found.options},
        "files": [
            {"name": file["name"], "size": file["size"], "received": here}
            for file, here in zip(found.files, received, strict=True)
        ],
        "progress": worker.progress_of(tenant, found.id) if working else None,
        "question": dict(found.question),
        "problem": words(found.problem) if found.problem else None,
        "decisions": found.decisions,
        "result": dict(found.result),
        "before": {"id": before.id, "at": before.changed, "dataset": before.dataset.get("title", "")}
        if before
        else None,
    }


def _in(tenant: Tenant, upload: str, states: Any) -> Job:
    """An upload, provided it stands where it must."""
    found = job(tenant.database, upload)
    if found.state not in states:
        raise WrongState(f"The upload is {found.state.value!r}; this can be done only when it is "
                         f"{' or '.join(sorted(state.value for state in states))}.")  # fmt: skip
    return found


def _go(tenant: Tenant, found: Job, states: Any, values: dict[str, Any]) -> None:
    """Change an upload and let the program work on it."""
    worker.stop(tenant, found.id)
    with tenant.database.write("The upload cannot go on") as connection:
        change_job(connection, found.id, states, values)
    worker.start(tenant, found.id)


def _new_id(tenant: Tenant, title: str) -> str:
    """An id for a new dataset, from its title."""
    spelled = [_LETTERS.get(c, c) for c in title.lower()]
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in "".join(spelled))
    stem = "-".join(part for part in letters.split("-") if part)[:60] or "datensatz"
    taken = {dataset.id for dataset in tenant.datasets()} | {one.dataset.get("id") for one in jobs(tenant.database)}
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
