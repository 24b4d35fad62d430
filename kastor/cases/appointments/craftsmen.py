"""Craftsmen as people enter them: checked one by one, or a table of them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date

from kastor.cases.appointments.times import hours_of
from kastor.store.crafts import Craftsman

COLUMNS = (
    "id",
    "name",
    "mail",
    "trades",
    "areas",
    "hours",
    "contract",
    "priority",
    "capacity",
    "longitude",
    "latitude",
)
"""Of a table; the first four are needed, lists in a cell are separated by spaces."""

LARGEST, MOST = 2**20, 2000
"""Of a table: bytes, and craftsmen."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TRADE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class CraftError(ValueError):
    """Something about a craftsman makes no sense; the message names the field, its value and the cure."""


def checked(one: Craftsman) -> Craftsman:
    """
    The same craftsman.

    Raises
    ------
    CraftError, HoursError
        When a field makes no sense.
    """
    if not _ID.fullmatch(one.id):
        raise CraftError(f"id: {one.id[:60]!r} is none. Use small letters, digits and -, such as sanitaer-quelle.")
    if not one.name.strip() or len(one.name) > 200 or not one.name.isprintable():
        raise CraftError(f"name: {one.name[:60]!r} is none. Give the name of the firm in one line.")
    if len(one.mail) > 254 or not _MAIL.fullmatch(one.mail):
        raise CraftError(f"mail: {one.mail[:60]!r} is no mail address. Orders go there.")
    if not one.trades or not all(_TRADE.fullmatch(trade) for trade in one.trades):
        raise CraftError(f"trades: {' '.join(one.trades)[:60]!r}. Give at least one as the rules name it: sanitaer.")
    for area in one.areas:
        if not re.fullmatch(r"\d{1,5}", area):
            raise CraftError(f"areas: {area[:20]!r} is no postcode or beginning of one, such as 46282 or 46.")
    if not 1 <= one.priority <= 99 or not 1 <= one.capacity <= 50:
        raise CraftError(f"priority 1 to 99 and capacity 1 to 50, not {one.priority} and {one.capacity}.")
    if one.place and not (-180 <= one.place[0] <= 180 and -90 <= one.place[1] <= 90):
        raise CraftError(f"longitude, latitude: {one.place} is no place.")
    hours_of(one.hours)
    return one


def absent(one: Craftsman, first: date, last: date) -> Craftsman:
    """
    A craftsman who does not work on some more days.

    Raises
    ------
    CraftError
        When the last day is before the first.
    """
    if last < first:
        raise CraftError(f"until: {last} is before {first}.")
    return replace(one, absences=tuple(sorted({*one.absences, (first.isoformat(), last.isoformat())})))


def read(content: bytes) -> list[Craftsman]:
    """
    Craftsmen out of a table (CSV, ``;`` or ``,``, UTF-8).

    Raises
    ------
    CraftError, HoursError
        When the table or a line makes no sense; the message names the line.
    """
    if len(content) > LARGEST:
        raise CraftError(f"The table has {len(content):,} bytes; at most {LARGEST:,} are read.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CraftError("The table is not in UTF-8. Save it as CSV UTF-8.") from None
    head = text.partition("\n")[0]
    lines = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
    missing = [name for name in COLUMNS[:4] if name not in (lines.fieldnames or ())]
    unknown = [name for name in lines.fieldnames or () if name not in COLUMNS]
    if missing or unknown:
        raise CraftError(f"columns: missing {missing}, unknown {unknown}. There are: {', '.join(COLUMNS)}.")
    found: list[Craftsman] = []
    for row in lines:
        if len(found) == MOST:
            raise CraftError(f"The table has more than {MOST} craftsmen.")
        try:
            found.append(_of_row({name: (row.get(name) or "").strip() for name in COLUMNS}))
        except ValueError as error:
            raise CraftError(f"line {lines.line_num}: {error}") from None
    if len({one.id for one in found}) < len(found):
        raise CraftError("id: two lines have the same one.")
    return found


def _of_row(row: dict[str, str]) -> Craftsman:
    if row["contract"].lower() not in ("", "ja", "nein", "yes", "no"):
        raise CraftError(f"contract: {row['contract'][:20]!r} is neither ja nor nein.")
    place = (float(row["longitude"]), float(row["latitude"])) if row["longitude"] and row["latitude"] else None
    return checked(
        Craftsman(
            row["id"], row["name"], row["mail"], tuple(row["trades"].split()), tuple(row["areas"].split()),
            row["hours"] or Craftsman.hours, contract=row["contract"].lower() in ("ja", "yes"),
            priority=int(row["priority"] or Craftsman.priority), capacity=int(row["capacity"] or Craftsman.capacity),
            place=place,
        )
    )  # fmt: skip
