"""Names of coordinate reference systems, as files spell them, resolved to EPSG codes.

German files name their system in AdV notation (``urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016``),
as OGC URNs (right and broken ones), as addresses, as plain numbers or as WKT. All of them end
in one :class:`Crs` whose ``code`` is the only spelling used inside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import pyproj
from pyproj.exceptions import CRSError

from kastor.formats.errors import UnknownCrs

DHHN2016 = 7837

ADV_PLANES = {
    "ETRS89_UTM": 25800,
    "WGS84_UTM": 32600,
    "DE_DHDN_3GK": 31464,
    "DE_42-83_3GK": 2394,
    "DE_RD-83_3GK": 3394,
    "DE_PD-83_3GK": 3393,
}
"""AdV name of a family of map projections -> EPSG code of its zone 0."""

ADV_OTHERS = {
    "DE_DHDN_SOLDNER-BERLIN": 3068,
    "DE_SOLDNER-BERLIN": 3068,
    "ETRS89_LAT-LON-H": 4937,
    "ETRS89_LAT-LON": 4258,
    "WGS84_LAT-LON-H": 4979,
    "WGS84_LAT-LON": 4326,
    "DE_DHDN_LAT-LON": 4314,
}

ADV_HEIGHTS = {"DHHN2016": DHHN2016, "DHHN92": 5783, "DHHN85": 5784, "DHHN12": 7699, "SNN76": 5785}

OLDER_GERMAN_HEIGHTS = {5783: 0.1, 5784: 0.3, 7699: 0.3, 5785: 0.3}
"""German height systems before DHHN2016 -> how far from it they may be, a careful estimate. [m]"""

CURE = "Name the system when loading, for example crs=EPSG:25832+7837 (ETRS89 / UTM 32N with DHHN2016 heights)."

_EPSG = re.compile(r"epsg(?:\.xml#|[:/]+\s*(?:[\d.]*[:/]+)?)\s*(\d{4,6})(?:\s*[+,;]\s*(\d{4,6}))?", re.IGNORECASE)
_LONGEST = 20_000


@dataclass(frozen=True)
class Crs:
    """
    A resolved coordinate reference system.

    Parameters
    ----------
    code
        Canonical spelling: ``"EPSG:25832+7837"`` (plane and height) or ``"EPSG:25832"``.
    horizontal
        EPSG code of the plane or geographic system.
    vertical
        EPSG code of the height system, None when the name has none.
    title
        Name for people.
    geographic
        Whether coordinates are degrees.
    ellipsoidal
        Whether the third coordinate is a height above the ellipsoid.
    north_first
        Whether the *name* asks for northing or latitude first; arrays inside are always east, north.
    """

    code: str
    horizontal: int
    vertical: int | None
    title: str
    geographic: bool
    ellipsoidal: bool
    north_first: bool


@lru_cache(maxsize=512)
def normalise(name: str) -> Crs:
    """
    Resolve the name of a coordinate reference system.

    Parameters
    ----------
    name
        AdV or OGC URN, address, ``EPSG:...``, plain number, WKT or official name.

    Raises
    ------
    UnknownCrs
        When the name leads to no plane or geographic system with an EPSG code.

    Examples
    --------
    >>> normalise("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016").code
    'EPSG:25832+7837'
    >>> normalise("urn:ogc:def,crs::EPSG:31467").code
    'EPSG:31467'
    """
    text = name.strip()
    if not text or len(text) > _LONGEST:
        raise UnknownCrs(text[:60], "The coordinate reference system has no usable name.", CURE)
    codes = _codes(text)
    planes = [c for c in codes if not _system(c, name).is_vertical]
    heights = [c for c in codes if _system(c, name).is_vertical]
    if not planes:
        raise UnknownCrs(text[:60], "This name is no plane or geographic reference system Kastor knows.", CURE)
    plane = _system(planes[0], name)
    if plane.is_geocentric:
        raise UnknownCrs(text[:60], "Geocentric coordinates are no map coordinates.", CURE)
    if not (plane.is_geographic or plane.is_projected):
        raise UnknownCrs(text[:60], "This reference system has no place on Earth.", CURE)
    vertical = heights[0] if heights else None
    return Crs(
        code=f"EPSG:{planes[0]}" + (f"+{vertical}" if vertical else ""),
        horizontal=planes[0],
        vertical=vertical,
        title=" + ".join([plane.name] + ([_system(vertical, name).name] if vertical else [])),
        geographic=plane.is_geographic,
        ellipsoidal=vertical is None and len(plane.axis_info) == 3,
        north_first=plane.axis_info[0].direction == "north" and "CRS84" not in text.upper(),
    )


def _codes(text: str) -> list[int]:
    """EPSG codes of the single systems a name is made of."""
    if text.isascii() and text.isdigit():
        found = [int(text)]
    elif text.upper().replace(" ", "") in ("CRS84", "CRS:84", "OGC:CRS84") or text.upper().endswith("CRS84"):
        found = [4326]
    elif text.lstrip()[:1] == "{" or "[" in text or text.startswith("+"):
        found = _described(text)
    else:
        found = [int(code) for pair in _EPSG.findall(text) for code in pair if code]
        found += _adv_codes(text)
        found = found or _described(text)
    return [single for code in found for single in _singles(code, text)]


def _adv_codes(text: str) -> list[int]:
    upper = text.upper()
    found = []
    for family, zone_zero in ADV_PLANES.items():
        match = re.search(re.escape(family) + r"_?(\d{1,2})(?!\d)", upper)
        if match:
            found.append(zone_zero + int(match[1]))
    if not found:
        # the longest name first: "Lat-Lon-h" begins like "Lat-Lon"
        found += [code for part, code in sorted(ADV_OTHERS.items(), key=lambda o: -len(o[0])) if part in upper][:1]
    return found + [code for part, code in ADV_HEIGHTS.items() if part in upper][:1]


def _described(text: str) -> list[int]:
    """Codes of a system given by WKT, PROJ text or its official name."""
    try:
        system = pyproj.CRS.from_user_input(text)
    except CRSError:
        return []
    parts = system.sub_crs_list if system.is_compound else [system]
    codes = []
    for part in parts:
        bare = part.source_crs if part.is_bound and part.source_crs is not None else part
        code = bare.to_epsg(min_confidence=25)
        if code is not None:
            codes.append(code)
    return codes


def _singles(code: int, name: str) -> list[int]:
    """The systems a compound code such as 5555 is made of."""
    system = _system(code, name)
    if not system.is_compound:
        return [code]
    return [part for sub in system.sub_crs_list if (part := sub.to_epsg()) is not None]


@lru_cache(maxsize=512)
def _known(code: int) -> pyproj.CRS | None:
    try:
        return pyproj.CRS.from_epsg(code)
    except CRSError:
        return None


def _system(code: int, name: str) -> pyproj.CRS:
    system = _known(code)
    if system is None:
        raise UnknownCrs(name.strip()[:60], f"There is no reference system EPSG:{code}.", CURE)
    return system
