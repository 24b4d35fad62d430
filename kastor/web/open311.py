"""Open311 GeoReport v2: what can be reported, reporting it, and how reports stand; in XML and JSON.

Nothing is shown of a report but what a person has published; who knows its id sees how it stands. Errors have the form
of the standard, not that of the rest of the interface.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kastor.cases.channels import defects, open311
from kastor.cases.channels.open311 import Endpoint, Form
from kastor.cases.channels.open311_read import Open311Error, posted, wanted
from kastor.cases.channels.settings import Open311Settings
from kastor.cases.message import OPEN311, Attachment
from kastor.cases.reception import receive
from kastor.cases.redaction import redact
from kastor.store import Tenant, channels, keys
from kastor.store.channels import Publication
from kastor.web import form_bodies
from kastor.web.addresses import root
from kastor.web.channels import body_of, open_channel, present
from kastor.web.errors import BadRequest, BodyTooLarge, NotFound, Unsupported
from kastor.web.opened import instance_of, opened
from kastor.web.rights import Right, needs, person, serves_everybody
from kastor.web.tenants import json

router = APIRouter(prefix="/open311/{tenant}", tags=["open311"], dependencies=[serves_everybody()])
administration = APIRouter(prefix="/api/tenants/{tenant}/cases", tags=["open311"])

LARGEST_FORM = 25 * 2**20
"""Of a report with its photos. [bytes]"""

CHANGED = "2026-11-27"
"""When the services changed last."""


def _form(format: str) -> Form:
    if format not in ("xml", "json"):
        raise NotFound(f"{format[:20]!r} is none of the forms there are, xml and json.")
    return "json" if format == "json" else "xml"


Format = Annotated[Form, Depends(_form)]


@router.get("/discovery.{format}")
def discovery(request: Request, tenant: str, format: Format) -> Response:
    """Where the endpoint is, whom to ask and how to get a key."""
    _, settings = _open(request, tenant)
    here = [Endpoint(f"{root(request)}/open311/{tenant}/v2", CHANGED)]
    return _answer(open311.discovery(here, settings.contact, settings.key_service, format), format)


@router.get("/v2/services.{format}")
def services(
    request: Request, tenant: str, format: Format, jurisdiction_id: str = "", locale: Annotated[str, Query()] = ""
) -> Response:
    """What can be reported."""
    return _spoken(request, tenant, format, jurisdiction_id, lambda twin: open311.services(
        list(defects.services(twin, _language(request, locale)).values()), format
    ))  # fmt: skip


@router.get("/v2/services/{code}.{format}")
def definition(
    request: Request, tenant: str, code: str, format: Format, jurisdiction_id: str = "", locale: str = ""
) -> Response:
    """What a kind of report asks beyond place and description."""

    def found(twin: Tenant) -> bytes:
        service = defects.services(twin, _language(request, locale)).get(code)
        if service is None:
            raise Open311Error((404, f"service_code {code[:60]!r} was not found. See services for those there are."))
        return open311.definition(service, format)

    return _spoken(request, tenant, format, jurisdiction_id, found)


@router.post("/v2/requests.{format}", max_body_size=LARGEST_FORM)
async def report(request: Request, tenant: str, format: Format) -> Response:
    """Report something, as a form; photos may come with it."""
    try:
        body = await body_of(request, LARGEST_FORM)
        sent = form_bodies.form(body, request.headers.get("content-type", ""))
    except (BadRequest, Unsupported, BodyTooLarge) as error:
        return _refused(Open311Error((400, str(error))), format)
    return await run_in_threadpool(_reported, request, tenant, sent, format)


def _reported(request: Request, tenant: str, sent: form_bodies.Form, format: Form) -> Response:
    given = dict(sent.fields)
    language = _language(request, given.get("locale", ""))

    def made(twin: Tenant) -> bytes:
        _, settings = _open(request, tenant)
        _check_key(request, tenant, settings, given.get("api_key", ""))
        wish = posted(sent.fields, defects.services(twin, language))
        photos = tuple(_photo(file) for file in sent.files)
        request_id = defects.report(twin, wish, photos, "en" if language == "en" else "de", receive, present())
        return open311.accepted(request_id, NOTICE[language], wish.account, format)

    return _spoken(request, tenant, format, given.get("jurisdiction_id", ""), made)


NOTICE = {
    "de": "Ihre Meldung ist eingegangen. Sie wird geprüft und an die zuständige Stelle gegeben.",
    "en": "Your report has been received. It is checked and passed on to the office responsible.",
}


def _photo(file: Attachment) -> Attachment:
    if not file.media_type.startswith("image/"):
        raise Open311Error((400, f"media {file.name!r} is of type {file.media_type[:60]}; only pictures are taken."))
    return file


def _check_key(request: Request, tenant: str, settings: Open311Settings, sent: str) -> None:
    """A key of this instance for this tenant, unless everybody may report."""
    held = keys.holder(instance_of(request), sent) if sent else None
    if held is None and settings.open_to_all and not sent:
        return
    if held is None or held[1] != tenant:
        raise Open311Error((403, "api_key is missing or is none of this jurisdiction. See key_service in discovery."))


@router.get("/v2/requests.{format}")
def reports(
    request: Request, tenant: str, format: Format, jurisdiction_id: str = "", service_request_id: str = "",
    service_code: str = "", start_date: str = "", end_date: str = "", status: str = "", page: str = "",
    page_size: str = "", locale: str = "",
) -> Response:  # fmt: skip
    """Published reports, those of the last 90 days where nothing else is said."""
    query = {
        "service_request_id": service_request_id, "service_code": service_code, "start_date": start_date,
        "end_date": end_date, "status": status, "page": page, "page_size": page_size,
    }  # fmt: skip

    def found(twin: Tenant) -> bytes:
        wish = wanted(query, present())
        media = f"{root(request)}/open311/{tenant}/v2"
        return open311.requests(defects.requests(twin, wish, _language(request, locale), media), format)

    return _spoken(request, tenant, format, jurisdiction_id, found)


@router.get("/v2/requests/{request_id}.{format}")
def one_report(
    request: Request, tenant: str, request_id: str, format: Format, jurisdiction_id: str = "", locale: str = ""
) -> Response:
    """How a report stands; one that is not published shows nothing else."""

    def found(twin: Tenant) -> bytes:
        media = f"{root(request)}/open311/{tenant}/v2"
        one = defects.request(twin, request_id, _language(request, locale), media)
        if one is None:
            raise Open311Error((404, f"service_request_id {request_id[:60]!r} was not found."))
        return open311.requests([one], format)

    return _spoken(request, tenant, format, jurisdiction_id, found)


@router.get("/v2/tokens/{token}.{format}")
def token(request: Request, tenant: str, token: str, format: Format, jurisdiction_id: str = "") -> Response:
    """The report a token stands for: reports are made at once here, so tokens are their ids."""

    def found(twin: Tenant) -> bytes:
        one = defects.request(twin, token, "de", "")
        if one is None:
            raise Open311Error((404, f"token {token[:60]!r} was not found."))
        return open311.token(one.id, token, format)

    return _spoken(request, tenant, format, jurisdiction_id, found)


@router.get("/v2/media/{request_id}/{file}")
def media(request: Request, tenant: str, request_id: str, file: str) -> Response:
    """A published photo."""
    twin, _ = _open(request, tenant)
    found = defects.photo(twin, request_id, file)
    if found is None:
        raise NotFound("There is no such photo.")
    return Response(found, media_type="image/jpeg")


class Published(BaseModel):
    """What everybody may read of a report, and which of its photos (hashes) everybody may see."""

    description: Annotated[str, Field(max_length=open311.LONGEST)]
    photos: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=form_bodies.MOST_FILES)] = []


@administration.get("/{case}/publication", dependencies=[needs(Right.HANDLE)])
def publication(request: Request, tenant: str, case: str) -> Response:
    """What everybody sees of a report, what could be published, and the photos there are."""
    twin = opened(request, tenant)
    with twin.database.read() as connection:
        found = channels.published(connection, case)
    wish = defects.suggestion(twin, case)
    return json(
        {
            "published": None if found is None else {"description": found.description, "photos": list(found.photos)},
            "suggestion": wish.text, "left_out": list(wish.kinds), "photos": defects.photos(twin, case),
        }
    )  # fmt: skip


@administration.put("/{case}/publication", dependencies=[needs(Right.HANDLE)])
def publish(request: Request, tenant: str, case: str, given: Published) -> Response:
    """Let everybody see a report; what patterns find of names, numbers and plates is left out of the description."""
    twin = opened(request, tenant)
    cleaned = redact(given.description.strip())
    with twin.database.write("The report cannot be published") as connection:
        wish = Publication(cleaned.text, tuple(given.photos))
        channels.publish(connection, case, wish, present(), person(request).id)
    return json({"description": cleaned.text, "left_out": list(cleaned.kinds)})


@administration.delete("/{case}/publication", dependencies=[needs(Right.HANDLE)])
def hide(request: Request, tenant: str, case: str) -> Response:
    """Show a report no longer."""
    twin = opened(request, tenant)
    with twin.database.write("The report cannot be hidden") as connection:
        channels.publish(connection, case, None, present(), person(request).id)
    return Response(status_code=204)


def _open(request: Request, tenant: str) -> tuple[Tenant, Open311Settings]:
    twin, settings = open_channel(request, tenant, OPEN311)
    assert isinstance(settings, Open311Settings)
    return twin, settings


def _spoken(request: Request, tenant: str, form: Form, jurisdiction: str, found: Callable[[Tenant], bytes]) -> Response:
    """An answer of the standard, errors included."""
    twin, settings = _open(request, tenant)
    try:
        if jurisdiction and settings.jurisdiction and jurisdiction != settings.jurisdiction:
            raise Open311Error((404, f"jurisdiction_id {jurisdiction[:80]!r} was not found."))
        return _answer(found(twin), form)
    except Open311Error as error:
        return _refused(error, form)


def _answer(content: bytes, form: Form, status: int = 200) -> Response:
    media = open311.JSON if form == "json" else open311.XML
    return Response(content, status, headers={"Content-Type": media})


def _refused(error: Open311Error, form: Form) -> Response:
    return _answer(open311.errors(error.found, form), form, error.status)


def _language(request: Request, locale: str) -> str:
    asked = (locale or request.headers.get("accept-language", "de")).lower()
    return "en" if asked.startswith("en") else "de"
