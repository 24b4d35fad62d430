"""The tenants a server keeps open between requests."""

from __future__ import annotations

from threading import Lock

from fastapi import Request

from kastor.store import Tenant, open_tenant

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
    found = tenants.get(tenant_id)
    if found is not None and found.directory.is_dir():
        return found
    with _opening:
        gone = tenants.pop(tenant_id, None)
        if gone is not None:
            gone.close()
        tenants[tenant_id] = open_tenant(request.app.state.settings.home, tenant_id)
        return tenants[tenant_id]
