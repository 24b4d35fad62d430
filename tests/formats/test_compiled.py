"""Machine code is made once, kept, and run without the compiler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kastor.formats import citygml_compiled, compiled
from kastor.formats.compiled import Kernel, Library

TEXT = np.frombuffer(b"<bldg:Building>" + bytes(citygml_compiled.PADDING), np.uint8)


def library() -> tuple[Library, Kernel]:
    kernel = Kernel("kastor.formats.citygml_spans", "hash_of", "uint8[]", "int64", "int64")
    return Library("citygml", [kernel]), kernel


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compiled, "_folders", lambda: (tmp_path / "kept",))
    return tmp_path / "kept"


def test_kept_machine_code_gives_the_same_as_fresh(folder: Path) -> None:
    first, kernel = library()
    assert not first.is_compiled
    fresh = kernel(TEXT, 1, 14)
    assert [file.suffix for file in folder.iterdir()] == [".kernels"]
    second, again = library()
    assert second.is_compiled
    assert not second.is_loaded
    assert again(TEXT, 1, 14) == fresh == citygml_compiled.hash_of(TEXT, 1, 14)
    assert again(TEXT, 1, 13) != fresh


@pytest.mark.parametrize("damage", [lambda data: data[:-100], lambda data: data[:20], lambda data: b"", bytes.upper])
def test_damaged_machine_code_is_made_anew(folder: Path, damage: object) -> None:
    _, kernel = library()
    right = kernel(TEXT, 1, 14)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    assert callable(damage)
    file.write_bytes(damage(whole))
    _, again = library()
    assert again(TEXT, 1, 14) == right
    assert file.read_bytes() == whole


def test_machine_code_runs_where_it_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(compiled, "_folders", lambda: (tmp_path / "file" / "below",))
    _, kernel = library()
    assert kernel(TEXT, 1, 14) == citygml_compiled.hash_of(TEXT, 1, 14)


@pytest.mark.parametrize("wrong", [TEXT.astype(np.int32), TEXT[::2], TEXT.reshape(1, -1)])
def test_arrays_of_another_layout_are_refused(wrong: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    with pytest.raises(TypeError, match=r"hash_of takes uint8\[\], int64, int64"):
        citygml_compiled.hash_of(wrong, 0, 3)


def test_machine_code_is_run_without_the_compiler() -> None:
    program = (
        "import sys, numpy as np; from kastor.formats.citygml_compiled import hash_of;"
        "hash_of(np.zeros(20, np.uint8), 0, 3); sys.exit('numba' in sys.modules)"
    )
    # the first may have to compile
    codes = [subprocess.run([sys.executable, "-c", program], check=False).returncode for _ in range(2)]
    assert codes[1] == 0
