"""What can be said by hand about an object: its fields with type, unit, range and choices, and what is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kastor.city.codelists import Words, attribute_words
from kastor.city.codes_adv import BUILDING_FUNCTIONS, ROOFS
from kastor.city.codes_osm import TAG_VALUES
from kastor.city.model import Json, Kind

FieldType = Literal["text", "integer", "number", "date", "choice", "address"]

LONGEST = 500
"""Most letters of a text."""

ADDRESS_PARTS = ("street", "number", "postcode", "city")
"""What an address is made of."""


class InvalidValue(ValueError):
    """
    A value does not fit its field.

    Parameters
    ----------
    field
        Name of the field.
    de, en
        What is wrong and what would fit, as sentences.
    """

    def __init__(self, field: str, de: str, en: str) -> None:
        super().__init__(f"{field}: {en}")
        self.field = field
        self.words: Words = {
            "de": f"{attribute_words(field)['de']}: {de}",
            "en": f"{attribute_words(field)['en']}: {en}",
        }


@dataclass(frozen=True)
class Field:
    """
    A field of a form.

    Parameters
    ----------
    name
        Name of the attribute.
    type
        How it is typed in.
    unit
        Unit of a number.
    low, high
        Range of a number, inclusive.
    choices
        Code -> words.
    """

    name: str
    type: FieldType = "text"
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    choices: Mapping[str, Words] = field(default_factory=dict)


def _choices(table: Mapping[str, tuple[str, str]]) -> dict[str, Words]:
    return {code: {"de": de, "en": en} for code, (de, en) in table.items()}


_NAME, _NOTE = Field("name"), Field("description")
_ADDRESS = Field("address", "address")
_BUILT = (
    _NAME,
    _ADDRESS,
    Field("function", "choice", choices=_choices({f"31001_{n}": words for n, words in BUILDING_FUNCTIONS.items()})),
    Field("storeysAboveGround", "integer", "", 0, 200),
    Field("storeysBelowGround", "integer", "", 0, 20),
    Field("measuredHeight", "number", "m", 0.1, 830),
    Field("roofType", "choice", choices=_choices({str(n): words for n, words in ROOFS.items()})),
    Field("yearOfConstruction", "integer", "", 700, 2100),
)
_SURFACE = Field("surface", "choice", choices=_choices(TAG_VALUES["surface"]))


def _tag(name: str) -> Field:
    return Field(name, "choice", choices=_choices(TAG_VALUES[name]))


FURNITURE: dict[str, tuple[str, str]] = {
    "bench": ("Bank", "Bench"),
    "waste_basket": ("Abfallkorb", "Litter bin"),
    "recycling": ("Wertstoffbehälter", "Recycling container"),
    "post_box": ("Briefkasten", "Letter box"),
    "drinking_water": ("Trinkbrunnen", "Drinking fountain"),
    "fountain": ("Brunnen", "Fountain"),
    "bicycle_parking": ("Fahrradständer", "Bicycle parking"),
    "charging_station": ("Ladestation", "Charging station"),
    "street_lamp": ("Straßenleuchte", "Street lamp"),
    "hydrant": ("Hydrant", "Hydrant"),
    "shelter": ("Unterstand", "Shelter"),
    "toilets": ("Toilette", "Toilets"),
    "public_bookcase": ("Bücherschrank", "Public bookcase"),
    "playground": ("Spielgerät", "Playground equipment"),
    "artwork": ("Kunstwerk", "Artwork"),
}
"""Things in public space that can be added by hand."""

FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    Kind.BUILDING: _BUILT,
    Kind.BUILDING_PART: _BUILT,
    Kind.TREE: (
        Field("species"), Field("height", "number", "m", 0.1, 80), Field("crownDiameter", "number", "m", 0.1, 50),
        Field("trunkDiameter", "number", "m", 0.01, 10), Field("yearOfConstruction", "integer", "", 700, 2100), _NOTE,
    ),
    Kind.STREET: (
        _NAME, _tag("highway"), Field("width", "number", "m", 0.3, 100), Field("lanes", "integer", "", 1, 20),
        Field("maxspeed", "integer", "km/h", 5, 300), _SURFACE,
    ),
    Kind.RAILWAY: (_NAME, _tag("railway")),
    Kind.PARKING: (_NAME, _tag("parking"), Field("capacity", "integer", "", 0, 100_000), _SURFACE),
    Kind.LAND_USE: (_NAME, _tag("landuse"), _tag("leisure"), _tag("natural")),
    Kind.VEGETATION: (_NAME, _tag("natural"), Field("height", "number", "m", 0.1, 80)),
    Kind.WATER: (_NAME, _tag("water"), _tag("waterway"), Field("width", "number", "m", 0.1, 2000)),
    Kind.FURNITURE: (_NAME, Field("amenity", "choice", choices=_choices(FURNITURE)), _NOTE),
    Kind.ADDRESS: (_ADDRESS, _NAME),
    Kind.DISTRICT: (_NAME, Field("ref")),
    Kind.PLAN_AREA: (_NAME, Field("class"), _NOTE),
}  # fmt: skip
"""Fields by what an object is; other kinds have a name and a description."""

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def fields_of(kind: Kind, attributes: Mapping[str, Json]) -> list[Field]:
    """The fields of an object: those of its kind, then what else it has, typed like its present values."""
    known = list(FIELDS.get(kind, (_NAME, _NOTE)))
    names = {f.name for f in known}
    others = [_like(name, value) for name, value in sorted(attributes.items()) if name not in names]
    return known + [f for f in others if f is not None]


def _like(name: str, value: Json) -> Field | None:
    if isinstance(value, (bool, list, dict)):
        return None
    if isinstance(value, int):
        return Field(name, "integer")
    return Field(name, "number") if isinstance(value, float) else Field(name)


def checked(kind: Kind, present: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
    """
    Values of a form as they are stored; None removes an attribute.

    Parameters
    ----------
    kind
        What the object is.
    present
        Its attributes now.
    given
        Some of its fields.

    Raises
    ------
    InvalidValue
        When a field is not known or a value does not fit; names field, value and cure.
    """
    known = {f.name: f for f in fields_of(kind, present)}
    found: dict[str, Json] = {}
    for name, value in given.items():
        if name not in known:
            raise InvalidValue(
                name[:80], "gibt es für dieses Objekt nicht.", f"there is no such field; known are {', '.join(known)}."
            )
        found[name] = None if value in (None, "") else _checked(known[name], value, present.get(name))
    return found


def _checked(field: Field, value: Json, present: Json) -> Json:
    if field.type in ("integer", "number"):
        return _number(field, value)
    if field.type == "address":
        return _address(field, value)
    if not isinstance(value, str):
        raise InvalidValue(field.name, f"{value!r} ist kein Text.", f"{value!r} is no text.")
    text = value.strip()
    if len(text) > LONGEST or _CONTROL.search(text):
        raise InvalidValue(
            field.name, f"Höchstens {LONGEST} Zeichen, ohne Steuerzeichen.", f"at most {LONGEST} letters, no controls."
        )
    if field.type == "choice" and text not in field.choices and text != present:
        raise InvalidValue(
            field.name,
            f"{text!r} steht nicht zur Wahl. Bitte aus der Liste wählen.",
            f"{text!r} is no choice of the list.",
        )
    return text or None


def _number(field: Field, value: Json) -> Json:
    try:
        number = float(value.replace(",", ".")) if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    whole = field.type == "integer"
    unit = f" {field.unit}" if field.unit else ""
    if not math.isfinite(number) or isinstance(value, bool) or (whole and number != int(number)):
        kind = ("keine ganze Zahl", "not a whole number") if whole else ("keine Zahl", "not a number")
        raise InvalidValue(field.name, f"{value!r} ist {kind[0]}.", f"{value!r} is {kind[1]}.")
    if not field.low <= number <= field.high:
        low, high = f"{field.low:g}", f"{field.high:g}"
        raise InvalidValue(
            field.name,
            f"{number:g}{unit} liegt nicht zwischen {low} und {high}{unit}.",
            f"{number:g}{unit} is not between {low} and {high}{unit}.",
        )
    return int(number) if whole else number


def _address(field: Field, value: Json) -> Json:
    listed = value if isinstance(value, list) else [value]
    found: list[Json] = []
    for one in listed:
        if not isinstance(one, dict) or not set(one) <= {*ADDRESS_PARTS, "country"}:
            raise InvalidValue(
                field.name,
                "Straße, Hausnummer, Postleitzahl und Ort angeben.",
                "give street, number, postcode and city.",
            )
        parts = {k: str(v).strip()[:100] for k, v in one.items() if v not in (None, "") and str(v).strip()}
        if parts and not parts.get("street"):
            raise InvalidValue(field.name, "Die Straße fehlt.", "the street is missing.")
        if _CONTROL.search("".join(parts.values())):
            raise InvalidValue(field.name, "Steuerzeichen sind nicht erlaubt.", "control characters are not allowed.")
        if parts:
            found.append(dict(parts))
    return found or None
