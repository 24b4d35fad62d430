"""Read the logic of decisions: literal and boxed expressions, to closures over a scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from kastor.cases import feel
from kastor.cases.dmn.model import (
    BoxedContext,
    BoxedFilter,
    BoxedIterator,
    BoxedList,
    Conditional,
    DecisionTable,
    FunctionDefinition,
    Invocation,
    LiteralExpression,
    Logic,
    Relation,
)  # fmt: skip
from kastor.cases.dmn.table import ready_table
from kastor.cases.dmn.types import type_named
from kastor.cases.feel import Function, Names
from kastor.cases.feel.closures import Closure, External
from kastor.cases.feel.compiler import chosen
from kastor.cases.feel.loops import collected, filtered, quantified
from kastor.cases.feel.types import Type, fitted
from kastor.cases.feel.values import RUN, UNKNOWN, Code, Scope, Value, note


class Reader:
    """Reads the logic of one decision or piece of knowledge; what cannot be read becomes null and a problem."""

    def __init__(self, owner: str, names: Iterable[str], properties: Names, types: Mapping[str, Type]) -> None:
        self.owner = owner
        self.names = Names(names)
        self.layers: list[Names] = [self.names]
        self.properties = properties
        self.types = types
        self.problems: list[str] = []

    def code(self, logic: Logic | None) -> Code:
        """The closure of an expression; that of none gives null."""
        if logic is None:
            return lambda scope: None
        code = _READERS[type(logic)](self, logic)
        wanted = type_named(logic.type_ref)
        if wanted is None or isinstance(logic, FunctionDefinition):
            return code
        return lambda scope: fitted(code(scope), wanted, self.types)

    # --- texts

    def text(self, text: str) -> Code:
        """The closure of an expression's text; an empty one gives null."""
        if not text:
            return lambda scope: None
        try:
            return feel.parse(text, self._known(), properties=self.properties, types=self.types).code
        except feel.FeelError as error:
            return self._broken(error)

    def _known(self) -> Names:
        if len(self.layers) == 1:
            return self.names
        return Names.joined(self.layers)

    def _broken(self, error: feel.FeelError) -> Code:
        message = str(error)
        self.problems.append(message)

        def nothing(scope: Scope) -> Value:
            note(scope.get(RUN), f"{self.owner}: {message}")
            return None

        return nothing

    def within(self, names: Iterable[str], logic: Logic | None) -> Code:
        """The closure of an expression that knows more names."""
        self.layers.append(Names(names))
        code = self.code(logic)
        self.layers.pop()
        return code

    # --- boxes

    def literal(self, logic: LiteralExpression) -> Code:
        """An expression as text."""
        return self.text(logic.text)

    def table(self, logic: DecisionTable) -> Code:
        """A decision table; one cell that cannot be read makes the whole table null."""
        known = self._known()

        def expression(text: str) -> Code:
            if not text:
                return lambda scope: None
            return feel.parse(text, known, properties=self.properties, types=self.types).code

        def tests(text: str) -> feel.Test:
            return feel.parse_tests(text, known, properties=self.properties, types=self.types)

        try:
            return ready_table(logic, self.owner, expression, tests, self.types, type_named)
        except feel.FeelError as error:
            return self._broken(error)

    def context(self, logic: BoxedContext) -> Code:
        """Named values; an entry without a name is the result."""
        names = Names()
        self.layers.append(names)
        entries: list[tuple[str, Code, Type | None]] = []
        for entry in logic.entries:
            entries.append((entry.name, self.code(entry.logic), type_named(entry.type_ref)))
            if entry.name:
                names.add(entry.name)
                self.properties.add(entry.name)
        self.layers.pop()

        def build(scope: Scope) -> Value:
            inner = dict(scope)
            found: dict[str, Value] = {}
            for name, code, wanted in entries:
                value = code(inner)
                if wanted is not None and not isinstance(value, Function):
                    value = fitted(value, wanted, self.types)
                if not name:
                    return value
                if isinstance(value, Closure):
                    value.scope[name] = value
                found[name] = inner[name] = value
            return found

        return build

    def list(self, logic: BoxedList) -> Code:
        """Values in order."""
        items = [self.code(item) for item in logic.items]
        return lambda scope: [item(scope) for item in items]

    def relation(self, logic: Relation) -> Code:
        """A list of contexts."""
        for name in logic.columns:
            self.properties.add(name)
        rows = [[self.code(cell) for cell in row] for row in logic.rows]
        columns = logic.columns
        return lambda scope: [dict(zip(columns, (cell(scope) for cell in row), strict=False)) for row in rows]

    def invocation(self, logic: Invocation) -> Code:
        """A call with named arguments."""
        function = self.code(logic.function)
        bindings = [(each.name, self.code(each.logic)) for each in logic.bindings]

        def call(scope: Scope) -> Value:
            called = function(scope)
            if not isinstance(called, Function):
                note(scope.get(RUN), f"{self.owner}: what is invoked is no function")
                return UNKNOWN if called is UNKNOWN else None
            return called.call_named({name: code(scope) for name, code in bindings}, scope.get(RUN))

        return call

    def function(self, logic: FunctionDefinition, result: Type | None = None) -> Code:
        """A function; one computed by Java or PMML gives null when called."""
        parameters = tuple((name, type_named(kind)) for name, kind in logic.parameters)
        if logic.kind not in ("", "FEEL"):
            return lambda scope: External(self.owner, tuple(name for name, _ in parameters))
        body = self.within((name for name, _ in parameters), logic.body)
        return lambda scope: Closure("", parameters, body, dict(scope), self.types, result)

    def conditional(self, logic: Conditional) -> Code:
        """``if`` in boxes: null if the condition is neither a boolean nor null."""
        condition = self.code(logic.condition)
        choose = chosen(condition, self.code(logic.then), self.code(logic.otherwise))

        def checked(scope: Scope) -> Value:
            answer = condition(scope)
            if answer is None or isinstance(answer, bool) or answer is UNKNOWN:
                return choose(scope)
            note(scope.get(RUN), f"{self.owner}: the condition is no boolean")
            return None

        return checked

    def filter(self, logic: BoxedFilter) -> Code:
        """A filter in boxes."""
        return filtered(self.code(logic.domain), self.within(("item",), logic.match))

    def iterator(self, logic: BoxedIterator) -> Code:
        """A loop in boxes."""
        domain = self.code(logic.domain)
        body = self.within((logic.variable, "partial"), logic.body)
        if logic.kind == "for":
            return collected([logic.variable], [domain], body)
        return quantified(logic.kind, [logic.variable], [domain], body)


_READERS: Final[Mapping[type, Callable[[Reader, Any], Code]]] = {
    LiteralExpression: Reader.literal,
    DecisionTable: Reader.table,
    BoxedContext: Reader.context,
    BoxedList: Reader.list,
    Relation: Reader.relation,
    Invocation: Reader.invocation,
    FunctionDefinition: Reader.function,
    Conditional: Reader.conditional,
    BoxedFilter: Reader.filter,
    BoxedIterator: Reader.iterator,
}
