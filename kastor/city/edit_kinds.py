"""What may be changed in a city, as plain data: an edit says what is wanted, not how the arrays change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from kastor.city.roofs import Form
from kastor.city.sketches import Place
from kastor.city.solids import Points, Triangles

Use = Literal["residential", "mixed", "commercial", "office", "industrial", "public", "school", "nursery", "garage"]

USES: dict[Use, str] = {
    "residential": "31001_1000", "mixed": "31001_1100", "commercial": "31001_2010", "office": "31001_2020",
    "industrial": "31001_2100", "public": "31001_3000", "school": "31001_3020", "nursery": "31001_3065",
    "garage": "31001_2463",
}  # fmt: skip
"""Function of a building (AdV) by what it is planned for."""

Cover = Literal["sealed", "paved", "green", "water", "soil"]

HIGHEST_BUILDING = 500.0
MOST_STOREYS = 120
DEEPEST, HIGHEST = 30.0, 20.0
"""Of a basin and a levee. [m]"""

STOREY_HEIGHT = 3.0
"""Where none is said. [m]"""


@dataclass(frozen=True)
class AddBuilding:
    """
    A building with a roof on a footprint.

    Parameters
    ----------
    id
        Id of the new object, one the city does not have.
    footprint
        Corners in order, the last not repeated. [m]
    height
        Of its highest point above the lowest ground at a corner; None where storeys say it. [m]
    storeys, storey_height
        How many storeys stand below the eaves, and how high each is. [m]
    roof, pitch
        Form of the roof, and its pitch where it has one; the usual one when None. [degrees]
    use
        What it is for.
    green_roof
        Whether plants grow on it.
    dwellings
        How many it holds; None when unknown.
    name
        What people call it.
    """

    id: str
    footprint: tuple[Place, ...]
    height: float | None = None
    storeys: int | None = None
    storey_height: float = STOREY_HEIGHT
    roof: Form = "flat"
    pitch: float | None = None
    use: Use | Literal[""] = ""
    green_roof: bool = False
    dwellings: int | None = None
    name: str = ""
    kind: Literal["add_building"] = "add_building"


@dataclass(frozen=True)
class AddModel:
    """
    A building drawn elsewhere, as triangles.

    Parameters
    ----------
    id
        Id of the new object.
    place
        Where the origin of the model stands. [m]
    points
        East, north and up from the origin, shape (n, 3). [m]
    triangles
        Three points each, counter-clockwise from outside.
    turn
        Counter-clockwise around the origin. [degrees]
    base
        Height of the origin above sea level; None to stand on the lowest ground below the model. [m]
    storeys, use, name
        As in :class:`AddBuilding`.
    """

    id: str
    place: Place
    points: Points
    triangles: Triangles
    turn: float = 0.0
    base: float | None = None
    storeys: int | None = None
    use: Use | Literal[""] = ""
    name: str = ""
    kind: Literal["model"] = "model"


@dataclass(frozen=True)
class Move:
    """
    An object stands elsewhere, on the ground there.

    Parameters
    ----------
    id
        Name of the edit.
    object
        What is moved, with its parts.
    east, north
        How far. [m]
    turn
        Counter-clockwise around its middle. [degrees]
    """

    id: str
    object: str
    east: float = 0.0
    north: float = 0.0
    turn: float = 0.0
    kind: Literal["move"] = "move"


@dataclass(frozen=True)
class Raise:
    """
    A building or tree gets another height.

    Parameters
    ----------
    id
        Name of the edit.
    object
        What is raised, or lowered.
    height
        Of its highest point above the ground afterwards. [m]
    storeys
        How many it has then; unknown when None.
    """

    id: str
    object: str
    height: float
    storeys: int | None = None
    kind: Literal["raise"] = "raise"


@dataclass(frozen=True)
class Demolish:
    """An object is taken away with its parts."""

    id: str
    kind: Literal["demolish"] = "demolish"


@dataclass(frozen=True)
class PlantTree:
    """
    A tree.

    Parameters
    ----------
    id
        Id of the new object.
    place
        Of the trunk. [m]
    species
        Name of the species, German or Latin.
    height, crown
        Of the tree and width of its crown when it is planted. [m]
    age
        At which it is that large; None when unknown. [years]
    grows
        Whether it is larger in later years; a tree kept in shape is not.
    """

    id: str
    place: Place
    species: str = ""
    height: float = 8.0
    crown: float = 5.0
    age: float | None = None
    grows: bool = True
    kind: Literal["plant_tree"] = "plant_tree"


@dataclass(frozen=True)
class Fell:
    """A tree is taken away; ``id`` names the edit, ``object`` the tree."""

    id: str
    object: str
    kind: Literal["fell"] = "fell"


@dataclass(frozen=True)
class Surface:
    """
    The ground gets another cover.

    Parameters
    ----------
    id
        Id of the new area.
    outline
        Corners in order. [m]
    cover
        Sealed (asphalt, concrete), paved with joints, green, water or bare soil.
    """

    id: str
    outline: tuple[Place, ...]
    cover: Cover
    kind: Literal["surface"] = "surface"


@dataclass(frozen=True)
class GroundWork:
    """
    The ground is cut or filled.

    Parameters
    ----------
    id
        Name of the edit.
    outline
        Corners in order. [m]
    height
        Filled by so much, cut where negative; None where a level says it. [m]
    level
        Made level at this height above sea level. [m]
    """

    id: str
    outline: tuple[Place, ...]
    height: float | None = None
    level: float | None = None
    kind: Literal["ground"] = "ground"


@dataclass(frozen=True)
class Basin:
    """
    A hollow with a level floor.

    Parameters
    ----------
    outline
        Corners in order. [m]
    depth
        Of the floor below the lowest ground in the outline. [m]
    id
        Name of the edit.
    """

    outline: tuple[Place, ...]
    depth: float
    kind: Literal["basin"] = "basin"
    id: str = ""


@dataclass(frozen=True)
class Levee:
    """
    A bank of earth along a line.

    Parameters
    ----------
    line
        Its axis. [m]
    height
        Of the crest above the ground below it. [m]
    width
        Of the crest; at least one cell of the ground is raised. [m]
    id
        Name of the edit.
    """

    line: tuple[Place, ...]
    height: float
    width: float = 2.0
    kind: Literal["levee"] = "levee"
    id: str = ""


@dataclass(frozen=True)
class AddWall:
    """
    A wall: it stands in the way of water, sun and noise.

    Parameters
    ----------
    id
        Id of the new object.
    line
        Its axis. [m]
    height
        Above the ground. [m]
    width
        Its thickness; at least one cell of the ground is raised. [m]
    """

    id: str
    line: tuple[Place, ...]
    height: float
    width: float = 0.3
    kind: Literal["wall"] = "wall"


@dataclass(frozen=True)
class CloseStreet:
    """Nobody drives on a street any longer; ``id`` names the edit, ``object`` the street."""

    id: str
    object: str
    kind: Literal["close_street"] = "close_street"


@dataclass(frozen=True)
class AddStreet:
    """
    A street.

    Parameters
    ----------
    id
        Id of the new object.
    line
        Its axis; it is joined to others where it has a corner of theirs. [m]
    width
        Of all lanes. [m]
    name
        What it is called.
    """

    id: str
    line: tuple[Place, ...]
    width: float = 6.0
    name: str = ""
    kind: Literal["add_street"] = "add_street"


@dataclass(frozen=True)
class Later:
    """
    The city is looked at some years after all else: planted trees have grown.

    Parameters
    ----------
    id
        Of the edit.
    years
        Since planting; of several edits the last one counts. [years]
    """

    id: str
    years: int
    kind: Literal["later"] = "later"


Edit = (
    AddBuilding | AddModel | Move | Raise | Demolish | PlantTree | Fell | Surface | GroundWork | Basin | Levee | AddWall
    | CloseStreet | AddStreet | Later
)  # fmt: skip


def plain(edit: Edit) -> dict[str, Any]:
    """
    An edit as plain data, without what is as it would be anyway; equal edits have equal data.

    Examples
    --------
    >>> plain(Fell("one", "oak"))
    {'id': 'one', 'object': 'oak', 'kind': 'fell'}
    """
    usual = {field.name: field.default for field in fields(edit) if field.name not in ("kind", "width")}
    return {name: value for name, value in asdict(edit).items() if value != usual.get(name)}


def touched(edit: Edit) -> str:
    """Id of the object of today's city an edit is about; empty for one that adds something."""
    if isinstance(edit, Demolish):
        return edit.id
    return edit.object if isinstance(edit, Move | Raise | Fell | CloseStreet) else ""


def hidden(edits: Iterable[Edit]) -> list[str]:
    """Ids of the objects of today's city that no longer stand as they did, in order."""
    found = (touched(edit) for edit in edits if isinstance(edit, Demolish | Move | Raise | Fell))
    return list(dict.fromkeys(found))
