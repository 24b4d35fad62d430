"""The scene in a real browser, without a graphics card: it loads, draws, answers pointing and then rests."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from kastor.city.sample import ORIGIN, four_houses
from kastor.tiles import tileset
from kastor.tiles.buildings import building_tile
from kastor.tiles.hull_tiles import hull_tile
from tests.tiles.real_buildings import by_cell, contents, of_cells

BROWSER = Path(__file__).parents[2] / "browser"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRAWN_BY_THE_PROCESSOR = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
IDENTITY = np.eye(4).ravel().tolist()

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not (BROWSER / "node_modules").exists(), reason="run `npm ci` in browser/ first"),
]


def _to_local(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    local: NDArray[np.float64] = xyz - np.array(ORIGIN)
    return local


def _write_tiles(directory: Path) -> None:
    city = four_houses()
    parts = by_cell(city)
    tileset.update(
        directory,
        "buildings",
        contents(parts),
        build=tileset.each(lambda cells: building_tile(of_cells(parts, cells), _to_local)),
        coarsen=hull_tile,
        transform=IDENTITY,
        error=16.0,
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = tmp_path_factory.mktemp("scene")
    _write_tiles(site / "tiles")
    subprocess.run(
        ["npx", "vite", "build", "tests/scene", "--config", "tests/scene/page.config.ts", "--outDir", str(site)],
        cwd=BROWSER,
        check=True,
        capture_output=True,
    )
    handler = functools.partial(_Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/page.html"
    server.shutdown()
    thread.join()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def loaded(address: str) -> Iterator[Page]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=DRAWN_BY_THE_PROCESSOR)
        page = browser.new_page(viewport={"width": 640, "height": 400})
        page.goto(address)
        page.wait_for_function("window.seen?.done", timeout=60_000)
        yield page
        browser.close()


@pytest.fixture
def page(loaded: Page) -> Page:
    loaded.evaluate("scene.setHidden([]); scene.select(null); scene.measure(null); scene.setView(home)")
    _rest(loaded)
    return loaded


def _rest(page: Page) -> None:
    """Wait until a second has passed without a new frame."""
    page.wait_for_function(
        "() => { const s = window.seen; const now = performance.now();"
        " if (s.count !== s.frames) { s.count = s.frames; s.since = now; } return now - s.since > 1000; }",
        timeout=60_000,
    )


def _point(page: Page, east: float, north: float, up: float) -> Any:
    at = page.evaluate("p => scene.screenPosition(p)", [ORIGIN[0] + east, ORIGIN[1] + north, ORIGIN[2] + up])
    page.mouse.click(at["x"], at["y"])
    return page.evaluate("seen.picks.at(-1)")


def test_a_house_is_picked_by_pointing_at_its_roof(page: Page) -> None:
    hit = _point(page, 10, 10, 6)
    assert hit["id"] == "flat"
    assert hit["label"].startswith("Hauptstraße 1")
    assert np.allclose(hit["place"], np.add(ORIGIN, (10, 10, 6)), atol=0.2)


def test_hidden_and_beside_houses_is_ground(page: Page) -> None:
    assert "ground" in _point(page, 20, 18, 0)
    page.evaluate("scene.setHidden(['flat'])")
    page.wait_for_timeout(400)
    assert "ground" in _point(page, 10, 10, 6)


def test_nothing_is_drawn_while_nothing_changes(page: Page) -> None:
    before = page.evaluate("seen.frames")
    page.wait_for_timeout(1500)
    assert page.evaluate("seen.frames") == before
    page.evaluate("scene.select('gable')")
    page.wait_for_function(f"seen.frames > {before}")


def test_keys_and_wheel_move_the_camera_within_its_limits(page: Page) -> None:
    page.mouse.move(320, 200)
    page.mouse.wheel(0, -400)
    page.wait_for_function("scene.view().distance < 150")
    page.evaluate("scene.canvas.focus()")
    page.keyboard.press("q")
    page.wait_for_function("Math.abs(scene.view().heading) > 1")
    for _ in range(40):
        page.mouse.wheel(0, -900)
    page.wait_for_timeout(500)
    assert page.evaluate("scene.view().distance") >= 12
    page.keyboard.press("Home")
    page.wait_for_function("scene.view().distance === 160")


def test_measuring_gives_the_length_of_a_roof_edge_and_its_area(page: Page) -> None:
    page.evaluate("scene.measure((points, length, area) => { window.measured = [points.length, length, area]; })")
    corners = [(5, 5), (15, 5), (15, 15), (5, 15), (5, 5)]
    for east, north in corners:
        _point(page, east, north, 6)
        page.wait_for_timeout(400)
    points, length, area = page.evaluate("measured")
    assert points == 4
    assert length == pytest.approx(40, abs=0.05)
    assert area == pytest.approx(100, abs=0.2)


def test_a_picture_for_print_has_the_wanted_size_and_shows_roofs(page: Page) -> None:
    size, warm = page.evaluate(
        """async () => {
          const image = await createImageBitmap(await scene.toImage(900, 600));
          const canvas = new OffscreenCanvas(image.width, image.height);
          const paper = canvas.getContext("2d");
          paper.drawImage(image, 0, 0);
          const { data } = paper.getImageData(0, 0, image.width, image.height);
          let warm = 0;
          for (let i = 0; i < data.length; i += 4) if (data[i] - data[i + 2] > 25) warm++;
          return [[image.width, image.height], warm / (data.length / 4)];
        }"""
    )
    assert size == [900, 600]
    assert warm > 0.01
