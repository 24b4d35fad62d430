"""The system of the housing company hears of orders and closed cases, in its own words.

Three ways: REST and webhook (JSON, with ``Idempotency-Key``; a webhook is signed), or files in the tenant's directory
``erp`` that the other system fetches (CSV or XML). A tenant says in its settings what fields and states are called over
there. What cannot be handed over waits in the outbox and is tried again with the same key; a file has the key as its
name. So a system that is down for a day misses nothing and, if it knows keys, gets nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit

from kastor.cases import commands as c
from kastor.cases.channels.settings import LOCAL, ChannelError
from kastor.store import crafts
from kastor.store.crafts import ORDER_STATES, Order

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

Way = Literal["rest", "webhook", "csv", "xml"]
"""How things are handed over."""

NAME = "erp"
"""The connection in the tenant's tables."""

ORDER_FIELDS = ("order", "case", "state", "trade", "craftsman", "place", "urgency", "latest", "at", "begin", "end")
CASE_FIELDS = ("case", "procedure", "outcome", "urgency", "place", "opened", "at", "rating")
"""What can be told of an order, and of a case that is over."""

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}")


@dataclass(frozen=True)
class ErpSettings:
    """
    How a tenant's system is told.

    Parameters
    ----------
    way
        ``rest`` or ``webhook`` (JSON to ``url``), ``csv`` or ``xml`` (files in the tenant's directory ``erp``).
    url
        Where to; https, or http on this machine only.
    fields
        What our fields are called there; a field with an empty name is not told.
    states
        What our states of orders are called there, both ways.
    constants
        What is added to everything, such as the number of the company.
    """

    way: Way
    url: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.way not in get_args(Way):
            raise ChannelError(f"way: {str(self.way)[:20]!r} is none of {', '.join(get_args(Way))}.")
        if self.way in ("rest", "webhook"):
            _check_url(self.url)
        for name, known in (("fields", {*ORDER_FIELDS, *CASE_FIELDS, "record"}), ("states", {*ORDER_STATES})):
            for one in getattr(self, name):
                if one not in known:
                    raise ChannelError(f"{name}: {one[:40]!r} is none of {', '.join(sorted(known))}.")
        for one in (*self.fields.values(), *self.constants):
            if one and not _FIELD.fullmatch(one):
                raise ChannelError(f"fields: {one[:40]!r} is no name of a field. Use letters, digits, _ . and -.")
        if len(set(self.states.values())) < len(self.states):
            raise ChannelError("states: two states are called the same; then none could come back.")


def _check_url(url: str) -> None:
    found = urlsplit(url)
    if found.scheme != "https" and not (found.scheme == "http" and found.hostname in LOCAL):
        raise ChannelError(f"url: {url[:80]!r} must begin with https:// (http:// on this machine only).")


def read(values: Mapping[str, Any]) -> ErpSettings:
    """
    Settings out of plain JSON.

    Raises
    ------
    ChannelError
        When one is unknown, missing or makes no sense.
    """
    known = {one.name for one in fields(ErpSettings)}
    for name, value in values.items():
        if name not in known:
            raise ChannelError(f"{name[:40]!r} is no setting. There are: {', '.join(sorted(known))}.")
        texts = isinstance(value, Mapping) and all(isinstance(one, str) for pair in value.items() for one in pair)
        if not (texts if name in ("fields", "states", "constants") else isinstance(value, str)):
            raise ChannelError(f"{name}: must be {'an object of texts' if name not in ('way', 'url') else 'a text'}.")
    if "way" not in values:
        raise ChannelError(f"way: is missing. Say one of {', '.join(get_args(Way))}.")
    return ErpSettings(**values)


def tell(work: Casework, order: Order) -> None:
    """Let the system hear how an order stands; nothing where there is none."""
    if crafts.connection_settings(work.connection, NAME) is None:
        return
    state = work.state(order.case)
    visit = state["appointment"] if state["appointment"].get("state") == "booked" else {}
    payload = {
        "record": "order", "order": order.id, "case": order.case, "state": order.state, "trade": order.trade,
        "craftsman": order.craftsman, "place": state["place"].get("address", ""), "urgency": state["urgency"],
        "latest": order.latest or "", "at": work.at, "begin": visit.get("begin", ""), "end": visit.get("end", ""),
    }  # fmt: skip
    work.do(order.case, c.Send("erp", payload, f"erp:{order.case}"))


def record(settings: ErpSettings, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is told, with the names the other system has for it."""
    kind = payload.get("record", "case")
    told: dict[str, Any] = {"record": kind}
    for name in ORDER_FIELDS if kind == "order" else CASE_FIELDS:
        value = payload.get(name)
        told[name] = value.get("address", "") if isinstance(value, Mapping) else value
    if kind == "order":
        told["state"] = settings.states.get(told["state"], told["state"])
    named = {settings.fields.get(name, name): value for name, value in told.items()}
    return {**settings.constants, **{name: value for name, value in named.items() if name}}


def state_of(settings: ErpSettings | None, said: str) -> str:
    """Our word for the state of an order the other system names; empty when there is none."""
    theirs = {word: ours for ours, word in settings.states.items()} if settings else {}
    found = theirs.get(said, said)
    return found if found in ORDER_STATES else ""
