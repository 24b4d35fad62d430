"""Buildings in IFC (ISO 16739): the hull as triangles in metres, storeys, and where the file says it stands.

Reading needs IfcOpenShell, the extra ``kastor[ifc]``: a large library only those load who import such files. Lengths
are metres whatever unit the file is drawn in. A place is taken from IfcMapConversion (IFC4) or from the property set
ePSet_MapConversion (IFC2x3, buildingSMART guide); a latitude of the site is a hint only and is not used as a place.

References
----------
.. [1] ISO 16739-1:2024, IfcMapConversion and IfcProjectedCRS.
.. [2] buildingSMART Australasia (2020), User Guide for Geo-referencing in IFC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan2, degrees, hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.formats.errors import FormatError, NoData

BEGINNING = b"ISO-10303-21"
"""How a file begins."""

HULL = ("IfcWall", "IfcSlab", "IfcRoof", "IfcCurtainWall", "IfcPlate", "IfcColumn", "IfcBeam", "IfcMember",
        "IfcBuildingElementProxy", "IfcStair", "IfcRamp", "IfcCovering", "IfcFooting", "IfcWindow",
        "IfcDoor")  # fmt: skip
"""Classes that are seen from outside; furniture, rooms and pipes are not."""

COARSE = ("IfcWall", "IfcSlab", "IfcRoof", "IfcCurtainWall", "IfcBuildingElementProxy")
"""Classes that are kept when a model is too fine."""

BASEMENT = -1.0
"""A storey whose floor lies deeper is below the ground. [m]"""


class IfcMissing(FormatError):
    """The program that reads IFC is not installed."""


@dataclass(frozen=True)
class Georeference:
    """
    Where the origin of a model stands on a map.

    Parameters
    ----------
    crs
        Name of the reference system as the file writes it, such as ``EPSG:25832``; empty when it names none.
    east, north, height
        Of the origin. [m]
    turn
        Of the model's first axis from east, counter-clockwise. [degrees]
    """

    crs: str
    east: float
    north: float
    height: float
    turn: float


@dataclass(frozen=True, eq=False)
class Model:
    """
    A building as it is drawn.

    Parameters
    ----------
    points
        East, north and up in the axes of the file, shape (n, 3). [m]
    triangles
        Three points each, shape (m, 3).
    unit
        Metres in the unit of length of the file.
    storeys
        Above the ground; None when the file has none.
    name
        Of the building or the project.
    schema
        Such as ``IFC4``.
    georeference
        None where the file does not say it.
    simplified
        Whether fine parts were left out.
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.int64]
    unit: float
    storeys: int | None
    name: str
    schema: str
    georeference: Georeference | None
    simplified: bool = False


def read(content: bytes, name: str, most_triangles: int) -> Model:
    """
    Read a building.

    Parameters
    ----------
    most_triangles
        When there are more, only walls, slabs and roofs are read.

    Raises
    ------
    IfcMissing
        When IfcOpenShell is not installed.
    FormatError, NoData
        When it cannot be read, or has no hull.
    """
    opened = _opened(content, name)
    points, triangles = _mesh(opened, HULL)
    simplified = len(triangles) > most_triangles
    if simplified:
        points, triangles = _mesh(opened, COARSE)
    if not len(triangles):
        raise NoData(name, "It has no walls, slabs or roofs.", "Export the building with its geometry, then try again.")
    return Model(
        points, triangles, _unit(opened), _storeys(opened), _name(opened), str(opened.schema), _georeference(opened),
        simplified,
    )  # fmt: skip


def _opened(content: bytes, name: str) -> Any:
    try:
        import ifcopenshell
    except ImportError as error:
        raise IfcMissing(
            name, "Reading IFC needs IfcOpenShell, which is not installed here.",
            "The operator installs it with: pip install 'kastor[ifc]'.",
        ) from error  # fmt: skip
    try:
        opened = ifcopenshell.file.from_string(content.decode("utf-8", errors="replace"))
        projects = opened.by_type("IfcProject")
    except (RuntimeError, ValueError, OSError, ifcopenshell.Error) as error:
        raise FormatError(name, f"It is no readable IFC: {error}.", "Export it again as IFC4.") from error
    if not projects:
        raise FormatError(name, "It has no IfcProject.", "Export the whole project as IFC4.")
    return opened


def _mesh(opened: Any, classes: tuple[str, ...]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All shapes of some classes in the axes of the file."""
    import ifcopenshell.geom

    kernel: Any = ifcopenshell.geom
    settings = kernel.settings()
    settings.set("use-world-coords", True)
    include = [product for one in _known(opened, classes) for product in opened.by_type(one) if product.Representation]
    if not include:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    shapes = kernel.iterator(settings, opened, 1, include=include)
    points: list[NDArray[np.float64]] = []
    triangles: list[NDArray[np.int64]] = []
    count = 0
    more = bool(shapes.initialize())
    while more:
        geometry = shapes.get().geometry
        xyz = np.asarray(geometry.verts, np.float64).reshape(-1, 3)
        points.append(xyz)
        triangles.append(np.asarray(geometry.faces, np.int64).reshape(-1, 3) + count)
        count += len(xyz)
        more = bool(shapes.next())
    if not points:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    return np.concatenate(points), np.concatenate(triangles)


def _known(opened: Any, classes: tuple[str, ...]) -> Iterator[str]:
    """Classes that the schema of a file has."""
    import ifcopenshell

    schema = ifcopenshell.schema_by_name(opened.schema_identifier)
    names = {entity.name() for entity in schema.entities()}
    yield from (one for one in classes if one in names)


def _unit(opened: Any) -> float:
    import ifcopenshell.util.unit

    return float(ifcopenshell.util.unit.calculate_unit_scale(opened))


def _storeys(opened: Any) -> int | None:
    """Storeys that hold something and are not below the ground."""
    unit = _unit(opened)
    found = [
        storey for storey in opened.by_type("IfcBuildingStorey")
        if storey.ContainsElements and float(storey.Elevation or 0.0) * unit > BASEMENT
        and any(one.is_a("IfcWall") for rel in storey.ContainsElements for one in rel.RelatedElements)
    ]  # fmt: skip
    return len(found) or None


def _name(opened: Any) -> str:
    for kind in ("IfcBuilding", "IfcProject"):
        for one in opened.by_type(kind):
            if one.Name:
                return str(one.Name)[:120]
    return ""


def _georeference(opened: Any) -> Georeference | None:
    if opened.schema != "IFC2X3":
        for one in opened.by_type("IfcMapConversion"):
            target = one.TargetCRS
            said = {name: getattr(one, name, None) for name in _NAMES}
            return _placed(said, str(target.Name or "") if target else "", _map_unit(opened, target))
    return _by_properties(opened)


_NAMES = ("Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate")


def _map_unit(opened: Any, target: Any) -> float:
    """Metres in the unit of the map; that of the file when none is named (ISO 16739-1, IfcMapConversion)."""
    import ifcopenshell.util.unit

    units: Any = ifcopenshell.util.unit
    named = getattr(target, "MapUnit", None) if target else None
    if named is None:
        return _unit(opened)
    scale = 1.0
    while named.is_a("IfcConversionBasedUnit"):
        scale *= float(named.ConversionFactor.ValueComponent.wrappedValue)
        named = named.ConversionFactor.UnitComponent
    return scale * float(units.get_prefix_multiplier(getattr(named, "Prefix", None)))


def _by_properties(opened: Any) -> Georeference | None:
    """The same from the property sets that IFC2x3 uses in its place; their lengths are metres."""
    import ifcopenshell.util.element

    for kind in ("IfcSite", "IfcProject"):
        for one in opened.by_type(kind):
            sets = ifcopenshell.util.element.get_psets(one)
            said = sets.get("ePSet_MapConversion") or sets.get("EPset_MapConversion")
            crs = sets.get("ePSet_ProjectedCRS") or sets.get("EPset_ProjectedCRS") or {}
            if said:
                return _placed(said, str(crs.get("Name") or ""), 1.0)
    return None


SHORTEST = 10_000.0
"""Eastings and northings of German maps are longer; shorter ones were written in metres whatever the unit. [m]"""


def _placed(said: Any, crs: str, unit: float) -> Georeference | None:
    east, north, height = (float(said.get(name) or 0.0) for name in _NAMES[:3])
    if hypot(east, north) * unit < SHORTEST:
        # programs that draw in millimetres often write the map in metres without saying so
        unit = 1.0
    if hypot(east, north) * unit < SHORTEST:
        return None
    abscissa, ordinate = float(said.get("XAxisAbscissa") or 1.0), float(said.get("XAxisOrdinate") or 0.0)
    return Georeference(crs, east * unit, north * unit, height * unit, degrees(atan2(ordinate, abscissa)))
