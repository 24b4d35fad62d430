"""Streets as a graph: crossings, levels, one-way rules, and ways through a real town."""

import heapq
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Column, Kind, Semantic, concat, empty_city
from kastor.city.report import Report
from kastor.city.sample import four_houses
from kastor.city.streets import (
    STREET_CLASSES,
    StreetGraph,
    components,
    dead_ends,
    street_graph,
    vehicle_matrix,
    walking_matrix,
)
from kastor.formats import osm
from kastor.formats.crs import to_tenant

TOWN = Path(__file__).parents[2] / "kastor" / "demo" / "bad-hersfeld" / "bad-hersfeld.osm.gz"


def streets(*lines, **columns) -> City:
    """One street per line; columns give one attribute value per street."""
    grow = CityBuilder("EPSG:25832")
    for i, line in enumerate(lines):
        tags = {name: values[i] for name, values in columns.items()}
        grow.add_object(f"way/{i}", Kind.STREET, **tags)
        grow.add_surface(Semantic.AXIS, [[[(float(x), float(y), 0.0) for x, y in line]]], lod=0)
    return grow.build()


@pytest.fixture(scope="module")
def town() -> tuple[City, StreetGraph]:
    report = Report("town")
    chunks = [to_tenant(part.content, "EPSG:25832+7837", report) for part in osm.read(TOWN, report)]
    city = concat(chunks)
    return city, street_graph(city)


def test_the_crossing_of_the_sample_city_has_five_nodes_and_four_edges():
    graph = street_graph(four_houses())
    assert len(graph.nodes) == 5
    assert graph.length.tolist() == [25.0] * 4
    assert np.bincount(np.concatenate([graph.start, graph.end])).max() == 4
    assert len(dead_ends(graph)) == 4
    assert {STREET_CLASSES[c] for c in graph.street_class.tolist()} == {"residential"}


def test_a_city_without_streets_gives_an_empty_graph():
    for city in (empty_city(), streets([(1, 1), (1, 1)]), streets([(0, 0), (5, 0)], highway=["proposed"])):
        graph = street_graph(city)
        assert len(graph) == len(graph.nodes) == len(components(graph)) == len(dead_ends(graph)) == 0
        assert vehicle_matrix(graph, graph.length).shape == (0, 0)


def test_a_bridge_crosses_without_meeting_and_meets_at_its_ends():
    below = [(0, 0), (10, 0), (20, 0)]
    over = [(10, -10), (10, 0), (10, 10)]
    ramp = [(10, 10), (20, 0)]
    city = streets(below, over, ramp, layer=[None, 1, None], bridge=[None, "yes", None])
    graph = street_graph(city)
    assert len(graph.nodes) == 4
    assert len(graph) == 3
    assert components(graph).max() == 0
    unlevel = street_graph(replace(city, attributes={}))
    assert len(unlevel) == 5


def test_streets_that_meet_on_a_bridge_are_joined():
    deck = [(0, 0), (10, 0), (20, 0)]
    turn = [(10, 0), (10, 10)]
    graph = street_graph(streets(deck, turn, layer=[1, 1]))
    assert len(graph) == 3
    assert components(graph).max() == 0


def test_one_way_streets_and_roundabouts_let_vehicles_pass_one_way_only():
    ring = [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]
    arms = [[(-10, 0), (0, 0)], [(10, 10), (20, 10)]]
    city = streets(ring, *arms, junction=["roundabout", None, None], oneway=[None, "-1", "no"])
    graph = street_graph(city)
    cost = dijkstra(vehicle_matrix(graph, graph.length))
    west = int(np.argmin(graph.nodes[:, 0]))
    east = int(np.argmax(graph.nodes[:, 0]))
    assert np.isinf(cost[west]).sum() == len(graph.nodes) - 1
    assert cost[east, west] == 10 + 20 + 10
    walked = dijkstra(walking_matrix(graph, graph.length))
    assert walked[west, east] == walked[east, west] == 40


def test_of_parallel_streets_the_shorter_one_counts():
    straight, detour = [(0, 0), (10, 0)], [(0, 0), (5, 5), (10, 0)]
    graph = street_graph(streets(straight, detour))
    assert len(graph) == 2
    assert vehicle_matrix(graph, graph.length).toarray().tolist() == [[0, 10], [10, 0]]


def test_equal_arcs_on_both_sides_of_a_green_are_two_streets():
    graph = street_graph(streets([(0, 0), (5, 5), (10, 0)], [(0, 0), (5, -5), (10, 0)]))
    assert len(graph) == 2


def test_a_closed_street_is_not_used():
    graph = street_graph(streets([(0, 0), (10, 0)], [(0, 0), (5, 5), (10, 0)]))
    cost = np.where(graph.length < 11, np.inf, graph.length)
    assert vehicle_matrix(graph, cost).toarray().max() == pytest.approx(2 * np.sqrt(50))


def test_ways_repeated_at_the_border_of_two_files_count_once(town):
    city, graph = town
    twice = street_graph(concat([city, city]))
    assert len(twice) == len(graph)
    assert twice.length.sum() == pytest.approx(graph.length.sum())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=6), min_size=1, max_size=5)
)
def test_no_street_length_is_lost_or_counted_twice(lines):
    graph = street_graph(streets(*lines))
    segments = {frozenset(pair) for line in lines for pair in pairwise(line) if pair[0] != pair[1]}
    total = sum(float(np.hypot(a[0] - b[0], a[1] - b[1])) for a, b in map(partial(sorted), segments))
    # where a line runs over the middle of another segment the same ground may be one street or two
    ground = float(shapely.union_all([shapely.LineString(sorted(pair)) for pair in segments]).length)
    assert ground - 1e-9 <= graph.length.sum() <= total + 1e-9
    walked = np.hypot(*np.diff(graph.xyz[:, :2], axis=0).T)
    inside = np.ones(len(walked), bool)
    inside[graph.vertex_offsets[1:-1] - 1] = False
    assert walked[inside].sum() == pytest.approx(graph.length.sum())


def test_edges_begin_and_end_at_their_nodes(town):
    _, graph = town
    first = graph.xyz[graph.vertex_offsets[:-1], :2]
    last = graph.xyz[graph.vertex_offsets[1:] - 1, :2]
    assert np.array_equal(first, graph.nodes[graph.start])
    assert np.array_equal(last, graph.nodes[graph.end])


def test_a_whole_town_hangs_together(town):
    _, graph = town
    share = np.mean(components(graph) == 0)
    assert len(graph) > 6000
    assert share > 0.99
    assert (graph.oneway != 0).sum() > 100


def test_the_shortest_way_through_town_is_the_one_a_plain_search_finds(town):
    _, graph = town
    matrix = vehicle_matrix(graph, graph.length)
    largest = np.flatnonzero(components(graph) == 0)
    start = int(largest[len(largest) // 3])
    fast = dijkstra(matrix, indices=start)
    plain = _search(graph, start)
    assert np.array_equal(np.isfinite(fast), np.isfinite(plain))
    reached = np.isfinite(plain)
    assert reached.sum() > 4000
    assert fast[reached] == pytest.approx(plain[reached])


def _search(graph: StreetGraph, start: int) -> np.ndarray:
    """Dijkstra over the arcs, written out."""
    cost = np.full(len(graph.nodes), np.inf)
    cost[start] = 0.0
    queue = [(0.0, start)]
    while queue:
        so_far, node = heapq.heappop(queue)
        if so_far > cost[node]:
            continue
        for arc in range(graph.arc_offsets[node], graph.arc_offsets[node + 1]):
            there = so_far + graph.length[graph.arc_edge[arc]]
            if there < cost[graph.arc_to[arc]]:
                cost[graph.arc_to[arc]] = there
                heapq.heappush(queue, (there, int(graph.arc_to[arc])))
    return cost


def test_streets_from_coordinates_without_node_ids_form_a_network(shared_data):
    import json
    import zipfile

    grow = CityBuilder("EPSG:4326")
    with zipfile.ZipFile(shared_data("streets/koeln-osm/highway.zip")) as archive:
        for name in archive.namelist():
            if "longerich" in name or "niehl" in name:
                for feature in json.loads(archive.read(name))["features"]:
                    if feature["geometry"]["type"] != "LineString":
                        continue
                    # degrees stretched to about metres
                    line = [(x * 70_000, y * 111_000, 0.0) for x, y in feature["geometry"]["coordinates"]]
                    grow.add_object(f"way/{len(grow.ids)}", Kind.STREET, highway=feature["properties"]["type"])
                    grow.add_surface(Semantic.AXIS, [[line]], lod=0)
    graph = street_graph(grow.build())
    assert len(graph) > 1000
    assert np.mean(components(graph) == 0) > 0.8
    assert (graph.street_class > 0).mean() > 0.9


def test_columns_of_any_type_are_understood():
    city = streets([(0, 0), (10, 0)], [(10, 0), (20, 0)])
    city = replace(city, attributes={"oneway": Column.of([True, 1]), "highway": Column.of(["primary", 5])})
    graph = street_graph(city)
    assert graph.oneway.tolist() == [1, 1]
    assert graph.street_class.tolist() == [STREET_CLASSES.index("primary"), 0]
