"""Maps by others over the ground: off at first, drawn when switched on, polite when gone."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from kastor.formats.map_services import wms
from kastor.store import open_tenant
from tests.journeys.conftest import wait_for_scene

COLOUR = (200, 30, 160)
"""Of the map the service draws; nothing in the scene has it."""


class Maps(ThreadingHTTPServer):
    """A WMS that paints everything in one colour and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[dict[str, list[str]]] = []


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Maps)
        asked = parse_qs(urlsplit(self.path).query)
        self.server.asked.append(asked)
        picture = io.BytesIO()
        Image.new("RGB", (int(asked["WIDTH"][0]), int(asked["HEIGHT"][0])), COLOUR).save(picture, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(picture.getvalue())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def maps(home: Path) -> Iterator[Maps]:
    """A running map service that Köln offers, beside one that is gone."""
    server = Maps()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Maps() as gone:
        closed = gone.server_port
    with open_tenant(home, "koeln") as tenant:
        tenant.update(
            services=[
                wms(
                    tenant.crs, "pink", "Alles rosa", f"http://127.0.0.1:{server.server_port}/wms", "a", "Amt für Rosa"
                ),
                wms(tenant.crs, "weg", "Verschwunden", f"http://127.0.0.1:{closed}/wms", "a", "Niemand"),
            ]
        )
    yield server
    with open_tenant(home, "koeln") as tenant:
        tenant.update(services=[])
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that may leave the server, but no further than this machine."""
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def _share_of_colour(picture: bytes) -> float:
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    red, green, blue = (pixels[..., i] for i in range(3))
    return float(((red > green + 60) & (blue > green + 60)).mean())


def test_a_map_service_is_off_at_first_and_lies_on_the_ground_when_switched_on(open_page: Page, maps: Maps) -> None:
    open_page.goto("/koeln")
    wait_for_scene(open_page)
    assert maps.asked == []
    expect(open_page.get_by_text("Amt für Rosa")).to_have_count(0)
    before = _share_of_colour(open_page.locator("canvas").first.screenshot())
    open_page.get_by_role("switch", name="Alles rosa").check()
    expect(open_page.get_by_text("Amt für Rosa")).to_be_visible()
    expect(open_page.get_by_text(f"127.0.0.1:{maps.server_port}")).to_be_visible()
    open_page.wait_for_function("() => performance.getEntriesByType('resource').some((e) => e.name.includes('GetMap'))")
    open_page.wait_for_timeout(4000)
    after = _share_of_colour(open_page.locator("canvas").first.screenshot())
    assert before < 0.01
    assert after > 0.15
    assert {asked["SRS"][0] for asked in maps.asked} == {"EPSG:25832"}


def test_a_service_that_is_gone_says_so_and_the_scene_stays(open_page: Page, maps: Maps) -> None:
    open_page.goto("/koeln?layers=terrain,buildings,map.weg")
    wait_for_scene(open_page)
    expect(open_page.get_by_text("Verschwunden antwortet gerade nicht.").first).to_be_visible()
    expect(open_page.locator("canvas").first).to_be_visible()


def test_the_drawn_map_shows_the_service_too(open_page: Page, maps: Maps) -> None:
    open_page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    open_page.goto("/koeln?layers=terrain,map.pink")
    piece = open_page.locator("img[src*='GetMap']").first
    expect(piece).to_be_visible()
    assert piece.evaluate("async (image) => { await image.decode(); return image.naturalWidth }") > 100
    expect(open_page.get_by_text("Amt für Rosa")).to_be_visible()
