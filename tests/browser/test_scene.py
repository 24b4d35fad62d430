"""The scene in a real browser, without a graphics card: it loads, draws, answers pointing and then rests."""

from __future__ import annotations

import functools
import http.server
import io
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

from kastor.city.sample import ORIGIN, flat_ground, four_houses
from kastor.tiles import tileset
from kastor.tiles.buildings import building_tile
from kastor.tiles.hull_tiles import hull_tile
from kastor.tiles.relief import relief
from kastor.tiles.terrain import update_terrain
from tests.tiles.real_buildings import by_cell, contents, of_cells

BROWSER = Path(__file__).parents[2] / "browser"
GREEN = (170, 190, 150)
IDENTITY = np.eye(4).ravel().tolist()

pytestmark = [
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
    update_terrain(directory, relief(flat_ground()), _green, lambda box: b"", _to_local, IDENTITY, picture=64)


def _green(box: object, width: int, height: int) -> NDArray[np.uint8]:
    return np.tile(np.array(GREEN, np.uint8), (height, width, 1))


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
def loaded(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 640, "height": 400})
    page.goto(address)
    page.wait_for_function("window.seen?.done", timeout=60_000)
    yield page
    page.close()


@pytest.fixture
def page(loaded: Page) -> Page:
    loaded.evaluate("scene.setHidden([]); scene.select(null); scene.measure(null); scene.setView(home)")
    loaded.evaluate("scene.paint(null); scene.setGridTime(0); scene.showGrid(null)")
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


def _seen(page: Page, east: float, north: float, up: float = 0.0) -> tuple[int, int, int]:
    """The colour at a place."""
    at = page.evaluate("p => scene.screenPosition(p)", [ORIGIN[0] + east, ORIGIN[1] + north, ORIGIN[2] + up])
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    red, green, blue = np.asarray(picture)[round(at["y"]) - 1 : round(at["y"]) + 2, round(at["x"])].mean(axis=0)
    return round(red), round(green), round(blue)


def _like(colour: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) < 30


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


SHALLOW, DEEP = (140, 190, 240), (20, 60, 150)
DRY, UNKNOWN, WET = (48, 25), (2, 25), (20, 25)
POND = """
() => {
  const [cols, rows] = [70, 70];
  const band = (i) => Uint16Array.from({ length: cols * rows }, (_, k) => {
    const east = (k % cols) - 10;
    return east < 5 ? 65535 : east < 40 ? [0.2, 0.2, 1.0][i] * 32767 : 0;
  });
  window.asked = [];
  return {
    west: home.target[0] - 30, north: home.target[1] + 40, cell: 1, cols, rows, range: [0, 2], times: [0, 60, 120],
    classes: [{ low: 0.1, high: 0.5, colour: "#8cbef0" }, { low: 0.5, high: null, colour: "#143c96" }],
    moving: true, band: async (i) => { asked.push(i); return band(i); },
  };
}
"""


def _flood(page: Page, seconds: float = 0.0) -> None:
    page.evaluate(f"async () => {{ await scene.showGrid(({POND})()); scene.setGridTime({seconds}); }}")
    page.wait_for_timeout(100)
    _rest(page)


def test_water_lies_on_the_ground_in_the_colours_of_its_depth(page: Page) -> None:
    bare = _seen(page, *WET)
    assert not _like(bare, SHALLOW)
    _flood(page)
    assert _like(_seen(page, *WET), SHALLOW)
    assert _seen(page, *DRY) == pytest.approx(bare, abs=12)
    assert _seen(page, *UNKNOWN) == pytest.approx(bare, abs=12)


def test_water_rises_between_two_bands(page: Page) -> None:
    _flood(page, 75)
    assert _like(_seen(page, *WET), SHALLOW)
    page.evaluate("scene.setGridTime(105)")
    _rest(page)
    assert _like(_seen(page, *WET), DEEP)


def test_water_goes_when_it_is_no_longer_shown(page: Page) -> None:
    bare = _seen(page, *WET)
    _flood(page)
    page.evaluate("scene.showGrid(null)")
    page.wait_for_timeout(100)
    _rest(page)
    assert _seen(page, *WET) == pytest.approx(bare, abs=2)


def test_a_click_on_water_says_where(page: Page) -> None:
    _flood(page)
    hit = _point(page, *WET, 0)
    assert np.allclose(hit["ground"], np.add(ORIGIN, (*WET, 0)), atol=0.3)


def test_no_picture_is_drawn_while_water_stands_still(page: Page) -> None:
    _flood(page, 30)
    before = page.evaluate("seen.frames")
    page.evaluate("scene.setGridTime(30)")
    page.wait_for_timeout(1000)
    assert page.evaluate("seen.frames") == before


def test_a_painted_house_has_its_colour_until_it_is_taken_back(page: Page) -> None:
    roof = (10, 10, 6)
    bare = _seen(page, *roof)
    page.evaluate("scene.paint(new Map([['flat', '#1d4ed8'], ['nobody', '#ff0000']]))")
    page.wait_for_timeout(100)
    _rest(page)
    red, _, blue = _seen(page, *roof)
    assert blue - red > 90
    page.evaluate("scene.paint(null)")
    page.wait_for_timeout(100)
    _rest(page)
    assert _seen(page, *roof) == pytest.approx(bare, abs=2)
