"""OGC API - Features: the items of a collection as GeoJSON, JSON-FG and pages (Parts 1, 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.city.model import Kind
from kastor.store import features as store
from kastor.store.features import Feature, Wanted
from kastor.web import feature_crs, feature_filters, feature_pages, json_fg
from kastor.web.collections import NAMES, kind_of
from kastor.web.errors import NotFound
from kastor.web.feature_crs import System
from kastor.web.ogc import (
    FG_JSON,
    GEOJSON,
    HTML,
    JSON,
    Asked,
    answer,
    asked,
    link,
    not_modified,
    tag_of,
    with_form,
)  # fmt: skip
from kastor.web.rights import Right, needs

router = APIRouter(prefix="/ogc/{tenant}/collections/{collection}/items", include_in_schema=False)

FORMS = {"json": GEOJSON, "jsonfg": FG_JSON, "html": HTML}
PARAMETERS = ("limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "after")
USUAL_LIMIT, MOST = 10, 10_000


@router.api_route("", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
def items(request: Request, tenant: str, collection: str) -> Response:
    """A page of the objects of a collection."""
    ask = asked(
        request, tenant, FORMS, PARAMETERS, ready=True, also=lambda twin: feature_filters.simple_names(twin, collection)
    )
    kind = kind_of(ask.twin, collection)
    limit = ask.whole("limit", USUAL_LIMIT, 1, MOST)
    system = _system(ask)
    tag = tag_of(ask)
    if (known := not_modified(ask, tag)) is not None:
        return known
    place = "degrees" if ask.form != GEOJSON or system.uri == feature_crs.CRS84 else "geometry"
    wanted = Wanted(kind, feature_filters.read(ask, kind), limit, ask.parameters.get("after"), place)
    if ask.form == GEOJSON and system.uri == feature_crs.CRS84:
        whole = store.text_page(ask.twin.database, wanted)
        links = _page_links(ask, kind, whole.next)
        content = feature_collection(whole.text, _members(whole.count, whole.matched, links))
        return answer(ask, content, tag=tag, headers=_headers(ask, system, links))
    page = store.page(ask.twin.database, wanted)
    links = _page_links(ask, kind, page.next)
    members = _members(len(page.features), page.matched, links)
    if ask.form == HTML:
        return answer(ask, feature_pages.items(ask, kind, page, links), tag=tag)
    if ask.form == FG_JSON:
        content = json_fg.collection(ask, kind, page, system, members)
    else:
        content = feature_collection(b"},".join(_texts(ask, page.features, system)), members)
    return answer(ask, content, tag=tag, headers=_headers(ask, system, links))


@router.api_route("/{feature:path}", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
def item(request: Request, tenant: str, collection: str, feature: str) -> Response:
    """One object of a collection."""
    ask = asked(request, tenant, FORMS, ("crs",), ready=True)
    kind = kind_of(ask.twin, collection)
    system = _system(ask)
    place = "degrees" if ask.form != GEOJSON or system.uri == feature_crs.CRS84 else "geometry"
    found = store.feature(ask.twin.database, kind, feature, place)
    if found is None:
        raise NotFound(f"There is no feature {feature[:120]!r} in {collection} today.")
    one, state = found
    tag = version_tag(state, ask.form)
    if (known := not_modified(ask, tag)) is not None:
        return known
    links = _item_links(ask, feature)
    if ask.form == HTML:
        return answer(ask, feature_pages.item(ask, kind, one, links), tag=tag)
    if ask.form == FG_JSON:
        content = json_fg.item(ask, kind, one, system, links)
    else:
        content = _texts(ask, [one], system)[0] + b',"links":' + orjson.dumps(links) + b"}"
    return answer(ask, content, tag=tag, headers=_headers(ask, system, links))


def version_tag(state: store.State, form: str) -> str:
    """ETag of one feature: its version, the state of its cell, and the form."""
    words = {GEOJSON: "g", FG_JSON: "f", HTML: "h"}
    return f'"{state.version}.{state.block}{words[form]}"'


def _system(ask: Asked) -> System:
    """The system the answer is in."""
    name = ask.parameters.get("crs")
    if name is None:
        return feature_crs.degrees()
    return feature_crs.system(ask.twin, name, "crs")


def _texts(ask: Asked, features: list[Feature], system: System) -> list[bytes]:
    """Features without their closing bracket."""
    if system.uri == feature_crs.CRS84:
        return [head + (place or b"null") for _, head, place, _ in features]
    places = feature_crs.place_texts(ask.twin, features, system)
    return [f.head + place for f, place in zip(features, places, strict=True)]


def feature_collection(text: bytes, members: Mapping[str, Any]) -> bytes:
    """A FeatureCollection of features separated by commas, the last one without its closing bracket."""
    rest = orjson.dumps(members)[1:]
    return b"".join((b'{"type":"FeatureCollection","features":[', text, b"}]," if text else b"],", rest))


def _members(number: int, matched: int | None, links: list[dict[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {"links": links}
    if matched is not None:
        found["numberMatched"] = matched
    found["numberReturned"] = number
    found["timeStamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return found


def _headers(ask: Asked, system: System, links: list[dict[str, str]]) -> dict[str, str]:
    shown = [f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"' for one in links]
    return {"Content-Crs": f"<{system.uri}>", "Link": ", ".join(shown)}


def _page_links(ask: Asked, kind: Kind, after_this: str | None) -> list[dict[str, str]]:
    kept = {name: value for name, value in ask.parameters.items() if name not in ("f", "after")}
    found = []
    for word, media_type in FORMS.items():
        rel = "self" if media_type == ask.form else "alternate"
        after = {"after": ask.parameters["after"]} if "after" in ask.parameters else {}
        found.append(link(_address(ask, {**kept, **after, "f": word}), rel, media_type))
    found.append(link(f"{ask.base}/collections/{NAMES[kind][0]}", "collection", JSON))
    if after_this is not None:
        word = next(w for w, media_type in FORMS.items() if media_type == ask.form)
        found.append(link(_address(ask, {**kept, "after": after_this, "f": word}), "next", ask.form))
    return found


def _address(ask: Asked, parameters: Mapping[str, str]) -> str:
    return f"{ask.here}?{urlencode(parameters, quote_via=quote, safe=':/,')}"


def _item_links(ask: Asked, feature: str) -> list[dict[str, str]]:
    kept = {"crs": ask.parameters["crs"]} if "crs" in ask.parameters else {}
    here = f"{ask.base}/collections/{ask.request.path_params['collection']}"
    address = f"{here}/items/{quote(feature, safe='')}"
    if kept:
        address += f"?{urlencode(kept)}"
    found = [
        link(with_form(address, word), "self" if media_type == ask.form else "alternate", media_type)
        for word, media_type in FORMS.items()
    ]
    return [*found, link(here, "collection", JSON)]
