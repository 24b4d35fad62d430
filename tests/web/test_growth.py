"""How trees grow, over HTTP: the same sizes the models reckon with."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from kastor.city.growth import all_growths
from kastor.store import Tenant
from kastor.web.app import create_app
from kastor.web.settings import Settings


@pytest.fixture
def client(small_twin: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent, workers=0))) as found:
        yield found


def test_the_table_has_every_species_year_by_year(client: TestClient, small_twin: Tenant) -> None:
    found = client.get(f"/api/tenants/{small_twin.id}/growth").json()
    assert found["most_years"] == 60
    assert [one["latin"] for one in found["species"]] == [growth.latin for growth in all_growths()]
    for one, growth in zip(found["species"], all_growths(), strict=True):
        assert len(one["height"]) == len(one["crown"]) == len(one["height_deviation"]) == growth.oldest + 1
        assert one["height"][20] == pytest.approx(growth.size(20).height, abs=0.006)
    assert found["stand_ins"]["stieleiche"] == "Quercus rubra"


def test_a_tenant_that_is_not_there_grows_nothing(client: TestClient) -> None:
    assert client.get("/api/tenants/nirgendwo/growth").status_code == 404
