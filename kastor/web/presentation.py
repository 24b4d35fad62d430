"""Everything a committee is to see as one folder that needs no network: pages, pictures, data, the record."""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from kastor.planning import changes, compare, pictures
from kastor.planning.columns import MOST, Column, area_of, columns_of
from kastor.planning.edit_words import summary
from kastor.process import InvalidInput
from kastor.store import Tenant, resolutions, results
from kastor.store.resolutions import Resolution
from kastor.store.results import DOCUMENT
from kastor.web import decision_paper, result_map
from kastor.web.errors import BadRequest
from kastor.web.presentation_pages import Page, as_html, number_with_word
from kastor.web.result_words import number
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["decisions"])

PICTURE = (1600, 1000)
"""Pixels of a map."""

BEGINNINGS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}
"""How pictures begin that are taken."""

WORDS: dict[str, dict[str, str]] = {
    "de": {
        "made": "Stand", "today": "Der Bestand bleibt, wie er ist.", "changes": "Geplant: {what}.",
        "map": "Karte der Variante {name}", "compare": "Vergleich", "new": "neu", "changed": "geändert",
        "gone": "entfällt", "dug": "Gelände", "decision": "Beschluss", "sources": "Quellen und Grenzen",
        "result": "Karte: {title}", "of": "Variante {name}", "unsuited": "Kein Ersatz für", "nothing": "keine Angabe",
        "indicator": "Kennzahl", "view": "Ansicht",
    },
    "en": {
        "made": "As of", "today": "The city stays as it is.", "changes": "Planned: {what}.",
        "map": "Map of the variant {name}", "compare": "Comparison", "new": "new", "changed": "changed",
        "gone": "goes", "dug": "ground", "decision": "Decision", "sources": "Sources and limits",
        "result": "Map: {title}", "of": "Variant {name}", "unsuited": "No substitute for", "nothing": "not stated",
        "indicator": "Indicator", "view": "View",
    },
}  # fmt: skip


class View(BaseModel):
    """A saved view: what is said, and a picture of the scene as a data address."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=200)
    text: str = Field("", max_length=4000)
    picture: str = Field("", max_length=12 * 2**20)


class Cited(BaseModel):
    """A variant that is shown."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=100)
    revision: int | None = None


class Wanted(BaseModel):
    """What is to be shown."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    text: str = Field("", max_length=4000)
    language: Literal["de", "en"] = "de"
    views: Annotated[list[View], Field(max_length=40)] = []
    variants: Annotated[list[Cited], Field(max_length=MOST)] = []
    results: Annotated[list[str], Field(max_length=20)] = []
    decision: str = Field("", max_length=100)


@router.post("/presentation", dependencies=[needs(Right.SEE)])
def presentation(request: Request, tenant: str, wanted: Wanted) -> Response:
    """A zip of one folder; ``index.html`` in it opens in any browser without a network."""
    content = bundle(visible(request, tenant), wanted)
    name = f"{tenant}-{datetime.now(UTC):%Y-%m-%d}.zip"
    return Response(content, media_type="application/zip",
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip


def bundle(seen: Tenant, wanted: Wanted) -> bytes:
    """
    The folder, packed.

    Parameters
    ----------
    seen
        The tenant, as far as the reader may see it.

    Raises
    ------
    UnknownVariant, UnknownResult, UnknownResolution
        When something is named that is not there or not for the reader.
    """
    files: dict[str, bytes] = {}
    pages = [*_pages(seen, wanted, files)]
    files["index.html"] = as_html(wanted.title, pages, wanted.language).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(f"{seen.id}/{name}", content)
    return out.getvalue()


def _pages(seen: Tenant, wanted: Wanted, files: dict[str, bytes]) -> Iterator[Page]:
    words = WORDS[wanted.language]
    today = datetime.now(UTC).strftime("%d.%m.%Y" if wanted.language == "de" else "%Y-%m-%d")
    yield Page(wanted.title, wanted.text, small=f"{seen.info.title} · {words['made']} {today}")
    for k, view in enumerate(wanted.views, start=1):
        yield _view_page(k, view, files)
    if wanted.variants:
        columns = columns_of(seen, [(one.id, one.revision) for one in wanted.variants])
        yield from _variant_pages(seen, columns, wanted.language, files)
        yield from _comparison_page(seen, columns, wanted.language, files)
    documents = [_document(seen, one) for one in wanted.results]
    for document in documents:
        yield _result_page(seen, document, wanted.language, files)
    if wanted.decision:
        yield _decision_page(seen, resolutions.resolution(seen.database, wanted.decision), wanted.language, files)
    if documents:
        yield _sources_page(documents, wanted.language)


def _view_page(number_: int, view: View, files: dict[str, bytes]) -> Page:
    if not view.picture:
        return Page(view.title, view.text)
    try:
        content = base64.b64decode(view.picture.partition(",")[2] or view.picture, validate=True)
    except binascii.Error:
        raise BadRequest(f"views.{number_}.picture: it is no data address of a picture; send PNG or JPEG.") from None
    suffix = next((name for start, name in BEGINNINGS.items() if content.startswith(start)), "")
    if not suffix:
        raise BadRequest(f"views.{number_}.picture: it is neither PNG nor JPEG.")
    name = f"pictures/view-{number_}.{suffix}"
    files[name] = content
    return Page(view.title, view.text, name, view.title)


def _variant_pages(seen: Tenant, columns: Sequence[Column], language: str, files: dict[str, bytes]) -> Iterator[Page]:
    """A page for each variant, all with the same cut of the map."""
    words = WORDS[language]
    edits = [edit for column in columns for edit in column.edits]
    box = pictures.box_around(seen, edits, *PICTURE)
    for k, column in enumerate(columns):
        if column.variant is None:
            continue
        plain = changes.written(column.edits)
        files[f"data/variant-{k}.json"] = orjson.dumps(
            {"id": column.variant, "name": column.name, "revision": column.revision, "edits": plain},
            option=orjson.OPT_INDENT_2,
        )
        said = words["changes"].format(what=summary(plain, language)) if plain else words["today"]
        if box is None:
            yield Page(column.name, said)
            continue
        name = f"pictures/variant-{k}.png"
        files[name] = pictures.variant_picture(seen, column.edits, box, *PICTURE)
        legend = [(pictures.NEW, words["new"]), (pictures.CHANGED, words["changed"]), (pictures.GONE, words["gone"]),
                  (pictures.DUG, words["dug"])]  # fmt: skip
        yield Page(column.name, said, name, f"{words['map'].format(name=column.name)}. {said}", legend=legend)


def _comparison_page(seen: Tenant, columns: Sequence[Column], language: str, files: dict[str, bytes]) -> Iterator[Page]:
    """What is known of the variants side by side; nothing where they change nothing."""
    try:
        found = compare.compare(seen, columns, area_of(seen, columns))
    except InvalidInput:
        return
    files["data/comparison.json"] = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
    words = WORDS[language]
    rows = [[words["indicator"], *(column["title"][language] for column in found["columns"])]]
    for row in found["rows"]:
        values = [number(cell["value"], row["unit"], language) for cell in row["cells"]]
        if any(cell["value"] is not None for cell in row["cells"][1:]):
            shown = [values[0]] + [
                number_with_word(cell, language, value)
                for cell, value in zip(row["cells"][1:], values[1:], strict=True)
            ]
            rows.append([row["title"][language], *shown])
    if len(rows) > 1:
        yield Page(words["compare"], found["sentence"][language], table=rows)


def _document(seen: Tenant, result_id: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(results.file_of(seen, result_id, DOCUMENT).read_bytes())
    return found


def _result_page(seen: Tenant, document: Mapping[str, Any], language: str, files: dict[str, bytes]) -> Page:
    words, title = WORDS[language], document["process"]["title"][language]
    name = f"pictures/result-{document['id'][:12]}.png"
    files[name] = result_map.picture(seen, document)
    files[f"data/result-{document['id'][:12]}.json"] = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    variant = document.get("variant")
    said = words["of"].format(name=variant["name"]) if variant else ""
    rows = [[words["indicator"], ""]]
    rows += [[i["title"][language], number(i["value"], i["unit"], language)] for i in document["indicators"]]
    raster = result_map.shown_raster(document)
    legend = [(entry["colour"], entry["title"][language]) for entry in raster["legend"]] if raster else []
    alt = words["result"].format(title=title)
    return Page(title, said, name, alt, rows if len(rows) > 1 else (), legend)


def _decision_page(seen: Tenant, record: Resolution, language: str, files: dict[str, bytes]) -> Page:
    files["decision.pdf"] = decision_paper.as_pdf(seen, record, language)
    files["decision.json"] = record.content
    document = record.document
    outcome = decision_paper.WORDS[language]["outcomes"][document["outcome"]]
    small = ", ".join(filter(None, [document["body"], document["date"], record.hash[:16]]))
    return Page(f"{WORDS[language]['decision']}: {record.title}", f"{document['text']}\n{outcome}", small=small)


def _sources_page(documents: Sequence[Mapping[str, Any]], language: str) -> Page:
    """Where the numbers come from and what they do not replace."""
    words = WORDS[language]
    limits = {f"{d['process']['title'][language]}: {d['method']['unsuited'][language]}" for d in documents}
    credits = {", ".join(filter(None, (s["attribution"] or s["title"], s["licence"], s["date"])))
               for d in documents for s in d["attribution"]}  # fmt: skip
    text = "\n".join([f"{words['unsuited']}", *sorted(limits)])
    return Page(words["sources"], text, small=" · ".join(sorted(credits)))
