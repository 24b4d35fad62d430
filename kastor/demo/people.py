"""The invented people of the demo, one for each role: whoever looks around is one of them, without a password."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kastor.store import grants, open_tenant, people
from kastor.store.errors import UnknownPerson
from kastor.store.instance import open_instance
from kastor.store.roles import Role


@dataclass(frozen=True)
class Invented:
    """
    Somebody of the demo.

    Parameters
    ----------
    login, name
        How they are told apart, and what they are called.
    roles
        In every town of the demo.
    opens, town
        The page they begin with, and in which town if it is there.
    """

    login: str
    name: str
    roles: tuple[Role, ...]
    opens: str
    town: str = "koeln"


PEOPLE = (
    Invented("planung", "Petra Plan", (Role.PLANNER,), "/vergleichen?view=360580,5721600,60,20,45,330", "dorsten"),
    Invented("datenpflege", "Dario Daten", (Role.CARETAKER,), "/daten"),
    Invented("anliegen", "Anke Antwort", (Role.CASEWORKER,), "/anliegen"),
    Invented("leitung", "Lea Leitung", (Role.CASE_LEAD,), "/anliegen"),
    Invented("verwaltung", "Vera Verwalter", (Role.ADMINISTRATION,), "/verwaltung"),
    Invented(
        "demo", "Alle Aufgaben", (Role.PLANNER, Role.CARETAKER, Role.CASE_LEAD, Role.ADMINISTRATION), "",
    ),
)  # fmt: skip


def make_people(home: Path, towns: Iterable[str]) -> Mapping[str, str]:
    """Make the invented people known, with their roles in some towns; gives their numbers by login."""
    instance = open_instance(home)
    try:
        with instance.write("The people of the demo cannot be made known") as connection:
            numbers = {}
            for one in PEOPLE:
                try:
                    numbers[one.login] = people.by_login(connection, one.login).id
                except UnknownPerson:
                    numbers[one.login] = people.create(connection, one.login, one.name).id
        held = {login: grants.roles_of(instance, number) for login, number in numbers.items()}
        for town in towns:
            with open_tenant(home, town) as twin:
                for one in PEOPLE:
                    for role in one.roles:
                        if role not in held[one.login].get(town, ()):
                            grants.grant(instance, twin.database, numbers[one.login], role, "Demo")
    finally:
        instance.close()
    return numbers
