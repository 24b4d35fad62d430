"""What the elements of a block are to each other: objects, surfaces, polygons, rings, links; and which are regular.

All of it is array arithmetic on the table of elements. The fast reader never judges: a top-level
object that holds anything but the plain, complete and well-known is marked irregular and left,
whole, to the reference reader, which also does all the reporting. So both give the same city.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import Kind, Semantic
from kastor.formats import citygml_tokens as tokens
from kastor.formats.citygml_compiled import distinct, inspect, nearest, read_rings, spans
from kastor.formats.citygml_tokens import Lexicon
from kastor.formats.citygml_words import Role

Ints = NDArray[np.int32]
Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]
Roles = NDArray[np.uint8]

ROLES = 40

# roles an element has because of where it stands
DETAIL, STRANGE, LOOSE, OUTER, INNER, ROOT = range(30, 36)
"""Detail of a surface; unknown object; other child of the root; outer and inner ring of a polygon; the root itself."""

_INSIDE: dict[int, tuple[int, ...]] = {
    ROOT: (Role.MEMBER, Role.ENVELOPE, LOOSE),
    Role.MEMBER: (Role.OBJECT, STRANGE),
    Role.OBJECT: (
        Role.HOLDER, Role.BOUNDARY, Role.GEOMETRY, Role.CURVES, Role.ATTRIBUTE, Role.GENERIC, Role.ADDRESS,
        Role.REFERENCE, Role.ENVELOPE, Role.IGNORED,
    ),
    Role.HOLDER: (Role.OBJECT,),
    Role.BOUNDARY: (Role.SURFACE,),
    Role.SURFACE: (Role.GEOMETRY, Role.BOUNDARY, Role.IGNORED, Role.ENVELOPE, DETAIL),
    Role.GEOMETRY: (Role.SOLID, Role.COLLECTION, Role.POLYGON),
    Role.SOLID: (Role.EXTERIOR, Role.INTERIOR),
    Role.EXTERIOR: (Role.COLLECTION, Role.POLYGON),
    Role.INTERIOR: (Role.COLLECTION, Role.POLYGON),
    Role.COLLECTION: (Role.COLLECTION, Role.POLYGON),
    Role.POLYGON: (OUTER, INNER),
    OUTER: (Role.RING,),
    INNER: (Role.RING,),
    Role.RING: (Role.POSITIONS, Role.POSITION),
    Role.CURVES: (Role.LINES, Role.LINE),
    Role.LINES: (Role.LINES, Role.LINE),
    Role.LINE: (Role.POSITIONS, Role.POSITION),
    Role.GENERIC: (Role.GENERIC_VALUE,),
    Role.ADDRESS: (Role.WRAPPER, Role.FIELD),
    Role.REFERENCE: (Role.WRAPPER, Role.FIELD),
    Role.WRAPPER: (Role.WRAPPER, Role.FIELD),
}  # fmt: skip
_CLOSED = (Role.IGNORED, Role.ENVELOPE, DETAIL, STRANGE, LOOSE)
_OTHERWISE = {ROOT: LOOSE, Role.MEMBER: STRANGE, Role.SURFACE: DETAIL}

# what is asked of an element
LEAF, FILLED, FIRST, LATER, ONLY = 1, 2, 4, 8, 16
_ASKED: dict[int, int] = {
    Role.ATTRIBUTE: LEAF, Role.FIELD: LEAF, Role.POSITION: LEAF, Role.POSITIONS: LEAF | ONLY,
    Role.GENERIC_VALUE: LEAF | ONLY, Role.GENERIC: FILLED, Role.POLYGON: FILLED, Role.LINE: FILLED,
    Role.RING: FILLED | ONLY, OUTER: FILLED | FIRST, INNER: FILLED | LATER,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Block:
    """
    A block of whole top-level elements, and who stands where.

    Parameters
    ----------
    text, elements, attributes
        As :func:`kastor.formats.citygml_tokens.scan` left them, ``elements`` with one column more than there are.
    lexicon
        What the codes of elements stand for.
    role
        Role of each element, as far as it has one where it stands.
    parent_role
        Role of the parent of each element.
    top
        Number of the child of the root each element is in.
    regular
        Whether each child of the root is regular so far.
    by_role, role_ends
        Elements that are looked at, sorted by role, and where each role ends.
    """

    text: NDArray[np.uint8]
    elements: Ints
    attributes: Ints
    lexicon: Lexicon
    role: Roles
    parent_role: Roles
    top: Ints
    regular: Bools
    by_role: Rows
    role_ends: Rows
    _spans: dict[int, tuple[Ints, Ints]] = field(default_factory=dict)
    _nearest: dict[tuple[int, ...], Ints] = field(default_factory=dict)

    @property
    def word(self) -> Ints:
        """Code of the word of each element."""
        words: Ints = self.elements[tokens.WORD]
        return words

    def rows(self, *roles: int) -> Rows:
        """Elements with one of the roles that are looked at, in document order."""
        found = [self.by_role[self.role_ends[role - 1] : self.role_ends[role]] for role in roles]
        return found[0] if len(found) == 1 else np.sort(np.concatenate(found))

    def refuse(self, elements: NDArray[np.integer]) -> None:
        """Leave the top-level objects some elements are in to the reference reader."""
        self.regular[self.top[elements]] = False

    def nearest(self, *roles: int) -> Ints:
        """Nearest element with one of the roles that each element is or is in, -1 when there is none."""
        if roles not in self._nearest:
            wanted = np.zeros(ROLES, np.bool_)
            wanted[list(roles)] = True
            self._nearest[roles] = nearest(self.elements, self.role, wanted)
        return self._nearest[roles]

    def attribute(self, code: int) -> tuple[Ints, Ints]:
        """Start and end of an XML attribute of each element, -1 where it has none."""
        if code not in self._spans:
            self._spans[code] = spans(self.attributes, code, len(self.role))
        return self._spans[code]


def among(role: Roles, roles: Iterable[int]) -> Bools:
    """Whether each role is one of some roles."""
    table = np.zeros(ROLES, np.bool_)
    table[list(roles)] = True
    return table[role]


@lru_cache(maxsize=1)
def _rules() -> tuple[Bools, Bools, Roles]:
    """Which role may stand in which, which roles hide what is inside of them, and what is asked of each role."""
    allowed, closed = np.zeros((ROLES, ROLES), np.bool_), np.zeros(ROLES, np.bool_)
    for outer, inner in _INSIDE.items():
        allowed[outer, list(inner)] = True
    closed[list(_CLOSED)] = True
    asked = np.zeros(ROLES, np.uint8)
    asked[list(_ASKED)] = list(_ASKED.values())
    return allowed, closed, asked


@lru_cache(maxsize=1)
def _places() -> Roles:
    """The role an element of each role has inside of each other role."""
    places = np.tile(np.arange(ROLES, dtype=np.uint8), (ROLES, 1))
    places[Role.POLYGON, [Role.EXTERIOR, Role.INTERIOR]] = OUTER, INNER
    for outer, other in _OTHERWISE.items():
        unknown = np.ones(ROLES, np.bool_)
        unknown[list(_INSIDE[outer])] = False
        places[outer, unknown] = other
    return places


def structure(text: NDArray[np.uint8], elements: Ints, attributes: Ints, lexicon: Lexicon) -> Block:
    """
    Understand the elements of a block.

    Parameters
    ----------
    text
        The block, with padding.
    elements, attributes
        Tables of :func:`kastor.formats.citygml_tokens.scan`, cut to size; ``elements`` ends with one unused column.
    lexicon
        What the codes of elements stand for.
    """
    n = elements.shape[1] - 1
    elements[tokens.WORD, n] = 0
    role, parent_role = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    alive, top = np.zeros(n, np.bool_), np.zeros(n, np.int32)
    regular = np.ones(int((elements[tokens.PARENT, :n] < 0).sum()), np.bool_)
    inspect(elements, lexicon.role, _places(), *_rules(), role, parent_role, alive, top, regular)
    shown = np.where(alive, role, np.uint8(0))
    block = Block(
        text=text, elements=elements, attributes=attributes, lexicon=lexicon, role=role, parent_role=parent_role,
        top=top, regular=regular, by_role=np.argsort(shown, kind="stable"),
        role_ends=np.cumsum(np.bincount(shown, minlength=ROLES)),
    )  # fmt: skip
    objects = block.rows(Role.OBJECT)
    start, end = (span[objects] for span in block.attribute(tokens.ID))
    block.refuse(objects[(start == end) | (lexicon.value[block.word[objects]] == Kind.TREE)])
    linked = np.flatnonzero((block.attribute(tokens.HREF)[0] >= 0) & alive)
    leaf = elements[tokens.AFTER, linked] == linked + 1
    block.refuse(linked[~(leaf & (role[linked] == Role.COLLECTION))])
    return block


def numbered(groups: NDArray[np.integer]) -> Rows:
    """
    Running number of each member within its group.

    Examples
    --------
    >>> numbered(np.array([4, 4, 7, 4])).tolist()
    [0, 1, 0, 2]
    """
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    result = np.empty(len(groups), np.int64)
    result[order] = np.arange(len(groups)) - np.repeat(starts, np.diff(starts, append=len(groups)))
    return result


@dataclass(frozen=True, eq=False)
class Faces:
    """
    Geometry of a block in document order, as in :class:`kastor.city.model.City`.

    Parameters
    ----------
    surfaces
        Geometry property of each surface (an element).
    polygon_offsets, solid, shell, ring_offsets, vertex_offsets, xyz
        As in the city.
    seen, kept
        Boundary surfaces met, and those with polygons (elements).
    """

    surfaces: Rows
    polygon_offsets: Rows
    solid: NDArray[np.int16]
    shell: NDArray[np.int16]
    ring_offsets: Rows
    vertex_offsets: Rows
    xyz: NDArray[np.float64]
    seen: Rows
    kept: Rows


def faces(block: Block, out: NDArray[np.float64]) -> Faces:
    """The geometry of a block, put together in ``out``; refuses top-level objects with irregular rings or links."""
    polygons, rings = block.rows(Role.POLYGON, Role.LINE), block.rows(Role.RING, Role.LINE)
    child = np.minimum(rings + 1, len(block.role) - 1)
    is_ring = block.role[rings] == Role.RING
    offsets, regular = read_rings(block.text, block.elements, rings, block.role[child] == Role.POSITIONS, is_ring, out)
    block.refuse(rings[~regular])
    place = block.nearest(Role.GEOMETRY, Role.CURVES)[polygons]
    surfaces = place[np.flatnonzero(np.diff(place, prepend=-1))].astype(np.int64)
    solid, shell = _solids(block, polygons)
    _follow_links(block, polygons, solid, shell)
    seen = block.rows(Role.SURFACE)
    kept = np.unique(block.nearest(Role.SURFACE)[surfaces])
    return Faces(
        surfaces=surfaces,
        polygon_offsets=np.searchsorted(place, np.append(surfaces, len(block.role))),
        solid=solid.astype(np.int16),
        shell=shell.astype(np.int16),
        ring_offsets=np.searchsorted(rings, np.append(polygons, len(block.role))),
        vertex_offsets=offsets,
        xyz=out[: 3 * offsets[-1]].reshape(-1, 3).copy(),
        seen=seen,
        kept=kept[kept >= 0].astype(np.int64),
    )


def _solids(block: Block, elements: Rows) -> tuple[Rows, Rows]:
    """Number of the solid of its object and of the shell of that solid each element is in, -1 outside of solids."""
    solids, cavities = block.rows(Role.SOLID), block.rows(Role.INTERIOR)
    numbers = np.full(len(block.role) + 1, -1, np.int64)
    numbers[solids] = numbered(block.nearest(Role.OBJECT)[solids])
    numbers[block.rows(Role.EXTERIOR)] = 0
    numbers[cavities] = numbered(block.elements[tokens.PARENT, cavities]) + 1
    in_solid, in_shell = block.nearest(Role.SOLID)[elements], block.nearest(Role.EXTERIOR, Role.INTERIOR)[elements]
    return numbers[in_solid], numbers[in_shell]


def _follow_links(block: Block, polygons: Rows, solid: Rows, shell: Rows) -> None:
    """Give polygons the solid that refers to them; refuse links to anything but a polygon of the same object."""
    start, end = block.attribute(tokens.HREF)
    collections = block.rows(Role.COLLECTION)
    links = collections[start[collections] >= 0]
    if not len(links):
        return
    id_start, id_end = block.attribute(tokens.ID)
    named = np.flatnonzero(id_start[polygons] >= 0)
    targets = polygons[named]
    starts = np.concatenate([id_start[targets], start[links] + 1])
    ends = np.concatenate([id_end[targets], np.maximum(end[links], start[links] + 1)])
    codes, firsts = distinct(block.text, starts, ends, block.top[np.concatenate([targets, links])])
    of_polygon, of_link = codes[: len(named)], codes[len(named) :]
    block.refuse(targets[firsts[of_polygon] != np.arange(len(named))])
    found = firsts[of_link] < len(named)
    target = named[np.where(found, firsts[of_link], 0)] if len(named) else np.zeros(len(links), np.int64)
    owner = block.nearest(Role.OBJECT)
    place = block.nearest(Role.GEOMETRY)[links]
    link_solid, link_shell = _solids(block, links)
    plain = (link_solid < 0) & (block.parent_role[place] == Role.OBJECT)
    plain &= block.lexicon.value[block.word[place]] == Semantic.UNKNOWN
    fits = found & ((link_shell >= 0) | plain) & (block.text[start[links]] == ord("#"))
    fits &= owner[polygons[target]] == owner[links]
    into = np.flatnonzero(fits & (link_solid >= 0))
    once = np.bincount(target[into], minlength=len(polygons)) == 1
    fits[into] &= once[target[into]] & (solid[target[into]] < 0)
    block.refuse(links[~fits])
    solid[target[into]], shell[target[into]] = link_solid[into], link_shell[into]


def surface_meaning(block: Block, surfaces: Rows) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Ints]:
    """
    Semantic and level of detail of each geometry property, and the boundary surface it is in.

    Returns
    -------
    semantic, lod
        As in the city.
    boundary
        Element of the boundary surface, -1 for a geometry of the object itself.
    """
    boundary = block.nearest(Role.SURFACE)[surfaces]
    meaning = block.word[np.where(boundary >= 0, boundary, surfaces)]
    return block.lexicon.value[meaning].astype(np.uint8), block.lexicon.lod[block.word[surfaces]], boundary


def stated_crs(block: Block) -> tuple[Ints, Ints]:
    """The srsName below each child of the root, -1 where there is none; refuses those with several different ones."""
    rows = block.attributes[block.attributes[:, 0] == tokens.SRS_NAME]
    rows = rows[rows[:, 1] < rows[:, 2]]
    tops = block.top[rows[:, 3]]
    spans = np.full((2, len(block.regular)), -1, np.int32)
    spans[:, tops[::-1]] = rows[::-1, 1:3].T
    starts, ends = np.ascontiguousarray(rows[:, 1]), np.ascontiguousarray(rows[:, 2])
    codes, _ = distinct(block.text, starts, ends, np.zeros(len(rows), np.int32))
    first = np.zeros(len(block.regular), np.int32)
    first[tops[::-1]] = codes[::-1]
    block.regular[tops[codes != first[tops]]] = False
    return spans[0], spans[1]
