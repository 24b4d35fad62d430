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
        "en": (
            "A ring has only {vertices} distinct vertices.",
            "The polygon was left out. Please complete the source.",
        ),
    },
    "polygon_not_planar": {
        "de": (
            "Eine Fläche ist nicht eben: {deviation:.2f} m Abweichung.",
            "Wurde unverändert übernommen. Bitte die Höhen in der Quelle prüfen.",
        ),
        "en": (
            "A polygon is not planar: it deviates by {deviation:.2f} m.",
            "Taken over as it is. Please check the heights.",
        ),
    },
    "polygon_without_area": {
        "de": (
            "Eine Fläche hat keinen Inhalt.",
            "Wurde übernommen, ist aber nicht zu sehen. Bitte in der Quelle löschen.",
        ),
        "en": ("A polygon has no area.", "Taken over but not visible. Please delete it in the source."),
    },
    "height_differs": {
        "de": (
            "Die angegebene Höhe {stated:.1f} m passt nicht zur Gestalt: {built:.1f} m.",
            "Beides wurde übernommen. Bitte die Höhe in der Quelle prüfen.",
        ),
        "en": (
            "The stated height of {stated:.1f} m does not fit the shape: {built:.1f} m.",
            "Both were taken over. Please check the height in the source.",
        ),
    },
    "storeys_do_not_fit": {
        "de": (
            "{storeys} Geschosse passen nicht zur Höhe: {per_storey:.1f} m Wand je Geschoss.",
            "Wurde unverändert übernommen. Bitte Höhe und Geschosszahl prüfen.",
        ),
        "en": (
            "{storeys} storeys do not fit the height: {per_storey:.1f} m of wall per storey.",
            "Taken over as it is. Please check height and number of storeys.",
        ),
    },
    "gathered_from_parts": {
        "de": (
            "Angaben stehen nur an den Gebäudeteilen: {attributes}.",
            "Wurden am Gebäude zusammengeführt. Es ist nichts zu tun.",
        ),
        "en": ("Stated on the building parts only: {attributes}.", "Gathered on the building. Nothing to do."),
    },
}
