"""Objects, surfaces, polygons and values from a table of elements, compiled.

The reader writes one record after the other, in the order the city has them: an object, its
values, its surfaces, their polygons, their rings, then its parts. Numpy turns the records into
offsets afterwards. Every function says whether what it met is regular; a top-level object that
is not is taken back whole and left to the reference reader, which also does all the reporting.
So this reader never has to judge, and both give the same city.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from kastor.city.model import Kind, Semantic
from kastor.formats.citygml_numbers import is_space, parse_numbers
from kastor.formats.citygml_tokens import (
    AFTER,
    ATTRIBUTES,
    FROM,
    GENERIC_NAME,
    HREF,
    ID,
    ODDS,
    SRS_NAME,
    TO,
    WORD,
    code_of,
    hash_of,
    same,
)
from kastor.formats.citygml_words import Role, Type

# columns of the table of words
ROLE, VALUE, LOD, TYPE, KEY = range(5)

# kinds of records, first column; the further columns in brackets
NOTHING = 0
TOP = 1  # [element, status, reference system from, to] child of the root
OBJECT = 2  # [word, parent, id from, to]
SURFACE = 3  # [semantic, lod, id from, to]
POLYGON = 4  # [solid, shell, id from, to, object]
RING = 5  # [first vertex]
VALUE_OF = 6  # [key, name from, to, type, from, to] key -1: a generic attribute with a name
FIELD_OF = 7  # [number of the address or reference, field, from, to]
LINK = 8  # [solid, shell, target from, to, object]
SEEN = 9  # [word, kept, attributes] boundary surface
SKIPPED = 10  # [word]
STRANGE = 11  # [element] member of no class that is loaded
COLUMNS = 7

# status of a child of the root
REGULAR, IRREGULAR, NO_MEMBER = range(3)

# counters
RECORDS, VERTICES, OBJECTS, SOLIDS, RECORDS_OF_FIELDS = range(5)

_FIELDS_OF_ADDRESS = 5
_MOST_VALUES = 200


class Work(NamedTuple):
    """
    What the compiled functions read (the first five) and write.

    Parameters
    ----------
    text, elements, attributes
        As :func:`kastor.formats.citygml_tokens.scan` left them.
    words
        Role, value, level of detail, type and key of each word, shape (n_words, 5).
    taken
        Names of standard attributes, which a generic attribute may bear only in the reference reader.
    records
        Shape (n, COLUMNS).
    xyz
        Coordinates, flat.
    counts
        How much of ``records`` and ``xyz`` is used, and running numbers.
    """

    text: NDArray[np.uint8]
    elements: NDArray[np.int32]
    attributes: NDArray[np.int32]
    words: NDArray[np.int32]
    taken: NDArray[np.int64]
    records: NDArray[np.int32]
    xyz: NDArray[np.float64]
    counts: NDArray[np.int64]


@numba.njit(cache=True, nogil=True, inline="always")
def add(work: Work, kind: int, a: int, b: int = -1, c: int = -1, d: int = -1, e: int = -1, f: int = -1) -> int:
    """Write a record and return its row."""
    row = work.counts[RECORDS]
    record = work.records[row]
    record[0], record[1], record[2], record[3], record[4], record[5], record[6] = kind, a, b, c, d, e, f
    work.counts[RECORDS] = row + 1
    return row


@numba.njit(cache=True, nogil=True, inline="always")
def role_of(work: Work, i: int) -> int:
    """Role of an element."""
    return work.words[work.elements[i, WORD], ROLE]


@numba.njit(cache=True, nogil=True, inline="always")
def attribute(work: Work, i: int, code: int) -> tuple[int, int]:
    """Start and end of the value of an XML attribute, both -1 when the element has none."""
    for row in range(work.elements[i, ATTRIBUTES], work.elements[i + 1, ATTRIBUTES]):
        if work.attributes[row, 0] == code:
            return work.attributes[row, 1], work.attributes[row, 2]
    return -1, -1


@numba.njit(cache=True, nogil=True, inline="always")
def trimmed(text: NDArray[np.uint8], start: int, end: int) -> tuple[int, int]:
    """The stretch without white space at its ends."""
    while start < end and is_space(text[start]):
        start += 1
    while end > start and is_space(text[end - 1]):
        end -= 1
    return start, end


@numba.njit(cache=True, nogil=True)
def is_plain(text: NDArray[np.uint8], start: int, end: int, kind: int) -> bool:
    """Whether a text is of a type without any doubt, and without entities or line breaks."""
    if kind == Type.TEXT:
        for i in range(start, end):
            if text[i] == 38 or text[i] < 32:
                return False
        return True
    if kind == Type.YEAR and end - start != 4:
        return False
    digits, dots, signs = 0, 0, 0
    for i in range(start, end):
        digits += 48 <= text[i] <= 57
        dots += text[i] == 46
        signs += (text[i] == 45) & (i == start)
    whole = kind == Type.YEAR or kind == Type.INTEGER
    allowed = digits + (0 if kind == Type.YEAR else signs) + (0 if whole else dots)
    return allowed == end - start and 1 <= digits <= 18 and dots <= 1


@numba.njit(cache=True, nogil=True)
def read_points(work: Work, i: int) -> int:
    """Write the vertices of a ring or line behind those in use; returns how many, -1 when irregular."""
    at, last = 3 * work.counts[VERTICES], work.elements[i, AFTER]
    child, numbers = i + 1, 0
    while child < last:
        role = role_of(work, child)
        if work.elements[child, AFTER] != child + 1:
            return -1
        found = parse_numbers(work.text, work.elements[child, FROM], work.elements[child, TO], work.xyz, at + numbers)
        if role == Role.POSITIONS:
            return found // 3 if found > 0 and found % 3 == 0 and child == i + 1 and last == child + 1 else -1
        if role != Role.POSITION or found != 3:
            return -1
        numbers += 3
        child += 1
    return numbers // 3 if numbers else -1


@numba.njit(cache=True, nogil=True)
def is_clean(xyz: NDArray[np.float64], at: int, n: int) -> bool:
    """Whether ``n`` vertices from ``xyz[at]`` on are a closed ring in which no vertex follows itself."""
    if n < 4:
        return False
    end = at + 3 * (n - 1)
    if xyz[at] != xyz[end] or xyz[at + 1] != xyz[end + 1] or xyz[at + 2] != xyz[end + 2]:
        return False
    for i in range(at, end, 3):
        if xyz[i] == xyz[i + 3] and xyz[i + 1] == xyz[i + 4] and xyz[i + 2] == xyz[i + 5]:
            return False
    return xyz[at] != xyz[at + 6] or xyz[at + 1] != xyz[at + 7] or xyz[at + 2] != xyz[at + 8]


@numba.njit(cache=True, nogil=True)
def read_polygon(work: Work, i: int, solid: int, shell: int, owner: int) -> bool:
    """Read a polygon: an exterior, then interiors, of one clean ring each."""
    start, end = attribute(work, i, ID)
    add(work, POLYGON, solid, shell, start, end, owner)
    boundary, wanted = i + 1, Role.EXTERIOR
    while boundary < work.elements[i, AFTER]:
        ring = boundary + 1
        if role_of(work, boundary) != wanted or ring >= work.elements[boundary, AFTER]:
            return False
        if role_of(work, ring) != Role.RING or work.elements[ring, AFTER] != work.elements[boundary, AFTER]:
            return False
        vertices = work.counts[VERTICES]
        n = read_points(work, ring)
        if not is_clean(work.xyz, 3 * vertices, n):
            return False
        add(work, RING, vertices)
        work.counts[VERTICES] = vertices + n - 1
        boundary = work.elements[boundary, AFTER]
        wanted = Role.INTERIOR
    return wanted == Role.INTERIOR


@numba.njit(cache=True, nogil=True)
def read_faces(work: Work, i: int, owner: int, links_allowed: bool) -> bool:
    """Read the polygons and links of a geometry property; outside of solids links only where ``links_allowed``."""
    j, solid, shell, solid_end, cavities = i + 1, -1, -1, -1, 0
    while j < work.elements[i, AFTER]:
        if j >= solid_end:
            solid, shell = -1, -1
        role = role_of(work, j)
        if role == Role.POLYGON:
            if (solid >= 0 and shell < 0) or not read_polygon(work, j, solid, shell, owner):
                return False
            j = work.elements[j, AFTER]
            continue
        if role == Role.COLLECTION:
            start, end = attribute(work, j, HREF)
            if start >= 0:
                regular = shell >= 0 or (solid < 0 and links_allowed)
                if not regular or work.elements[j, AFTER] != j + 1 or work.text[start] != 35:
                    return False
                add(work, LINK, solid, shell, start + 1, end, owner)
        elif role == Role.SOLID and solid < 0:
            solid, solid_end, cavities = work.counts[SOLIDS], work.elements[j, AFTER], 0
            work.counts[SOLIDS] += 1
        elif role == Role.EXTERIOR and solid >= 0 and shell < 0:
            shell = 0
        elif role == Role.INTERIOR and solid >= 0:
            cavities += 1
            shell = cavities
        else:
            return False
        if attribute(work, j, HREF)[0] >= 0 and role != Role.COLLECTION:
            return False
        j += 1
    return True


@numba.njit(cache=True, nogil=True)
def read_lines(work: Work, i: int, owner: int) -> bool:
    """Read the lines of a curve property."""
    j = i + 1
    while j < work.elements[i, AFTER]:
        role = role_of(work, j)
        if role == Role.LINE:
            vertices = work.counts[VERTICES]
            n = read_points(work, j)
            if n < 2:
                return False
            add(work, POLYGON, -1, -1, -1, -1, owner)
            add(work, RING, vertices)
            work.counts[VERTICES] = vertices + n
            j = work.elements[j, AFTER]
        elif role == Role.LINES and attribute(work, j, HREF)[0] < 0:
            j += 1
        else:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def read_place(work: Work, i: int, semantic: int, start: int, end: int, owner: int, boundary: bool) -> int:
    """Read a geometry or curve property as one surface; 1 when it has polygons, 0 when not, -1 when irregular."""
    if attribute(work, i, HREF)[0] >= 0:
        return -1
    row = add(work, SURFACE, semantic, work.words[work.elements[i, WORD], LOD], start, end)
    if role_of(work, i) == Role.CURVES:
        regular = read_lines(work, i, owner)
    else:
        regular = read_faces(work, i, owner, semantic == Semantic.UNKNOWN and not boundary)
    if not regular:
        return -1
    for other in range(row + 1, work.counts[RECORDS]):
        if work.records[other, 0] == POLYGON:
            return 1
    work.records[row, 0] = NOTHING
    return 0


@numba.njit(cache=True, nogil=True)
def read_surface(work: Work, i: int, owner: int) -> bool:
    """Read a boundary surface with the openings in it."""
    word = work.elements[i, WORD]
    row = add(work, SEEN, word, 0, 0)
    start, end = attribute(work, i, ID)
    child = i + 1
    while child < work.elements[i, AFTER]:
        role = role_of(work, child)
        if role == Role.GEOMETRY:
            found = read_place(work, child, work.words[word, VALUE], start, end, owner, True)
            if found < 0:
                return False
            work.records[row, 2] |= found
        elif role == Role.BOUNDARY:
            opening = child + 1
            if attribute(work, child, HREF)[0] >= 0:
                return False
            while opening < work.elements[child, AFTER]:
                if role_of(work, opening) != Role.SURFACE or not read_surface(work, opening, owner):
                    return False
                opening = work.elements[opening, AFTER]
        elif role == Role.IGNORED:
            add(work, SKIPPED, work.elements[child, WORD])
        elif role != Role.ENVELOPE:
            work.records[row, 3] += 1
        child = work.elements[child, AFTER]
    return True


@numba.njit(cache=True, nogil=True)
def read_value(work: Work, i: int, key: int, name_start: int, name_end: int, kind: int) -> bool:
    """Read the text of a leaf as a value."""
    if work.elements[i, AFTER] != i + 1:
        return False
    start, end = trimmed(work.text, work.elements[i, FROM], work.elements[i, TO])
    if start == end and key >= 0:
        return True
    if not is_plain(work.text, start, end, kind):
        return False
    add(work, VALUE_OF, key, name_start, name_end, kind, start, end)
    return True


@numba.njit(cache=True, nogil=True)
def read_generic(work: Work, i: int) -> bool:
    """Read a generic attribute with one value."""
    start, end = attribute(work, i, GENERIC_NAME)
    start, end = trimmed(work.text, start, end)
    value = i + 1
    if start == end or work.elements[i, AFTER] != value + 1 or role_of(work, value) != Role.GENERIC_VALUE:
        return False
    if code_of(work.text, start, end, work.taken) != 0:
        return False
    return read_value(work, value, -1, start, end, work.words[work.elements[i, WORD], TYPE])


@numba.njit(cache=True, nogil=True)
def read_fields(work: Work, i: int, lowest: int, highest: int) -> bool:
    """Read an address or external reference: fields ``lowest`` to ``highest``, each once at most."""
    number, met = work.counts[RECORDS_OF_FIELDS], 0
    work.counts[RECORDS_OF_FIELDS] += 1
    if attribute(work, i, HREF)[0] >= 0:
        return False
    for j in range(i + 1, work.elements[i, AFTER]):
        role = role_of(work, j)
        field = work.words[work.elements[j, WORD], VALUE]
        start, end = trimmed(work.text, work.elements[j, FROM], work.elements[j, TO])
        if role == Role.WRAPPER:
            if work.elements[j, AFTER] == j + 1 and start != end:
                return False
        elif role != Role.FIELD or work.elements[j, AFTER] != j + 1 or not lowest <= field <= highest:
            return False
        elif start != end:
            if (met >> field) & 1 or not is_plain(work.text, start, end, Type.TEXT):
                return False
            met |= 1 << field
            add(work, FIELD_OF, number, field, start, end)
    return True


@numba.njit(cache=True, nogil=True)
def has_repeated_values(work: Work, first: int) -> bool:
    """Whether an attribute stands twice among the records from ``first`` on, or there are too many to tell."""
    rows = np.empty(_MOST_VALUES, np.int64)
    n = 0
    for row in range(first, work.counts[RECORDS]):
        if work.records[row, 0] != VALUE_OF:
            continue
        if n == _MOST_VALUES:
            return True
        a = work.records[row]
        for k in range(n):
            b = work.records[rows[k]]
            length = a[3] - a[2]
            if a[1] == b[1] and (a[1] >= 0 or (length == b[3] - b[2] and same(work.text, a[2], b[2], length))):
                return True
        rows[n] = row
        n += 1
    return False


@numba.njit(cache=True, nogil=True)
def read_object(work: Work, i: int, parent: int) -> bool:
    """Read an object without its parts."""
    word = work.elements[i, WORD]
    start, end = attribute(work, i, ID)
    if start == end or work.words[word, VALUE] == Kind.TREE:
        return False
    owner, first = work.counts[OBJECTS], work.counts[RECORDS]
    work.counts[OBJECTS] += 1
    work.counts[SOLIDS] = 0
    add(work, OBJECT, word, parent, start, end)
    child = i + 1
    while child < work.elements[i, AFTER]:
        inner = work.elements[child, WORD]
        role = work.words[inner, ROLE]
        regular = True
        if role == Role.ATTRIBUTE:
            regular = read_value(work, child, work.words[inner, KEY], -1, -1, work.words[inner, TYPE])
        elif role == Role.GENERIC:
            regular = read_generic(work, child)
        elif role == Role.ADDRESS:
            regular = read_fields(work, child, 0, _FIELDS_OF_ADDRESS - 1)
        elif role == Role.REFERENCE:
            regular = read_fields(work, child, _FIELDS_OF_ADDRESS, 30)
        elif role == Role.GEOMETRY or role == Role.CURVES:
            regular = read_place(work, child, work.words[inner, VALUE], -1, -1, owner, False) >= 0
        elif role == Role.BOUNDARY:
            regular = read_boundary(work, child, owner)
        elif role == Role.IGNORED:
            add(work, SKIPPED, inner)
        else:
            regular = role == Role.HOLDER or role == Role.ENVELOPE
        if not regular:
            return False
        child = work.elements[child, AFTER]
    return not has_repeated_values(work, first)


@numba.njit(cache=True, nogil=True)
def read_boundary(work: Work, i: int, owner: int) -> bool:
    """Read the surfaces a property holds."""
    if attribute(work, i, HREF)[0] >= 0:
        return False
    child = i + 1
    while child < work.elements[i, AFTER]:
        if role_of(work, child) != Role.SURFACE or not read_surface(work, child, owner):
            return False
        child = work.elements[child, AFTER]
    return True


@numba.njit(cache=True, nogil=True)
def push_parts(work: Work, i: int, owner: int, waiting: NDArray[np.int64], size: int) -> int:
    """Put the parts of an object on the stack ``waiting``, the first one on top; returns its new size, -1 when irregular."""
    bottom, child = size, i + 1
    while child < work.elements[i, AFTER]:
        if role_of(work, child) == Role.HOLDER:
            part = child + 1
            if attribute(work, child, HREF)[0] >= 0:
                return -1
            while part < work.elements[child, AFTER]:
                if size == len(waiting) or role_of(work, part) != Role.OBJECT:
                    return -1
                waiting[size, 0], waiting[size, 1] = part, owner
                size += 1
                part = work.elements[part, AFTER]
        child = work.elements[child, AFTER]
    low, high = bottom, size - 1
    while low < high:
        waiting[low, 0], waiting[high, 0] = waiting[high, 0], waiting[low, 0]
        low, high = low + 1, high - 1
    return size


@numba.njit(cache=True, nogil=True)
def resolve(work: Work, first: int) -> bool:
    """Give the polygons of a member that solids refer to their solid and shell; every link must lead to one of its object."""
    links, polygons, last = 0, 0, work.counts[RECORDS]
    for row in range(first, last):
        links += work.records[row, 0] == LINK
        polygons += work.records[row, 0] == POLYGON
    if links == 0:
        return True
    size = 16
    while size < 2 * polygons:
        size *= 2
    slots = np.full(size, -1, np.int32)
    for row in range(first, last):
        polygon = work.records[row]
        if polygon[0] != POLYGON or polygon[3] == polygon[4]:
            continue
        slot = find_polygon(work, slots, polygon[3], polygon[4])
        if slots[slot] >= 0:
            return False
        slots[slot] = row
    for row in range(first, last):
        link = work.records[row]
        if link[0] != LINK:
            continue
        target = slots[find_polygon(work, slots, link[3], link[4])]
        if target < 0 or work.records[target, 5] != link[5]:
            return False
        if link[1] >= 0:
            if work.records[target, 1] >= 0:
                return False
            work.records[target, 1], work.records[target, 2] = link[1], link[2]
    return True


@numba.njit(cache=True, nogil=True)
def find_polygon(work: Work, slots: NDArray[np.int32], start: int, end: int) -> int:
    """Slot of the polygon with the id ``text[start:end]``, or the free slot for it."""
    mask = len(slots) - 1
    slot = hash_of(work.text, start, end) & mask
    while slots[slot] >= 0:
        other = work.records[slots[slot]]
        if other[4] - other[3] == end - start and same(work.text, other[3], start, end - start):
            return slot
        slot = (slot + 1) & mask
    return slot


@numba.njit(cache=True, nogil=True)
def stated_crs(work: Work, i: int) -> tuple[int, int, bool]:
    """The first srsName below an element, -1 when there is none, and whether it is the only one."""
    start, end = -1, -1
    for row in range(work.elements[i, ATTRIBUTES], work.elements[work.elements[i, AFTER], ATTRIBUTES]):
        a, b = work.attributes[row, 1], work.attributes[row, 2]
        if work.attributes[row, 0] != SRS_NAME or a == b:
            continue
        if start < 0:
            start, end = a, b
        elif end - start != b - a or not same(work.text, start, a, b - a):
            return start, end, False
    return start, end, True


@numba.njit(cache=True, nogil=True)
def read_member(work: Work, i: int, waiting: NDArray[np.int64]) -> bool:
    """Read the objects a member holds, each followed by its parts."""
    first, child = work.counts[RECORDS], i + 1
    if attribute(work, i, HREF)[0] >= 0:
        return False
    while child < work.elements[i, AFTER]:
        if role_of(work, child) != Role.OBJECT:
            add(work, STRANGE, child)
        else:
            waiting[0, 0], waiting[0, 1] = child, -1
            size = 1
            while size > 0:
                size -= 1
                element, owner = waiting[size, 0], work.counts[OBJECTS]
                if not read_object(work, element, waiting[size, 1]):
                    return False
                size = push_parts(work, element, owner, waiting, size)
                if size < 0:
                    return False
        child = work.elements[child, AFTER]
    return resolve(work, first)


@numba.njit(cache=True, nogil=True)
def read_all(work: Work, n: int) -> None:
    """Read the children of the root, ``n`` elements in all."""
    waiting = np.empty((4096, 2), np.int64)
    i = 0
    while i < n:
        after = work.elements[i, AFTER]
        start, end, single = stated_crs(work, i)
        role = role_of(work, i)
        odd = work.elements[after, ODDS] != work.elements[i, ODDS]
        row = add(work, TOP, i, NO_MEMBER, start, end)
        if role == Role.MEMBER:
            before = work.counts.copy()
            regular = single and not odd and read_member(work, i, waiting)
            if not regular:
                work.counts[:] = before
            work.records[row, 2] = REGULAR if regular else IRREGULAR
        elif odd or not single:
            work.records[row, 2] = IRREGULAR
        i = after


@numba.njit(cache=True, nogil=True)
def distinct(
    text: NDArray[np.uint8], starts: NDArray[np.int32], ends: NDArray[np.int32], groups: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """
    Number the distinct stretches of text within each group.

    Returns
    -------
    codes
        Number of each stretch.
    firsts
        First stretch with each number.
    """
    size = 64
    while size < 2 * len(starts):
        size *= 2
    slots = np.full(size, -1, np.int32)
    codes = np.empty(len(starts), np.int32)
    firsts = np.empty(len(starts), np.int32)
    n = 0
    for i in range(len(starts)):
        length = ends[i] - starts[i]
        slot = (hash_of(text, starts[i], ends[i]) + groups[i] * 7919) & (size - 1)
        while slots[slot] >= 0:
            k = firsts[slots[slot]]
            if groups[k] == groups[i] and ends[k] - starts[k] == length and same(text, starts[k], starts[i], length):
                break
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot] = n
            firsts[n] = i
            n += 1
        codes[i] = slots[slot]
    return codes, firsts[:n].copy()
