"""Features over HTTP against pygeoapi on the same buildings, and questions to a collection of millions.

Run:
    python benchmarks/bench_features.py [number of objects, 10,000,000 when left out]
CPU time is that of the server with its children, per request; both serve one process on loopback. The peer reads the
same outlines and properties from a GeoPackage, its fastest file format.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import peers
import psutil
from measure import JOBS, ROOT, Result, job, note, show

BUILDINGS = ROOT / "kastor" / "demo" / "koeln" / "lod2-nord.zip"
MILLIONS = 10_000_000


def main() -> None:
    show(results(int(sys.argv[1]) if len(sys.argv) > 1 else MILLIONS))


def results(count: int = MILLIONS) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        return [*against_pygeoapi(home), *millions(home / "many", count)]


def against_pygeoapi(home: Path) -> list[Result]:
    note("Kastor: features over HTTP")
    job("load_and_tile.py", home, "EPSG:25832+7837", BUILDINGS)
    port = free_port()
    with serving([sys.executable, JOBS / "serve_features.py", home, str(port)], port) as server:
        items = f"http://127.0.0.1:{port}/ogc/measured/collections/buildings/items?f=json"
        ours = {limit: cpu_of(server, f"{items}&limit={limit}", 200) for limit in (10, 1000)}
        crowd = together(f"{items}&limit=1000", 50, 10)
        source = home / "all.geojson"
        source.write_bytes(fetch(f"{items}&limit=10000"))
    shown = f"50 clients, {crowd[1]} requests: p95 {crowd[0] * 1e3:.0f} ms, {crowd[2]} errors"
    found = [Result("Items at limit=1000, many at once", "no error", shown, met=crowd[2] == 0)]
    bars = {1000: 20, 10: 10}
    try:
        theirs = pygeoapi(home, source)
    except peers.NoPeer as error:
        return [
            *(Result(f"Items at limit={n}", f"{bars[n]}x pygeoapi", f"{ours[n] * 1e3:.2f} ms; {error}") for n in ours),
            *found,
        ]
    for limit, bar in bars.items():
        ratio = theirs[limit] / ours[limit]
        measured = f"{ours[limit] * 1e3:.2f} against {theirs[limit] * 1e3:.1f} ms CPU"
        found.append(Result(f"Items at limit={limit}", f"{bar}x pygeoapi", measured, f"{ratio:.0f}x", ratio >= bar))
    return found


def pygeoapi(home: Path, source: Path) -> dict[int, float]:
    """CPU seconds of a request at each limit."""
    programs = peers.pygeoapi()
    subprocess.run(["ogr2ogr", "-nln", "buildings", home / "all.gpkg", source], check=True, capture_output=True)
    port = free_port()
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json",
            "encoding": "utf-8", "language": "en-US", "limits": {"default_items": 10, "max_items": 10000},
            "map": {"url": "x", "attribution": "x"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "x", "description": "x", "keywords": ["x"], "url": "http://x", "terms_of_service": "x",
            },
            "license": {"name": "x", "url": "http://x"}, "provider": {"name": "x"}, "contact": {"name": "x"},
        },
        "resources": {"buildings": {
            "type": "collection", "title": "x", "description": "x", "keywords": ["x"], "links": [],
            "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
            "providers": [{
                "type": "feature", "name": "SQLiteGPKG", "data": str(home / "all.gpkg"), "id_field": "fid",
                "table": "buildings",
            }],
        }},
    }  # fmt: skip
    (home / "config.yml").write_text(json.dumps(config))
    environment = {"PYGEOAPI_CONFIG": str(home / "config.yml"), "PYGEOAPI_OPENAPI": str(home / "openapi.yml")}
    command = [programs / "pygeoapi", "openapi", "generate", home / "config.yml", "--output-file", home / "openapi.yml"]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode:
        raise peers.NoPeer(done.stderr.strip()[-200:])
    note("pygeoapi: features over HTTP")
    serve = [programs / "gunicorn", "-w", "1", "-b", f"127.0.0.1:{port}", "pygeoapi.flask_app:APP"]
    with serving(serve, port, environment) as server:
        items = f"http://127.0.0.1:{port}/collections/buildings/items?f=json"
        return {limit: cpu_of(server, f"{items}&limit={limit}", 10) for limit in (10, 1000)}


def millions(home: Path, count: int) -> list[Result]:
    note(f"{count:,} objects in one collection")
    found = job("store_features.py", home, str(count)).json
    lines = []
    for size in (500, 5000, 40000):
        wall, cpu = found[f"box {size}"]
        shown = f"{wall * 1e3:.0f} ms ({cpu * 1e3:.0f} ms CPU)"
        lines.append(Result(f"Box of {size} m and height among {count:,}, p95", "30 ms", shown, met=cpu <= 0.03))
    first, deep = found["first"][1], found["deep"][1]
    shown = f"{first * 1e3:.1f} ms at first, {deep * 1e3:.1f} ms at 99 %"
    lines.append(Result(f"Pages of 1000 among {count:,}", "constant", shown, met=deep <= 2 * first))
    grown = found["memory"] - found["made"]
    lines.append(Result("Memory of all these questions", "flat", f"{grown:.0f} MB more", met=grown <= 50))
    return lines


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(command: list[object], port: int, environment: dict[str, str] | None = None) -> Iterator[psutil.Process]:
    """A server that answers on a port, ended at the end."""
    child = subprocess.Popen([str(part) for part in command], env={**os.environ, **(environment or {})}, cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(30)


def cpu_of(server: psutil.Process, address: str, times: int) -> float:
    """CPU seconds of a server for one request."""
    for _ in range(3):
        fetch(address)
    before = used(server)
    for _ in range(times):
        fetch(address)
    return (used(server) - before) / times


def used(server: psutil.Process) -> float:
    spent = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return float(sum(one.user + one.system for one in spent))


def together(address: str, clients: int, each: int) -> tuple[float, int, int]:
    """Slowest but one in twenty [s], number of requests and of errors with many clients at once."""

    def ask(_: int) -> float | None:
        start = time.perf_counter()
        try:
            fetch(address)
        except OSError:
            return None
        return time.perf_counter() - start

    with ThreadPoolExecutor(clients) as pool:
        walls = list(pool.map(ask, range(clients * each)))
    good = sorted(wall for wall in walls if wall is not None)
    return good[int(len(good) * 0.95)], len(walls), len(walls) - len(good)


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:
        content: bytes = answer.read()
        return content


if __name__ == "__main__":
    sys.exit(main())
