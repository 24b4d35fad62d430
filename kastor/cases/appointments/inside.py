"""Effects that touch only the tenant's own rows: they are carried out in the transaction that decides on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kastor.cases.appointments import alarming, answers, offering, ordering

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

INSIDE: Mapping[str, Callable[[Casework, str, Mapping[str, Any]], None]] = {
    "alarm": alarming.alarm,
    "order": ordering.order,
    "offer": offering.offer,
    "visit_over": answers.over,
}
"""By kind of effect."""
