"""Walks over the table of elements of a block, compiled; only imported to be compiled, see ``citygml_compiled``."""

from __future__ import annotations

from kastor.formats.citygml_spans import kernel
from kastor.formats.citygml_structure import FILLED, FIRST, LATER, LEAF, ONLY, ROOT, Bools, Ints, Roles
from kastor.formats.citygml_tokens import AFTER, ODDS, PARENT, WORD


@kernel
def inspect(
    elements: Ints,
    roles: Roles,
    places: Roles,
    allowed: Bools,
    closed: Bools,
    asked: Roles,
    role: Roles,
    parent_role: Roles,
    alive: Bools,
    top: Ints,
    regular: Bools,
) -> None:
    """
    Go through the elements of a block once.

    Parameters
    ----------
    elements
        Table of elements.
    roles
        Role of each word.
    places, allowed, closed, asked
        The rules: see ``_places`` and ``_rules``.
    role, parent_role, alive, top, regular
        Written, as in :class:`Block`; ``alive`` tells whether an element is looked at.
    """
    number = -1
    for i in range(len(role)):
        parent, after = elements[PARENT, i], elements[AFTER, i]
        if parent < 0:
            number += 1
            outer, live = ROOT, True
            if elements[ODDS, after] != elements[ODDS, i]:
                regular[number] = False
        else:
            outer = int(role[parent])
            live = alive[parent] and not closed[outer]
        inner = places[outer, roles[elements[WORD, i]]]
        role[i], parent_role[i], alive[i], top[i] = inner, outer, live, number
        if not live:
            continue
        first = parent == i - 1
        met = LEAF if after == i + 1 else FILLED
        met |= FIRST if first else LATER
        if first and parent >= 0 and elements[AFTER, parent] == after:
            met |= ONLY
        if not allowed[outer, inner] or asked[inner] & ~met:
            regular[number] = False


@kernel
def nearest(elements: Ints, role: Roles, wanted: Bools, result: Ints) -> None:
    """Write the nearest element with a wanted role that each element is or is in, -1 when there is none."""
    for i in range(len(role)):
        parent = elements[PARENT, i]
        if wanted[role[i]]:
            result[i] = i
        elif parent >= 0:
            result[i] = result[parent]
        else:
            result[i] = -1


@kernel
def spans(attributes: Ints, code: int, starts: Ints, ends: Ints) -> None:
    """Write start and end of one XML attribute of each element; they stay as they are where it has none."""
    for row in range(len(attributes)):
        if attributes[row, 0] == code:
            starts[attributes[row, 3]] = attributes[row, 1]
            ends[attributes[row, 3]] = attributes[row, 2]
