"""Planned objects from files: what is in them, in which unit and how large, before anything is placed.

A model (glTF) is one object; a list of features (GeoJSON) becomes an edit for each. Nothing is guessed in silence:
the unit a model seems to have is told with its extent, and what was left out of a list is told with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from kastor.city.sketches import corners_of
from kastor.city.solids import MOST_POINTS, MOST_TRIANGLES, footprint
from kastor.formats import gltf_read, ifc
from kastor.formats.errors import FormatError
from kastor.process import InvalidInput, Words
from kastor.store import Tenant

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048, "in": 0.0254}
"""Metres in each unit a model may be drawn in."""

LIKELY = (2.0, 400.0)
"""Longest side of a building or a block. [m]"""

GEOREFERENCED = 10_000.0
"""A model that far from its origin bears coordinates of a map. [m]"""

FARTHEST = 20_000.0
"""How far from everything else something may be planned. [m]"""


@dataclass(frozen=True, eq=False)
class Imported:
    """
    A model, its origin moved to the middle of its foot.

    Parameters
    ----------
    unit
        A key of ``UNITS``, as it was said or seems to be.
    said
        Whether somebody said it.
    extent
        East, north and up. [m]
    points, triangles
        See :class:`kastor.city.edits.AddModel`; empty when there are too many, so that a block stands for it.
    outline
        What it covers, corners around its origin. [m]
    place
        East, north and height of the origin where the model bears coordinates of the tenant's map; None otherwise.
    notes
        What whoever places it has to know.
    format
        ``gltf`` or ``ifc``.
    turn
        Of the model on the map where it says so, counter-clockwise. [degrees]
    storeys, name
        As the file says; None and empty when it does not.
    """

    unit: str
    said: bool
    extent: tuple[float, float, float]
    points: list[list[float]]
    triangles: list[list[int]]
    outline: list[list[float]]
    place: tuple[float, float, float] | None
    notes: list[Words]
    format: str = "gltf"
    turn: float = 0.0
    storeys: int | None = None
    name: str = ""


def model(tenant: Tenant, content: bytes, name: str, unit: str = "") -> Imported:
    """
    Read a model in glTF or IFC.

    Parameters
    ----------
    unit
        A key of ``UNITS``; what the extent suggests when empty. IFC says its own.

    Raises
    ------
    InvalidInput
        When it cannot be read, or the unit is none.
    """
    if unit and unit not in UNITS:
        raise InvalidInput(f"unit: {unit[:20]!r} is none of {', '.join(UNITS)}.")
    if content.startswith(ifc.BEGINNING):
        return _of_ifc(tenant, content, name)
    found = _gltf(content, name)
    used = np.unique(found.triangles)
    raw = found.points[used]
    chosen = unit or likely_unit(np.ptp(raw, axis=0))
    metres = found.points * UNITS[chosen]
    notes = _notes(chosen, bool(unit), np.ptp(metres[used], axis=0))
    made, origin = _made(metres, found.triangles, chosen, bool(unit), notes)
    return replace(made, place=_on_the_map(tenant, origin, notes))


def _made(
    metres: NDArray[np.float64], given: NDArray[np.int64], unit: str, said: bool, notes: list[Words]
) -> tuple[Imported, NDArray[np.float64]]:
    """A model with its origin in the middle of its foot, and where that was. [m]"""
    used = np.unique(given)
    low, high = metres[used].min(axis=0), metres[used].max(axis=0)
    origin = np.array([*((low + high) / 2)[:2], low[2]])
    points, triangles = _welded(metres - origin, given)
    shape: Any = shapely.convex_hull(shapely.multipoints(points[:, :2]))
    if len(triangles) > MOST_TRIANGLES or len(points) > MOST_POINTS:
        notes.append({
            "de": f"Das Modell hat {len(triangles)} Dreiecke, mehr als {MOST_TRIANGLES}. Es kann nur als Block aus"
            " Grundriss und Höhe übernommen werden, oder Sie vereinfachen es vorher.",
            "en": f"The model has {len(triangles)} triangles, more than {MOST_TRIANGLES}. It can only be taken as a"
            " block of footprint and height, unless you simplify it first.",
        })  # fmt: skip
        points, triangles = points[:0], triangles[:0]
    else:
        shape = footprint(points, triangles)
    largest = max(shapely.get_parts(shape), key=shapely.area)
    outline = corners_of(shapely.orient_polygons(shapely.simplify(largest, 0.05))).round(3).tolist()
    extent = tuple((high - low).round(3).tolist())
    made = Imported(unit, said, extent, points.round(3).tolist(), triangles.tolist(), outline, None, notes)
    return made, origin


def _of_ifc(tenant: Tenant, content: bytes, name: str) -> Imported:
    """A building in IFC, on the map where the file says so."""
    try:
        found = ifc.read(content, name, MOST_TRIANGLES)
    except ifc.IfcMissing as error:
        raise InvalidInput(
            f"file: {error}",
            "Für IFC fehlt auf diesem Server ein Programm. Der Betrieb richtet es ein mit: pip install 'kastor[ifc]'.",
        ) from error
    except FormatError as error:
        raise InvalidInput(f"file: {error}", f"Die IFC-Datei ist nicht lesbar. {error}") from error
    notes: list[Words] = []
    if found.simplified:
        notes.append({
            "de": "Das Modell ist sehr fein. Übernommen sind Wände, Decken und Dächer.",
            "en": "The model is very fine. Walls, slabs and roofs are taken.",
        })  # fmt: skip
    unit = next((one for one, metres in UNITS.items() if abs(metres - found.unit) < 1e-9), "m")
    made, origin = _made(found.points, found.triangles, unit, True, notes)
    where = found.georeference
    if where is None:
        notes.append(_NOWHERE)
        return replace(made, format="ifc", storeys=found.storeys, name=found.name)
    place = _on_the_map(tenant, _moved(tenant, where, origin, notes), notes)
    return replace(made, format="ifc", turn=where.turn, storeys=found.storeys, name=found.name, place=place)


def _moved(
    tenant: Tenant, where: ifc.Georeference, origin: NDArray[np.float64], notes: list[Words]
) -> NDArray[np.float64]:
    """Where a point of a model is on the map of the tenant."""
    turn = np.exp(1j * np.radians(where.turn))
    flat = complex(where.east, where.north) + complex(origin[0], origin[1]) * turn
    east, north = flat.real, flat.imag
    own = tenant.crs.split("+")[0]
    if where.crs and where.crs != own:
        try:
            east, north = pyproj.Transformer.from_crs(where.crs, own, always_xy=True).transform(east, north)
        except pyproj.exceptions.CRSError:
            notes.append({
                "de": f"Das Koordinatensystem {where.crs[:60]!r} der Datei ist nicht bekannt; {own} ist angenommen.",
                "en": f"The reference system {where.crs[:60]!r} of the file is not known; {own} is assumed.",
            })  # fmt: skip
    return np.array([east, north, where.height + origin[2]])


def _gltf(content: bytes, name: str) -> gltf_read.Model:
    try:
        return gltf_read.read(content, name)
    except FormatError as error:
        raise InvalidInput(f"file: {error}", f"Das Modell ist nicht lesbar. {error}") from error


def likely_unit(extent: NDArray[np.float64]) -> str:
    """
    The unit in which something of this extent would be a building; metres where that fits.

    Examples
    --------
    >>> likely_unit(np.array([24000.0, 11000.0, 9500.0])), likely_unit(np.array([24.0, 11.0, 9.5]))
    ('mm', 'm')
    """
    longest = float(np.max(extent))
    fitting = [unit for unit in ("m", "mm", "cm") if LIKELY[0] <= longest * UNITS[unit] <= LIKELY[1]]
    return fitting[0] if fitting else "m"


def _notes(unit: str, said: bool, extent: NDArray[np.float64]) -> list[Words]:
    size = " x ".join(f"{side:.1f}" for side in extent.tolist())
    found: list[Words] = []
    if unit != "m" and not said:
        found.append({
            "de": f"glTF rechnet in Metern, dieses Modell scheint aber in {unit} gezeichnet: es wäre dann {size} m"
            " groß. Bitte bestätigen Sie die Einheit.",
            "en": f"glTF counts in metres, but this model seems to be drawn in {unit}: it would be {size} m then."
            " Confirm the unit.",
        })  # fmt: skip
    if not LIKELY[0] <= float(extent.max()) <= LIKELY[1]:
        found.append({
            "de": f"Das Modell wäre {size} m groß. Bitte prüfen Sie die Einheit.",
            "en": f"The model would be {size} m. Check the unit.",
        })  # fmt: skip
    return found


def _welded(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points to the millimetre, each once, and triangles that have an area."""
    unique, index = np.unique(points[triangles].reshape(-1, 3).round(3), axis=0, return_inverse=True)
    corners = index.reshape(-1, 3)
    proper = (corners != np.roll(corners, 1, axis=1)).all(axis=1)
    return unique, np.unique(corners[proper], axis=0)


_NOWHERE: Words = {
    "de": "Das Modell sagt nicht, wo es steht. Setzen Sie es mit drei Punkten oder mit Adresse und Norden.",
    "en": "The model does not say where it stands. Place it by three points, or by address and north.",
}


def _on_the_map(tenant: Tenant, origin: NDArray[np.float64], notes: list[Words]) -> tuple[float, float, float] | None:
    """Where the origin is on the tenant's map, when the model bears its coordinates."""
    box = tenant.box()
    if np.abs(origin[:2]).max() < GEOREFERENCED:
        notes.append(_NOWHERE)
        return None
    near = box is not None and (
        box[0] - FARTHEST < origin[0] < box[3] + FARTHEST and box[1] - FARTHEST < origin[1] < box[4] + FARTHEST
    )
    if not near:
        notes.append({
            "de": f"Die Koordinaten des Modells ({origin[0]:.0f}, {origin[1]:.0f}) liegen nicht in dieser Stadt. Prüfen"
            " Sie das Koordinatensystem oder setzen Sie es mit drei Punkten.",
            "en": f"The coordinates of the model ({origin[0]:.0f}, {origin[1]:.0f}) are not in this town. Check the"
            " reference system, or place it by three points.",
        })  # fmt: skip
        return None
    east, north, height = origin.round(3).tolist()
    return east, north, height
