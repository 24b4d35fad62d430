"""The figures of drawn areas against counts made another way: lxml, json, pyproj and shapely on the raw files alone."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import shapely
from lxml import etree
from pyproj import Transformer

from kastor.city.model import Kind
from kastor.demo.towns import HERE
from kastor.loading import load
from kastor.planning.district import District, buildings_of, district
from kastor.store import Dataset, Tenant, create_tenant

TILE, QUARTER = "LoD2_32_364_5650_1_NW.gml", "mulheim_dellbruck.json"
DRAWN = shapely.Polygon(
    [(364130, 5650010), (364480, 5650025), (364610, 5650230), (364520, 5650470), (364260, 5650390), (364090, 5650180)]
)
"""An area in Köln-Dellbrück whose border cuts houses and streets."""

TOWN = (9.698, 50.8495, 9.7095, 50.8555)
"""Part of Bad Hersfeld with street trees: west, south, east, north. [degrees]"""
AREA = (9.7005, 50.8507, 9.7075, 50.8542)
"""An area in it."""

TO_METRES = Transformer.from_crs(4326, 25832, always_xy=True)
GML, BLDG = "{http://www.opengis.net/gml}", "{http://www.opengis.net/citygml/building/1.0}"
XAL = "{urn:oasis:names:tc:ciq:xsdschema:xAL:2.0}"


@pytest.fixture(scope="module")
def koeln(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[District, int, Path]]:
    """The figures of the area in Köln, the number of listed buildings, and the folder of the sources."""
    folder = tmp_path_factory.mktemp("koeln")
    for archive, member in (("lod2", TILE), ("streets", QUARTER), ("green-leisure", QUARTER)):
        with zipfile.ZipFile(HERE / "koeln" / f"{archive}.zip") as packed:
            packed.extract(member, folder / archive)
    with create_tenant(folder / "home", "koeln", "Köln", "EPSG:25832+7837") as twin:
        load(twin, [folder / "lod2" / TILE], Dataset("lod2", "LoD2"))
        load(twin, [folder / "streets" / QUARTER], Dataset("streets", "Straßen"), kind=Kind.STREET)
        load(twin, [folder / "green-leisure" / QUARTER], Dataset("green", "Grün"), kind=Kind.LAND_USE)
        listed = sum(int((city.parent < 0).sum()) for city, _ in buildings_of(twin, DRAWN))
        yield district(twin, DRAWN), listed, folder


@dataclass
class Count:
    """What the independent count found; floor areas of parts whose storeys are stated. [m²]"""

    buildings: int = 0
    cut: int = 0
    footprint: float = 0.0
    stated_floor_area: float = 0.0
    storeys: Counter[int] = field(default_factory=Counter)
    not_stated: int = 0
    functions: Counter[str] = field(default_factory=Counter)
    roofs: Counter[str] = field(default_factory=Counter)
    addresses: set[tuple[str, str]] = field(default_factory=set)


@pytest.fixture(scope="module")
def counted(koeln: tuple[District, int, Path]) -> Count:
    """Buildings counted with an XML parser and shapely alone."""
    count = Count()
    for building in etree.parse(koeln[2] / "lod2" / TILE).iter(f"{BLDG}Building"):
        members = [building, *building.iter(f"{BLDG}BuildingPart")]
        grounds = [[p for g in own_grounds(m) for p in polygons(g)] for m in members]
        outline = shapely.union_all([p for some in grounds for p in some])
        if not outline.intersects(DRAWN):
            continue
        count.cut += not outline.within(DRAWN)
        if not outline.centroid.within(DRAWN):
            continue
        count.buildings += 1
        count.footprint += outline.area
        count.functions[building.findtext(f"{BLDG}function") or _first(members, "function")] += 1
        roofs = {text for m in members[1:] if (text := m.findtext(f"{BLDG}roofType"))}
        # of parts that differ the AdV says mixed
        parts_roof = roofs.pop() if len(roofs) == 1 else "5000" if roofs else ""
        count.roofs[building.findtext(f"{BLDG}roofType") or parts_roof] += 1
        stated = []
        for member, some in zip(members, grounds, strict=True):
            storeys = member.findtext(f"{BLDG}storeysAboveGround")
            if some and storeys is not None:
                count.stated_floor_area += int(storeys) * sum(p.area for p in some)
            if some:
                stated.append(None if storeys is None else int(storeys))
        if None in stated:
            count.not_stated += 1
        else:
            count.storeys[max(n for n in stated if n is not None)] += 1
        for place in building.iter(f"{XAL}Thoroughfare"):
            street, number = place.findtext(f"{XAL}ThoroughfareName"), place.findtext(f"{XAL}ThoroughfareNumber")
            if street:
                count.addresses.add((street.strip(), (number or "").strip()))
    return count


def _first(members: list[etree._Element], name: str) -> str:
    return next((text for m in members[1:] if (text := m.findtext(f"{BLDG}{name}"))), "")


def own_grounds(member: etree._Element) -> list[etree._Element]:
    return member.findall(f"{BLDG}boundedBy/{BLDG}GroundSurface")


def polygons(ground: etree._Element) -> list[shapely.Polygon]:
    found = []
    for polygon in ground.iter(f"{GML}Polygon"):
        rings = []
        for ring in polygon.iter(f"{GML}LinearRing"):
            numbers = [float(n) for n in " ".join(p.text for p in ring.iter(f"{GML}posList")).split()]
            rings.append(np.array(numbers).reshape(-1, 3)[:, :2])
        found.append(shapely.Polygon(rings[0], rings[1:]))
    return found


def clipped(file: Path, name: str) -> dict[str, list[shapely.Geometry]]:
    """Features of a GeoJSON in metres and cut by the area, by a property of theirs."""
    found: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for feature in json.loads(file.read_text())["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        moved = shapely.transform(shape, lambda xy: np.column_stack(TO_METRES.transform(xy[:, 0], xy[:, 1])))
        if moved.intersects(DRAWN):
            found[feature["properties"][name]].append(shapely.make_valid(moved).intersection(DRAWN))
    return found


def test_buildings_and_floor_area_of_koeln(koeln: tuple[District, int, Path], counted: Count) -> None:
    found, listed, _ = koeln
    assert found.buildings == counted.buildings == listed > 50
    assert found.cut == counted.cut > 0
    assert found.footprint == pytest.approx(counted.footprint, rel=1e-6)
    stated = found.floor_area - found.floor_area_estimated
    assert stated == pytest.approx(counted.stated_floor_area, rel=1e-6)


def test_storeys_of_koeln(koeln: tuple[District, int, Path], counted: Count) -> None:
    # what the source leaves open is estimated and may fall in any class
    assert len(counted.storeys) > 3
    more = {n: koeln[0].storeys[n] - count for n, count in counted.storeys.items()}
    assert all(extra >= 0 for extra in more.values())
    assert sum(koeln[0].storeys.values()) == sum(counted.storeys.values()) + counted.not_stated
    assert counted.not_stated < counted.buildings / 5


def test_uses_and_roofs_of_koeln(koeln: tuple[District, int, Path], counted: Count) -> None:
    # codes of the AdV: 1xxx dwelling, 2463 garage, 51009_1611 carport; roofs as they are
    homes = sum(n for code, n in counted.functions.items() if code.startswith("31001_1"))
    garages = sum(n for code, n in counted.functions.items() if code in ("31001_2463", "51009_1611"))
    assert koeln[0].uses["residential"] == homes > 0
    assert koeln[0].uses["outbuilding"] == garages > 0
    assert {str(code): n for code, n in koeln[0].roofs.items() if code} == {c: n for c, n in counted.roofs.items() if c}


def test_addresses_of_koeln(koeln: tuple[District, int, Path], counted: Count) -> None:
    assert koeln[0].addresses == len(counted.addresses) > 30


def test_streets_of_koeln(koeln: tuple[District, int, Path]) -> None:
    streets = clipped(koeln[2] / "streets" / QUARTER, "type")
    wanted = {name: sum(s.length for s in some) for name, some in streets.items()}
    assert koeln[0].streets == pytest.approx({name: n for name, n in wanted.items() if n}, rel=1e-4)
    assert len(wanted) > 3


def test_green_of_koeln(koeln: tuple[District, int, Path]) -> None:
    green = clipped(koeln[2] / "green-leisure" / QUARTER, "type")
    wanted = {name: sum(s.area for s in some) for name, some in green.items()}
    assert koeln[0].land == pytest.approx(wanted, rel=1e-4)


@dataclass
class Elements:
    """Nodes and ways of an OpenStreetMap file with their tags; places in metres."""

    places: dict[str, tuple[float, float]]
    nodes: list[tuple[dict[str, str], shapely.Point]]
    ways: list[tuple[dict[str, str], list[str]]]


@pytest.fixture(scope="module")
def hersfeld(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tenant, Elements]]:
    """A cut of Bad Hersfeld as a twin, and its raw elements."""
    folder = tmp_path_factory.mktemp("hersfeld")
    with gzip.open(HERE / "bad-hersfeld" / "bad-hersfeld.osm.gz") as stream:
        root = etree.parse(stream).getroot()
    west, south, east, north = TOWN
    elements = Elements({}, [], [])
    for one in list(root):
        tags = {tag.get("k"): tag.get("v") for tag in one.iter("tag")}
        if one.tag == "node":
            lon, lat = float(one.get("lon")), float(one.get("lat"))
            if west <= lon <= east and south <= lat <= north:
                elements.places[one.get("id")] = TO_METRES.transform(lon, lat)
                elements.nodes.append((tags, shapely.Point(elements.places[one.get("id")])))
                continue
        refs = [nd.get("ref") for nd in one.iter("nd")]
        if one.tag == "way" and refs and all(ref in elements.places for ref in refs):
            elements.ways.append((tags, refs))
            continue
        root.remove(one)
    file = folder / "cut.osm"
    file.write_bytes(etree.tostring(root))
    with create_tenant(folder / "home", "hersfeld", "Bad Hersfeld", "EPSG:25832+7837") as twin:
        load(twin, [file], Dataset("osm", "OpenStreetMap"))
        yield twin, elements


def test_trees_addresses_buildings_and_streets_of_bad_hersfeld(hersfeld: tuple[Tenant, Elements]) -> None:
    twin, raw = hersfeld
    west, south, east, north = AREA
    corners = [TO_METRES.transform(*c) for c in ((west, south), (east, south), (east, north), (west, north))]
    area = shapely.Polygon(corners)
    found = district(twin, area)
    trees = sum(tags.get("natural") == "tree" and area.covers(point) for tags, point in raw.nodes)
    assert found.trees == trees > 20
    addresses = {
        (tags["addr:street"], tags.get("addr:housenumber", ""))
        for tags, point in raw.nodes
        if "addr:street" in tags and area.covers(point)
    }
    buildings = 0
    streets: dict[str, float] = defaultdict(float)
    for tags, refs in raw.ways:
        line = [raw.places[ref] for ref in refs]
        if tags.get("building", "no") != "no" and refs[0] == refs[-1]:
            inside = area.covers(shapely.Polygon(line).centroid)
            buildings += inside
            if inside and "addr:street" in tags:
                addresses.add((tags["addr:street"], tags.get("addr:housenumber", "")))
        elif "highway" in tags and tags.get("area") != "yes":
            streets[tags["highway"]] += shapely.LineString(line).intersection(area).length
    assert found.buildings == buildings > 50
    assert found.addresses == len(addresses) > 30
    assert found.streets == pytest.approx({name: n for name, n in streets.items() if n}, rel=1e-4)
