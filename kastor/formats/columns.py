"""Columns of tables and layers: which one holds the easting, the species, the house number.

German and English headers are recognised; the person who loads can name columns that are not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from kastor.city.model import Kind

ROLES: dict[str, tuple[str, ...]] = {
    "id": ("gmlid", "uuid", "guid", "objectid", "objektid", "globalid", "id", "fid", "oid", "gid", "identifier"),
    "label": ("baumnummer", "baumnr", "baumid", "nummer", "kennung", "treeid", "katasternummer"),
    "east": (
        "east", "easting", "ost", "ostwert", "rechtswert", "rechts", "rw", "x", "xkoordinate", "xkoord", "koordx",
        "xutm", "utmx", "utmeast", "utmost", "xetrs", "etrsx", "e", "xcoord", "coordx", "rechtsw",
    ),
    "north": (
        "north", "northing", "nord", "nordwert", "hochwert", "hoch", "hw", "y", "ykoordinate", "ykoord", "koordy",
        "yutm", "utmy", "utmnorth", "utmnord", "yetrs", "etrsy", "n", "ycoord", "coordy", "hochw",
    ),
    "longitude": ("lon", "long", "longitude", "lng", "laenge", "laengengrad", "geolaenge", "xwgs84", "wgs84lon"),
    "latitude": ("lat", "latitude", "breite", "breitengrad", "geobreite", "ywgs84", "wgs84lat"),
    "elevation": ("z", "elevation", "gelaendehoehe", "hoehenn", "hoehenhn", "nhn", "altitude", "zkoordinate"),
    "geometry": ("wkt", "geom", "geometry", "geometrie", "thegeom", "shape", "wktgeom"),
    "species": (
        "species", "art", "baumart", "baumartlat", "baumartlateinisch", "gattungart", "galang", "artbot",
        "botanisch", "botanischername", "artlateinisch", "artbotanisch", "wissenschaftlichername", "speciesname",
    ),
    "species:de": ("artdeutsch", "baumartdeutsch", "baumartd", "deutschername", "artdt", "namedeutsch"),
    "height": ("height", "hoehe", "baumhoehe", "hoehem", "baumhoehem", "hoeheinm", "baumhoeheinm"),
    "crownDiameter": (
        "crowndiameter", "kronendurchmesser", "krone", "kronendurchmesserm", "kronenbreite", "kronendm", "kronedm",
        "kronendurchm", "kronendurch",
    ),
    "trunkDiameter": ("trunkdiameter", "stammdurchmesser", "bhd", "stammdurch", "stammdm", "stammdurchmessercm"),
    "trunkGirth": ("trunkgirth", "stammumfang", "umfang", "stammumf", "stammumfangcm", "stumfang", "circumference"),
    "plantingYear": ("plantingyear", "pflanzjahr", "pflanzdatum", "pflanzj", "jahrderpflanzung"),
    "street": (
        "street", "strasse", "strassenname", "strname", "strassename", "str", "addrstreet", "strassebez", "stn",
    ),
    "number": ("number", "hausnummer", "hsnr", "hausnr", "hnr", "housenumber", "addrhousenumber", "hausnum"),
    "suffix": (
        "suffix", "hausnummernzusatz", "hsnrzus", "hausnrzusatz", "hnrzusatz", "hsnrzu", "zusatz", "adz", "hsnrzusatz",
    ),
    "postcode": ("postcode", "plz", "postleitzahl", "zip", "addrpostcode", "postalcode"),
    "city": ("city", "ort", "gemeinde", "stadt", "ortsname", "gemeindename", "addrcity", "onm"),
    "name": ("name", "bezeichnung", "bez", "titel", "title"),
    "measuredHeight": (
        "measuredheight", "gebaeudehoehe", "gebhoehe", "hoehegebaeude", "buildingheight", "objekthoehe", "firsthoehe",
    ),
    "storeysAboveGround": (
        "storeysaboveground", "geschosse", "anzahlgeschosse", "geschosszahl", "aog", "anzahlderoberirdischengeschosse",
        "buildinglevels", "levels", "storeys", "floors", "anzgesch",
    ),
    "yearOfConstruction": ("yearofconstruction", "baujahr", "buildyear", "yearbuilt"),
    "function": ("function", "gebaeudefunktion", "gfk", "funktion"),
    "capacity": ("capacity", "kapazitaet", "stellplaetze", "anzahlstellplaetze", "gesamt", "plaetze", "anzahl"),
}  # fmt: skip
"""What a column holds -> headers that say so, in lower case letters and digits only."""

STOREY = 3.0
"""Height of a storey where only their number is known. [m]"""

_DBASE = re.compile(r"^([^,]+),[CNFDLIM](?:,\d+)*$")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

NAMES_OF_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"baum|baeume|tree", Kind.TREE),
    (r"hauskoord|adress|address", Kind.ADDRESS),
    (r"gebaeude|building|haeuser|hausumring", Kind.BUILDING),
    (r"behinderten|parkplatz|parkplaetze|parkierung|parking|stellplatz|stellplaetze", Kind.PARKING),
    (r"strasse|highway|street|road|wege\b", Kind.STREET),
    (r"gleis|schiene|railway|bahnlinie", Kind.RAILWAY),
    (r"gewaesser|water|wasser", Kind.WATER),
    (r"flurst|parcel|flurkarte", Kind.PARCEL),
    (r"stadtteil|stadtbezirk|ortsteil|bezirk|district|plz|gemeindegrenze", Kind.DISTRICT),
    (r"gruen|green|landuse|landnutzung|wald|park", Kind.LAND_USE),
)
"""Words in names of files and layers that tell what is in them."""


@lru_cache(maxsize=4096)
def plain(header: str) -> str:
    """A header as letters and digits only; the type a dBase export appends is cut off."""
    match = _DBASE.match(header.strip())
    text = (match[1] if match else header).strip().lower().translate(_UMLAUTS)
    return re.sub(r"[^a-z0-9]", "", text)


@lru_cache(maxsize=4096)
def clean(header: str) -> str:
    """A header as people read it."""
    match = _DBASE.match(header.strip().strip("\ufeff"))
    return (match[1] if match else header).strip().strip("\ufeff")


def recognised(headers: Iterable[str], columns: Mapping[str, str] | None = None) -> dict[str, str]:
    """
    Which header plays which role.

    Parameters
    ----------
    headers
        As in the file.
    columns
        Role -> header, named by the person who loads; goes before everything else. An empty header says that no
        column plays the role.

    Examples
    --------
    >>> recognised(["hochwert,N,19,11", "Rechtswert", "ga_lang,C,80"])
    {'east': 'Rechtswert', 'north': 'hochwert,N,19,11', 'species': 'ga_lang,C,80'}
    """
    headers = list(headers)
    by_plain: dict[str, str] = {}
    for header in headers:
        by_plain.setdefault(plain(header), header)
    found = {
        role: by_plain[alias]
        for role, aliases in ROLES.items()
        for alias in [next((a for a in aliases if a in by_plain), None)]
        if alias is not None
    }
    for role, header in (columns or {}).items():
        if not header:
            found.pop(role, None)
            continue
        known = header if header in headers else by_plain.get(plain(header))
        if known is not None:
            found[role] = known
    return found


def number(value: Any) -> float | None:
    """
    A number as people write it, None when it is none.

    Examples
    --------
    >>> number("3.530.082,72"), number(" 12.5 m"), number("?")
    (3530082.72, 12.5, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else None
    text = str(value).strip().replace("\u00a0", "").replace(" ", "").removesuffix("m")
    if "," in text and "." in text:
        # the last of the two marks is the decimal one
        text = text.replace(".", "").replace(",", ".") if text.rfind(",") > text.rfind(".") else text.replace(",", "")
    else:
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return None
    result = float(text)
    return result if math.isfinite(result) else None


def kind_of_name(name: str) -> Kind | None:
    """What the name of a file or layer promises."""
    text = name.lower().translate(_UMLAUTS)
    return next((kind for words, kind in NAMES_OF_KINDS if re.search(words, text)), None)


def kind_of_roles(roles: Mapping[str, str]) -> Kind | None:
    """What the columns promise."""
    if {"species", "crownDiameter", "trunkGirth", "species:de"} & roles.keys():
        return Kind.TREE
    if {"measuredHeight", "storeysAboveGround"} & roles.keys():
        return Kind.BUILDING
    if "street" in roles and "number" in roles:
        return Kind.ADDRESS
    return Kind.PARKING if "capacity" in roles else None


def described(kind: Kind, row: Mapping[str, Any], roles: Mapping[str, str]) -> dict[str, Any]:
    """
    Attributes of one object: the recognised ones under Kastor's names, all others under their own.

    Empty values are left out; coordinates are no attributes.
    """
    role_of = {header: role for role, header in roles.items()}
    values: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for header, value in row.items():
        if value is None or (isinstance(value, str) and not value.strip()) or value != value:
            continue
        role = role_of.get(header)
        value = value.strip() if isinstance(value, str) else value
        if role is None or role in ("label", "id", "name"):
            found["name" if role == "name" else clean(header)] = value
        elif role not in ("east", "north", "longitude", "latitude", "geometry", "elevation"):
            values[role] = (header, value)
    _put_address(found, values)
    if kind in (Kind.TREE, Kind.VEGETATION):
        _put_tree(found, values)
    elif kind in (Kind.BUILDING, Kind.BUILDING_PART):
        _put_building(found, values)
    for role, (header, value) in values.items():
        found[role if role == "capacity" else clean(header)] = _whole(value) if role == "capacity" else value
    return found


def _put_address(found: dict[str, Any], values: dict[str, tuple[str, Any]]) -> None:
    if "street" not in values and "number" not in values:
        return
    parts = {part: str(values.pop(part)[1]) for part in ("street", "number", "postcode", "city") if part in values}
    if "suffix" in values and "number" in parts:
        parts["number"] += str(values.pop("suffix")[1])
    found["address"] = [parts]


def _put_tree(found: dict[str, Any], values: dict[str, tuple[str, Any]]) -> None:
    if "species" in values:
        # "Alnus glutinosa, Schwarz-Erle": the botanical name, then the German one
        botanical, comma, german = str(values.pop("species")[1]).partition(", ")
        found["species"] = " ".join(botanical.split())
        if comma:
            found["species:de"] = german.strip()
    for role, (_, value) in list(values.items()):
        size = number(value)
        if role in ("height", "crownDiameter") and size is not None:
            found[role] = size
        elif role == "trunkDiameter" and size is not None:
            found[role] = round(size / 100.0 if size > 4.0 else size, 3)
        elif role == "trunkGirth" and size is not None:
            found["trunkDiameter"] = round((size / 100.0 if size > 12.0 else size) / math.pi, 3)
        elif role in ("plantingYear", "species:de"):
            found[role] = _whole(value)
        else:
            continue
        del values[role]


def _put_building(found: dict[str, Any], values: dict[str, tuple[str, Any]]) -> None:
    height = number(values["measuredHeight"][1]) if "measuredHeight" in values else None
    plain_height = number(values["height"][1]) if "height" in values else None
    storeys = number(values["storeysAboveGround"][1]) if "storeysAboveGround" in values else None
    if storeys is not None and 0 <= storeys < 300:
        found["storeysAboveGround"] = int(storeys)
        del values["storeysAboveGround"]
    if height is not None or plain_height is not None:
        found["measuredHeight"], found["heightSource"] = height if height is not None else plain_height, "height"
        values.pop("measuredHeight" if height is not None else "height")
    elif storeys:
        found["measuredHeight"], found["heightSource"] = storeys * STOREY, "levels"
    for role in ("yearOfConstruction", "function"):
        if role in values:
            found[role] = _whole(values.pop(role)[1])


def _whole(value: Any) -> Any:
    """A whole number where the text is one."""
    size = number(value)
    return int(size) if size is not None and size.is_integer() and abs(size) < 1e9 else value
