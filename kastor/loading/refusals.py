"""Why a file was not taken, in words a clerk reads: the German of the refusals of formats and store.

The rooms below speak English to programs and operators. What people meet in the browser is told in German here;
a refusal nobody has put into German is shown as it is.
"""

from __future__ import annotations

import re

REFUSALS: tuple[tuple[str, str], ...] = (
    (r"The file is empty", "Die Datei ist leer. Bitte noch einmal exportieren oder herunterladen."),
    (
        r"(damaged|cut off|incomplete|not well-formed|no valid JSON|No XML root element)",
        "Die Datei ist beschädigt oder nicht vollständig. Bitte noch einmal herunterladen oder exportieren.",
    ),
    (
        r"(of no format Kastor knows|which Kastor does not read|is of a format Kastor reads|not a CityModel)",
        "Dieses Format liest Kastor nicht. Möglich sind CityGML, CityJSON, GeoTIFF, XYZ, ASC, HGT, OpenStreetMap, "
        "GeoJSON, GeoPackage, Shapefile, FlatGeobuf, CSV und XPlanGML, auch gepackt als .zip oder .gz.",
    ),
    (
        r"The plan '(?P<plan>.*)' lies at (?P<at>\S+, \S+) in .*, (?P<apart>\d+) km from everything in",
        "Der Plan „{plan}“ liegt bei {at}, {apart} km von allem entfernt, was dieser Zwilling enthält. Bitte im "
        "Zwilling der richtigen Stadt laden oder beim Laden das richtige Bezugssystem wählen.",
    ),
    (
        r"XPlanGML but holds no plan",
        "Die Datei ist XPlanGML, enthält aber keinen Plan. Bitte den ganzen Plan ausgeben.",
    ),
    (r"archive in the archive", "Im Archiv liegt ein weiteres Archiv. Bitte einmal entpacken und den Inhalt laden."),
    (r"encrypted", "Das Archiv ist mit einem Kennwort geschützt. Bitte ohne Kennwort packen."),
    (
        r"(It unpacks to more|archive holds \d+ files)",
        "Das Archiv wird entpackt viel zu groß. Ist es echt, bitte selbst entpacken und den Inhalt in Teilen laden.",
    ),
    (r"names no reference system", "Die Datei nennt nicht, in welchem Bezugssystem ihre Koordinaten stehen."),
    (
        r"Coordinates such as (?P<at>\S+, \S+) do not lie in (?P<crs>\S+)",
        "Koordinaten wie {at} liegen nicht im angegebenen Bezugssystem {crs}. Bitte ein anderes wählen.",
    ),
    (
        r"coordinate system (?P<crs>.{1,140}): This name is no plane or geographic reference system",
        "Das Bezugssystem {crs} kennt Kastor nicht. Bitte ein anderes wählen, etwa EPSG:25832.",
    ),
    (
        r"(No column holds coordinates|No row has usable coordinates)",
        "In der Tabelle sind keine brauchbaren Koordinaten. Bitte bei den Spalten angeben, wo sie stehen.",
    ),
    (r"There is no column", "Eine der gewählten Spalten gibt es in der Tabelle nicht. Bitte die Spalten neu wählen."),
    (
        r"(This is a picture|no place on the map|no height at all|no height grid)",
        "Das ist kein Höhenmodell mit Lage. Bitte das Gelände als GeoTIFF, ASC oder XYZ laden.",
    ),
    (r"DOCTYPE", "Die Datei enthält einen DOCTYPE, der Schädliches verbergen kann. Bitte entfernen."),
    (r"feature that can be placed", "In der Datei ist kein Objekt mit Lage. Bitte in einem GIS prüfen."),
    (
        r"no room left on the disk",
        "Auf dem Server ist kein Platz mehr. Es wurde nichts geändert. Bitte wenden Sie sich an den Betrieb.",
    ),
    (
        r"somebody else is writing",
        "Gerade ändert jemand anders den Zwilling. Es wurde nichts geändert. Bitte gleich noch einmal versuchen.",
    ),
    (
        r"The work was cut off",
        "Die Arbeit wurde mehrmals unterbrochen. Es wurde nichts geändert. Bitte wenden Sie sich an den Betrieb.",
    ),
)
"""What the English says -> the German, the first that fits."""


def words(problem: str) -> dict[str, str]:
    """
    A refusal in both languages; empty texts for none.

    Examples
    --------
    >>> words("roads.csv: The file is empty. Export or download it again.")["de"]
    'roads.csv: Die Datei ist leer. Bitte noch einmal exportieren oder herunterladen.'
    """
    fitting = ((re.search(pattern, problem), text) for pattern, text in REFUSALS)
    german = next((text.format(**found.groupdict()) for found, text in fitting if found), "")
    file, colon, _ = problem.partition(": ")
    named = f"{file}: " if german and colon and len(file) <= 140 and "." in file else ""
    return {"de": f"{named}{german}" if german else problem, "en": problem}
