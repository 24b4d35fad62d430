"""Files as they come: plain, gzipped, or many in a zip; opened without trust and in bounded memory.

Refused are archives that unpack to far more than they should, encrypted members and truncated
ones. Names inside archives are only labels: nothing is ever written under them.
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import shutil
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, TypeAlias, cast

import deflate

from kastor.city.report import Report
from kastor.formats.errors import FormatError
from kastor.formats.sniff import HEAD, SUFFIXES, foreign, sniff

BLOCK = 1 << 20

WHOLE = 1 << 23
"""Members of archives up to this size are unpacked in one step. [bytes]"""

_LOCAL_HEADER = struct.Struct("<4s22x2H")
_PATCHED = 0x20

Readable: TypeAlias = IO[bytes] | gzip.GzipFile
Opener: TypeAlias = Callable[[], io.BufferedReader]

DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, NotImplementedError,
)  # fmt: skip
"""What the standard library raises on damaged archives."""

AGAIN = "Download or pack it again."

NO_DATA = {"", ".md", ".html", ".htm", ".url", ".xsd", ".xml", ".json", ".pgw", ".jgw", ".tfw", ".rtf", ".ini", ".sld"}
"""Suffixes of files in archives that may look like a table without being one."""

MOST_PLANS = 12
"""Files of an archive that are looked into to tell whether it is of a plan."""

COMPANIONS = (".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".tfw", ".aux.xml", ".ovr")
"""Files that belong to another one of the same name."""


@dataclass(frozen=True)
class Limits:
    """
    How much an archive may unpack to.

    Parameters
    ----------
    ratio
        Unpacked bytes per packed byte, checked once ``free`` bytes are unpacked.
    free
        Unpacked size that is always allowed. [bytes]
    total
        Unpacked size that is never exceeded. [bytes]
    members
        Most files in one archive.
    """

    ratio: float = 200.0
    free: int = 50 * 1024**2
    total: int = 64 * 1024**3
    members: int = 200_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, eq=False)
class Source:
    """
    One readable file, plain or inside an archive.

    Parameters
    ----------
    name
        Stem under which it is replaced when loaded again.
    file
        Name for people, with the archive it is in.
    format
        As :func:`kastor.formats.sniff.sniff` tells.
    path
        Where it lies on disk, None inside an archive.
    """

    name: str
    file: str
    format: str
    path: Path | None
    opener: Opener
    companions: dict[str, Opener] = field(default_factory=dict)

    def stream(self) -> BinaryIO:
        """The bytes, unpacked while they are read; close it."""
        return self.opener()

    def on_disk(self, directory: Path) -> Path:
        """A real file with these bytes, for libraries that seek: the file itself, or a copy in ``directory``."""
        if self.path is not None:
            return self.path
        directory.mkdir(parents=True, exist_ok=True)
        target = directory / (safe_name(self.name) + SUFFIXES[self.format][0])
        _copy(self.opener, target)
        for suffix, opener in self.companions.items():
            _copy(opener, target.with_suffix(suffix))
        return target


def sources(path: Path, report: Report, limits: Limits = DEFAULT_LIMITS) -> Iterator[Source]:
    """
    The readable files in a file: itself, what a gzip file holds, or the members of a zip archive.

    Members that are no data (read-me texts, pictures) are left out with a finding each.

    Raises
    ------
    FormatError
        When the file cannot be read, or nothing in it can.
    """
    if not path.is_file():
        raise FormatError(path, "There is no such file.", "Check the name.")
    size = path.stat().st_size
    if size == 0:
        raise FormatError(path, "The file is empty.", "Export or download it again.")
    with path.open("rb") as file:
        kind = sniff(file.read(HEAD), size)
    if kind == "zip" and (workbook := _workbook(path)):
        opener = _Begun(path.name, lambda: io.BufferedReader(path.open("rb", 0), BLOCK))
        with closing(opener):
            _check_suffix(path.name, workbook, path.name, report)
            yield Source(safe_name(_stem(path.name)), path.name, workbook, path, opener)
        return
    if kind == "zip":
        yield from _members(path, report, limits)
        return
    if kind == "gzip":
        with closing(_Begun(path.name, lambda: _gunzip(path, limits))) as begun:
            yield _single(path.name, path.name.removesuffix(".gz"), begun, report, None, None)
        return
    with closing(_Begun(path.name, lambda: io.BufferedReader(path.open("rb", 0), BLOCK))) as begun:
        yield _single(path.name, path.name, begun, report, path, size)


@dataclass(frozen=True, eq=False)
class Packed:
    """
    One file of an archive of any format, or a file that is none.

    Parameters
    ----------
    name
        Without folders and anything a path could be made of.
    file
        Name for people, with the archive it is in.
    bytes
        Unpacked size as the archive states it.
    """

    name: str
    file: str
    bytes: int
    stream: Opener


@contextmanager
def contents(path: Path, limits: Limits = DEFAULT_LIMITS) -> Iterator[list[Packed]]:
    """
    All files of a zip archive, whatever they are, or the one file that was packed with gzip or not at all.

    Nothing is unpacked before a stream is asked for, and none gives more than the limits allow.

    Raises
    ------
    FormatError
        When the file is missing, empty or damaged, or unpacks to far more than it should.
    """
    if not path.is_file():
        raise FormatError(path, "There is no such file.", "Check the name.")
    size = path.stat().st_size
    if size == 0:
        raise FormatError(path, "The file is empty.", "Export or download it again.")
    with path.open("rb") as file:
        kind = sniff(file.read(4))
    if kind == "gzip":
        yield [Packed(safe_name(path.name.removesuffix(".gz")), path.name, size, lambda: _gunzip(path, limits))]
        return
    if kind != "zip":
        yield [Packed(safe_name(path.name), path.name, size, lambda: io.BufferedReader(path.open("rb", 0), BLOCK))]
        return
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise FormatError(path, f"The archive is damaged or cut off ({error}).", AGAIN) from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        check_archive(path, infos, size, limits)
        yield [_packed(path, archive, info, limits) for info in infos if "__MACOSX" not in info.filename]


def is_plan_archive(path: Path) -> bool:
    """Whether a file is a zip archive that holds XPlanGML; drawings and texts beside it belong to the plan."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if sniff(file.read(4)) != "zip":
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [i for i in archive.infolist() if i.filename.lower().endswith((".gml", ".xml"))]
            if any(i.flag_bits & 0x1 for i in infos):
                return False
            for info in sorted(infos, key=lambda i: not i.filename.lower().endswith("xplan.gml"))[:MOST_PLANS]:
                with archive.open(info) as member:
                    if sniff(member.read(HEAD)) == "xplanung":
                        return True
    except (*DAMAGED, RuntimeError):
        # whoever reads it says what is wrong with it
        return False
    return False


def _packed(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> Packed:
    file = f"{path.name}/{info.filename}"
    if info.flag_bits & 0x1:
        raise FormatError(file, "The file is encrypted.", "Pack it without a password.")
    return Packed(safe_name(info.filename), file, info.file_size, partial(_unpack, path, archive, info, limits))


def _workbook(path: Path) -> str:
    """Which kind of workbook a zip archive is, empty when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return "xlsx"
            kind = archive.read("mimetype")[:100] if {"mimetype", "content.xml"} <= names else b""
    except (*DAMAGED, RuntimeError):
        return ""
    return "ods" if kind == b"application/vnd.oasis.opendocument.spreadsheet" else ""


def safe_name(name: str) -> str:
    """A name without folders, drives, control characters or leading dots, at most 120 characters."""
    last = re.split(r"[/\\:]", name)[-1]
    return re.sub(r"[^\w.+() -]", "_", last).strip(". ")[:120] or "unnamed"


def _single(file: str, name: str, opener: _Begun, report: Report, path: Path | None, size: int | None) -> Source:
    head = opener.head
    kind = sniff(head, size if size is not None else _length(opener, head))
    if kind in ("zip", "gzip"):
        raise FormatError(file, "There is an archive in the archive.", "Unpack it once and load what is inside.")
    if not kind:
        what = foreign(head)
        raise FormatError(
            file,
            f"This is {what}, which Kastor does not read." if what else "The content is of no format Kastor knows.",
            "Kastor reads CityGML, CityJSON, GeoTIFF, XYZ, ASC, HGT, OpenStreetMap, GeoJSON, GeoPackage, Shapefile, "
            "FlatGeobuf, CSV, XLSX, ODS and XPlanGML.",
        )
    _check_suffix(name, kind, file, report)
    return Source(safe_name(_stem(name)), file, kind, path, opener)


def _members(path: Path, report: Report, limits: Limits) -> Iterator[Source]:
    packed = path.stat().st_size
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise FormatError(path, f"The archive is damaged or cut off ({error}).", AGAIN) from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        check_archive(path, infos, packed, limits)
        by_stem: dict[str, dict[str, zipfile.ZipInfo]] = {}
        for info in infos:
            stem, suffix = _split(info.filename)
            by_stem.setdefault(stem, {})[suffix] = info
        names = Counter((_stem(info.filename), _split(info.filename)[1]) for info in infos)
        found = 0
        for info in sorted(infos, key=lambda i: i.filename):
            for source in _member(path, archive, info, by_stem, report, limits):
                found += 1
                if names[_stem(info.filename), _split(info.filename)[1]] > 1:
                    folder = re.sub(r"[/\\]", "_", re.split(r"[/\\](?=[^/\\]*$)", info.filename)[0])
                    yield replace(source, name=safe_name(f"{folder}_{_stem(info.filename)}"))
                else:
                    yield source
    if not found:
        raise FormatError(path, f"None of its {len(infos)} files is of a format Kastor reads.", "Check the archive.")


def check_archive(path: Path, infos: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    """Refuse an archive of too many files, or one that unpacks to far more than it should."""
    if len(infos) > limits.members:
        raise FormatError(
            path, f"The archive holds {len(infos)} files, {limits.members} are allowed.", "Load it in several parts."
        )
    unpacked = sum(info.file_size for info in infos)
    if unpacked > limits.total or (unpacked > limits.free and unpacked > limits.ratio * packed):
        raise _bomb(path.name, unpacked, packed, limits)


def _member(
    path: Path,
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    by_stem: dict[str, dict[str, zipfile.ZipInfo]],
    report: Report,
    limits: Limits,
) -> Iterator[Source]:
    """The source a member of an archive is, if it is one."""
    stem, suffix = _split(info.filename)
    if suffix in COMPANIONS or PurePosixPath(info.filename).parts[:1] == ("__MACOSX",):
        return
    file = f"{path.name}/{info.filename}"
    if info.flag_bits & 0x1:
        raise FormatError(file, "The file is encrypted.", "Pack it without a password.")

    with closing(_Begun(file, partial(_unpack, path, archive, info, limits))) as begun:
        kind = sniff(begun.head, info.file_size)
        if kind == "gzip":
            begun.reopen(partial(_gunzip_member, path, archive, info, limits))
            kind = sniff(begun.head, _length(begun, begun.head))
        if kind == "zip" and suffix in (".xlsx", ".ods"):
            # opened where it lies, so that what it is shows in full
            kind = suffix[1:]
        if kind in ("", "zip", "gzip") or (kind == "csv" and suffix in NO_DATA):
            what = "an archive" if kind in ("zip", "gzip") else foreign(begun.head) or "no geodata"
            report.add("member_ignored", "ignored", file=file, what=what)
            return
        _check_suffix(info.filename, kind, file, report)
        mates = {s: i for s, i in by_stem[stem].items() if s in COMPANIONS}
        companions: dict[str, Opener] = {s: partial(_unpack, path, archive, i, limits) for s, i in mates.items()}
        yield Source(safe_name(_stem(info.filename)), file, kind, None, begun, companions)


def _unpack(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> io.BufferedReader:
    size = max(info.file_size, info.compress_size)
    whole = _inflated(path, info) if size <= min(WHOLE, limits.free) else None
    if whole is not None:
        return io.BufferedReader(io.BytesIO(whole), BLOCK)
    file = f"{path.name}/{info.filename}"
    try:
        stream = archive.open(info)
    except (*DAMAGED, RuntimeError) as error:
        raise FormatError(file, f"The file cannot be unpacked ({error}).", AGAIN) from error
    return _bounded(stream, None, file, info.compress_size, limits)


def _inflated(path: Path, info: zipfile.ZipInfo) -> bytearray | None:
    """A small member unpacked in one step, three times as fast; None where anything about it is out of the ordinary."""
    if info.compress_type != zipfile.ZIP_DEFLATED or info.flag_bits & _PATCHED:
        return None
    try:
        with path.open("rb", 0) as file:
            file.seek(info.header_offset)
            mark, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
            file.seek(name + extra, os.SEEK_CUR)
            data = deflate.deflate_decompress(file.read(info.compress_size), info.file_size)
    except (OSError, struct.error, deflate.DeflateError):
        return None
    right = mark == b"PK\3\4" and len(data) == info.file_size and deflate.crc32(data) == info.CRC
    return data if right else None


def _gunzip_member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> io.BufferedReader:
    stream = _unpack(path, archive, info, limits)
    file = f"{path.name}/{info.filename}"
    return _bounded(gzip.GzipFile(fileobj=stream), stream, file, info.compress_size, limits)


def _gunzip(path: Path, limits: Limits) -> io.BufferedReader:
    raw = path.open("rb")
    return _bounded(gzip.GzipFile(fileobj=raw), raw, path.name, path.stat().st_size, limits)


class _Bounded(io.RawIOBase):
    """A stream that stops an archive from unpacking beyond its limits and names the file in every error."""

    def __init__(self, inner: Readable, under: IO[bytes] | None, file: str, packed: int, limits: Limits) -> None:
        self._inner, self._under, self._file = inner, under, file
        self._packed, self._limits, self._read = packed, limits, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer)).cast("B")
        try:
            data = self._inner.read(len(view))
        except DAMAGED as error:
            raise FormatError(self._file, f"The file is damaged or cut off ({error}).", AGAIN) from error
        self._read += len(data)
        limits = self._limits
        if self._read > limits.total or (self._read > limits.free and self._read > limits.ratio * self._packed):
            raise _bomb(self._file, self._read, self._packed, limits)
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            if self._under is not None:
                self._under.close()
        super().close()


def _bounded(inner: Readable, under: IO[bytes] | None, file: str, packed: int, limits: Limits) -> io.BufferedReader:
    return io.BufferedReader(_Bounded(inner, under, file, packed, limits), BLOCK)


def _bomb(file: str, unpacked: int, packed: int, limits: Limits) -> FormatError:
    return FormatError(
        file,
        f"It unpacks to more than {unpacked / 1e6:.0f} MB from {packed / 1e6:.3f} MB; allowed are "
        f"{limits.ratio:g} times its size beyond {limits.free / 1e6:.0f} MB, and {limits.total / 1e9:.0f} GB in all.",
        "If the file is genuine, unpack it yourself and load what is inside.",
    )


class _Begun:
    """
    Opens a file; the first time it hands out the stream its first bytes were seen in, so nothing is unpacked twice.

    Parameters
    ----------
    file
        Name for errors.
    opener
        Opens a buffered stream.
    """

    def __init__(self, file: str, opener: Opener) -> None:
        self._file = file
        self._stream: io.BufferedReader | None = None
        self.reopen(opener)

    def reopen(self, opener: Opener) -> None:
        """Open the file another way, and look at it."""
        self.close()
        self._opener, stream = opener, opener()
        try:
            self.head = stream.peek(HEAD)[:HEAD]
            if not self.head:
                raise FormatError(self._file, "The file is empty.", "Export or download it again.")
        except FormatError:
            stream.close()
            raise
        self._stream = stream

    def __call__(self) -> io.BufferedReader:
        stream, self._stream = self._stream, None
        return stream if stream is not None else self._opener()

    def close(self) -> None:
        """Close the stream nobody asked for."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def _length(opener: Opener, head: bytes) -> int | None:
    """Unpacked size, counted only for short binary content, where it may tell a height grid."""
    if b"\0" not in head[:4096] or sniff(head):
        return None
    size = 0
    with opener() as stream:
        while size < 1 << 26 and (block := stream.read(BLOCK)):
            size += len(block)
    return size


def _copy(opener: Opener, target: Path) -> None:
    with opener() as stream, target.open("wb") as out:
        shutil.copyfileobj(stream, out, BLOCK)


def _split(name: str) -> tuple[str, str]:
    """Path without suffix, and the suffix in lower case."""
    lower = name.lower()
    for suffix in COMPANIONS:
        if lower.endswith(suffix):
            return name[: -len(suffix)], suffix
    suffix = PurePosixPath(name).suffix
    return name[: len(name) - len(suffix)], suffix.lower()


def _stem(name: str) -> str:
    """File name without folders and the suffixes of data formats."""
    last = re.split(r"[/\\]", name)[-1]
    known = {suffix for suffixes in SUFFIXES.values() for suffix in suffixes} | {".city", ".osm"}
    while "." in last[1:] and "." + last.rpartition(".")[2].lower() in known:
        last = last.rpartition(".")[0]
    return last


def _check_suffix(name: str, kind: str, file: str, report: Report) -> None:
    suffix = PurePosixPath(name.removesuffix(".gz")).suffix.lower()
    if suffix and suffix not in SUFFIXES[kind] and any(suffix in known for known in SUFFIXES.values()):
        report.add("mislabelled", "kept", file=file, suffix=suffix, format=kind)
