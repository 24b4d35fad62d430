"""Texts of the findings of an import: code -> language -> (what was met, what to do).

One entry per thing a reader or check can meet; ``{name}`` is filled from the finding's values.
"""

from __future__ import annotations

TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "ring_not_closed": {
        "de": ("Ein Umriss ist nicht geschlossen.", "Wurde geschlossen. Bitte in der Quelle prüfen."),
        "en": ("A ring is not closed.", "It was closed. Please check the source."),
    },
    "ring_too_short": {
        "de": (
            "Ein Umriss hat nur {vertices} verschiedene Punkte.",
            "Die Fläche wurde weggelassen. Bitte in der Quelle ergänzen.",
        ),
        "en": ("A ring has only {vertices} distinct vertices.", "The polygon was left out. Please complete the source."),
    },
    "polygon_not_planar": {
        "de": (
            "Eine Fläche ist nicht eben: {deviation:.2f} m Abweichung.",
            "Wurde unverändert übernommen. Bitte die Höhen in der Quelle prüfen.",
        ),
        "en": ("A polygon is not planar: it deviates by {deviation:.2f} m.", "Taken over as it is. Please check the heights."),
    },
}
