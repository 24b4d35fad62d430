"""JSON-FG (OGC 21-045): features with their shape in space, buildings as closed solids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import shapely

from kastor.city.model import City, Kind, Semantic, root
from kastor.store.features import Feature, FeaturePage
from kastor.store.ready_features import shapes_of
from kastor.web import feature_crs
from kastor.web.feature_crs import System
from kastor.web.ogc import Asked

CONFORMS = [f"http://www.opengis.net/spec/json-fg-1/1.0/conf/{name}" for name in ("core", "polyhedra", "types-schemas")]


def collection(ask: Asked, kind: Kind, page: FeaturePage, system: System, members: Mapping[str, Any]) -> bytes:
    """A FeatureCollection in JSON-FG."""
    space = _space(ask, system)
    places = _places(ask, page.features, space)
    texts = [_feature(f, kind, place) + b"}" for f, place in zip(page.features, places, strict=True)]
    head = {"type": "FeatureCollection", **_about(kind, space)}
    body = b",".join(texts)
    return orjson.dumps(head)[:-1] + b',"features":[' + body + b"]," + orjson.dumps(members)[1:]


def item(ask: Asked, kind: Kind, one: Feature, system: System, links: list[dict[str, str]]) -> bytes:
    """One feature in JSON-FG."""
    space = _space(ask, system)
    (place,) = _places(ask, [one], space)
    about = {**_about(kind, space), "links": links}
    return _feature(one, kind, place) + b"," + orjson.dumps(about)[1:]


def _about(kind: Kind, system: System) -> dict[str, Any]:
    return {"conformsTo": CONFORMS, "coordRefSys": system.uri, "featureType": kind.name.lower()}


def _space(ask: Asked, system: System) -> System:
    """The system places are in: the one asked for, else the one they are stored in."""
    return system if "crs" in ask.parameters else feature_crs.spatial_storage(ask.twin)


def _feature(f: Feature, kind: Kind, place: bytes) -> bytes:
    date = orjson.loads(f.head + b"null}")["properties"]["date"]
    time = {"date": date} if date and len(date) == 10 else None
    head = f.head.removesuffix(b'"geometry":')
    more = b'"place":' + place + b',"time":' + orjson.dumps(time)
    return head + more + b',"geometry":' + (f.place or b"null")


def _places(ask: Asked, features: Sequence[Feature], system: System) -> list[bytes]:
    """The shape of each feature in space; ``null`` for what has only a place in plan."""
    city, rows = shapes_of(ask.twin.database, [f.key for f in features])
    if not len(city.xyz):
        return [b"null"] * len(features)
    xyz = _moved(ask, city, system)
    top = root(city)
    members: dict[int, list[int]] = {}
    for index, head in enumerate(top.tolist()):
        members.setdefault(head, []).append(index)
    found = []
    for f in features:
        place = rows.get(f.key)
        own = [] if place is None else members.get(place, [place])
        found.append(orjson.dumps(_place(city, xyz, own, system)))
    return found


def _moved(ask: Asked, city: City, system: System) -> np.ndarray[Any, np.dtype[np.float64]]:
    points = np.asarray(shapely.points(city.xyz[:, :2]), object)
    heights = city.xyz[:, 2] if system.spatial else None
    moved = feature_crs.transformed(ask.twin, points, system, heights)
    return shapely.get_coordinates(moved, include_z=system.spatial)


def _place(city: City, xyz: Any, objects: list[int], system: System) -> dict[str, Any] | None:
    """Closed solids, else surfaces in space, else a point with its height; None for what lies flat."""
    solids: list[list[list[Any]]] = []
    surfaces: list[Any] = []
    for index in objects:
        shells: dict[tuple[int, int], list[Any]] = {}
        for surface in range(city.surface_offsets[index], city.surface_offsets[index + 1]):
            meaning = int(city.semantic[surface])
            for polygon in range(city.polygon_offsets[surface], city.polygon_offsets[surface + 1]):
                rings = _rings(city, xyz, polygon)
                if meaning == Semantic.POSITION and len(objects) == 1 and system.spatial and rings:
                    return {"type": "Point", "coordinates": rings[0][0]}
                if meaning >= Semantic.FOOTPRINT or not rings:
                    continue
                solid, shell = int(city.solid[polygon]), int(city.shell[polygon])
                if solid >= 0:
                    shells.setdefault((solid, shell), []).append(rings)
                else:
                    surfaces.append(rings)
        numbers = sorted({solid for solid, _ in shells})
        solids += [[shells[key] for key in sorted(shells) if key[0] == number] for number in numbers]
    if not system.spatial or not (solids or surfaces):
        return None
    if surfaces:
        every = surfaces + [polygon for solid in solids for shell in solid for polygon in shell]
        return {"type": "MultiPolygon", "coordinates": every}
    if len(solids) == 1:
        return {"type": "Polyhedron", "coordinates": solids[0]}
    return {"type": "MultiPolyhedron", "coordinates": solids}


def _rings(city: City, xyz: Any, polygon: int) -> list[list[list[float]]]:
    """The rings of a polygon, closed."""
    found = []
    for ring in range(city.ring_offsets[polygon], city.ring_offsets[polygon + 1]):
        points = xyz[city.vertex_offsets[ring] : city.vertex_offsets[ring + 1]].tolist()
        if points:
            found.append([*points, points[0]])
    return found
