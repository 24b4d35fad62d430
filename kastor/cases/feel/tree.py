"""What an expression consists of: the nodes the parser makes and the compiler and the analysis read."""

from __future__ import annotations

from dataclasses import dataclass

from kastor.cases.feel.types import Type
from kastor.cases.feel.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written down."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or function by its name."""

    name: str
    known: bool


@dataclass(frozen=True, slots=True)
class ListOf:
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf:
    """``{a: 1, b: a + 1}``."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf:
    """``[1..10)``."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class Test:
    """``< 10`` without a left side: a test of the input, or in parentheses a range."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests:
    """``"a", > 3`` or ``not("a")``: one cell of a decision table; no items is ``-``."""

    items: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Binary:
    """Two sides and an operator of arithmetic or comparison."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two or more sides."""

    operator: str
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """``-x``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Between:
    """``x between a and b``."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In:
    """``x in (tests)``."""

    value: Node
    tests: Node


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """``x instance of T``."""

    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class If:
    """``if a then b else c``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iteration:
    """``x in xs`` or ``x in 1..n`` of a loop."""

    name: str
    domain: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For:
    """``for x in xs return y``."""

    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified:
    """``some x in xs satisfies y``; ``every`` likewise."""

    quantifier: str
    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class FunctionOf:
    """``function(a: number) a + 1``; an external one keeps only that it is."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """``f(1, 2)`` or ``f(a: 1, b: 2)``."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """``x.name``."""

    value: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    """``xs[condition or index]``."""

    value: Node
    condition: Node


Node = (
    Literal | Name | ListOf | ContextOf | RangeOf | Test | Tests | Binary | Logic | Negative | Between | In | InstanceOf
    | If | For | Quantified | FunctionOf | Call | Path | Filter
)  # fmt: skip
