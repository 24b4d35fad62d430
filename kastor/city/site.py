"""A place in the city with all that a computation on it may need."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from kastor.city.model import City
from kastor.city.rainfall import DesignRain
from kastor.city.terrain import Terrain
from kastor.city.weather import Weather


@dataclass(frozen=True)
class Source:
    """
    Where data come from.

    Parameters
    ----------
    id, title
        Of the dataset.
    attribution, licence
        How it has to be credited, and under which terms it may be used.
    date
        Of the data, ISO 8601; empty when unknown.
    """

    id: str
    title: str
    attribution: str = ""
    licence: str = ""
    date: str = ""


@dataclass(frozen=True, eq=False)
class Site:
    """
    A cut of the city: what a process works on.

    Parameters
    ----------
    area
        What is asked about, in the plane system of the city. [m]
    city
        Objects that reach into the area or its surroundings.
    terrain
        The ground below them; None where nothing is known of it.
    sources
        Datasets the objects and the ground come from.
    design_rain
        Design rain of the middle of the area as the tenant's own table has it; None without one.
    weather
        The tenant's own typical year; None without one.
    """

    area: shapely.Geometry
    city: City
    terrain: Terrain | None
    sources: tuple[Source, ...] = ()
    design_rain: DesignRain | None = None
    weather: Weather | None = None
