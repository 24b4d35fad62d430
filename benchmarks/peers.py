"""The programs Kastor is measured against, installed into benchmarks/peers/ on first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measure import HERE, note

HOME = HERE / "peers"
PYTHON_PACKAGES = ("py3dtiles==12.1.1", "cjio[export]==0.10.1", "psycopg2-binary", "pymartini", "pydelatin")
FEATURE_PACKAGES = {
    "pygeoapi": ("pygeoapi==0.21.0", "gunicorn", "geoalchemy2", "psycopg2-binary"),
    "tipg": ("tipg==1.6.1", "uvicorn[standard]"),
}
RAIN_PACKAGES = ("anuga==4.1.0", "itzi==25.8")
SUN_PACKAGES = ("solweig==0.1.0b96", "pvlib==0.16.1")
NODE_PACKAGES = {"tiles": ("citygml-to-3dtiles@0.1.6",), "cesium": ("@cesium/engine@^26.3.0", "esbuild@^0.28.0")}


class NoPeer(Exception):
    """A peer could not be installed."""


def python(program: str) -> Path:
    """A program of the Python peers."""
    return _environment("python", PYTHON_PACKAGES) / program


def features(name: str) -> Path:
    """Directory of the programs of a peer that serves features: pygeoapi or tipg."""
    return _environment(name, FEATURE_PACKAGES[name])


def rain() -> Path:
    """Python with the peers that compute floods."""
    return _environment("rain", RAIN_PACKAGES) / "python"


def sun() -> Path:
    """Python with the peers that compute shade, sky and solar power."""
    return _environment("sun", SUN_PACKAGES) / "python"


def _environment(name: str, packages: tuple[str, ...]) -> Path:
    """Directory of the programs of a Python environment with some packages."""
    place = HOME / name
    ready = place / "ready"
    if not ready.is_file() or ready.read_text() != " ".join(packages):
        note(f"installing {' '.join(packages)}")
        _do([sys.executable, "-m", "venv", str(place)])
        _do([str(place / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *packages])
        ready.write_text(" ".join(packages))
    return place / "bin"


def node(name: str) -> Path:
    """Directory of the packages of one Node peer."""
    place = HOME / name
    ready = place / "ready"
    packages = NODE_PACKAGES[name]
    if not ready.is_file() or ready.read_text() != " ".join(packages):
        note(f"installing {' '.join(packages)}")
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text('{"private": true, "type": "module"}\n')
        _do(["npm", "install", "--prefix", str(place), "--ignore-scripts", "--no-audit", "--no-fund", *packages])
        ready.write_text(" ".join(packages))
    return place / "node_modules"


def _do(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoPeer(f"{command[0]}: {error}") from error
    if done.returncode:
        raise NoPeer((done.stderr or done.stdout).strip()[-300:])
