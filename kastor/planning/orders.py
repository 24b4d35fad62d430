"""An order to compute: process, parameters, area and edits, read from what somebody sent and written down exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Annotated, Any

import orjson
import shapely
from pydantic import Field, TypeAdapter, ValidationError

from kastor.city.edits import Edit
from kastor.city.fields import InvalidValue
from kastor.planning.areas import area_of
from kastor.planning.processes import process
from kastor.process import InvalidInput, Process, german_fault, made
from kastor.store import Tenant

AREA, EDITS = "area", "edits"
"""Inputs every process has besides its own parameters."""

MOST_EDITS = 500
MILLIMETRE = 0.001
WORDS = ("corners", "around", "radius", "object")
"""How an area may be named instead of drawn, see ``planning.areas``."""

_EDITS: TypeAdapter[tuple[Edit, ...]] = TypeAdapter(
    Annotated[tuple[Annotated[Edit, Field(discriminator="kind")], ...], Field(max_length=MOST_EDITS)]
)


@dataclass(frozen=True, eq=False)
class Order:
    """
    What is to be computed.

    Parameters
    ----------
    process
        With its parameters.
    area
        In the plane system of the tenant, to the millimetre.
    edits
        What is changed in the city first, in order.
    """

    process: Process
    area: shapely.Geometry
    edits: tuple[Edit, ...] = ()

    @property
    def inputs(self) -> dict[str, Any]:
        """The order as plain JSON; :func:`read` gives the same order back."""
        return {
            **self.process.model_dump(mode="json"),
            AREA: orjson.loads(shapely.to_geojson(self.area)),
            EDITS: orjson.loads(orjson.dumps([asdict(edit) for edit in self.edits])),
        }

    def id(self, data: str) -> str:
        """The id of its result, which depends on everything that decides the result."""
        about = self.process.about
        said = [about.id, about.version, self.process.model_dump(mode="json"), [asdict(e) for e in self.edits], data]
        digest = blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=16)
        digest.update(shapely.to_wkb(self.area, byte_order=1))
        return digest.hexdigest()


def read(tenant: Tenant, process_id: str, inputs: Mapping[str, Any]) -> Order:
    """
    Read an order.

    Parameters
    ----------
    inputs
        Parameters of the process; ``area`` as GeoJSON in the tenant's plane system, or as ``corners``, ``around`` with
        ``radius``, or ``object``; ``edits`` as a list.

    Raises
    ------
    InvalidInput
        When something is unknown, missing or does not fit.
    """
    chosen = process(tenant, process_id)
    own = {name: value for name, value in inputs.items() if name not in (AREA, EDITS)}
    return Order(made(chosen, own), area(tenant, inputs.get(AREA)), edits(inputs.get(EDITS) or ()))


def area(tenant: Tenant, given: Any) -> shapely.Geometry:
    """
    An area as somebody gave it; the whole tenant when nothing is said.

    Raises
    ------
    InvalidInput
        When it cannot be read, or names nothing.
    """
    try:
        found = _everything(tenant) if given is None else _drawn(tenant, given)
    except InvalidValue as error:
        raise InvalidInput(str(error), error.words["de"]) from error
    found = shapely.normalize(shapely.set_precision(found, MILLIMETRE))
    if shapely.get_dimensions(found) != 2 or shapely.area(found) < 1.0:
        raise InvalidInput(
            "area: it has no size; draw one of 1 m² or more.",
            "area: hat keine Fläche; zeichnen Sie eine von mindestens 1 m².",
        )
    return found


def _drawn(tenant: Tenant, given: Any) -> shapely.Geometry:
    if isinstance(given, Mapping) and "type" in given:
        return _polygon(given)
    if not isinstance(given, Mapping) or not given or set(given) - set(WORDS):
        raise InvalidInput(f"area: {str(given)[:60]!r} is neither a GeoJSON polygon nor one of {', '.join(WORDS)}.")
    corners, around, named = (str(given.get(name, "")) for name in ("corners", "around", "object"))
    radius = given.get("radius", 0.0)
    if not isinstance(radius, int | float):
        raise InvalidInput(f"area.radius: {str(radius)[:40]!r} is no number; give metres.")
    return area_of(tenant, corners, around, float(radius), named)


def _polygon(given: Mapping[str, Any]) -> shapely.Geometry:
    if given.get("type") not in ("Polygon", "MultiPolygon"):
        raise InvalidInput(f"area: {str(given.get('type'))[:40]!r} is no area; give a Polygon or a MultiPolygon.")
    try:
        found = shapely.from_geojson(orjson.dumps({"type": given["type"], "coordinates": given.get("coordinates")}))
    except (shapely.errors.ShapelyError, orjson.JSONEncodeError) as error:
        raise InvalidInput(f"area: it is no GeoJSON geometry ({error}).") from error
    if not shapely.is_valid(found) or shapely.is_empty(found):
        raise InvalidInput(
            f"area: {shapely.is_valid_reason(found)}; draw an outline that does not cross itself.",
            "area: Der Umriss überschneidet sich; zeichnen Sie ihn neu.",
        )
    return found


def _everything(tenant: Tenant) -> shapely.Geometry:
    box = tenant.box()
    if box is None:
        raise InvalidInput(
            "area: the tenant is empty; load data first.", "area: Hier sind noch keine Daten; laden Sie zuerst welche."
        )
    return shapely.box(box[0], box[1], box[3], box[4])


def edits(given: Any) -> tuple[Edit, ...]:
    """
    Edits as somebody gave them.

    Raises
    ------
    InvalidInput
        When one is unknown or does not fit.
    """
    try:
        # as JSON, so that what came by any way is read alike
        return _EDITS.validate_json(orjson.dumps(given), strict=True)
    except ValidationError as error:
        faults = [("edits." + ".".join(map(str, e["loc"])), e) for e in error.errors()]
        raise InvalidInput(
            "; ".join(f"{where}: {e['msg'].lower()}" for where, e in faults),
            "; ".join(f"{where}: {german_fault(e)}" for where, e in faults),
        ) from None
    except orjson.JSONEncodeError as error:
        raise InvalidInput(f"edits: {error}.") from error
