"""The webhook of telephony: each event of a call is answered with what the provider is to do next."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from kastor.cases.channels.calls import answered
from kastor.cases.channels.phone_events import LARGEST_BODY, BadEvent, event, is_signed
from kastor.cases.channels.settings import PhoneSettings
from kastor.cases.message import PHONE
from kastor.cases.reception import receive
from kastor.web.channels import body_of, open_channel, present, secret
from kastor.web.errors import BadRequest, Forbidden
from kastor.web.rights import serves_everybody

router = APIRouter(prefix="/api/tenants/{tenant}/channels/phone", tags=["channels"], dependencies=[serves_everybody()])

SIGNATURE = "X-Kastor-Signature"


@router.post("")
async def happened(request: Request, tenant: str) -> Response:
    """
    Say what is to be done after an event of a call.

    Raises
    ------
    Forbidden
        When the signature is not of these bytes, or too old.
    BadRequest
        When a field of the event makes no sense.
    """
    body = await body_of(request, LARGEST_BODY)
    answer = await run_in_threadpool(_answered, request, tenant, body, request.headers.get(SIGNATURE, ""))
    return Response(answer, media_type="application/json")


def _answered(request: Request, tenant: str, body: bytes, given: str) -> bytes:
    twin, settings = open_channel(request, tenant, PHONE)
    assert isinstance(settings, PhoneSettings)
    now = present()
    if not is_signed(body, given, secret(tenant, PHONE, "signature"), now):
        raise Forbidden(f"{SIGNATURE}: this signature is not of these bytes, or older than five minutes.")
    try:
        return answered(twin, settings, event(body, now), receive, now)
    except BadEvent as error:
        raise BadRequest(str(error)) from None
