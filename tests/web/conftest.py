"""What reads and writes objects over HTTP must be the same in both stores; the rest of the room runs on one."""

from __future__ import annotations

import pytest

IN_BOTH = ("test_objects", "test_feature_edits")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of some modules once with each store."""
    if "store" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in IN_BOTH:
        metafunc.parametrize("store", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where new tenants go."""
    chosen = str(getattr(request, "param", "sqlite"))
    if chosen == "postgresql":
        monkeypatch.setenv("KASTOR_DATABASE_URL", request.getfixturevalue("postgres"))
    return chosen
