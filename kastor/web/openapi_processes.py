"""The part of the OpenAPI document about processes, jobs and their results (OGC API - Processes Part 1)."""

from __future__ import annotations

from typing import Any

JSON = "application/json"
PROBLEM = "#/components/responses/{}"
PLANS: list[dict[str, list[str]]] = [{"key": []}]
"""Security of what needs the right to plan."""


def paths() -> dict[str, Any]:
    """All paths."""
    process, job = ({"$ref": f"#/components/parameters/{name}"} for name in ("processId", "jobId"))
    limit = {"$ref": "#/components/parameters/limitOfList"}
    filters = [limit, *({"$ref": f"#/components/parameters/{name}"} for name in ("processIDs", "statuses", "types"))]
    order = {"required": True, "content": {JSON: {"schema": _ref("Execute")}}}
    prefer = {"$ref": "#/components/parameters/prefer"}
    execution = _post("Run a process", "execute", [prefer], order, {
        "200": _json("What it gave", {}), "201": _created(),
        **_problems(400, 401, 403, 404, 413, 422, 429)})  # fmt: skip
    estimate = _post("What a run would take", "estimate", [], order, {
        "200": _json("Seconds and area", _ref("Estimate")), **_problems(400, 401, 403, 404, 413, 422)})  # fmt: skip
    jobs = _get("Runs, newest first", "getJobs", "JobList", filters, (400, 401, 403), PLANS)
    status = _get("How far a run is", "getStatus", "StatusInfo", [], (401, 403, 404), PLANS)
    dismiss = {**status, "summary": "Stop a run, or forget one that is over", "operationId": "dismiss"}
    given = _get("What a run gave", "getResult", "Results", [], (401, 403, 404, 422), PLANS)
    return {
        "/processes": {"get": _get("What can be computed", "getProcesses", "ProcessList", [limit], (400,))},
        "/processes/{processId}": {
            "parameters": [process],
            "get": _get("What a process takes and gives", "getProcess", "Process", [], (404,)),
        },
        "/processes/{processId}/execution": {"parameters": [process], "post": execution},
        "/processes/{processId}/estimate": {"parameters": [process], "post": estimate},
        "/jobs": {"get": jobs},
        "/jobs/{jobId}": {"parameters": [job], "get": status, "delete": dismiss},
        "/jobs/{jobId}/results": {"parameters": [job], "get": given},
    }


def parameters() -> dict[str, Any]:
    """Components that paths refer to."""
    text = {"type": "string"}
    number = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    return {
        "processId": _path("processId", "Id of a process"),
        "jobId": _path("jobId", "Id of a run"),
        "limitOfList": _query("limit", number, "Most entries of the list"),
        "processIDs": _query("processID", text, "Only runs of these processes, with commas between"),
        "statuses": _query("status", text, "Only runs in these states, with commas between"),
        "types": _query("type", text, "Only jobs of these types; there are only processes"),
        "prefer": {
            "name": "Prefer", "in": "header", "required": False, "schema": text,
            "description": "respond-async for a job at once; interactive when somebody waits for it",
        },
    }  # fmt: skip


def schemas() -> dict[str, Any]:
    """Schemas of bodies and answers."""
    text, number = {"type": "string"}, {"type": "number"}
    links = {"type": "array", "items": _ref("Link")}
    options = {"type": "array", "items": {"type": "string", "enum": ["sync-execute", "async-execute", "dismiss"]}}
    summary = {
        "id": text, "version": text, "title": text, "description": text, "jobControlOptions": options,
        "outputTransmission": {"type": "array", "items": {"type": "string", "enum": ["value", "reference"]}},
        "links": links,
    }  # fmt: skip
    status = {"type": "string", "enum": ["accepted", "running", "successful", "failed", "dismissed"]}
    time = {"type": "string", "format": "date-time"}
    output = {
        "type": "object",
        "properties": {"transmissionMode": {"type": "string", "enum": ["value", "reference"]}},
    }
    uri = {"type": "string", "format": "uri"}
    return {
        "ProcessSummary": _object(summary, "id", "version"),
        "ProcessList": _object({"processes": _list("ProcessSummary"), "links": links}, "processes", "links"),
        "Process": _object(
            {**summary, "inputs": {"type": "object"}, "outputs": {"type": "object"}, "method": {"type": "object"}},
            "id", "version", "inputs", "outputs",
        ),
        "Execute": _object({
            "inputs": {"type": "object", "description": "Parameters by name, area and edits; see the process"},
            "outputs": {"type": "object", "additionalProperties": output},
            "response": {"type": "string", "enum": ["raw", "document"], "default": "raw"},
            "subscriber": _object({"successUri": uri, "failedUri": uri}),
        }),
        "Estimate": _object({"seconds": number, "area": number}, "seconds", "area"),
        "StatusInfo": _object({
            "type": {"type": "string", "enum": ["process"]}, "processID": text, "jobID": text, "status": status,
            "message": text, "created": time, "started": time, "finished": time, "updated": time,
            "progress": {"type": "integer", "minimum": 0, "maximum": 100},
            "remaining": {**number, "description": "Seconds it will still take, estimated"},
            "result": {**text, "description": "Id of the result"}, "links": links,
        }, "type", "jobID", "status"),
        "JobList": _object({"jobs": _list("StatusInfo"), "links": links}, "jobs", "links"),
        "Results": {"type": "object", "additionalProperties": {}},
    }  # fmt: skip


def _get(
    summary: str, name: str, schema: str, given: list[Any], errors: tuple[int, ...],
    security: list[dict[str, list[str]]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    found = {
        "summary": summary, "operationId": name, "tags": ["processes"], "parameters": given,
        "responses": {"200": _json(summary, _ref(schema)), **_problems(*errors)},
    }  # fmt: skip
    return {**found, "security": security} if security else found


def _post(summary: str, name: str, given: list[Any], body: Any, responses: dict[str, Any]) -> dict[str, Any]:
    return {
        "summary": summary, "operationId": name, "tags": ["processes"], "security": PLANS, "parameters": given,
        "requestBody": body, "responses": responses,
    }  # fmt: skip


def _created() -> dict[str, Any]:
    location = {"Location": {"description": "Address of the job", "schema": {"type": "string", "format": "uri"}}}
    return {**_json("A job that goes on", _ref("StatusInfo")), "headers": location}


def _json(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}


_NAMES = {
    400: "BadRequest", 401: "NotSignedIn", 403: "Forbidden", 404: "NotFound", 413: "TooLarge", 422: "Unfit",
    429: "TooMany",
}  # fmt: skip


def _problems(*statuses: int) -> dict[str, Any]:
    return {str(status): {"$ref": PROBLEM.format(_NAMES[status])} for status in statuses}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return {**found, "required": list(required)} if required else found


def _path(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": {"type": "string"}}


def _query(name: str, schema: Any, description: str) -> dict[str, Any]:
    return {
        "name": name, "in": "query", "required": False, "description": description, "style": "form",
        "explode": False, "schema": schema,
    }  # fmt: skip
