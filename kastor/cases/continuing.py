"""Going on in the browser with a case that came by mail: a link that opens the same conversation there.

The link carries the case, the day it ends and a code made with the key of the case, so nothing has to be kept, nobody
can make one, and it is gone when the case is erased. Looking at it changes nothing, since mail servers look at links;
only the button behind it lets a browser take part.
"""

from __future__ import annotations

import hmac
import os
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from kastor.store import cases
from kastor.store.cases import CaseErased, UnknownCase
from kastor.store.errors import StoreError

DAYS = 30
"""How long a link holds."""


class LinkEnded(StoreError):
    """A link is no longer good, or never was."""


def link(tenant: str, case_id: str, key: bytes, now: datetime) -> str:
    """
    Where somebody goes on in the browser; empty when this instance has no address (``KASTOR_PUBLIC_URL``).

    Parameters
    ----------
    key
        Of the case.
    """
    address = os.environ.get("KASTOR_PUBLIC_URL", "").rstrip("/")
    until = (now + timedelta(days=DAYS)).date()
    return f"{address}/{tenant}/chat/continue/{case_id}.{until:%Y%m%d}.{_code(case_id, key, until)}" if address else ""


def case_of(connection: Connection, token: str, now: datetime) -> str:
    """
    The case a link leads to.

    Parameters
    ----------
    token
        The last part of its address.

    Raises
    ------
    LinkEnded
        When it is forged or damaged, its time is over, or the case was erased; it does not say which.
    """
    case_id, _, rest = token.partition(".")
    day, _, code = rest.partition(".")
    try:
        until = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date()
        right = hmac.compare_digest(_code(case_id, cases.key_of(connection, case_id), until).encode(), code.encode())
    except (ValueError, UnknownCase, CaseErased):
        right = False
    if not right or now.date() > until:
        raise LinkEnded("This link no longer holds. Answer the mail instead, or begin anew.")
    return case_id


def _code(case_id: str, key: bytes, until: date) -> str:
    return hmac.new(key, f"continue:{case_id}:{until:%Y%m%d}".encode(), sha256).hexdigest()[:40]
