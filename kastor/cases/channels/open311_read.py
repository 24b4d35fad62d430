"""What a client of Open311 sends: a new request, or which requests it wants; checked, with the standard's errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kastor.cases.channels.mail_headers import plain
from kastor.cases.channels.open311 import LONGEST, Attribute, Service

SPAN = timedelta(days=90)
"""Longest time between the first and the last of the requests that are asked for."""

MOST = 1000
"""Requests of one answer."""

_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,80})\](\[\])?")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
_URL = re.compile(r"https?://\S{1,1900}")


class Open311Error(ValueError):
    """
    What the standard answers with an error.

    Parameters
    ----------
    found
        Codes of HTTP and sentences.
    """

    def __init__(self, *found: tuple[int, str]) -> None:
        super().__init__(" ".join(text for _, text in found))
        self.found = found

    @property
    def status(self) -> int:
        """The code of HTTP: that of the first error."""
        return self.found[0][0]


@dataclass(frozen=True)
class Posted:
    """
    A request somebody makes.

    Parameters
    ----------
    service
        Which kind.
    description
        What is the matter.
    place
        Longitude and latitude; None when an address is given instead. [degree]
    address, address_id
        Where it is in words, or by the id of an address.
    name, email, phone
        Who makes it; empty when not said.
    attributes
        Answers by code; lists where several can be chosen.
    media
        Addresses of pictures; never fetched.
    account
        The client's id of who makes it.
    """

    service: Service
    description: str
    place: tuple[float, float] | None
    address: str
    address_id: str
    name: str
    email: str
    phone: str
    attributes: Mapping[str, str | list[str]] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    account: str = ""


def posted(fields: Sequence[tuple[str, str]], offered: Mapping[str, Service]) -> Posted:
    """
    The request in the fields of a form.

    Parameters
    ----------
    fields
        Names and values, in their order.
    offered
        Services by code.

    Raises
    ------
    Open311Error
        404 for an unknown service, 400 for what is missing or makes no sense; all of it at once.
    """
    given = dict(fields)
    code = given.get("service_code", "").strip()
    if not code:
        raise Open311Error((400, "service_code was not provided. See services for those there are."))
    service = offered.get(code)
    if service is None:
        raise Open311Error((404, f"service_code {code[:60]!r} was not found. See services for those there are."))
    problems: list[tuple[int, str]] = []
    place = _place(given, problems)
    address, address_id = (plain(given.get(name, ""), 300) for name in ("address_string", "address_id"))
    if place is None and not address and not address_id and not problems:
        problems.append((400, "A place is needed: lat and long, or address_string, or address_id."))
    description = given.get("description", "").replace("\x00", "").strip()
    if len(description) > LONGEST:
        problems.append((400, f"description has {len(description)} characters; at most {LONGEST} are taken."))
    email = given.get("email", "").strip()
    if email and not _EMAIL.fullmatch(email):
        problems.append((400, f"email {email[:60]!r} is no address."))
    attributes = _attributes(fields, service, problems)
    media = tuple(value for name, value in fields if name in ("media_url", "media_url[]") and _URL.fullmatch(value))[
        :10
    ]
    if problems:
        raise Open311Error(*problems)
    name = plain(" ".join(given.get(one, "").strip() for one in ("first_name", "last_name")), 150)
    return Posted(
        service=service, description=description, place=place, address=address, address_id=address_id, name=name,
        email=email, phone=plain(given.get("phone", ""), 40), attributes=attributes, media=media,
        account=plain(given.get("account_id", ""), 100),
    )  # fmt: skip


def _place(given: Mapping[str, str], problems: list[tuple[int, str]]) -> tuple[float, float] | None:
    texts = [given.get(name, "").strip() for name in ("long", "lat")]
    if not any(texts):
        return None
    if not all(texts):
        problems.append((400, "lat and long must be given together."))
        return None
    try:
        longitude, latitude = float(texts[0]), float(texts[1])
    except ValueError:
        longitude, latitude = 999.0, 999.0
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        problems.append((400, f"lat {texts[1][:20]!r} and long {texts[0][:20]!r} are no place in degrees (WGS 84)."))
        return None
    return longitude, latitude


def _attributes(
    fields: Sequence[tuple[str, str]], service: Service, problems: list[tuple[int, str]]
) -> dict[str, str | list[str]]:
    asked = {one.code: one for one in service.attributes if one.variable}
    found: dict[str, list[str]] = {}
    for name, value in fields:
        match = _ATTRIBUTE.fullmatch(name)
        if not match or not value.strip():
            continue
        if match.group(1) not in asked:
            problems.append((400, f"attribute {match.group(1)!r} is none of service {service.code}."))
            continue
        found.setdefault(match.group(1), []).append(value.strip()[:LONGEST])
    for one in asked.values():
        if one.required and one.code not in found:
            problems.append((400, f"attribute[{one.code}] was not provided: {one.description}"))
        problems += [(400, text) for value in found.get(one.code, []) if (text := _wrong(one, value))]
    return {code: values if asked[code].datatype == "multivaluelist" else values[-1] for code, values in found.items()}


def _wrong(one: Attribute, value: str) -> str:
    """What is wrong with an answer; empty when nothing is."""
    keys = [key for key, _ in one.values]
    if one.datatype in ("singlevaluelist", "multivaluelist") and value not in keys:
        return f"attribute[{one.code}] {value[:60]!r} is none of {', '.join(keys)}."
    if one.datatype == "number" and not re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", value):
        return f"attribute[{one.code}] {value[:60]!r} is no number; write it with a point, such as 2.5."
    if one.datatype == "datetime" and moment(value) is None:
        return f"attribute[{one.code}] {value[:60]!r} is no moment; write it as 2026-01-31T12:00:00Z."
    return ""


def moment(text: str) -> datetime | None:
    """A moment of W3C's note, with its zone, UTC; None when it is none."""
    try:
        found = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


@dataclass(frozen=True)
class Wanted:
    """
    Which requests are wanted.

    Parameters
    ----------
    ids
        Only these, whatever else is said; None when not asked for by id.
    codes
        Only of these services; all when empty.
    first, last
        Requested not before and not after, UTC.
    states
        ``open``, ``closed`` or both.
    page, size
        Which part of the list, 1 first.
    """

    ids: tuple[str, ...] | None
    codes: tuple[str, ...]
    first: datetime
    last: datetime
    states: frozenset[str]
    page: int = 1
    size: int = MOST


def wanted(query: Mapping[str, str], now: datetime) -> Wanted:
    """
    Which requests a query asks for; without dates those of the last 90 days.

    Raises
    ------
    Open311Error
        400 for what makes no sense.
    """
    ids = _several(query.get("service_request_id", ""))
    states = _several(query.get("status", "")) or ("open", "closed")
    problems = [
        (400, f"status {one[:20]!r} is neither open nor closed.") for one in states if one not in ("open", "closed")
    ]
    first, last = (_date(query, name, problems) for name in ("start_date", "end_date"))
    if first is not None and last is not None and not timedelta() <= last - first <= SPAN:
        problems.append((400, "start_date and end_date may span 0 to 90 days."))
    page, size = (_count(query, name, most, problems) for name, most in (("page", 100_000), ("page_size", MOST)))
    if problems:
        raise Open311Error(*problems)
    last = last or (first + SPAN if first is not None else now)
    return Wanted(
        ids=ids or None, codes=_several(query.get("service_code", "")), first=first or last - SPAN, last=last,
        states=frozenset(states), page=page or 1, size=size or MOST,
    )  # fmt: skip


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in text[:20_000].split(",") if one.strip()))[:MOST]


def _date(query: Mapping[str, str], name: str, problems: list[tuple[int, str]]) -> datetime | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    found = moment(text)
    if found is None:
        problems.append((400, f"{name} {text[:40]!r} is no moment with its zone, such as 2026-01-31T00:00:00Z."))
    return found


def _count(query: Mapping[str, str], name: str, most: int, problems: list[tuple[int, str]]) -> int | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"\d{1,6}", text) or not 1 <= int(text) <= most:
        problems.append((400, f"{name} {text[:20]!r} is not 1 to {most}."))
        return None
    return int(text)
