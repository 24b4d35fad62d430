"""Remote map services of a tenant: what the browser needs to lay a WMS or WMTS over the ground, as plain JSON."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyproj
from lxml import etree

from kastor.formats.crs_names import normalise
from kastor.formats.errors import FormatError

PIXEL = 0.00028
"""Width of a pixel a WMTS scale denominator is meant for. [m]"""

MOST_LEVELS = 40


def wms(crs: str, id: str, title: str, url: str, layer: str, attribution: str, style: str = "") -> dict[str, Any]:
    """
    A WMS, asked by version 1.1.1, whose axes are the same for every reference system.

    Parameters
    ----------
    crs
        Reference system of the tenant; the service has to offer its plane.
    url
        Address of ``GetMap``, with or without parameters of its own.
    layer, style
        Names as in the capabilities; several layers with commas.

    Raises
    ------
    FormatError
        When an id or address is none.
    """
    check(id, url)
    return {
        "id": id, "title": title, "type": "wms", "url": url, "layer": layer, "style": style,
        "attribution": attribution, "crs": f"EPSG:{_plane(crs)}", "levels": [],
    }  # fmt: skip


def wmts(crs: str, id: str, title: str, url: str, layer: str, attribution: str, capabilities: bytes) -> dict[str, Any]:
    """
    A WMTS with the tile matrix set that fits the tenant.

    Parameters
    ----------
    capabilities
        What the service says about itself (WMTSCapabilities).

    Raises
    ------
    FormatError
        When the capabilities cannot be read, or lack the layer or a matrix set of the tenant's plane system.
    """
    check(id, url)
    root = _parsed(capabilities, url)
    code = _plane(crs)
    found = _layer(root, layer, url)
    matrices = _matrices(root, found, code, url)
    template = _template(root, found, layer, _text(matrices, "Identifier"), url)
    check(id, template.replace("{", "").replace("}", ""))
    northing_first = pyproj.CRS.from_epsg(code).axis_info[0].direction == "north"
    levels = [_level(matrix, northing_first) for matrix in _children(matrices, "TileMatrix")[:MOST_LEVELS]]
    return {
        "id": id, "title": title, "type": "wmts", "url": template, "layer": layer, "style": "",
        "attribution": attribution, "crs": f"EPSG:{code}",
        "levels": sorted(levels, key=lambda level: -level["resolution"]),
    }  # fmt: skip


def origin(service: Any) -> str:
    """Scheme, host and port of a service, as a content security policy names them."""
    parts = urlsplit(str(service["url"]).replace("{", "").replace("}", ""))
    return f"{parts.scheme}://{parts.netloc}"


def check(id: str, url: str) -> None:
    """Refuse what is no id, or no address a page may be allowed to ask; raises FormatError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", id):
        raise FormatError(
            id, "is no id of a service.", "Use lower-case letters, digits and hyphens, a letter or digit first."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FormatError(
            url, f"is no address: {error}.", "Give one like https://www.wms.nrw.de/geobasis/wms_nw_dop."
        ) from None
    named = re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", parts.netloc)
    if parts.scheme not in ("http", "https") or not named or port == 0:
        raise FormatError(
            url, "is no address of a map service.", "Give http or https, a host and no name or password in it."
        )


def _plane(crs: str) -> int:
    return normalise(crs).horizontal


def _parsed(capabilities: bytes, url: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(capabilities, parser)
    except etree.XMLSyntaxError as error:
        raise FormatError(
            url, f"did not answer with capabilities: {error}.", "Give the address of WMTSCapabilities."
        ) from None
    if etree.QName(root).localname != "Capabilities":
        raise FormatError(
            url, f"answered with {etree.QName(root).localname!r}.", "Give the address of WMTSCapabilities."
        )
    return root


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == name]


def _text(element: etree._Element, name: str) -> str:
    return next(((child.text or "").strip() for child in _children(element, name)), "")


def _contents(root: etree._Element, name: str) -> list[etree._Element]:
    return [child for contents in _children(root, "Contents") for child in _children(contents, name)]


def _layer(root: etree._Element, name: str, url: str) -> etree._Element:
    layers = {_text(layer, "Identifier"): layer for layer in _contents(root, "Layer")}
    if name not in layers:
        raise FormatError(url, f"has no layer {name!r}.", f"It has: {', '.join(sorted(layers)[:20]) or 'none'}.")
    return layers[name]


def _matrices(root: etree._Element, layer: etree._Element, code: int, url: str) -> etree._Element:
    names = {_text(link, "TileMatrixSet") for link in _children(layer, "TileMatrixSetLink")}
    offered = [one for one in _contents(root, "TileMatrixSet") if _text(one, "Identifier") in names]
    systems = {_text(one, "SupportedCRS"): one for one in reversed(offered)}
    for name, one in systems.items():
        if re.search(rf"\b{code}$", name):
            return one
    raise FormatError(
        url, f"offers the layer only in {', '.join(systems) or 'no system'}.", f"The tenant needs EPSG:{code}."
    )


def _template(root: etree._Element, layer: etree._Element, name: str, matrices: str, url: str) -> str:
    """Address of a tile with {TileMatrix}, {TileRow} and {TileCol} to fill in."""
    styles = _children(layer, "Style")
    style = next((_text(one, "Identifier") for one in styles if one.get("isDefault") == "true"), "")
    style = style or (_text(styles[0], "Identifier") if styles else "")
    known = {"TileMatrixSet": matrices, "Style": style, "style": style, "Layer": name}
    for resource in _children(layer, "ResourceURL"):
        if resource.get("resourceType") == "tile" and "image" in (resource.get("format") or ""):
            return _filled(resource.get("template") or "", known, url)
    for get in root.iterfind(".//{*}Operation[@name='GetTile']//{*}Get"):
        address = get.get("{http://www.w3.org/1999/xlink}href") or ""
        if address:
            asked = {
                "SERVICE": "WMTS", "REQUEST": "GetTile", "VERSION": "1.0.0", "LAYER": name, "STYLE": style,
                "FORMAT": _text(layer, "Format") or "image/png", "TILEMATRIXSET": matrices,
            }  # fmt: skip
            join = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
            places = "&TILEMATRIX={TileMatrix}&TILEROW={TileRow}&TILECOL={TileCol}"
            return address + join + urlencode(asked) + places
    raise FormatError(url, "does not say where its tiles are.", "Use the service's WMS instead.")


def _filled(template: str, known: dict[str, str], url: str) -> str:
    for name, value in known.items():
        template = template.replace(f"{{{name}}}", value)
    left = set(re.findall(r"\{(\w+)\}", template)) - {"TileMatrix", "TileRow", "TileCol"}
    if left:
        raise FormatError(
            url, f"asks for {', '.join(sorted(left))}, which Kastor does not know.", "Use the service's WMS."
        )
    return template


def _level(matrix: etree._Element, northing_first: bool) -> dict[str, Any]:
    first, second = (float(value) for value in _text(matrix, "TopLeftCorner").split())
    west, north = (second, first) if northing_first else (first, second)
    size = [int(_text(matrix, name)) for name in ("TileWidth", "TileHeight", "MatrixWidth", "MatrixHeight")]
    return {
        "id": _text(matrix, "Identifier"), "resolution": float(_text(matrix, "ScaleDenominator")) * PIXEL,
        "west": west, "north": north, "tile": size[:2], "tiles": size[2:],
    }  # fmt: skip
