"""Compiled functions that are ready at once: machine code kept on disk and run without the compiler.

Starting Numba with all it registers takes half a second and 60 MB, longer than a village takes to be read; the machine
code it makes needs none of that. So the kernels of a reader are compiled once for an installation and processor, kept
in one file, and loaded from there by LLVM alone. In return a kernel owns no memory: it takes whole numbers and
contiguous arrays, and writes what it finds into arrays it is given.

The file lies where Python keeps its own byte code, or below the cache directory of the user where that is read-only.
Its name says what it was made from and for which processor, so another one is never loaded.
"""

from __future__ import annotations

import ctypes
import os
import re
import threading
import zlib
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np
import orjson
from numpy.typing import NDArray

_KIND = re.compile(r"(\w+?)(\[,*\])?")
_OK = (0, -2)
"""What a compiled function returns when nothing went wrong."""


class Kernel:
    """
    A compiled function; calling it gives a whole number, 0 when the function returns nothing.

    Parameters
    ----------
    module, name
        Where the function is written; the module is only imported to compile it.
    arguments
        Type of each argument: ``"int64"``, or an array such as ``"uint8[]"`` or ``"float64[,]"``.
    """

    def __init__(self, module: str, name: str, *arguments: str) -> None:
        self.module, self.name, self.arguments = module, name, arguments
        self.library: Library | None = None
        self._kinds = [_kind(argument) for argument in arguments]

    def __call__(self, *given: NDArray[Any] | int) -> int:
        """Run it."""
        flat: list[int | None] = []
        for value, (dtype, dimensions) in zip(given, self._kinds, strict=True):
            if isinstance(value, np.ndarray):
                if value.dtype != dtype or value.ndim != dimensions or not value.flags.c_contiguous:
                    layout = f"{value.dtype} {value.shape} {value.strides}"
                    raise TypeError(f"{self.name} takes {', '.join(self.arguments)}, not {layout}")
                flat += (None, None, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides)
            else:
                flat.append(int(value))
        result, error = ctypes.c_int64(), ctypes.c_void_p()
        status = self._function(ctypes.byref(result), ctypes.byref(error), *flat)
        if status not in _OK:
            raise RuntimeError(f"{self.module}.{self.name} failed with status {status}")
        return result.value

    @cached_property
    def _function(self) -> Any:
        assert self.library is not None
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        flat: list[type[Any]] = []
        for _, dimensions in self._kinds:
            # as Numba hands arrays over: two owners, size, size of an item, data, shape, strides
            array = [pointer, pointer, number, number, pointer, *[number] * 2 * dimensions]
            flat += array if dimensions else [number]
        return ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, *flat)(self.library.address(self))


class Library:
    """
    Kernels that are compiled, kept and loaded together.

    Parameters
    ----------
    name
        Begins the name of the file.
    kernels
        The functions.
    """

    def __init__(self, name: str, kernels: Sequence[Kernel]) -> None:
        self.name, self.kernels = name, kernels
        self._addresses: dict[str, int] = {}
        self._engine: Any = None
        self._lock = threading.Lock()
        for kernel in kernels:
            kernel.library = self

    @property
    def is_loaded(self) -> bool:
        """Whether the machine code is in memory."""
        return self._engine is not None

    @property
    def is_compiled(self) -> bool:
        """Whether the machine code is in memory, or on disk from an earlier run."""
        return self.is_loaded or any(self._file(folder).is_file() for folder in _folders())

    def address(self, kernel: Kernel) -> int:
        """Where a kernel starts; compiles all of them when that has not been done for this installation."""
        with self._lock:
            if self._engine is None:
                self._load(self._read() or self._compile())
        return self._addresses[kernel.name]

    @cached_property
    def _key(self) -> str:
        llvm.initialize_native_target()
        digest = sha256(f"{llvmlite.__version__} {llvm.get_host_cpu_name()} {_features()}".encode())
        for kernel in self.kernels:
            digest.update(repr((kernel.module, kernel.name, kernel.arguments)).encode())
        for module in sorted({_source(kernel.module).parent for kernel in self.kernels}):
            for source in sorted(module.glob(f"{self.name}_*.py")):
                digest.update(source.read_bytes())
        return digest.hexdigest()[:24]

    def _file(self, folder: Path) -> Path:
        return folder / f"{self.name}-{self._key}.kernels"

    def _read(self) -> list[tuple[str, str, bytes]] | None:
        """Name, symbol and machine code of each kernel; None when they are not on disk, or damaged."""
        for folder in _folders():
            try:
                head, _, body = self._file(folder).read_bytes().partition(b"\n")
            except OSError:
                continue
            # the checksum stands first, so that a damaged table is never read
            checksum, _, table = head.partition(b" ")
            if checksum == b"%08x" % zlib.crc32(table + body):
                kernels = orjson.loads(table)
                ends = np.cumsum([0, *(size for _, _, size in kernels)]).tolist()
                return [
                    (name, symbol, body[start : start + size])
                    for (name, symbol, size), start in zip(kernels, ends, strict=False)
                ]
        return None

    def _compile(self) -> list[tuple[str, str, bytes]]:
        import numba

        made = []
        for kernel in self.kernels:
            signature = tuple(
                numba.types.Array(numba.from_dtype(dtype), dimensions, "C") if dimensions else numba.types.int64
                for dtype, dimensions in kernel._kinds
            )
            dispatcher = getattr(import_module(kernel.module), kernel.name)
            dispatcher.compile(signature)
            compiled = dispatcher.overloads[signature]
            _, _, (code, _) = compiled.library.serialize_using_object_code()
            made.append((kernel.name, str(compiled.fndesc.llvm_func_name), bytes(code)))
        self._keep(made)
        return made

    def _keep(self, made: list[tuple[str, str, bytes]]) -> None:
        """Write the machine code to the first folder that lets us."""
        body = b"".join(code for _, _, code in made)
        table = orjson.dumps([(name, symbol, len(code)) for name, symbol, code in made])
        checksum = b"%08x" % zlib.crc32(table + body)
        for folder in _folders():
            young = self._file(folder).with_suffix(f".{os.getpid()}")
            try:
                folder.mkdir(parents=True, exist_ok=True)
                young.write_bytes(b"".join((checksum, b" ", table, b"\n", body)))
                young.replace(self._file(folder))
            except OSError:
                continue
            return

    def _load(self, made: list[tuple[str, str, bytes]]) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        for _, _, code in made:
            engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        self._addresses = {name: engine.get_function_address(symbol) for name, symbol, _ in made}
        self._engine = engine


def _kind(argument: str) -> tuple[np.dtype[Any], int]:
    """Element type and number of dimensions, 0 for a plain number."""
    match = _KIND.fullmatch(argument)
    assert match is not None
    return np.dtype(match[1]), len(match[2]) - 1 if match[2] else 0


def _features() -> str:
    return str(llvm.get_host_cpu_features().flatten())


def _source(module: str) -> Path:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def _folders() -> tuple[Path, Path]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(__file__).parent / "__pycache__", cache / "kastor"
