"""Having another server compute: order, wait, fetch; and tell it when nobody waits any longer.

Where the job of the other server lies is written down, so that a worker begun anew goes on waiting for it and
one that ends because nobody wants the result dismisses it.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import numpy as np
import orjson
import pyproj
import shapely

from kastor.city.edits import Edit
from kastor.city.site import Source
from kastor.planning.changes import written
from kastor.planning.remote.answer import PROFILE, Reader
from kastor.planning.remote.calls import Answer, RefusedError, RemoteError, Server
from kastor.planning.remote.description import EDITS, RemoteProcess, process_of
from kastor.process import InvalidInput, ProcessError, Progress, Result
from kastor.store.remotes import Remote

POLL = 1.0
"""How often another server is asked how far it is. [s]"""

LONGEST_RUN = 6 * 3600.0
"""How long another server may compute. [s]"""

PATIENCE = 120.0
"""How long it may be out of reach meanwhile. [s]"""

RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"


def described(name: str, address: str, units: Mapping[str, str]) -> Remote:
    """
    What another server says about a process, in both languages, ready to be kept.

    Raises
    ------
    ProcessError
        When it may not be asked, does not answer, or what it says is no fitting description.
    """
    server = Server(address.rstrip("/"))
    said = {language: server.json(server.address, language)[0] for language in ("de", "en")}
    found = Remote(name, server.address, said, dict(units))
    process_of(found)
    return found


def ask(
    process: RemoteProcess, area: shapely.Geometry, edits: Sequence[Edit], crs: str, progress: Progress, room: Path,
    memo: Path | None = None,
) -> tuple[Result, tuple[Source, ...]]:  # fmt: skip
    """
    Have another server compute.

    Parameters
    ----------
    area, edits
        Of the order, in the plane system of the tenant.
    crs
        Of the tenant.
    room
        Directory for files on their way.
    memo
        File in which the address of the job is kept while it runs; one that is there is gone on with.

    Raises
    ------
    ProcessError
        When it does not take this order, fails, or answers what it had not declared.
    """
    server = Server(process.address)
    reader = Reader(server, process, crs, room)
    job = _remembered(memo)
    if not job:
        answer = server.post(f"{process.address}/execution", _order(process, area, edits, crs),
                             "" if process.waits else "respond-async")  # fmt: skip
        if not answer.header("location") or answer.status == 200:
            return _answered(server, reader, process, answer)
        job = server.resolved(answer.header("location"), process.address)
    if memo is not None:
        memo.parent.mkdir(parents=True, exist_ok=True)
        memo.write_bytes(orjson.dumps({"job": job, "process": process.address}))
    over = False
    try:
        status = _waited(server, job, progress)
        over = True
        return _fetched(server, reader, process, _results(status, job))
    finally:
        if not over:
            with contextlib.suppress(ProcessError):
                server.delete(job)
        if memo is not None:
            memo.unlink(missing_ok=True)


def dismiss(memo: Path) -> None:
    """Tell another server that a job written down is no longer wanted."""
    with contextlib.suppress(OSError, ProcessError, orjson.JSONDecodeError, KeyError):
        said = orjson.loads(memo.read_bytes())
        memo.unlink(missing_ok=True)
        Server(said["process"]).delete(said["job"])


def _remembered(memo: Path | None) -> str:
    try:
        return str(orjson.loads(memo.read_bytes())["job"]) if memo is not None else ""
    except (OSError, orjson.JSONDecodeError, KeyError):
        return ""


def _order(process: RemoteProcess, area: shapely.Geometry, edits: Sequence[Edit], crs: str) -> dict[str, Any]:
    inputs = {name: value for name, value in process.model_dump(mode="json").items() if value is not None}
    if edits and not process.takes_edits:
        raise InvalidInput(
            "edits: the model of the other server takes none. Leave them out, or choose another model.",
            "edits: Das Modell des anderen Servers nimmt keine. Lassen Sie sie weg, oder wählen Sie ein"
            " anderes Modell.",
        )
    if process.area_input:
        to_degrees = pyproj.Transformer.from_crs(crs.split("+")[0], "OGC:CRS84", always_xy=True)
        moved = shapely.transform(area, lambda xy: np.column_stack(to_degrees.transform(*xy.T)))
        box = {"bbox": shapely.bounds(moved).tolist(), "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
        inputs[process.area_input] = box if process.area_is_box else orjson.loads(shapely.to_geojson(moved))
    if edits:
        inputs[EDITS] = written(edits)
    return {"inputs": inputs, "response": "document"}


def _waited(server: Server, job: str, progress: Progress) -> Mapping[str, Any]:
    """The status of a job that was successful."""
    what = {"de": f"Rechnet auf {server.host}", "en": f"Computing on {server.host}"}
    begun = heard = time.monotonic()
    while True:
        try:
            status, _ = server.json(job)
            heard = time.monotonic()
        except RemoteError as error:
            if isinstance(error, RefusedError) or time.monotonic() - heard > PATIENCE:
                raise
            status = {"status": "running"}
        state = status.get("status") if isinstance(status, dict) else None
        if state == "successful":
            return dict(status)
        if state not in ("accepted", "running"):
            why = status.get("message") if isinstance(status, dict) else None
            raise RemoteError(
                f"{server.host}: the computation is {state}. {str(why or 'It gives no reason.')[:500]}",
                f"{server.host}: Die Berechnung ist dort beendet ({state}). {str(why or 'Ohne Begründung.')[:500]}",
            )
        if time.monotonic() - begun > LONGEST_RUN:
            raise RemoteError(
                f"{server.host} computed for more than {LONGEST_RUN / 3600:g} h and was told to stop.",
                f"{server.host} hat länger als {LONGEST_RUN / 3600:g} h gerechnet und soll nun aufhören.",
            )
        done = status.get("progress")
        progress.at(min(max(done / 100, 0.0), 0.99) if isinstance(done, int | float) else 0.0, what)
        time.sleep(POLL)


def _results(status: Mapping[str, Any], job: str) -> str:
    links = status.get("links") or ()
    found = [str(one.get("href")) for one in links if isinstance(one, dict) and one.get("rel") == RESULTS]
    return urljoin(job, found[0]) if found else f"{job}/results"


def _fetched(server: Server, reader: Reader, process: RemoteProcess, address: str) -> tuple[Result, tuple[Source, ...]]:
    content, headers = server.json(server.resolved(address, process.address))
    return _read(server, reader, process, content, headers.get("link", ""), address)


def _answered(
    server: Server, reader: Reader, process: RemoteProcess, answer: Answer
) -> tuple[Result, tuple[Source, ...]]:
    """What came at once."""
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise RemoteError(
            f"{server.host} answered no JSON document; its results cannot be read.",
            f"{server.host} hat kein JSON geantwortet; seine Ergebnisse lassen sich nicht lesen.",
        ) from None
    return _read(server, reader, process, content, answer.header("link"), process.address)


def _read(
    server: Server, reader: Reader, process: RemoteProcess, content: Any, links: str, address: str
) -> tuple[Result, tuple[Source, ...]]:
    """A result document where there is one, else the outputs one by one."""
    own = Source(process.about.id, process.about.title["de"], server.host)
    described = re.search(r'<([^>]+)>\s*;\s*rel="?describedby"?', links)
    if described is not None and urlsplit(urljoin(address, described[1])).netloc == server.host:
        place = server.resolved(described[1], address)
        document, _ = server.json(place)
        if isinstance(document, dict) and document.get("profile") == PROFILE:
            result, sources = reader.profile(document, place)
            return result, (own, *sources)
    if not isinstance(content, dict):
        raise RemoteError(
            f"{server.host} answered no object of outputs; its results cannot be read.",
            f"{server.host} hat keine Ausgaben geantwortet; seine Ergebnisse lassen sich nicht lesen.",
        )
    return reader.outputs(content, address), (own,)
