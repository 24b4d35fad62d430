"""The OGC interfaces as plain pages for people: every word of the data escaped, no script, for keyboard and reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

import orjson

from kastor.city.model import Kind
from kastor.store.features import Feature, FeaturePage
from kastor.web.collections import NAMES
from kastor.web.feature_schema import title_of
from kastor.web.ogc import Asked

STYLE = """
:root{color-scheme:light dark;--ink:#131525;--soft:#51577a;--ground:#fff;--line:#dfe1ea;--action:#2044aa;--head:#f3f4f7;
--focus:#454b6b}
@media (prefers-color-scheme:dark){:root{--ink:#f3f4f7;--soft:#b2b6cc;--ground:#131525;--line:#30344f;--action:#97afe1;
--head:#1d2034;--focus:#b5c7ee}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 "Fira Sans",system-ui,
sans-serif}header,main,footer{max-width:70rem;margin:0 auto;padding:1rem}header{border-bottom:1px solid var(--line)}
h1{font-size:1.75rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem}a{color:var(--action);
text-underline-offset:.2em}a:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:2px}
nav ol{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem;padding:0;margin:0}nav li+li::before{content:"/";
margin-right:.5rem;color:var(--soft)}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem;border-bottom:1px solid var(--line)}th{background:
var(--head);font-weight:600}p.soft,footer{color:var(--soft)}ul.links{padding-left:1.2rem}code{overflow-wrap:anywhere}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--ground);padding:.5rem}
"""

_WORDS = {
    "skip": ("Zum Inhalt", "Skip to content"),
    "interfaces": ("Offene Schnittstellen", "Open interfaces"),
    "collections": ("Sammlungen", "Collections"),
    "collection": ("Sammlung", "Collection"),
    "objects": ("Objekte", "Objects"),
    "next": ("Weiter", "Next"),
    "no_more": ("Das sind alle.", "These are all."),
    "none": ("Nichts gefunden.", "Nothing found."),
    "forms": ("Andere Formen und Verweise", "Other forms and links"),
    "property": ("Angabe", "Property"),
    "value": ("Wert", "Value"),
    "meaning": ("Bedeutung", "Meaning"),
    "type": ("Art", "Type"),
    "number": ("Anzahl", "Number"),
    "keeps": ("Diese Schnittstelle hält sich an", "This interface keeps to"),
    "ways": ("Was gefragt werden kann", "What can be asked"),
    "shown": ("{n} Objekte auf dieser Seite", "{n} objects on this page"),
    "of": ("von {n}", "of {n}"),
    "source": ("Quelle", "Source"),
}


def landing(ask: Asked, content: Mapping[str, Any], kinds: Iterable[Mapping[str, Any]]) -> bytes:
    """The landing page."""
    body = [f"<p>{escape(content['description'])}</p>", _collection_table(ask, kinds), _links(ask, content["links"])]
    return _page(ask, content["title"], body, [], content["attribution"])


def collections(ask: Asked, found: Iterable[Mapping[str, Any]]) -> bytes:
    """The list of collections."""
    return _page(ask, _say(ask, "collections"), [_collection_table(ask, found)], [])


def collection(ask: Asked, found: Mapping[str, Any]) -> bytes:
    """One collection."""
    body = [f"<p>{escape(found['description'])}</p>", _links(ask, found["links"])]
    return _page(ask, found["title"], body, [("collections", _say(ask, "collections"))], found["attribution"])


def items(ask: Asked, kind: Kind, page: FeaturePage, links: Iterable[Mapping[str, str]]) -> bytes:
    """A page of features."""
    name = NAMES[kind][0]
    rows = [_read(f)["properties"] | {"id": _read(f)["id"]} for f in page.features]
    columns = ("id", "label", "detail", "height", "storeys", "year", "area", "date", "dataset")
    used = [c for c in columns if c in ("id", "label") or any(r.get(c) not in (None, "") for r in rows)]
    count = _say(ask, "shown").format(n=len(rows))
    if page.matched is not None:
        count += " " + _say(ask, "of").format(n=page.matched)
    head = "".join(f'<th scope="col">{escape(title_of(ask, c))}</th>' for c in used)
    lines = []
    for row in rows:
        address = f"{ask.base}/collections/{name}/items/{_quoted(row['id'])}?f=html"
        cells = [f'<td><a href="{escape(address)}">{escape(row["id"])}</a></td>']
        cells += [f"<td>{_value(ask, row.get(c))}</td>" for c in used[1:]]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    onward = [one["href"] for one in links if one["rel"] == "next"]
    after = f'<p><a rel="next" href="{escape(onward[0])}">{_say(ask, "next")}</a></p>' if onward else ""
    after = after or f'<p class="soft">{_say(ask, "no_more" if rows else "none")}</p>'
    table = f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody>'
    body = [f"<p>{escape(count)}</p>", f"{table}</table></div>", after, _links(ask, links)]
    return _page(ask, _collection_title(ask, kind), body, _way(ask, kind)[:-1])


def item(ask: Asked, kind: Kind, one: Feature, links: Iterable[Mapping[str, str]]) -> bytes:
    """One feature."""
    read = _read(one)
    found = read["properties"]
    body = [_pairs(ask, {"id": read["id"], **found}), _links(ask, links)]
    return _page(ask, str(found.get("label") or read["id"]), body, _way(ask, kind))


def conformance(ask: Asked, classes: Iterable[str]) -> bytes:
    """The conformance classes."""
    listed = "".join(f"<li><code>{escape(one)}</code></li>" for one in classes)
    return _page(ask, _say(ask, "keeps"), [f"<ul>{listed}</ul>"], [])


def schema(ask: Asked, content: Mapping[str, Any]) -> bytes:
    """The properties of a collection."""
    head = "".join(f'<th scope="col">{_say(ask, w)}</th>' for w in ("property", "meaning", "type"))
    lines = [
        f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{escape(p["title"])}</td>'
        f"<td>{escape(p.get('format') or p.get('type', ''))}</td></tr>"
        for name, p in content["properties"].items()
    ]
    table = f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody>'
    return _page(ask, content["title"], [f"{table}</table></div>"], [("collections", _say(ask, "collections"))])


def api(ask: Asked, document: Mapping[str, Any]) -> bytes:
    """The addresses of the API."""
    lines = [
        f"<tr><td>{method.upper()}</td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('summary', ''))}</td></tr>"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
    ]
    table = f'<div class="scroll" tabindex="0"><table><tbody>{"".join(lines)}</tbody></table></div>'
    link = f'<p><a href="{escape(ask.here)}?f=json">OpenAPI 3.0 (JSON)</a></p>'
    return _page(ask, _say(ask, "ways"), [link, table], [])


def _page(ask: Asked, title: str, body: Iterable[str], way: Iterable[tuple[str, str]], credit: str = "") -> bytes:
    language = "de" if ask.german else "en"
    home = ask.twin.info.title
    steps = [("", home), *way]
    crumbs = "".join(
        f'<li><a href="{escape(f"{ask.base}/{path}".rstrip("/"))}?f=html">{escape(words)}</a></li>'
        for path, words in steps
    )
    footer = f"<footer><p>{_say(ask, 'source')}: {escape(credit)}</p></footer>" if credit else ""
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} – {escape(home)}</title><style>{STYLE}</style></head><body>"
        f'<a class="skip" href="#content">{_say(ask, "skip")}</a>'
        f'<header><nav aria-label="{_say(ask, "interfaces")}"><ol>{crumbs}</ol></nav></header>'
        f'<main id="content"><h1>{escape(title)}</h1>{"".join(body)}</main>{footer}</body></html>'
    ).encode("utf-8", "replace")


def _way(ask: Asked, kind: Kind) -> list[tuple[str, str]]:
    name = NAMES[kind][0]
    return [
        ("collections", _say(ask, "collections")),
        (f"collections/{name}", _collection_title(ask, kind)),
        (f"collections/{name}/items", _say(ask, "objects")),
    ]


def _collection_table(ask: Asked, found: Iterable[Mapping[str, Any]]) -> str:
    lines = [
        f'<tr><th scope="row"><a href="{escape(ask.base)}/collections/{one["id"]}/items?f=html">{escape(one["title"])}'
        f'</a></th><td>{one["numberOfItems"]}</td><td><a href="{escape(ask.base)}/collections/{one["id"]}?f=html">'
        f"<code>{one['id']}</code></a></td></tr>"
        for one in found
    ]
    head = "".join(f'<th scope="col">{_say(ask, w)}</th>' for w in ("objects", "number", "collection"))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    return f'<h2>{_say(ask, "collections")}</h2><div class="scroll" tabindex="0">{table}</div>'


def _pairs(ask: Asked, found: Mapping[str, Any]) -> str:
    lines = [
        f'<tr><th scope="row">{escape(title_of(ask, name))}</th><td>{_value(ask, value)}</td></tr>'
        for name, value in found.items()
        if value not in (None, "")
    ]
    return f'<div class="scroll" tabindex="0"><table><tbody>{"".join(lines)}</tbody></table></div>'


def _links(ask: Asked, links: Iterable[Mapping[str, str]]) -> str:
    listed = "".join(
        f'<li><a href="{escape(one["href"])}">{escape(one.get("title") or one["rel"].rpartition("/")[2])}</a>'
        f" <code>{escape(one['type'])}</code></li>"
        for one in links
        if _web(one["href"])
    )
    return f"<h2>{_say(ask, 'forms')}</h2><ul class='links'>{listed}</ul>"


def _web(address: str) -> bool:
    """Whether an address leads into the web and runs nothing."""
    return address.startswith(("http://", "https://"))


def _value(ask: Asked, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:.12g}"
        return text.replace(".", ",") if ask.german else text
    if isinstance(value, (dict, list)):
        return f"<code>{escape(orjson.dumps(value).decode())}</code>"
    return escape(str(value))


def _read(one: Feature) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(one.head + b"null}")
    return found


def _collection_title(ask: Asked, kind: Kind) -> str:
    return NAMES[kind][1 if ask.german else 2]


def _say(ask: Asked, word: str) -> str:
    return _WORDS[word][0 if ask.german else 1]


def _quoted(text: str) -> str:
    return quote(text, safe="")
