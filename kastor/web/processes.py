"""OGC API - Processes Part 1 (18-062r2): the list of processes, running one, its job and its results.

A run is asked for in longitude and latitude, or in another system its area names (``coordRefSys``); everything else is
what ``planning`` does with any order. Without ``Prefer: respond-async`` the answer waits for the result, and
becomes that of a job when that takes longer than anybody should wait.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
import shapely
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response

from kastor.planning import estimates, orders
from kastor.planning.changes import MOST_EDITS
from kastor.planning.orders import Order
from kastor.planning.processes import processes_of
from kastor.planning.remote.calls import below
from kastor.planning.worker import preview_of
from kastor.process import LANGUAGES, About, Output, Process, ProcessError, check_demand, parameters
from kastor.store import Tenant, results, runs
from kastor.store.results import DOCUMENT
from kastor.store.runs import INTERACTIVE, OPEN, ORDINARY, OVER, Run, State
from kastor.web import feature_crs
from kastor.web.errors import BadRequest, BodyTooLarge, NoSuchProcess, NotFound, NotReady, RunFailed, is_german
from kastor.web.ogc import JSON, Asked, asked, base_of, json_answer, link, own_links
from kastor.web.opened import instance_of, opened
from kastor.web.rights import Right, needs, person, visible

router = APIRouter(prefix="/ogc/{tenant}", include_in_schema=False)

FORMS = {"json": JSON}
LOOKING = [needs(Right.SEE)]
PLANNING = [needs(Right.PLAN)]

LARGEST = 2 * 2**20
"""Bytes of an order."""

WAIT, LOOK = 60.0, 0.05
"""How long an answer waits for a result, and how often it looks. [s]"""

MOST = 1000
"""Entries of one list."""

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
FEATURES = "application/geo+json"


@router.api_route("/processes", methods=["GET", "HEAD"], dependencies=LOOKING)
def all_processes(request: Request, tenant: str) -> Response:
    """What can be computed."""
    ask = asked(request, tenant, FORMS, ("limit",))
    limit = ask.whole("limit", 100, 1, MOST)
    found = [_summary(ask, p.about) for p in list(processes_of(opened(request, tenant)).values())[:limit]]
    return json_answer(ask, {"processes": found, "links": own_links(ask, FORMS)})


@router.api_route("/processes/{process}", methods=["GET", "HEAD"], dependencies=LOOKING)
def one_process(request: Request, tenant: str, process: str) -> Response:
    """What a process takes and gives."""
    ask = asked(request, tenant, FORMS)
    chosen = _process(opened(request, tenant), process)
    return json_answer(ask, {**_summary(ask, chosen.about), **_takes_and_gives(ask, chosen)})


@router.post("/processes/{process}/execution", dependencies=PLANNING)
async def execute(request: Request, tenant: str, process: str) -> Response:
    """Run a process; see the module for when the answer waits."""
    sent = _sent(await _body(request))
    run, wanted = await run_in_threadpool(_queued, request, tenant, process, sent)
    if "respond-async" in request.headers.get("prefer", "").lower():
        return _accepted(request, tenant, run, {"Preference-Applied": "respond-async"})
    deadline = asyncio.get_running_loop().time() + WAIT
    while run.state not in OVER:
        if asyncio.get_running_loop().time() > deadline or await request.is_disconnected():
            return _accepted(request, tenant, run, {})
        await asyncio.sleep(LOOK)
        run = await run_in_threadpool(runs.run, instance_of(request), tenant, run.id)
    return await run_in_threadpool(_results, request, tenant, run, wanted)


@router.post("/processes/{process}/estimate", dependencies=PLANNING)
async def estimate(request: Request, tenant: str, process: str) -> Response:
    """What a run would take; nothing is computed."""
    order = await run_in_threadpool(_order, request, tenant, process, _sent(await _body(request)))
    seconds = await run_in_threadpool(estimates.expected, opened(request, tenant), order)
    return Response(
        orjson.dumps({"seconds": round(seconds, 3), "area": float(shapely.area(order.area))}), media_type=JSON
    )


@router.api_route("/jobs", methods=["GET", "HEAD"], dependencies=PLANNING)
def all_jobs(request: Request, tenant: str) -> Response:
    """Runs of the tenant, newest first."""
    ask = asked(request, tenant, FORMS, ("limit", "processID", "status", "type"))
    names = tuple(filter(None, ask.parameters.get("processID", "").split(",")))
    states = tuple(_state(word) for word in filter(None, ask.parameters.get("status", "").split(",")))
    kinds = ask.parameters.get("type", "process").split(",")
    limit = ask.whole("limit", 100, 1, MOST)
    found = runs.runs_of(instance_of(request), tenant, names, states, limit) if "process" in kinds else []
    return json_answer(ask, {"jobs": [_status(request, run) for run in found], "links": own_links(ask, FORMS)})


@router.api_route("/jobs/{job}", methods=["GET", "HEAD"], dependencies=PLANNING)
def one_job(request: Request, tenant: str, job: str) -> Response:
    """How far a run is."""
    ask = asked(request, tenant, FORMS)
    return json_answer(ask, _status(request, runs.run(instance_of(request), tenant, job)))


@router.delete("/jobs/{job}", dependencies=PLANNING)
def dismiss(request: Request, tenant: str, job: str) -> Response:
    """Stop a run, or forget one that is over."""
    visible(request, tenant)
    found = _status(request, runs.dismiss(instance_of(request), tenant, job))
    return Response(orjson.dumps({**found, "status": State.DISMISSED.value}), media_type=JSON)


@router.get("/jobs/{job}/results", dependencies=PLANNING)
def job_results(request: Request, tenant: str, job: str) -> Response:
    """What a run gave, its rasters as addresses."""
    asked(request, tenant, FORMS)
    run = runs.run(instance_of(request), tenant, job)
    return _results(request, tenant, run, {"response": "document"})


@router.get("/jobs/{job}/preview/{file}", dependencies=PLANNING)
def job_preview(request: Request, tenant: str, job: str, file: str) -> Response:
    """What is known of a run so far: ``result.json`` and the files it names."""
    visible(request, tenant)
    run = runs.run(instance_of(request), tenant, job)
    found = preview_of(request.app.state.settings.home, run) / file
    if not results.FILE.fullmatch(file) or not found.is_file():
        raise NotFound("There is no preview of this run now. Ask for its status; the result may be there.")
    return FileResponse(found, headers={"Cache-Control": "no-store"})


# descriptions


def _process(twin: Tenant, process_id: str) -> type[Process]:
    known = processes_of(twin)
    found = known.get(process_id)
    if found is None:
        raise NoSuchProcess(f"There is no process {process_id[:60]!r}; there are {', '.join(known)}.")
    return found


def _summary(ask: Asked, about: About) -> dict[str, Any]:
    here = f"{ask.base}/processes/{about.id}"
    return {
        "id": about.id,
        "version": about.version,
        "title": ask.words(about.title),
        "description": ask.words(about.summary),
        "keywords": list(about.keywords),
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value", "reference"],
        "links": [link(here, "self", JSON), link(f"{here}/execution", f"{REL}execute", JSON)],
    }


def _takes_and_gives(ask: Asked, process: type[Process]) -> dict[str, Any]:
    language = LANGUAGES[0 if ask.german else 1]
    inputs = {}
    for name, schema in parameters(process, language).items():
        least = int(schema.pop("x-required"))
        inputs[name] = {"title": schema.pop("title", name), "schema": schema, "minOccurs": least, "maxOccurs": 1}
        if "description" in schema:
            inputs[name]["description"] = schema.pop("description")
    card = process.about.card
    return {
        "inputs": {**inputs, **_common_inputs(ask)},
        "outputs": {output.id: _output(ask, output) for output in process.about.outputs},
        "method": {
            "method": ask.words(card.method), "sources": list(card.sources), "suited": ask.words(card.suited),
            "unsuited": ask.words(card.unsuited), "checked": ask.words(card.checked),
        },
        "needs": sorted(process.about.needs),
    }  # fmt: skip


def _common_inputs(ask: Asked) -> dict[str, Any]:
    area = {"de": "Gebiet; ohne Angabe der ganze Mandant", "en": "Area; the whole tenant when left out"}
    changes = {"de": "Änderungen, die zuerst gemacht werden", "en": "Edits that are made first"}
    variant = {"de": "Variante, mit der gerechnet wird", "en": "Variant that is computed with"}
    named = {"id": {"type": "string"}, "revision": {"type": "integer"}, "name": {"type": "string"}}
    return {
        orders.AREA: {"title": ask.words(area), "minOccurs": 0, "maxOccurs": 1,
                      "schema": {"type": "object", "format": "geojson-geometry"}},
        orders.EDITS: {"title": ask.words(changes), "minOccurs": 0, "maxOccurs": 1,
                       "schema": {"type": "array", "items": {"type": "object"}, "maxItems": MOST_EDITS}},
        orders.VARIANT: {"title": ask.words(variant), "minOccurs": 0, "maxOccurs": 1,
                         "schema": {"type": "object", "properties": named, "required": ["id"]}},
    }  # fmt: skip


def _output(ask: Asked, output: Output) -> dict[str, Any]:
    schemas: dict[str, dict[str, Any]] = {
        "indicator": {"type": "number", "nullable": True},
        "raster": {"type": "string", "contentEncoding": "binary", "contentMediaType": COG},
        "features": {"type": "object", "contentMediaType": FEATURES},
        "series": {"type": "array", "items": {"type": "object"}},
    }
    schema = {**schemas[output.type], "x-unit": output.unit}
    if output.better:
        schema["x-better"] = output.better
    if output.legend:
        schema["x-legend"] = [{**asdict(one), "title": ask.words(one.title)} for one in output.legend]
    if output.columns:
        schema["x-columns"] = [{**asdict(one), "title": ask.words(one.title)} for one in output.columns]
    return {"title": ask.words(output.title), "schema": schema}


# orders


async def _body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > LARGEST:
        raise BodyTooLarge(f"An order has at most {LARGEST:,} bytes, this one has {len(body):,}.")
    return body


def _sent(body: bytes) -> dict[str, Any]:
    try:
        sent = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is no JSON: {error}.") from error
    if not isinstance(sent, dict) or not isinstance(sent.get("inputs", {}), dict):
        raise BadRequest('The body must be an object such as {"inputs": {"limit": 6}}.')
    if sent.get("response", "raw") not in ("raw", "document"):
        raise BadRequest("response: it must be raw or document.")
    return sent


def _queued(request: Request, tenant: str, process_id: str, sent: Mapping[str, Any]) -> tuple[Run, Any]:
    """The run, put into the queue, and what of its result is wanted in which way."""
    about = _process(opened(request, tenant), process_id).about
    wanted = {**sent, "response": sent.get("response")}
    _check_outputs(about, wanted)
    order = _order(request, tenant, process_id, sent)
    instance = instance_of(request)
    hurry = INTERACTIVE if "respond-async" not in request.headers.get("prefer", "") else ORDINARY
    hurry = INTERACTIVE if "interactive" in request.headers.get("prefer", "") else hurry
    calls = _callbacks(request, sent.get("subscriber"))
    run = runs.add(instance, tenant, about.id, about.version, order.inputs, person(request).id, hurry, calls)
    for worker in request.app.state.workers:
        worker.wake()
    return run, wanted


def _order(request: Request, tenant: str, process_id: str, sent: Mapping[str, Any]) -> Order:
    """The order, read and measured here, so that what makes no sense or is too much is told at once."""
    visible(request, tenant)
    twin = opened(request, tenant)
    process = _process(twin, process_id)
    inputs = {name: _plain(value) for name, value in sent.get("inputs", {}).items()}
    if isinstance(inputs.get(orders.AREA), Mapping) and "type" in inputs[orders.AREA]:
        inputs[orders.AREA] = _in_plane(twin, inputs[orders.AREA])
    found = orders.read(twin, process.about.id, inputs)
    check_demand(found.process, found.area, estimates.memory())
    return found


def _plain(value: Any) -> Any:
    """An input given by value, with or without saying so; nothing is fetched from elsewhere."""
    if isinstance(value, Mapping) and "href" in value:
        raise BadRequest("inputs: addresses are not fetched; send the value itself.")
    if isinstance(value, Mapping) and "value" in value and set(value) <= {"value", "mediaType", "encoding", "schema"}:
        return value["value"]
    return value


def _in_plane(twin: Tenant, area: Mapping[str, Any]) -> dict[str, Any]:
    """An area in the tenant's plane system."""
    name = area.get("coordRefSys", feature_crs.CRS84)
    if not isinstance(name, str):
        raise BadRequest("area.coordRefSys: it must be the address of a reference system.")
    system = feature_crs.system(twin, name.strip("[]<>"), "coordRefSys")
    try:
        shape = shapely.from_geojson(orjson.dumps({"type": area["type"], "coordinates": area.get("coordinates")}))
    except (shapely.errors.ShapelyError, orjson.JSONEncodeError) as error:
        raise BadRequest(f"area: it is no GeoJSON geometry ({error}).") from error
    moved: dict[str, Any] = orjson.loads(shapely.to_geojson(feature_crs.exact_to_plane(twin, shape, system)))
    return moved


def _check_outputs(about: About, sent: Mapping[str, Any]) -> None:
    known = {output.id for output in about.outputs}
    given = sent.get("outputs", {})
    if not isinstance(given, Mapping) or set(given) - known:
        raise BadRequest(f"outputs: name some of {', '.join(sorted(known))}.")
    for name, how in given.items():
        if not isinstance(how, Mapping) or how.get("transmissionMode", "value") not in ("value", "reference"):
            raise BadRequest(f"outputs.{name}.transmissionMode: it must be value or reference.")


def _callbacks(request: Request, subscriber: Any) -> dict[str, str]:
    """Where to tell how a run ended: only at addresses the operator allows."""
    if subscriber is None:
        return {}
    if not isinstance(subscriber, Mapping):
        raise BadRequest("subscriber: it must be an object with successUri.")
    allowed = [entry for entry in request.app.state.settings.callbacks.split() if entry]
    found = {}
    for name, word in (("successUri", "success"), ("failedUri", "failed")):
        address = subscriber.get(name)
        if address is None:
            continue
        if not isinstance(address, str) or not any(below(address, entry) for entry in allowed):
            raise BadRequest(
                f"subscriber.{name}: {str(address)[:80]!r} is not among the addresses this server may call; the"
                " operator names them in KASTOR_CALLBACKS."
            )
        found[word] = address
    return found


def _state(word: str) -> State:
    if word not in set(State):
        raise BadRequest(f"status: {word[:40]!r} is none of {', '.join(State)}.")
    return State(word)


# jobs


def _accepted(request: Request, tenant: str, run: Run, headers: Mapping[str, str]) -> Response:
    place = {"Location": f"{base_of(request, tenant)}/jobs/{run.id}", **headers}
    return Response(orjson.dumps(_status(request, run)), 201, place, JSON)


def _status(request: Request, run: Run) -> dict[str, Any]:
    here = f"{base_of(request, run.tenant)}/jobs/{run.id}"
    links = [link(here, "self", JSON)]
    found: dict[str, Any] = {
        "type": "process", "processID": run.process, "jobID": run.id, "status": run.state.value, "created": run.created,
        "updated": run.changed, "progress": round(run.done * 100),
    }  # fmt: skip
    message = _message(request, run)
    found |= {name: value for name, value in (("message", message), ("started", run.started),
                                              ("finished", run.finished), ("result", run.result)) if value}  # fmt: skip
    if run.state in OPEN:
        found |= _remaining(request, run)
    if run.state is State.SUCCESSFUL:
        links.append(link(f"{here}/results", f"{REL}results", JSON))
    if run.state is State.FAILED:
        links.append(link(f"{here}/results", f"{REL}exceptions", "application/problem+json"))
    if run.state is State.RUNNING and (preview_of(request.app.state.settings.home, run) / DOCUMENT).is_file():
        base = str(request.base_url).rstrip("/")
        links.append(link(f"{base}/api/tenants/{run.tenant}/runs/{run.id}/preview", "preview", JSON))
    return {**found, "links": links}


def _remaining(request: Request, run: Run) -> dict[str, Any]:
    """Seconds a run still takes; nothing where its model is gone or its order no longer makes sense."""
    twin = opened(request, run.tenant)
    try:
        seconds = estimates.expected(twin, orders.read(twin, run.process, run.inputs))
    except ProcessError:
        return {}
    began = datetime.fromisoformat(run.started) if run.state is State.RUNNING else None
    elapsed = (datetime.now(UTC) - began).total_seconds() if began else 0.0
    return {"remaining": round(estimates.remaining(seconds, elapsed, run.done), 1)}


def _message(request: Request, run: Run) -> str:
    """What is being done, or why it failed; a problem is known in both languages, or in one only."""
    spoken = run.what.get("de" if is_german(request) else "en", "")
    return spoken if run.problem in ("", run.what.get("en")) else run.problem


# results


def _results(request: Request, tenant: str, run: Run, wanted: Mapping[str, Any]) -> Response:
    """What a run gave, as the standard wants it for one output or several."""
    if run.state is State.FAILED:
        raise RunFailed(_message(request, run))
    if run.state is not State.SUCCESSFUL:
        raise NotReady(f"The run is {run.state.value}. Ask for its status; results come when it is successful.")
    twin = visible(request, tenant)
    document = orjson.loads(results.file_of(twin, run.result, DOCUMENT).read_bytes())
    chosen = wanted.get("outputs") or {}
    answers = {
        name: _answered(request, twin, run.result, entry, chosen.get(name, {}))
        for name, entry in _by_output(document).items()
        if not chosen or name in chosen
    }
    headers = {"Link": f'<{_address(request, twin, run.result)}>; rel="describedby"'}
    single = len(chosen) == 1 and wanted.get("response") != "document"
    if single and answers:
        return _raw(*answers.popitem(), headers)
    if wanted.get("response") == "raw":
        return _parts(answers, headers)
    return Response(orjson.dumps(answers), 200, headers, JSON)


def _by_output(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {entry["id"]: entry for entry in document["indicators"]}
    for kind in ("rasters", "features"):
        found |= {entry["id"]: entry for entry in document[kind]}
    for entry in document["series"]:
        found.setdefault(entry["id"], []).append(entry)
    return found


def _answered(request: Request, twin: Tenant, result_id: str, entry: Any, how: Mapping[str, Any]) -> Any:
    """An output by value or by address; rasters, which are no JSON, come by address."""
    if isinstance(entry, list) or "href" not in entry:
        return entry if isinstance(entry, list) else entry["value"]
    raster = entry["href"].endswith(".tif")
    if raster or how.get("transmissionMode") == "reference":
        address = f"{_address(request, twin, result_id)}/{entry['href']}"
        return {"href": address, "type": COG if raster else FEATURES, "title": entry["title"]["en"]}
    content = results.file_of(twin, result_id, entry["href"]).read_bytes()
    return {"value": orjson.Fragment(content), "mediaType": FEATURES}


def _address(request: Request, twin: Tenant, result_id: str) -> str:
    return f"{str(request.base_url).rstrip('/')}/api/tenants/{twin.id}/results/{result_id}"


def _raw(name: str, answer: Any, headers: Mapping[str, str]) -> Response:
    if isinstance(answer, dict) and "href" in answer:
        return Response(None, 204, {**headers, "Link": f'<{answer["href"]}>; rel="{name}"; type="{answer["type"]}"'})
    if isinstance(answer, dict) and "value" in answer:
        return Response(orjson.dumps(answer["value"]), 200, dict(headers), answer["mediaType"])
    return Response(orjson.dumps(answer), 200, dict(headers), JSON)


def _parts(answers: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """Several outputs as they are (RFC 2387), each a part with its name as Content-ID."""
    mark = secrets.token_hex(12)
    lines: list[bytes] = []
    for name, answer in answers.items():
        one = _raw(name, answer, {})
        lines += [f"--{mark}".encode(), f"Content-ID: <{name}>".encode()]
        for header in ("content-type", "link"):
            if header in one.headers:
                lines.append(f"{header.title()}: {one.headers[header]}".encode())
        lines += [b"", bytes(one.body)]
    return Response(b"\r\n".join([*lines, f"--{mark}--".encode(), b""]), 200, dict(headers),
                    f'multipart/related; boundary="{mark}"')  # fmt: skip
