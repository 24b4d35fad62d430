"""Somebody who plans in a town, with one page for all steps of a journey."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from kastor.store import grants, open_tenant, people, variants
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from tests.journeys.test_uploading_data import PASSWORD, SIGN_IN


@contextmanager
def planning(browser: Browser, home: Path, address: str, login: str, path: str) -> Iterator[Page]:
    """The page of somebody who plans in the town of a path; what they plan is gone afterwards."""
    town = path.split("/")[1]
    instance = open_instance(home)
    with instance.write("The person cannot be made") as connection:
        person = people.create(connection, login, login.title())
        people.set_password(connection, person.id, PASSWORD)
    with open_tenant(home, town) as twin:
        grants.grant(instance, twin.database, person.id, Role.PLANNER, "plans here")
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/openapi.json")
    assert page.evaluate(SIGN_IN, [login, PASSWORD]) == 200
    page.goto(path)
    yield page
    context.close()
    with open_tenant(home, town) as twin:
        for one in variants.all_variants(twin.database):
            variants.remove(twin.database, one.id, person.id)
        grants.withdraw(instance, twin.database, person.id, Role.PLANNER, "the test is over")
    instance.close()
    assert errors == []
