import os
import subprocess
import sys
from pathlib import Path

import pytest

from kastor.city.kernels import sources_hash

CALLER = "from kastor.city.kernels import compiled\nfrom town.{} import {}\n\n@compiled()\ndef {}():\n    return {}\n"
CALLED = "from kastor.city.kernels import compiled\n\nRATE = {}\n\n@compiled()\ndef rate():\n    return {}\n"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A package whose first module calls the second, which calls the third."""
    package = tmp_path / "town"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "first.py").write_text(CALLER.format("second", "double", "total", "double() + 1"))
    (package / "second.py").write_text(CALLER.format("third", "rate", "double", "2 * rate()"))
    (package / "third.py").write_text(CALLED.format(1, 1))
    return package


def _total(town: Path) -> tuple[str, int]:
    """What a new process gets from the first module, and how often it found machine code on disk."""
    script = "from town.first import total; print(total(), sum(total.stats.cache_hits.values()))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(town.parent), os.getcwd())), "NUMBA_CACHE_DIR": ""}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    value, hits = run.stdout.split()
    return value, int(hits)


def test_machine_code_is_kept_until_a_function_in_another_file_changes(town: Path) -> None:
    assert _total(town) == ("3", 0)
    assert _total(town) == ("3", 1)
    (town / "third.py").write_text(CALLED.format(1, 5))
    assert _total(town) == ("11", 0)


def test_sources_are_followed_through_modules(town: Path) -> None:
    def now() -> str:
        sources_hash.cache_clear()
        return sources_hash(town / "first.py", town.parent)

    before = now()
    (town / "third.py").write_text(CALLED.format(2, "RATE"))
    after = now()
    assert before != after
    (town / "unrelated.py").write_text("X = 1\n")
    assert now() == after
