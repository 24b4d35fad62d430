"""Plain features (points, lines, areas with attributes) become objects of the city, all at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Column, Json, Kind, Semantic
from kastor.city.report import Report
from kastor.city.strings import Strings

Geometries = NDArray[np.object_]

POINT, LINE, POLYGON = 0, 1, 2
_CLASS_OF_TYPE = np.array([POINT, LINE, LINE, POLYGON, POINT, LINE, POLYGON, -1])

AREAS_ONLY = (Kind.BUILDING, Kind.BUILDING_PART, Kind.PARKING, Kind.LAND_USE, Kind.PARCEL, Kind.DISTRICT)
"""Kinds whose closed lines are outlines; open ones are broken."""

DEEPEST = 8


def city_of(
    geometries: Geometries,
    ids: list[str],
    kinds: list[Kind],
    attributes: dict[str, list[Json]],
    crs: str,
    report: Report,
) -> City:
    """
    Objects made of features.

    Points become ``POSITION``, lines ``AXIS``, areas ``AREA`` (``FOOTPRINT`` for buildings) surfaces of LoD0.
    Vertices without height get height 0. Features that hold no usable geometry are left out with a finding.

    Parameters
    ----------
    geometries
        One shapely geometry per feature, shape (n,).
    ids, kinds, attributes
        Of the same length.
    """
    feature, single = _singles(geometries)
    single = _outlined(single, feature, kinds)
    classes = _CLASS_OF_TYPE[shapely.get_type_id(single)]
    usable = (classes >= 0) & _finite(single) & ~_open_outline(classes, feature, kinds)
    kept_features = np.unique(feature[usable])
    _report_lost(geometries, np.setdiff1d(np.arange(len(geometries)), kept_features), ids, kinds, report)
    feature, single, classes = feature[usable], single[usable], classes[usable]
    # areas first, then lines, then points, each feature on its own
    order = np.lexsort((-classes, feature))
    feature, single, classes = feature[order], single[order], classes[order]
    new = np.ones(len(feature), bool)
    new[1:] = (feature[1:] != feature[:-1]) | (classes[1:] != classes[:-1])
    first = np.flatnonzero(new)
    of_surface = np.searchsorted(kept_features, feature[first])
    kind = np.array([kinds[i] for i in kept_features.tolist()], np.uint8)
    rings_per_part, vertices_per_ring, xyz = _rings(single, classes)
    for i in kept_features.tolist():
        report.kept[kinds[i].name.lower()] += 1
    return City(
        crs=crs,
        ids=Strings.of(ids[i] for i in kept_features.tolist()),
        kind=kind,
        parent=np.full(len(kept_features), -1, np.int32),
        attributes=_columns(attributes, kept_features),
        surface_offsets=_offsets(np.bincount(of_surface, minlength=len(kept_features))),
        surface_ids=Strings.of([""] * len(first)),
        semantic=_semantics(classes[first], kind[of_surface]),
        lod=np.zeros(len(first), np.uint8),
        polygon_offsets=np.append(first, len(feature)).astype(np.int64),
        solid=np.full(len(feature), -1, np.int16),
        shell=np.full(len(feature), -1, np.int16),
        ring_offsets=_offsets(rings_per_part),
        vertex_offsets=_offsets(vertices_per_ring),
        xyz=xyz,
    )


def _singles(geometries: Geometries) -> tuple[NDArray[np.int64], Geometries]:
    """Points, lines and polygons out of multi geometries and collections, with the feature each belongs to."""
    single, feature = shapely.get_parts(geometries, return_index=True)
    for _ in range(DEEPEST):
        if not (shapely.get_type_id(single) >= 4).any():
            break
        single, inner = shapely.get_parts(single, return_index=True)
        feature = feature[inner]
    kept = ~shapely.is_empty(single) & ~shapely.is_missing(single)
    return feature[kept], single[kept]


def _outlined(single: Geometries, feature: NDArray[np.int64], kinds: list[Kind]) -> Geometries:
    """Closed lines of things that are areas become areas."""
    area = np.array([kind in AREAS_ONLY for kind in kinds], bool)
    lines = np.isin(shapely.get_type_id(single), (1, 2))
    closed = lines & area[feature] & shapely.is_closed(single) & (shapely.get_num_coordinates(single) >= 4)
    if closed.any():
        single = single.copy()
        single[closed] = shapely.polygons(single[closed])
    return single


def _open_outline(classes: NDArray[np.int64], feature: NDArray[np.int64], kinds: list[Kind]) -> NDArray[np.bool_]:
    area = np.array([kind in AREAS_ONLY for kind in kinds], bool)
    return np.asarray((classes == LINE) & area[feature])


def _finite(single: Geometries) -> NDArray[np.bool_]:
    """Whether each geometry has finite plan coordinates only."""
    good = np.ones(len(single), bool)
    coordinates, index = shapely.get_coordinates(single, return_index=True)
    good[index[~np.isfinite(coordinates).all(axis=1)]] = False
    return good


def _report_lost(
    geometries: Geometries, lost: NDArray[np.int64], ids: list[str], kinds: list[Kind], report: Report
) -> None:
    for i in lost.tolist():
        geometry = geometries[i]
        if geometry is None or geometry.is_empty:
            report.add("feature_without_place", "ignored", ids[i])
        elif "Line" in geometry.geom_type and kinds[i] in AREAS_ONLY:
            x, y = geometry.coords[0][:2] if geometry.geom_type == "LineString" else (np.nan, np.nan)
            place = (float(x), float(y), 0.0) if np.isfinite((x, y)).all() else None
            report.add("osm_outline_open", "ignored", ids[i], place, kind=kinds[i].name.lower())
        else:
            report.add("coordinates_broken", "ignored", ids[i], polygon=geometry.geom_type, problem="not finite")


def _rings(
    single: Geometries, classes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Rings per part, vertices per ring and coordinates; the repeated last vertex of areas is left out."""
    polygons = np.flatnonzero(classes == POLYGON)
    rings, of_polygon = shapely.get_rings(single[polygons], return_index=True)
    others = np.flatnonzero(classes != POLYGON)
    pieces = np.concatenate([rings, single[others]])
    part = np.concatenate([polygons[of_polygon], others])
    closed = np.concatenate([np.ones(len(rings), bool), np.zeros(len(others), bool)])
    order = np.argsort(part, kind="stable")
    pieces, part, closed = pieces[order], part[order], closed[order]
    xyz, index = shapely.get_coordinates(pieces, include_z=True, return_index=True)
    last = np.ones(len(index), bool)
    last[:-1] = index[1:] != index[:-1]
    keep = ~(last & closed[index])
    heights = xyz[:, 2]
    heights[~np.isfinite(heights)] = 0.0
    return (
        np.bincount(part, minlength=len(single)),
        np.bincount(index[keep], minlength=len(pieces)),
        np.ascontiguousarray(xyz[keep]),
    )


def _semantics(classes: NDArray[np.int64], kind: NDArray[np.uint8]) -> NDArray[np.uint8]:
    meaning = np.array([Semantic.POSITION, Semantic.AXIS, Semantic.AREA], np.uint8)[classes]
    built = np.isin(kind, (Kind.BUILDING, Kind.BUILDING_PART))
    meaning[built & (classes == POLYGON)] = Semantic.FOOTPRINT
    return meaning


def _columns(attributes: dict[str, list[Json]], kept: NDArray[np.int64]) -> dict[str, Column]:
    columns = {name: Column.of([values[i] for i in kept.tolist()]) for name, values in attributes.items()}
    return {name: column for name, column in columns.items() if column.values}


def _offsets(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def rows_as_columns(rows: list[dict[str, Any]]) -> dict[str, list[Json]]:
    """Attributes of each feature turned into one list per name."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}
