"""What reads and writes objects and variants over HTTP must be the same in both stores; the rest runs on one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

IN_BOTH = (
    "test_objects",
    "test_feature_edits",
    "test_variants",
    "test_comparison",
    "test_decisions",
    "test_plans",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of some modules once with each store."""
    if "store" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in IN_BOTH:
        metafunc.parametrize("store", ["sqlite", "postgresql"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where new tenants go."""
    chosen = str(getattr(request, "param", "sqlite"))
    with pytest.MonkeyPatch.context() as patch:
        if chosen == "postgresql":
            patch.setenv("KASTOR_DATABASE_URL", request.getfixturevalue("postgres"))
        yield chosen
