"""What the tests of computing share: a home with its list of people, and models an installed package brings along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kastor.planning.processes import processes
from kastor.store import Tenant
from kastor.store.database import Database
from kastor.store.instance import open_instance

MODELS = Path(__file__).parent / "models"


@pytest.fixture
def home(small_twin: Tenant) -> Path:
    return small_twin.directory.parent.parent


@pytest.fixture
def instance(home: Path) -> Iterator[Database]:
    opened = open_instance(home)
    yield opened
    opened.close()


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Further processes, as an installed package brings them."""
    monkeypatch.syspath_prepend(str(MODELS))
    processes.cache_clear()
    yield
    processes.cache_clear()
