"""What a tenant's administration decides about processes of other servers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from kastor.planning.processes import processes
from kastor.planning.remote.running import described
from kastor.process import InvalidInput, ProcessError, Words
from kastor.store import Tenant
from kastor.store.remotes import NAME, Remote, add


@dataclass(frozen=True)
class Answered:
    """
    Whether another server still describes its process.

    Parameters
    ----------
    reached
        Whether it answered with a fitting description.
    changed
        Whether that is another one than the one that is kept.
    seconds
        How long it took.
    problem
        What went wrong, in both languages; empty when nothing did.
    """

    reached: bool
    changed: bool
    seconds: float
    problem: Words


def check(kept: Remote) -> Answered:
    """Ask another server for the description of its process again; what is kept stays."""
    began = time.monotonic()
    try:
        now = described(kept.name, kept.address, kept.units)
    except ProcessError as error:
        return Answered(False, False, round(time.monotonic() - began, 3), error.words)
    changed = now.described != kept.described
    return Answered(True, changed, round(time.monotonic() - began, 3), {})


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
