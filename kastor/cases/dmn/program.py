"""A model made ready to decide: every expression read once, requirements resolved, knowledge as functions.

A part that cannot be read does not stop the others: its value is null, and a note says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kastor.cases import feel
from kastor.cases.dmn.errors import DmnError
from kastor.cases.dmn.logic import Reader
from kastor.cases.dmn.model import Decision, Element, InputData, Knowledge, Model, Service
from kastor.cases.dmn.table import TableRun, Trace
from kastor.cases.dmn.types import component_names, type_named, types_of
from kastor.cases.feel import Function, Names, into_feel, out_of_feel
from kastor.cases.feel.closures import Closure
from kastor.cases.feel.types import Type, fitted, resolved
from kastor.cases.feel.values import RUN, Code, Run, Scope, Value, note


@dataclass(slots=True)
class Session(TableRun):
    """One evaluation: what is given, what is decided so far, what a missing input is."""

    inputs: Mapping[str, Value] = field(default_factory=dict)
    missing: Value = None
    decided: dict[tuple[str, str, str], Value] = field(default_factory=dict)
    deciding: set[tuple[str, str, str]] = field(default_factory=set)


class Program:
    """A model ready to decide; made once for each model by :func:`program_of`."""

    def __init__(self, model: Model, prefix: str = "") -> None:
        self.model = model
        self.prefix = prefix
        self.types: dict[str, Type] = types_of(model)
        self.properties = Names(component_names(model))
        self.imported = {name: program_of(other) for name, other in model.imported.items()}
        self._codes: dict[str, Code] = {}
        self._types: dict[str, Type | None] = {}
        self._required: dict[str, list[tuple[str, Program, Element]]] = {}

    # --- values of elements

    def value(self, element: Element, run: Session, prefix: str = "") -> Value:
        """The value of an element in an evaluation: what was given, what is decided, or a function."""
        if isinstance(element, InputData):
            return self._input(element, run, prefix)
        if isinstance(element, Decision):
            return self._decision(element, run, prefix)
        if isinstance(element, Knowledge):
            return self.knowledge(element, run, prefix)
        return ServiceFunction(self, element)

    def _input(self, element: InputData, run: Session, prefix: str) -> Value:
        place = (prefix, self.model.namespace, element.id)
        if place in run.decided:
            return run.decided[place]
        value = _given(run.inputs, prefix, element.name, run.missing)
        wanted = self._type(element.type_ref)
        fit = value if wanted is None else fitted(value, wanted, self.types)
        if fit is None and value is not None:
            note(run, f"{element.name}: the value given is none of type {element.type_ref}")
        run.decided[place] = fit
        return fit

    def _decision(self, element: Decision, run: Session, prefix: str) -> Value:
        place = (prefix, self.model.namespace, element.id)
        if place in run.decided:
            return run.decided[place]
        if place in run.deciding:
            raise DmnError(f"the decision {element.name!r} requires itself: remove one of the requirements")
        run.deciding.add(place)
        scope = self._scope(element, run, prefix)
        traces = len(run.traces or ())
        value = self._code(element)(scope)
        wanted = self._type(element.type_ref)
        fit = value if wanted is None else fitted(value, wanted, self.types)
        if fit is None and value is not None:
            note(run, f"{element.name}: the value decided is none of type {element.type_ref}")
        run.decided[place] = fit
        run.deciding.discard(place)
        if run.traces is not None and len(run.traces) == traces:
            asked = tuple((name, each) for name, each in scope.items() if name != RUN and not _is_function(each))
            run.traces.append(Trace(element.name, fit, asked))
        return fit

    def knowledge(self, element: Knowledge, run: Session, prefix: str) -> Value:
        """The function of a business knowledge model."""
        place = (prefix, self.model.namespace, element.id)
        if place not in run.decided:
            run.decided[place] = None
            scope = self._scope(element, run, prefix)
            made = self._code(element)(scope)
            run.decided[place] = made
            if isinstance(made, Closure):
                made.name = element.name
                made.scope[element.name] = made
        return run.decided[place]

    def _scope(self, element: Decision | Knowledge, run: Session, prefix: str) -> Scope:
        """A scope with the values of what is required; what is imported stands behind the name of its import."""
        scope: Scope = {RUN: run}
        for name, owner, required in self._requirements(element, run):
            if not name:
                scope[required.name] = owner.value(required, run, prefix)
            else:
                inner = scope.setdefault(name, {})
                inner[required.name] = owner.value(required, run, f"{prefix}{name}.")
        return scope

    def _requirements(self, element: Decision | Knowledge, run: Session) -> list[tuple[str, Program, Element]]:
        """What an element requires: the name of its import, the program it belongs to, the element itself."""
        found = self._required.get(element.id)
        if found is None:
            found = self._required[element.id] = []
            for href in _hrefs(element):
                target = self.model.resolve(href)
                if target is None:
                    note(run, f"{self.model.name}: nothing has the id {href!r} that is required")
                else:
                    name, model, required = target
                    found.append((name, self if model is self.model else program_of(model), required))
        return found

    def _type(self, name: str) -> Type | None:
        """The type of a name, looked up once; one that nobody defines stays named."""
        if name not in self._types:
            wanted = type_named(name)
            found = None if wanted is None else resolved(wanted, self.types)
            self._types[name] = found or wanted
        return self._types[name]

    # --- reading logic

    def _code(self, element: Decision | Knowledge) -> Code:
        code = self._codes.get(element.id)
        if code is None:
            code = self._codes[element.id] = self._read(element)
        return code

    def _read(self, element: Decision | Knowledge) -> Code:
        own = (element.name,) if isinstance(element, Knowledge) else ()
        names = [*self._names(_hrefs(element)), *own]
        reader = Reader(element.name, names, self.properties, self.types)
        if isinstance(element, Decision):
            return reader.code(element.logic)
        if element.function is None:
            return lambda scope: None
        return reader.function(element.function, self.result_type(element.type_ref))

    def result_type(self, type_ref: str) -> Type | None:
        """What a function gives: its variable may have the type of the function or, in older files, of the result."""
        wanted = type_named(type_ref)
        found = None if wanted is None else resolved(wanted, self.types)
        return found.parts[-1] if found is not None and found.kind == "function" and found.parts else wanted

    def _names(self, hrefs: Iterable[str]) -> Iterable[str]:
        for href in hrefs:
            found = self.model.resolve(href)
            if found is not None:
                yield found[0] or found[2].name

    def problems(self) -> list[str]:
        """What cannot be read or resolved, in words; empty for a model in order."""
        found: list[str] = []
        for element in self.model.elements.values():
            if isinstance(element, Decision | Knowledge):
                required = _hrefs(element)
                found += [f"{element.name}: nothing has the id {h!r}" for h in required if not self.model.resolve(h)]
                reader = Reader(element.name, [*self._names(required)], self.properties, self.types)
                logic = element.logic if isinstance(element, Decision) else element.function
                reader.code(logic)
                found += [f"{element.name}: {problem}" for problem in reader.problems]
        return found


def _hrefs(element: Decision | Knowledge) -> tuple[str, ...]:
    """All an element requires: information, then knowledge."""
    return element.knowledge if isinstance(element, Knowledge) else (*element.requirements, *element.knowledge)


def _is_function(value: Value) -> bool:
    return isinstance(value, Function)


def _given(inputs: Mapping[str, Value], prefix: str, name: str, missing: Value) -> Value:
    """The value given for input data: by its name, or that of an import by its path or in a context."""
    if prefix and prefix + name in inputs:
        return inputs[prefix + name]
    found: Value = inputs
    for step in prefix.split(".")[:-1]:
        found = found.get(step) if isinstance(found, Mapping) else None
    if prefix and isinstance(found, Mapping) and name in found:
        return found[name]
    return inputs.get(name, missing)


class ServiceFunction(Function):
    """A decision service as something to call: input data first, then input decisions."""

    __slots__ = ("program", "service")

    def __init__(self, program: Program, service: Service) -> None:
        self.program = program
        self.service = service
        targets = [program.model.resolve(href) for href in (*service.input_data, *service.input_decisions)]
        names = [f"{found[0]}.{found[2].name}" if found[0] else found[2].name for found in targets if found]
        super().__init__(service.name, tuple(names))

    def call(self, arguments: list[Value], run: Run | None) -> Value:
        """The outcome for arguments in order."""
        if len(arguments) != len(self.parameters) or not isinstance(run, Session):
            return None
        return self.call_named(dict(zip(self.parameters, arguments, strict=True)), run)

    def call_named(self, arguments: Mapping[str, Value], run: Run | None) -> Value:
        """The outcome for arguments by name."""
        if set(arguments) != set(self.parameters) or not isinstance(run, Session):
            return None
        run.step()
        inner = Session(run.now, run.steps, run.notes, run.traces, arguments, None)
        self.take_decisions(arguments, inner)
        outcome = self.outcome(inner)
        run.steps = inner.steps
        return outcome

    def take_decisions(self, arguments: Mapping[str, Value], run: Session) -> None:
        """Put the values given for input decisions where their decisions would be made."""
        for href in self.service.input_decisions:
            found = self.program.model.resolve(href)
            if found is not None:
                prefix = f"{found[0]}." if found[0] else ""
                place = (prefix, found[1].namespace, found[2].id)
                run.decided[place] = self._argument(found, arguments, run)

    def _argument(self, found: tuple[str, Model, Element], arguments: Mapping[str, Value], run: Session) -> Value:
        name, _, element = found
        value = arguments.get(f"{name}.{element.name}" if name else element.name, run.missing)
        wanted = None if isinstance(element, InputData) else type_named(element.type_ref)
        fit = value if wanted is None else fitted(value, wanted, self.program.types)
        if fit is None and value is not None:
            note(run, f"{self.name}: {element.name} does not have the type {element.type_ref}")
        return fit

    def outcome(self, run: Session) -> Value:
        """The output decision, or a context of several."""
        values: dict[str, Value] = {}
        for href in self.service.outputs:
            found = self.program.model.resolve(href)
            if found is not None:
                name, model, element = found
                values[element.name] = program_of(model).value(element, run, f"{name}." if name else "")
        whole = next(iter(values.values())) if len(self.service.outputs) == 1 and values else values
        wanted = self.program.result_type(self.service.type_ref)
        return whole if wanted is None else fitted(whole, wanted, self.program.types)


_KEPT: Final = "_program"


def program_of(model: Model) -> Program:
    """The program of a model, made once."""
    found: Program | None = vars(model).get(_KEPT)
    if found is None:
        # kept with the model, so that it goes when the model goes
        found = vars(model)[_KEPT] = Program(model)
    return found


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was decided and how.

    Attributes
    ----------
    value : object
        The outcome; UNKNOWN, or a context with UNKNOWN in it, while facts are missing that it depends on.
    traces : tuple of Trace
        Each decision made on the way, required ones first.
    notes : tuple of str
        Why something is null, in words.
    """

    value: Any
    traces: tuple[Trace, ...]
    notes: tuple[str, ...]


def evaluate(
    model: Model,
    decision: str,
    inputs: Mapping[str, Any],
    *,
    now: datetime | None = None,
    missing: Value = None,
) -> Evaluation:
    """Decide.

    Parameters
    ----------
    model : Model
        The model.
    decision : str
        Name or id of a decision or of a decision service.
    inputs : mapping
        Values of input data by name; UNKNOWN where one is not known yet.
    now : datetime, optional
        What ``now()`` and ``today()`` say.
    missing : optional
        What input data is that has no value: null, or UNKNOWN.

    Raises
    ------
    DmnError
        The model has no such decision.
    LimitError
        Deciding takes too many steps or too much memory.
    """
    element = model.named(decision)
    if not isinstance(element, Decision | Service):
        names = ", ".join(each.name for each in model.decisions)
        raise DmnError(f"{model.name} has no decision {decision!r}; it has {names}")
    run = Session(now, traces=[], inputs={name: into_feel(value) for name, value in inputs.items()}, missing=missing)
    value = _value(program_of(model), element, run)
    return Evaluation(out_of_feel(value), tuple(run.traces or ()), tuple(run.notes))


def _value(program: Program, element: Decision | Service, run: Session) -> Value:
    def compute(_: Scope) -> Value:
        if isinstance(element, Service):
            service = ServiceFunction(program, element)
            service.take_decisions(run.inputs, run)
            return service.outcome(run)
        return program.value(element, run)

    return feel.bounded(compute, {})


def invoke(model: Model, name: str, arguments: Mapping[str, Any], *, now: datetime | None = None) -> Evaluation:
    """Call a business knowledge model or a decision service with arguments by name.

    Raises
    ------
    DmnError
        The model has neither of that name.
    """
    element = model.named(name)
    if not isinstance(element, Knowledge | Service):
        raise DmnError(f"{model.name} has no business knowledge model or decision service {name!r}")
    run = Session(now, traces=[])
    values = {each: into_feel(value) for each, value in arguments.items()}
    function = program_of(model).value(element, run)
    call: Callable[[Scope], Value] = lambda scope: (  # noqa: E731
        function.call_named(values, run) if isinstance(function, Function) else None
    )
    return Evaluation(out_of_feel(feel.bounded(call, {})), tuple(run.traces or ()), tuple(run.notes))
