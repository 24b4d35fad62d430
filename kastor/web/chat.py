"""The chat: a conversation with the digital colleague as a page and as JSON, without an account.

Who writes holds a secret in a cookie (or sends it as ``X-Conversation``); it names the thread, nothing else opens it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kastor.cases import casework, reception, signing_in
from kastor.cases.continuing import LinkEnded, case_of
from kastor.cases.conversation import Conversation, Entry
from kastor.cases.dialogue.talk import INTENT
from kastor.cases.dialogue.words import chosen, said
from kastor.cases.guides import guide
from kastor.cases.message import WEB, Attachment, Choice, Language, Message
from kastor.cases.offering import offered_by
from kastor.store import Tenant
from kastor.store.errors import TooManyAttempts, UnknownTenant
from kastor.web import chat_page
from kastor.web.chat_page import Page
from kastor.web.cookies import cookie, drop_cookie, set_cookie
from kastor.web.errors import NotFound, Unfit, Unsupported
from kastor.web.form_bodies import form
from kastor.web.guard import Limits, caller_of
from kastor.web.opened import opened
from kastor.web.pages import STATIC
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(tags=["chat"])

SEE = [needs(Right.SEE)]
KEPT = 90.0
"""How long a browser remembers its conversation. [days]"""

LONGEST = 8000
"""Letters of a message."""

MEDIA_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "application/pdf"})
"""Files that are taken."""

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"})
"""Files browsers may show; others are only saved."""

LOOK, STREAM = 1.0, 25.0
"""How often a stream looks for news, and how long it lasts before the browser asks anew. [s]"""

NONE_YET = "There is no conversation yet. Send a message to begin one."

LANGUAGES = ("de", "en", "leicht")
Spoken = Literal["de", "en", "leicht"]


class Sent(BaseModel):
    """A message as programs send it."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field("", max_length=100)
    text: str = Field("", max_length=LONGEST)
    language: Spoken | None = None
    answers: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict, max_length=60)
    place: tuple[float, float] | None = None
    object: str = Field("", max_length=200)


@dataclass(frozen=True)
class Thread:
    """The conversation of a browser: its secret, and whether it was made just now."""

    secret: str
    new: bool


@router.get("/api/tenants/{tenant}/chat", dependencies=SEE)
def read_conversation(request: Request, tenant: str) -> Response:
    """
    The conversation of whoever asks, both sides.

    Raises
    ------
    NotFound
        When there is none yet.
    """
    twin = chat_twin(request, tenant)
    found = reception.conversation(twin, WEB, chat_thread(request, tenant).secret)
    if found is None:
        raise NotFound(NONE_YET)
    return _private(json(conversation_json(found)))


@router.post("/api/tenants/{tenant}/chat/messages", dependencies=SEE)
async def send_message(request: Request, tenant: str) -> Response:
    """
    Send a message as JSON or as a form with files; gives the whole conversation.

    The same ``key`` again changes nothing.

    Raises
    ------
    Unfit
        When something is too long or no value.
    Unsupported
        When a file is of a kind that is not taken.
    """
    _slow_down(request)
    sent, files = await _sent(request)
    thread = chat_thread(request, tenant)
    found = await run_in_threadpool(_received, request, tenant, thread, sent, files)
    answer = _private(json({**conversation_json(found), "conversation": thread.secret if thread.new else ""}))
    remember_thread(request, answer, tenant, thread)
    return answer


@router.get("/api/tenants/{tenant}/chat/events", dependencies=SEE)
async def events(request: Request, tenant: str, after: Annotated[str, Query(max_length=60)] = "") -> Response:
    """
    Whatever is new in the conversation, as Server-Sent Events (``entries``): answers of people, appointments.

    Raises
    ------
    NotFound
        When there is no conversation yet.
    """
    after = request.headers.get("last-event-id", after)
    twin, thread = await run_in_threadpool(chat_twin, request, tenant), chat_thread(request, tenant)
    if not await run_in_threadpool(reception.version_of, twin, WEB, thread.secret):
        raise NotFound(NONE_YET)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _news(request, twin, thread.secret, after), media_type="text/event-stream", headers=headers
    )


@router.get("/api/tenants/{tenant}/chat/files/{file}", dependencies=SEE)
def read_file(request: Request, tenant: str, file: str) -> Response:
    """
    A file of the conversation, by its SHA-256.

    Raises
    ------
    NotFound
        When the conversation has none of this kind.
    """
    twin = chat_twin(request, tenant)
    found = reception.conversation(twin, WEB, chat_thread(request, tenant).secret)
    entry = next((e for e in found.entries for one in e.files if one.hash == file), None) if found else None
    if entry is None:
        raise NotFound("There is no such file in this conversation.")
    name, media_type, content = reception.read_file(twin, entry.id.rpartition("-")[0], file)
    shown = media_type in SHOWN
    kind = "inline" if shown else "attachment"
    ascii_name = "".join(c if c.isalnum() or c in "._-" else "_" for c in name)[:80] or "file"
    headers = {"Content-Disposition": f'{kind}; filename="{ascii_name}"', "Cache-Control": "private, max-age=3600"}
    return Response(content, media_type=media_type if shown else "application/octet-stream", headers=headers)


@router.delete("/api/tenants/{tenant}/chat", dependencies=SEE)
def leave(request: Request, tenant: str) -> Response:
    """Let this browser forget its conversation; the case stays."""
    answer = Response(status_code=204)
    drop_cookie(answer, _cookie(tenant))
    return answer


@router.get("/{tenant}/chat", dependencies=SEE)
def page(
    request: Request, tenant: str, language: str = "", fields: bool = False, offline: bool = False, new: bool = False
) -> Response:
    """The chat as a page; it works without scripts."""
    twin = chat_twin(request, tenant)
    found = None if offline or new else reception.conversation(twin, WEB, chat_thread(request, tenant).secret)
    answer = _page(request, twin, found, page_language(request, language, found), fields)
    if new:
        drop_cookie(answer, _cookie(tenant))
    return answer


@router.post("/{tenant}/chat", dependencies=SEE)
async def send_from_page(request: Request, tenant: str) -> Response:
    """A message from the page where no scripts run; leads back to the page."""
    _slow_down(request)
    thread = chat_thread(request, tenant)
    try:
        sent, files = await _sent(request)
        if sent.text.strip() or sent.answers or files:
            await run_in_threadpool(_received, request, tenant, thread, sent, files)
    except (Unfit, Unsupported) as error:
        twin = await run_in_threadpool(chat_twin, request, tenant)
        found = await run_in_threadpool(reception.conversation, twin, WEB, thread.secret)
        return _page(request, twin, found, page_language(request, "", found), problem=str(error))
    answer = RedirectResponse(f"/{tenant}/chat?language={sent.language or 'de'}#write", 303)
    remember_thread(request, answer, tenant, thread)
    return answer


@router.get("/{tenant}/chat/continue/{token}", dependencies=SEE)
def invitation(request: Request, tenant: str, token: str, language: str = "") -> Response:
    """The page behind the link of a mail; looking at it changes nothing."""
    _slow_down(request)
    twin = chat_twin(request, tenant)
    spoken = page_language(request, language, None)
    try:
        with twin.database.read() as connection:
            case_of(connection, token[:200], datetime.now(UTC))
    except LinkEnded:
        return _invitation(tenant, spoken, "")
    return _invitation(tenant, spoken, token)


@router.post("/{tenant}/chat/continue/{token}", dependencies=SEE)
async def go_on(request: Request, tenant: str, token: str) -> Response:
    """Let this browser take part in the conversation a link leads to; leads to its page."""
    _slow_down(request)
    fields = dict(form(await request.body(), request.headers.get("content-type", "")).fields)
    language = page_language(request, fields.get("language", ""), None)
    thread = Thread(secrets.token_urlsafe(24), True)
    try:
        asked = await run_in_threadpool(_joined, request, tenant, token[:200], thread.secret)
    except LinkEnded:
        return _invitation(tenant, language, "")
    shown = "" if asked.startswith("_") or not asked else "&fields=1"
    answer = RedirectResponse(f"/{tenant}/chat?language={language}{shown}", 303)
    remember_thread(request, answer, tenant, thread)
    return answer


def _joined(request: Request, tenant: str, token: str, secret: str) -> str:
    """Bind a new thread of the browser to the case of a link; gives what is asked in it at present."""
    now = datetime.now(UTC)
    with casework.begin(chat_twin(request, tenant).database, now) as work:
        case_id = case_of(work.connection, token, now)
        return str(work.bind(case_id, WEB, secret)["talk"].get("asked", ""))


def _invitation(tenant: str, language: Language, token: str) -> Response:
    content = chat_page.invitation_html(tenant, language, token, chat_frame())
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
    return HTMLResponse(content, 200 if token else 404, headers)


@router.get("/{tenant}/chat/manifest.webmanifest", dependencies=SEE)
def web_manifest(request: Request, tenant: str, language: str = "de") -> Response:
    """What a telephone needs to keep the page among its apps."""
    twin = chat_twin(request, tenant)
    content = chat_page.manifest(twin.info.id, twin.info.title, _known(language) or "de")
    return Response(orjson.dumps(content), media_type="application/manifest+json")


def conversation_json(found: Conversation) -> dict[str, Any]:
    """A conversation as programs read it."""
    language = _known(found.language) or "de"
    return {
        "title": chosen(found.names, language) if found.names else chat_page.word("title", language),
        "reference": found.reference, "language": language, "status": found.status, "version": found.version,
        "entries": [_entry_json(one) for one in found.entries],
    }  # fmt: skip


def _entry_json(one: Entry) -> dict[str, Any]:
    choices = [{"value": choice.value, "label": choice.label} for choice in one.choices]
    files = [{"hash": file.hash, "name": file.name, "media_type": file.media_type} for file in one.files]
    return {
        "id": one.id, "from": one.sender, "at": one.at, "kind": one.kind, "text": one.text, "choices": choices,
        "ask": one.ask, "files": files,
    }  # fmt: skip


def chat_twin(request: Request, tenant: str) -> Tenant:
    """
    The tenant, whole: its cases are written. What is read of the city is narrowed to what everybody may see.

    Raises
    ------
    UnknownTenant
        When there is none, or it is the draft of an upload.
    """
    visible(request, tenant)
    if tenant.startswith("draft-"):
        raise UnknownTenant(f"{tenant!r} is a draft. Write to the tenant itself.")
    return opened(request, tenant)


def _received(request: Request, tenant: str, thread: Thread, sent: Sent, files: tuple[Attachment, ...]) -> Conversation:
    twin = chat_twin(request, tenant)
    now = datetime.now(UTC)
    message = Message(
        WEB, sent.key or secrets.token_urlsafe(12), thread.secret, "", sent.text, now, language=sent.language,
        attachments=files, answers=sent.answers, place=sent.place, object=sent.object,
    )  # fmt: skip
    reception.receive(twin, message, now)
    found = reception.conversation(twin, WEB, thread.secret)
    if found is None:
        raise NotFound("This conversation was erased. Begin a new one.")
    return found


async def _sent(request: Request) -> tuple[Sent, tuple[Attachment, ...]]:
    """The message of a request, from JSON or a form."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return _checked(await request.body()), ()
    found = form(await request.body(), request.headers.get("content-type", ""))
    for one in found.files:
        if one.media_type not in MEDIA_TYPES:
            raise Unsupported(
                f"{one.name[:80]} is of the kind {one.media_type[:60]!r}. Send a photo (JPEG, PNG, WebP) or a PDF."
            )
    return _checked(orjson.dumps(_fields(dict(found.fields)))), found.files


def _fields(texts: Mapping[str, str]) -> Mapping[str, Any]:
    answers = {name.removeprefix("answer."): value for name, value in texts.items() if name.startswith("answer.")}
    # a field of the form left empty says nothing; a button that says "not known" is pressed alone
    answers = {name: value for name, value in answers.items() if value or len(answers) == 1}
    language = texts.get("language")
    return {
        "key": texts.get("key", ""), "text": texts.get("text", ""), "answers": answers,
        "language": language if language in LANGUAGES else None,
    }  # fmt: skip


def _checked(content: bytes) -> Sent:
    """
    A message that can be taken.

    Raises
    ------
    Unfit
        When it cannot; the message names the field.
    """
    try:
        return Sent.model_validate_json(content)
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise Unfit(f"The message cannot be taken: {details}. A text has at most {LONGEST} letters.") from None


async def _news(request: Request, twin: Tenant, secret: str, after: str) -> AsyncIterator[bytes]:
    """Server-Sent Events: the conversation whenever it has grown."""
    yield b"retry: 1000\n\n"
    known, ends = after, asyncio.get_running_loop().time() + STREAM
    while asyncio.get_running_loop().time() < ends and not await request.is_disconnected():
        version = await run_in_threadpool(reception.version_of, twin, WEB, secret)
        if version != known:
            found = await run_in_threadpool(reception.conversation, twin, WEB, secret)
            if found is not None:
                known = version
                yield (
                    f"id: {version}\nevent: entries\ndata: ".encode() + orjson.dumps(conversation_json(found)) + b"\n\n"
                )
        await asyncio.sleep(LOOK)
    yield b": until soon\n\n"


def _page(
    request: Request,
    twin: Tenant,
    found: Conversation | None,
    language: Language,
    fields: bool = False,
    problem: str = "",
) -> Response:
    info = twin.info
    questions = _missing(twin, found) if fields and found else ()
    with twin.database.read() as connection:
        finds_own = signing_in.is_possible(connection)
    welcome = chat_page.greeting(said("welcome", language), _offers(twin, language), INTENT)
    drawn = Page(info.id, info.title, language, found, welcome, questions, problem, finds_own=finds_own)
    headers = {"Cache-Control": "no-store"}
    return HTMLResponse(chat_page.as_html(drawn, chat_frame()), 422 if problem else 200, headers)


def chat_frame() -> str:
    """The page of the browser's build, or a bare one where that is missing."""
    file = STATIC / "chat.html"
    return file.read_text(encoding="utf-8") if file.is_file() else chat_page.BARE


def _offers(twin: Tenant, language: Language) -> tuple[Choice, ...]:
    """What can be pressed before anything was written."""
    found = tuple(Choice(one.id, chosen(one.about.names, language)) for one in offered_by(twin).values())
    return (*found, Choice("sonstiges", said("something_else", language)))


def _missing(twin: Tenant, found: Conversation) -> tuple[Any, ...]:
    """Questions whose answers still matter, for those who like to fill in a form."""
    procedure = reception.followed(twin, found.case)
    if procedure is None:
        return ()
    state = casework.read_state(twin.database, found.case)
    own = guide(procedure)
    facts = {slot: fact["value"] for slot, fact in state["facts"].items()}
    names = [slot for slot in own.still_open(facts) if slot in own.questions and slot not in facts]
    return tuple(own.questions[slot] for slot in names if own.questions[slot].can_be_asked)


def _cookie(tenant: str) -> str:
    return f"kastor-chat-{tenant}"


def chat_thread(request: Request, tenant: str) -> Thread:
    """The conversation of a request; a new secret when it has none."""
    sent = request.headers.get("x-conversation") or cookie(request.headers, _cookie(tenant))
    if sent and 20 <= len(sent) <= 80:
        return Thread(sent, False)
    return Thread(secrets.token_urlsafe(24), True)


def remember_thread(request: Request, answer: Response, tenant: str, thread: Thread) -> None:
    """Let the browser keep the secret of its conversation; programs keep it themselves."""
    if "x-conversation" not in request.headers:
        set_cookie(request, answer, thread.secret, KEPT, _cookie(tenant))


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _slow_down(request: Request) -> None:
    """
    Refuse messages that come too often.

    Raises
    ------
    TooManyAttempts
        When the address of the caller has no more left.
    """
    limits: Limits = request.app.state.chat_limits
    wait = limits.wait(caller_of(request.scope))
    if wait:
        raise TooManyAttempts("There were too many messages from your address.", wait)


def page_language(request: Request, wanted: str, found: Conversation | None = None) -> Language:
    """The language of the page: asked for, that of the conversation, or that of the browser."""
    german = request.headers.get("accept-language", "de").lower().startswith("de")
    return _known(wanted) or (_known(found.language) if found else None) or ("de" if german else "en")


def _known(language: str) -> Language | None:
    return "de" if language == "de" else "en" if language == "en" else "leicht" if language == "leicht" else None
