"""A decision on record: what was chosen among which variants, on which results, checks and contributions.

While it is a draft it names what it cites. Signing fixes what each of them was at that moment, with its hash, and the
hash of the whole goes into the audit log: nobody can change afterwards what a council decided on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Day
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from kastor.planning.computing import stale
from kastor.process import InvalidInput, Words
from kastor.store import Tenant, expertises, resolutions, results, variants
from kastor.store.moments import now
from kastor.store.resolutions import Resolution
from kastor.store.results import DOCUMENT, ROOM, UnknownResult
from kastor.store.variants import UnknownVariant
from kastor.store.visibility import ALL

Text = Annotated[str, Field(max_length=20_000)]
Line = Annotated[str, Field(max_length=300)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Part):
    """A variant that was decided on; with an empty id the city as it is."""

    id: Line = ""
    revision: Annotated[int, Field(ge=0)] = 0
    chosen: bool = False
    note: Text = ""


class PlanCheck(_Part):
    """What a check of a variant against a plan gave."""

    plan: Line
    variant: Line = ""
    revision: Annotated[int, Field(ge=0)] = 0
    kept: Count = 0
    broken: Count = 0
    unknown: Count = 0
    note: Text = ""


class Participation(_Part):
    """How the public took part."""

    title: Line
    period: Line = ""
    contributions: Count = 0
    summary: Text = ""


class Role(_Part):
    """What somebody did in which role; no names."""

    role: Line
    part: Line = ""


class Votes(_Part):
    """How was voted."""

    yes: Count
    no: Count
    abstained: Count = 0


class Draft(_Part):
    """
    A decision that is being written.

    Parameters
    ----------
    title, subject, number
        What it is about, and its number at the municipality.
    body, date
        Which council or committee decides, and when (ISO 8601).
    text, reasons
        The wording, and why.
    variants, results
        What is decided on: variants with their revisions, ids of results.
    plan_checks, participation, roles, votes
        See the classes.
    outcome
        Whether it was accepted.
    """

    title: Annotated[str, Field(min_length=1, max_length=200)]
    subject: Text = ""
    number: Line = ""
    body: Line = ""
    date: Day | None = None
    text: Text = ""
    reasons: Text = ""
    outcome: Literal["accepted", "declined", "postponed", ""] = ""
    variants: Annotated[tuple[Option, ...], Field(max_length=12)] = ()
    results: Annotated[tuple[Line, ...], Field(max_length=100)] = ()
    plan_checks: Annotated[tuple[PlanCheck, ...], Field(max_length=50)] = ()
    participation: Annotated[tuple[Participation, ...], Field(max_length=50)] = ()
    roles: Annotated[tuple[Role, ...], Field(max_length=50)] = ()
    votes: Votes | None = None


def sign(tenant: Tenant, resolution_id: str, expected: int, who: str, role: str) -> Resolution:
    """
    Sign a draft: what it cites is fixed as it is now.

    Parameters
    ----------
    who, role
        Who signs, kept in the audit log; and in which role, which the record says.

    Raises
    ------
    InvalidInput
        When something it needs is missing, or it cites what is not there.
    """
    found = resolutions.resolution(tenant.database, resolution_id)
    if found.signed:
        raise resolutions.ResolutionSigned(f"The record was signed on {found.signed[:10]} and stays as it is.")
    draft = Draft.model_validate(found.document)
    _check_complete(draft)
    document = {
        **draft.model_dump(mode="json"),
        "tenant": {"id": tenant.id, "title": tenant.info.title},
        "id": resolution_id,
        "variants": [_variant(tenant, option) for option in draft.variants],
        "results": [_result(tenant, one) for one in draft.results],
        "signed": now(),
        "signed_by": role,
    }
    return resolutions.sign(tenant.database, resolution_id, expected, document, who)


def _check_complete(draft: Draft) -> None:
    lacking = [
        (name, de)
        for name, de, value in (
            ("text", "Wortlaut", draft.text.strip()), ("body", "Gremium", draft.body.strip()),
            ("date", "Datum", draft.date), ("outcome", "Ergebnis der Abstimmung", draft.outcome),
            ("variants", "Varianten", draft.variants), ("roles", "Rollen", draft.roles),
        )
        if not value
    ]  # fmt: skip
    if lacking:
        raise InvalidInput(
            f"{', '.join(name for name, _ in lacking)}: missing; complete the draft, then sign.",
            f"Es fehlt: {', '.join(de for _, de in lacking)}. Ergänzen Sie den Entwurf und unterzeichnen Sie dann.",
        )
    if sum(option.chosen for option in draft.variants) != 1 and draft.outcome == "accepted":
        raise InvalidInput(
            "variants.chosen: exactly one variant must be the one that was chosen.",
            "Genau eine Variante muss als beschlossen gekennzeichnet sein.",
        )


def _variant(tenant: Tenant, option: Option) -> dict[str, Any]:
    """A variant as it is at this revision, with all of its edits."""
    said = option.model_dump(mode="json")
    if not option.id:
        return {**said, "name": "Bestand", "edits": [], "hash": _digest([])}
    try:
        found = variants.variant(tenant.database, option.id)
        saved = variants.saved(tenant.database, option.id, option.revision)
    except UnknownVariant as error:
        raise InvalidInput(
            f"variants: {error}", f"Die Variante {option.id} in Fassung {option.revision} gibt es nicht."
        ) from error
    return {**said, "name": found.name, "origin": found.origin, "saved": saved.at, "edits": saved.edits,
            "hash": _digest(saved.edits)}  # fmt: skip


def _result(tenant: Tenant, result_id: str) -> dict[str, Any]:
    """What a result said, where it came from, and the hash of each of its files."""
    try:
        kept = results.result(tenant.database, result_id)
        document = orjson.loads(results.file_of(tenant, result_id, DOCUMENT).read_bytes())
    except UnknownResult as error:
        raise InvalidInput(f"results: {error}", f"Das Ergebnis {result_id[:40]} gibt es nicht.") from error
    return {
        "id": result_id, "process": document["process"], "made": kept.made, "variant": document.get("variant"),
        "data": document["data"], "indicators": document["indicators"], "notes": document["notes"],
        "stale": stale(tenant, kept), "files": _files(tenant, result_id),
        "expertises": [
            {"id": e.id, "title": e.title, "office": e.office, "note": e.note, "hash": e.hash, "at": e.at}
            for e in expertises.expertises_of(tenant.database, result_id)
        ],
    }  # fmt: skip


def _files(tenant: Tenant, result_id: str) -> dict[str, str]:
    room = tenant.directory / ROOM / result_id
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in sorted(room.iterdir())}


def _digest(value: Any) -> str:
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def faults(tenant: Tenant, only: str = "") -> list[Words]:
    """
    What was tampered with: signed records, what they cite, or the log; empty when all is as it was signed.

    Parameters
    ----------
    only
        Id of a record; all when empty.
    """
    tenant = tenant.showing(ALL)
    anchors = resolutions.anchors(tenant.database)
    signed = {one.id: one for one in resolutions.all_resolutions(tenant.database) if one.signed}
    found = [
        _fault(
            f"Laut Protokoll wurde der Beschluss {gone} unterzeichnet, er ist aber nicht mehr da.",
            f"The log says that the record {gone} was signed, but it is not here any more.",
        )
        for gone in anchors
        if gone not in signed and only in ("", gone)
    ]
    for one in signed.values():
        if only in ("", one.id):
            found += _faults_of(tenant, one, anchors.get(one.id, []))
    return found


def altered(tenant: Tenant, record: Resolution) -> list[Words]:
    """What of a signed record, or of what it cites, was tampered with; a draft may change."""
    return faults(tenant, record.id) if record.signed else []


def _fault(de: str, en: str) -> Words:
    return {
        "de": f"{de} Stellen Sie den Mandanten aus einer älteren Sicherung wieder her.",
        "en": f"{en} Restore the tenant from an older backup.",
    }


def _faults_of(tenant: Tenant, one: Resolution, anchored: list[str]) -> list[Words]:
    actual = sha256(one.content).hexdigest()
    found: list[Words] = []
    if actual != one.hash:
        found.append(
            _fault(
                f"Der Beschluss {one.id} wurde nach dem Unterzeichnen verändert: Prüfsumme {actual[:16]} statt"
                f" {one.hash[:16]}.",
                f"The record {one.id} was altered after it was signed: checksum {actual[:16]} instead of"
                f" {one.hash[:16]}.",
            )
        )
    if anchored != [one.hash]:
        found.append(
            _fault(
                f"Der Beschluss {one.id} ist nicht der, dessen Prüfsumme im Protokoll steht.",
                f"The record {one.id} is not the one the audit log holds the hash of.",
            )
        )
    if found:
        return found
    document = one.document
    for cited in document["variants"]:
        found += _faults_of_variant(tenant, one.id, cited)
    for cited in document["results"]:
        found += _faults_of_result(tenant, one.id, cited)
    return found


def _missing(de: str, en: str, record: str) -> Words:
    return _fault(
        f"{de}, worauf der Beschluss {record} sich beruft, fehlt.", f"{en} the record {record} cites is gone."
    )


def _differs(de: str, en: str, record: str) -> Words:
    return _fault(
        f"{de}, worauf der Beschluss {record} sich beruft, wurde verändert.",
        f"{en} the record {record} cites was altered.",
    )


def _faults_of_variant(tenant: Tenant, record: str, cited: Mapping[str, Any]) -> list[Words]:
    if not cited["id"]:
        return []
    name = f"{cited['id']}@{cited['revision']}"
    try:
        saved = variants.saved(tenant.database, cited["id"], cited["revision"])
    except UnknownVariant:
        return [_missing(f"Die Variante {name}", f"The variant {name}", record)]
    if _digest(saved.edits) != cited["hash"]:
        return [_differs(f"Die Variante {name}", f"The variant {name}", record)]
    return []


def _faults_of_result(tenant: Tenant, record: str, cited: Mapping[str, Any]) -> list[Words]:
    room = tenant.directory / ROOM / cited["id"]
    found: list[Words] = []
    for name, digest in cited["files"].items():
        file = room / name
        about = f"Die Datei {name} des Ergebnisses {cited['id']}", f"The file {name} of the result {cited['id']}"
        if not file.is_file():
            found.append(_missing(*about, record))
        elif sha256(file.read_bytes()).hexdigest() != digest:
            found.append(_differs(*about, record))
    for expertise in cited["expertises"]:
        files = list((tenant.directory / expertises.ROOM).glob(f"{expertise['id']}.*"))
        about = f"Das Gutachten {expertise['id']}", f"The report {expertise['id']}"
        if not files:
            found.append(_missing(*about, record))
        elif sha256(files[0].read_bytes()).hexdigest() != expertise["hash"]:
            found.append(_differs(*about, record))
    return found
