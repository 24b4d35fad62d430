"""The towns of the demo, as data: which files, whose they are, and what a visitor sees first."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

GEOBASIS = {
    "owner": "Geobasis NRW",
    "licence": "Datenlizenz Deutschland Zero 2.0",
    "licence_url": "https://www.govdata.de/dl-de/zero-2-0",
    "attribution": "Geobasis NRW, dl-de/zero-2-0",
}
OPENSTREETMAP = {
    "owner": "OpenStreetMap-Mitwirkende",
    "licence": "Open Database License 1.0",
    "licence_url": "https://opendatacommons.org/licenses/odbl/1-0/",
    "attribution": "© OpenStreetMap-Mitwirkende, ODbL",
}


@dataclass(frozen=True)
class Source:
    """One dataset of a town: its files below ``kastor/demo/<town>/`` and how to read them."""

    files: tuple[str, ...]
    dataset: dict[str, str]
    kind: str | None = None


@dataclass(frozen=True)
class Town:
    """
    A demo tenant.

    Parameters
    ----------
    view
        Where the camera stands at first, as the ``View`` of the web interface.
    surface
        File of surface heights (DOM) from which real trees are found, or None.
    """

    id: str
    title: str
    description: dict[str, str]
    crs: str
    view: dict[str, Any]
    sources: tuple[Source, ...]
    surface: str | None = None
    services: list[dict[str, str]] = field(default_factory=list)


KOELN = Town(
    id="koeln",
    title="Köln",
    description={
        "de": "3.533 Gebäude aus 38 Kacheln des amtlichen 3D-Gebäudemodells, mit Straßen und Grünflächen der ganzen "
        "Stadt. Das Gelände ist aus den Gebäuden abgeleitet und zwischen ihnen nur geschätzt.",
        "en": "3,533 buildings from 38 tiles of the official 3D building model, with the streets and green areas of "
        "the whole city. The terrain is derived from the buildings and only estimated between them.",
    },
    crs="EPSG:25832+7837",
    view={"target": [364395.0, 5650120.0, 52.0], "heading": 340.0, "pitch": 36.0, "distance": 520.0},
    sources=(
        Source(
            ("lod2.zip", "lod2-nord.zip"),
            {"id": "lod2", "title": "3D-Gebäudemodell LoD2", "date": "2020-12-23", **GEOBASIS},
        ),
        Source(
            ("streets.zip",),
            {"id": "streets", "title": "Straßen und Wege", "date": "2020-09-01", **OPENSTREETMAP},
            kind="street",
        ),
        Source(
            ("green-leisure.zip", "green-agriculture.zip"),
            {"id": "green", "title": "Grünflächen, Wald und Felder", "date": "2020-09-01", **OPENSTREETMAP},
            kind="land_use",
        ),
    ),
)

DORSTEN = Town(
    id="dorsten",
    title="Dorsten",
    description={
        "de": "Ein Quadratkilometer am Wald mit echtem Gelände aus Laserpunkten, 30 Gebäuden und allen Bäumen als "
        "einzelnen Objekten. Die Bäume sind aus Oberfläche und Gelände berechnet.",
        "en": "One square kilometre by the forest with true terrain from laser points, 30 buildings and every tree as "
        "an object of its own. The trees are computed from surface and ground heights.",
    },
    crs="EPSG:25832+7837",
    view={"target": [360560.0, 5721500.0, 60.0], "heading": 20.0, "pitch": 32.0, "distance": 620.0},
    sources=(
        Source(
            ("dgm1_32_360_5721_1_nw.tif",),
            {"id": "dgm1", "title": "Digitales Geländemodell DGM1", "date": "", **GEOBASIS},
        ),
        Source(
            ("LoD2_32_360_5721_1_NW.gml.gz",),
            {"id": "lod2", "title": "3D-Gebäudemodell LoD2", "date": "2021-01-27", **GEOBASIS},
        ),
    ),
    surface="dom1_32_360_5721_1_nw.tif",
)

BAD_HERSFELD = Town(
    id="bad-hersfeld",
    title="Bad Hersfeld",
    description={
        "de": "Eine ganze Stadt nur aus OpenStreetMap: 11.273 Gebäude mit Straßen, Adressen und Parkplätzen. Höhen sind "
        "meist geschätzt, ein Gelände fehlt noch.",
        "en": "A whole town from OpenStreetMap alone: 11,273 buildings with streets, addresses and parking. Heights are "
        "mostly assumed, and there is no terrain yet.",
    },
    crs="EPSG:25832+7837",
    view={"target": [549150.0, 5636050.0, 0.0], "heading": 330.0, "pitch": 35.0, "distance": 700.0},
    sources=(
        Source(
            ("bad-hersfeld.osm.gz",),
            {"id": "osm", "title": "OpenStreetMap Bad Hersfeld", "date": "2021-10-27", **OPENSTREETMAP},
        ),
    ),
)

TOWNS = (KOELN, DORSTEN, BAD_HERSFELD)
