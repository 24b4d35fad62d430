"""What a plan says about a building: a verdict with value, limit and source, in words a clerk reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shapely.geometry.base import BaseGeometry

Answer = Literal["kept", "broken", "unknown"]
Words = Mapping[str, str]

TITLES: Mapping[str, tuple[str, str]] = {
    "extent": ("Geltungsbereich", "Area of the plan"),
    "boundary": ("Baugrenze", "Building limit"),
    "building_line": ("Baulinie", "Building line"),
    "storeys": ("Vollgeschosse", "Full storeys"),
    "height": ("Höhe", "Height"),
    "grz": ("Grundflächenzahl (GRZ I)", "Site coverage (GRZ I)"),
    "grz2": ("Grundflächenzahl mit Nebenanlagen (GRZ II)", "Site coverage with ancillary works (GRZ II)"),
    "gfz": ("Geschossflächenzahl (GFZ)", "Floor space index (GFZ)"),
    "bmz": ("Baumassenzahl (BMZ)", "Building mass index (BMZ)"),
    "ground_area": ("Grundfläche (GR)", "Ground area (GR)"),
    "floor_area": ("Geschossfläche (GF)", "Floor area (GF)"),
    "length": ("Gebäudelänge in offener Bauweise", "Length of the building in open development"),
    "use": ("Art der Nutzung", "Kind of use"),
    "distances": ("Abstandsfläche (Richtwert)", "Distance to the border (guide value)"),
}
"""Rules by their id, German and English."""


@dataclass(frozen=True)
class Source:
    """
    Where a rule stands.

    Parameters
    ----------
    plan, object
        Id of the plan and of what in it fixes the rule, empty where the law itself does.
    paragraph
        Of the law, with its edition.
    """

    plan: str
    object: str
    paragraph: str


@dataclass(frozen=True)
class Verdict:
    """
    One rule about one building, or about the buildings of one plot.

    Parameters
    ----------
    rule
        Key of ``TITLES``.
    object
        Id of the building.
    verdict
        ``unknown`` where the plan or the city does not say enough; the text says what is missing.
    value, limit, difference, unit
        What is, what may be, and by how much it is exceeded; None where there is no number.
    text
        In a few words.
    beyond
        What of the building lies outside of what is allowed, in plan.
    top
        The highest that is allowed there, in the height system of the city. [m]
    indicative
        Whether it only gives a hint, since the law of the state decides.
    """

    rule: str
    object: str
    verdict: Answer
    source: Source
    text: Words
    value: float | None = None
    limit: float | None = None
    difference: float | None = None
    unit: str = ""
    beyond: BaseGeometry | None = None
    top: float | None = None
    indicative: bool = False


def number(value: float, digits: int = 2) -> Words:
    """
    A number in both languages.

    Examples
    --------
    >>> number(0.4)["de"]
    '0,40'
    """
    english = f"{value:,.{digits}f}"
    return {"de": english.translate(str.maketrans(",.", ".,")), "en": english}


def said(de: str, en: str, **numbers: Words) -> Words:
    """A sentence in both languages with numbers in each."""
    return {
        "de": de.format(**{name: words["de"] for name, words in numbers.items()}),
        "en": en.format(**{name: words["en"] for name, words in numbers.items()}),
    }


def count(value: float) -> Words:
    """
    A whole number of storeys, or with its decimals.

    Examples
    --------
    >>> count(3.0)["de"]
    '3'
    """
    return number(value, 0 if value == int(value) else 1)


def title(rule: str) -> Words:
    """What a rule is called."""
    return dict(zip(("de", "en"), TITLES[rule], strict=True))
