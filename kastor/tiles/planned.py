"""What a variant adds and changes as one small GLB that lies over the tiles of the city, which stay as they are."""

from __future__ import annotations

from kastor.city.model import City
from kastor.tiles.buildings import building_nodes
from kastor.tiles.glb import Material, Node, PropertyTable, write_glb
from kastor.tiles.tile import ToLocal
from kastor.tiles.trees import tree_nodes


def planned_glb(city: City, to_local: ToLocal) -> bytes:
    """
    Buildings, walls and trees of a city; empty when there is nothing to draw.

    Parameters
    ----------
    city
        Planned objects, standing on the ground.
    to_local
        From map coordinates to the frame of the tenant's tiles.

    Returns
    -------
    bytes
        A GLB file whose feature ids point into the property tables ``building`` and ``tree``, as in tiles.
    """
    nodes: list[Node] = []
    tables: list[PropertyTable] = []
    two_sided = False
    buildings = building_nodes(city, to_local)
    if buildings is not None:
        nodes += buildings[0]
        tables.append(buildings[1])
        two_sided = not buildings[2]
    trees = tree_nodes(city, to_local, len(tables))
    if trees is not None:
        nodes += trees[0]
        tables.append(trees[1])
    return write_glb(nodes, [Material(double_sided=two_sided)], tables) if nodes else b""
