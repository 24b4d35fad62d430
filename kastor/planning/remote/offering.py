"""What a tenant's administration decides about processes of other servers."""

from __future__ import annotations

from collections.abc import Mapping

from kastor.planning.processes import processes
from kastor.planning.remote.running import described
from kastor.process import InvalidInput
from kastor.store import Tenant
from kastor.store.remotes import NAME, Remote, add


def offer(tenant: Tenant, name: str, address: str, units: Mapping[str, str], who: str = "") -> Remote:
    """
    Offer a process of another server; one of the same name is described anew.

    Parameters
    ----------
    name
        What it is called here.
    address
        Of its description, ``https://HOST/.../processes/ID``.
    units
        Unit (UCUM) of each output whose description says none.

    Raises
    ------
    InvalidInput
        When the name is taken or none, the server is not allowed, or its description lacks something.
    RemoteError
        When the server does not answer as it should.
    """
    if name in processes():
        raise InvalidInput(
            f"{name!r} is a process of this server. Choose another name.",
            f"{name!r} ist ein Modell dieses Servers. Wählen Sie einen anderen Namen.",
        )
    if not NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:60]!r} is no name; use small letters, digits and hyphens, a letter first.",
            f"{name[:60]!r} ist kein Name; nehmen Sie Kleinbuchstaben, Ziffern und Bindestriche, vorn"
            " einen Buchstaben.",
        )
    return add(tenant.database, described(name, address, units), who)
