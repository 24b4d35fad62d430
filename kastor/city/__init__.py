"""The shared language of Kastor: the city as plain data, and its geometry. No input, no output."""

from kastor.city.model import City, Column, Kind, Semantic, concat, take
from kastor.city.report import Finding, Report
from kastor.city.terrain import Terrain, height_at

__all__ = ["City", "Column", "Finding", "Kind", "Report", "Semantic", "Terrain", "concat", "height_at", "take"]
