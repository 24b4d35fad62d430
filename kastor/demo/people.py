"""A person to try the demo with: signed in by a link that works once, without any password."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kastor.store import grants, open_tenant, people, sessions
from kastor.store.errors import UnknownPerson
from kastor.store.instance import open_instance
from kastor.store.roles import Role

LOGIN = "demo"
ROLES = (Role.PLANNER, Role.CARETAKER, Role.CASE_LEAD, Role.ADMINISTRATION)
LINK_HOURS = 24.0
"""How long the link can be used. [h]"""


def demo_link(home: Path, towns: Iterable[str]) -> str:
    """
    The secret of a link that signs in a demo person with all roles in some towns.

    Nobody else can sign in as that person: there is no password, and the link works once.
    """
    instance = open_instance(home)
    try:
        with instance.write("The demo person cannot be made known") as connection:
            try:
                known = people.by_login(connection, LOGIN)
            except UnknownPerson:
                known = people.create(connection, LOGIN, "Demo")
            secret = sessions.invite(connection, known.id, sessions.SIGN_IN, LINK_HOURS)
        held = grants.roles_of(instance, known.id)
        for town in towns:
            with open_tenant(home, town) as twin:
                for role in ROLES:
                    if role not in held.get(town, ()):
                        grants.grant(instance, twin.database, known.id, role, "Demo")
    finally:
        instance.close()
    return secret
