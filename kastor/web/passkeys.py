"""Signing in with a passkey instead of a password, and making one for one's account (Web Authentication Level 3).

The device proves that it holds the key and that its owner unlocked it; the key is good for this server's name only,
so no foreign page can ask for it. Nothing here could be used to sign in elsewhere.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kastor.store import passkeys, people, sign_ins
from kastor.store.passkeys import Passkey
from kastor.store.sign_ins import Begun, Purpose
from kastor.web.addresses import can_have_passkeys, root
from kastor.web.errors import BadRequest, NotSignedIn
from kastor.web.opened import instance_of
from kastor.web.rights import Right, needs, person, serves_everybody
from kastor.web.session import begin_session, slow_down
from kastor.web.tenants import json

if TYPE_CHECKING:
    from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
    from webauthn.registration.verify_registration_response import VerifiedRegistration

router = APIRouter(tags=["account"])

ACCOUNT = [needs(Right.ACCOUNT)]
EVERYBODY = [serves_everybody()]
WRONG = "This passkey is not known here, or the answer of the device came too late. Try again, or use your password."

Words = Annotated[str, Field(max_length=20_000)]


class DeviceAnswer(BaseModel):
    """What the device said: texts in base64url, as ``PublicKeyCredential.toJSON()`` has them."""

    clientDataJSON: Words
    authenticatorData: Words = ""
    signature: Words = ""
    userHandle: Words | None = None
    attestationObject: Words = ""


class Credential(BaseModel):
    """A credential of a device."""

    id: Annotated[str, Field(max_length=2000)]
    rawId: Annotated[str, Field(max_length=2000)]
    type: Annotated[str, Field(max_length=20)]
    response: DeviceAnswer


class SignIn(BaseModel):
    """A passkey that was used."""

    credential: Credential


class NewPasskey(SignIn):
    """A passkey that was made, and what its owner calls it."""

    title: Annotated[str, Field(max_length=100)]


@router.post("/api/session/passkey/options", dependencies=EVERYBODY)
def ask_for_passkey(request: Request) -> Response:
    """What a browser asks its devices to sign in with any passkey of this server."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    slow_down(request)
    secret = _begun(request, Purpose.PASSKEY, "")
    options = generate_authentication_options(
        rp_id=_place(request)[0], challenge=_bytes(secret), user_verification=UserVerificationRequirement.REQUIRED
    )
    return json(orjson.loads(options_to_json(options)))


@router.post("/api/session/passkey", dependencies=EVERYBODY)
def sign_in_with_passkey(request: Request, given: SignIn) -> Response:
    """
    Begin a session with a passkey.

    Raises
    ------
    NotSignedIn
        When the passkey is not known, or what the device says does not prove anything.
    """
    slow_down(request)
    _redeemed(request, Purpose.PASSKEY, given.credential)
    with instance_of(request).read() as connection:
        known = passkeys.find(connection, given.credential.id)
        owner = people.account(connection, known.person) if known is not None else None
    if known is None or owner is None or owner.closed:
        raise NotSignedIn(WRONG)
    checked = _authentication(request, given.credential, known)
    with instance_of(request).write("Nobody can sign in") as connection:
        passkeys.note_use(connection, known.id, checked.new_sign_count)
    return begin_session(request, owner, json({"id": owner.id, "name": owner.name}))


@router.post("/api/account/passkeys/options", dependencies=ACCOUNT)
def ask_for_new_passkey(request: Request) -> Response:
    """What a browser asks a device to make a passkey for one's account."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    asking = person(request)
    with instance_of(request).read() as connection:
        owner = people.account(connection, asking.id)
        own = passkeys.of_person(connection, asking.id)
    options = generate_registration_options(
        rp_id=_place(request)[0],
        rp_name="Kastor",
        user_id=owner.id.encode(),
        user_name=owner.login,
        user_display_name=owner.name,
        challenge=_bytes(_begun(request, Purpose.REGISTER, asking.id)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=_bytes(one.id)) for one in own],
    )
    return json(orjson.loads(options_to_json(options)))


@router.post("/api/account/passkeys", dependencies=ACCOUNT)
def make_passkey(request: Request, given: NewPasskey) -> Response:
    """
    Keep a passkey a device has made.

    Raises
    ------
    BadRequest
        When what the device says does not prove anything.
    InvalidKey
        When the title makes no sense, or there are too many.
    """
    asking = person(request)
    begun = _redeemed(request, Purpose.REGISTER, given.credential)
    if begun.person != asking.id:
        raise BadRequest("credential: this passkey was begun by somebody else. Begin again.")
    checked = _registration(request, given.credential)
    with instance_of(request).write("The passkey cannot be kept") as connection:
        made = passkeys.add(
            connection, asking.id, given.credential.id, _text(checked.credential_public_key), checked.sign_count,
            given.title,
        )  # fmt: skip
    return json(passkey_json(made))


@router.delete("/api/account/passkeys/{passkey}", dependencies=ACCOUNT)
def remove_passkey(request: Request, passkey: str) -> Response:
    """
    Remove a passkey; the one that is the only way into the account stays.

    Raises
    ------
    UnknownPerson, InvalidPerson
        When there is none of this name, or nobody could sign in any more.
    """
    with instance_of(request).write("The passkey cannot be removed") as connection:
        passkeys.remove(connection, person(request).id, passkey)
    return json({})


def passkey_json(one: Passkey) -> dict[str, Any]:
    """A passkey as its owner sees it."""
    return {"id": one.id, "title": one.title, "created": one.created, "used": one.used}


def _begun(request: Request, purpose: Purpose, who: str) -> str:
    if not can_have_passkeys(root(request)):
        raise BadRequest("Passkeys need an encrypted address with a name. Open this server at its https:// address.")
    with instance_of(request).write("Nobody can sign in") as connection:
        return sign_ins.begin(connection, purpose, who)


def _redeemed(request: Request, purpose: Purpose, credential: Credential) -> Begun:
    """What was begun with the challenge a device has signed; the signature is still to be checked."""
    try:
        challenge = orjson.loads(_bytes(credential.response.clientDataJSON))["challenge"]
    except (ValueError, KeyError, TypeError):
        raise BadRequest("credential: clientDataJSON cannot be read.") from None
    with instance_of(request).write("Nobody can sign in") as connection:
        begun = sign_ins.redeem(connection, purpose, str(challenge))
    if begun is None:
        raise NotSignedIn(WRONG)
    return begun


def _authentication(request: Request, credential: Credential, known: Passkey) -> VerifiedAuthentication:
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    host, origin = _place(request)
    try:
        return verify_authentication_response(
            credential=credential.model_dump(),
            expected_challenge=_challenge(credential),
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=_bytes(known.public_key),
            credential_current_sign_count=known.uses,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise NotSignedIn(WRONG) from None


def _registration(request: Request, credential: Credential) -> VerifiedRegistration:
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    host, origin = _place(request)
    try:
        return verify_registration_response(
            credential=credential.model_dump(),
            expected_challenge=_challenge(credential),
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise BadRequest("credential: what the device says does not count here. Make the passkey again.") from None


def _challenge(credential: Credential) -> bytes:
    return _bytes(str(orjson.loads(_bytes(credential.response.clientDataJSON))["challenge"]))


def _place(request: Request) -> tuple[str, str]:
    """Name a passkey is good for, and the address pages have."""
    parts = urlsplit(root(request))
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}"


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
