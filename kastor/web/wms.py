"""The twin as a Web Map Service 1.3.0 (ISO 19128), for programs that show maps as pictures.

Source: OGC 06-042. Older clients may ask with version 1.1.1, in which every box has its easting first.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from lxml import etree
from lxml.builder import ElementMaker
from numpy.typing import NDArray
from PIL import Image

from kastor.formats.crs_names import normalise
from kastor.formats.errors import FormatError
from kastor.formats.operations import middle, operation
from kastor.loading.layers import MAPPED, PLANS
from kastor.store import Tenant
from kastor.tiles.ground import Theme, layers_picture, map_picture
from kastor.tiles.land import LAYERS, land
from kastor.web.addresses import root
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/wms/{tenant}", tags=["wms"], dependencies=[needs(Right.SEE)])

NAMESPACE = "http://www.opengis.net/wms"
XLINK = "http://www.w3.org/1999/xlink"
_W = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE, "xlink": XLINK})
_O = ElementMaker(namespace="http://www.opengis.net/ogc", nsmap={None: "http://www.opengis.net/ogc"})

WHOLE = "karte"
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "flaechen": (
        "Flächen und Grün",
        ("farmland", "built", "industry", "green", "meadow", "forest", "cemetery", "garden", "sport", "sand"),
    ),
    "gewaesser": ("Gewässer", ("water",)),
    "strassen": ("Straßen, Wege, Bahn", LAYERS[LAYERS.index("railway") : LAYERS.index("building")]),
    "gebaeude": ("Gebäude", ("building",)),
}
"""Name of a layer -> title, what of the land it draws."""

STYLES: dict[str, Theme] = {"": "light", "hell": "light", "dunkel": "dark"}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
INFO_FORMATS = ("text/html", "text/plain", "application/json")

SIDE = 4096
"""Most pixels of a side."""

WIDEST = 20_000.0
"""Longest side of a map. [m]"""

NORTHING_FIRST = frozenset({"EPSG:4326", "EPSG:4258", "EPSG:31466", "EPSG:31467", "EPSG:31468", "EPSG:31469"})
"""Systems whose boxes have northing or latitude first in version 1.3.0."""

Box = tuple[float, float, float, float]


class ServiceError(Exception):
    """What a client asked wrongly, with the code the standard has for it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Map(NamedTuple):
    """
    A map that is asked for.

    Parameters
    ----------
    layers
        Names, lowest first.
    theme
        Colours.
    crs
        Such as ``EPSG:25832``.
    box
        West, south, east, north in that system.
    width, height
        Pixels.
    format
        Of the picture.
    glass
        Whether one can see through where nothing is drawn.
    background
        Red, green, blue where nothing is drawn.
    """

    layers: tuple[str, ...]
    theme: Theme
    crs: str
    box: Box
    width: int
    height: int
    format: str
    glass: bool
    background: tuple[int, int, int]


@router.get("")
def service(request: Request, tenant: str) -> Response:
    """GetCapabilities, GetMap and GetFeatureInfo, after the parameter ``REQUEST``."""
    twin = visible(request, tenant)
    asked = {name.upper(): value for name, value in request.query_params.items()}
    answers: dict[str, Callable[[Request, Tenant, Mapping[str, str]], Response]] = {
        "GETCAPABILITIES": capabilities,
        "GETMAP": get_map,
        "GETFEATUREINFO": get_feature_info,
    }
    try:
        wanted = asked.get("REQUEST", "")
        if wanted.upper() not in answers:
            raise ServiceError(
                "OperationNotSupported", f"REQUEST: {wanted[:40]!r} is none of GetCapabilities, GetMap, GetFeatureInfo."
            )
        return answers[wanted.upper()](request, twin, asked)
    except ServiceError as error:
        return _exception(error)


def capabilities(request: Request, twin: Tenant, asked: Mapping[str, str]) -> Response:
    """What this service offers."""
    info, here = twin.info, f"{root(request)}/wms/{twin.id}"
    credits = " · ".join(dict.fromkeys(d.attribution for d in twin.datasets() if d.attribution and not d.ended))
    document = _W.WMS_Capabilities(
        _W.Service(
            _W.Name("WMS"), _W.Title(f"Karte {info.title}"), _W.Abstract(info.description.get("de", "")),
            _W.KeywordList(_W.Keyword("Stadtmodell"), _W.Keyword("opendata")), _online(here), _W.Fees("none"),
            _W.AccessConstraints(credits or "none"), _W.MaxWidth(str(SIDE)), _W.MaxHeight(str(SIDE)),
        ),
        _W.Capability(
            _W.Request(
                _operation("GetCapabilities", here, ("text/xml",)), _operation("GetMap", here, tuple(FORMATS)),
                _operation("GetFeatureInfo", here, INFO_FORMATS),
            ),
            _W.Exception(_W.Format("XML")),
            _layers(twin, credits),
        ),
        version="1.3.0",
    )  # fmt: skip
    return Response(etree.tostring(document, xml_declaration=True, encoding="UTF-8"), media_type="text/xml")


def get_map(request: Request, twin: Tenant, asked: Mapping[str, str]) -> Response:
    """A map as a picture."""
    return Response(_drawn(twin, twin.revision, _map(twin, asked)), media_type=_map(twin, asked).format)


def get_feature_info(request: Request, twin: Tenant, asked: Mapping[str, str]) -> Response:
    """What lies at a pixel of a map."""
    wanted = _map(twin, {**asked, "LAYERS": asked.get("QUERY_LAYERS", "")})
    i = _whole_number(asked.get("I", asked.get("X", "")), "I", 0, wanted.width - 1, "InvalidPoint")
    j = _whole_number(asked.get("J", asked.get("Y", "")), "J", 0, wanted.height - 1, "InvalidPoint")
    form = asked.get("INFO_FORMAT", "text/html")
    if form not in INFO_FORMATS:
        raise ServiceError("InvalidFormat", f"INFO_FORMAT: {form[:60]!r} is none of {', '.join(INFO_FORMATS)}.")
    west, south, east, north = wanted.box
    x = west + (i + 0.5) * (east - west) / wanted.width
    y = north - (j + 0.5) * (north - south) / wanted.height
    place = _to_tenant(twin, wanted.crs, np.array([[x, y]]))[0]
    own = _own_box(twin, wanted)
    reach = max(2.0, 3.0 * (own[2] - own[0]) / wanted.width)
    most = min(_whole_number(asked.get("FEATURE_COUNT", "1"), "FEATURE_COUNT", 1, 1000, "InvalidParameterValue"), 50)
    found = [row for row, _ in twin.nearest(float(place[0]), float(place[1]), reach, PLANS, most)]
    facts = [
        {"id": r.id, "kind": r.kind.name.lower(), "label": r.label, "detail": r.detail, "height": r.height}
        for r in found
    ]
    return Response(_told(facts, form), media_type=form)


def _told(facts: list[dict[str, Any]], form: str) -> bytes:
    if form == "application/json":
        features = [{"type": "Feature", "id": f["id"], "geometry": None, "properties": f} for f in facts]
        return orjson.dumps({"type": "FeatureCollection", "features": features})
    if form == "text/plain":
        return "\n".join(" · ".join(str(v) for v in f.values() if v not in (None, "")) for f in facts).encode()
    rows = "".join(
        f"<tr><th>{html.escape(str(f['label'] or f['id']))}</th><td>{html.escape(str(f['detail']))}</td></tr>"
        for f in facts
    )
    return f"<!doctype html><meta charset=utf-8><table>{rows}</table>".encode()


def _map(twin: Tenant, asked: Mapping[str, str]) -> Map:
    version = asked.get("VERSION", "1.3.0")
    layers = tuple(asked.get("LAYERS", "").split(","))
    for name in layers:
        if name not in (WHOLE, *PARTS):
            raise ServiceError("LayerNotDefined", f"LAYERS: {name[:60]!r} is none of {WHOLE}, {', '.join(PARTS)}.")
    styles = {style for style in asked.get("STYLES", "").split(",")}
    if not styles <= set(STYLES):
        raise ServiceError("StyleNotDefined", f"STYLES: use {', '.join(s for s in STYLES if s)}, or leave it empty.")
    crs = asked.get("CRS" if version >= "1.3" else "SRS", "").upper()
    if crs not in systems(twin):
        raise ServiceError("InvalidCRS", f"CRS: {crs[:40]!r} is none of {', '.join(systems(twin))}.")
    form = asked.get("FORMAT", "image/png")
    if form not in FORMATS:
        raise ServiceError("InvalidFormat", f"FORMAT: {form[:60]!r} is none of {', '.join(FORMATS)}.")
    box = _box(asked.get("BBOX", ""), swapped=version >= "1.3" and crs in NORTHING_FIRST)
    return Map(
        layers, STYLES[max(styles)], crs, box,
        _whole_number(asked.get("WIDTH", ""), "WIDTH", 1, SIDE, "InvalidParameterValue"),
        _whole_number(asked.get("HEIGHT", ""), "HEIGHT", 1, SIDE, "InvalidParameterValue"),
        form, asked.get("TRANSPARENT", "FALSE").upper() == "TRUE" and form == "image/png",
        _color(asked.get("BGCOLOR", "0xFFFFFF")),
    )  # fmt: skip


def systems(twin: Tenant) -> list[str]:
    """Reference systems a map can be asked in."""
    own = f"EPSG:{normalise(twin.crs).horizontal}"
    return list(dict.fromkeys([own, "EPSG:25832", "EPSG:25833", "EPSG:3857", "EPSG:4326", "EPSG:4258", "CRS:84"]))


def _box(text: str, swapped: bool) -> Box:
    try:
        first, second, third, fourth = (float(part) for part in text.split(","))
    except ValueError:
        raise ServiceError("InvalidParameterValue", f"BBOX: {text[:80]!r} is not four numbers.") from None
    box = (second, first, fourth, third) if swapped else (first, second, third, fourth)
    if not (box[0] < box[2] and box[1] < box[3] and all(abs(side) < 1e9 for side in box)):
        raise ServiceError("InvalidParameterValue", f"BBOX: {text[:80]!r} has no area; the smaller values come first.")
    return box


def _whole_number(text: str, name: str, least: int, most: int, code: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= most):
        raise ServiceError(code, f"{name}: {text[:20]!r} is no whole number from {least} to {most}.")
    return int(text)


def _color(text: str) -> tuple[int, int, int]:
    try:
        number = int(text.removeprefix("0x").removeprefix("#"), 16)
    except ValueError:
        number = -1
    if not 0 <= number <= 0xFFFFFF:
        raise ServiceError("InvalidParameterValue", f"BGCOLOR: {text[:20]!r} is no colour such as 0xFFFFFF.")
    return number >> 16, number >> 8 & 255, number & 255


@lru_cache(maxsize=64)
def _drawn(twin: Tenant, revision: str, wanted: Map) -> bytes:
    picture = _picture(twin, wanted)
    if not wanted.glass:
        cover = picture[..., 3:].astype(np.float32) / 255.0
        ground = np.array(wanted.background, np.float32)
        picture = (cover * picture[..., :3] + (1.0 - cover) * ground).round().astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, FORMATS[wanted.format])
    return out.getvalue()


def _picture(twin: Tenant, wanted: Map) -> NDArray[np.uint8]:
    """Red, green, blue and opacity."""
    own = _own_box(twin, wanted)
    if max(own[2] - own[0], own[3] - own[1]) > WIDEST:
        # further out nothing of it could be told apart; an empty map is what clients expect there
        return np.zeros((wanted.height, wanted.width, 4), np.uint8)
    if wanted.crs == f"EPSG:{normalise(twin.crs).horizontal}":
        return _painted(twin, wanted, own, wanted.width, wanted.height)
    painted = _painted(twin, wanted, own, wanted.width, wanted.height)
    return _sampled(painted, own, _pixel_centres(twin, wanted))


def _painted(twin: Tenant, wanted: Map, box: Box, width: int, height: int) -> NDArray[np.uint8]:
    city = twin.city(box=box, kinds=MAPPED)
    if WHOLE in wanted.layers:
        opaque = np.full((height, width, 1), 255, np.uint8)
        return np.concatenate([map_picture(city, box, width, height, wanted.theme), opaque], axis=2)
    names = [name for layer in wanted.layers for name in PARTS[layer][1]]
    return layers_picture(land(city), box, width, height, names, wanted.theme)


def _pixel_centres(twin: Tenant, wanted: Map) -> NDArray[np.float64]:
    """Places of all pixels in the tenant's system, shape (height, width, 2). [m]"""
    west, south, east, north = wanted.box
    x = west + (np.arange(wanted.width) + 0.5) * (east - west) / wanted.width
    y = north - (np.arange(wanted.height) + 0.5) * (north - south) / wanted.height
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return _to_tenant(twin, wanted.crs, grid).reshape(wanted.height, wanted.width, 2)


def _own_box(twin: Tenant, wanted: Map) -> Box:
    """Box of a map in the tenant's system, around its whole edge. [m]"""
    west, south, east, north = wanted.box
    share = np.linspace(0.0, 1.0, 9)
    x, y = west + share * (east - west), south + share * (north - south)
    edge = np.concatenate(
        [np.column_stack([x, np.full(9, south)]), np.column_stack([x, np.full(9, north)]),
         np.column_stack([np.full(9, west), y]), np.column_stack([np.full(9, east), y])]
    )  # fmt: skip
    own = _to_tenant(twin, wanted.crs, edge)
    return float(own[:, 0].min()), float(own[:, 1].min()), float(own[:, 0].max()), float(own[:, 1].max())


def _to_tenant(twin: Tenant, crs: str, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    target = f"EPSG:{normalise(twin.crs).horizontal}"
    source = "EPSG:4326" if crs == "CRS:84" else crs
    if source == target:
        return xy
    try:
        moved: NDArray[np.float64] = operation(source, target, middle(xy, source)).apply(xy)
    except FormatError as error:
        raise ServiceError("InvalidParameterValue", f"BBOX: {error}") from None
    if not np.isfinite(moved).all():
        raise ServiceError("InvalidParameterValue", "BBOX: it lies outside of where its reference system is valid.")
    return moved


def _sampled(picture: NDArray[np.uint8], box: Box, places: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A picture of a box at other places, between four pixels each."""
    height, width = picture.shape[:2]
    x = np.clip((places[..., 0] - box[0]) * width / (box[2] - box[0]) - 0.5, 0.0, width - 1.0)
    y = np.clip((box[3] - places[..., 1]) * height / (box[3] - box[1]) - 0.5, 0.0, height - 1.0)
    left, top = np.minimum(x.astype(int), max(width - 2, 0)), np.minimum(y.astype(int), max(height - 2, 0))
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    source = picture.astype(np.float32)
    upper = source[top, left] * (1.0 - fx) + source[top, right] * fx
    lower = source[below, left] * (1.0 - fx) + source[below, right] * fx
    found: NDArray[np.uint8] = (upper * (1.0 - fy) + lower * fy).round().astype(np.uint8)
    return found


def _layers(twin: Tenant, credits: str) -> Any:
    info, box = twin.info, twin.box()
    named = [(WHOLE, "Karte"), *((name, title) for name, (title, _) in PARTS.items())]
    return _W.Layer(
        _W.Title(info.title),
        *(_W.CRS(crs) for crs in systems(twin)),
        *(_extent(twin, (box[0], box[1], box[3], box[4])) if box else ()),
        *([_W.Attribution(_W.Title(credits))] if credits else []),
        *(
            _W.Layer(
                _W.Name(name), _W.Title(title),
                *(_W.Style(_W.Name(style), _W.Title(style.capitalize())) for style in STYLES if style),
                queryable="1", opaque="1" if name == WHOLE else "0",
            )
            for name, title in named
        ),
    )  # fmt: skip


def _extent(twin: Tenant, box: Box) -> list[Any]:
    own = f"EPSG:{normalise(twin.crs).horizontal}"
    corners = np.array([(box[0], box[1]), (box[2], box[1]), (box[0], box[3]), (box[2], box[3])])
    degrees = operation(own, "EPSG:4326", middle(corners, own)).apply(corners)
    (west, south), (east, north) = degrees.min(axis=0), degrees.max(axis=0)
    first = (box[1], box[0], box[3], box[2]) if own in NORTHING_FIRST else box
    names = ("minx", "miny", "maxx", "maxy")
    return [
        _W.EX_GeographicBoundingBox(
            _W.westBoundLongitude(f"{west:.6f}"), _W.eastBoundLongitude(f"{east:.6f}"),
            _W.southBoundLatitude(f"{south:.6f}"), _W.northBoundLatitude(f"{north:.6f}"),
        ),
        _W.BoundingBox(CRS=own, **{name: f"{value:.2f}" for name, value in zip(names, first, strict=True)}),
    ]  # fmt: skip


def _operation(name: str, here: str, formats: tuple[str, ...]) -> Any:
    return _W(name, *(_W.Format(f) for f in formats), _W.DCPType(_W.HTTP(_W.Get(_online(f"{here}?")))))


def _online(href: str) -> Any:
    return _W.OnlineResource({f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": href})


def _exception(error: ServiceError) -> Response:
    report = _O.ServiceExceptionReport(_O.ServiceException(str(error), code=error.code), version="1.3.0")
    return Response(etree.tostring(report, xml_declaration=True, encoding="UTF-8"), 400, media_type="text/xml")
