"""Roofs close the solid below them, whatever the footprint, and rise as their pitch says."""

from collections import Counter

import numpy as np
import pytest
import shapely

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Kind, Semantic, owner
from kastor.city.roofs import Form, add_block, roof_over

FORMS: tuple[Form, ...] = ("flat", "gable", "hip", "pent")
HOUSE = shapely.Polygon([(0, 0), (12, 0), (12, 8), (0, 8)])
TURNED = shapely.Polygon([(0, 0), (7.2, 9.6), (0.8, 14.4), (-6.4, 4.8)])
CORNER = shapely.Polygon([(0, 0), (20, 0), (20, 8), (8, 8), (8, 18), (0, 18)])
SLANTED = shapely.Polygon([(0, 0), (15, 2), (13, 11), (4, 13), (-1, 6)])


def block(outline: shapely.Polygon, form: Form, pitch: float = 40.0) -> City:
    grow = CityBuilder("EPSG:25832")
    grow.add_object("house", Kind.BUILDING)
    add_block(grow, roof_over(outline, form, pitch), 50.0, 56.0)
    return grow.build()


def rings(city: City) -> list[np.ndarray]:
    return np.split(city.xyz, city.vertex_offsets[1:-1])


def volume(city: City) -> float:
    """By the divergence theorem, over fans of each ring. [m³]"""
    middle = city.xyz.mean(axis=0)
    total = 0.0
    for ring in rings(city):
        around = ring - middle
        for k in range(1, len(around) - 1):
            total += np.dot(around[0], np.cross(around[k], around[k + 1])) / 6
    return total


def open_edges(city: City) -> int:
    """Edges that are not walked once in each direction; where three surfaces meet a corner may split an edge."""
    walked: Counter[tuple[tuple[float, ...], tuple[float, ...]]] = Counter()
    for ring in rings(city):
        points = [tuple(p) for p in np.round(ring, 3).tolist()]
        walked.update(zip(points, points[1:] + points[:1], strict=True))
    return sum(1 for (a, b), times in walked.items() if walked[(b, a)] != times)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("outline", [HOUSE, TURNED, SLANTED], ids=["house", "turned", "slanted"])
def test_a_block_is_closed_and_faces_outwards(outline: shapely.Polygon, form: Form) -> None:
    city = block(outline, form)
    assert open_edges(city) == 0
    assert volume(city) > outline.area * 6.0 - 1e-6


@pytest.mark.parametrize("form", FORMS)
def test_every_outline_is_roofed_completely(form: Form) -> None:
    city = block(CORNER, form)
    roof = np.flatnonzero(city.semantic == Semantic.ROOF)
    of_ring = owner(city.polygon_offsets)[owner(city.ring_offsets)]
    covered = sum(
        shapely.Polygon(ring[:, :2]).area for ring, of in zip(rings(city), of_ring, strict=True) if of in roof
    )
    assert covered == pytest.approx(CORNER.area, abs=0.01)


def test_forms_have_the_volumes_geometry_gives_them() -> None:
    slope = np.tan(np.radians(40.0))
    below = 12 * 8 * 6.0
    assert volume(block(HOUSE, "flat")) == pytest.approx(below)
    assert volume(block(HOUSE, "gable")) == pytest.approx(below + 12 * 8 * 4 * slope / 2)
    assert volume(block(HOUSE, "pent")) == pytest.approx(below + 12 * 8 * 8 * slope / 2)
    # a hip over 12 x 8: a gable of 4 m ridge and two half pyramids
    assert volume(block(HOUSE, "hip")) == pytest.approx(below + 4 * slope * (4 * 8 / 2 + 8 * 8 / 3))


def test_the_ridge_runs_along_the_building() -> None:
    roof = roof_over(TURNED, "gable", 45.0)
    corners = np.concatenate(roof.faces)
    ridge = corners[np.isclose(corners[:, 2], roof.rise, atol=0.01), :2]
    assert roof.rise == pytest.approx(4.0, abs=0.01)
    assert np.hypot(*np.ptp(ridge, axis=0)) == pytest.approx(12.0, abs=0.01)
