"""What Kastor imports it also asks for, so that it starts on a machine that has nothing else."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent

PROJECTS = {
    "PIL": "pillow", "argon2": "argon2-cffi", "pythonjsonlogger": "python-json-logger", "starlette": "fastapi",
    "sklearn": "scikit-learn",
}  # fmt: skip
"""Modules that come with a project of another name."""


def imported() -> dict[str, Path]:
    """Modules from elsewhere, and a file that needs each."""
    found: dict[str, Path] = {}
    for file in (ROOT / "kastor").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            found |= {name.split(".")[0]: file for name in names}
    return {name: file for name, file in found.items() if name not in sys.stdlib_module_names and name != "kastor"}


def test_every_imported_package_is_asked_for_and_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    asked = names(project["dependencies"]) & locked("requirements.lock")
    # an extra is locked for those who test it, and not installed with the rest
    asked |= names(extras) & locked("requirements-dev.lock")
    needed = {plain(PROJECTS.get(name, name)): str(file.relative_to(ROOT)) for name, file in imported().items()}
    assert {name: file for name, file in needed.items() if name not in asked} == {}


def names(lines: list[str]) -> set[str]:
    """The projects some requirements ask for."""
    return {plain(re.split(r"[<>=\[;! ]", line)[0]) for line in lines}


def locked(file: str) -> set[str]:
    """The projects a lock file pins."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return {plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def plain(name: str) -> str:
    """A project's name as packaging tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
