"""Compiled functions whose machine code is kept on disk and never outlives its sources.

Numba keeps machine code as long as the file of the function stays as it is, although what it calls from other files was
compiled into it too. Here the code is bound to every file a kernel's module can have taken functions or constants from.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile

_IMPORTED = re.compile(r"^from ([\w.]+) import (\([^)]*\)|.*)", re.MULTILINE)
_NAME = re.compile(r"\w+")


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """
    A decorator like ``numba.njit`` that keeps the machine code.

    Parameters
    ----------
    options
        Those of ``numba.njit``, without ``cache``.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = njit(**options)(function)
        dispatcher._cache = _Kept(function)
        return dispatcher

    return decorate


class _Kept(FunctionCache):  # type: ignore[misc]
    """Machine code on disk that counts as old as soon as one of its sources has changed."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        module = Path(inspect.getfile(function))
        root = module.parents[function.__module__.count(".")]
        stamp = self._impl.locator.get_source_stamp(), sources_hash(module, root)
        self._cache_file = IndexDataCacheFile(self.cache_path, self._impl.filename_base, stamp)


@cache
def sources_hash(module: Path, root: Path) -> str:
    """
    SHA-256 of a module and of all modules with kernels that it imports, directly or through another.

    Parameters
    ----------
    module
        File of the module.
    root
        Directory that holds the package; what lies outside of it never changes under a running installation.
    """
    found, waiting = {module}, [module]
    while waiting:
        for imported in _imported(waiting.pop(), root) - found:
            found.add(imported)
            waiting.append(imported)
    digest = sha256()
    for source in sorted(found):
        digest.update(source.read_bytes())
    return digest.hexdigest()


@cache
def _imported(module: Path, root: Path) -> frozenset[Path]:
    """Files with kernels that a module imports, or imports from."""
    found = set()
    for package, names in _IMPORTED.findall(module.read_text("utf-8")):
        # what is imported may be a module itself
        for name in (package, *(f"{package}.{name}" for name in _NAME.findall(names))):
            path = root.joinpath(*name.split(".")).with_suffix(".py")
            if path.is_file() and "compiled(" in path.read_text("utf-8"):
                found.add(path)
    return frozenset(found)
