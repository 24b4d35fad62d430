"""Whole datasets as one file: written once for each state of the twin, then served from disk."""

from __future__ import annotations

import hashlib
import re
import secrets
from pathlib import Path
from threading import Lock

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.catalogue.entries import DOWNLOADS
from kastor.loading.exports import TERRAIN, export, export_terrain
from kastor.store import Tenant
from kastor.store.errors import UnknownDataset
from kastor.store.tenants import DOWNLOADED
from kastor.web.errors import NotFound
from kastor.web.files import REVALIDATE, send
from kastor.web.rights import Right, needs, visible

router = APIRouter(
    prefix="/api/tenants/{tenant}/datasets/{dataset}", tags=["downloads"], dependencies=[needs(Right.SEE)]
)

_ENDINGS = {ending: format for format, (ending, *_) in DOWNLOADS.items()}
_writing: dict[Path, Lock] = {}
_locks = Lock()


@router.get("/download{ending}")
def download(request: Request, tenant: str, dataset: str, ending: str) -> Response:
    """A dataset as ``.gpkg``, ``.parquet``, ``.city.jsonl``, ``.geojson``, its heights as ``.tif.zip``; with ranges."""
    if ending not in _ENDINGS:
        raise NotFound(f"A dataset can be had as {', '.join(_ENDINGS)}, not as {ending[:40]!r}.")
    twin = visible(request, tenant)
    file = written(twin, dataset, ending)
    answer = send(request, file, REVALIDATE)
    answer.headers["content-type"] = DOWNLOADS[_ENDINGS[ending]][1]
    answer.headers["content-disposition"] = f'attachment; filename="{twin.id}-{_plain(dataset)}{ending}"'
    return answer


def written(tenant: Tenant, dataset: str, ending: str) -> Path:
    """
    The file of a dataset as it is now; older ones go.

    Raises
    ------
    UnknownDataset
        When there is none of this id in sight.
    """
    known = [d.id for d in tenant.datasets()]
    if dataset not in known:
        raise UnknownDataset(f"There is no dataset {dataset[:80]!r}; known are: {', '.join(known) or 'none'}.")
    folder = tenant.directory / DOWNLOADED
    name = hashlib.sha256(dataset.encode()).hexdigest()[:16]
    file = folder / f"{name}.{tenant.revision}{ending}"
    with _locks:
        lock = _writing.setdefault(file, Lock())
    with lock:
        if not file.is_file():
            folder.mkdir(exist_ok=True)
            young = folder / f".{secrets.token_hex(6)}{ending}"
            try:
                _write(tenant, _ENDINGS[ending], young, dataset)
                for old in folder.glob(f"{name}.*{ending}"):
                    old.unlink(missing_ok=True)
                young.rename(file)
            finally:
                young.unlink(missing_ok=True)
    with _locks:
        _writing.pop(file, None)
    return file


def _write(tenant: Tenant, format: str, file: Path, dataset: str) -> None:
    if format == TERRAIN:
        export_terrain(tenant, dataset, file)
    else:
        export(tenant, format, file, dataset)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80]
