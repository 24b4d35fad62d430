"""Which use is allowed in which kind of area: generally, by way of exception or not, by the edition of the BauNVO.

Only the catalogue of the ordinance is known here. What a plan excludes or adds in its text (§ 1 Abs. 4 to 10) a
program does not read; uses the ordinance allows under a condition (shops that serve the area, trades that do not
disturb) are reported as such.

Source: BauNVO §§ 2 to 9 in the editions of 1962, 1968, 1977, 1990, 2013, 2017, 2021.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Permission = Literal["general", "condition", "exception", "no"]

USES: Mapping[str, tuple[str, str]] = {
    "residential": ("Wohnen", "Dwelling"),
    "mixed": ("Wohnen und Gewerbe", "Dwelling and trade"),
    "commercial": ("Läden und Gewerbe", "Shops and trade"),
    "office": ("Büro", "Offices"),
    "industrial": ("Industrie", "Industry"),
    "public": ("Öffentliche Einrichtung", "Public institution"),
    "school": ("Schule", "School"),
    "nursery": ("Kindertagesstätte", "Nursery"),
    "garage": ("Garage", "Garage"),
}
"""What a building may be planned for."""

AREAS: Mapping[str, tuple[str, int]] = {
    "1000": ("WS", 2), "1100": ("WR", 3), "1200": ("WA", 4), "1300": ("WB", 4), "1400": ("MD", 5), "1450": ("MDW", 5),
    "1500": ("MI", 6), "1550": ("MU", 6), "1600": ("MK", 7), "1700": ("GE", 8), "1800": ("GI", 9),
}  # fmt: skip
"""Codes of besondereArtDerBaulNutzung with short sign and paragraph."""

PARAGRAPHS: Mapping[str, str] = {"WB": "§ 4a", "MDW": "§ 5a", "MU": "§ 6a"}

_G: Permission = "general"
_C: Permission = "condition"
_E: Permission = "exception"
_N: Permission = "no"

NOW: Mapping[str, Mapping[str, Permission]] = {
    "WS": {"residential": _C, "commercial": _C, "office": _E, "industrial": _N, "public": _E, "school": _E,
           "nursery": _E},
    "WR": {"residential": _G, "commercial": _E, "office": _N, "industrial": _N, "public": _E, "school": _E,
           "nursery": _C},
    "WA": {"residential": _G, "commercial": _C, "office": _E, "industrial": _N, "public": _C, "school": _G,
           "nursery": _G},
    "WB": {"residential": _G, "commercial": _C, "office": _C, "industrial": _N, "public": _C, "school": _G,
           "nursery": _G},
    "MD": {"residential": _G, "commercial": _G, "office": _C, "industrial": _N, "public": _G, "school": _G,
           "nursery": _G},
    "MDW": {"residential": _G, "commercial": _C, "office": _C, "industrial": _N, "public": _G, "school": _G,
            "nursery": _G},
    "MI": {"residential": _G, "commercial": _G, "office": _G, "industrial": _N, "public": _G, "school": _G,
           "nursery": _G},
    "MU": {"residential": _G, "commercial": _G, "office": _G, "industrial": _N, "public": _G, "school": _G,
           "nursery": _G},
    "MK": {"residential": _C, "commercial": _G, "office": _G, "industrial": _N, "public": _G, "school": _G,
           "nursery": _G},
    "GE": {"residential": _E, "commercial": _G, "office": _G, "industrial": _C, "public": _C, "school": _E,
           "nursery": _E},
    "GI": {"residential": _E, "commercial": _G, "office": _C, "industrial": _G, "public": _E, "school": _E,
           "nursery": _E},
}  # fmt: skip
"""Kind of area -> use -> how it is allowed today."""

SINCE: tuple[tuple[str, str, int, Permission], ...] = (
    # homes of children in WR: by right since 2013, by way of exception since 1990
    ("WR", "nursery", 2013, "exception"), ("WR", "nursery", 1990, "no"),
    # institutions in WR at all: by way of exception since 1990
    ("WR", "public", 1990, "no"), ("WR", "school", 1990, "no"),
)  # fmt: skip
"""Kind of area, use, the year from which on it is as after it, and what held before; the latest first."""

FIRST_EDITION: Mapping[str, int] = {"WB": 1977, "MU": 2017, "MDW": 2021}
"""Kinds of areas that came later."""


def allowed(area: str, use: str, edition: int | None) -> Permission | None:
    """
    How a use is allowed in a kind of area; None where the ordinance does not say it in a way a program knows.

    Parameters
    ----------
    area
        Code of besondereArtDerBaulNutzung.
    use
        Key of ``USES``.
    edition
        Year; where it is not known (None) an answer is given only when all editions agree.

    Examples
    --------
    >>> allowed("1200", "residential", 1990)
    'general'
    >>> allowed("1100", "nursery", 1977)
    'no'
    """
    if area not in AREAS or use not in USES:
        return None
    sign = AREAS[area][0]
    if use == "garage":
        # § 12: for the need of the permitted use everywhere
        return "condition"
    if use == "mixed":
        both = [allowed(area, one, edition) for one in ("residential", "commercial")]
        return next((one for one in (None, "no", "exception", "condition") if one in both), "general")
    first = FIRST_EDITION.get(sign, 1962)
    if edition is None:
        answers = {_at(sign, use, year) for year in (1962, 1977, 1990, 2013, 2023) if year >= first}
        return answers.pop() if len(answers) == 1 else None
    return _at(sign, use, max(edition, first))


def _at(sign: str, use: str, edition: int) -> Permission:
    found = NOW[sign][use]
    for kind, what, year, before in SINCE:
        if (kind, what) == (sign, use) and edition < year:
            found = before
    return found


def paragraph(area: str) -> str:
    """The paragraph of a kind of area."""
    sign, section = AREAS[area]
    return PARAGRAPHS.get(sign, f"§ {section}")
