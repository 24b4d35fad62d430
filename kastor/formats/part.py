"""What a reader yields: a piece of a city with the name under which it is replaced."""

from __future__ import annotations

from dataclasses import dataclass

from kastor.city.model import City
from kastor.city.statistics import Sheet
from kastor.city.terrain import Terrain
from kastor.formats.xplanung.model import PlanFile


@dataclass(frozen=True, eq=False)
class Part:
    """
    A chunk of bounded size (about 5,000 objects or 16 MB).

    Parameters
    ----------
    name
        Stem of the file or archive member; loading the same name again replaces what it brought before.
    content
        Objects, heights of the ground, a table without places, or plans. A child never leaves its parent's chunk.
    """

    name: str
    content: City | Terrain | Sheet | PlanFile
