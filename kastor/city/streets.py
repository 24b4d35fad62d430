"""How one gets from here to there: the streets of a city as a graph.

Lines are split wherever they share a vertex; equal coordinates are the same crossing, so the
graph needs no node ids and works for any source. Bridges and tunnels (``layer``) meet other
levels only at their ends. One-way rules apply to vehicles; who walks uses both directions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from kastor.city.model import City, Kind, Semantic, owner
from kastor.city.strings import ranges

STREET_CLASSES = (
    "unknown", "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service",
    "pedestrian", "track", "busway", "cycleway", "footway", "path", "bridleway", "steps", "corridor", "road",
)  # fmt: skip
"""Names of the street classes in the order of their codes."""

NOT_BUILT = ("proposed", "construction", "razed", "abandoned", "demolished", "platform", "elevator", "raceway")
"""Values of ``highway`` that nobody can travel on."""

_FORWARD = ("yes", "1", "true")
_BACKWARD = ("-1", "reverse")


@dataclass(frozen=True, eq=False)
class StreetGraph:
    """
    Crossings and the street pieces between them.

    Parameters
    ----------
    nodes
        East and north of each crossing or street end, shape (n_nodes, 2). [m]
    start, end
        Node at the beginning and at the end of each edge, shape (n_edges,), int32.
    length
        Length of each edge in the plane, shape (n_edges,). [m]
    street
        Index of the street object each edge is a piece of, shape (n_edges,), int32.
    oneway
        1 when vehicles may go only from start to end, -1 only back, 0 both ways; shape (n_edges,), int8.
    street_class
        Index into :data:`STREET_CLASSES`, shape (n_edges,), uint8.
    vertex_offsets
        Vertices of each edge, both ends included, shape (n_edges + 1,), int64.
    xyz
        East, north and height of the vertices, shape (n_vertices, 3). [m]
    arc_offsets, arc_to, arc_edge, arc_forward
        Arcs vehicles may use, grouped by the node they leave (CSR): arcs of node ``i`` are
        ``arc_offsets[i]:arc_offsets[i + 1]``; the node each arrives at, the edge it uses, and whether
        it follows the edge from start to end.
    """

    nodes: NDArray[np.float64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    length: NDArray[np.float64]
    street: NDArray[np.int32]
    oneway: NDArray[np.int8]
    street_class: NDArray[np.uint8]
    vertex_offsets: NDArray[np.int64]
    xyz: NDArray[np.float64]
    arc_offsets: NDArray[np.int64]
    arc_to: NDArray[np.int32]
    arc_edge: NDArray[np.int32]
    arc_forward: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.length)


def street_graph(city: City) -> StreetGraph:
    """
    Graph of the ``AXIS`` lines of all streets.

    Repeated points, lines without length and pieces that lie twice on the same ground (ways repeated
    at the border of two files) are left out.

    Parameters
    ----------
    city
        Streets in a plane system. [m]
    """
    vertices, line = _lines(city)
    street = _street_of_line(city)[0]
    node = _nodes(city, vertices, line, street)
    first, last = _ends(line)
    split = _crossings(node, first, last)[node]
    begin = np.flatnonzero(split & ~last)
    stop = np.flatnonzero(split & ~first)
    lengths = _lengths(city.xyz[vertices, :2], line)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    length = along[stop] - along[begin]
    of_street = street[line[begin]]
    oneway = _oneway(city)[of_street]
    keep = _distinct(node[begin], node[stop], length, oneway, _centres(city.xyz[vertices, :2], begin, stop))
    begin, stop = begin[keep], stop[keep]
    used, ends = np.unique(np.concatenate([node[begin], node[stop]]), return_inverse=True)
    positions, vertex_offsets = _pieces(begin, stop)
    start, end = ends[: len(begin)].astype(np.int32), ends[len(begin) :].astype(np.int32)
    at_node = np.zeros(len(used), np.int64)
    at_node[start], at_node[end] = vertices[begin], vertices[stop]
    arcs = _arcs(start, end, oneway[keep], len(used))
    return StreetGraph(
        nodes=city.xyz[at_node, :2],
        start=start,
        end=end,
        length=length[keep],
        street=of_street[keep].astype(np.int32),
        oneway=oneway[keep],
        street_class=_classes(city)[of_street[keep]],
        vertex_offsets=vertex_offsets,
        xyz=city.xyz[vertices[positions]],
        arc_offsets=arcs[0],
        arc_to=arcs[1],
        arc_edge=arcs[2],
        arc_forward=arcs[3],
    )


def components(graph: StreetGraph) -> NDArray[np.int32]:
    """Number of the connected piece of the network each node lies in, the largest piece first, shape (n_nodes,)."""
    n = len(graph.nodes)
    links = scipy.sparse.csr_array((np.ones(len(graph), np.int8), (graph.start, graph.end)), shape=(n, n))
    _, label = scipy.sparse.csgraph.connected_components(links, directed=False)
    order = np.argsort(-np.bincount(label), kind="stable") if n else np.zeros(0, np.int64)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[label]


def dead_ends(graph: StreetGraph) -> NDArray[np.int64]:
    """Nodes at which exactly one edge ends, ascending."""
    ends = np.concatenate([graph.start, graph.end])
    return np.flatnonzero(np.bincount(ends, minlength=len(graph.nodes)) == 1)


def vehicle_matrix(graph: StreetGraph, cost: NDArray[np.float64]) -> scipy.sparse.csr_array:
    """
    Cost of going from node to node, for ``scipy.sparse.csgraph``; one-way streets count.

    Parameters
    ----------
    cost
        Cost of each edge, such as its length or time, infinite where closed; shape (n_edges,).
    """
    leaving = owner(graph.arc_offsets)
    return _matrix(leaving, graph.arc_to, cost[graph.arc_edge], len(graph.nodes))


def walking_matrix(graph: StreetGraph, cost: NDArray[np.float64]) -> scipy.sparse.csr_array:
    """The same for people on foot, who may go both ways everywhere."""
    leaving = np.concatenate([graph.start, graph.end])
    arriving = np.concatenate([graph.end, graph.start])
    return _matrix(leaving, arriving, np.concatenate([cost, cost]), len(graph.nodes))


def _matrix(
    leaving: NDArray[np.integer], arriving: NDArray[np.integer], cost: NDArray[np.float64], n: int
) -> scipy.sparse.csr_array:
    """The cheapest of parallel arcs; sparse matrices would add them up."""
    order = np.lexsort((cost, arriving, leaving))
    leaving, arriving, cost = leaving[order], arriving[order], cost[order]
    best = np.isfinite(cost)
    best[1:] &= (leaving[1:] != leaving[:-1]) | (arriving[1:] != arriving[:-1])
    return scipy.sparse.csr_array((cost[best], (leaving[best], arriving[best])), shape=(n, n))


def _street_of_line(city: City) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Street object and ring of each axis line."""
    surface_owner = owner(city.surface_offsets)
    highway = city.attributes.get("highway")
    built = np.ones(len(city), bool)
    if highway is not None:
        barred = np.array([v in NOT_BUILT for v in highway.values] + [False])
        built = ~barred[highway.codes]
    closed = city.attributes.get("closed")
    if closed is not None:
        built &= ~np.array([bool(value) for value in closed.values] + [False])[closed.codes]
    wanted = (city.kind == Kind.STREET) & built
    surfaces = np.flatnonzero((city.semantic == Semantic.AXIS) & wanted[surface_owner])
    polygons, polygon_offsets = ranges(city.polygon_offsets, surfaces)
    rings, ring_offsets = ranges(city.ring_offsets, polygons)
    return surface_owner[surfaces][owner(polygon_offsets)[owner(ring_offsets)]], rings


def _lines(city: City) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Vertices of all axis lines without repeated points, and the line of each; lines of one point are gone."""
    rings = _street_of_line(city)[1]
    vertices, offsets = ranges(city.vertex_offsets, rings)
    line = owner(offsets)
    repeated = np.zeros(len(vertices), bool)
    same = (city.xyz[vertices[1:], :2] == city.xyz[vertices[:-1], :2]).all(axis=1)
    repeated[1:] = same & (line[1:] == line[:-1])
    vertices, line = vertices[~repeated], line[~repeated]
    long_enough = (np.bincount(line, minlength=len(rings)) > 1)[line]
    return vertices[long_enough], line[long_enough]


def _ends(line: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    change = line[1:] != line[:-1]
    edge = np.ones(min(1, len(line)), bool)
    return np.concatenate([edge, change]), np.concatenate([change, edge])


def _nodes(
    city: City, vertices: NDArray[np.int64], line: NDArray[np.int64], street: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number of the place of each vertex; equal places on different levels differ, unless a line ends there."""
    xy = city.xyz[vertices, :2]
    layer = _layers(city)[street[line]]
    first, last = _ends(line)
    end = np.flatnonzero((first | last) & (layer != 0))
    # the end of a bridge stands on its own level and on the ground: two places that become one
    place = _unique_rows(
        np.concatenate([xy[:, 0], xy[end, 0]]),
        np.concatenate([xy[:, 1], xy[end, 1]]),
        np.concatenate([layer, np.zeros(len(end))]),
    )
    n = int(place.max(initial=-1)) + 1
    joins = scipy.sparse.csr_array((np.ones(len(end), np.int8), (place[end], place[len(xy) :])), shape=(n, n))
    _, merged = scipy.sparse.csgraph.connected_components(joins, directed=False) if n else (0, place)
    return np.asarray(merged, np.int64)[place[: len(xy)]]


def _crossings(node: NDArray[np.int64], first: NDArray[np.bool_], last: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Places where a line ends or turns back, or where not just two ways lead off; lines lying twice count once."""
    n = int(node.max(initial=-1)) + 1
    begin = np.flatnonzero(~last)
    pairs = np.sort(np.column_stack([node[begin], node[begin + 1]]), axis=1)
    pairs = np.unique(pairs[:, 0] * n + pairs[:, 1])
    leading_off = np.bincount(np.concatenate([pairs // max(n, 1), pairs % max(n, 1)]), minlength=n)
    crossing: NDArray[np.bool_] = leading_off != 2
    crossing[node[first | last]] = True
    inner = np.flatnonzero(~first & ~last)
    crossing[node[inner[node[inner - 1] == node[inner + 1]]]] = True
    return crossing


def _unique_rows(*columns: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of each distinct row."""
    order = np.lexsort(columns)
    fresh = np.zeros(len(order), bool)
    for column in columns:
        fresh[1:] |= column[order][1:] != column[order][:-1]
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(fresh)
    return number


def _lengths(xy: NDArray[np.float64], line: NDArray[np.int64]) -> NDArray[np.float64]:
    """Length from each vertex to the next one, 0 at the end of a line."""
    step = np.zeros(len(xy))
    if len(xy):
        step[:-1] = np.hypot(*(xy[1:] - xy[:-1]).T) * (line[1:] == line[:-1])
    return step


def _centres(xy: NDArray[np.float64], begin: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of the vertices of each piece, the same in both directions, shape (n_edges, 2). [m]"""
    if not len(xy):
        return np.zeros((0, 2))
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(xy - xy[0], axis=0)])
    return np.asarray((sums[stop + 1] - sums[begin]) / (stop - begin + 1)[:, None])


def _distinct(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    length: NDArray[np.float64],
    oneway: NDArray[np.int8],
    centre: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Edges without their copies: same ends, same length and same mean vertex."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    direction = np.where(start <= end, oneway, -oneway)
    columns = (*np.round(centre, 2).T, direction, np.round(length, 2), high, low)
    order = np.lexsort(columns)
    fresh = np.ones(len(order), bool)
    fresh[1:] = False
    for column in columns:
        fresh[1:] |= column[order][1:] != column[order][:-1]
    return np.sort(order[fresh])


def _pieces(begin: NDArray[np.int64], stop: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions ``begin`` to ``stop`` of each edge, both included, one after the other, and their offsets."""
    offsets = np.zeros(len(begin) + 1, np.int64)
    np.cumsum(stop - begin + 1, out=offsets[1:])
    return np.arange(offsets[-1]) + np.repeat(begin - offsets[:-1], stop - begin + 1), offsets


def _arcs(
    start: NDArray[np.int32], end: NDArray[np.int32], oneway: NDArray[np.int8], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    forward, back = np.flatnonzero(oneway >= 0), np.flatnonzero(oneway <= 0)
    edge = np.concatenate([forward, back])
    leaving = np.concatenate([start[forward], end[back]])
    arriving = np.concatenate([end[forward], start[back]])
    ahead = np.arange(len(edge)) < len(forward)
    order = np.lexsort((edge, leaving))
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(leaving, minlength=n), out=offsets[1:])
    return offsets, arriving[order].astype(np.int32), edge[order].astype(np.int32), ahead[order]


def _texts(city: City, name: str) -> list[str | None]:
    column = city.attributes.get(name)
    return [None if v is None else str(v).lower() for v in column.tolist()] if column else [None] * len(city)


def _layers(city: City) -> NDArray[np.float64]:
    """Level of each object: its ``layer``, else 1 for a bridge and -1 for a tunnel."""
    column = city.attributes.get("layer")
    layer = column.numbers() if column else np.full(len(city), np.nan)
    bridge = np.array([v not in (None, "no", "false") for v in _texts(city, "bridge")], bool)
    tunnel = np.array([v in ("yes", "true", "culvert") for v in _texts(city, "tunnel")], bool)
    return np.where(np.isnan(layer), bridge * 1.0 - tunnel * 1.0, layer)


def _oneway(city: City) -> NDArray[np.int8]:
    stated, junction, highway = _texts(city, "oneway"), _texts(city, "junction"), _texts(city, "highway")
    result = np.zeros(len(city), np.int8)
    for i in np.flatnonzero(city.kind == Kind.STREET).tolist():
        value = stated[i]
        implied = value is None and (junction[i] in ("roundabout", "circular") or highway[i] == "motorway")
        result[i] = 1 if value in _FORWARD or implied else -1 if value in _BACKWARD else 0
    return result


def _classes(city: City) -> NDArray[np.uint8]:
    column = city.attributes.get("highway")
    if column is None:
        return np.zeros(len(city), np.uint8)
    known = {name: code for code, name in enumerate(STREET_CLASSES)}
    return np.array([known.get(str(v), 0) for v in column.values] + [0], np.uint8)[column.codes]
