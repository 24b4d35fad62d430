"""Values of rasters over HTTP: what a screen draws is what lies in the file."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import rasterio
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.planning.computing import compute, show
from kastor.planning.orders import read
from kastor.planning.worker import preview_of
from kastor.process import Quiet, Result
from kastor.store import Tenant, results, runs
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt"
RAIN = {"storm": "own", "millimetres": 40.0, "minutes": 10, "after": 5, "scheme": "preview"}

Acting = Callable[..., TestClient]


@pytest.fixture
def client(small_twin: Tenant) -> Iterator[TestClient]:
    # nobody computes here but the tests
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent, workers=0))) as found:
        yield found


@pytest.fixture
def result(small_twin: Tenant) -> str:
    return compute(small_twin, read(small_twin, "rain", RAIN), Quiet(), "7")


def values(answer: Any, raster: dict[str, Any]) -> Any:
    """What a screen makes of a band."""
    numbers = np.frombuffer(answer.content, "<u2").reshape(raster["rows"], raster["cols"])
    low, high = raster["range"]
    return np.where(numbers == 65535, np.nan, low + numbers * (high - low) / 65534)


@pytest.mark.parametrize(("raster", "band"), [("depth", 0), ("course", 0), ("course", 23)])
def test_a_band_for_the_screen_is_the_band_of_the_file(
    client: TestClient, small_twin: Tenant, result: str, acting: Acting, raster: str, band: int
) -> None:
    planner = acting(client, Role.PLANNER)
    document = planner.get(f"{HERE}/results/{result}").json()
    described = next(r for r in document["rasters"] if r["id"] == raster)
    answer = planner.get(f"{HERE}/results/{result}/grids/{raster}/{band}")
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "br"
    with rasterio.open(results.file_of(small_twin, result, f"{raster}.tif")) as file:
        expected = file.read(band + 1)
    found = values(answer, described)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    step = (described["range"][1] - described["range"][0]) / 65534
    # half a step, and what is lost where the document shortens the range
    assert np.nanmax(np.abs(found - expected)) <= 0.51 * step + 1e-6


def test_a_large_raster_is_read_band_by_band_and_gives_the_same(
    client: TestClient, result: str, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner = acting(client, Role.PLANNER)
    address = f"{HERE}/results/{result}/grids/course/11"
    small = planner.get(address).content
    monkeypatch.setattr("kastor.planning.grids.REMEMBERED", 0)
    assert planner.get(address).content == small


def test_a_client_that_knows_no_compression_gets_plain_numbers(client: TestClient, result: str, acting: Acting) -> None:
    answer = acting(client, Role.PLANNER).get(
        f"{HERE}/results/{result}/grids/depth/0", headers={"Accept-Encoding": "identity"}
    )
    assert "content-encoding" not in answer.headers
    assert len(answer.content) % 2 == 0


@pytest.mark.parametrize("part", ["depth/1", "depth/-1", "height/0", "..%2f/0", "house_depth/0"])
def test_a_band_that_does_not_exist_is_not_found(client: TestClient, result: str, acting: Acting, part: str) -> None:
    assert acting(client, Role.PLANNER).get(f"{HERE}/results/{result}/grids/{part}").status_code == 404


def test_a_course_has_a_band_for_each_of_its_times_and_no_more(client: TestClient, result: str, acting: Acting) -> None:
    planner = acting(client, Role.PLANNER)
    document = planner.get(f"{HERE}/results/{result}").json()
    times = next(r["times"] for r in document["rasters"] if r["id"] == "course")
    bands = f"{HERE}/results/{result}/grids/course"
    assert planner.get(f"{bands}/{len(times) - 1}").status_code == 200
    assert planner.get(f"{bands}/{len(times)}").status_code == 404


def test_values_are_seen_by_whom_the_result_is_for(client: TestClient, result: str, acting: Acting) -> None:
    address = f"{HERE}/results/{result}/grids/depth/0"
    assert client.get(address).status_code == 404
    caretaker = acting(client, Role.CARETAKER)
    caretaker.put(f"{HERE}/results/{result}/state", json={"state": "public"})
    del client.headers["Authorization"]
    assert client.get(address).status_code == 200


class Shown(Quiet):
    """Keeps what could be shown while a run goes on."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    def show(self, result: Result) -> None:
        self.results.append(result)


def test_a_preview_is_read_like_a_result_and_never_kept(client: TestClient, small_twin: Tenant, acting: Acting) -> None:
    order = read(small_twin, "rain", RAIN)
    home = small_twin.directory.parent.parent
    instance = open_instance(home)
    run = runs.add(instance, "musterstadt", "rain", "1", order.inputs, "7")
    instance.close()
    address = f"{HERE}/runs/{run.id}/preview"
    planner = acting(client, Role.PLANNER)
    assert planner.get(address).status_code == 404
    compute(small_twin, order, shown := Shown(), "7")
    show(preview_of(home, run), small_twin.crs, order, shown.results[0])
    answer = planner.get(address)
    document = answer.json()
    assert (answer.headers["cache-control"], document["id"], document["profile"]) == (
        "no-store", "", "kastor-result-1",
    )  # fmt: skip
    (depth,) = document["rasters"]
    band = planner.get(f"{address}/grids/depth/0", params={"made": document["made"]})
    assert band.headers["cache-control"] == "no-store"
    assert np.nanmax(values(band, depth)) == pytest.approx(depth["range"][1], rel=1e-5)
    show(preview_of(home, run), small_twin.crs, order, shown.results[0])
    assert planner.get(f"{address}/grids/depth/0", params={"made": document["made"]}).status_code == 404
    assert planner.get(f"{address}/grids/depth/0").status_code == 200
    assert acting(client, Role.CITIZEN).get(address).status_code == 403


E, N, H = ORIGIN


def test_a_place_has_the_values_of_its_cell_over_time(
    client: TestClient, small_twin: Tenant, result: str, acting: Acting
) -> None:
    planner = acting(client, Role.PLANNER)
    place = (E + 25.5, N + 45.5)
    answer = planner.get(
        f"{HERE}/results/{result}/series", params={"raster": "course", "place": f"{place[0]},{place[1]}"}
    )
    found = answer.json()
    with rasterio.open(results.file_of(small_twin, result, "course.tif")) as file:
        expected = [float(value) for value in next(file.sample([place]))]
    assert found["unit"] == "m"
    assert found["times"][-1] == 900.0
    assert found["values"] == pytest.approx(expected, abs=1e-4)
    assert max(found["values"]) > 0
    once = planner.get(
        f"{HERE}/results/{result}/series", params={"raster": "depth", "place": f"{place[0]},{place[1]}"}
    ).json()
    assert once["values"][0] >= max(found["values"]) - 1e-3
    away = planner.get(f"{HERE}/results/{result}/series", params={"raster": "depth", "place": "1,1"}).json()
    assert away["values"] == [None]


def test_a_section_shows_water_and_the_ground_with_its_basin(
    client: TestClient, small_twin: Tenant, acting: Acting
) -> None:
    planner = acting(client, Role.PLANNER)
    corners = ((E + 20.0, N + 40.0), (E + 30.0, N + 40.0), (E + 30.0, N + 48.0), (E + 20.0, N + 48.0))
    basin = {"kind": "basin", "outline": corners, "depth": 1.5}
    dug = compute(small_twin, read(small_twin, "rain", {**RAIN, "cell": 1, "edits": [basin]}), Quiet(), "7")
    found = planner.get(
        f"{HERE}/results/{dug}/profile", params={"raster": "depth", "line": f"{E + 10},{N + 44};{E + 25},{N + 44}"}
    ).json()
    assert found["distance"][0] == 0.0
    assert found["distance"][-1] == 15.0
    assert len(found["distance"]) == len(found["values"]) == len(found["ground"])
    inside = [i for i, d in enumerate(found["distance"]) if d > 11]
    outside = [i for i, d in enumerate(found["distance"]) if d < 9]
    assert {found["ground"][i] for i in inside} == {H - 1.5}
    assert {found["ground"][i] for i in outside} == {H}
    assert min(found["values"][i] for i in inside) > max(found["values"][i] or 0.0 for i in outside)


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("series?raster=course&place=here", 400), ("series?raster=height&place=1,1", 404),
        ("series?raster=course", 422),
        ("profile?raster=depth&line=1,1", 400), ("profile?raster=depth&line=1,1;1,1", 400),
        ("profile?raster=depth&line=1,1;9e6,1", 400), ("profile?raster=depth&line=1,1;2,2&band=3", 404),
        ("profile?raster=depth&line=nan,1;2,2", 400),
    ],
)  # fmt: skip
def test_a_place_or_line_that_cannot_be_is_refused(
    client: TestClient, result: str, acting: Acting, part: str, status: int
) -> None:
    answer = acting(client, Role.PLANNER).get(f"{HERE}/results/{result}/{part}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_section_far_from_everything_is_empty(client: TestClient, result: str, acting: Acting) -> None:
    answer = acting(client, Role.PLANNER).get(
        f"{HERE}/results/{result}/profile", params={"raster": "depth", "line": "1,1;50,1"}
    )
    assert set(answer.json()["values"]) == set(answer.json()["ground"]) == {None}
