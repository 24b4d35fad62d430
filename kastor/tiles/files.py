"""Files of a layer: each with its packed twins, replaced in one step, never half written."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

import brotli
import deflate

BROTLI_QUALITY, GZIP_LEVEL = 4, 6
"""Packing takes a third of all work on a tile; the next quality of Brotli gains 4 % for half as much time again."""

FEW = 16
"""Files that are brought to the disk one by one; more of them together."""

_UNFINISHED = ".part"


def write_new(path: Path, data: bytes, packed: bool = True) -> list[Path]:
    """Write a file nobody refers to yet, with its packed twins, over whatever a run that was cut off left there."""
    files = _with_twins(path, data) if packed else {path: data}
    for file, content in files.items():
        file.write_bytes(content)
    return list(files)


def replace_served(path: Path, data: bytes, packed: bool = True) -> None:
    """Replace a file and its packed twins; each is whole at any time, and untouched when nothing changed."""
    wanted = _with_twins(path, data) if packed else {path: data}
    for file, content in reversed(wanted.items()):
        if not file.exists() or file.read_bytes() != content:
            _replace(file, content)
            settle([file])


def settle(paths: Iterable[Path]) -> None:
    """Wait until files are on the disk and would survive a power cut."""
    paths = list(paths)
    if len(paths) > FEW:
        # one by one, each would wait for the journal of the file system
        os.sync()
        return
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def retire(directory: Path, keep: Collection[str]) -> None:
    """Delete all files that are neither named in ``keep`` nor the packed twin of one that is."""
    for name in os.listdir(directory):
        if name.removesuffix(".br").removesuffix(".gz") not in keep:
            (directory / name).unlink()


def _with_twins(path: Path, data: bytes) -> dict[Path, bytes]:
    return {
        path: data,
        path.with_name(path.name + ".br"): brotli.compress(data, quality=BROTLI_QUALITY),
        path.with_name(path.name + ".gz"): bytes(deflate.gzip_compress(data, GZIP_LEVEL)),
    }


def _replace(path: Path, data: bytes) -> None:
    unfinished = path.with_name(path.name + _UNFINISHED)
    with unfinished.open("wb") as file:
        file.write(data)
    unfinished.replace(path)
