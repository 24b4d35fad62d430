"""A running Kastor with two real districts, and a browser to look at it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.demo import load_town
from kastor.demo.towns import DORSTEN, HERE, KOELN, Source

PROJECT = Path(__file__).parents[2]
DELLBRUECK = {
    "lod2.zip": "LoD2_32_364_5650_1_NW.gml",
    "streets.zip": "mulheim_dellbruck.json",
    "green-leisure.zip": "mulheim_dellbruck.json",
    "green-agriculture.zip": "mulheim_dellbruck.json",
}
"""The one district of Köln the journeys walk through: archive of the demo, and its member."""

# drawing without a graphics card is slow
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of tenants with Köln-Dellbrück and Dorsten, loaded once; every process of a run has a copy."""
    own = tmp_path_factory.mktemp("journeys") / "home"
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else own.parent
    made = shared / "towns"
    with (shared / "towns.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _load_towns(shared / "loading")
            (shared / "loading").rename(made)
    shutil.copytree(made, own)
    return own


def _load_towns(home: Path) -> None:
    """Load two towns as the demo loads them."""
    files = home.with_name("files")
    sources = []
    for source in KOELN.sources:
        names = []
        for archive in source.files:
            if archive in DELLBRUECK:
                target = files / archive.removesuffix(".zip")
                with zipfile.ZipFile(HERE / "koeln" / archive) as packed:
                    names.append(packed.extract(DELLBRUECK[archive], target))
        sources.append(Source(tuple(names), source.dataset, source.kind))
    load_town(home, replace(KOELN, sources=tuple(sources)))
    load_town(home, DORSTEN)


def free_port() -> int:
    """A port of this machine nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    """Address of a server over ``home``."""
    port = free_port()
    with served(home, port, "serve"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def served(home: Path, port: int, *command: str) -> Iterator[None]:
    """A server over ``home``, begun by a command."""
    server = subprocess.Popen(
        [sys.executable, "-m", "kastor", *command, "--port", str(port)],
        env={**os.environ, "KASTOR_HOME": str(home)},
        cwd=PROJECT,
    )
    try:
        _answering(f"http://127.0.0.1:{port}", server)
        yield
    finally:
        server.terminate()
        server.wait(20)


def _answering(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the server stopped"
        try:
            urlopen(f"{address}/api/tenants", timeout=5).close()
        except URLError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server does not answer")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh page in German; fails the test on script errors and on requests that leave the server."""
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: _stays(request.url, address, errors))
    yield page
    context.close()
    assert errors == []


def _stays(url: str, address: str, errors: list[str]) -> None:
    if not url.startswith((address, "data:", "blob:")):
        errors.append(f"the page asked {url}")


def wait_for_scene(page: Page) -> None:
    """Wait until the first view is drawn."""
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Kacheln")).to_have_count(0, timeout=120_000)
    expect(page.get_by_role("status").filter(has_text="aufgebaut")).to_have_count(0, timeout=120_000)
