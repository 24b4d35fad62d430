"""Processes of other servers a tenant's administration offers: which there are, add one, try one, remove one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kastor.planning.remote.calls import RemoteSettings
from kastor.planning.remote.description import process_of
from kastor.planning.remote.offering import check, offer
from kastor.store import remotes
from kastor.store.remotes import Remote
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/remote-processes", tags=["administration"])

ADMINISTER = [needs(Right.ADMINISTER)]
Short = Annotated[str, Field(max_length=40)]


class Wanted(BaseModel):
    """A process of another server, and what it is to be called here."""

    name: Short
    address: Annotated[str, Field(max_length=2000)]
    units: Annotated[dict[str, Short], Field(max_length=100)] = {}


@router.get("", dependencies=ADMINISTER)
def all_remotes(request: Request, tenant: str) -> Response:
    """The processes of other servers, and the addresses the operator allows."""
    visible(request, tenant)
    found = remotes.remotes(opened(request, tenant).database)
    return json({"processes": [_entry(one) for one in found], "allowed": list(RemoteSettings().allowed)})


@router.post("", dependencies=ADMINISTER)
def add(request: Request, tenant: str, wanted: Wanted) -> Response:
    """
    Offer a process of another server; one of the same name is described anew.

    Raises
    ------
    InvalidInput
        When the name is taken, the server is not allowed, or its description lacks something.
    """
    visible(request, tenant)
    kept = offer(opened(request, tenant), wanted.name, wanted.address, wanted.units, person(request).id)
    return json(_entry(kept))


@router.post("/{name}/check", dependencies=ADMINISTER)
def try_out(request: Request, tenant: str, name: str) -> Response:
    """Ask the other server for the description again; nothing is changed."""
    visible(request, tenant)
    return json(asdict(check(remotes.remote(opened(request, tenant).database, name))))


@router.delete("/{name}", dependencies=ADMINISTER)
def remove(request: Request, tenant: str, name: str) -> Response:
    """Offer a process of another server no longer; its results stay."""
    visible(request, tenant)
    remotes.remove(opened(request, tenant).database, name, person(request).id)
    return Response(status_code=204)


def _entry(remote: Remote) -> dict[str, Any]:
    about = process_of(remote).about
    return {
        "name": remote.name, "address": remote.address, "title": about.title, "version": about.version,
        "units": {output.id: output.unit for output in about.outputs}, "added": remote.added,
        "with_key": bool(RemoteSettings().key_for(remote.address)),
    }  # fmt: skip
