"""The names in a piece of XML as numbers, and what stands where in the table of its elements (see ``citygml_scan``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kastor.formats.citygml_compiled import PADDING, hash_of
from kastor.formats.citygml_words import WORDS, Role, Word

# rows of the table of elements, one column for each element
WORD, AFTER, PARENT, NAME, FROM, TO, ATTRIBUTES, ODDS = range(8)
"""Word; row after the last descendant; row of the parent; start of the name; text; first attribute; unusual things."""

COLUMNS = 8

# codes of attributes, first column of the table of attributes (the others: start and end of the value, element)
OTHER, ID, HREF, GENERIC_NAME, UNIT, SRS_NAME, DIMENSION, HARMLESS = range(8)

PREFIX = -1
"""Code of a declared prefix with its colon, in tables of names."""

# how a piece ends
WHOLE, CLOSED, BROKEN = range(3)
"""All elements are complete; so is the root; or the piece is not well-formed as far as this reader can tell."""

_ATTRIBUTES = {
    ("gml", "id"): ID, ("", "id"): ID, ("xlink", "href"): HREF, ("", "name"): GENERIC_NAME, ("", "uom"): UNIT,
    ("", "srsName"): SRS_NAME, ("", "srsDimension"): DIMENSION, ("", "dimension"): DIMENSION,
    ("", "Type"): HARMLESS, ("", "codeSpace"): HARMLESS, ("xlink", "type"): HARMLESS,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Lexicon:
    """
    The words element codes stand for, as arrays; code 0 is an unknown word.

    Parameters
    ----------
    words
        Word of each code.
    role, value, lod, type
        As in :class:`Word`, one for each code.
    key
        Position of the name of an attribute in ``keys``, one for each code.
    keys
        Names of all attributes.
    """

    words: list[Word]
    role: NDArray[np.uint8]
    value: NDArray[np.int32]
    lod: NDArray[np.uint8]
    type: NDArray[np.int32]
    key: NDArray[np.int32]
    keys: list[str]


def lexicon() -> Lexicon:
    """All words, numbered."""
    words = [Word("", "", Role.UNKNOWN), *WORDS.values()]
    keys = list(dict.fromkeys(word.key for word in words))
    return Lexicon(
        words=words,
        role=np.array([word.role for word in words], np.uint8),
        value=np.array([word.value for word in words], np.int32),
        lod=np.array([word.lod for word in words], np.uint8),
        type=np.array([word.type for word in words], np.int32),
        key=np.array([keys.index(word.key) for word in words], np.int32),
        keys=keys,
    )


def element_names(families: dict[str | None, str], words: list[Word]) -> NDArray[np.int64]:
    """
    Element names as a file's prefixes spell them, with the number of the word.

    Parameters
    ----------
    families
        Module by prefix, ``None`` for the default namespace.
    words
        Numbered words.
    """
    spelled = {f"{prefix}:".encode(): PREFIX for prefix in families if prefix}
    spelled |= {
        (f"{prefix}:{word.local}" if prefix else word.local).encode(): code
        for prefix, module in families.items()
        for code, word in enumerate(words)
        if code and word.family == module
    }
    return names_table(spelled)


def attribute_names(families: dict[str | None, str]) -> NDArray[np.int64]:
    """Attribute names as a file's prefixes spell them."""
    spelled = {local.encode(): code for (module, local), code in _ATTRIBUTES.items() if not module}
    for prefix, family in families.items():
        for (module, local), code in _ATTRIBUTES.items():
            if prefix is not None and module and module == family:
                spelled[f"{prefix}:{local}".encode()] = code
    return names_table(spelled)


def names_table(codes: dict[bytes, int]) -> NDArray[np.int64]:
    """
    A hash table of names for :func:`code_of`.

    Returns
    -------
    NDArray
        Hash and code of each slot, code 0 where empty; shape (a power of two, 2).
    """
    size = 64
    while size < 4 * len(codes):
        size *= 2
    table = np.zeros((size, 2), np.int64)
    for name, code in codes.items():
        text = np.frombuffer(name + bytes(PADDING), np.uint8)
        value = hash_of(text, 0, len(name))
        slot = value & (size - 1)
        while table[slot, 1]:
            slot = (slot + 1) & (size - 1)
        table[slot] = value, code
    return table
