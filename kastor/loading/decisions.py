"""Decisions about findings: the value of the source is kept, or a suggestion becomes a new version of the object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kastor.city.suggestions import suggestion
from kastor.loading.errors import LoadingError
from kastor.store import Tenant
from kastor.store.care import Decision, settle
from kastor.store.errors import UnknownObject
from kastor.store.jobs import Job


def decided(finding: Mapping[str, Any], take: bool) -> Decision:
    """
    The decision about a finding of a report.

    Raises
    ------
    LoadingError
        When a suggestion is to be taken and there is none.
    """
    code, values = str(finding["code"]), finding.get("values", {})
    if take and suggestion(code, values) is None:
        raise LoadingError(
            f"There is no suggestion for finding {code!r}. Correct the object by hand, or keep the value."
        )
    return Decision(str(finding["object"]), code, "taken" if take else "kept", dict(values))


def kept_in(job: Job) -> list[Decision]:
    """The decisions an upload keeps until it is published."""
    return [Decision(d["object"], d["code"], d["what"], d["stated"]) for d in job.decisions]


def apply(tenant: Tenant, dataset_id: str, decisions: Sequence[Decision], who: str) -> int:
    """Carry out decisions about a dataset; those carried out before are left alone. Gives how many were carried out."""
    held = []
    for decision in decisions:
        try:
            if decision.what == "taken":
                _correct(tenant, dataset_id, decision, who)
            held.append(decision)
        except UnknownObject:
            # it went with a newer state of the source
            continue
    with tenant.database.write("The decisions cannot be kept", 60.0) as connection:
        return settle(connection, dataset_id, held, who)


def _correct(tenant: Tenant, dataset_id: str, decision: Decision, who: str) -> None:
    better = suggestion(decision.code, decision.stated)
    if better is None:
        return
    present = next((v.attributes for v in tenant.history(decision.object_id, dataset_id)), None)
    if present is None:
        raise UnknownObject(f"There is no object {decision.object_id!r} in dataset {dataset_id!r}.")
    if present.get(better.attribute) != better.value:
        note = f"Vorschlag: {better.words['de']}"
        tenant.edit_object(decision.object_id, {better.attribute: better.value}, who, note, dataset_id)
