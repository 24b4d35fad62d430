"""What is in a file, counted without Kastor: XML by lxml, JSON by the standard library, rasters by rasterio.

The counts follow what the handbook says is read: geometry up to LoD3, no rooms, no furniture.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import rasterio
from lxml import etree

SURFACES = (
    "GroundSurface", "WallSurface", "RoofSurface", "ClosureSurface", "OuterCeilingSurface", "OuterFloorSurface",
    "Window", "Door",
)  # fmt: skip
ATTRIBUTES = ("measuredHeight", "roofType", "storeysAboveGround", "function", "creationDate")
_OTHERS = ("BuildingInstallation", "Room", "BuildingRoom", "BuildingFurniture", "BuildingConstructiveElement")
_HEIGHT = {"height": "measuredHeight"}
"""Name in CityGML 3.0 -> name before."""


def members(path: Path) -> list[bytes]:
    """The files in a file."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name) for name in archive.namelist() if not name.endswith("/")]
    data = path.read_bytes()
    return [gzip.decompress(data) if path.suffix == ".gz" else data]


def citygml(path: Path) -> Counter[str]:
    """Buildings, parts, their surfaces, polygons and attributes."""
    count: Counter[str] = Counter()
    for data in members(path):
        for top in etree.fromstring(data).iter("{*}Building"):
            for element, name in _below(top):
                if name in ("Building", "BuildingPart"):
                    count["buildings" if name == "Building" else "parts"] += 1
                    count.update({_HEIGHT.get(local, local) for local in map(_local, element)} & {*ATTRIBUTES})
                elif name == "Polygon":
                    count["polygons"] += 1
                elif name in SURFACES and any(inner == "Polygon" for _, inner in _below(element)):
                    count[name] += 1
    return count


def _below(top: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """An element and all below it with their names, without what is in rooms, installations and LoD4."""
    waiting = [top]
    while waiting:
        element = waiting.pop()
        name = _local(element)
        if name not in _OTHERS and not name.startswith("lod4"):
            yield element, name
            waiting += element


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def cityjson(path: Path) -> Counter[str]:
    """Buildings, parts, their surfaces, polygons and attributes."""
    count: Counter[str] = Counter()
    for data in members(path):
        for text in filter(None, data.splitlines() if b'"CityJSONFeature"' in data else [data]):
            for thing in json.loads(text)["CityObjects"].values():
                if thing["type"] in ("Building", "BuildingPart"):
                    count["buildings" if thing["type"] == "Building" else "parts"] += 1
                    count.update(name for name in thing.get("attributes", {}) if name in ATTRIBUTES)
                    for geometry in thing.get("geometry", []):
                        _count_geometry(geometry, count)
    return count


def _count_geometry(geometry: Any, count: Counter[str]) -> None:
    polygons = list(_polygons(geometry["boundaries"]))
    count["polygons"] += len(polygons)
    semantics = geometry.get("semantics") or {}
    meant = {value for value in _flat(semantics.get("values")) if value is not None}
    count.update(name for i in meant if (name := semantics["surfaces"][i]["type"]) in SURFACES)


def _polygons(boundaries: list[Any]) -> Iterator[list[Any]]:
    """The polygons (lists of rings of vertices) at the bottom of the boundaries of a geometry."""
    if boundaries and boundaries[0] and isinstance(boundaries[0][0], int):
        yield boundaries
        return
    for inner in boundaries:
        yield from _polygons(inner)


def _flat(values: Any) -> Iterator[int | None]:
    if isinstance(values, list):
        for value in values:
            yield from _flat(value)
    else:
        yield values


def osm(path: Path, folder: Path) -> dict[str, set[str]]:
    """
    Ids of buildings, streets, railways and trees, from the XML of an extract.

    Parameters
    ----------
    folder
        Where an extract in PBF is written as XML.
    """
    if path.name.endswith(".pbf"):
        plain = folder / "extract.osm"
        with osmium.SimpleWriter(str(plain)) as writer:
            for thing in osmium.FileProcessor(path):
                writer.add(thing)
        data = plain.read_bytes()
    else:
        (data,) = members(path)
    found: dict[str, set[str]] = {name: set() for name in ("building", "street", "railway", "tree")}
    for _, element in etree.iterparse(io.BytesIO(data), tag=("node", "way", "relation")):
        tags = {tag.get("k"): tag.get("v") for tag in element.iter("tag")}
        kind = _osm_kind(element, tags)
        if kind:
            found[kind].add(f"{element.tag}/{element.get('id')}")
        element.clear()
    return found


def _osm_kind(element: etree._Element, tags: dict[str, str]) -> str:
    refs = [nd.get("ref") for nd in element.iter("nd")]
    if element.tag == "node":
        return "tree" if tags.get("natural") == "tree" else ""
    if element.tag == "way" and "highway" in tags and tags.get("area") != "yes":
        return "street"
    if element.tag == "way" and tags.get("railway") in ("rail", "tram", "light_rail", "subway", "narrow_gauge"):
        return "railway"
    closed = len(refs) > 3 and refs[0] == refs[-1] and tags.get("area") != "no"
    is_area = closed if element.tag == "way" else tags.get("type") in ("multipolygon", "boundary")
    return "building" if is_area and tags.get("building", "no") != "no" else ""


def heights(path: Path) -> tuple[int, float, float, float]:
    """Number, sum, least and greatest of the known heights of a grid or a list of points. [m]"""
    (data,) = members(path)
    if ".hgt" in path.name:
        grid = np.frombuffer(data, ">i2").astype(np.float64)
        known = grid[grid != -32768]
    elif ".xyz" in path.name:
        known = np.array([float(line.split()[2]) for line in data.splitlines()])
    else:
        with rasterio.open(path) as raster:
            known = raster.read(1, masked=True).compressed().astype(np.float64)
    return len(known), float(known.sum()), float(known.min()), float(known.max())


def features(path: Path) -> int:
    """Different features of GeoJSON files, told by their OpenStreetMap id and geometry."""
    found = set()
    for data in members(path):
        if data.lstrip()[:1] == b"{":
            for feature in json.loads(data).get("features", []):
                own = feature["properties"].get("osm_id", feature.get("id"))
                found.add((str(own), json.dumps(feature["geometry"]) if own is None else ""))
    return len(found)
