"""Features over HTTP against pygeoapi and tipg on the same buildings, and questions to a collection of millions.

Run:
    python benchmarks/bench_features.py [number of objects, 10,000,000 when left out]
All serve one process on loopback. The peers read the same outlines and properties from the same PostgreSQL server.
CPU time is that of the server with its children and of PostgreSQL, per request.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import peers
import psutil
from measure import JOBS, ROOT, Result, job, note, show

BUILDINGS = [ROOT / "kastor" / "demo" / "koeln" / name for name in ("lod2.zip", "lod2-nord.zip")]
MILLIONS = 10_000_000
LIMITS = (10, 1000)
BARS = {("pygeoapi", 10): 10, ("pygeoapi", 1000): 20, ("tipg", 1000): 20}
CLIENTS, EACH = 50, 10


def main() -> None:
    show(results(int(sys.argv[1]) if len(sys.argv) > 1 else MILLIONS))


def results(count: int = MILLIONS) -> list[Result]:
    # removed with everything in it, also after a failure: some gigabytes
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        return [*against_peers(home), *millions(home / "many", count)]


def against_peers(home: Path) -> list[Result]:
    """Kastor in both stores, and the peers where they can be had."""
    start_postgres = runpy.run_path(str(ROOT / "tests" / "postgres.py"))["server"]
    with start_postgres() as url:
        database = postgres_process(urlsplit(url).port or 0)
        ours, crowds = {}, {}
        for store, environment in (("SQLite", {}), ("PostgreSQL", {"KASTOR_DATABASE_URL": url})):
            ours[store], crowds[store] = kastor(home / store, environment, [database] if environment else [])
        copy_buildings(home, url)
        theirs: dict[str, dict[int, float] | str] = {}
        for name, measure in (("pygeoapi", pygeoapi), ("tipg", tipg)):
            try:
                theirs[name] = measure(home, url, database)
            except peers.NoPeer as error:
                theirs[name] = str(error)
    return [
        *(compared(name, limit, store, ours[store][limit], theirs[name])
          for name in theirs for limit in LIMITS for store in ours),
        *crowds.values(),
    ]  # fmt: skip


def compared(name: str, limit: int, store: str, ours: float, theirs: dict[int, float] | str) -> Result:
    """One row of the table."""
    what = f"Items at limit={limit}, Kastor on {store}"
    bar = BARS.get((name, limit))
    shown = f"{bar}x {name}" if bar else f"{name}, no bar"
    if isinstance(theirs, str):
        return Result(what, shown, f"{ours * 1e3:.2f} ms CPU; {theirs}")
    ratio = theirs[limit] / ours
    measured = f"{ours * 1e3:.2f} against {theirs[limit] * 1e3:.1f} ms CPU"
    return Result(what, shown, measured, f"{ratio:.1f}x", ratio >= bar if bar else None)


def kastor(home: Path, environment: dict[str, str], more: list[psutil.Process]) -> tuple[dict[int, float], Result]:
    """CPU seconds of a request at each limit, and how many at once are served."""
    store = "PostgreSQL" if environment else "SQLite"
    note(f"Kastor on {store}: features over HTTP")
    job("load_and_tile.py", home, "EPSG:25832+7837", *BUILDINGS, environment=environment)
    port = free_port()
    with serving([sys.executable, JOBS / "serve_features.py", home, str(port)], port, environment) as server:
        items = f"http://127.0.0.1:{port}/ogc/measured/collections/buildings/items?f=json"
        (home.parent / "all.geojson").write_bytes(fetch(f"{items}&limit=10000"))
        spent = {limit: cpu_of([server, *more], f"{items}&limit={limit}", 100) for limit in LIMITS}
        slowest, number, errors = together(f"{items}&limit=1000", CLIENTS, EACH)
    shown = f"{number} requests: p95 {slowest * 1e3:.0f} ms, {errors} errors"
    return spent, Result(f"{CLIENTS} clients at limit=1000, Kastor on {store}", "no error", shown, met=errors == 0)


def copy_buildings(home: Path, url: str) -> None:
    """The buildings as Kastor hands them out, as a table with an index for the peers."""
    at = urlsplit(url)
    target = f"PG:host={at.hostname} port={at.port} dbname={at.path[1:]} user={at.username} password={at.password}"
    command = ["ogr2ogr", "-f", "PostgreSQL", target, home / "all.geojson", "-nln", "buildings", "-unsetFid",
               "-lco", "GEOMETRY_NAME=geom", "-lco", "FID=fid", "-lco", "SCHEMA=public"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)


def pygeoapi(home: Path, url: str, database: psutil.Process) -> dict[int, float]:
    """CPU seconds of a request at each limit."""
    programs, port, at = peers.features("pygeoapi"), free_port(), urlsplit(url)
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
                "type": "feature", "name": "PostgreSQL", "id_field": "fid", "table": "buildings", "geom_field": "geom",
                "data": {
                    "host": at.hostname, "port": at.port, "dbname": at.path[1:], "user": at.username,
                    "password": at.password, "search_path": ["public"],
                },
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
    items = f"http://127.0.0.1:{port}/collections/buildings/items?f=json"
    return served(serve, port, environment, items, database)


def tipg(home: Path, url: str, database: psutil.Process) -> dict[int, float]:
    """CPU seconds of a request at each limit."""
    programs, port = peers.features("tipg"), free_port()
    environment = {"DATABASE_URL": url, "TIPG_DB_SCHEMAS": '["public"]', "DB_MIN_CONN_SIZE": "1"}
    note("tipg: features over HTTP")
    serve = [programs / "uvicorn", "--port", str(port), "--log-level", "error", "--no-access-log", "tipg.main:app"]
    items = f"http://127.0.0.1:{port}/collections/public.buildings/items?f=geojson"
    return served(serve, port, environment, items, database)


def served(
    serve: list[object], port: int, environment: dict[str, str], items: str, database: psutil.Process
) -> dict[int, float]:
    """CPU seconds of a request at each limit to a peer, which must answer with as many features."""
    with serving(serve, port, environment) as server:
        for limit in LIMITS:
            try:
                number = len(json.loads(fetch(f"{items}&limit={limit}"))["features"])
            except (OSError, ValueError, KeyError) as error:
                raise peers.NoPeer(f"{items}: {error}") from error
            if number != limit:
                raise peers.NoPeer(f"{number} features at limit={limit}")
        return {limit: cpu_of([server, database], f"{items}&limit={limit}", 20) for limit in LIMITS}


def postgres_process(port: int) -> psutil.Process:
    """The server that listens on a port."""
    found = [c.pid for c in psutil.net_connections("tcp4") if c.laddr.port == port and c.status == psutil.CONN_LISTEN]
    return psutil.Process(found[0])


def millions(home: Path, count: int) -> list[Result]:
    note(f"{count:,} objects in one collection")
    found = job("store_features.py", home, str(count), most_cpu=3600).json
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


def cpu_of(servers: Sequence[psutil.Process], address: str, times: int) -> float:
    """CPU seconds of some servers for one request."""
    at = urlsplit(address)
    # clients that read page after page keep their connection
    line = HTTPConnection(at.hostname or "", at.port, timeout=60)

    def ask() -> None:
        line.request("GET", f"{at.path}?{at.query}", headers={"Accept-Encoding": "identity"})
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{address}: {answer.status}")

    for _ in range(5):
        ask()
    before = used(servers)
    for _ in range(times):
        ask()
    return (used(servers) - before) / times


def used(servers: Sequence[psutil.Process]) -> float:
    """CPU seconds of servers and their children, also those that have ended."""
    spent = 0.0
    for server in servers:
        own = server.cpu_times()
        spent += own.children_user + own.children_system
        for process in (server, *server.children(recursive=True)):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent


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
