"""The browser app: one page for every address, its assets by hash."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from kastor.formats.map_services import origin
from kastor.store import StoreError, TenantInfo
from kastor.store.tenants import INTERFACES
from kastor.web.errors import NotFound
from kastor.web.files import IMMUTABLE, REVALIDATE, file_below, send
from kastor.web.guard import SECURITY_HEADERS
from kastor.web.opened import opened
from kastor.web.rights import serves_everybody

STATIC = Path(__file__).parent / "static"
SCENE = ("src/scene/index.ts", "src/panels/ansehen/Ansehen.vue")
"""The parts of the browser app that the first view of a tenant loads, as the build names them."""


def policy(hosts: Iterable[str]) -> str:
    """What a page may load: what every page may, and pictures of the map services its tenant has configured."""
    strict = SECURITY_HEADERS["Content-Security-Policy"]
    return strict.replace("img-src 'self'", " ".join(("img-src 'self'", *hosts)))


router = APIRouter(include_in_schema=False, dependencies=[serves_everybody()])


@router.get("/assets/{path:path}")
def asset(request: Request, path: str) -> Response:
    """A file of the browser app whose name holds its hash."""
    return send(request, file_below(STATIC / "assets", path), IMMUTABLE)


@router.get("/{path:path}")
def page(request: Request, path: str) -> Response:
    """The app itself; it reads the address and asks for what it needs."""
    if path.partition("/")[0] in INTERFACES:
        raise NotFound(f"There is nothing at /{path}.")
    if "." in path.rsplit("/", 1)[-1]:
        with suppress(NotFound):
            return send(request, file_below(STATIC, path), REVALIDATE)
    if not (STATIC / "index.html").is_file():
        raise NotFound("The browser app is not built yet; run `make build/browser`.")
    tenant, _, rest = path.partition("/")
    info = _info(request, tenant)
    hosts = sorted({origin(service) for service in info.services}) if info else []
    if hosts:
        # Always whole: a browser that keeps the page would keep what it was allowed to load before, too.
        headers = {"Cache-Control": REVALIDATE, "Content-Security-Policy": policy(hosts)}
        answer: Response = HTMLResponse((STATIC / "index.html").read_bytes(), headers=headers)
    else:
        answer = send(request, STATIC / "index.html", REVALIDATE)
    if info and not rest:
        answer.headers["Link"] = ", ".join(needed_soon(info.id))
    return answer


def needed_soon(tenant: str) -> list[str]:
    """What the scene of a tenant will ask for: the browser can fetch it before the app has begun to run (RFC 8288)."""
    manifest = STATIC / "manifest.json"
    scripts = scene_scripts(manifest, manifest.stat().st_mtime_ns) if manifest.is_file() else ()
    return [
        *(f"</{script}>; rel=modulepreload" for script in scripts),
        f"</api/tenants/{tenant}>; rel=preload; as=fetch; crossorigin",
    ]


@lru_cache(maxsize=1)
def scene_scripts(manifest: Path, changed: int) -> tuple[str, ...]:
    """
    Scripts of the scene and what floats on it, with all they import, by the manifest of the browser's build.

    Parameters
    ----------
    changed
        When the manifest was written: a new build is read anew.
    """
    chunks = json.loads(manifest.read_bytes())
    wanted = [name for name in SCENE if name in chunks]
    for name in wanted:
        wanted += [other for other in chunks[name].get("imports", ()) if other not in wanted]
    return tuple(chunks[name]["file"] for name in wanted)


def _info(request: Request, tenant: str) -> TenantInfo | None:
    """What a page needs to know of its tenant, None where there is no such tenant."""
    try:
        return opened(request, tenant).info if tenant else None
    # the app says what is wrong when it asks for the twin
    except StoreError:
        return None
