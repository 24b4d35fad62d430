"""Open311 GeoReport v2: services, their definitions and requests as the standard writes them, in XML and JSON.

XML is the form every server must speak; JSON follows from it (the "Spark convention": a list where XML has a container
of equal elements). Everything here is data and text; nothing is read or kept.

References
----------
GeoReport v2 (frozen), http://wiki.open311.org/GeoReport_v2, and Open311 Service Discovery.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from lxml import etree

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"

XML, JSON = "text/xml; charset=utf-8", "application/json; charset=utf-8"
"""Media types of the two forms."""

LONGEST = 4000
"""Of a description. [characters]"""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Form = Literal["xml", "json"]
Datatype = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]


@dataclass(frozen=True)
class Attribute:
    """
    A question a service asks.

    Parameters
    ----------
    code
        Its id.
    datatype
        What the answer is.
    required
        Whether it must be answered.
    description
        The question.
    hint
        How to answer.
    values
        What can be chosen: key and name.
    variable
        False where it only tells something.
    """

    code: str
    datatype: Datatype
    required: bool
    description: str
    hint: str = ""
    values: tuple[tuple[str, str], ...] = ()
    variable: bool = True


@dataclass(frozen=True)
class Service:
    """
    A kind of request.

    Parameters
    ----------
    code, name, description
        Its id, what it is called and about.
    group
        What it belongs to.
    keywords
        Other words for it.
    attributes
        What it asks beyond place and description.
    """

    code: str
    name: str
    description: str
    group: str = ""
    keywords: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class ServiceRequest:
    """
    A request as everybody may see it.

    Parameters
    ----------
    id
        Its id.
    code, name
        Of its service.
    open
        Whether it is still to be resolved.
    requested, updated
        When it was made and last changed, UTC.
    expected
        Until when it should be resolved; None when nobody says.
    notes
        Why it stands as it does.
    description, address, zipcode, address_id, media
        Empty where they are not published, or not known.
    place
        Longitude and latitude (WGS 84); None where it is not published, or not known. [degree]
    agency, notice
        Who works on it, and what is going to happen.
    """

    id: str
    code: str
    name: str
    open: bool
    requested: datetime
    updated: datetime
    expected: datetime | None = None
    notes: str = ""
    description: str = ""
    address: str = ""
    zipcode: str = ""
    address_id: str = ""
    place: tuple[float, float] | None = None
    media: str = ""
    agency: str = ""
    notice: str = ""


@dataclass(frozen=True)
class Endpoint:
    """Where a server answers: address, when its services changed last (ISO 8601), ``production`` or ``test``."""

    url: str
    changed: str
    type: str = "production"


def discovery(endpoints: Sequence[Endpoint], contact: str, key_service: str, form: Form) -> bytes:
    """What there is at an address, and where a key is had."""
    rows = [
        {
            "specification": SPECIFICATION, "url": one.url, "changeset": one.changed, "type": one.type,
            "formats": ["text/xml", "application/json"],
        }
        for one in endpoints
    ]  # fmt: skip
    changed = max((one.changed for one in endpoints), default="")
    whole = {"changeset": changed, "contact": contact, "key_service": key_service, "endpoints": rows}
    if form == "json":
        return orjson.dumps(whole)
    root = etree.Element("discovery")
    for name, value in whole.items():
        if name == "endpoints":
            _rows(etree.SubElement(root, name), "endpoint", rows, {"formats": "format"})
        else:
            etree.SubElement(root, name).text = _clean(str(value))
    return _bytes(root)


def services(found: Sequence[Service], form: Form) -> bytes:
    """The list of services."""
    rows = [
        {
            "service_code": one.code, "service_name": one.name, "description": one.description,
            "metadata": bool(one.attributes), "type": "realtime", "keywords": ", ".join(one.keywords),
            "group": one.group,
        }
        for one in found
    ]  # fmt: skip
    return _list("services", "service", rows, form)


def definition(service: Service, form: Form) -> bytes:
    """What a service asks."""
    rows = [_attribute(one, order) for order, one in enumerate(service.attributes, 1)]
    if form == "json":
        return orjson.dumps({"service_code": service.code, "attributes": rows})
    root = etree.Element("service_definition")
    etree.SubElement(root, "service_code").text = _clean(service.code)
    _rows(etree.SubElement(root, "attributes"), "attribute", rows, {"values": "value"})
    return _bytes(root)


def _attribute(one: Attribute, order: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "variable": one.variable, "code": one.code, "datatype": one.datatype, "required": one.required,
        "datatype_description": one.hint, "order": order, "description": one.description,
    }  # fmt: skip
    if one.values:
        row["values"] = [{"key": key, "name": name} for key, name in one.values]
    return row


def requests(found: Sequence[ServiceRequest], form: Form) -> bytes:
    """Requests, as a list even when there is one."""
    return _list("service_requests", "request", [_request(one) for one in found], form)


def _request(one: ServiceRequest) -> dict[str, Any]:
    longitude, latitude = one.place if one.place is not None else (None, None)
    return {
        "service_request_id": one.id, "status": "open" if one.open else "closed", "status_notes": one.notes,
        "service_name": one.name, "service_code": one.code, "description": one.description[:LONGEST],
        "agency_responsible": one.agency, "service_notice": one.notice,
        "requested_datetime": w3_time(one.requested), "updated_datetime": w3_time(one.updated),
        "expected_datetime": w3_time(one.expected), "address": one.address, "address_id": one.address_id,
        "zipcode": one.zipcode, "lat": latitude, "long": longitude, "media_url": one.media,
    }  # fmt: skip


def accepted(request_id: str, notice: str, account: str, form: Form) -> bytes:
    """The answer to a request that was made."""
    row = {"service_request_id": request_id, "service_notice": notice, "account_id": account}
    return _list("service_requests", "request", [row], form)


def token(request_id: str, given: str, form: Form) -> bytes:
    """The request a token stands for."""
    return _list("service_requests", "request", [{"service_request_id": request_id, "token": given}], form)


def errors(found: Sequence[tuple[int, str]], form: Form) -> bytes:
    """What went wrong: codes and sentences for people."""
    return _list("errors", "error", [{"code": code, "description": text} for code, text in found], form)


def w3_time(moment: datetime | None) -> str:
    """A moment as W3C's note on dates has it, with its zone; empty for None."""
    return "" if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _list(container: str, element: str, rows: Sequence[Mapping[str, Any]], form: Form) -> bytes:
    if form == "json":
        return orjson.dumps([{name: _or_null(value) for name, value in row.items()} for row in rows])
    root = etree.Element(container)
    _rows(root, element, rows, {"values": "value"})
    return _bytes(root)


def _or_null(value: Any) -> Any:
    return None if value == "" else value


def _rows(parent: etree._Element, element: str, rows: Sequence[Mapping[str, Any]], inner: Mapping[str, str]) -> None:
    for row in rows:
        below = etree.SubElement(parent, element)
        for name, value in row.items():
            child = etree.SubElement(below, name)
            if isinstance(value, list) and value and isinstance(value[0], dict):
                _rows(child, inner[name], value, {})
            elif isinstance(value, list):
                for one in value:
                    etree.SubElement(child, inner[name]).text = _clean(str(one))
            elif value not in (None, ""):
                child.text = _clean(str(value).lower() if isinstance(value, bool) else str(value))


def _clean(text: str) -> str:
    """Without characters XML cannot hold."""
    return _FORBIDDEN.sub("", text)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
