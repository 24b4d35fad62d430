"""A city grown object by object: for samples, tests and readers that go object by object."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, Column, Json, Kind, Semantic
from kastor.city.strings import Strings

Point = tuple[float, float, float]
Ring = Sequence[Point]


@dataclass
class CityBuilder:
    """
    Grows a city object by object; :meth:`build` gives the arrays.

    Surfaces belong to the object begun last, polygons to the surface begun last, and vertices fill the rings of the
    polygons in turn.
    """

    crs: str
    ids: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    attributes: dict[str, dict[int, Json]] = field(default_factory=dict)
    surfaces: list[int] = field(default_factory=lambda: [0])
    surface_ids: list[str] = field(default_factory=list)
    semantics: list[int] = field(default_factory=list)
    lods: list[int] = field(default_factory=list)
    polygons: list[int] = field(default_factory=lambda: [0])
    solids: list[int] = field(default_factory=list)
    shells: list[int] = field(default_factory=list)
    rings: list[int] = field(default_factory=lambda: [0])
    vertices: list[int] = field(default_factory=lambda: [0])
    xyz: array[float] = field(default_factory=lambda: array("d"))

    def add_object(self, object_id: str, kind: Kind, parent: int = -1, **attributes: Json) -> int:
        """Begin an object; the surfaces added next are its own. Returns its index."""
        self.ids.append(object_id)
        self.kinds.append(kind)
        self.parents.append(parent)
        self.surfaces.append(self.surfaces[-1])
        self.describe(attributes)
        return len(self.ids) - 1

    def describe(self, attributes: Mapping[str, Json]) -> None:
        """Give the current object attributes of any name; None means it has none."""
        for name, value in attributes.items():
            if value is not None:
                self.attributes.setdefault(name, {})[len(self.ids) - 1] = value

    def add_surface(
        self,
        semantic: Semantic,
        polygons: Iterable[Sequence[Ring]],
        lod: int = 20,
        surface_id: str = "",
        solid: int = -1,
        shell: int = -1,
    ) -> None:
        """Give the current object a surface; each polygon is its outer ring and its holes, rings open."""
        self.begin_surface(semantic, lod, surface_id)
        for rings in polygons:
            self.begin_polygon([len(ring) for ring in rings], solid, shell)
            for ring in rings:
                for point in ring:
                    self.xyz.extend(point)

    def begin_surface(self, semantic: Semantic, lod: int = 20, surface_id: str = "") -> None:
        """Give the current object a surface without polygons so far."""
        self.surfaces[-1] += 1
        self.semantics.append(semantic)
        self.lods.append(lod)
        self.surface_ids.append(surface_id)
        self.polygons.append(self.polygons[-1])

    def begin_polygon(self, corners: Sequence[int], solid: int = -1, shell: int = -1) -> None:
        """Give the current surface a polygon; ``corners`` is the number of vertices of each ring."""
        self.polygons[-1] += 1
        self.solids.append(solid)
        self.shells.append(shell)
        self.rings.append(self.rings[-1] + len(corners))
        for count in corners:
            self.vertices.append(self.vertices[-1] + count)

    def add_vertices(self, xyz: NDArray[np.float64]) -> None:
        """Vertices of the rings that have none yet, shape (n, 3). [m]"""
        self.xyz.frombytes(xyz.astype(np.float64, copy=False).tobytes())

    def build(self) -> City:
        """The city so far."""
        return City(
            crs=self.crs,
            ids=Strings.of(self.ids),
            kind=np.array(self.kinds, np.uint8),
            parent=np.array(self.parents, np.int32),
            attributes={
                name: Column.of([values.get(i) for i in range(len(self.ids))])
                for name, values in self.attributes.items()
            },
            surface_offsets=np.array(self.surfaces, np.int64),
            surface_ids=Strings.of(self.surface_ids),
            semantic=np.array(self.semantics, np.uint8),
            lod=np.array(self.lods, np.uint8),
            polygon_offsets=np.array(self.polygons, np.int64),
            solid=np.array(self.solids, np.int16),
            shell=np.array(self.shells, np.int16),
            ring_offsets=np.array(self.rings, np.int64),
            vertex_offsets=np.array(self.vertices, np.int64),
            xyz=np.array(self.xyz, np.float64).reshape(-1, 3),
        )
