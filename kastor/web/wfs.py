"""The twin as a Web Feature Service 2.0 (ISO 19142), for programs that do not know OGC API - Features yet.

Everything is asked by parameters (KVP): GetCapabilities, DescribeFeatureType, GetFeature with boxes, filters,
resource ids and paging, and the stored query GetFeatureById. Types of features are the collections of the
OGC API, so both doors show the same. Source: OGC 09-025r2.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import orjson
import shapely
from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.city.model import Kind
from kastor.loading.features import make_features
from kastor.store import Tenant, filters
from kastor.store import features as store
from kastor.store.errors import InvalidFilter
from kastor.store.features import Feature, Wanted
from kastor.store.filters import Filter
from kastor.store.ready_features import newest_revision
from kastor.web import feature_crs, feature_filters, fes, wfs_description
from kastor.web.addresses import root
from kastor.web.collections import KINDS, NAMES, collections
from kastor.web.errors import BadRequest
from kastor.web.feature_crs import System
from kastor.web.gml import GML, geometry, plain_name, xml_name
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, visible
from kastor.web.wfs_description import GML_TYPE, PREFIX, ServiceError, namespace

router = APIRouter(prefix="/wfs/{tenant}", tags=["wfs"], dependencies=[needs(Right.SEE)])

MOST = 10_000
"""Features of one answer; the next ones are at its ``next``."""

STEP = 1_000
"""Features that are read at once."""

GEOJSON = "application/json"
STORED = "urn:ogc:def:query:OGC-WFS::GetFeatureById"

_marks: OrderedDict[tuple[Any, ...], str | None] = OrderedDict()
"""Where a page begins, for clients that count: (twin, revision, question, start) -> mark of the store."""
_remembering = Lock()


class Question(NamedTuple):
    """
    What a GetFeature asks for.

    Parameters
    ----------
    kind
        What objects are.
    filter
        What they must fulfil; None for all.
    system
        In which their places are wanted.
    start, most
        After how many, and how many at most.
    """

    kind: Kind
    filter: Filter | None
    system: System
    start: int
    most: int


@router.get("")
def service(request: Request, tenant: str) -> Response:
    """GetCapabilities, DescribeFeatureType, GetFeature and stored queries, after the parameter ``REQUEST``."""
    twin = visible(request, tenant)
    asked = {name.upper(): value for name, value in request.query_params.items()}
    answers: dict[str, Callable[[Request, Tenant, Mapping[str, str]], Response]] = {
        "GETCAPABILITIES": capabilities,
        "DESCRIBEFEATURETYPE": describe,
        "GETFEATURE": get_feature,
        "LISTSTOREDQUERIES": stored_queries,
        "DESCRIBESTOREDQUERIES": stored_queries,
    }
    try:
        wanted = asked.get("REQUEST", "")
        if wanted.upper() not in answers:
            raise ServiceError(
                "OperationNotSupported",
                "request",
                f"REQUEST: {wanted[:40]!r} is none of the operations of this service.",
            )
        return answers[wanted.upper()](request, twin, asked)
    except ServiceError as error:
        return wfs_description.exception(error)
    except (InvalidFilter, BadRequest) as error:
        return wfs_description.exception(ServiceError("InvalidParameterValue", "filter", str(error)))


def capabilities(request: Request, twin: Tenant, asked: Mapping[str, str]) -> Response:
    """What this service offers."""
    versions = asked.get("ACCEPTVERSIONS", asked.get("VERSION", "2.0.0")).split(",")
    if not any(version.startswith("2.0") for version in versions):
        raise ServiceError("VersionNegotiationFailed", "acceptVersions", "VERSION: this service speaks 2.0.0.")
    return wfs_description.capabilities(twin, f"{root(request)}/wfs/{twin.id}", MOST)


def describe(request: Request, twin: Tenant, asked: Mapping[str, str]) -> Response:
    """The schema of the features of some types."""
    kinds = [_kind(twin, name) for name in _types(asked)] or collections(twin)
    known = {kind: feature_filters.properties(twin, kind) for kind in kinds}
    return wfs_description.schema(f"{root(request)}/wfs/{twin.id}", known)


def stored_queries(request: Request, twin: Tenant, asked: Mapping[str, str]) -> Response:
    """The one stored query every service has."""
    names = [NAMES[kind][0] for kind in collections(twin)]
    described = asked["REQUEST"].upper() == "DESCRIBESTOREDQUERIES"
    return wfs_description.stored_queries(f"{root(request)}/wfs/{twin.id}", STORED, names, described)


def get_feature(request: Request, twin: Tenant, asked: Mapping[str, str]) -> Response:
    """Features as GML 3.2 or GeoJSON."""
    make_features(opened(request, twin.id))
    here = f"{root(request)}/wfs/{twin.id}"
    form = _form(asked)
    if "STOREDQUERY_ID" in asked or "STOREDQUERYID" in asked:
        return _by_id(twin, asked, here, form)
    question = _question(twin, asked)
    if asked.get("RESULTTYPE", "results").lower() == "hits":
        matched = store.page(twin.database, Wanted(question.kind, question.filter, 1)).matched
        return _answer(form, here, question, [], matched, None)
    found, matched, more = _found(twin, question, asked)
    following = None
    if more:
        kept = {name: value for name, value in asked.items() if name not in ("STARTINDEX", "COUNT")}
        following = f"{here}?{urlencode({**kept, 'STARTINDEX': question.start + len(found), 'COUNT': question.most})}"
    return _answer(form, here, question, _members(twin, question, found, form), matched, following)


def _form(asked: Mapping[str, str]) -> str:
    given = asked.get("OUTPUTFORMAT", GML_TYPE)
    # clients write the plus of "gml+xml" as it is, which then arrives as a space
    if given.replace("gml xml", "gml+xml").replace(" ", "") in wfs_description.GML_FORMS:
        return GML_TYPE
    if given in (GEOJSON, "application/geo+json", "application/geo json", "json", "GEOJSON"):
        return GEOJSON
    raise ServiceError(
        "InvalidParameterValue", "outputFormat", f"OUTPUTFORMAT: {given[:60]!r} is none of {GML_TYPE}, {GEOJSON}."
    )


def _question(twin: Tenant, asked: Mapping[str, str]) -> Question:
    for unknown in ("SORTBY", "FILTER_LANGUAGE"):
        if asked.get(unknown):
            raise ServiceError("OptionNotSupported", unknown.lower(), f"{unknown} is not supported.")
    names = _types(asked)
    ids = [part for part in asked.get("RESOURCEID", "").split(",") if part]
    if not names and ids:
        names = [ids[0].split(".", 1)[0]]
    if len(names) != 1:
        raise ServiceError(
            "MissingParameterValue", "typeNames", "TYPENAMES: name one type, GetCapabilities lists them."
        )
    kind = _kind(twin, names[0])
    system = system_named(twin, asked.get("SRSNAME", "")) if asked.get("SRSNAME") else feature_crs.storage(twin)
    return Question(
        kind, _filter(twin, kind, asked, ids), system, _number(asked, "STARTINDEX", 0, 10**9),
        min(_number(asked, "COUNT", MOST, 10**9), MOST),
    )  # fmt: skip


def _filter(twin: Tenant, kind: Kind, asked: Mapping[str, str], ids: list[str]) -> Filter | None:
    if sum(1 for given in (asked.get("BBOX"), asked.get("FILTER"), ids) if given) > 1:
        raise ServiceError(
            "InvalidParameterValue", "filter", "BBOX, FILTER and RESOURCEID exclude each other; put all into FILTER."
        )
    known = feature_filters.properties(twin, kind)
    if ids:
        any_of = [{"op": "=", "args": [{"property": "id"}, object_id(kind, rid)]} for rid in ids[:1000]]
        return filters.condition({"op": "or", "args": [*any_of, any_of[0]]}, known, lambda place: place)
    if asked.get("BBOX"):
        tree, system = _box(twin, asked["BBOX"])
        return filters.condition(tree, known, lambda place: feature_crs.to_plane(twin, place, system))
    if asked.get("FILTER"):
        encoded = fes.read(asked["FILTER"], known, lambda rid: object_id(kind, rid))
        systems = sorted(encoded.systems)
        if len(systems) > 1:
            raise InvalidFilter(f"FILTER: its places are in several systems: {', '.join(systems)[:200]}. Use one.")
        system = system_named(twin, systems[0]) if systems and systems[0] else feature_crs.storage(twin)
        return filters.condition(encoded.tree, known, lambda place: feature_crs.to_plane(twin, place, system))
    return None


def _box(twin: Tenant, text: str) -> tuple[Any, System]:
    parts = [part.strip() for part in text.split(",")]
    system = system_named(twin, parts[4]) if len(parts) == 5 else feature_crs.storage(twin)
    try:
        first, second, third, fourth = (float(part) for part in parts[:4])
    except ValueError:
        first = float("nan")
    if not (np.isfinite(first) and len(parts) in (4, 5) and first <= third and second <= fourth):
        raise ServiceError(
            "InvalidParameterValue",
            "bbox",
            f"BBOX: {text[:80]!r} is not lower corner, upper corner and maybe a system.",
        )
    ring = [[first, second], [third, second], [third, fourth], [first, fourth], [first, second]]
    place = {"type": "Polygon", "coordinates": [ring]}
    return {"op": "s_intersects", "args": [{"property": "geometry"}, place]}, system


def system_named(twin: Tenant, name: str) -> System:
    """
    The system a client names, in any of the ways WFS clients do.

    Raises
    ------
    ServiceError
        When there is no such system, or none that can be reached from the twin's.
    """
    plain = name.strip()
    for start in ("urn:ogc:def:crs:EPSG::", "urn:x-ogc:def:crs:EPSG:", "http://www.opengis.net/gml/srs/epsg.xml#"):
        plain = plain.replace(start, "EPSG:")
    if plain in ("urn:ogc:def:crs:OGC:1.3:CRS84", "CRS:84"):
        plain = feature_crs.CRS84
    try:
        return feature_crs.system(twin, plain, "SRSNAME")
    except BadRequest as error:
        raise ServiceError("InvalidParameterValue", "srsName", str(error)) from error


def _found(twin: Tenant, question: Question, asked: Mapping[str, str]) -> tuple[list[Feature], int | None, bool]:
    """Features from the start asked for, how many there are in all, and whether more follow."""
    key = (str(twin.directory), newest_revision(twin.database), "".join(sorted(twin.database.states)), _said(asked))
    mark, skip = _remembered(key, question.start)
    found: list[Feature] = []
    matched: int | None = None
    while True:
        wanted = Wanted(question.kind, question.filter, min(STEP, skip + question.most - len(found)), mark, "geometry")
        page = store.page(twin.database, wanted)
        matched = page.matched if mark is None else matched
        found += page.features[skip:]
        skip = max(skip - len(page.features), 0)
        mark = page.next
        if mark is None or len(found) >= question.most:
            break
    _remember(key, question.start + len(found), mark)
    return found, matched, mark is not None


def _said(asked: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What decides which features come in which order."""
    names = ("TYPENAMES", "TYPENAME", "BBOX", "FILTER", "RESOURCEID")
    return tuple((name, asked[name]) for name in names if name in asked)


def _remembered(key: tuple[Any, ...], start: int) -> tuple[str | None, int]:
    """Mark of a page and how many features after it are to be skipped."""
    if start == 0:
        return None, 0
    with _remembering:
        mark = _marks.get((*key, start))
    return (mark, 0) if mark is not None else (None, start)


def _remember(key: tuple[Any, ...], start: int, mark: str | None) -> None:
    if mark is None:
        return
    with _remembering:
        _marks[(*key, start)] = mark
        while len(_marks) > 1000:
            _marks.popitem(last=False)


def _by_id(twin: Tenant, asked: Mapping[str, str], here: str, form: str) -> Response:
    query = asked.get("STOREDQUERY_ID", asked.get("STOREDQUERYID", ""))
    if query not in (STORED, "http://www.opengis.net/def/query/OGC-WFS/0/GetFeatureById"):
        raise ServiceError(
            "InvalidParameterValue", "storedQuery_Id", f"STOREDQUERY_ID: {query[:60]!r} is not {STORED}."
        )
    rid = asked.get("ID", "")
    collection = rid.split(".", 1)[0]
    if collection not in KINDS:
        raise ServiceError("NotFound", "id", f"ID: {rid[:80]!r} begins with no type of this service.", 404)
    kind = KINDS[collection]
    found = store.feature(twin.database, kind, object_id(kind, rid), "geometry")
    if found is None:
        raise ServiceError("NotFound", "id", f"ID: there is no feature {rid[:80]!r} today.", 404)
    system = system_named(twin, asked["SRSNAME"]) if asked.get("SRSNAME") else feature_crs.storage(twin)
    question = Question(kind, None, system, 0, 1)
    (member,) = _members(twin, question, [found[0]], form)
    if form == GEOJSON:
        return Response(member, media_type=GEOJSON)
    # the query gives the feature itself, which then must name its own namespaces
    attributes = f" xmlns:{PREFIX}={quoteattr(namespace(here))} xmlns:gml={quoteattr(GML)}"
    head, rest = member.decode().split(" ", 1)
    return Response(f"<?xml version='1.0' encoding='UTF-8'?>{head}{attributes} {rest}", media_type=GML_TYPE)


def _members(twin: Tenant, question: Question, found: list[Feature], form: str) -> list[bytes]:
    system = question.system if form == GML_TYPE else feature_crs.degrees()
    shapes = np.asarray(shapely.from_wkb([feature.place for feature in found]), object)
    if form == GEOJSON:
        places = feature_crs.texts(feature_crs.transformed(twin, shapes, system)) if found else []
        return [feature.head + place + b"}" for feature, place in zip(found, places, strict=True)]
    if found:
        shapes = feature_crs.transformed(twin, shapes, system)
    name = NAMES[question.kind][0]
    types = {n: p.type for n, p in feature_filters.properties(twin, question.kind).items()}
    return [_gml(name, feature, shape, system, types) for feature, shape in zip(found, shapes.tolist(), strict=True)]


def _gml(name: str, feature: Feature, shape: Any, system: System, types: Mapping[str, str]) -> bytes:
    content = orjson.loads(feature.head + b"null}")
    rid = f"{name}.{xml_name(content['id'])}"
    rows = [f"<{PREFIX}:id>{escape(content['id'])}</{PREFIX}:id>"]
    for key, value in content["properties"].items():
        if value is not None and key in types:
            rows.append(f"<{PREFIX}:{xml_name(key)}>{escape(_text(value))}</{PREFIX}:{xml_name(key)}>")
    if shape is not None and not shapely.is_empty(shape):
        place = geometry(shape, wfs_description.urn(system), f"{rid}.geometry", system.digits)
        rows.append(f"<{PREFIX}:geometry>{place}</{PREFIX}:geometry>")
    return f'<{PREFIX}:{name} gml:id="{rid}">{"".join(rows)}</{PREFIX}:{name}>'.encode()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # what XML cannot hold at all is left out
        return "".join(c for c in value if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return str(value) if isinstance(value, (int, float)) else orjson.dumps(value).decode()


def _answer(
    form: str, here: str, question: Question, members: list[bytes], matched: int | None, following: str | None
) -> Response:
    if form == GEOJSON:
        rest: dict[str, Any] = {"numberReturned": len(members), "timeStamp": _now()}
        rest |= {"numberMatched": matched} if matched is not None else {}
        rest |= {"links": [{"rel": "next", "href": following, "type": GEOJSON}]} if following else {}
        body = b'{"type":"FeatureCollection","features":[' + b",".join(members) + b"]," + orjson.dumps(rest)[1:]
        return Response(body, media_type=GEOJSON)
    attributes = {
        "timeStamp": _now(), "numberMatched": "unknown" if matched is None else str(matched),
        "numberReturned": str(len(members)),
        **({"next": following} if following else {}),
    }  # fmt: skip
    location = f"{namespace(here)} {here}?SERVICE=WFS&VERSION=2.0.0&REQUEST=DescribeFeatureType"
    head = wfs_description.collection_head(here, location, attributes)
    inner = b"".join(b"<wfs:member>" + member + b"</wfs:member>" for member in members)
    return Response(head.encode() + inner + b"</wfs:FeatureCollection>", media_type=GML_TYPE)


def _types(asked: Mapping[str, str]) -> list[str]:
    given = asked.get("TYPENAMES", asked.get("TYPENAME", ""))
    return [name.strip("() ").rsplit(":", 1)[-1] for name in given.split(",") if name.strip("() ")]


def _kind(twin: Tenant, name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None or kind not in collections(twin):
        known = ", ".join(NAMES[k][0] for k in collections(twin))
        raise ServiceError("InvalidParameterValue", "typeNames", f"TYPENAMES: {name[:60]!r} is none of {known}.")
    return kind


def object_id(kind: Kind, rid: str) -> str:
    """Id of an object from the resource id of its feature."""
    return plain_name(rid.removeprefix(f"{NAMES[kind][0]}."))


def _number(asked: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = asked.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise ServiceError("InvalidParameterValue", name.lower(), f"{name}: {text[:30]!r} is no whole number.")
    return int(text)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
