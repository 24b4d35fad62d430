"""XPlanung: development, land-use, regional, landscape and other plans as the standard XPlanGML holds them.

``read`` gives a :class:`PlanFile`: plans, sections and objects as plain data with shapely geometries;
``write`` makes XPlanGML of it.
"""

from kastor.formats.xplanung.model import (
    Attachment,
    Finding,
    Municipality,
    Plan,
    PlanFile,
    PlanObject,
    Section,
)
from kastor.formats.xplanung.objects import city_of
from kastor.formats.xplanung.places import said_to_be_in, to_system
from kastor.formats.xplanung.read import VERSIONS, parse, read
from kastor.formats.xplanung.write import write

__all__ = [
    "VERSIONS",
    "Attachment",
    "Finding",
    "Municipality",
    "Plan",
    "PlanFile",
    "PlanObject",
    "Section",
    "city_of",
    "parse",
    "read",
    "said_to_be_in",
    "to_system",
    "write",
]
