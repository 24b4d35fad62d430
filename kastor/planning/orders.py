"""An order to compute: process, parameters, area and edits, read from what somebody sent and written down exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson
import shapely

from kastor.city.edits import Edit
from kastor.city.fields import InvalidValue
from kastor.planning import changes
from kastor.planning.areas import area_of
from kastor.planning.processes import process
from kastor.process import InvalidInput, Process, made
from kastor.store import Tenant, variants

AREA, EDITS, VARIANT = "area", "edits", "variant"
"""Inputs every process has besides its own parameters."""

MILLIMETRE = 0.001
WORDS = ("corners", "around", "radius", "object")
"""How an area may be named instead of drawn, see ``planning.areas``."""


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
    variant
        ``id``, ``revision`` and ``name`` of the variant the first edits are from; None without one.
    """

    process: Process
    area: shapely.Geometry
    edits: tuple[Edit, ...] = ()
    variant: Mapping[str, Any] | None = None

    @property
    def inputs(self) -> dict[str, Any]:
        """The order as plain JSON; :func:`read` gives the same order back."""
        return {
            **self.process.model_dump(mode="json"),
            AREA: orjson.loads(shapely.to_geojson(self.area)),
            EDITS: changes.written(self.edits),
            **({VARIANT: dict(self.variant)} if self.variant else {}),
        }

    def id(self, data: str) -> str:
        """The id of its result, which depends on everything that decides the result."""
        about = self.process.about
        said = [about.id, about.version, self.process.model_dump(mode="json"), changes.written(self.edits), data]
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
        ``radius``, or ``object``; ``variant`` with ``id`` and ``revision`` (the present one when left out); ``edits``
        as a list, made after those of the variant. Edits that begin with those of the variant are taken as they are,
        so that :attr:`Order.inputs` is an order again.

    Raises
    ------
    InvalidInput
        When something is unknown, missing or does not fit.
    """
    chosen = process(tenant, process_id)
    own = {name: value for name, value in inputs.items() if name not in (AREA, EDITS, VARIANT)}
    variant, first = _variant(tenant, inputs.get(VARIANT))
    more = edits(inputs.get(EDITS) or ())
    wanted = more if more[: len(first)] == first else (*first, *more)
    return Order(made(chosen, own), area(tenant, inputs.get(AREA)), wanted, variant)


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
    return changes.read(given)


def _variant(tenant: Tenant, given: Any) -> tuple[dict[str, Any] | None, tuple[Edit, ...]]:
    """The variant an order names, with its revision and name, and its edits."""
    if given is None:
        return None, ()
    if not isinstance(given, Mapping) or not isinstance(given.get("id"), str):
        raise InvalidInput('variant: give it as {"id": "...", "revision": 3}.')
    number = given.get("revision")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise InvalidInput(f"variant.revision: {str(number)[:40]!r} is no revision; give a whole number.")
    try:
        found = variants.variant(tenant.database, given["id"])
        saved = variants.saved(tenant.database, found.id, number)
    except variants.UnknownVariant as error:
        raise InvalidInput(f"variant: {error}", f"variant: Die Variante {given['id'][:40]!r} gibt es nicht.") from error
    return {"id": found.id, "revision": saved.revision, "name": found.name}, changes.read(saved.edits)
