"""A small twin behind a client, once for all conformance tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import CRS, four_houses
from kastor.loading.features import make_features
from kastor.store import Dataset, create_tenant
from kastor.web.app import create_app
from kastor.web.settings import Settings


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("api") / "home"
    with create_tenant(home, "musterstadt", "Musterstadt", CRS, {"de": "Vier Häuser.", "en": "Four houses."}) as twin:
        with twin.load(Dataset("houses", "Vier Häuser", attribution="© Amt", date="2026-03-01")) as loading:
            loading.put("houses", four_houses())
            loading.finish({"source": "houses", "findings": []})
        make_features(twin)
    with TestClient(create_app(Settings(home=home)), base_url="http://testserver/ogc/musterstadt/") as client:
        yield client
