"""What all OGC interfaces of a tenant share: parameters, media types, links, ready answers.

An address is ``/ogc/{tenant}/...``. Parameters are read strictly: one that is unknown, given twice or
senseless is an error, as OGC API - Common demands. Answers are bytes with ETag, compressed when the
client likes, and 304 when it has them.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import brotli
import orjson
from fastapi import Request
from fastapi.responses import Response

from kastor.loading.features import make_features
from kastor.store import Tenant
from kastor.store.ready_features import newest_revision
from kastor.web.errors import BadRequest, NotAcceptable
from kastor.web.opened import opened
from kastor.web.rights import visible

JSON, HTML, GEOJSON = "application/json", "text/html", "application/geo+json"
FG_JSON = "application/vnd.ogc.fg+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"

MOST_PARAMETER = 20_000
"""Characters of one parameter."""
_WORTH_PACKING = 1_400
"""Bytes from which compressing pays: about one packet of the network."""


@dataclass(frozen=True)
class Asked:
    """
    A request to an OGC interface.

    Parameters
    ----------
    request
        The HTTP request.
    twin
        The tenant as the caller may see it.
    base
        Address of its landing page.
    parameters
        Parameters by name, each given once.
    form
        Which of the offered media types is wanted.
    german
        Whether the reader likes German.
    """

    request: Request
    twin: Tenant
    base: str
    parameters: Mapping[str, str]
    form: str
    german: bool

    @property
    def here(self) -> str:
        """The address that was asked for, without its parameters."""
        return self.base + self.request.url.path.removeprefix(f"/ogc/{self.twin.id}")

    def words(self, words: Mapping[str, str]) -> str:
        """Words in the language of the reader."""
        return words["de" if self.german else "en"]

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A parameter that is a whole number; beyond ``most`` it is taken as that."""
        text = self.parameters.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < least:
            raise BadRequest(f"{name}: {text[:40]!r} must be a whole number from {least} to {most}.")
        return min(int(text), most)


def asked(
    request: Request,
    tenant: str,
    forms: Mapping[str, str],
    known: Collection[str] = (),
    ready: bool = False,
    also: Callable[[Tenant], Collection[str]] | None = None,
) -> Asked:
    """
    Read a request.

    Parameters
    ----------
    forms
        Media types that are offered, by the word for ``f=``; the first is the usual one.
    known
        Parameters besides ``f`` that have a meaning here.
    ready
        Whether features must be ready.
    also
        Further parameters, which depend on the tenant.

    Raises
    ------
    BadRequest
        When a parameter is unknown, double or too long.
    NotAcceptable
        When ``f`` or ``Accept`` wants nothing of what is offered.
    """
    twin = visible(request, tenant)
    if ready:
        make_features(opened(request, tenant))
    if also is not None and len(request.query_params):
        known = {*known, *also(twin)}
    parameters: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name != "f" and name not in known:
            words = ", ".join(sorted({"f", *known})[:40])
            raise BadRequest(f"There is no parameter {name[:60]!r} here; known are {words}.")
        if name in parameters:
            raise BadRequest(f"{name}: it is given twice; give it once.")
        if len(value) > MOST_PARAMETER or "\0" in value:
            raise BadRequest(f"{name}: it must have at most {MOST_PARAMETER} characters, none of them NUL.")
        parameters[name] = value
    form = _form(parameters.get("f"), request.headers.get("accept", ""), forms)
    german = request.headers.get("accept-language", "de").lower().startswith("de")
    return Asked(request, twin, base_of(request, tenant), parameters, form, german)


def base_of(request: Request, tenant: str) -> str:
    """Address of a tenant's landing page."""
    return f"{str(request.base_url).rstrip('/')}/ogc/{tenant}"


def _form(wanted: str | None, accept: str, forms: Mapping[str, str]) -> str:
    if wanted is not None:
        if wanted not in forms:
            raise BadRequest(f"f: there is no {wanted[:40]!r} here; there are {', '.join(forms)}.")
        return forms[wanted]
    if not accept or accept == "*/*":
        return next(iter(forms.values()))
    return _accepted(accept[:2000], tuple(forms.values()))


@lru_cache(maxsize=1024)
def _accepted(accept: str, offered: tuple[str, ...]) -> str:
    liked: list[tuple[float, int, str]] = []
    for part in accept.split(","):
        pieces = [piece.strip().lower() for piece in part.split(";")]
        weight = 1.0
        for piece in pieces[1:]:
            if piece.startswith("q="):
                try:
                    weight = float(piece[2:])
                except ValueError:
                    weight = 0.0
        for place, media_type in enumerate(offered):
            plain = media_type.split(";")[0]
            family = plain.split("/")[0] + "/*"
            json = pieces[0] == JSON and plain.endswith("json")
            if weight > 0 and (pieces[0] in ("*/*", family, plain) or json):
                exact = 0 if pieces[0] == plain else 1 if json else 2
                liked.append((-weight, exact * 100 + place, media_type))
    if not liked:
        raise NotAcceptable(f"Accept: {accept[:80]!r} names nothing of what is offered: {', '.join(offered)}.")
    return min(liked)[2]


def link(href: str, rel: str, media_type: str, title: str = "", **more: str) -> dict[str, str]:
    """A link of a document."""
    found = {"href": href, "rel": rel, "type": media_type, **more}
    return {**found, "title": title} if title else found


def with_form(address: str, form: str) -> str:
    """An address that asks for one form of the document."""
    return f"{address}{'&' if '?' in address else '?'}f={form}"


def own_links(ask: Asked, forms: Mapping[str, str], address: str = "") -> list[dict[str, str]]:
    """Links from a document to itself and its other forms."""
    return [
        link(with_form(address or ask.here, word), "self" if media_type == ask.form else "alternate", media_type)
        for word, media_type in forms.items()
    ]


def mark_of(twin: Tenant) -> str:
    """Changes with every change of what can be seen of a twin."""
    return f"{newest_revision(twin.database)}-{_token(twin)}"


@lru_cache(maxsize=256)
def _token(twin: Tenant) -> str:
    states = "".join(sorted(state[0] for state in twin.database.states))
    return f"{twin.revision.rpartition('-')[2]}-{states}"


def tag_of(ask: Asked, *more: str) -> str:
    """An ETag for what a request asks for as long as the twin stays as it is."""
    text = "|".join((mark_of(ask.twin), str(ask.request.url), ask.form, str(ask.german), *more))
    return f'"{hashlib.blake2b(text.encode(), digest_size=9).hexdigest()}"'


def not_modified(ask: Asked, tag: str) -> Response | None:
    """304 when the client has this already."""
    given = ask.request.headers.get("if-none-match")
    if given and (given.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in given.split(",")]):
        return Response(status_code=304, headers=_caching(tag))
    return None


def answer(
    ask: Asked, content: bytes, media_type: str = "", tag: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """Bytes as an answer, compressed as the client likes."""
    found = {**_caching(tag), **(headers or {})}
    packed = content
    if len(content) >= _WORTH_PACKING:
        packed, coding = coded(content, ask.request.headers.get("accept-encoding", ""))
        if coding:
            found["Content-Encoding"] = coding
    if ask.request.method == "HEAD":
        return Response(b"", media_type=media_type or ask.form, headers={**found, "Content-Length": str(len(packed))})
    return Response(packed, media_type=media_type or ask.form, headers=found)


def _caching(tag: str) -> dict[str, str]:
    found = {"Vary": "Accept, Accept-Encoding, Accept-Language", "Cache-Control": "no-cache"}
    return {**found, "ETag": tag} if tag else found


def coded(content: bytes, accepted: str) -> tuple[bytes, str]:
    """Bytes compressed as the client likes, and the name of the coding; empty when they are as they were."""
    codings = {part.split(";")[0].strip().lower() for part in accepted.split(",") if "q=0" not in part.replace(" ", "")}
    if "br" in codings:
        return brotli.compress(content, quality=2), "br"
    if "gzip" in codings:
        return gzip.compress(content, compresslevel=2, mtime=0), "gzip"
    return content, ""


def json_answer(ask: Asked, content: Any, tag: str = "", media_type: str = "") -> Response:
    """A document in JSON."""
    return answer(ask, orjson.dumps(content), media_type, tag)
