"""What a code or a tag value means, in words a person reads.

Covers the function and roof codes of the German surveying authorities (AdV), the tags of
OpenStreetMap and the names of common attributes. Unknown codes give ``None`` (words) or 0
(unknown): nothing is guessed.
"""

from __future__ import annotations

import re

from kastor.city.codes_adv import (
    BUILDING_FUNCTIONS,
    FUNCTION_GROUP_RANGES,
    ROOFS,
    STRUCTURE_FUNCTIONS,
    STRUCTURE_GROUPS,
)
from kastor.city.codes_adv import VALUE_WORDS as ADV_VALUES
from kastor.city.codes_attributes import ATTRIBUTES
from kastor.city.codes_osm import BUILDINGS, ROOF_SHAPES, TAG_VALUES

Words = dict[str, str]

FUNCTION_GROUPS = (
    "unknown", "residential", "commercial", "industrial", "public", "agricultural", "outbuilding", "other",
)  # fmt: skip
"""Names of the function groups in the order of their numbers."""

_ADV_CODE = re.compile(r"(?:(\d{5})_)?(\d{4})")
_OTHER = 7


def function_words(code: str) -> Words | None:
    """
    Meaning of a building function.

    Parameters
    ----------
    code
        AdV code with object type (``"31001_1010"``) or bare (``"1010"``, read as a function of
        a building), or an OpenStreetMap value (``"apartments"``).

    Examples
    --------
    >>> function_words("31001_2463")
    {'de': 'Garage', 'en': 'Garage'}
    >>> function_words("garden_shed_of_doom") is None
    True
    """
    adv = _adv(code)
    if adv is None:
        building = BUILDINGS.get(code)
        return _words(building[:2]) if building else None
    kind, number = adv
    table = BUILDING_FUNCTIONS if kind == 31001 else STRUCTURE_FUNCTIONS.get(kind, {})
    return _words(table.get(number))


def function_group(code: str) -> int:
    """
    Group of a building function as an index into :data:`FUNCTION_GROUPS`; 0 when the code says nothing.

    Examples
    --------
    >>> FUNCTION_GROUPS[function_group("31001_1010")]
    'residential'
    """
    adv = _adv(code)
    if adv is None:
        return BUILDINGS[code][2] if code in BUILDINGS else 0
    kind, number = adv
    if kind != 31001:
        if kind == 51009 and number in (1610, 1611):
            return FUNCTION_GROUPS.index("outbuilding")
        return STRUCTURE_GROUPS.get(kind, _OTHER) if kind in STRUCTURE_FUNCTIONS else 0
    return next((group for low, high, group in FUNCTION_GROUP_RANGES if low <= number <= high), 0)


def roof_code(value: str | int) -> int:
    """
    AdV roof type of a code or of an OpenStreetMap ``roof:shape``; 0 when unknown.

    Examples
    --------
    >>> roof_code("gabled"), roof_code("3100"), roof_code(1000), roof_code("?")
    (3100, 3100, 1000, 0)
    """
    text = str(value).strip()
    if text.isascii() and text.isdigit():
        number = int(text) if len(text) < 6 else 0
        return number if number in ROOFS else 0
    return ROOF_SHAPES.get(text.lower(), 0)


def roof_words(code: str | int) -> Words | None:
    """
    Meaning of a roof type, given as AdV code or as ``roof:shape``.

    Examples
    --------
    >>> roof_words("3200")
    {'de': 'Walmdach', 'en': 'Hipped roof'}
    """
    return _words(ROOFS.get(roof_code(code)))


def attribute_words(name: str) -> Words:
    """
    Name of an attribute in both languages; an unknown name stands for itself.

    Examples
    --------
    >>> attribute_words("Gemeindeschluessel")["de"]
    'Gemeindeschlüssel'
    """
    return _words(ATTRIBUTES.get(name)) or {"de": name, "en": name}


def value_words(name: str, value: str) -> Words | None:
    """
    Meaning of an attribute's value: street classes, land use, parking, coded AdV attributes, functions, roofs.

    Examples
    --------
    >>> value_words("highway", "living_street")["de"]
    'Verkehrsberuhigter Bereich'
    """
    if name in ("function", "usage", "class", "building", "amenity", "building:part"):
        return function_words(value)
    if name in ("roofType", "roof:shape"):
        return roof_words(value)
    table = TAG_VALUES.get(name) or ADV_VALUES.get(name) or {}
    return _words(table.get(value)) or (_yes_no(value) if name not in ADV_VALUES else None)


def _yes_no(value: str) -> Words | None:
    return {"yes": {"de": "ja", "en": "yes"}, "no": {"de": "nein", "en": "no"}}.get(value)


def _adv(code: str) -> tuple[int, int] | None:
    match = _ADV_CODE.fullmatch(code)
    return (int(match[1] or 31001), int(match[2])) if match else None


def _words(pair: tuple[str, str] | None) -> Words | None:
    return {"de": pair[0], "en": pair[1]} if pair else None
