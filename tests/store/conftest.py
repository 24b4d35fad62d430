"""An empty tenant for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kastor.store import Tenant, create_tenant
from kastor.store.postgres import INSTANCE, server_url, transaction
from tests.store.forking import Helper
from tests.store.houses import CRS


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where new tenants go; what needs it runs once with each store."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    url = request.getfixturevalue("postgres")
    monkeypatch.setenv("KASTOR_DATABASE_URL", url)
    yield "postgresql"
    # the tests of a session share a server, which has one list of people
    with transaction(server_url(url)) as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {INSTANCE} CASCADE")


@pytest.fixture
def home(tmp_path: Path, store: str) -> Path:
    return tmp_path / "home"


@pytest.fixture
def twin(home: Path) -> Iterator[Tenant]:
    with create_tenant(home, "musterstadt", "Musterstadt", CRS) as opened:
        yield opened


@pytest.fixture(scope="session")
def helper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helper]:
    running = Helper(tmp_path_factory.mktemp("helper"))
    yield running
    running.close()
