"""What several rooms' tests share: the real data beside the project, and a small twin."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from hypothesis import settings

from kastor.city.sample import CRS, flat_ground, four_houses
from kastor.loading import tile
from kastor.store import Dataset, Tenant, create_tenant, open_tenant, passwords
from kastor.store.roles import Role
from kastor.web.rights import Person
from tests.postgres import is_installed, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# continuous integration judges a change, not the luck of new random examples
settings.register_profile("ci", derandomize=True, max_examples=50, deadline=None)
# a busy machine is slow, not wrong
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
"""Drawing by the processor; nothing is asked for from outside."""

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Path of a test set that is not shipped with the project; skips the test where it is absent."""

    def path(name: str) -> Path:
        found = SHARED / name
        if not found.exists():
            pytest.skip(f"the test set {name} is not shipped with the project and not present on this machine")
        return found

    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL database with PostGIS, for the whole session."""
    if not is_installed():
        pytest.skip("PostgreSQL with PostGIS is not installed; make build/debian installs it")
    with server() as url:
        yield url


@pytest.fixture
def store() -> str:
    """Where new tenants go; rooms that must do the same in both stores have a fixture of this name for both."""
    return "sqlite"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system."""
    # most tests need no browser
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is missing; `make test` installs it"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Passwords that take no time to compute; how hard they are kept in earnest has a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session")
def made_homes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Path]:
    """A directory of tenants with the sample city, made once; tests work on copies, as copying a twin is allowed."""

    @cache
    def made(tiled: bool) -> Path:
        home = tmp_path_factory.mktemp("made") / "home"
        with _made(home) as twin:
            if tiled:
                tile(twin)
        return home

    return made


@pytest.fixture
def small_twin(
    request: pytest.FixtureRequest, tmp_path: Path, store: str, made_homes: Callable[[bool], Path]
) -> Iterator[Tenant]:
    """A tenant with the sample city and its ground."""
    home = tmp_path / "home"
    if store == "sqlite":
        shutil.copytree(made_homes("tiled_twin" in request.fixturenames), home, dirs_exist_ok=True)
    with open_tenant(home, "musterstadt") if store == "sqlite" else _made(home) as twin:
        yield twin


@pytest.fixture
def tiled_twin(small_twin: Tenant, store: str) -> Tenant:
    """The same with its tiles."""
    if store != "sqlite":
        tile(small_twin)
    return small_twin


def _made(home: Path) -> Tenant:
    twin = create_tenant(home, "musterstadt", "Musterstadt", CRS, {"de": "Vier Häuser.", "en": "Four houses."})
    about = Dataset("houses", "Vier Häuser", owner="Amt", licence="dl-de/zero-2-0", attribution="© Amt")
    with twin.load(about) as loading:
        loading.put("houses", four_houses())
        loading.put_terrain("ground", flat_ground())
        loading.finish({"source": "houses", "findings": []})
    return twin


@pytest.fixture
def acting() -> Callable[..., TestClient]:
    """Make a client's requests those of somebody with some roles in a tenant: ``acting(client, Role.PLANNER)``."""

    def act(client: TestClient, *roles: Role, tenant: str = "musterstadt") -> TestClient:
        somebody = Person("7", {tenant: frozenset(roles)})
        client.app.state.identify = lambda request: somebody
        client.headers["Authorization"] = "Bearer of-a-test"
        return client

    return act
