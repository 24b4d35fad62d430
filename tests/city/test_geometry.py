import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kastor.city.builder import CityBuilder
from kastor.city.geometry import plane_deviation, polygon_areas, polygon_normals, triangulate
from kastor.city.model import Kind, Semantic, owner
from kastor.city.sample import ORIGIN, four_houses


def one_polygon(*rings):
    grow = CityBuilder("EPSG:25832")
    grow.add_object("x", Kind.BUILDING)
    grow.add_surface(Semantic.ROOF, [rings])
    return grow.build()


def triangle_areas(city, triangles):
    a, b, c = (city.xyz[triangles[:, i]] for i in range(3))
    return np.cross(b - a, c - a) / 2


def test_triangles_cover_each_polygon_exactly_and_turn_like_it():
    city = four_houses()
    triangles, polygon = triangulate(city)
    vectors = triangle_areas(city, triangles)
    normals = polygon_normals(city)
    assert (np.einsum("ij,ij->i", vectors, normals[polygon]) > 0).all()
    covered = np.bincount(polygon, np.linalg.norm(vectors, axis=1), minlength=len(normals))
    areal = np.isin(np.arange(len(normals)), polygon)
    assert_allclose(covered[areal], polygon_areas(city)[areal])


def test_the_triangles_of_a_solid_enclose_its_volume():
    city = four_houses()
    triangles, polygon = triangulate(city)
    local = city.xyz - np.array(ORIGIN)
    a, b, c = (local[triangles[:, i]] for i in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    of_object = owner(city.surface_offsets)[owner(city.polygon_offsets)[polygon]]
    by_id = dict(zip(city.ids, np.bincount(of_object, volume, minlength=len(city)), strict=True))
    assert_allclose([by_id[i] for i in ("flat", "gable", "pair-low", "courtyard")], [600, 750, 200, 84 * 8])


def test_streets_and_trees_have_no_triangles():
    city = four_houses()
    _, polygon = triangulate(city)
    semantics = city.semantic[owner(city.polygon_offsets)[polygon]]
    assert not np.isin(semantics, (Semantic.AXIS, Semantic.POSITION)).any()


def test_a_ring_that_winds_twice_is_not_taken_for_convex():
    star = [(np.cos(a), np.sin(a), 0.0) for a in np.arange(5) * 4 * np.pi / 5]
    city = one_polygon(star)
    triangles, _ = triangulate(city)
    assert np.linalg.norm(triangle_areas(city, triangles), axis=1).sum() < 2.5


def test_a_bent_quadrilateral_is_measured():
    city = one_polygon([(0, 0, 0), (10, 0, 0), (10, 10, 1), (0, 10, 0)])
    assert 0.2 < plane_deviation(city, polygon_normals(city))[0] < 0.6
    flat = one_polygon([(0, 0, 5), (9, 0, 5), (9, 9, 5)])
    assert plane_deviation(flat, polygon_normals(flat))[0] < 1e-12


@given(st.integers(3, 12), st.floats(-1e6, 1e7), st.floats(-1e6, 1e7), st.floats(0.1, 100))
def test_area_does_not_depend_on_where_the_polygon_lies(corners, east, north, radius):
    angles = np.arange(corners) * 2 * np.pi / corners
    ring = [(east + radius * np.cos(a), north + radius * np.sin(a), 1.0) for a in angles]
    expected = corners / 2 * radius**2 * np.sin(2 * np.pi / corners)
    assert_allclose(polygon_areas(one_polygon(ring))[0], expected, rtol=1e-5, atol=1e-6)


def test_no_polygons_give_no_triangles():
    triangles, polygon = triangulate(CityBuilder("").build())
    assert triangles.shape == (0, 3)
    assert polygon.shape == (0,)
