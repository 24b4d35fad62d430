"""Filters in CQL2 (OGC 21-065r2) as conditions of the database, every value bound, never written into SQL.

The ``cql2`` package reads text and JSON; here its JSON tree becomes a SQLAlchemy condition over the
properties the caller names. Spatial predicates are exact, see ``filter_functions.py``; ``Filter.box`` is
what they mean for the box index. Anything that is not known or does not fit together is an
:class:`InvalidFilter` that names it, and size and depth are bounded before anything is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cql2
import orjson
from sqlalchemy import Boolean as SqlBoolean
from sqlalchemy import ColumnElement, and_, func, literal, not_, or_, true
from sqlalchemy import Double as SqlDouble
from sqlalchemy import LargeBinary as SqlBytes
from sqlalchemy import Text as SqlText

from kastor.store import filter_places, filter_times
from kastor.store.errors import InvalidFilter
from kastor.store.filter_functions import ARRAY_TESTS, RELATIONS
from kastor.store.filter_places import Box, Place
from kastor.store.filter_values import NUMBERS, Property, Value, exact_text, json_array

LONGEST = 16_384
"""Characters of a filter."""
DEEPEST = 48
"""How deep brackets and ``not`` may nest."""
MOST_NODES = 2_000
"""Operators, properties and values of a filter."""

MOST_SIGNS = 200
"""Negations, powers and signs before anything but a number."""

_TEXT_TOKENS = re.compile(r"""'[^']*'|"[^"]*"|[()]|\bnot\b|\^|-(?=\s*[^\s\d.])""", re.IGNORECASE)
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_ARITHMETIC = {"/": "kastor_ratio", "^": "kastor_power", "%": "kastor_modulo", "div": "kastor_whole"}
_FOLDS = {"casei": "kastor_casei", "accenti": "kastor_accenti"}

ToPlane = Callable[[Place], Place]


@dataclass(frozen=True, eq=False)
class Filter:
    """
    A filter ready for the database.

    Parameters
    ----------
    condition
        For ``WHERE``.
    box
        Only objects whose box meets this one can fulfil it (west, south, east, north); None without such a bound. [m]
    tables
        Tables that must be joined to ask for its properties.
    """

    condition: ColumnElement[bool]
    box: Box | None = None
    tables: frozenset[str] = frozenset()


def all_of(filters: Sequence[Filter]) -> Filter | None:
    """One filter that means several at once; None when there are none."""
    if not filters:
        return None
    boxes = [f.box for f in filters if f.box is not None]
    tables = frozenset(table for f in filters for table in f.tables)
    box = filter_places.common(boxes) if boxes else None
    return Filter(and_(*(f.condition for f in filters)), box, tables)


def read(text: str, language: str) -> Any:
    """
    The JSON tree of a filter.

    Parameters
    ----------
    text
        The filter.
    language
        ``cql2-text`` or ``cql2-json``.

    Raises
    ------
    InvalidFilter
        When it is not written in that language, or too long or too deep.
    """
    if len(text) > LONGEST:
        raise InvalidFilter(f"filter: it has {len(text)} characters, at most {LONGEST} are read. Ask in several steps.")
    try:
        if language == "cql2-text":
            _bound_text(text)
            parsed = cql2.parse_text(text)
        else:
            _bound_json(orjson.loads(text))
            parsed = cql2.parse_json(text)
        tree: Any = parsed.to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError, RuntimeError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip(" |")]
        where = " ".join(lines)[:200]
        raise InvalidFilter(f"filter: {text[:80]!r} is not {language}: {where}") from error
    return tree


def _bound_text(text: str) -> None:
    """Refuse what nests so deep that the reader, which goes as deep, would fall with it."""
    depth = signs = 0
    for token in _TEXT_TOKENS.findall(text):
        if token == "(":
            depth += 1
            _bound_depth(depth)
        elif token == ")":
            depth -= 1
        elif token[0] not in "'\"":
            signs += 1
    if signs > MOST_SIGNS:
        raise InvalidFilter(f"filter: {signs} negations, powers and signs, at most {MOST_SIGNS} are read. Shorten it.")


def _bound_json(tree: Any) -> None:
    level, depth = [tree], 0
    while level:
        # an operation is an object with a list in it
        _bound_depth(depth // 2)
        depth += 1
        level = [
            inner
            for node in level
            for inner in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
        ]


def _bound_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise InvalidFilter(f"filter: it nests more than {DEEPEST} deep. Write it flatter.")


def condition(tree: Any, properties: Mapping[str, Property], to_plane: ToPlane) -> Filter:
    """
    A filter as a condition.

    Parameters
    ----------
    tree
        See :func:`read`.
    properties
        What may be asked about, by name.
    to_plane
        Brings places of the filter into the reference system of the stored ones.

    Raises
    ------
    InvalidFilter
        When it names what there is not, or compares what cannot be compared.
    """
    writer = _Writer(properties, to_plane)
    found = writer.truth(tree, 0)
    return Filter(found, filter_places.box_of(tree, writer.place), frozenset(writer.tables))


class _Writer:
    """Writes one filter."""

    def __init__(self, properties: Mapping[str, Property], to_plane: ToPlane) -> None:
        self._properties = properties
        self._to_plane = to_plane
        self._nodes = 0
        self.tables: set[str] = set()

    def truth(self, node: Any, depth: int) -> ColumnElement[bool]:
        """A node that is true or false."""
        self._count(depth)
        op, arguments = _operation(node)
        if op in ("and", "or"):
            parts = [self.truth(a, depth + 1) for a in arguments]
            return and_(*parts) if op == "and" else or_(*parts)
        if op == "not":
            (inner,) = _exactly(op, arguments, 1)
            return not_(self.truth(inner, depth + 1))
        if op in _COMPARISONS:
            return self._compared(op, *(self.value(a, depth + 1) for a in _exactly(op, arguments, 2)))
        if op == "isNull":
            (inner,) = _exactly(op, arguments, 1)
            return self._is_unknown(inner, depth)
        special = {"between": self._between, "in": self._in, "like": self._like}.get(op)
        if special is not None:
            return special(arguments, depth + 1)
        for prefix, names, write in (
            ("s_", RELATIONS, self._spatial), ("a_", ARRAY_TESTS, self._array),
            ("t_", filter_times.RELATIONS, self._temporal),
        ):  # fmt: skip
            if op.startswith(prefix) and op[2:] in names:
                one, other = _exactly(op, arguments, 2)
                return write(op[2:], one, other, depth + 1)
        value = self.value(node, depth)
        if value.type != "boolean":
            raise InvalidFilter(
                f"filter: {_shown(node)} is {value.type}, not true or false. Compare it with something."
            )
        return value.expression if not isinstance(node, bool) else true() if node else ~true()

    def value(self, node: Any, depth: int) -> Value:
        """A node that is a property, a literal or a computation."""
        self._count(depth)
        if isinstance(node, dict) and "property" in node:
            return self._property(node["property"])
        if isinstance(node, dict) and "op" in node:
            return self._computed(*_operation(node), depth)
        return literal_value(node)

    def place(self, node: Any) -> Place | None:
        """The place a literal names, in the plane of the stored ones; None for a property."""
        return None if isinstance(node, dict) and "property" in node else self._to_plane(filter_places.place(node))

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if depth > DEEPEST or self._nodes > MOST_NODES:
            raise InvalidFilter(
                f"filter: it is deeper than {DEEPEST} or longer than {MOST_NODES} parts. Ask in several steps."
            )

    def _property(self, name: Any) -> Value:
        found = self._properties.get(name) if isinstance(name, str) else None
        if found is None:
            known = ", ".join(sorted(self._properties))
            raise InvalidFilter(f"filter: there is no property {str(name)[:60]!r}; there are {known[:600]}.")
        if found.table:
            self.tables.add(found.table)
        return Value(found.type, found.expression)

    def _computed(self, op: str, arguments: list[Any], depth: int) -> Value:
        if op in _FOLDS:
            (inner,) = _exactly(op, arguments, 1)
            text = self._typed(inner, ("text",), op, depth + 1)
            return Value("text", _call(_FOLDS[op], SqlText(), text.expression))
        if op in ("+", "-", "*", *_ARITHMETIC):
            one, other = (self._typed(a, NUMBERS, op, depth + 1).number() for a in _exactly(op, arguments, 2))
            if op in _ARITHMETIC:
                return Value("number", _call(_ARITHMETIC[op], SqlDouble(), one, other))
            return Value("number", one + other if op == "+" else one - other if op == "-" else one * other)
        if op in _TRUTHS or op[:2] in ("s_", "t_", "a_"):
            return Value("boolean", self.truth({"op": op, "args": arguments}, depth + 1))
        raise InvalidFilter(f"filter: there is no function {op[:60]!r}; see /functions in the documentation.")

    def _typed(self, node: Any, types: tuple[str, ...], op: str, depth: int) -> Value:
        value = self.value(node, depth)
        if value.type not in types:
            raise InvalidFilter(f"filter: {op} needs {' or '.join(types)}, but {_shown(node)} is {value.type}.")
        return value

    def _compared(self, op: str, one: Value, other: Value) -> ColumnElement[bool]:
        if one.type == other.type and one.type in ("text", "date"):
            # two dates need no reckoning
            pair: tuple[Any, Any] = exact_text(one.expression), exact_text(other.expression)
        elif one.temporal and other.temporal:
            pair = filter_times.moment(one), filter_times.moment(other)
        elif (one.type in NUMBERS and other.type in NUMBERS) or (
            one.type == other.type == "boolean" and op in ("=", "<>")
        ):
            pair = one.expression, other.expression
        else:
            raise InvalidFilter(f"filter: {one.type} cannot be compared with {other.type} by {op}.")
        found: ColumnElement[bool] = _COMPARISONS[op](*pair)
        return found

    def _is_unknown(self, node: Any, depth: int) -> ColumnElement[bool]:
        value = self.value(node, depth + 1)
        return value.expression.is_(None)

    def _between(self, arguments: list[Any], depth: int) -> ColumnElement[bool]:
        value, low, high = (self.value(a, depth) for a in _exactly("between", arguments, 3))
        return and_(self._compared(">=", value, low), self._compared("<=", value, high))

    def _in(self, arguments: list[Any], depth: int) -> ColumnElement[bool]:
        node, choices = _exactly("in", arguments, 2)
        if not isinstance(choices, list) or not choices:
            raise InvalidFilter("filter: IN needs a list of at least one value.")
        value = self.value(node, depth)
        return or_(*(self._compared("=", value, self.value(c, depth)) for c in choices))

    def _like(self, arguments: list[Any], depth: int) -> ColumnElement[bool]:
        text, pattern = (self._typed(a, ("text",), "LIKE", depth) for a in _exactly("like", arguments, 2))
        return _call("kastor_like", SqlBoolean(), text.expression, pattern.expression)

    def _spatial(self, relation: str, one: Any, other: Any, depth: int) -> ColumnElement[bool]:
        self._count(depth)
        found = filter_places.related(relation, self._where(one), self._where(other))
        inside = self._inside(one, other) if relation == "intersects" else None
        return found if inside is None else or_(inside, found)

    def _inside(self, one: Any, other: Any) -> ColumnElement[bool] | None:
        """A quick sign that a stored place meets one of the filter: its box lies in the middle of that."""
        for node, literal_node in ((one, other), (other, one)):
            place = self.place(literal_node)
            if isinstance(node, dict) and "property" in node and place is not None:
                bounds = self._properties[node["property"]].bounds
                inner = filter_places.inner_box(place)
                if bounds and inner is not None:
                    west, south, east, north = bounds
                    return and_(west >= inner[0], south >= inner[1], east <= inner[2], north <= inner[3])
        return None

    def _where(self, node: Any) -> Place | ColumnElement[Any]:
        found = self.place(node)
        if found is not None:
            return found
        value = self._property(node["property"])
        if value.type != "geometry":
            raise InvalidFilter(f"filter: {_shown(node)} is {value.type}, not a place.")
        return value.expression

    def _temporal(self, relation: str, one: Any, other: Any, depth: int) -> ColumnElement[bool]:
        def time_of(node: Any) -> filter_times.Span:
            if isinstance(node, dict) and "interval" in node:
                ends = node["interval"]
                if not isinstance(ends, list) or len(ends) != 2:
                    raise InvalidFilter("filter: an interval has a beginning and an end.")
                return filter_times.interval(*(self._end(e, depth) for e in ends))
            return filter_times.at(self._typed(node, ("date", "timestamp"), f"t_{relation}", depth))

        return filter_times.related(relation, time_of(one), time_of(other))

    def _end(self, node: Any, depth: int) -> Value | None:
        """An end of an interval; None where it is open."""
        if node == "..":
            return None
        if isinstance(node, str):
            return filter_times.literal_time(node)
        return self._typed(node, ("date", "timestamp"), "interval", depth)

    def _array(self, relation: str, one: Any, other: Any, depth: int) -> ColumnElement[bool]:
        values = []
        for node in (one, other):
            value = json_array(node) if isinstance(node, list) else self._typed(node, ("array",), "a_", depth)
            values.append(value.expression)
        return _call(f"kastor_a_{relation}", SqlBoolean(), *values)


def _call(name: str, result: Any, *arguments: ColumnElement[Any]) -> ColumnElement[Any]:
    found: ColumnElement[Any] = getattr(func, name)(*arguments, type_=result)
    return found


_TRUTHS = frozenset({"and", "or", "not", "isNull", "between", "in", "like", *_COMPARISONS})


def literal_value(node: Any) -> Value:
    """A value that stands in the filter itself."""
    if isinstance(node, bool):
        return Value("boolean", literal(node, SqlBoolean()))
    if isinstance(node, (int, float)):
        return Value("number", literal(float(node), SqlDouble()))
    if isinstance(node, str):
        if "\0" in node:
            raise InvalidFilter("filter: a text holds the character NUL, which no text in a twin has.")
        return Value("text", literal(node, SqlText()))
    if isinstance(node, dict) and len(node) == 1 and ("date" in node or "timestamp" in node):
        return filter_times.literal_time(next(iter(node.values())), next(iter(node)))
    if isinstance(node, dict) and ("bbox" in node or "coordinates" in node or "geometries" in node):
        return Value("geometry", literal(b"", SqlBytes()))
    raise InvalidFilter(f"filter: {_shown(node)} is no value that can be compared.")


def _operation(node: Any) -> tuple[str, list[Any]]:
    if not isinstance(node, dict) or "op" not in node:
        return "", []
    op, arguments = node["op"], node.get("args", [])
    if not isinstance(op, str) or not isinstance(arguments, list):
        raise InvalidFilter(f"filter: {_shown(node)} is no operation.")
    return {"isnull": "isNull"}.get(op.lower(), op.lower()), arguments


def _exactly(op: str, arguments: list[Any], count: int) -> list[Any]:
    if len(arguments) != count:
        raise InvalidFilter(f"filter: {op} takes {count} arguments, not {len(arguments)}.")
    return arguments


def _shown(node: Any) -> str:
    if isinstance(node, dict) and "property" in node:
        return repr(str(node["property"])[:60])
    return repr(node)[:60]
