"""What is wrong with a plan, and what to do about it, in German and English.

Numbers of rules (KB) are those of the conformity conditions of XPlanung 6.0.2 by the Leitstelle XPlanung.
"""

from __future__ import annotations

from kastor.formats.xplanung.model import Finding

TEXTS: dict[str, dict[str, str]] = {
    "not_readable": {
        "de": "Die Datei lässt sich nicht lesen: {problem} {cure}",
        "en": "The file cannot be read: {problem} {cure}",
    },
    "version_unknown": {
        "de": "Version {version} von XPlanGML ist nicht bekannt (bekannt: {known}). Ihre Regeln wurden nicht geprüft.",
        "en": "Version {version} of XPlanGML is not known. Known are {known}. Its rules were not checked.",
    },
    "schema_not_checked": {
        "de": "Das Schema wurde nicht geprüft: Für Version {version} liegt keines vor. Ordner mit --schemas nennen.",
        "en": "The schema was not checked: there is none for version {version}. Name its folder with --schemas.",
    },
    "schema": {
        "de": "Zeile {line}: Das Schema von XPlanGML ist verletzt: {problem}",
        "en": "Line {line}: the schema of XPlanGML is violated: {problem}",
    },
    "no_plan": {
        "de": "Die Datei enthält keinen Plan, nur {count} andere Objekte.",
        "en": "The file holds no plan, only {count} other objects.",
    },
    "crs_missing": {
        "de": "Keine Geometrie nennt ihr Koordinatensystem (srsName).",
        "en": "No geometry names its coordinate system (srsName).",
    },
    "crs_several": {
        "de": "Die Datei mischt Koordinatensysteme: {first} und {other}.",
        "en": "The file mixes coordinate systems: {first} and {other}.",
    },
    "crs_unfit": {
        "de": "Die Koordinaten passen nicht zum Koordinatensystem {crs}: {problem}",
        "en": "The coordinates do not fit the coordinate system {crs}: {problem}",
    },
    "axes_swapped": {
        "de": "Der Hochwert steht vor dem Rechtswert. Für {crs} wurden die Achsen getauscht.",
        "en": "Northing stands before easting. The axes were swapped for {crs}.",
    },
    "zone_prefix": {
        "de": "Vor dem Rechtswert steht die Nummer der Zone. Sie wurde für {crs} entfernt.",
        "en": "The number of the zone stands before the easting. It was removed for {crs}.",
    },
    "id_missing": {"de": "Das Objekt hat keine gml:id.", "en": "The object has no gml:id."},
    "id_twice": {"de": "Die gml:id steht {count}-mal in der Datei.", "en": "The gml:id is used {count} times."},
    "geometry_unknown": {
        "de": "Die Geometrieart {name} gehört nicht zu XPlanGML und wird nicht gelesen.",
        "en": "Geometries of kind {name} are not part of XPlanGML and are not read.",
    },
    "geometry_empty": {"de": "Die Geometrie ({name}) ist leer.", "en": "The geometry ({name}) is empty."},
    "geometry_mixed": {
        "de": "In {name} stehen Geometrien verschiedener Art.",
        "en": "{name} holds geometries of different kinds.",
    },
    "exterior_missing": {"de": "Der Fläche fehlt der äußere Ring.", "en": "The area has no exterior ring."},
    "too_few_points": {
        "de": "Die Geometrie hat {count} Punkte, nötig sind {needed}.",
        "en": "The geometry has {count} points, {needed} are needed.",
    },
    "number_wrong": {"de": "Eine Koordinate ist keine Zahl: {text}.", "en": "A coordinate is no number: {text}."},
    "numbers_uneven": {
        "de": "{count} Zahlen lassen sich nicht in Punkte zu je {dimension} teilen.",
        "en": "{count} numbers cannot be divided into points of {dimension}.",
    },
    "arc_impossible": {
        "de": "Aus den Angaben von {name} entsteht kein Bogen: {reason}.",
        "en": "What {name} states makes no arc: {reason}.",
    },
    "ring_not_closed": {
        "de": "Der Ring ist nicht geschlossen: Zwischen Ende und Anfang liegen {gap} m.",
        "en": "The ring is not closed: its end and start are {gap} m apart.",
    },
    "members_apart": {
        "de": "Die Teile der Linie schließen nicht aneinander an: Es fehlen {gap} m.",
        "en": "The parts of the line do not meet: {gap} m are missing.",
    },
    "self_intersection": {
        "de": "Die Fläche überschneidet sich selbst ({reason}).",
        "en": "The area intersects itself ({reason}).",
    },
    "ring_direction": {
        "de": "Die Laufrichtung ist falsch: {outer} äußere Ringe laufen im Uhrzeigersinn, {inner} innere dagegen.",
        "en": "The direction is wrong: {outer} outer rings run clockwise, {inner} inner ones anticlockwise.",
    },
    "overlap": {
        "de": "Flächenschluss verletzt (KB 2.2.1.1): Überlappung mit {kind} {other}, {area} m², bis {width} m breit.",
        "en": "Seamless cover broken (KB 2.2.1.1): it overlaps {kind} {other}, {area} m², up to {width} m wide.",
    },
    "gap": {
        "de": "Flächenschluss verletzt (KB 2.2.1.1): Lücke im Geltungsbereich, {area} m², bis {width} m breit.",
        "en": "Seamless cover broken (KB 2.2.1.1): a gap in the area of the plan, {area} m², up to {width} m wide.",
    },
    "overhang": {
        "de": "Flächenschluss verletzt (KB 2.2.1.1): jenseits des Geltungsbereichs, {area} m², bis {width} m breit.",
        "en": "Seamless cover broken (KB 2.2.1.1): areas beyond the area of the plan, {area} m², up to {width} m wide.",
    },
    "vertex_missing": {
        "de": "Flächenschluss (KB 2.2.1.1): {count} Stützpunkte auf dem Rand zu {kind} {other} fehlen dort.",
        "en": "Seamless cover (KB 2.2.1.1): {count} vertices on the border to {kind} {other} are missing there.",
    },
    "outside": {
        "de": "Das Objekt ragt {distance} m aus dem Geltungsbereich (KB 2.2.3.1).",
        "en": "The object stands {distance} m out of the area of the plan (KB 2.2.3.1).",
    },
    "section_outside": {
        "de": "Der Bereich ragt {distance} m aus dem Geltungsbereich des Plans.",
        "en": "The section stands {distance} m out of the area of the plan.",
    },
    "area_missing": {"de": "Der Plan hat keinen Geltungsbereich.", "en": "The plan has no area (Geltungsbereich)."},
    "attribute_missing": {"de": "Die Pflichtangabe {name} fehlt.", "en": "The mandatory attribute {name} is missing."},
    "position_missing": {"de": "Das Objekt hat keine Geometrie.", "en": "The object has no geometry."},
    "belongs_nowhere": {
        "de": "Das Objekt gehört zu keinem Plan der Datei.",
        "en": "The object belongs to no plan of the file.",
    },
    "reference_nowhere": {
        "de": "{name} verweist auf {target}, das es in der Datei nicht gibt.",
        "en": "{name} points at {target}, which is not in the file.",
    },
    "reference_wrong_class": {
        "de": "{name} verweist auf ein Objekt der Klasse {kind} ({target}), das dort nicht stehen darf.",
        "en": "{name} points at an object of class {kind} ({target}), which must not stand there.",
    },
    "reference_one_sided": {
        "de": "{name} nennt {target}, aber {back} dort nennt dieses Objekt nicht.",
        "en": "{name} names {target}, but {back} there does not name this object.",
    },
    "attachment_missing": {
        "de": "Die Datei {file}, auf die der Plan verweist, liegt nicht im Archiv.",
        "en": "The file {file} the plan refers to is not in the archive.",
    },
}  # fmt: skip


def text(finding: Finding, language: str = "de") -> str:
    """A finding as a sentence."""
    values = {"kind": finding.kind, "line": finding.line} | finding.values
    return TEXTS[finding.code][language].format(**values)
