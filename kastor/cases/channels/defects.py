"""Defect reports as Open311 shows them: services out of the procedure, requests out of cases, as far as published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import orjson
from PIL import Image, ImageOps
from sqlalchemy import Connection, select

from kastor.cases import casework, versions
from kastor.cases.channels.inbox import Receive
from kastor.cases.channels.open311 import Attribute, Datatype, Service, ServiceRequest
from kastor.cases.channels.open311_read import Open311Error, Posted, Wanted
from kastor.cases.events import State
from kastor.cases.forms import Slot
from kastor.cases.message import OPEN311, Attachment, Language, Message
from kastor.cases.offering import offered_by
from kastor.cases.procedure import Procedure
from kastor.cases.redaction import Redacted, redact
from kastor.cases.whereabouts import ADDRESS
from kastor.store import Tenant, case_files, cases, channels
from kastor.store.case_links import case_of_thread
from kastor.store.case_schema import cases as case_table
from kastor.store.cases import Case, CaseErased, UnknownCase
from kastor.store.channel_schema import publications
from kastor.store.channels import Publication
from kastor.store.moments import moment

PROCEDURE, CATEGORY, DESCRIPTION = "maengel", "kategorie", "beschreibung"
"""The procedure of defects that comes with Kastor, the slot of services, and that of the description."""

INTENT, SUMMARY, ANYBODY = "_intent", "_summary", "_person"
"""Slots of the dialogue: what it is about, whether everything is right, and that a person is wanted."""

MOST_TURNS = 12
"""Questions of the dialogue that are answered for one report."""

SAME = timedelta(minutes=10)
"""The same request again within this time is one that was sent twice."""

MOST_PIXELS, LONGEST_SIDE = 60_000_000, 2000
"""Of a photo that is published, and of what is shown of it. [pixel]"""

FINISHED = frozenset({"closed", "erased"})
"""States of a case that are ``closed`` to Open311."""

_NOTES = {
    "de": {"open": "Eingegangen", "staff": "In Bearbeitung", "taken": "In Bearbeitung", "decided": "Entschieden",
           "closed": "Erledigt", "erased": "Erledigt"},
    "en": {"open": "Received", "staff": "Being worked on", "taken": "Being worked on", "decided": "Decided",
           "closed": "Done", "erased": "Done"},
}  # fmt: skip


def services(tenant: Tenant, language: str) -> dict[str, Service]:
    """What can be reported, by code, in German or English: all offered procedures of public law about a point."""
    found: dict[str, Service] = {}
    for procedure in offered_by(tenant).values():
        if _is_of_defects(procedure):
            found |= _services_of(procedure, language)
    return found


def _is_of_defects(procedure: Procedure) -> bool:
    return procedure.about.law == "public" and procedure.about.place == "point"


def _services_of(procedure: Procedure, language: str) -> dict[str, Service]:
    """Services of a procedure: one for each category, or one where it has none."""
    about, slots = procedure.about, procedure.form.slots
    asked = tuple(_attribute(one, language) for one in slots.values() if _is_asked(one))
    group = about.names[language]
    if not _categories(procedure):
        code = _code(procedure.id, "")
        return {code: Service(code, group, about.purpose[language], group, (), asked)}
    return {
        code: Service(code, choice.names[language], choice.names[language], group, (), asked)
        for choice in slots[CATEGORY].choices
        for code in [_code(procedure.id, choice.id)]
    }


def _categories(procedure: Procedure) -> tuple[str, ...]:
    return tuple(choice.id for choice in procedure.form.slots[CATEGORY].choices) if _has(procedure, CATEGORY) else ()


def _has(procedure: Procedure, slot: str) -> bool:
    return slot in procedure.form.slots


def _code(procedure: str, category: str) -> str:
    """Code of a service; that of a tenant's own procedure names it, so that two may have the same category."""
    return category if procedure == PROCEDURE else f"{procedure}-{category or 'report'}"


def _of_code(tenant: Tenant, code: str) -> tuple[Procedure, str]:
    """Procedure and category of a service; the category is empty where the procedure has none."""
    for procedure in offered_by(tenant).values():
        for category in (_categories(procedure) or ("",)) if _is_of_defects(procedure) else ():
            if _code(procedure.id, category) == code:
                return procedure, category
    raise Open311Error((404, f"service_code {code[:60]!r} was not found. See services for those there are."))


def _is_asked(slot: Slot) -> bool:
    own = slot.id not in (CATEGORY, DESCRIPTION)
    return own and slot.ask and slot.source == "requester" and not slot.personal


def _attribute(slot: Slot, language: str) -> Attribute:
    kinds: dict[str, Datatype] = {"number": "number", "integer": "number", "boolean": "singlevaluelist"}
    values = tuple((choice.id, choice.names[language]) for choice in slot.choices)
    if slot.kind == "boolean":
        values = (("true", "Ja" if language == "de" else "Yes"), ("false", "Nein" if language == "de" else "No"))
    kind: Datatype = "singlevaluelist" if values else kinds.get(slot.kind, "text")
    return Attribute(slot.id, kind, False, slot.question[language], slot.help.get(language, ""), values)


def report(
    tenant: Tenant, posted: Posted, files: tuple[Attachment, ...], language: Language, receive: Receive, now: datetime
) -> str:
    """
    Let somebody report a defect; gives the id of the request, the same when it is sent twice.

    The fields come first, so that the report is one of defects whatever its words ask for; then its words, in which
    danger is read. What the service asks and nobody answered counts as asked and not known; what is still open after
    that is for the staff to find out, since nobody can be asked back here.
    """
    procedure, category = _of_code(tenant, posted.service.code)
    message = _message(tenant, posted, files, language, now, procedure, category)
    replies = receive(tenant, replace(message, text=""), now)
    if message.text:
        replies = receive(tenant, _more(message, 1, {}, message.text), now) or replies
    asked = {one for one, slot in procedure.form.slots.items() if _is_asked(slot)}
    for number in range(2, 2 + MOST_TURNS):
        ask = replies[-1].ask if replies else ""
        if not ask:
            break
        known = {ask: "yes"} if ask == SUMMARY else {ask: None} if ask in asked else {ANYBODY: OPEN311}
        replies = receive(tenant, _more(message, number, known), now)
    return _case_of(tenant, message)


def _more(message: Message, number: int, answers: Mapping[str, Any], text: str = "") -> Message:
    """What follows a report in the same request."""
    return replace(message, key=f"{message.key}+{number}", text=text, answers=answers, attachments=(), place=None)


def _case_of(tenant: Tenant, message: Message) -> str:
    with tenant.database.read() as connection:
        found = case_of_thread(connection, message.channel, message.thread)
    if found is None:
        raise UnknownCase("The request was taken but has no case; send it again.")
    return found


def _message(
    tenant: Tenant, posted: Posted, files: tuple[Attachment, ...], language: Language, now: datetime,
    procedure: Procedure, category: str,
) -> Message:  # fmt: skip
    slots = procedure.form.slots
    answers: dict[str, Any] = {code: _value(slots[code], value) for code, value in posted.attributes.items()}
    contact = ", ".join(part for part in (posted.name, posted.email, posted.phone) if part)
    answers |= {INTENT: procedure.id} | ({CATEGORY: category} if category else {})
    answers |= {DESCRIPTION: posted.description or None} if DESCRIPTION in slots else {}
    answers |= {one: contact or None for one, slot in slots.items() if slot.personal and slot.ask and one != ADDRESS}
    answers |= {ADDRESS: posted.address} if ADDRESS in slots and posted.address else {}
    text = "\n\n".join(part for part in (posted.description, posted.address, *posted.media) if part)
    content = orjson.dumps([posted.service.code, posted.account, posted.email, posted.place, text, posted.attributes])
    mark = sha256(content + b"".join(file.hash.encode() for file in files)).hexdigest()[:32]
    key = _sent_before(tenant, mark, now) or f"{mark}@{int(now.timestamp())}"
    return Message(
        channel=OPEN311, key=key, thread=key, sender=posted.email or posted.phone or posted.account, text=text,
        received=now, language=language, attachments=files, answers=answers, place=posted.place,
    )  # fmt: skip


def _sent_before(tenant: Tenant, mark: str, now: datetime) -> str:
    """Key of the same request a moment ago; empty when there is none. Notes it for the next."""
    with tenant.database.write("A request cannot be written down") as connection:
        kept = channels.note(connection, OPEN311, mark)
        if kept:
            key, _, at = kept.decode().partition("|")
            if now - datetime.fromisoformat(at) < SAME:
                return key
        key = f"{mark}@{int(now.timestamp())}"
        channels.set_note(connection, OPEN311, mark, f"{key}|{moment(now)}".encode(), now)
        return key


def _value(slot: Slot, given: str | list[str]) -> Any:
    """An answer of Open311 as the form has it."""
    if slot.kind == "boolean":
        return given == "true"
    if slot.kind in ("number", "integer") and isinstance(given, str):
        return float(given) if slot.kind == "number" or "." in given else int(given)
    return given


def requests(tenant: Tenant, wanted: Wanted, language: str, root: str) -> list[ServiceRequest]:
    """Published requests a query asks for, the newest first."""
    with tenant.database.read() as connection:
        found = _matching(connection, wanted, language, root)
        first = (wanted.page - 1) * wanted.size
        return [one for number, one in enumerate(found) if first <= number < first + wanted.size]


def _matching(connection: Connection, wanted: Wanted, language: str, root: str) -> Iterator[ServiceRequest]:
    query = select(*cases.OF_CASE, publications.c.description, publications.c.photos).join(
        publications, publications.c.case == case_table.c.id
    )  # fmt: skip
    current = {name: versions.current(connection, name) for name in versions.ids(connection)}
    defects = [name for name, one in current.items() if one is not None and _is_of_defects(one)]
    query = query.where(case_table.c.procedure.in_(defects), case_table.c.erased.is_(None))
    if wanted.ids is not None:
        query = query.where(case_table.c.id.in_(wanted.ids))
    else:
        span = case_table.c.opened.between(moment(wanted.first), moment(wanted.last))
        query = query.where(span)
        open_, closed = "open" in wanted.states, "closed" in wanted.states
        if open_ != closed:
            finished = case_table.c.status.in_(FINISHED)
            query = query.where(finished if closed else ~finished)
    codes = wanted.codes if wanted.ids is None else ()
    for row in connection.execute(query.order_by(case_table.c.number.desc())):
        one = shown(connection, Case(*row[:-2]), Publication(row[-2], tuple(row[-1])), language, root)
        if not codes or one.code in codes:
            yield one


def request(tenant: Tenant, request_id: str, language: str, root: str) -> ServiceRequest | None:
    """
    A request by its id; None when there is none.

    One that is not published shows only how it stands, to who knows its id: that is who made it.
    """
    with tenant.database.read() as connection:
        try:
            found = cases.case(connection, request_id)
        except UnknownCase:
            return None
        procedure = versions.current(connection, found.procedure)
        if procedure is None or not _is_of_defects(procedure):
            return None
        return shown(connection, found, channels.published(connection, request_id), language, root)


def shown(
    connection: Connection, found: Case, published: Publication | None, language: str, root: str
) -> ServiceRequest:
    """A case as everybody may see it; without a publication only how it stands."""
    state = _state(connection, found)
    code = _code(found.procedure, str((state.get("facts", {}).get(CATEGORY) or {}).get("value") or ""))
    procedure = versions.current(connection, found.procedure)
    service = _services_of(procedure, language).get(code) if procedure is not None else None
    stands = ServiceRequest(
        id=found.id, code=code, name=service.name if service else "", open=found.status not in FINISHED,
        requested=datetime.fromisoformat(found.opened), updated=datetime.fromisoformat(found.changed),
        notes=_NOTES[language].get(found.status, ""),
    )  # fmt: skip
    if published is None:
        return stands
    place = state.get("place") or {}
    point = place.get("point")
    return replace(
        stands, description=published.description, address=str(place.get("address") or ""),
        place=(float(point[0]), float(point[1])) if point else None, agency=_agency(state, language),
        expected=datetime.fromisoformat(found.due) if found.due else None,
        media=f"{root}/media/{found.id}/{published.photos[0]}" if published.photos else "",
    )  # fmt: skip


def photo(tenant: Tenant, request_id: str, file_hash: str) -> bytes | None:
    """A published photo without anything a camera wrote into it (place, time, owner); None when there is none."""
    with tenant.database.read() as connection:
        found = channels.published(connection, request_id)
        if found is None or file_hash not in found.photos:
            return None
        try:
            key = cases.key_of(connection, request_id)
            _, _, content = case_files.file(connection, request_id, key, file_hash)
        except (CaseErased, UnknownCase):
            return None
    return bare_picture(content)


def bare_picture(content: bytes) -> bytes | None:
    """A picture as JPEG, turned upright, its pixels and nothing else; None when it is no picture."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    made = BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(made, "JPEG", quality=85)
    return made.getvalue()


def _agency(state: State, language: str) -> str:
    """Who is responsible, as the rules said."""
    values: Mapping[str, Any] = state.get("evaluation", {}).get("values", {}) or {}
    office = values.get("zustaendig")
    return str(office.get(language, "")) if isinstance(office, Mapping) else ""


def _state(connection: Connection, found: Case) -> State:
    try:
        key = cases.key_of(connection, found.id)
    except CaseErased:
        return {}
    state: State = orjson.loads(cases.state_bytes(connection, found.id, key)) or {}
    return state


def suggestion(tenant: Tenant, case_id: str) -> Redacted:
    """
    A description for publication: what was written, without what names somebody as far as patterns find it.

    Raises
    ------
    UnknownCase, CaseErased
        When there is no such case, or its words are gone.
    """
    state = casework.read_state(tenant.database, case_id)
    facts = {slot: fact["value"] for slot, fact in state["facts"].items()}
    with tenant.database.read() as connection:
        procedure = versions.current(connection, str(state["procedure"].get("id") or ""))
    slots = procedure.form.slots if procedure is not None else {}
    known = [str(facts[one]) for one, slot in slots.items() if slot.personal and facts.get(one)]
    return redact(str(facts.get(DESCRIPTION) or ""), state["language"], known)


def photos(tenant: Tenant, case_id: str) -> list[str]:
    """Pictures that came with a report, by the hash of their content."""
    state = casework.read_state(tenant.database, case_id)
    return [file["hash"] for file in state["files"] if str(file.get("media_type", "")).startswith("image/")]
