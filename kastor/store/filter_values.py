"""Values of a filter: what kind they are of, and how the database writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, LargeBinary, cast, literal
from sqlalchemy import Double as SqlDouble
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Text

from kastor.store.errors import InvalidFilter

NUMBERS = ("number", "integer")
TYPES = ("text", "number", "integer", "boolean", "date", "timestamp", "array", "geometry")


@dataclass(frozen=True, eq=False)
class Property:
    """
    Something a filter may ask about.

    Parameters
    ----------
    name
        As filters write it.
    type
        One of ``TYPES``.
    expression
        Where it is in the database: dates and timestamps are ISO 8601 texts, places WKB, arrays JSON.
    table
        Table that must be joined to ask for it; empty for none.
    bounds
        West, south, east and north of a place, where the database has them beside it.
    """

    name: str
    type: str
    expression: ColumnElement[Any]
    table: str = ""
    bounds: tuple[ColumnElement[Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Value:
    """A value of a known type; a literal time also says its text."""

    type: str
    expression: ColumnElement[Any]
    text: str = ""

    @property
    def temporal(self) -> bool:
        """Whether it is a date or a time."""
        return self.type in ("date", "timestamp")

    def number(self) -> ColumnElement[Any]:
        """The value as a number with fraction, so that both stores compute alike."""
        return cast(self.expression, SqlDouble()) if self.type == "integer" else self.expression


class exact_text(FunctionElement[str]):
    """A text compared character by character, not as a language sorts."""

    type = Text()
    inherit_cache = True
    name = "exact_text"


class json_text(FunctionElement[Any]):
    """A literal JSON array."""

    type = LargeBinary()
    inherit_cache = True
    name = "json_text"


@compiles(exact_text)
def _plain(element: exact_text, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(exact_text, "postgresql")
def _collated(element: exact_text, compiler: SQLCompiler, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)}) COLLATE "C"'


@compiles(json_text)
def _bytes(element: json_text, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(json_text, "postgresql")
def _jsonb(element: json_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"convert_from({compiler.process(element.clauses, **options)}, 'UTF8')::jsonb"


def json_array(node: list[Any]) -> Value:
    """An array that stands in the filter itself; times in it are compared as texts."""
    members = []
    for member in node:
        if isinstance(member, dict) and len(member) == 1 and ("date" in member or "timestamp" in member):
            member = next(iter(member.values()))
        if not isinstance(member, (str, int, float, bool)) or (isinstance(member, str) and "\0" in member):
            raise InvalidFilter(
                f"filter: an array holds {str(member)[:60]!r}, which is no text, number or truth value."
            )
        members.append(member)
    return Value("array", json_text(literal(orjson.dumps(members), LargeBinary())))
