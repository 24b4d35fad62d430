"""Read types: behind ``instance of`` and behind the parameters of functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kastor.cases.feel.cursor import Cursor, Names
from kastor.cases.feel.types import TYPE_NAMES, Type, simple_type

_TYPES: Final = Names(TYPE_NAMES)


def read_type(cursor: Cursor) -> Type:
    """A type, as behind ``instance of`` or a parameter."""
    cursor.deeper()
    found = _read(cursor)
    cursor.depth -= 1
    return found


def _read(cursor: Cursor) -> Type:
    word = cursor.here().text
    generic = cursor.tokens[cursor.at + 1].text
    if word in {"list", "range"} and generic == "<":
        cursor.at += 2
        element = read_type(cursor)
        cursor.expect(">")
        return Type(word, parts=(element,))
    if word == "context" and generic == "<":
        cursor.at += 2
        return Type("context", fields=tuple(_fields(cursor)))
    if word == "function" and generic == "<":
        cursor.at += 2
        return Type("function", parts=tuple(_signature(cursor)))
    return _named(cursor)


def _fields(cursor: Cursor) -> Iterator[tuple[str, Type]]:
    while not cursor.take(">"):
        name = cursor.new_name({":"})
        cursor.expect(":")
        yield name, read_type(cursor)
        if not cursor.peek(">"):
            cursor.expect(",")


def _signature(cursor: Cursor) -> Iterator[Type]:
    while not cursor.take(">"):
        yield read_type(cursor)
        if not cursor.peek(">"):
            cursor.expect(",")
    cursor.expect("->")
    yield read_type(cursor)


def _named(cursor: Cursor) -> Type:
    found = _TYPES.longest(cursor.tokens, cursor.at)
    if found is not None:
        cursor.at += found[0]
        simple = simple_type(found[1])
        assert simple is not None
        return simple
    if cursor.here().kind != "name":
        raise cursor.error("expected a type")
    name = cursor.unknown_name()
    while cursor.take("."):
        name += "." + cursor.unknown_name()
    return Type("named", name=name)
