"""What lies on the ground, sorted into the layers of a picture: land use, water, streets, paths, railways.

A :class:`Land` is made once per city and then drawn into as many pictures as wanted; an index
finds what a picture needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Column, Kind, Semantic, owner
from kastor.city.strings import ranges

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north. [m]"""

LAYERS = (
    "farmland", "built", "industry", "green", "meadow", "forest", "cemetery", "garden", "sport", "sand", "water",
    "railway", "parking", "path", "track", "service", "street", "square", "building", "tree",
)  # fmt: skip
"""From the lowest to the topmost."""

LAND_USE: Mapping[str, str] = {
    "farmland": "farmland", "orchard": "garden", "vineyard": "garden", "plant_nursery": "garden",
    "allotments": "garden", "garden": "garden", "grass": "green", "park": "green", "village_green": "green",
    "recreation_ground": "green", "flowerbed": "green", "greenfield": "green", "dog_park": "green", "common": "green",
    "meadow": "meadow", "grassland": "meadow", "heath": "meadow", "scrub": "meadow", "nature_reserve": "meadow",
    "golf_course": "meadow", "forest": "forest", "wood": "forest", "cemetery": "cemetery", "grave_yard": "cemetery",
    "residential": "built", "retail": "built", "commercial": "industry", "industrial": "industry",
    "railway": "industry", "farmyard": "built", "construction": "sand", "brownfield": "sand", "quarry": "sand",
    "sand": "sand", "beach": "sand", "playground": "sport", "pitch": "sport", "track": "sport",
    "sports_centre": "green", "stadium": "green", "water": "water", "basin": "water", "reservoir": "water",
    "wetland": "meadow", "parking": "parking",
}  # fmt: skip
"""Layer of an area by the value of ``landuse``, ``natural`` or ``leisure`` (OpenStreetMap)."""

STREET_WIDTHS: Mapping[str, tuple[str, float]] = {
    "motorway": ("street", 11.0), "motorway_link": ("street", 6.0), "trunk": ("street", 9.5),
    "trunk_link": ("street", 6.0), "primary": ("street", 9.0), "primary_link": ("street", 5.5),
    "secondary": ("street", 8.5), "secondary_link": ("street", 5.0), "tertiary": ("street", 7.0),
    "tertiary_link": ("street", 5.0), "unclassified": ("street", 6.0), "residential": ("street", 6.0),
    "living_street": ("street", 5.0), "road": ("street", 5.0), "busway": ("street", 6.0),
    "pedestrian": ("square", 5.0), "service": ("service", 3.6), "track": ("track", 2.8),
    "cycleway": ("path", 2.2), "footway": ("path", 1.8), "path": ("path", 1.5), "bridleway": ("path", 1.8),
    "steps": ("path", 1.8), "corridor": ("path", 1.5), "platform": ("square", 2.5), "raceway": ("track", 6.0),
    "services": ("service", 4.0), "rest_area": ("service", 4.0), "bus_guideway": ("street", 3.5),
}  # fmt: skip
"""Layer and usual width of a street by its ``highway`` class (OpenStreetMap). [m]"""

WATERWAY_WIDTHS: Mapping[str, float] = {"river": 8.0, "canal": 6.0, "stream": 1.6, "ditch": 1.0, "drain": 1.0}
"""Usual width of a water course drawn as a line, by its ``waterway`` (OpenStreetMap). [m]"""

GONE = ("abandoned", "disused", "razed", "dismantled", "proposed", "construction")
"""Values of ``railway`` that stand for tracks nobody sees."""

NO: Mapping[str, int] = {"no": 1, "False": 1, "0": 1}
"""Values of ``tunnel`` of what lies in the open."""

LANE = 3.25
"""Width of a lane of a street whose number of lanes is known (RASt 06: 2.75 to 3.25). [m]"""

UNDRAWN = (
    Kind.BUILDING, Kind.BUILDING_PART, Kind.PARCEL, Kind.DISTRICT, Kind.PLAN_AREA, Kind.RAILWAY,
)  # fmt: skip
"""What has areas that are no cover of the ground."""

CROWN = 6.0
"""Width of the crown of a tree whose size is unknown. [m]"""

WIDEST = 60.0
"""Widths beyond this are taken for errors. [m]"""


@dataclass(frozen=True, eq=False)
class Land:
    """
    Areas and lines of a city in map coordinates, each with its layer.

    Parameters
    ----------
    xy
        Corners of all rings, shape (n, 2). [m]
    offsets
        Rings as ragged offsets, shape (n_rings + 1,).
    signs
        For each ring the sign that makes outer rings count up and holes count down, shape (n_rings,).
    ring_layer
        Index into ``LAYERS``, shape (n_rings,).
    ring_object
        Index of the city's object, shape (n_rings,).
    segments
        East and north of both ends of each piece of a line, shape (n_segments, 4); the same place twice for a tree. [m]
    widths
        Shape (n_segments,). [m]
    segment_layer
        Index into ``LAYERS``, shape (n_segments,).
    rings_index, segments_index
        Search trees over the boxes.
    """

    xy: NDArray[np.float64]
    offsets: NDArray[np.int64]
    signs: NDArray[np.float64]
    ring_layer: NDArray[np.int64]
    ring_object: NDArray[np.int64]
    segments: NDArray[np.float64]
    widths: NDArray[np.float64]
    segment_layer: NDArray[np.int64]
    rings_index: shapely.STRtree
    segments_index: shapely.STRtree

    def near(self, box: Box) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rings and segments whose boxes meet a box, in drawing order."""
        area = shapely.box(*box)
        rings = np.sort(self.rings_index.query(area))
        segments = np.sort(self.segments_index.query(area))
        return (
            rings[np.argsort(self.ring_layer[rings], kind="stable")],
            segments[np.argsort(self.segment_layer[segments], kind="stable")],
        )

    def has_buildings(self, box: Box) -> bool:
        """Whether a footprint's box meets a box."""
        rings = self.rings_index.query(shapely.box(*box))
        return bool((self.ring_layer[rings] == LAYERS.index("building")).any())


def land(city: City) -> Land:
    """Sort what lies on the ground of a city into layers; objects of no layer are left out."""
    street, width = _streets(city)
    of_surface = owner(city.surface_offsets)
    surface_layer = np.full(len(city.semantic), -1, np.int64)
    is_area = city.semantic == Semantic.AREA
    surface_layer[is_area] = _area_layers(city, street)[of_surface[is_area]]
    is_axis = city.semantic == Semantic.AXIS
    surface_layer[is_axis] = street[of_surface[is_axis]]
    footprints = _footprints(city)
    surface_layer[footprints] = LAYERS.index("building")
    polygons = owner(city.polygon_offsets)[owner(city.ring_offsets)]
    ring_layer = surface_layer[polygons]
    rings = np.flatnonzero((ring_layer >= 0) & ~is_axis[polygons])
    lines = np.flatnonzero((ring_layer >= 0) & is_axis[polygons])
    xy, offsets, signs = _rings(city, rings)
    segments, of_line = _segments(city, lines)
    crowns, crown_widths = _crowns(city)
    segments = np.concatenate([segments, crowns])
    widths = np.concatenate([width[of_surface[polygons[lines]]][of_line], crown_widths])
    segment_layer = np.concatenate([ring_layer[lines][of_line], np.full(len(crowns), LAYERS.index("tree"))])
    low, high = _ring_boxes(xy, offsets)
    ends = segments.reshape(-1, 2, 2)
    pad = widths[:, None] / 2.0
    return Land(
        xy, offsets, signs, ring_layer[rings], of_surface[polygons[rings]],
        segments, widths, segment_layer,
        _index(low, high), _index(ends.min(axis=1) - pad, ends.max(axis=1) + pad),
    )  # fmt: skip


def _index(low: NDArray[np.float64], high: NDArray[np.float64]) -> shapely.STRtree:
    boxes: NDArray[np.object_] = np.asarray(shapely.box(*low.T, *high.T), object)
    return shapely.STRtree(boxes)


def _lookup(column: Column | None, table: Mapping[str, int], count: int) -> NDArray[np.int64]:
    """Number of each object's value in a table, -1 where it has none."""
    if column is None:
        return np.full(count, -1, np.int64)
    codes = np.array([table.get(str(v), -1) for v in column.values] + [-1], np.int64)
    return codes[column.codes]


def _streets(city: City) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Layer and width of each object's axis."""
    n = len(city)
    names = list(STREET_WIDTHS)
    which = _lookup(city.attributes.get("highway"), {name: i for i, name in enumerate(names)}, n)
    which = np.where(~_given(city, "highway") & (city.kind == Kind.STREET), names.index("unclassified"), which)
    layers = np.array([LAYERS.index(layer) for layer, _ in STREET_WIDTHS.values()] + [-1])[which]
    widths = np.array([width for _, width in STREET_WIDTHS.values()] + [0.0])[which]
    given, lanes = (_numbers(city, name) for name in ("width", "lanes"))
    laned = (lanes >= 1) & (lanes <= 12) & (layers == LAYERS.index("street"))
    widths = np.where(laned, lanes * LANE, widths)
    is_water = city.kind == Kind.WATER
    courses = _lookup(city.attributes.get("waterway"), {name: i for i, name in enumerate(WATERWAY_WIDTHS)}, n)
    widths[is_water] = np.array([*WATERWAY_WIDTHS.values(), 0.0])[courses][is_water]
    layers[is_water] = np.where(courses >= 0, LAYERS.index("water"), -1)[is_water]
    widths = np.where((given > 0.3) & (given <= WIDEST), given, widths)
    layers[city.kind == Kind.RAILWAY] = LAYERS.index("railway")
    widths[city.kind == Kind.RAILWAY] = 3.0
    layers[_lookup(city.attributes.get("railway"), dict.fromkeys(GONE, 1), n) > 0] = -1
    layers[_given(city, "tunnel") & (_lookup(city.attributes.get("tunnel"), NO, n) < 0)] = -1
    layers[~np.isin(city.kind, (Kind.STREET, Kind.RAILWAY, Kind.WATER))] = -1
    return layers, widths


def _given(city: City, name: str) -> NDArray[np.bool_]:
    """Which objects have an attribute."""
    column = city.attributes.get(name)
    given: NDArray[np.bool_] = np.zeros(len(city), bool) if column is None else column.codes >= 0
    return given


def _numbers(city: City, name: str) -> NDArray[np.float64]:
    column = city.attributes.get(name)
    return np.full(len(city), np.nan) if column is None else column.numbers()


def _area_layers(city: City, street: NDArray[np.int64]) -> NDArray[np.int64]:
    """Layer of each object's areas."""
    n = len(city)
    table = {value: LAYERS.index(layer) for value, layer in LAND_USE.items()}
    layers = np.full(n, -1, np.int64)
    for key in ("landuse", "natural", "leisure", "amenity"):
        found = _lookup(city.attributes.get(key), table, n)
        layers = np.where(found >= 0, found, layers)
    layers[(layers < 0) & (city.kind == Kind.VEGETATION)] = LAYERS.index("green")
    layers[city.kind == Kind.WATER] = LAYERS.index("water")
    layers[city.kind == Kind.PARKING] = LAYERS.index("parking")
    is_street = city.kind == Kind.STREET
    paved = np.where(street == LAYERS.index("path"), LAYERS.index("square"), street)
    layers[is_street] = paved[is_street]
    layers[np.isin(city.kind, UNDRAWN)] = -1
    return layers


def _crowns(city: City) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trees as lines without length, as wide as their crowns."""
    of = owner(city.surface_offsets)
    vertex = city.vertex_offsets[city.ring_offsets[city.polygon_offsets]]
    placed = (city.semantic == Semantic.POSITION) & (city.kind[of] == Kind.TREE) & (np.diff(vertex) > 0)
    surfaces = np.flatnonzero(placed)
    widths = _numbers(city, "crownDiameter")[of[surfaces]]
    places = city.xyz[vertex[surfaces], :2]
    return np.hstack([places, places]), np.where((widths > 0.3) & (widths <= WIDEST), widths, CROWN)


def _footprints(city: City) -> NDArray[np.int64]:
    """Surfaces that show where a building stands: its ground, else its roof, else all it has."""
    of = owner(city.surface_offsets)
    is_building = np.isin(city.kind, (Kind.BUILDING, Kind.BUILDING_PART))[of]
    ground = is_building & np.isin(city.semantic, (Semantic.GROUND, Semantic.FOOTPRINT))
    roof = is_building & (city.semantic == Semantic.ROOF)
    rest = is_building & (city.semantic == Semantic.UNKNOWN)
    chosen = ground.copy()
    for group in (roof, rest):
        has = np.zeros(len(city), bool)
        has[of[chosen]] = True
        chosen |= group & ~has[of]
    return np.flatnonzero(chosen)


def _rings(city: City, rings: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Corners, offsets and signs of some rings."""
    vertices, offsets = ranges(city.vertex_offsets, rings)
    xy = city.xyz[vertices, :2]
    is_hole = np.ones(len(city.vertex_offsets) - 1, bool)
    outer = city.ring_offsets[:-1][np.diff(city.ring_offsets) > 0]
    is_hole[outer] = False
    turn = np.sign(_signed_areas(xy, offsets))
    return xy, offsets, np.where(is_hole[rings], -turn, turn)


def _signed_areas(xy: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    if not len(xy):
        return np.zeros(len(offsets) - 1)
    counts = np.diff(offsets)
    local = xy - xy[np.minimum(offsets[:-1], len(xy) - 1)].repeat(counts, axis=0)
    following = np.arange(len(xy)) + 1
    following[offsets[1:][counts > 0] - 1] = offsets[:-1][counts > 0]
    cross = local[:, 0] * local[following, 1] - local[following, 0] * local[:, 1]
    return np.bincount(owner(offsets), cross, minlength=len(counts)) / 2.0


def _ring_boxes(xy: NDArray[np.float64], offsets: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest corner of each ring; NaN for an empty one, which no search finds."""
    low = np.full((len(offsets) - 1, 2), np.nan)
    high = low.copy()
    filled = np.flatnonzero(np.diff(offsets) > 0)
    if len(filled):
        low[filled] = np.minimum.reduceat(xy, offsets[filled], axis=0)
        high[filled] = np.maximum.reduceat(xy, offsets[filled], axis=0)
    return low, high


def _segments(city: City, lines: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Both ends of each piece of some lines, and which line it is of."""
    vertices, offsets = ranges(city.vertex_offsets, lines)
    xy = city.xyz[vertices, :2]
    of = owner(offsets)
    together = np.flatnonzero(of[1:] == of[:-1])
    return np.hstack([xy[together], xy[together + 1]]), of[together]
