"""The identity provider people sign in at: OpenID Connect, authorisation code flow with PKCE.

Nothing but the provider the operator names is ever asked: its addresses must lie where its issuer lies, and no
redirect is followed. What it answers is read up to a size and for some time only.

References
----------
OpenID Connect Core 1.0, Discovery 1.0 and RP-Initiated Logout 1.0; RFC 7636 (PKCE); RFC 9207 (issuer in answers).
"""

from __future__ import annotations

import hmac
import io
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from kastor.web.errors import ProviderDown, ProviderRefused
from kastor.web.settings import Settings

SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Algorithms a token may be signed with: only those where the provider alone can sign."""

SKEW = 120
"""How much the clocks of the provider and of this machine may differ. [s]"""

FRESH = 3600.0
"""How long what the provider says about itself counts. [s]"""

AGAIN = 10.0
"""Time until a provider that did not answer is asked again. [s]"""

WAIT = (4.0, 8.0)
"""How long to wait for a connection and for a piece of an answer. [s]"""

LONGEST, LARGEST = 15.0, 2**20
"""How long a whole answer may take [s] and how large it may be [bytes]."""

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """
    Who somebody is to the provider.

    Parameters
    ----------
    issuer, subject
        Together its name for the person, which never changes.
    login
        What the person would type here; empty when the provider is not sure of it.
    name
        How the person is called; empty when it does not say.
    """

    issuer: str
    subject: str
    login: str
    name: str


class Provider:
    """
    The provider of an instance, and what it said about itself.

    Parameters
    ----------
    settings
        Of the instance.
    clock
        The present time, for how long answers count. [s]
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.issuer = settings.oidc_issuer
        self._settings = settings
        self._clock = clock
        self._asking = Lock()
        self._description: Mapping[str, Any] = {}
        self._keys: Mapping[str, Any] = {}
        self._until = 0.0
        self._down_until = 0.0

    def address(self, secret: str, back: str) -> str:
        """
        Where a browser goes to sign in.

        Parameters
        ----------
        secret
            Of this sign-in, known to the browser and nobody else; state, nonce and PKCE verifier follow from it.
        back
            Where the provider sends the browser back to.

        Raises
        ------
        ProviderDown
            When the provider does not answer.
        """
        description = self.description()
        with self._session() as session:
            session.redirect_uri = back
            address, _ = session.create_authorization_url(
                description["authorization_endpoint"],
                state=state_of(secret), nonce=_derived(secret, "nonce"), code_verifier=_derived(secret, "verifier"),
            )  # fmt: skip
        return str(address)

    def identity(self, secret: str, back: str, code: str) -> Identity:
        """
        Who has signed in, for the code the browser came back with.

        Raises
        ------
        ProviderDown
            When the provider does not answer.
        ProviderRefused
            When it does not take the code, or its token is forged, too old, or meant for something else.
        """
        description = self.description()
        with self._session() as session:
            try:
                token = session.fetch_token(
                    description["token_endpoint"], grant_type="authorization_code", code=code, redirect_uri=back,
                    code_verifier=_derived(secret, "verifier"), allow_redirects=False, timeout=WAIT,
                )  # fmt: skip
            except AuthlibBaseError as error:
                log.warning("the identity provider refused a code: %s", error.error)
                raise ProviderRefused("The provider does not take this code.") from None
            except (requests.RequestException, ValueError) as error:
                raise _down(error) from None
            claims = self._claims(token, _derived(secret, "nonce"))
            if self._settings.oidc_login_claim not in claims and description.get("userinfo_endpoint"):
                claims = {**self._more(session, description["userinfo_endpoint"], claims["sub"]), **claims}
        return Identity(self.issuer, str(claims["sub"]), self._login(claims), str(claims.get("name", "")))

    def farewell(self, back: str) -> str:
        """Where a browser can sign out of the provider as well; empty when there is no such place."""
        end = self.description().get("end_session_endpoint", "")
        params = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": back}
        return str(add_params_to_uri(end, params)) if end else ""

    def description(self) -> Mapping[str, Any]:
        """
        What the provider says about itself.

        Raises
        ------
        ProviderDown
            When it does not answer, or says it is another one.
        """
        with self._asking:
            if self._clock() >= self._until:
                self._ask()
            return self._description

    def _ask(self) -> None:
        if self._clock() < self._down_until:
            raise ProviderDown(_DOWN)
        try:
            found = self._fetched(get_well_known_url(self.issuer, external=True))
            if found.get("issuer") != self.issuer:
                named = str(found.get("issuer"))[:200]
                raise ProviderDown(f"The provider calls itself {named!r}, but the setting says {self.issuer!r}.")
            optional = [name for name in ("end_session_endpoint", "userinfo_endpoint") if found.get(name)]
            for name in (*ENDPOINTS, *optional):
                self._check_place(name, found.get(name))
            self._keys = self._fetched(found["jwks_uri"])
        except ProviderDown as error:
            log.warning("the identity provider cannot be used: %s", error)
            self._down_until = self._clock() + AGAIN
            # what is wrong with the settings is for the operator only
            raise ProviderDown(_DOWN) from None
        self._description = found
        self._until = self._clock() + FRESH

    def _check_place(self, name: str, address: Any) -> None:
        if not isinstance(address, str) or _origin(address) != _origin(self.issuer):
            raise ProviderDown(f"{name}: {str(address)[:200]!r} does not lie at {_origin(self.issuer)}.")

    def _fetched(self, address: str) -> Mapping[str, Any]:
        with self._session() as session:
            return _object(lambda: session.get(address, withhold_token=True, allow_redirects=False, timeout=WAIT))

    def _more(self, session: Any, address: str, subject: str) -> Mapping[str, Any]:
        """What the provider tells about somebody besides the token."""
        try:
            found = _object(lambda: session.get(address, allow_redirects=False, timeout=WAIT))
        except AuthlibBaseError:
            raise ProviderRefused("The provider gave no usable token.") from None
        if found.get("sub") != subject:
            raise ProviderRefused("The provider tells about somebody else.")
        return found

    def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """What a token says, once everything about it is checked."""
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._settings.oidc_client_id},
            "sub": {"essential": True},
        }
        params = {
            "nonce": nonce, "client_id": self._settings.oidc_client_id, "access_token": token.get("access_token"),
        }  # fmt: skip
        try:
            read = self._opened(str(token.get("id_token", "")))
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(leeway=SKEW)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("the identity provider sent a token that does not count: %s", type(error).__name__)
            raise ProviderRefused("The token of the provider does not count.") from None
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise ProviderRefused("The token of the provider names nobody.")
        return dict(claims)

    def _opened(self, token: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=SIGNED_BY, strict_check_header=False)
        try:
            return jwt.decode(token, KeySet.import_key_set(self._keys), registry=registry)  # type: ignore[arg-type]
        except InvalidKeyIdError:
            # the provider has changed its keys
            self._keys = self._fetched(self.description()["jwks_uri"])
            return jwt.decode(token, KeySet.import_key_set(self._keys), registry=registry)  # type: ignore[arg-type]

    def _login(self, claims: Mapping[str, Any]) -> str:
        claim = self._settings.oidc_login_claim
        found = claims.get(claim)
        sure = claim != "email" or claims.get("email_verified") is True
        return found.strip() if isinstance(found, str) and sure else ""

    def _session(self) -> Any:
        secret = self._settings.oidc_client_secret.get_secret_value()
        methods = self._description.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        session = OAuth2Session(
            self._settings.oidc_client_id, secret or None, token_endpoint_auth_method=method if secret else "none",
            scope="openid profile email", code_challenge_method="S256",
        )  # fmt: skip
        session.hooks["response"].append(_bounded)
        return session


def state_of(secret: str) -> str:
    """What the provider hands back unread, so that the browser that comes is the browser that went."""
    return _derived(secret, "state")


def _derived(secret: str, what: str) -> str:
    return urlsafe_b64encode(hmac.digest(secret.encode(), what.encode(), sha256)).decode().rstrip("=")


_DOWN = "The identity provider does not answer. Try again later; signing in with a password works as before."


def _down(error: Exception) -> ProviderDown:
    log.warning("the identity provider does not answer: %s", type(error).__name__)
    return ProviderDown(_DOWN)


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    try:
        return parts.scheme, parts.hostname or "", parts.port or default
    except ValueError:
        return "", "", None


def _object(ask: Callable[[], requests.Response]) -> Mapping[str, Any]:
    """The JSON object a request gives."""
    try:
        response = ask()
        found = response.json() if response.status_code == 200 else None
    except (requests.RequestException, ValueError) as error:
        raise _down(error) from None
    if not isinstance(found, dict):
        raise ProviderDown(_DOWN)
    return found


def _bounded(response: requests.Response, *_: Any, **__: Any) -> requests.Response:
    """An answer read to its end, unless it is too large or takes too long."""
    deadline = time.monotonic() + LONGEST
    read = io.BytesIO()
    for piece in response.iter_content(2**14):
        read.write(piece)
        if read.tell() > LARGEST or time.monotonic() > deadline:
            response.close()
            raise requests.RequestException("the answer is too large or too slow")
    read.seek(0)
    whole = requests.Response()
    whole.status_code, whole.headers, whole.request = response.status_code, response.headers, response.request
    whole.url, whole.raw = response.url, read
    return whole
