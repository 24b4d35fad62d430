"""A client of Open311: hands requests to a city's existing system and asks how they stand.

Only what the request is about goes along, never who made it, unless the caller gives it. The address is the operator's;
redirects are not followed, and no answer is read without end. XML and JSON are understood, since servers may speak XML
alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson
import requests as http
from lxml import etree

from kastor.cases.channels.open311 import Attribute, Datatype, Form, Service, ServiceRequest
from kastor.cases.channels.open311_read import moment
from kastor.formats.xml_safety import parser

SECONDS = 15.0
"""How long the other server may take."""

LARGEST = 16 * 2**20
"""Of an answer. [bytes]"""

_CONTAINERS = {"services", "attributes", "values", "service_requests", "errors", "endpoints", "formats"}
_DATATYPES: tuple[Datatype, ...] = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")


class CitySystemError(Exception):
    """
    The city's system does not do what is asked.

    Parameters
    ----------
    text
        What it says.
    lasting
        Whether it would say the same again: trying once more does not help.
    """

    def __init__(self, text: str, lasting: bool) -> None:
        super().__init__(text)
        self.lasting = lasting


@dataclass(frozen=True)
class Client:
    """
    A server as it is talked to.

    Parameters
    ----------
    url
        Of the endpoint, such as ``https://open311.stadt.de/v2``.
    key
        The ``api_key``; empty for none.
    jurisdiction
        Its ``jurisdiction_id``; empty where it has one only.
    form
        ``json`` or ``xml``.
    """

    url: str
    key: str = ""
    jurisdiction: str = ""
    form: Form = "json"

    def services(self) -> list[Service]:
        """What can be requested; what each asks is told by :meth:`service`."""
        return [_service(one) for one in _dicts(self._get("services"))]

    def service(self, code: str) -> list[Attribute]:
        """What a service asks."""
        found = self._get(f"services/{quote(code, safe='')}")
        rows = found.get("attributes", []) if isinstance(found, dict) else []
        return [_attribute(one) for one in _dicts(rows)]

    def post(self, fields: Mapping[str, str], attributes: Mapping[str, str | Sequence[str]]) -> tuple[str, str]:
        """Make a request; gives its id, or else its token."""
        sent = [(name, value) for name, value in fields.items() if value]
        for code, value in attributes.items():
            if isinstance(value, str):
                sent.append((f"attribute[{code}]", value))
            else:
                sent += [(f"attribute[{code}][]", one) for one in value]
        if self.key:
            sent.append(("api_key", self.key))
        first = next(iter(_dicts(self._call("POST", "requests", sent))), {})
        request_id, token = _text(first, "service_request_id"), _text(first, "token")
        if not request_id and not token:
            raise CitySystemError(f"{self.url} took the request but names neither an id nor a token.", True)
        return request_id, token

    def token(self, given: str) -> str:
        """The id a token stands for; empty while there is none."""
        first = next(iter(_dicts(self._get(f"tokens/{quote(given, safe='')}"))), {})
        return _text(first, "service_request_id")

    def request(self, request_id: str) -> ServiceRequest:
        """
        How a request stands.

        Raises
        ------
        CitySystemError
            When there is none of this id, or the server does not answer.
        """
        first = next(iter(_dicts(self._get(f"requests/{quote(request_id, safe='')}"))), None)
        if first is None:
            raise CitySystemError(f"{self.url} knows no request {request_id[:60]!r}.", True)
        return _request(first)

    def requests(self, query: Mapping[str, str]) -> list[ServiceRequest]:
        """Requests a query asks for."""
        return [_request(one) for one in _dicts(self._get("requests", query))]

    def _get(self, what: str, query: Mapping[str, str] | None = None) -> Any:
        return self._call("GET", what, list((query or {}).items()))

    def _call(self, method: str, what: str, fields: list[tuple[str, str]]) -> Any:
        if self.jurisdiction:
            fields = [*fields, ("jurisdiction_id", self.jurisdiction)]
        address = f"{self.url.rstrip('/')}/{what}.{self.form}"
        try:
            with http.request(
                method, address, params=fields if method == "GET" else None,
                data=fields if method == "POST" else None, timeout=SECONDS, stream=True, allow_redirects=False,
                headers={"User-Agent": "Kastor"},
            ) as answer:  # fmt: skip
                body = answer.raw.read(LARGEST + 1, decode_content=True)
                status = answer.status_code
        except (http.RequestException, OSError) as error:
            raise CitySystemError(f"{self.url} does not answer ({type(error).__name__}).", False) from None
        if len(body) > LARGEST:
            raise CitySystemError(f"{self.url} answers with more than {LARGEST // 2**20} MiB.", True)
        return self._read(status, body)

    def _read(self, status: int, body: bytes) -> Any:
        found = read(body, self.form)
        if status == 200 or (status == 201 and found is not None):
            if found is None:
                raise CitySystemError(f"{self.url} answers with what is no {self.form.upper()}.", True)
            return found
        words = "; ".join(_text(one, "description") for one in _dicts(found)) or "no reason given"
        raise CitySystemError(f"{self.url} refuses ({status}): {words[:500]}", 400 <= status < 500 and status != 429)


def read(body: bytes, form: Form) -> Any:
    """An answer as plain data, XML by the Spark convention; None when it is neither."""
    if form == "json":
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
    try:
        root = etree.fromstring(body, parser())
    except (etree.XMLSyntaxError, ValueError):
        return None
    return _spark(root, 0)


def _spark(element: etree._Element, depth: int) -> Any:
    children = [one for one in element if isinstance(one.tag, str)]
    name = etree.QName(element).localname
    if depth > 8 or (not children and name not in _CONTAINERS):
        return (element.text or "").strip()
    if name in _CONTAINERS:
        return [_spark(one, depth + 1) for one in children]
    return {etree.QName(one).localname: _spark(one, depth + 1) for one in children}


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _true(row: Mapping[str, Any], name: str) -> bool:
    return _text(row, name).lower() == "true"


def _service(row: Mapping[str, Any]) -> Service:
    words = tuple(one.strip() for one in _text(row, "keywords").split(",") if one.strip())
    asks = (Attribute("", "string", False, "", variable=False),) if _true(row, "metadata") else ()
    return Service(
        _text(row, "service_code"),
        _text(row, "service_name"),
        _text(row, "description"),
        _text(row, "group"),
        words,
        asks,
    )


def _attribute(row: Mapping[str, Any]) -> Attribute:
    datatype: Datatype = next((one for one in _DATATYPES if one == _text(row, "datatype")), "string")
    values = tuple((_text(one, "key"), _text(one, "name")) for one in _dicts(row.get("values")))
    return Attribute(
        _text(row, "code"), datatype, _true(row, "required"), _text(row, "description"),
        _text(row, "datatype_description"), values, _true(row, "variable"),
    )  # fmt: skip


def _request(row: Mapping[str, Any]) -> ServiceRequest:
    begun = moment(_text(row, "requested_datetime")) or datetime(1970, 1, 1, tzinfo=UTC)
    return ServiceRequest(
        id=_text(row, "service_request_id"), code=_text(row, "service_code"), name=_text(row, "service_name"),
        open=_text(row, "status").lower() != "closed", requested=begun,
        updated=moment(_text(row, "updated_datetime")) or begun, expected=moment(_text(row, "expected_datetime")),
        notes=_text(row, "status_notes"), description=_text(row, "description"), address=_text(row, "address"),
        zipcode=_text(row, "zipcode"), address_id=_text(row, "address_id"), place=_place(row),
        media=_text(row, "media_url"), agency=_text(row, "agency_responsible"), notice=_text(row, "service_notice"),
    )  # fmt: skip


def _place(row: Mapping[str, Any]) -> tuple[float, float] | None:
    try:
        return float(_text(row, "long")), float(_text(row, "lat"))
    except ValueError:
        return None
