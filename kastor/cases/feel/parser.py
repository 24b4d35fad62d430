"""Read an expression: a recursive descent over tokens, binary operators by precedence, names by the longest that fits.

FEEL lets names have spaces and even operators in them (``monthly fee``, ``a-b``); what a name is depends on which names
are known where it stands. Grammar: DMN 1.5, 10.3.1.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kastor.cases.feel.cursor import FOLLOWING, Cursor, Names
from kastor.cases.feel.tokens import Token, number_of, text_of
from kastor.cases.feel.tree import (
    Between,
    Binary,
    Call,
    ContextOf,
    Filter,
    For,
    FunctionOf,
    If,
    In,
    InstanceOf,
    Iteration,
    ListOf,
    Literal,
    Logic,
    Name,
    Negative,
    Node,
    Path,
    Quantified,
    RangeOf,
    Test,
    Tests,
)  # fmt: skip
from kastor.cases.feel.type_reader import read_type
from kastor.cases.feel.types import Type

OR, AND, COMPARE, ADD, MULTIPLY, POWER, INSTANCE = range(1, 8)
_PRECEDENCE: Final = {
    "or": OR, "and": AND, "=": COMPARE, "!=": COMPARE, "<": COMPARE, "<=": COMPARE, ">": COMPARE, ">=": COMPARE,
    "between": COMPARE, "in": COMPARE, "+": ADD, "-": ADD, "*": MULTIPLY, "/": MULTIPLY, "**": POWER,
    "instance": INSTANCE,
}  # fmt: skip
_COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_WORDS: Final = {"true": True, "false": False, "null": None}
_PROPERTIES: Final = ("time offset", "start included", "end included")


class Parser(Cursor):
    """One reading of one text."""

    def __init__(self, text: str, names: Iterable[Names], properties: Names) -> None:
        super().__init__(text)
        self.layers = [*names, Names(("item", "?"))]
        self.properties = properties
        self.own_properties = Names(_PROPERTIES)

    # --- what cells of tables hold

    def unary_tests(self) -> Tests:
        """A whole cell: ``-``, ``not(...)``, or tests separated by commas."""
        if self.peek("-") and self.tokens[self.at + 1].kind == "end":
            self.at += 1
            return Tests(())
        if self.peek("not") and self._closes_at_the_end(self.at + 1):
            self.at += 2
            items = self._tests()
            self.expect(")")
            return Tests(items, negated=True)
        return Tests(self._tests())

    def _closes_at_the_end(self, at: int) -> bool:
        """Whether the parenthesis here is closed by the last token."""
        if self.tokens[at].text != "(" or self.tokens[at].kind != "symbol":
            return False
        level = 0
        for index in range(at, len(self.tokens) - 1):
            token = self.tokens[index]
            if token.kind == "symbol" and token.text in "()":
                level += 1 if token.text == "(" else -1
                if level == 0:
                    return index == len(self.tokens) - 2
        return False

    def _tests(self) -> tuple[Node, ...]:
        items = [self._test()]
        while self.take(","):
            items.append(self._test())
        return tuple(items)

    def _test(self) -> Node:
        token = self.here()
        if token.kind == "symbol" and token.text in _COMPARISONS:
            self.at += 1
            return Test(token.text, self._binary(ADD))
        return self.expression()

    # --- expressions

    def expression(self) -> Node:
        """An expression of any form."""
        self.deeper()
        found = self._worded() or self._binary(OR)
        self.depth -= 1
        return found

    def _worded(self) -> Node | None:
        """The forms that start with a word, unless a known name starts with it."""
        token = self.here()
        if token.kind != "name":
            return None
        following = self.tokens[self.at + 1]
        if token.text == "if" and not self._longer_name():
            return self._if()
        if token.text in {"for", "some", "every"} and following.kind == "name":
            return self._loop(token.text)
        if token.text == "function" and following.text == "(":
            return self._function()
        return None

    def _longer_name(self) -> bool:
        found = self._known(self.at)
        return found is not None and found[0] > 1

    def _if(self) -> Node:
        self.at += 1
        condition = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return If(condition, then, self.expression())

    def _loop(self, word: str) -> Node:
        self.at += 1
        names = Names(("partial",) if word == "for" else ())
        self.layers.append(names)
        iterations = [self._iteration(names)]
        while self.take(","):
            iterations.append(self._iteration(names))
        self.expect("return" if word == "for" else "satisfies")
        body = self.expression()
        self.layers.pop()
        return For(tuple(iterations), body) if word == "for" else Quantified(word, tuple(iterations), body)

    def _iteration(self, names: Names) -> Iteration:
        name = self.new_name({"in"})
        self.expect("in")
        domain = self.expression()
        end = self.expression() if self.take("..") else None
        names.add(name)
        return Iteration(name, domain, end)

    def _function(self) -> Node:
        self.at += 2
        parameters: list[tuple[str, Type | None]] = []
        while not self.take(")"):
            if parameters:
                self.expect(",")
            name = self.new_name({":", ",", ")"})
            parameters.append((name, read_type(self) if self.take(":") else None))
        if self.take("external"):
            return FunctionOf(tuple(parameters), self.expression(), external=True)
        self.layers.append(Names(name for name, _ in parameters))
        body = self.expression()
        self.layers.pop()
        return FunctionOf(tuple(parameters), body)

    def _binary(self, lowest: int) -> Node:
        return self._rest(self._unary(), lowest)

    def _rest(self, left: Node, lowest: int) -> Node:
        while True:
            token = self.here()
            strength = _PRECEDENCE.get(token.text, 0) if token.kind in {"symbol", "name"} else 0
            if strength < lowest or not strength:
                return left
            self.at += 1
            left = self._operation(left, token.text, strength)

    def _operation(self, left: Node, operator: str, strength: int) -> Node:
        if operator in {"and", "or"}:
            items = [left, self._binary(strength + 1)]
            while self.take(operator):
                items.append(self._binary(strength + 1))
            return Logic(operator, tuple(items))
        if operator == "between":
            low = self._binary(ADD)
            self.expect("and")
            return Between(left, low, self._binary(ADD))
        if operator == "in":
            return In(left, self._in())
        if operator == "instance":
            self.expect("of")
            return InstanceOf(left, read_type(self))
        return Binary(operator, left, self._binary(strength + 1))

    def _in(self) -> Node:
        """What stands right of ``in``: a test, tests in parentheses, or a value."""
        if self.here().text in _COMPARISONS:
            return self._test()
        if self.peek("("):
            found = self._parenthesised(several=True)
            return found if isinstance(found, Tests) else self._rest(self._steps(found), ADD)
        return self._binary(ADD)

    def _unary(self) -> Node:
        if self.peek("-"):
            self.deeper()
            self.at += 1
            found = Negative(self._unary())
            self.depth -= 1
            return found
        return self._steps(self._primary())

    def _steps(self, found: Node) -> Node:
        """Paths, filters and calls behind a value."""
        while True:
            if self.take("."):
                found = Path(found, self._property())
            elif self.peek("[") and not self._ends_a_range():
                self.at += 1
                found = Filter(found, self._filtering())
                self.expect("]")
            elif self.take("("):
                found = self._call(found)
            else:
                return found

    def _ends_a_range(self) -> bool:
        """Whether ``[`` closes a range, as in ``[1..10[``: what follows cannot start a condition."""
        if not self.in_range:
            return False
        following = self.tokens[self.at + 1]
        return following.kind == "end" or (
            following.text in FOLLOWING | {")", "]", "}", ",", ".", "["} and following.text != "-"
        )

    in_range = False

    def _filtering(self) -> Node:
        outside, self.in_range = self.in_range, False
        found = self._test_in_filter()
        self.in_range = outside
        return found

    def _test_in_filter(self) -> Node:
        return self.expression()

    def _call(self, function: Node) -> Node:
        if self.take(")"):
            return Call(function, ())
        named = self._named_argument()
        arguments: list[Node] = []
        names: list[str] = []
        while True:
            if named:
                names.append(self.new_name({":"}))
                self.expect(":")
            arguments.append(self._inside())
            if self.expect(",", ")") == ")":
                return Call(function, tuple(arguments), tuple(names) if named else None)

    def _inside(self) -> Node:
        """An expression where a range may not end by a bracket that opens."""
        outside, self.in_range = self.in_range, False
        found = self._test()
        self.in_range = outside
        return found

    def _named_argument(self) -> bool:
        at = self.at
        while self.tokens[at].kind == "name" or (at > self.at and self.may_continue(self.tokens[at])):
            at += 1
        return at > self.at and self.tokens[at].text == ":" and self.tokens[at].kind == "symbol"

    def _primary(self) -> Node:
        token = self.here()
        if token.kind == "number":
            self.at += 1
            return Literal(number_of(token.text))
        if token.kind == "string":
            self.at += 1
            return self._text(token)
        if token.kind == "name":
            return self._name()
        opener = _OPENERS.get(token.text) if token.kind == "symbol" else None
        if opener is None:
            raise self.error("expected a value")
        return opener(self)

    def _text(self, token: Token) -> Node:
        if token.text[0] != "@":
            return Literal(text_of(token.text))
        return Call(Name("@", known=True), (Literal(text_of(token.text[1:])),))

    def _name(self) -> Node:
        token = self.here()
        known = self._known(self.at)
        if known is not None:
            self.at += known[0]
            return Name(known[1], known=True)
        if token.text in _WORDS:
            self.at += 1
            return Literal(_WORDS[token.text])
        if token.text in FOLLOWING:
            raise self.error("expected a value")
        return Name(self.unknown_name(), known=False)

    def _known(self, at: int) -> tuple[int, str] | None:
        found: tuple[int, str] | None = None
        for layer in reversed(self.layers):
            other = layer.longest(self.tokens, at)
            if other is not None and (found is None or other[0] > found[0]):
                found = other
        return found

    def _property(self) -> str:
        if self.here().kind != "name":
            raise self.error("expected the name of a property")
        best: tuple[int, str] | None = None
        for names in (self.own_properties, self.properties, *self.layers):
            found = names.longest(self.tokens, self.at)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        if best is None:
            return self.unknown_name()
        self.at += best[0]
        return best[1]

    # --- brackets

    def _parenthesised(self, *, several: bool = False) -> Node:
        self.expect("(")
        outside, self.in_range = self.in_range, False
        found = self._opened(several=several)
        self.in_range = outside
        return found

    def _opened(self, *, several: bool) -> Node:
        first = self._test()
        if self.take(".."):
            return self._range(first, start_included=False)
        if several and self.peek(","):
            items = [first]
            while self.take(","):
                items.append(self._test())
            self.expect(")")
            return Tests(tuple(items))
        self.expect(")")
        return first

    def _range(self, start: Node, *, start_included: bool) -> Node:
        outside, self.in_range = self.in_range, True
        end = self.expression()
        self.in_range = outside
        closing = self.expect("]", ")", "[")
        return RangeOf(start, end, start_included, closing == "]")

    def _open_range(self) -> Node:
        self.expect("]")
        start = self.expression()
        self.expect("..")
        return self._range(start, start_included=False)

    def _list(self) -> Node:
        self.expect("[")
        if self.take("]"):
            return ListOf(())
        items = [self._inside()]
        if self.take(".."):
            return self._range(items[0], start_included=True)
        while self.take(","):
            items.append(self._inside())
        self.expect("]")
        return ListOf(tuple(items))

    def _context(self) -> Node:
        self.expect("{")
        names = Names()
        self.layers.append(names)
        entries: list[tuple[str, Node]] = []
        while not self.take("}"):
            if entries:
                self.expect(",")
            key = self._key()
            self.expect(":")
            entries.append((key, self._inside()))
            names.add(key)
            self.own_properties.add(key)
        self.layers.pop()
        return ContextOf(tuple(entries))

    def _key(self) -> str:
        token = self.here()
        if token.kind == "string" and token.text[0] != "@":
            self.at += 1
            return text_of(token.text)
        return self.new_name({":"})


_OPENERS: Final = {
    "(": Parser._parenthesised,
    "[": Parser._list,
    "]": Parser._open_range,
    "{": Parser._context,
}
