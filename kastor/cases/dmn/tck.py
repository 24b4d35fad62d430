"""Run the test files of the DMN Technology Compatibility Kit, or files of the same form for own models.

A folder holds a model and test files ``*-test-*.xml``; other models in it may be imported. A case passes if all its
results do: numbers within 1e-8, everything else exactly. Format: github.com/dmn-tck/tck, ``TestCases/testCases.xsd``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from lxml import etree

from kastor.cases import feel
from kastor.cases.dmn.errors import DmnError
from kastor.cases.dmn.model import Decision, Knowledge, Model, Service
from kastor.cases.dmn.program import Evaluation, evaluate, invoke
from kastor.cases.dmn.reading import parse_xml, read
from kastor.cases.feel.functions_dates import at_literal
from kastor.cases.feel.operators import equal
from kastor.cases.feel.values import Value

_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
TOLERANCE: Final = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result of one case: what was expected, what came, whether that is the same."""

    file: str
    case: str
    node: str
    expected: Value
    found: Value
    passed: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over results."""

    files: int
    cases: int
    cases_passed: int
    results: int
    results_passed: int
    non_null: int
    non_null_passed: int


def summary(outcomes: list[Outcome]) -> Summary:
    """Count: a case passes if all its results do; a result counts as non-null by what is expected."""
    cases: dict[tuple[str, str], bool] = {}
    for each in outcomes:
        cases[each.file, each.case] = cases.get((each.file, each.case), True) and each.passed
    non_null = [each for each in outcomes if each.expected is not None]
    return Summary(
        files=len({each.file for each in outcomes}),
        cases=len(cases),
        cases_passed=sum(cases.values()),
        results=len(outcomes),
        results_passed=sum(each.passed for each in outcomes),
        non_null=len(non_null),
        non_null_passed=sum(each.passed for each in non_null),
    )


def run(folder: Path) -> list[Outcome]:
    """All results of all test files below a folder.

    Raises
    ------
    DmnError
        There is no test file, or a file cannot be read.
    """
    files = sorted(path for path in folder.rglob("*.xml") if "-test-" in path.name)
    if not files:
        raise DmnError(f"there is no file *-test-*.xml below {folder}: choose a folder with tests")
    return [outcome for path in files for outcome in run_file(path, folder)]


def run_file(path: Path, root: Path) -> Iterator[Outcome]:
    """The results of one test file."""
    tests = parse_xml(path.read_bytes())
    name = _text(tests, "modelName")
    models, unreadable = models_of(path.parent)
    missing = unreadable.get(name, f"the model {name!r} is not in the folder of its tests")
    for case in _children(tests, "testCase"):
        yield from _case(case, models.get(name), missing, str(path.relative_to(root)))


def models_of(folder: Path) -> tuple[dict[str, Model], dict[str, str]]:
    """The models of a folder by file name, each with those it imports; and why others cannot be read."""
    data = {path.name: path.read_bytes() for path in sorted(folder.glob("*.dmn"))}
    models: dict[str, Model] = {}
    unreadable: dict[str, str] = {}
    # a model that imports one that imports another is complete after as many rounds as there are models
    for _ in data:
        known = [*models.values()]
        for name, content in data.items():
            try:
                models[name] = read(content, known)
            except DmnError as error:
                unreadable[name] = str(error)
    return models, unreadable


def _case(case: etree._Element, model: Model | None, missing: str, file: str) -> Iterator[Outcome]:
    inputs = {each.get("name", ""): value_of(each) for each in _children(case, "inputNode")}
    for result in _children(case, "resultNode"):
        expected_in = next(_children(result, "expected"), None)
        expected = None if expected_in is None else value_of(expected_in)
        name = case.get("invocableName") or result.get("name") or ""
        found, notes = (None, (missing,)) if model is None else _found(model, name, inputs)
        if case.get("invocableName") and isinstance(found, dict) and result.get("name") in found:
            found = same_or_part(expected, found, result.get("name", ""))
        passed = model is not None and same(expected, found)
        yield Outcome(file, case.get("id", ""), result.get("name", ""), expected, found, passed, notes)


def same_or_part(expected: Value, found: dict[str, Value], name: str) -> Value:
    """What a service gave, or the part of it a result names."""
    return found if same(expected, found) else found[name]


def _found(model: Model, name: str, inputs: Mapping[str, Value]) -> tuple[Value, tuple[str, ...]]:
    try:
        evaluation = _evaluated(model, name, inputs)
    except (DmnError, feel.FeelError) as error:
        return None, (str(error),)
    return feel.into_feel(evaluation.value), evaluation.notes


def _evaluated(model: Model, name: str, inputs: Mapping[str, Value]) -> Evaluation:
    element = model.named(name)
    now = datetime.now(UTC)
    if isinstance(element, Decision | Service):
        return evaluate(model, name, inputs, now=now)
    if isinstance(element, Knowledge):
        return invoke(model, name, inputs, now=now)
    for other in model.imported.values():
        if other.named(name) is not None:
            return _evaluated(other, name, inputs)
    raise DmnError(f"{model.name} has no decision {name!r}")


# --- values of test files


def _children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str) and etree.QName(child).localname in names)


def _text(element: etree._Element, name: str) -> str:
    found = next(_children(element, name), None)
    return "" if found is None else (found.text or "").strip()


def value_of(element: etree._Element) -> Value:
    """The value in an input, an expectation, an item or a component."""
    if element.get(_XSI + "nil") in {"true", "1"}:
        return None
    for child in _children(element, "value", "list", "component"):
        kind = etree.QName(child).localname
        if kind == "value":
            return _simple(child)
        if kind == "list":
            return [value_of(item) for item in _children(child, "item")] if child.get(_XSI + "nil") != "true" else None
        return {each.get("name", ""): value_of(each) for each in _children(element, "component")}
    return None


def _simple(element: etree._Element) -> Value:
    if element.get(_XSI + "nil") in {"true", "1"}:
        return None
    kind = (element.get(_XSI + "type") or "string").rpartition(":")[2]
    text = "".join(map(str, element.itertext()))
    return _VALUES.get(kind, str)(text)


def _number(text: str) -> Value:
    return feel.into_feel(Decimal(text.strip())) if text.strip() not in {"INF", "-INF", "NaN"} else text


def _at(text: str) -> Value:
    return at_literal(text.strip())


_VALUES: Final[Mapping[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("decimal", "double", "float", "integer", "int", "long"), _number),
    **dict.fromkeys(("date", "time", "dateTime", "duration", "dayTimeDuration", "yearMonthDuration"), _at),
    "boolean": lambda text: text.strip() in {"true", "1"},
    "string": str,
}


def same(expected: Value, found: Value) -> bool:
    """Whether a found value is the expected one."""
    if isinstance(expected, Decimal) and isinstance(found, Decimal):
        return abs(expected - found) <= TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(same(expected[key], found[key]) for key in expected)
    return type(expected) is type(found) and equal(expected, found) is True
