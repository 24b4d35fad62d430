"""A real OpenID Connect provider on this machine, which can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.serving import served

CLIENT, SECRET = "kastor", "a secret between two servers"

Claims = dict[str, Any]


@dataclass
class OpenIdProvider:
    """
    What the provider knows, and how it behaves.

    Parameters
    ----------
    issuer
        Its address.
    person
        What it says about whoever comes.
    description, claims
        Change what it says about itself, and what its tokens say.
    sign
        Makes a token out of claims; rightly when None.
    """

    issuer: str = ""
    person: Claims = field(
        default_factory=lambda: dict(sub="4711", email="erika@stadt.example", email_verified=True, name="Erika Muster")
    )
    description: Callable[[Claims], Claims] = lambda found: found
    claims: Callable[[Claims], Claims] = lambda found: found
    sign: Callable[[Claims], str] | None = None
    more: Claims = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    asked: list[str] = field(default_factory=list)
    """Paths that were asked for."""
    _codes: dict[str, Claims] = field(default_factory=dict)

    def change_key(self) -> None:
        """Sign with another key from now on."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    def token(self, claims: Claims) -> str:
        """A token as it should be."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def app(self) -> FastAPI:
        """Its HTTP face."""
        app = FastAPI()

        @app.middleware("http")
        async def note(request: Request, answer: Any) -> Response:
            self.asked.append(request.url.path)
            found: Response = await answer(request)
            return found

        @app.get("/realm/.well-known/openid-configuration")
        def description() -> Claims:
            return self.description(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    "userinfo_endpoint": f"{self.issuer}/userinfo",
                    "end_session_endpoint": f"{self.issuer}/logout",
                    "code_challenge_methods_supported": ["S256"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            )

        @app.get("/realm/keys")
        def keys() -> Claims:
            return {"keys": [self.key.as_dict(private=False, use="sig", alg="RS256")]}

        @app.get("/realm/authorize")
        def authorize(request: Request) -> Response:
            return self._authorize(dict(request.query_params))

        @app.post("/realm/token")
        async def token(request: Request) -> Response:
            sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            return self._token(sent, request.headers.get("authorization", ""))

        @app.get("/realm/userinfo")
        def userinfo(request: Request) -> Response:
            if request.headers.get("authorization") != "Bearer access":
                return JSONResponse({"error": "invalid_token"}, 401)
            return JSONResponse({"sub": self.person["sub"], **self.more})

        @app.get("/realm/logout")
        def logout(post_logout_redirect_uri: str) -> Response:
            return RedirectResponse(post_logout_redirect_uri, 303)

        return app

    def _authorize(self, sent: dict[str, str]) -> Response:
        back = urlsplit(sent["redirect_uri"])
        assert back.path == "/api/session/provider/return", "only addresses that are registered are gone to"
        assert sent["client_id"] == CLIENT
        assert sent["response_type"] == "code"
        assert sent["code_challenge_method"] == "S256"
        assert "openid" in sent["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = sent
        found = urlencode({"code": code, "state": sent["state"], "iss": self.issuer})
        return RedirectResponse(f"{sent['redirect_uri']}?{found}", 303)

    def _token(self, sent: dict[str, str], authorization: str) -> Response:
        scheme, _, packed = authorization.partition(" ")
        sender = unquote(base64.b64decode(packed).decode()) if scheme == "Basic" else ""
        if not hmac.compare_digest(sender, f"{CLIENT}:{SECRET}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._codes.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != sent.get("redirect_uri"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.person,
        }  # fmt: skip
        token = (self.sign or self.token)(self.claims(claims))
        return JSONResponse({"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": token})


@contextmanager
def provider() -> Iterator[OpenIdProvider]:
    """A provider that answers."""
    made = OpenIdProvider()
    with served(made.app()) as address:
        made.issuer = f"{address}/realm"
        yield made
