"""What stands before every request: who sends it from where, how much and how fast; and what every answer carries.

Pure ASGI, since it runs for every tile. Nothing in here knows people or tenants.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kastor.web.cookies import cookie
from kastor.web.errors import TooSlow, problem
from kastor.web.settings import Settings

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; frame-ancestors 'self'; form-action 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}

ENCRYPTED = "max-age=31536000"
"""How long browsers come back encrypted only, where they came encrypted. [s]"""

FOR_EVERYBODY = "/assets/"
"""Where files lie that are the same for everybody."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

PAUSE = 20.0
"""Longest time between two pieces of a body, or until a piece of an answer is taken. [s]"""

GRACE = 30.0
"""Time a body may take whatever its size. [s]"""

SLOWEST = 2_000.0
"""Speed a body has after that at least. [bytes/s]"""

REMEMBERED = 50_000
"""Callers whose speed is known."""


@dataclass
class Bucket:
    """How many requests a caller has left, and when that was so."""

    left: float
    at: float


class Limits:
    """
    How many requests callers send; each has a bucket of tokens that fills again.

    Parameters
    ----------
    rate
        Requests for good. [1/s] 0 for no limit.
    burst
        Requests at once.
    clock
        The present time. [s]
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._taking = Lock()

    def wait(self, caller: str) -> int:
        """Take a token of a caller; how long to wait when there is none, else 0. [s]"""
        if not self.rate:
            return 0
        # without it the second of two at once would find no bucket, and get a full one
        with self._taking:
            return self._taken(caller)

    def _taken(self, caller: str) -> int:
        present = self._clock()
        bucket = self._buckets.pop(caller, None) or Bucket(self.burst, present)
        bucket.left = min(self.burst, bucket.left + (present - bucket.at) * self.rate)
        bucket.at = present
        self._buckets[caller] = bucket
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        if bucket.left < 1.0:
            return ceil((1.0 - bucket.left) / self.rate)
        bucket.left -= 1.0
        return 0


def caller_of(scope: Scope) -> str:
    """Address of who calls; the network of an IPv6 address, of which everybody has very many."""
    host = (scope.get("client") or ("unknown", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


class Guard:
    """
    Refuses what comes too often, too slowly or from another site's page, and puts safe headers on answers.

    Parameters
    ----------
    app
        What answers.
    settings
        Of the instance.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        # routes that take more say so themselves, with max_body_size
        self.app = RequestBodyLimitMiddleware(app, settings.largest_body)
        self.settings = settings
        self.limits = Limits(settings.rate, settings.burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = self._answering(scope, headers, send)
        wait = self.limits.wait(caller_of(scope))
        if wait:
            detail = f"There were too many requests from your address. Try again in {wait} seconds."
            response = problem(Request(scope), 429, detail)
            response.headers["Retry-After"] = str(wait)
            await response(scope, receive, answer)
        elif from_another_site(scope["method"], headers, self.settings.public_url):
            detail = "This request came from the page of another site. Open Kastor itself and try again there."
            await problem(Request(scope), 403, detail)(scope, receive, answer)
        else:
            await self.app(scope, patient(receive), answer)

    def _answering(self, scope: Scope, headers: Headers, send: Send) -> Send:
        own = cookie(headers) is not None or "authorization" in headers
        data = not scope["path"].startswith(FOR_EVERYBODY)
        refused: list[bytes] = []

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                if message["status"] == 413 and given.get("content-type", "").startswith("text/plain"):
                    refused.append(_too_large(scope, given))
                for name, value in SECURITY_HEADERS.items():
                    given.setdefault(name, value)
                if scope["scheme"] == "https":
                    given.setdefault("Strict-Transport-Security", ENCRYPTED)
                if data:
                    _keep_apart(given, own)
                # data and tiles are open to the viewers of other sites, which never get anybody's cookie with it
                if not given.get("content-type", "").startswith("text/html"):
                    given.setdefault("Access-Control-Allow-Origin", "*")
                    given.setdefault("Access-Control-Expose-Headers", "Content-Crs, ETag, Link, Location")
            elif refused:
                message = {"type": message["type"], "body": refused[0], "more_body": False}
            # a client that takes nothing must not hold the answer for ever
            async with asyncio.timeout(PAUSE * 3):
                await send(message)

        return answering


def _too_large(scope: Scope, headers: MutableHeaders) -> bytes:
    """The answer to a body that is too large, like all other errors are answered."""
    response = problem(Request(scope), 413, "More was sent than is taken here; nothing was changed.")
    headers["content-type"] = response.headers["content-type"]
    headers["content-length"] = response.headers["content-length"]
    return bytes(response.body)


def _keep_apart(headers: MutableHeaders, own: bool) -> None:
    """Nobody is shown from a cache what was meant for somebody else."""
    headers.add_vary_header("Cookie")
    headers.add_vary_header("Authorization")
    kept = headers.get("Cache-Control", "no-cache")
    headers["Cache-Control"] = kept.replace("public", "private") if own else kept


def from_another_site(method: str, headers: Headers, public_url: str) -> bool:
    """
    Whether a request that changes something was made by the page of another site.

    Browsers say where a request comes from (``Sec-Fetch-Site``, older ones ``Origin``). Keys are sent by
    programs only, never by browsers of themselves, so they need no such proof.
    """
    if method in SAFE or "authorization" in headers:
        return False
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site not in ("same-origin", "none")
    if origin is not None:
        here = urlsplit(public_url).netloc or headers.get("host", "")
        return urlsplit(origin).netloc != here
    return cookie(headers) is not None


def patient(receive: Receive) -> Receive:
    """Bodies in time: a request whose body stops coming, or crawls, ends."""
    begun = time.monotonic()
    arrived = 0
    complete = False

    async def receiving() -> Message:
        nonlocal arrived, complete
        if complete:
            return await receive()
        allowed = min(PAUSE, begun + GRACE + arrived / SLOWEST - time.monotonic())
        try:
            async with asyncio.timeout(max(allowed, 0.0)):
                message = await receive()
        except TimeoutError:
            raise TooSlow(f"The data came too slowly; send at least {SLOWEST:.0f} bytes a second.") from None
        arrived += len(message.get("body", b""))
        complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return receiving


def patient_protocol() -> Any:
    """The protocol class of the server, which closes connections whose request never begins."""
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    base: Any = AutoHTTPProtocol

    class Patient(base):  # type: ignore[misc]
        """Closes a connection that has waited for the head of a request twice in a row."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._waited = False
            self._look = self.loop.call_later(PAUSE / 2, self._looking)

        def connection_lost(self, exc: Exception | None) -> None:
            self._look.cancel()
            super().connection_lost(exc)

        def _looking(self) -> None:
            waits = self.cycle is None or self.cycle.response_complete
            if waits and self._waited:
                self.transport.close()
                return
            self._waited = waits
            self._look = self.loop.call_later(PAUSE / 2, self._looking)

    return Patient
