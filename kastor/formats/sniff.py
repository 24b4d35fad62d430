"""What a file really is, told from its first bytes; the suffix is only a hint for people."""

from __future__ import annotations

import re
from collections import Counter

HEAD = 1 << 18
"""Bytes looked at."""

FOREIGN = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"LASF": "a laser point cloud (LAS or LAZ)",
    b"ISO-10303-21": "a STEP or IFC file",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"glTF": "a glTF scene",
    b"AC10": "a DWG drawing",
    b"PAR1": "a Parquet table",
    b"\xd0\xcf\x11\xe0": "an old Office document",
}
"""First bytes of files people try, which Kastor does not read."""

SUFFIXES: dict[str, tuple[str, ...]] = {
    "citygml": (".gml", ".xml", ".citygml"),
    "xplanung": (".gml", ".xml"),
    "cityjson": (".json", ".cityjson"),
    "cityjsonseq": (".jsonl", ".json", ".jsonseq", ".ndjson"),
    "geotiff": (".tif", ".tiff", ".gtiff"),
    "xyz": (".xyz", ".txt", ".csv", ".dat", ".asc"),
    "asc": (".asc", ".grd", ".txt", ".agr"),
    "hgt": (".hgt",),
    "osm xml": (".osm", ".xml"),
    "osm pbf": (".pbf", ".osm"),
    "geojson": (".geojson", ".json", ".geojsonl", ".geojsonseq"),
    "geopackage": (".gpkg",),
    "shapefile": (".shp",),
    "flatgeobuf": (".fgb",),
    "csv": (".csv", ".txt", ".tsv", ".tab"),
    "xlsx": (".xlsx",),
    "ods": (".ods",),
    "zip": (".zip",),
    "gzip": (".gz",),
}
"""Usual suffixes of each format."""

_PLAN = b"http://www.xplanung.de/xplangml/"
_HGT_SIZES = (1201 * 1201 * 2, 3601 * 3601 * 2)
_ROOT = re.compile(
    rb"\A\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?[^>]*>|\s)*<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL
)
_NUMBER = rb"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_XYZ_LINE = re.compile(rb"\s*" + _NUMBER + rb"(?:\s*[\s,;]\s*" + _NUMBER + rb"){2,}\s*\Z")


def sniff(head: bytes, size: int | None = None) -> str:
    """
    The format of a file.

    Parameters
    ----------
    head
        Its first bytes, up to ``HEAD``.
    size
        Its whole size, None when unknown. [bytes]

    Returns
    -------
    str
        A key of ``SUFFIXES``, or an empty string.

    Examples
    --------
    >>> sniff(b'{"type":"CityJSON","version":"2.0"}')
    'cityjson'
    """
    binary = _binary(head)
    if binary or not head:
        return binary
    text = head
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    text = text.removeprefix(b"\xef\xbb\xbf")
    start = text.lstrip()[:1]
    if start == b"<":
        return _xml(text)
    if start in (b"{", b"["):
        return _json(text)
    if start == b"\x1e":
        return "geojson"
    if size in _HGT_SIZES and b"\0" in head:
        return "hgt"
    return "" if b"\0" in text[:4096] else _text(text)


def foreign(head: bytes) -> str:
    """What a file is that Kastor does not read, as a phrase; empty when that is unknown, too."""
    root = _ROOT.match(head.removeprefix(b"\xef\xbb\xbf"))
    if root:
        return f"an XML file with the root element {root[1].decode(errors='replace')[:60]}"
    return next((what for magic, what in FOREIGN.items() if head.startswith(magic)), "")


def _binary(head: bytes) -> str:
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "geotiff"
    if head.startswith(b"SQLite format 3\0"):
        return "geopackage" if head[68:70] == b"GP" else ""
    if head.startswith(b"fgb\x03fgb"):
        return "flatgeobuf"
    if head.startswith(b"\0\0\x27\x0a"):
        return "shapefile"
    if b"OSMHeader" in head[4:20]:
        return "osm pbf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "gzip" if head.startswith(b"\x1f\x8b") else ""


def _xml(text: bytes) -> str:
    root = _ROOT.match(text)
    name = root[1] if root else b""
    if name in (b"CityModel", b"CityModelType"):
        return "citygml"
    if name in (b"osm", b"osmChange"):
        return "osm xml"
    if _PLAN in text[:65536]:
        return "xplanung"
    return "citygml" if b"CityModel" in text[:4096] else ""


def _json(text: bytes) -> str:
    kind = re.search(rb'"type"\s*:\s*"(CityJSON|CityJSONFeature|FeatureCollection|Feature)"', text)
    if b'"CityObjects"' in text or (kind and kind[1].startswith(b"CityJSON")):
        if kind and kind[1] == b"CityJSONFeature":
            return "cityjsonseq"
        line, newline, rest = text.strip().partition(b"\n")
        whole = line.rstrip().endswith(b"}") and line.count(b"{") == line.count(b"}")
        return "cityjsonseq" if newline and whole and rest.lstrip()[:1] == b"{" else "cityjson"
    return "geojson" if kind else ""


def _text(text: bytes) -> str:
    lines = [line for line in text[:65536].splitlines() if line.strip()]
    if len(text) > 65536 or len(lines) > 2:
        lines = lines[:-1]
    lines = lines[:50]
    if not lines:
        return ""
    if re.match(rb"\s*(ncols|nrows)\s+\d+", lines[0], re.I):
        return "asc"
    body = lines[1:] if len(lines) > 1 else lines
    if all(_XYZ_LINE.match(line) for line in body) and not _XYZ_LINE.match(lines[0]):
        named = re.match(
            rb"\W*(x|e|east\w*|rechtswert)\W+(y|n|north\w*|hochwert)\W+(z|h|height|hoehe)\W*\Z", lines[0], re.I
        )
        return "xyz" if named else "csv"
    if all(_XYZ_LINE.match(line) for line in lines):
        return "xyz"
    for delimiter in (b";", b"\t", b",", b"|"):
        if len(lines) > 1 and all(line.count(delimiter) >= 1 for line in lines[:5]):
            return "csv"
    # title lines and footnotes around a table hold no delimiter
    for delimiter in (b";", b"\t", b"|"):
        cells, times = Counter(line.count(delimiter) for line in lines).most_common(1)[0]
        if cells and times > 1 and times * 2 > len(lines):
            return "csv"
    return ""
