"""What can be known of the ground and its trees from other data: derived terrain, found trees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from kastor import formats
from kastor.city.cells import CELL
from kastor.city.model import Kind, Semantic
from kastor.city.report import Report
from kastor.city.terrain import Terrain
from kastor.loading.errors import LoadingError
from kastor.loading.files import Loaded, Progress, quiet
from kastor.loading.placing import terrain_to_tenant
from kastor.loading.words import word
from kastor.store import Dataset, Tenant

DERIVED = "terrain-derived"
"""Id of the dataset of a terrain derived from buildings."""

FOUND_TREES = "trees-found"
"""Id of the dataset of trees found in surface heights."""

BLOCK = 8
"""Cells along the side of the squares a terrain is derived in."""

DERIVED_CELL = 5.0
"""Side of the cells of a derived terrain. [m]"""

REACH = 150.0
"""How far around buildings a terrain is derived. [m]"""

Box = tuple[float, float, float, float]


def derive_terrain(tenant: Tenant, progress: Progress = quiet) -> Loaded | None:
    """
    Give a tenant without terrain one from the terrain intersections of its buildings.

    Every height says how far the next known one is. Does nothing, and gives None, when another
    dataset brings terrain or no building knows its ground.
    """
    blocks = _blocks(tenant)
    sources = [d for d in tenant.datasets() if d.kinds.get("building")]
    measured = tenant.terrain_boxes() and DERIVED not in {d.id for d in tenant.datasets()}
    if measured or not blocks or not sources:
        return None
    report = Report(", ".join(d.title for d in sources), format="derived", crs=tenant.info.crs)
    dataset = Dataset(
        id=DERIVED, title="Gelände, aus Gebäuden abgeleitet", owner=sources[0].owner, licence=sources[0].licence,
        licence_url=sources[0].licence_url, attribution=sources[0].attribution, date=sources[0].date,
    )  # fmt: skip
    found = False
    with tenant.load(dataset) as loading:
        for done, (column, row) in enumerate(blocks):
            progress(word("deriving"), done / len(blocks))
            side = BLOCK * CELL
            box = (column * side, row * side, (column + 1) * side, (row + 1) * side)
            terrain = _derived(tenant, box)
            if terrain is not None:
                found = True
                report.kept["terrain heights"] += int(np.isfinite(terrain.heights).sum())
                loading.put_terrain(f"{DERIVED}-{column}-{row}", terrain)
        if not found:
            return None
        report.add("terrain_derived", "kept", cell=DERIVED_CELL)
        return Loaded(report.as_json(), loading.finish(report.as_json()))


def _blocks(tenant: Tenant) -> list[tuple[int, int]]:
    return sorted({(cell.column // BLOCK, cell.row // BLOCK) for cell in tenant.cells()})


def _derived(tenant: Tenant, box: Box) -> Terrain | None:
    """Terrain of one square, or None when nothing in or around it knows the ground."""
    # compiled code takes long to start, and few commands come here
    from kastor.city.ground import ground_points, terrain_from_intersections

    west, south, east, north = box
    city = tenant.city(box=(west - REACH, south - REACH, east + REACH, north + REACH), kinds=[Kind.BUILDING])
    if not (city.semantic == Semantic.TERRAIN_INTERSECTION).any() or not len(ground_points(city)):
        return None
    whole = terrain_from_intersections(city, DERIVED_CELL, margin=REACH)
    return _cut(whole, box)


def _cut(terrain: Terrain, box: Box) -> Terrain | None:
    """The part of a terrain inside a box whose edges lie on its grid, without heights nobody is near."""
    west, south, east, north = terrain.box
    left, top = max(box[0], west), min(box[3], north)
    first_row, last_row = round((north - top) / terrain.cell), round((north - max(box[1], south)) / terrain.cell)
    first_col, last_col = round((left - west) / terrain.cell), round((min(box[2], east) - west) / terrain.cell)
    if first_row >= last_row or first_col >= last_col or terrain.distance is None:
        return None
    window = (slice(first_row, last_row), slice(first_col, last_col))
    distance = terrain.distance[window]
    heights = np.where(distance <= REACH, terrain.heights[window], np.float32(np.nan))
    if np.isnan(heights).all():
        return None
    return replace(terrain, west=left, north=top, heights=heights.astype(np.float32), distance=distance)


def find_trees(tenant: Tenant, surface_file: Path, credit: Dataset, progress: Progress = quiet) -> Loaded:
    """
    Find single trees where surface heights (DOM) stand above the ground of a tenant.

    Parameters
    ----------
    surface_file
        Surface heights in any terrain format.
    credit
        Owner, licence and date of the surface heights; id and title are set here.

    Raises
    ------
    FormatError
        When the file cannot be read.
    LoadingError
        When the tenant has no terrain under it.
    """
    # compiled code takes long to start, and few commands come here
    from kastor.city.trees import trees_from_heights

    report = Report(surface_file.name)
    dataset = replace(credit, id=FOUND_TREES, title="Bäume, aus Oberfläche und Gelände berechnet")
    with tenant.load(dataset) as loading:
        for part in formats.read(surface_file, report, work_dir=tenant.uploads):
            progress(part.name, 0.5)
            if not isinstance(part.content, Terrain):
                continue
            surface = terrain_to_tenant(part.content, tenant.info.crs, report)
            ground = tenant.terrain(surface.box, surface.cell)
            if ground is None:
                raise LoadingError(f"There is no terrain under {surface_file.name}. Load one first.")
            west, south, east, north = surface.box
            buildings = tenant.city(box=(west, south, east, north), kinds=[Kind.BUILDING])
            trees = trees_from_heights(surface, ground, buildings)
            report.read["tree"] += len(trees)
            report.kept["tree"] += len(trees)
            loading.put(f"{FOUND_TREES}-{part.name}", trees)
        report.add("trees_found", "kept", count=1, trees=report.kept["tree"])
        return Loaded(report.as_json(), loading.finish(report.as_json()))
