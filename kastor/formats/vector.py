"""GeoJSON, GeoPackage, Shapefile and FlatGeobuf: layers of points, lines and areas into the city.

What a feature is comes from the person who loads, else from its attributes (OpenStreetMap tags,
species, house numbers, ...), else from the name of its layer. Buildings keep their outline as a
footprint with ``measuredHeight``; ``kastor.city.extrude`` makes block models of them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Kind
from kastor.city.report import Report
from kastor.formats import osm_tags
from kastor.formats.columns import described, kind_of_name, kind_of_roles, plain, recognised
from kastor.formats.crs import normalise
from kastor.formats.errors import FormatError, NoData, UnknownCrs
from kastor.formats.features import Geometries, city_of, rows_as_columns
from kastor.formats.part import Part
from kastor.formats.sniff import HEAD, sniff

CHUNK = 5_000
BLOCK = 50_000
"""Features read from the file at once."""

CHUNK_VERTICES = 700_000

Seen = dict[str, int]
"""Id -> hash of the geometry of every feature of a load; a way repeated at a border is taken once."""

OSM_KEYS = ("highway", "railway", "building", "landuse", "natural", "leisure", "amenity", "waterway", "barrier")

LEISURE = {
    "park", "playground", "garden", "pitch", "golf_course", "nature_reserve", "dog_park", "sports_centre", "track",
    "common", "swimming_pool", "stadium", "marina",
}  # fmt: skip
HIGHWAYS = {
    "service", "footway", "path", "residential", "track", "secondary", "tertiary", "steps", "primary", "living_street",
    "motorway", "unclassified", "pedestrian", "cycleway", "trunk", "platform", "bridleway", "construction", "road",
    "motorway_link", "primary_link", "secondary_link", "tertiary_link", "trunk_link", "corridor", "elevator", "busway",
}  # fmt: skip
NATURAL = {"wood", "water", "scrub", "heath", "grassland", "wetland", "beach", "sand", "tree", "tree_row", "bare_rock"}
LAND_USES = {
    "grass", "forest", "farmland", "meadow", "allotments", "orchard", "cemetery", "recreation_ground", "village_green",
    "greenfield", "residential", "industrial", "commercial", "retail", "vineyard", "basin", "farmyard", "brownfield",
}  # fmt: skip
DERIVED = ("bounding_box", "osm_id", "osm_type")
"""Columns that repeat what geometry or id say."""


@dataclass(frozen=True)
class _Options:
    name: str
    kind: Kind | None
    columns: Mapping[str, str] | None
    crs: str | None
    seen: Seen


def read(
    path: Path,
    report: Report,
    name: str = "",
    *,
    kind: Kind | None = None,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
    seen: Seen | None = None,
) -> Iterator[Part]:
    """
    Read all layers of a vector file.

    Parameters
    ----------
    path
        File on disk.
    name
        Name of the parts; the stem of the file when empty.
    kind
        What all features are; told from each feature when None.
    columns
        Role -> column for columns whose names are not recognised, see ``columns.ROLES``.
    crs
        Reference system that goes before the one in the file.
    seen
        Ids of the features read so far, for files that belong together.

    Raises
    ------
    FormatError
        When GDAL cannot read the file.
    NoData
        When no layer has a feature with a geometry.
    """
    options = _Options(name or path.stem, kind, columns, crs, {} if seen is None else seen)
    found = False
    for layer, geometry in _layers(path):
        if geometry is None:
            continue
        for city in _layer(path, layer, options, report):
            found = True
            yield Part(options.name, city)
    if not found:
        raise NoData(path, "No layer has a feature that can be placed.", "Check the file in a GIS.")


def _layers(path: Path) -> list[tuple[str | None, str | None]]:
    """Name and kind of geometry of each layer; GeoJSON has one, and asking for it would parse the whole file."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if sniff(head) == "geojson":
        return [(None, "Unknown")]
    with warnings.catch_warnings():
        # a wrong suffix is in the report already
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return [(str(layer), geometry) for layer, geometry in pyogrio.list_layers(path).tolist()]
        except pyogrio.errors.DataSourceError as error:
            raise FormatError(path, f"The file is damaged or cut off ({error}).", "Export it again.") from error


def _layer(path: Path, layer: str | None, options: _Options, report: Report) -> Iterator[City]:
    start = 0
    while True:
        meta, fids, wkb, fields = _block(path, layer, start)
        geometries = shapely.from_wkb(wkb, on_invalid="ignore")
        dimensions = shapely.get_dimensions(geometries)
        headers = [str(field) for field in meta["fields"]]
        rows = _rows(headers, fields) if headers else [{} for _ in fids]
        report.read[layer or options.name] += len(geometries)
        crs = options.crs or _crs(meta["crs"])
        roles = recognised(headers, options.columns)
        promised = (
            options.kind or kind_of_name(layer or _title(path)) or kind_of_name(options.name) or kind_of_roles(roles)
        )
        for piece in _pieces(geometries):
            features = [
                _feature(hash(wkb[i]), int(dimensions[i]), rows[i], int(fids[i]), roles, promised, options)
                for i in piece.tolist()
            ]
            city = _city(geometries[piece], features, crs, options, report)
            if len(city):
                yield city
        start += len(geometries)
        if len(geometries) < BLOCK:
            return


def _title(path: Path) -> str:
    """Name a GeoJSON file gives to its features, before they begin."""
    with path.open("rb") as file:
        head = file.read(HEAD).partition(b'"features"')[0]
    named = re.search(rb'"name"\s*:\s*"([^"\\]{1,100})"', head.partition(b'"crs"')[0])
    return named[1].decode(errors="replace") if named else ""


def _block(
    path: Path, layer: str | None, start: int
) -> tuple[dict[str, Any], NDArray[np.int64], NDArray[np.object_], list[NDArray[Any]]]:
    # lists of truth values are more than the reader's arrays hold; as text they come through whole
    arrays = {"ARRAY_AS_STRING": "YES"} if layer is None else {}
    with warnings.catch_warnings():
        # GDAL warns about odd single values; they come through as text or as missing
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            meta, fids, wkb, fields = pyogrio.raw.read(
                path, layer=layer, skip_features=start, max_features=BLOCK, return_fids=True, datetime_as_string=True,
                **arrays,
            )  # fmt: skip
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
            raise FormatError(
                path, f"Layer {layer or path.stem} cannot be read ({error}).", "Export it again."
            ) from error
    wkb = np.full(len(fids), None, object) if wkb is None else np.asarray(wkb, object)
    return meta, np.asarray(fids, np.int64), wkb, list(fields)


def _rows(names: list[str], fields: list[NDArray[Any]]) -> list[dict[str, Any]]:
    """Attributes of each feature without the missing ones."""
    lists = [field.tolist() for field in fields]
    return [
        {name: _value(value) for name, value in zip(names, values, strict=True) if not _missing(value)}
        for values in zip(*lists, strict=True)
    ]


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _value(value: Any) -> Any:
    """Numbers whole where they are, JSON texts as what they hold."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and value[:1] in "[{" and value[-1:] in "]}":
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    if isinstance(value, (np.ndarray, bytes)):
        return value.tolist() if isinstance(value, np.ndarray) else value.hex()
    return value


def _pieces(geometries: NDArray[np.object_]) -> Iterator[NDArray[np.int64]]:
    """Runs of features of bounded number and size."""
    size = np.cumsum(shapely.get_num_coordinates(geometries))
    group = np.maximum(np.arange(len(geometries)) // CHUNK, size // CHUNK_VERTICES)
    if len(group):
        yield from np.split(np.arange(len(geometries)), np.flatnonzero(np.diff(group)) + 1)


def _crs(name: str | None) -> str:
    try:
        return normalise(name).code if name else ""
    except UnknownCrs:
        return (name or "")[:200]


@dataclass(frozen=True)
class _Feature:
    object_id: str
    kind: Kind | None
    place: int
    attributes: dict[str, Any]


def _feature(
    place: int,
    dimension: int,
    row: dict[str, Any],
    fid: int,
    roles: dict[str, str],
    promised: Kind | None,
    options: _Options,
) -> _Feature:
    """What one feature is: as Kastor wrote it, as OpenStreetMap tags say, or as its columns say."""
    object_id = _id(row, roles, options.name, fid)
    if str(row.get("kind", "")).upper() in Kind.__members__:
        own = {key: value for key, value in row.items() if key not in ("kind", "id", "dataset")}
        return _Feature(str(row.get("id", object_id)), Kind[str(row["kind"]).upper()], place, own)
    if "osm_id" in row or any(plain(key) in OSM_KEYS for key in row):
        tags = _tags(row, options.kind, dimension)
        kind = options.kind or _osm_kind(tags, dimension) or promised
        return _Feature(object_id, kind, place, osm_tags.attributes(kind or Kind.OTHER, tags))
    return _Feature(object_id, promised, place, described(promised or Kind.OTHER, row, roles))


def _city(geometries: Geometries, features: list[_Feature], crs: str, options: _Options, report: Report) -> City:
    ids, kept = [], []
    for i, feature in enumerate(features):
        object_id = _unseen(feature.object_id, feature.place, options.seen, report)
        if object_id is not None:
            ids.append(object_id)
            kept.append(i)
    chosen = [features[i] for i in kept]
    if any(feature.kind is None for feature in chosen):
        _once(report, "kind_unknown", name=options.name)
    kinds = [Kind.OTHER if feature.kind is None else feature.kind for feature in chosen]
    attributes = rows_as_columns([feature.attributes for feature in chosen])
    return _with_parents(city_of(geometries[np.array(kept, np.int64)], ids, kinds, attributes, crs, report))


def _with_parents(city: City) -> City:
    """Parts that Kastor wrote as features of their own, joined to their building again."""
    if "parent" not in city.attributes or Kind.BUILDING_PART not in city.kind:
        return city
    index = {object_id: i for i, object_id in enumerate(city.ids.tolist())}
    named = [index.get(str(value), -1) for value in city.attributes["parent"].tolist()]
    own = np.arange(len(city))
    parent = np.where(np.array(named) < own, named, -1).astype(np.int32)
    attributes = dict(city.attributes)
    column = attributes.pop("parent")
    codes = np.where(parent >= 0, -1, column.codes).astype(np.int32)
    if (codes >= 0).any():
        attributes["parent"] = replace(column, codes=codes)
    return replace(city, parent=parent, attributes=attributes)


def _id(row: dict[str, Any], roles: dict[str, str], name: str, fid: int) -> str:
    """OpenStreetMap's id, the id of the source, or the number in the layer; numbers are told apart by the name."""
    if "osm_id" in row:
        return f"{row.get('osm_type', 'way')}/{row['osm_id']}"
    value = str(row.get("@id") or row.get(roles.get("id", "id"), "")).strip()
    if not value:
        return f"{name}/{fid}"
    return f"{name}/{value}" if value.isdigit() else value


def _unseen(object_id: str, place: int, seen: Seen, report: Report) -> str | None:
    """Id of a feature not met before; None when it is the same one again, with the same place."""
    if object_id not in seen:
        seen[object_id] = place
        return object_id
    if seen[object_id] == place:
        report.add("feature_repeated", "ignored", object_id)
        return None
    count = 2
    while f"{object_id}_{count}" in seen:
        if seen[f"{object_id}_{count}"] == place:
            report.add("feature_repeated", "ignored", object_id)
            return None
        count += 1
    new = f"{object_id}_{count}"
    seen[new] = place
    report.add("id_repeated", "repaired", object_id, new=new)
    return new


def _tags(row: dict[str, Any], kind: Kind | None, dimension: int) -> dict[str, str]:
    """OpenStreetMap tags of a feature; extracts that call every main tag ``type`` get its key back."""
    tags = {key: _text(value) for key, value in row.items() if key not in DERIVED}
    value = tags.get("type", "")
    if value and not any(key in tags for key in OSM_KEYS):
        del tags["type"]
        tags[_key_of(value, kind, dimension)] = value
    if "wikidata_id" in tags:
        tags["wikidata"] = tags.pop("wikidata_id")
    other = row.get("other_tags")
    if isinstance(other, dict):
        tags.pop("other_tags", None)
        tags.update({str(k): _text(v) for k, v in other.items()})
    return tags


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _key_of(value: str, kind: Kind | None, dimension: int) -> str:
    if kind == Kind.STREET or (kind is None and value in HIGHWAYS and (dimension == 1 or value not in LEISURE)):
        return "highway"
    if kind == Kind.RAILWAY:
        return "railway"
    if kind in (Kind.BUILDING, Kind.BUILDING_PART):
        return "building"
    if value in LEISURE:
        return "leisure"
    if kind is None and dimension == 1 and value not in NATURAL and value not in LAND_USES:
        return "highway"
    return "natural" if value in NATURAL else "landuse"


def _osm_kind(tags: dict[str, str], dimension: int) -> Kind | None:
    if dimension == 2:
        return osm_tags.area_kind(tags)
    if dimension == 1:
        return osm_tags.line_kind(tags) or osm_tags.area_kind(tags)
    return osm_tags.node_kind(tags)


def _once(report: Report, code: str, **values: Any) -> None:
    if not any(f.code == code and f.values == values for f in report.findings):
        report.add(code, "kept", **values)
