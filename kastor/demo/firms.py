"""The demo's firms: whatever is ordered from one of them is accepted at once, so that times for a visit are offered.

No mail leaves the demo: what would be written to a firm is answered here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kastor.cases import casework
from kastor.cases.appointments import answers
from kastor.cases.delivery import Sender
from kastor.store import crafts
from kastor.store.database import Database
from kastor.store.outbox import Item


def accept(database: Database, item: Item) -> None:
    """Take the order a mail is about; a ``Sender`` of effects."""
    with casework.begin(database, datetime.fromisoformat(item.made)) as work:
        for order in crafts.orders_of(work.connection, item.case):
            if order.state == crafts.ORDERED:
                answers.take(work, order, answers.ACCEPT)


SENDERS: Mapping[str, Sender] = {"craft": accept}
"""Who carries out which effects in the demo."""
