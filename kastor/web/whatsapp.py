"""The webhook of WhatsApp: proves that it is ours, writes down what comes and answers at once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from kastor.cases.channels.settings import WhatsAppSettings
from kastor.cases.channels.whatsapp import LARGEST_BODY, BadNotice, challenge, is_signed
from kastor.cases.channels.whatsapp_post import write_down
from kastor.cases.message import WHATSAPP
from kastor.web.channels import body_of, open_channel, present, secret, wake
from kastor.web.errors import BadRequest, Forbidden
from kastor.web.rights import serves_everybody
from kastor.web.tenants import json

router = APIRouter(
    prefix="/api/tenants/{tenant}/channels/whatsapp", tags=["channels"], dependencies=[serves_everybody()]
)

SIGNATURE = "X-Hub-Signature-256"


@router.get("")
def prove(request: Request, tenant: str) -> Response:
    """
    Answer WhatsApp's question whether this address is ours.

    Raises
    ------
    Forbidden
        When the word is another one.
    """
    open_channel(request, tenant, WHATSAPP)
    answer = challenge(request.query_params, secret(tenant, WHATSAPP, "verify"))
    if answer is None:
        raise Forbidden("hub.verify_token: this is not the word that was agreed on.")
    return PlainTextResponse(answer)


@router.post("")
async def notice(request: Request, tenant: str) -> Response:
    """
    Take what WhatsApp tells; it is worked on afterwards.

    Raises
    ------
    Forbidden
        When the signature is not of these bytes.
    BadRequest
        When it is no notice of WhatsApp.
    """
    body = await body_of(request, LARGEST_BODY)
    given = request.headers.get(SIGNATURE, "")
    new = await run_in_threadpool(_written_down, request, tenant, body, given)
    if new:
        wake(request)
    return json({})


def _written_down(request: Request, tenant: str, body: bytes, given: str) -> int:
    twin, settings = open_channel(request, tenant, WHATSAPP)
    assert isinstance(settings, WhatsAppSettings)
    if not is_signed(body, given, secret(tenant, WHATSAPP, "app")):
        raise Forbidden(f"{SIGNATURE}: this signature is not of these bytes.")
    try:
        return write_down(twin.database, settings, body, present())
    except BadNotice as error:
        raise BadRequest(str(error)) from None
