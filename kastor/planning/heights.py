"""How high a plan lets build, above the ground and above sea level, and in words.

Heights of a plan are measured from the sea (NHN), the ground, the pavement, the street or a level of its own. The
first needs no ground, the next three are measured from the middle of the ground along the building here, which the
words say; a level of its own (Bezugshöhe, Erdgeschossfußboden) is not known to a program.

Source: XPlanung 6.0.2, XP_ArtHoehenbezug and XP_ArtHoehenbezugspunkt; § 18 BauNVO.
"""

from __future__ import annotations

from collections.abc import Mapping

from kastor.formats.xplanung.envelopes import FROM_GROUND, Envelope, Height

SURE = 3
"""Heights of the ground an area needs to stand on."""

STOREY = 3.0
"""Assumed height of a storey where a plan fixes only how many. [m]"""

ABOVE_SEA = frozenset({"1000", "1100", "1200"})
"""Codes of hoehenbezug that measure from the sea level; they differ by centimetres."""

REFERENCES: Mapping[str, tuple[str, str]] = {
    "1000": ("über NHN", "above sea level"),
    "1100": ("über NN", "above sea level"),
    "1200": ("über DHHN", "above sea level"),
    "2000": ("über Gelände", "above the ground"),
    "2500": ("über Gehweg", "above the pavement"),
    "3000": ("über der Bezugshöhe", "above the reference level"),
    "3500": ("über Straße", "above the street"),
    "4000": ("über Erdgeschossfußboden", "above the ground floor"),
    "": ("über einem nicht genannten Bezug", "above a level that is not named"),
}
"""Codes of hoehenbezug in words."""

POINTS: Mapping[str, tuple[str, str]] = {
    "1000": ("Traufhöhe", "Height of the eaves"),
    "2000": ("Firsthöhe", "Height of the ridge"),
    "3000": ("Oberkante", "Upper edge"),
    "3500": ("Lichte Höhe", "Clear height"),
    "4000": ("Sockelhöhe", "Height of the base"),
    "4500": ("Erdgeschossfußboden", "Ground floor"),
    "5000": ("Höhe baulicher Anlagen", "Height of structures"),
    "5500": ("Unterkante", "Lower edge"),
    "6000": ("Gebäudehöhe", "Height of the building"),
    "6500": ("Wandhöhe", "Height of the wall"),
    "6600": ("Geländeoberkante", "Ground level"),
    "": ("Höhe", "Height"),
}
"""Codes of bezugspunkt in words."""

EAVES = frozenset({"1000", "6500"})
"""Codes of bezugspunkt that are reached by walls, not by the roof."""

TOPS = frozenset({"2000", "3000", "5000", "6000", ""})
"""Codes of bezugspunkt that are the highest point."""


def above_sea(height: Height, ground: float | None) -> float | None:
    """
    The highest a plan allows at a place, in the tenant's height system; None where that is not known. [m]

    Parameters
    ----------
    ground
        Height of the ground there, None where it is not known. [m]
    """
    most = height.exact if height.exact is not None else height.most
    if most is None:
        return None
    if height.reference in ABOVE_SEA:
        return most
    return ground + most if ground is not None and height.reference in FROM_GROUND else None


def words_of_top(envelope: Envelope, ground: float | None) -> tuple[float | None, dict[str, str]]:
    """
    The top of a buildable area in the tenant's height system [m], None where nothing fixes one, and why.

    Parameters
    ----------
    ground
        Height of the ground there; where it is not known (None), heights are given above it.
    """
    if ground is None:
        return _above_ground(envelope)
    known = [(top, h) for h in envelope.heights if h.point in TOPS and (top := above_sea(h, ground)) is not None]
    if not known:
        known = [(top, h) for h in envelope.heights if h.point in EAVES and (top := above_sea(h, ground)) is not None]
    if known:
        # several heights hold together, so the lowest one binds
        top, height = min(known, key=lambda pair: pair[0])
        return top, height_words(height)
    return _by_storeys(envelope, ground)


def _above_ground(envelope: Envelope) -> tuple[float | None, dict[str, str]]:
    """The same where the ground is not known: above it, and heights above the sea say nothing."""
    known = [(top, h) for h in envelope.heights if h.point in TOPS | EAVES and (top := above_sea(h, 0.0)) is not None]
    local = [(top, h) for top, h in known if h.reference not in ABOVE_SEA]
    if local:
        top, height = min(local, key=lambda pair: pair[0])
        return top, height_words(height)
    top, words = _by_storeys(envelope, 0.0)
    if top is None and known:
        said = height_words(known[0][1])
        return None, {
            "de": f"{said['de']}; wie hoch das über dem Gelände ist, zeigt erst ein Geländemodell",
            "en": f"{said['en']}; how high that is above the ground needs a terrain model",
        }
    return top, words


def _by_storeys(envelope: Envelope, ground: float) -> tuple[float | None, dict[str, str]]:
    for name in ("storeys_exact", "storeys_most"):
        if name in envelope.limits:
            storeys = envelope.limits[name].value
            de, en = ("Vollgeschoss", "full storey") if storeys == 1 else ("Vollgeschosse", "full storeys")
            return ground + storeys * STOREY, {
                "de": f"{storeys:g} {de}, angenommen je {STOREY:g} m",
                "en": f"{storeys:g} {en}, taken as {STOREY:g} m each",
            }
    return None, {"de": "Höhe nicht festgesetzt", "en": "No height is fixed"}


def height_words(height: Height) -> dict[str, str]:
    """A height a plan fixes, as a plan says it."""
    most = height.exact if height.exact is not None else height.most
    what, above = POINTS.get(height.point, POINTS[""]), REFERENCES.get(height.reference, REFERENCES[""])
    number = f"{most or 0.0:.2f}"
    return {
        "de": f"{what[0]} {number.replace('.', ',')} m {above[0]}",
        "en": f"{what[1]} {number} m {above[1]}",
    }
