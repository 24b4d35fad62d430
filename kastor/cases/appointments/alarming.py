"""Danger to life, and what cannot wait: people see it at once on the desk, and firms on call are told one by one.

Firms on call are craftsmen of the trade ``notdienst``. Whoever is told has an order like any other; accepting it by its
link ends the alarm. Who does not answer before the steps ask again is not told twice, the next one is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kastor.cases import commands as c
from kastor.cases.appointments import erp, ordering
from kastor.store import crafts

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

ON_CALL = "notdienst"
"""Trade of those who come at any time."""

SUBJECT = "NOTFALL: bitte sofort annehmen"


def alarm(work: Casework, case_id: str, payload: Mapping[str, Any]) -> None:
    """Tell the next firm on call, and people at the desk; ``payload`` is that of the effect ``alarm``."""
    earlier = [one for one in crafts.orders_of(work.connection, case_id) if one.trade == ON_CALL]
    for one in earlier:
        if one.state == crafts.ORDERED:
            crafts.set_order(work.connection, one.id, crafts.WITHDRAWN, work.at)
            erp.tell(work, replace(one, state=crafts.WITHDRAWN))
    work.do(case_id, c.HandOver("emergency"))
    state, procedure = work.state(case_id), work.procedure(case_id)
    form = getattr(procedure, "form", None)
    facts = payload["facts"]
    told = [
        f"{slot.title['de']}: {slot.in_words(facts[name], 'de')}"
        for name, slot in (form.slots if form else {}).items()
        if name in ("gefahr", "bauteil", "symptom", "telefon") and facts.get(name) not in (None, "", "keine")
    ]
    place = state["place"].get("address") or facts.get("adresse") or "Ort noch unbekannt"
    said = {
        "trade": ON_CALL, "subject": SUBJECT, "body": "\n".join([str(place), *told]),
        "phone": facts.get("telefon") or "", "urgency": payload["urgency"], "home": False,
    }  # fmt: skip
    ordering.place(work, case_id, said)
