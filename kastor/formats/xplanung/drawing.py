"""How the objects of a plan are drawn: fill, line and label by the ordinance on plan symbols (PlanZV).

Widths and dashes are in picture points of a screen. What the ordinance has no sign for is drawn as a thin grey line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kastor.formats.xplanung.envelopes import Height, heights_of
from kastor.formats.xplanung.model import PlanObject
from kastor.formats.xplanung.signs import sign_of

DASHES: Mapping[str, tuple[float, ...]] = {
    "dashed": (8.0, 4.0),
    "dotted": (2.0, 3.0),
    "dash-dot": (10.0, 4.0, 2.0, 4.0),
}
"""Drawn and left out in turn, by the pattern of a line."""

WIDTHS: Mapping[str, float] = {"BauLinie": 2.5, "BauGrenze": 2.5, "Plan": 3.0, "UeberbaubareGrundstuecksFlaeche": 1.5}
"""By class without its letters in front."""

MARK_RADII: Mapping[str, float] = {"BP": 2.5, "SO": 2.5, "FP": 12.0, "LP": 12.0, "RP": 60.0}
"""Of the mark of a place by the letters of the plan: some 2.5 mm on paper at its usual scale. [m]"""

ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")

ZONES: Mapping[str, str] = {
    "1000": "I", "1100": "II", "1200": "III", "1300": "III A", "1400": "III B", "1500": "IV",
}  # fmt: skip
"""Zone of water protection by its code."""

POINTS: Mapping[str, str] = {
    "1000": "TH", "2000": "FH", "3000": "OK", "5000": "HBA", "6000": "GBH", "6500": "WH",
}  # fmt: skip
"""Short name of what is so high (bezugspunkt)."""

ABOVE: Mapping[str, str] = {
    "1000": " ü. NHN", "1200": " ü. NHN", "1100": " ü. NN", "2000": " ü. Gelände", "2500": " ü. Gehweg",
    "3500": " ü. Straße",
}  # fmt: skip
"""What a height is measured from (hoehenbezug)."""

_BUILDABLE = {"fill": "", "stroke": "#1f4fbf", "width": 1.5, "dash": list(DASHES["dash-dot"])}
_OTHER = {"fill": "", "stroke": "#7a7a7a", "width": 1.0, "dash": []}


def style_of(found: PlanObject) -> dict[str, Any]:
    """
    How an object is drawn: ``fill`` and ``stroke`` (``#rrggbb``, empty for none), ``width``, ``dash``, and where there
    are any ``pattern`` (``hatched``, ``dotted`` inside of an area), ``label`` and, for a place, its ``mark``.
    """
    bare = found.kind.partition("_")[2]
    sign = sign_of(found)
    if sign is None:
        style = dict(_BUILDABLE if bare == "UeberbaubareGrundstuecksFlaeche" else _OTHER)
    else:
        style = {
            "fill": sign.fill, "stroke": sign.stroke, "width": WIDTHS.get(bare, 1.0),
            "dash": list(DASHES.get(sign.pattern, ())),
        }  # fmt: skip
        if sign.pattern == "hatched":
            style["pattern"] = sign.pattern
    if label := label_of(found):
        style["label"] = label
    if found.geometry is not None and "Point" in found.geometry.geom_type:
        style["mark"] = "square" if sign is None else sign.mark
    return style


def label_of(found: PlanObject) -> str:
    """
    What a plan writes into an area: short sign, storeys as a Roman number, GRZ, GFZ in a circle.

    Examples
    --------
    >>> label_of(PlanObject("a", "BP_BaugebietsTeilFlaeche", {"besondereArtDerBaulNutzung": "1200", "Z": "2",
    ...                                                       "GRZ": "0.4"}))
    'WA II 0,4'
    """
    sign = sign_of(found)
    parts = [sign.label if sign is not None else "", ZONES.get(found.text("zone"), "")]
    if sign is not None and sign.mark == "height":
        parts += map(_height, heights_of(found))
    for names, form in ((("Zzwingend",), _forced), (("Zmax", "Z"), _storeys), (("GRZmax", "GRZ"), _ratio),
                        (("GFZmax", "GFZ"), _circled)):  # fmt: skip
        number = next((n for name in names if (n := found.number(name)) is not None and n > 0), None)
        if number is not None:
            parts.append(form(number))
    return " ".join(filter(None, parts))


def _height(height: Height) -> str:
    """A mark of height, such as ``FH 53,5 m ü. NHN``."""
    number = next((n for n in (height.exact, height.most, height.least) if n is not None), None)
    if number is None:
        return ""
    least = "mind." if height.exact is None and height.most is None else ""
    said = f"{_ratio(number)} m{ABOVE.get(height.reference, '')}"
    return " ".join(filter(None, (POINTS.get(height.point, ""), least, said)))


def _storeys(number: float) -> str:
    return ROMAN[int(number)] if number == int(number) and number < len(ROMAN) else _ratio(number)


def _forced(number: float) -> str:
    return f"({_storeys(number)})"


def _ratio(number: float) -> str:
    return f"{number:g}".replace(".", ",")


def _circled(number: float) -> str:
    return f"({_ratio(number)})"
