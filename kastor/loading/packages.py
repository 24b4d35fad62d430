"""A tenant as one zip of open formats: for another Kastor to take in, and for any other program to read.

``kastor.sqlite``, ``blocks/`` and ``terrain/`` are the tenant itself and ``kastor.json`` lists them
with their hashes; below ``open/`` the objects stand once more as CityJSON Text Sequence and
GeoPackage. The heights are Cloud Optimized GeoTIFF anyway.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, cast

from kastor.formats.errors import FormatError
from kastor.loading.exports import export
from kastor.loading.files import Progress, quiet
from kastor.store import Tenant
from kastor.store.backup import arrive
from kastor.store.backup_files import read_manifest
from kastor.store.errors import DamagedFile
from kastor.store.snapshots import Kept, Snapshot, take

LIST = "kastor.json"
LARGEST_LIST = 64 * 2**20
"""Most a list may unpack to. [bytes]"""

LIESMICH = """\
Dieses Archiv enthält den digitalen Zwilling "{title}", so wie er am {taken} war.

open/objekte.city.jsonl  alle Objekte als CityJSON Text Sequence
open/objekte.gpkg        alle Objekte als GeoPackage, zum Beispiel für QGIS
terrain/*.tif            das Gelände als GeoTIFF
kastor.sqlite, blocks/   der Zwilling mit seiner Geschichte, für Kastor
kastor.json              Liste der Dateien mit ihren Prüfsummen (SHA-256)

Kastor nimmt es auf mit:  kastor tenant import DATEI.zip

This archive holds the digital twin "{title}" as it was on {taken}.
Take it into another Kastor with:  kastor tenant import FILE.zip
"""


def pack(tenant: Tenant, file: Path, progress: Progress = quiet) -> Snapshot:
    """
    Write a tenant into a zip file, replaced when complete.

    Parameters
    ----------
    file
        Where to.
    """
    young = file.with_name(file.name + ".part")
    with (
        tempfile.TemporaryDirectory(prefix=".scratch-", dir=file.parent) as scratch,
        zipfile.ZipFile(young, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed,
    ):

        def put(source: Path, kept: Kept) -> None:
            progress(kept.path, 0.1)
            packed.write(source, kept.path)

        snapshot = take(tenant, Path(scratch), put)
        for done, (name, format) in enumerate(
            (("open/objekte.city.jsonl", "cityjsonseq"), ("open/objekte.gpkg", "geopackage"))
        ):
            progress(name, 0.5 + done * 0.25)
            written = Path(scratch) / Path(name).name
            export(tenant, format, written)
            packed.write(written, name)
        packed.writestr(LIST, json.dumps(asdict(snapshot), ensure_ascii=False, indent=1))
        packed.writestr("LIESMICH.txt", LIESMICH.format(title=snapshot.title, taken=snapshot.taken[:10]))
    young.replace(file)
    progress(file.name, 1.0)
    return snapshot


def take_in(home: Path, file: Path, tenant_id: str = "", replace: bool = False) -> Snapshot:
    """
    Make a tenant of a zip file that :func:`pack` wrote, complete or not at all.

    Parameters
    ----------
    tenant_id
        Its id here; the one it had when empty.
    replace
        Put it in the place of a tenant that is there.

    Raises
    ------
    FormatError
        When the file is no such archive.
    StoreError
        When it is damaged, or the tenant exists.
    """
    with _opened(file) as packed:
        snapshot = _listed(packed, file)

        def member(kept: Kept) -> BinaryIO:
            return cast("BinaryIO", packed.open(kept.path))

        try:
            arrive(home, snapshot, member, tenant_id or snapshot.tenant, replace)
        except (zipfile.BadZipFile, zlib.error) as error:
            raise DamagedFile(f"{file.name} is damaged: {error}. Ask for another copy; nothing was changed.") from error
    return snapshot


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise _foreign(file) from error


def _listed(packed: zipfile.ZipFile, file: Path) -> Snapshot:
    try:
        if packed.getinfo(LIST).file_size > LARGEST_LIST:
            raise FormatError(file, f"Its {LIST} is too large to be one.", "Ask for another copy of the archive.")
        content = packed.read(LIST)
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError) as error:
        raise _foreign(file) from error
    return read_manifest(content, LIST)


def _foreign(file: Path) -> FormatError:
    return FormatError(
        file, "It is no tenant exported by Kastor.", "Write one with `kastor tenant export TENANT FILE.zip`."
    )
