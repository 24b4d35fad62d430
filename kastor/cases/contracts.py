"""What the ERP knows of a contract, given to who shows that it is theirs: contract number and date of birth.

Who is not known gets no information: without a match the case goes to a person, and nothing says whether a number
exists. The list is loaded from the ERP as CSV and kept in the tenant's directory as facts under a slow hash of number
and date, without names; the hash cannot be read back, and the file is of no use without both. Three wrong answers in a
case end the asking.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import scrypt
from pathlib import Path
from typing import Any

import orjson

from kastor.cases import versions
from kastor.cases.commands import Fact
from kastor.cases.forms import Form, Slot
from kastor.cases.procedure import Procedure
from kastor.store import Tenant

NUMBER, BORN, OBJECT = "vertragsnummer", "geburtsdatum", "objekt"
"""Columns every list has; ``objekt`` is the id of an object of the twin and may be empty."""

FILE = "contracts.json"

MOST_TRIES = 3

EXTRACTOR = "contracts/1"

MOST_ROWS = 200_000

_YES = {"ja": True, "true": True, "1": True, "nein": False, "false": False, "0": False}


class ContractsError(ValueError):
    """A list of contracts that cannot be taken; row, column and cure are named, never what stands there."""


@dataclass(frozen=True)
class Contract:
    """
    A contract.

    Parameters
    ----------
    object
        Id of an object of the twin; empty when not known.
    facts
        Values by slot.
    """

    object: str
    facts: Mapping[str, Any]


def load(tenant: Tenant, content: bytes) -> int:
    """
    Take a list of contracts in place of the one before; gives their number.

    Parameters
    ----------
    content
        CSV in UTF-8 with the columns ``vertragsnummer``, ``geburtsdatum``, ``objekt`` and slots of procedures whose
        source is the ERP or the twin, separated by ``;`` or ``,``.

    Raises
    ------
    ContractsError
        When a column or a value does not fit; nothing is changed then.
    """
    salt = secrets.token_hex(16)
    entries = {_seal(salt, number, born): facts for number, born, facts in _rows(content, _columns(tenant))}
    kept = orjson.dumps({"salt": salt, "entries": entries})
    target = tenant.directory / FILE
    fresh = target.with_suffix(".part")
    fresh.write_bytes(kept)
    fresh.chmod(0o600)
    os.replace(fresh, target)
    return len(entries)


def remove(tenant: Tenant) -> None:
    """Forget all contracts."""
    (tenant.directory / FILE).unlink(missing_ok=True)


def count(tenant: Tenant) -> int | None:
    """Number of contracts; None when no list was loaded."""
    kept = _kept(tenant)
    return None if kept is None else len(kept["entries"])


def find(tenant: Tenant, number: str, born: str) -> Contract | None:
    """The contract of a number and a date of birth (ISO 8601); None when there is none of both."""
    kept = _kept(tenant)
    day = _day(born)
    if kept is None or day is None or not number.strip():
        return None
    found = kept["entries"].get(_seal(kept["salt"], _plain(number), day))
    return None if found is None else Contract(found.get(OBJECT, ""), {k: v for k, v in found.items() if k != OBJECT})


def of(tenant: Tenant, procedure: Procedure, facts: Mapping[str, Any], tries: int) -> Contract | None:
    """
    The contract of who asks; None while number or date are missing or wrong, or were wrong too often.

    Parameters
    ----------
    facts
        Values by slot, with what was just said.
    tries
        How often a date of birth was given in this case before.
    """
    number, born = facts.get(NUMBER), facts.get(BORN)
    asked = {NUMBER, BORN} <= procedure.form.slots.keys()
    if not asked or not isinstance(number, str) or not isinstance(born, str) or tries >= MOST_TRIES:
        return None
    return find(tenant, number, born)


def records(
    tenant: Tenant, procedure: Procedure, facts: Mapping[str, Any], contract: Contract | None
) -> tuple[Fact, ...]:
    """
    Facts of the contract of who asks.

    Where no list is loaded nobody can be known: then number and date count as not known, so that nobody is asked.
    """
    slots = procedure.form.slots
    if contract is None:
        silent = _kept(tenant) is None
        return tuple(
            Fact(name, None, "tenant", 1.0, EXTRACTOR)
            for name in (NUMBER, BORN)
            if silent and name in slots and name not in facts
        )
    return tuple(
        Fact(name, value, "erp", 1.0, EXTRACTOR)
        for name, value in contract.facts.items()
        if name in slots and facts.get(name) != value and not procedure.form.problem(name, value)
    )


def _rows(content: bytes, known: Mapping[str, tuple[Form, Slot]]) -> Iterator[tuple[str, date, dict[str, Any]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractsError("The list is not UTF-8. Save it again as CSV UTF-8.") from error
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") >= first.count(",") else ",")
    columns = [name for name in reader.fieldnames or () if name]
    for name in (NUMBER, BORN):
        if name not in columns:
            raise ContractsError(f"The column {name} is missing. Add it.")
    for name in columns:
        if name not in (NUMBER, BORN, OBJECT) and name not in known:
            raise ContractsError(f"The column {name[:40]!r} is not known. Possible are: {', '.join(sorted(known))}.")
    for at, row in enumerate(reader, start=2):
        if at > MOST_ROWS:
            raise ContractsError(f"More than {MOST_ROWS:,} rows. Load a list of one company.")
        yield _row(at, row, columns, known)


def _row(
    at: int, row: Mapping[str, str | None], columns: list[str], known: Mapping[str, tuple[Form, Slot]]
) -> tuple[str, date, dict[str, Any]]:
    number, day = _plain(row[NUMBER] or ""), _day(row[BORN] or "")
    if not number or day is None:
        raise ContractsError(f"Row {at}: number or date of birth is missing or no date. Write dates as 1980-12-31.")
    facts: dict[str, Any] = {OBJECT: row[OBJECT]} if row.get(OBJECT) else {}
    for name in columns:
        text = (row[name] or "").strip()
        if name in known and text:
            form, slot = known[name]
            facts[name] = _value(slot, text)
            if facts[name] is None or form.problem(name, facts[name]):
                raise ContractsError(f"Row {at}, column {name}: the value is no {slot.kind} that fits. Correct it.")
    return number, day, facts


def _value(slot: Slot, text: str) -> Any:
    if slot.kind == "boolean":
        return _YES.get(text.lower())
    if slot.kind in ("integer", "number"):
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            return None
        return int(number) if number.is_integer() else number
    return text


def _columns(tenant: Tenant) -> dict[str, tuple[Form, Slot]]:
    """Slots of the tenant's procedures that a contract can answer."""
    with tenant.database.read() as connection:
        procedures = versions.all_in_force(connection)
    return {
        slot.id: (one.form, slot)
        for one in procedures.values()
        for slot in one.form.slots.values()
        if slot.source in ("erp", "twin")
    }


def _plain(number: str) -> str:
    return "".join(sign for sign in number.casefold() if sign.isalnum())


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def _seal(salt: str, number: str, born: date) -> str:
    said = f"{number}|{born.isoformat()}".encode()
    return scrypt(said, salt=bytes.fromhex(salt), n=2**10, r=8, p=1, dklen=24).hex()


def _kept(tenant: Tenant) -> Mapping[str, Any] | None:
    path = tenant.directory / FILE
    try:
        stand = path.stat()
    except FileNotFoundError:
        return None
    return _read(path, stand.st_mtime_ns, stand.st_size)


@lru_cache(maxsize=32)
def _read(path: Path, changed: int, size: int) -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads(path.read_bytes())
    return found
