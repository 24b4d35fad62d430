"""What a server keeps between requests: its open tenants, the list of people and the identity provider."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from fastapi import Request

from kastor.loading.drafts import upload_of
from kastor.store import Tenant, open_tenant
from kastor.store.database import Database
from kastor.store.errors import UnknownTenant
from kastor.store.instance import open_instance
from kastor.web.errors import NotFound

if TYPE_CHECKING:
    from kastor.web.openid import Provider

_opening = Lock()


def opened(request: Request, tenant_id: str) -> Tenant:
    """
    An open tenant with everything in it, whoever asks; kept open for the next request.

    What goes out of the house is read through ``rights.visible`` instead.

    Raises
    ------
    UnknownTenant
        When there is none of this id.
    """
    tenants: dict[str, Tenant] = request.app.state.tenants
    if tenant_id.startswith("draft-"):
        return _draft(request, tenant_id)
    found = tenants.get(tenant_id)
    if found is not None and found.database.is_here():
        return found
    with _opening:
        gone = tenants.pop(tenant_id, None)
        if gone is not None:
            gone.close()
        tenants[tenant_id] = open_tenant(request.app.state.settings.home, tenant_id)
        return tenants[tenant_id]


def _draft(request: Request, tenant_id: str) -> Tenant:
    """The draft of an upload, which may have been read anew since it was opened."""
    tenants: dict[str, Tenant] = request.app.state.tenants
    home = request.app.state.settings.home
    belongs = upload_of(home, tenant_id)
    if belongs is None:
        raise UnknownTenant(f"There is no tenant {tenant_id!r}.")
    with _opening:
        draft = home / "tenants" / belongs[0] / "uploads" / belongs[1] / "draft"
        key = f"{tenant_id}@{draft.stat().st_ino}"
        for other in [k for k in tenants if k.startswith(f"{tenant_id}@") and k != key]:
            tenants.pop(other).close()
        if key not in tenants:
            tenants[key] = open_tenant(draft, tenant_id)
        return tenants[key]


def instance_of(request: Request) -> Database:
    """The list of people of the instance, opened by the first who asks."""
    state = request.app.state
    if state.instance is None:
        with _opening:
            if state.instance is None:
                state.instance = open_instance(state.settings.home)
    found: Database = state.instance
    return found


def provider_of(request: Request) -> Provider:
    """
    The identity provider of the instance.

    Raises
    ------
    NotFound
        When the operator has set none.
    """
    # takes half a second to import, and most instances do without
    from kastor.web.openid import Provider

    state = request.app.state
    if not state.settings.oidc_issuer:
        raise NotFound("No identity provider is set here. Sign in with your password.")
    with _opening:
        if state.provider is None:
            state.provider = Provider(state.settings)
    found: Provider = state.provider
    return found
