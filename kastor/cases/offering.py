"""What people can ask a tenant for: procedures that hold, less those it has switched off."""

from __future__ import annotations

from sqlalchemy import Connection

from kastor.cases import versions
from kastor.cases.procedure import Procedure
from kastor.store import Tenant, crafts
from kastor.store.audit import record

NAME = "switched_off"
"""Of the settings, beside those of connections."""


def offered(connection: Connection) -> dict[str, Procedure]:
    """What people can ask for, by id: those that come with Kastor, then the tenant's own, each as it is in force."""
    off = switched_off(connection)
    return {one: procedure for one, procedure in versions.all_in_force(connection).items() if one not in off}


def offered_by(tenant: Tenant) -> dict[str, Procedure]:
    """What people can ask a tenant for, by id; see :func:`offered`."""
    with tenant.database.read() as connection:
        return offered(connection)


def switched_off(connection: Connection) -> frozenset[str]:
    """Ids of procedures that are offered to nobody new; cases that run on them go on."""
    found = crafts.connection_settings(connection, NAME)
    return frozenset(found["procedures"]) if found else frozenset()


def switch(connection: Connection, procedure: str, on: bool, reason: str, at: str, who: str) -> None:
    """
    Offer a procedure, or no longer; the audit log keeps why.

    Raises
    ------
    UnknownVersion
        When there is no such procedure in force.
    """
    versions.in_force(connection, procedure)
    off = switched_off(connection) - {procedure} if on else switched_off(connection) | {procedure}
    crafts.set_connection(connection, NAME, {"procedures": sorted(off)}, at, who)
    record(connection, who, "offer_procedure" if on else "switch_procedure_off", procedure, {"reason": reason})
