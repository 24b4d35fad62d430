"""An empty tenant for the tests of cases: in SQLite, or in both stores where a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kastor.store import Tenant, create_tenant

CRS = "EPSG:25832+7837"


@pytest.fixture
def kept_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the tenant's rows are; ``tests.cases.sample.BOTH`` runs a test in both stores."""
    store = str(getattr(request, "param", "sqlite"))
    if store == "postgresql":
        monkeypatch.setenv("KASTOR_DATABASE_URL", request.getfixturevalue("postgres"))
    return store


@pytest.fixture
def twin(tmp_path: Path, kept_in: str) -> Iterator[Tenant]:
    """An empty tenant."""
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as opened:
        yield opened
