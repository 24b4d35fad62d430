"""Who is asking, what they may do, and what of a twin they may see.

Two locks, each of which holds alone. Every route names the right it needs with :func:`needs`,
and the right is looked up for the tenant in its address. And a handler gets its twin from
:func:`visible`, which opens the database of that tenant only and narrows it to the datasets the
person may see. A test walks through all routes and finds those that forgot either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from kastor.loading.drafts import upload_of
from kastor.store import Tenant
from kastor.store.roles import Right, Role, rights_of, states_for
from kastor.web.errors import Forbidden, NotFound, NotSignedIn
from kastor.web.opened import opened

__all__ = ["ANONYMOUS", "INSTANCE", "Need", "Person", "Right", "Role", "needs", "person", "serves_everybody", "visible"]

INSTANCE = ""
"""Stands for the whole instance where a tenant's id is asked for."""


@dataclass(frozen=True)
class Person:
    """
    Who is asking.

    Parameters
    ----------
    id
        Number of the person in the instance's list of people; empty for somebody not signed in.
    roles
        Roles by tenant id, those of the instance under ``INSTANCE``.
    only
        The only tenant an API key is for, and the only rights it has; None for a person signed in.
    session
        Id of the session; empty without one.
    """

    id: str = ""
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    only: tuple[str, frozenset[Right]] | None = None
    session: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether it is known who is asking."""
        return bool(self.id)

    def rights(self, tenant_id: str = INSTANCE) -> frozenset[Right]:
        """What the person may do in a tenant, or with the instance."""
        everybody = rights_of([Role.PUBLIC])
        if not self.signed_in:
            return everybody
        own = rights_of([Role.CITIZEN, *self.roles.get(tenant_id, ())])
        if self.only is None:
            return own
        tenant, rights = self.only
        return everybody | (own & rights if tenant == tenant_id else frozenset())

    def may(self, right: Right, tenant_id: str = INSTANCE) -> bool:
        """Whether the person has a right in a tenant, or with the instance."""
        return right in self.rights(tenant_id)


ANONYMOUS = Person()
"""Somebody not signed in."""

LOOKING = frozenset({Right.SEE, Right.SEE_INTERNAL, Right.SEE_DRAFTS})
"""What may be done with the draft of an upload, by those who see drafts; it is changed by its upload only."""


@dataclass(frozen=True)
class Need:
    """
    The check a route runs first; see :func:`needs`.

    Parameters
    ----------
    right
        What the route needs.
    asks
        Whether it is looked up who asks.
    """

    right: Right
    asks: bool = True

    async def __call__(self, request: Request) -> None:
        """
        Refuse who lacks the right.

        Raises
        ------
        NotSignedIn, Forbidden
            When nobody is signed in, or somebody without the right.
        """
        asking = ANONYMOUS
        if self.asks and ("cookie" in request.headers or "authorization" in request.headers):
            asking = await run_in_threadpool(request.app.state.identify, request)
        request.state.person = asking
        tenant = request.path_params.get("tenant", INSTANCE)
        draft = upload_of(request.app.state.settings.home, tenant)
        if draft is None and asking.may(self.right, tenant):
            return
        if draft is not None and self.right in LOOKING and asking.may(Right.SEE_DRAFTS, draft[0]):
            return
        if not asking.signed_in:
            raise NotSignedIn("Sign in to do this; who has which right here is decided by the administration.")
        raise Forbidden(f"This needs the right {self.right.value!r}. Ask the administration of this tenant for it.")


def needs(right: Right) -> Any:
    """
    What a route needs, for its ``dependencies=[...]``.

    The right is asked for in the tenant of the route's address, for the instance where there is
    none. ``Right.SEE`` lets everybody in, who then still sees no more than :func:`visible` shows.
    """
    return Depends(Need(right))


def serves_everybody() -> Any:
    """What a route declares, in its ``dependencies=[...]``, that answers the same whoever asks."""
    return Depends(Need(Right.SEE, asks=False))


def person(request: Request) -> Person:
    """
    Who is asking.

    Raises
    ------
    NotSignedIn
        When the route declares no right, so that nobody was asked.
    """
    found: Person | None = getattr(request.state, "person", None)
    if found is None:
        raise NotSignedIn(f"{request.url.path} declares no right and therefore serves nobody.")
    return found


def visible(request: Request, tenant_id: str) -> Tenant:
    """
    A tenant as the person who asks may see it; it can be read only, unless all of it is in sight.

    Raises
    ------
    UnknownTenant
        When there is none of this id.
    NotFound
        When the address of the request names another tenant.
    """
    if request.path_params.get("tenant", tenant_id) != tenant_id:
        raise NotFound(f"There is no tenant {tenant_id!r} at {request.url.path}.")
    draft = upload_of(request.app.state.settings.home, tenant_id)
    asking = person(request)
    if draft is not None and asking.may(Right.SEE_DRAFTS, draft[0]):
        return opened(request, tenant_id)
    return opened(request, tenant_id).showing(states_for(asking.rights(tenant_id)))
