"""Changes by Web Feature Service transactions (WFS-T), for GDAL and desktop programs that write no other way.

Insert, Update, Replace and Delete of WFS 2.0 (OGC 09-025r2); requests in the namespaces of 1.1, which GDAL sends
to services of any version, are read alike and answered as 1.1 has it. A transaction is made as a whole or not at
all. Each action is a correction like one made in the browser: a version with who and when, and a proposal where a
dataset asks for four eyes. An object that somebody else changes meanwhile is never overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from lxml import etree
from lxml.builder import ElementMaker

from kastor.city.fields import InvalidValue
from kastor.city.model import Kind
from kastor.loading.features import make_features
from kastor.store import Tenant, filters, proposals
from kastor.store import features as store
from kastor.store.edits import Edit
from kastor.store.edits import Wanted as Correction
from kastor.store.errors import InvalidFilter, InvalidObject, ObjectExists, VersionConflict
from kastor.store.features import Wanted
from kastor.store.filter_values import Property
from kastor.web import feature_crs, feature_filters, fes, wfs_description
from kastor.web.collections import KINDS, NAMES
from kastor.web.corrections import after_edit
from kastor.web.errors import BadRequest, NotFound, Unfit
from kastor.web.feature_crs import System
from kastor.web.feature_edits import LARGEST, addition, alteration, current_record
from kastor.web.gml import GML, GML_OLD, plain_name, read_place, xml_name
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, person, visible
from kastor.web.wfs import object_id, system_named
from kastor.web.wfs_description import FES, WFS, ServiceError

router = APIRouter(prefix="/wfs/{tenant}", tags=["wfs"], dependencies=[needs(Right.EDIT)])

WFS_OLD = "http://www.opengis.net/wfs"
OGC = "http://www.opengis.net/ogc"
MOST = 1000
"""Objects of one transaction."""


class Action(NamedTuple):
    """One correction: what was asked (``Insert``, ``Update``, ``Replace``, ``Delete``), of what, and what it means."""

    name: str
    kind: Kind
    correction: Correction


@dataclass
class Done:
    """What a transaction did: how many objects by action, and the resource ids of new ones."""

    counts: Counter[str] = field(default_factory=Counter)
    inserted: list[str] = field(default_factory=list)


@router.post("")
async def transaction(request: Request, tenant: str, behind: BackgroundTasks) -> Response:
    """Add, change and end objects: a ``wfs:Transaction`` as body."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            text = f"The transaction has more than {LARGEST:,} bytes. Send it in several."
            return wfs_description.exception(ServiceError("OperationTooComplex", "Transaction", text, 413))
    return await run_in_threadpool(_transact, request, tenant, bytes(body), behind)


def _transact(request: Request, tenant: str, body: bytes, behind: BackgroundTasks) -> Response:
    twin = visible(request, tenant)
    try:
        root = _read(body)
        make_features(opened(request, tenant))
        actions = [action for element in _elements(root) for action in _actions(twin, element)]
        if not actions:
            raise ServiceError("InvalidValue", "Transaction", "Transaction: it holds no action; nothing was changed.")
        if len(actions) > MOST:
            text = f"Transaction: it would change {len(actions)} objects, at most {MOST} at once. Send several."
            raise ServiceError("OperationTooComplex", "Transaction", text)
        found = proposals.submit_all(
            twin.database, twin.crs, [action.correction for action in actions], person(request).id,
            str(root.get("handle", ""))[:500] or "WFS",
        )  # fmt: skip
    except ServiceError as error:
        return wfs_description.exception(error)
    except (InvalidFilter, BadRequest, Unfit, NotFound, InvalidValue, InvalidObject, ObjectExists) as error:
        return wfs_description.exception(ServiceError("InvalidValue", "Transaction", str(error)))
    except VersionConflict as error:
        return wfs_description.exception(ServiceError("OperationProcessingFailed", "Transaction", str(error), 409))
    done = Done()
    for action, result in zip(actions, found, strict=True):
        if isinstance(result, Edit):
            done.counts[action.name] += 1
            if action.name == "Insert":
                done.inserted.append(f"{NAMES[action.kind][0]}.{xml_name(result.object)}")
    _tiled(twin, actions, found, behind)
    make_features(opened(request, tenant))
    return _answer(done, etree.QName(root).namespace == WFS_OLD, behind)


def _tiled(twin: Tenant, actions: list[Action], found: list[Any], behind: BackgroundTasks) -> None:
    """Tile what changed, once for each kind of object."""
    last = {action.kind: result for action, result in zip(actions, found, strict=True) if isinstance(result, Edit)}
    for kind, result in last.items():
        after_edit(twin, result, kind, behind)


def _read(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        text = f"The body is no XML: {str(error)[:160]}"
        raise ServiceError("OperationParsingFailed", "Transaction", text) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ServiceError("OperationParsingFailed", "Transaction", "The body must not have a document type.")
    if etree.QName(root).localname != "Transaction" or etree.QName(root).namespace not in (WFS, WFS_OLD):
        text = f"{etree.QName(root).localname[:40]!r} cannot be sent as a body; only wfs:Transaction can. Ask with GET."
        raise ServiceError("OperationNotSupported", "request", text)
    return root


def _actions(twin: Tenant, element: etree._Element) -> list[Action]:
    name = etree.QName(element).localname
    if name == "Insert":
        system = _system(twin, element.get("srsName"))
        return [_insert(twin, feature, system) for feature in _elements(element)]
    if name in ("Update", "Delete"):
        kind = _kind(str(element.get("typeName", "")))
        change = _update(twin, kind, element) if name == "Update" else None
        return [_change(twin, name, kind, one, change) for one in _chosen(twin, kind, element)]
    if name == "Replace":
        features = [one for one in _elements(element) if etree.QName(one).localname != "Filter"]
        if len(features) != 1:
            raise ServiceError("InvalidValue", "Replace", "Replace: it needs one feature and one filter.")
        kind = _kind(features[0].tag)
        sent, system = _feature(twin, kind, features[0], _system(twin, element.get("srsName")))
        return [_change(twin, name, kind, one, (sent, system)) for one in _chosen(twin, kind, element)]
    raise ServiceError("OperationNotSupported", name[:40], f"There is no action {name[:40]!r} here.")


def _insert(twin: Tenant, element: etree._Element, system: System) -> Action:
    kind = _kind(element.tag)
    sent, system = _feature(twin, kind, element, system)
    return Action("Insert", kind, addition(twin, kind, sent, system))


def _change(
    twin: Tenant, name: str, kind: Kind, object_id: str, change: tuple[Mapping[str, Any], System] | None
) -> Action:
    record = current_record(twin, kind, object_id)
    # the version that was looked at, so that nobody is overwritten
    row, version = record.row, record.version
    if change is None:
        return Action(name, kind, Correction("end", row.id, row.dataset, if_version=version))
    sent, system = change
    return Action(name, kind, alteration(twin, kind, record, sent, system, name == "Replace", version))


def _update(twin: Tenant, kind: Kind, element: etree._Element) -> tuple[Mapping[str, Any], System]:
    """What an Update sets, as part of a feature."""
    known = feature_filters.properties(twin, kind)
    found: dict[str, Any] = {}
    place: etree._Element | None = None
    for pair in _named(element, "Property"):
        names = [*_named(pair, "ValueReference"), *_named(pair, "Name")]
        values = _named(pair, "Value")
        written = str(names[0].text or "").strip().rsplit("/", 1)[-1] if names else ""
        name = plain_name(written.rsplit(":", 1)[-1])
        if name == "geometry" and values:
            place = next(iter(_elements(values[0])), None)
        else:
            found[name] = _value(known.get(name), values[0] if values else None)
    named = {"id": found.pop("id")} if found.get("id") is not None else {}
    sent, system = _part(twin, found, place, _system(twin, element.get("srsName")))
    return {**named, **sent}, system


def _feature(twin: Tenant, kind: Kind, element: etree._Element, system: System) -> tuple[dict[str, Any], System]:
    """A feature written as GML."""
    known = feature_filters.properties(twin, kind)
    found: dict[str, Any] = {}
    place: etree._Element | None = None
    for child in _elements(element):
        name = plain_name(etree.QName(child).localname)
        if name == "geometry":
            place = next(iter(_elements(child)), None)
        elif name != "boundedBy":
            found[name] = _value(known.get(name), child)
    given = element.get(f"{{{GML}}}id") or element.get(f"{{{GML_OLD}}}id")
    named = found.pop("id", None) or (object_id(kind, str(given)) if given else None)
    sent, system = _part(twin, found, place, system)
    return {"type": "Feature", **({"id": named} if named else {}), **sent}, system


def _part(
    twin: Tenant, properties: dict[str, Any], place: etree._Element | None, system: System
) -> tuple[dict[str, Any], System]:
    """Properties and a place as they stand in a feature, and the system the place is in."""
    if place is None:
        return {"properties": properties}, system
    geometry, named = read_place(place)
    return {"properties": properties, "geometry": geometry}, _system(twin, named) if named else system


def _chosen(twin: Tenant, kind: Kind, element: etree._Element) -> list[str]:
    """
    Ids of the objects a filter names.

    Raises
    ------
    ServiceError
        When there is no filter: a transaction never means everything.
    """
    given = _named(element, "Filter")
    if len(given) != 1:
        name = etree.QName(element).localname
        raise ServiceError("MissingParameterValue", name, f"{name}: it needs one filter that names the objects.")
    known = feature_filters.properties(twin, kind)
    encoded = fes.read(etree.tostring(given[0], encoding="unicode"), known, lambda rid: object_id(kind, rid))
    system = next((_system(twin, name) for name in sorted(encoded.systems) if name), feature_crs.storage(twin))
    chosen = filters.condition(encoded.tree, known, lambda place: feature_crs.to_plane(twin, place, system))
    page = store.page(twin.database, Wanted(kind, chosen, MOST, None, "geometry"))
    if page.next is not None:
        raise ServiceError("OperationTooComplex", "Filter", f"Filter: it names more than {MOST} objects. Narrow it.")
    if not page.features:
        raise ServiceError("InvalidValue", "Filter", "Filter: it names no object that stands today.")
    return [str(orjson.loads(feature.head + b"null}")["id"]) for feature in page.features]


def _value(wanted: Property | None, element: etree._Element | None) -> Any:
    """The value of a property as what it is, a text where that is not known; None where nothing is written."""
    text = "" if element is None else str(element.text or "").strip()
    if not text or wanted is None:
        return text or None
    found = fes.literal(wanted, text)
    if isinstance(found, dict):
        return text
    return int(found) if wanted.type == "integer" and float(found).is_integer() else found


def _kind(name: Any) -> Kind:
    plain = str(name).rsplit("}", 1)[-1].rsplit(":", 1)[-1]
    if plain not in KINDS:
        raise ServiceError(
            "InvalidValue", "typeName", f"typeName: {plain[:60]!r} is none of {', '.join(sorted(KINDS))}."
        )
    return KINDS[plain]


def _system(twin: Tenant, name: str | None) -> System:
    return system_named(twin, name) if name else feature_crs.storage(twin)


def _elements(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str)]


def _named(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in _elements(element) if etree.QName(child).localname == name]


def _answer(done: Done, old: bool, behind: BackgroundTasks) -> Response:
    """The TransactionResponse in the words of the version that was spoken."""
    space, version = (WFS_OLD, "1.1.0") if old else (WFS, "2.0.0")
    make = ElementMaker(namespace=space, nsmap={"wfs": space, "fes": FES, "ogc": OGC})
    totals = {"totalInserted": "Insert", "totalUpdated": "Update", "totalReplaced": "Replace", "totalDeleted": "Delete"}
    if old:
        del totals["totalReplaced"]
    parts = [make.TransactionSummary(*(make(tag, str(done.counts[name])) for tag, name in totals.items()))]
    if old:
        parts.append(make.TransactionResults())
    if done.inserted:
        tag, attribute = (f"{{{OGC}}}FeatureId", "fid") if old else (f"{{{FES}}}ResourceId", "rid")
        named = [etree.Element(tag, {attribute: rid}) for rid in done.inserted]
        parts.append(make.InsertResults(*(make.Feature(one) for one in named)))
    content = etree.tostring(make.TransactionResponse(*parts, version=version), xml_declaration=True, encoding="UTF-8")
    return Response(content, media_type="text/xml", background=behind)
