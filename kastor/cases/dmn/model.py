"""What a model of decisions consists of: input data, decisions with their logic, knowledge, services, types.

The names follow DMN 1.5. All of it is plain data; what is computed from it is in :mod:`kastor.cases.dmn.program`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from functools import cached_property
from typing import Literal

REASON_COLUMN = "Begründung"
HitPolicy = Literal["UNIQUE", "ANY", "PRIORITY", "FIRST", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]


@dataclass(frozen=True, slots=True)
class LiteralExpression:
    """An expression as text."""

    text: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class InputClause:
    """A column of conditions: what is asked, and which values it may have."""

    label: str
    expression: str
    type_ref: str = ""
    values: str = ""


@dataclass(frozen=True, slots=True)
class OutputClause:
    """A column of results: its name, allowed values in order of priority, and what holds when no rule does."""

    name: str
    label: str = ""
    type_ref: str = ""
    values: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: conditions, results, annotations, as text."""

    id: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecisionTable:
    """A decision table."""

    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]
    annotations: tuple[str, ...] = ()
    hit_policy: HitPolicy = "UNIQUE"
    aggregation: str = ""
    output_label: str = ""
    type_ref: str = ""

    @cached_property
    def hash(self) -> str:
        """SHA-256 over all that the table says, the same for the same content however the file is laid out."""
        content = json.dumps(astuple(self), ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def reason(self, position: int) -> str:
        """What the column of reasons says for a rule (counted from 0); empty without such a column."""
        texts = self.rules[position].annotations
        if REASON_COLUMN not in self.annotations:
            return ""
        column = self.annotations.index(REASON_COLUMN)
        return texts[column] if column < len(texts) else ""


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """One row of a boxed context; without a name it is the result."""

    name: str
    type_ref: str
    logic: Logic | None


@dataclass(frozen=True, slots=True)
class BoxedContext:
    """Named values, each of which the next ones may use."""

    entries: tuple[ContextEntry, ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class BoxedList:
    """Values in order."""

    items: tuple[Logic | None, ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of values under named columns: a list of contexts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Logic | None, ...], ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call with a value for each named parameter."""

    function: Logic | None
    bindings: tuple[ContextEntry, ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """Parameters and a body; ``kind`` is FEEL, Java or PMML."""

    parameters: tuple[tuple[str, str], ...]
    body: Logic | None
    kind: str = "FEEL"
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Conditional:
    """``if`` in boxes."""

    condition: Logic | None
    then: Logic | None
    otherwise: Logic | None
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class BoxedFilter:
    """``xs[condition]`` in boxes."""

    domain: Logic | None
    match: Logic | None
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class BoxedIterator:
    """``for``, ``some`` or ``every`` in boxes."""

    kind: str
    variable: str
    domain: Logic | None
    body: Logic | None
    type_ref: str = ""


Logic = (
    LiteralExpression | DecisionTable | BoxedContext | BoxedList | Relation | Invocation | FunctionDefinition
    | Conditional | BoxedFilter | BoxedIterator
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A type: another one, perhaps restricted, or components, or a function; perhaps a list of it."""

    name: str
    type_ref: str = ""
    components: tuple[ItemDefinition, ...] = ()
    is_collection: bool = False
    allowed: str = ""
    constraint: str = ""
    function: tuple[tuple[str, ...], str] | None = None


@dataclass(frozen=True, slots=True)
class InputData:
    """Something a decision needs to be told."""

    id: str
    name: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that is decided from what it requires; requirements are hrefs."""

    id: str
    name: str
    type_ref: str = ""
    logic: Logic | None = None
    requirements: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function others may call."""

    id: str
    name: str
    type_ref: str = ""
    function: FunctionDefinition | None = None
    knowledge: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: decisions behind a function, with what goes in and what comes out."""

    id: str
    name: str
    type_ref: str = ""
    outputs: tuple[str, ...] = ()
    encapsulated: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()


Element = InputData | Decision | Knowledge | Service


@dataclass(frozen=True, eq=False)
class Model:
    """A model as read from a file.

    Attributes
    ----------
    elements : mapping of str to Element
        By id, in the order of the file.
    types : tuple of ItemDefinition
        As defined in the file.
    imported : mapping of str to Model
        Models by the name they are imported under.
    source : bytes
        The file, for writing everything back that is not modelled here: diagrams, extensions, comments.
    """

    name: str
    namespace: str
    elements: Mapping[str, Element]
    types: tuple[ItemDefinition, ...] = ()
    imported: Mapping[str, Model] = field(default_factory=dict)
    source: bytes = field(default=b"", repr=False)

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """All decisions in the order of the file."""
        return tuple(each for each in self.elements.values() if isinstance(each, Decision))

    @cached_property
    def inputs(self) -> tuple[InputData, ...]:
        """All input data in the order of the file."""
        return tuple(each for each in self.elements.values() if isinstance(each, InputData))

    def named(self, name: str) -> Element | None:
        """The decision, knowledge or service of a name or id, or the input data of it."""
        if name in self.elements:
            return self.elements[name]
        found = [each for each in self.elements.values() if each.name == name]
        return next((each for each in found if not isinstance(each, InputData)), found[0] if found else None)

    def resolve(self, href: str) -> tuple[str, Model, Element] | None:
        """What an href leads to: the name of its import (empty here), its model, and the element."""
        namespace, _, target = href.rpartition("#")
        if target in self.elements and namespace in ("", self.namespace):
            return "", self, self.elements[target]
        for name, other in self.imported.items():
            if other.namespace == namespace and target in other.elements:
                return name, other, other.elements[target]
        return None
