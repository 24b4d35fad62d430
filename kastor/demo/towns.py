"""The towns of the demo, as data: which files, whose they are, and what a visitor sees first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kastor.store import Dataset

HERE = Path(__file__).parent

GEOBASIS = Dataset(
    id="",
    title="",
    owner="Geobasis NRW",
    licence="Datenlizenz Deutschland Zero 2.0",
    licence_url="https://www.govdata.de/dl-de/zero-2-0",
    attribution="Geobasis NRW, dl-de/zero-2-0",
)
OPENSTREETMAP = Dataset(
    id="",
    title="",
    owner="OpenStreetMap-Mitwirkende",
    licence="Open Database License 1.0",
    licence_url="https://opendatacommons.org/licenses/odbl/1-0/",
    attribution="© OpenStreetMap-Mitwirkende, ODbL",
)


@dataclass(frozen=True)
class Source:
    """One dataset of a town: its files below ``kastor/demo/<town>/`` and how to read them."""

    files: tuple[str, ...]
    dataset: Dataset
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
            replace(GEOBASIS, id="lod2", title="3D-Gebäudemodell LoD2", date="2020-12-23"),
        ),
        Source(
            ("streets.zip",),
            replace(OPENSTREETMAP, id="streets", title="Straßen und Wege", date="2020-09-01"),
            kind="street",
        ),
        Source(
            ("green-leisure.zip", "green-agriculture.zip"),
            replace(OPENSTREETMAP, id="green", title="Grünflächen, Wald und Felder", date="2020-09-01"),
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
            replace(GEOBASIS, id="dgm1", title="Digitales Geländemodell DGM1", date=""),
        ),
        Source(
            ("LoD2_32_360_5721_1_NW.gml.gz",),
            replace(GEOBASIS, id="lod2", title="3D-Gebäudemodell LoD2", date="2021-01-27"),
        ),
    ),
    surface="dom1_32_360_5721_1_nw.tif",
)

BAD_HERSFELD = Town(
    id="bad-hersfeld",
    title="Bad Hersfeld",
    description={
        "de": "Eine ganze Stadt nur aus OpenStreetMap: 11.280 Gebäude mit Straßen, Adressen und Parkplätzen. Die Höhen "
        "sind meist geschätzt, ein Gelände fehlt noch.",
        "en": "A whole town from OpenStreetMap alone: 11,280 buildings with streets, addresses and parking. Heights "
        "are mostly assumed, and there is no terrain yet.",
    },
    crs="EPSG:25832+7837",
    view={"target": [549150.0, 5636050.0, 0.0], "heading": 330.0, "pitch": 35.0, "distance": 700.0},
    sources=(
        Source(
            ("bad-hersfeld.osm.gz",),
            replace(OPENSTREETMAP, id="osm", title="OpenStreetMap Bad Hersfeld", date="2021-10-27"),
        ),
    ),
)

TOWNS = (KOELN, DORSTEN, BAD_HERSFELD)
