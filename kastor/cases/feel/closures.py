"""Functions that expressions write themselves, and those another program would compute."""

from __future__ import annotations

from collections.abc import Mapping

from kastor.cases.feel.types import ANY, Type, fitted, subtype
from kastor.cases.feel.values import RUN, Code, Function, Run, Scope, Value, note

Types = Mapping[str, Type]


class Closure(Function):
    """A function written in an expression, with the scope it was written in."""

    __slots__ = ("_body", "_kinds", "_result", "_types", "scope")

    def __init__(
        self, name: str, parameters: tuple[tuple[str, Type | None], ...], body: Code, scope: Scope, types: Types,
        result: Type | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name, tuple(each for each, _ in parameters))
        self._kinds = tuple(kind for _, kind in parameters)
        self._body = body
        self.scope = scope
        self._types = types
        self._result = result

    def call(self, arguments: list[Value], run: Run | None) -> Value:
        """Value for arguments; null when their number differs. One that does not fit its type becomes null."""
        if len(arguments) != len(self.parameters):
            return None
        if run is not None:
            run.step()
        inner = dict(self.scope)
        inner[RUN] = run
        for name, kind, value in zip(self.parameters, self._kinds, arguments, strict=True):
            fit = value if kind is None else fitted(value, kind, self._types)
            if fit is None and value is not None:
                note(run, f"{self.name or 'a function'}: {name} is null, the value given does not have its type")
            inner[name] = fit
        value = self._body(inner)
        return value if self._result is None else fitted(value, self._result, self._types)

    def call_named(self, arguments: Mapping[str, Value], run: Run | None) -> Value:
        """Value for arguments by name; null unless each parameter is given."""
        if set(arguments) != set(self.parameters):
            return None
        return self.call([arguments[name] for name in self.parameters], run)

    def fits(self, parameters: tuple[Type, ...], result: Type) -> bool:
        """Whether it can stand where a function with these types is wanted."""
        own = tuple(kind or ANY for kind in self._kinds)
        if len(own) != len(parameters):
            return False
        return all(subtype(wanted, kind, self._types) for wanted, kind in zip(parameters, own, strict=True)) and (
            subtype(self._result or ANY, result, self._types)
        )


class External(Function):
    """A function that another program would compute; here it is null, and a note says so."""

    __slots__ = ()

    def call(self, arguments: list[Value], run: Run | None) -> Value:
        """Null."""
        note(run, f"{self.name or 'an external function'} is computed by Java or PMML, which Kastor does not run: null")
        return None
