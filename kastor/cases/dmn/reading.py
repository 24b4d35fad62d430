"""Read DMN XML, versions 1.1 to 1.5.

Elements are recognised by their local names in any of the namespaces of the versions; what is not needed for deciding
(diagrams, extensions, knowledge sources) is left in the source and written back by :mod:`kastor.cases.dmn.writing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from lxml import etree

from kastor.cases.dmn.errors import DmnError
from kastor.cases.dmn.model import (
    BoxedContext,
    BoxedFilter,
    BoxedIterator,
    BoxedList,
    Conditional,
    ContextEntry,
    Decision,
    DecisionTable,
    Element,
    FunctionDefinition,
    InputClause,
    InputData,
    Invocation,
    ItemDefinition,
    Knowledge,
    LiteralExpression,
    Logic,
    Model,
    OutputClause,
    Relation,
    Rule,
    Service,
)  # fmt: skip

NAMESPACES: Final = (
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
)
LARGEST: Final = 20_000_000
POLICIES: Final = ("UNIQUE", "ANY", "PRIORITY", "FIRST", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
DEEPEST: Final = 100


def parse_xml(data: bytes) -> etree._Element:
    """The root of an XML file; nothing outside the file is read.

    Raises
    ------
    DmnError
        It is too large, or no XML.
    """
    if len(data) > LARGEST:
        raise DmnError(f"the file has {len(data)} bytes; a model may have {LARGEST}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DmnError(f"the file is no XML: {error}") from None


def read(data: bytes, imports: Iterable[Model] = ()) -> Model:
    """A model from the bytes of a DMN file.

    Parameters
    ----------
    data : bytes
        The file.
    imports : iterable of Model
        Models it may import, found by namespace.

    Raises
    ------
    DmnError
        It is no DMN file, or lacks what every element needs; the message names the element.
    """
    root = parse_xml(data)
    tag = etree.QName(root)
    if tag.localname != "definitions" or tag.namespace not in NAMESPACES:
        raise DmnError(f"the root element is {root.tag!r}, not 'definitions' of DMN 1.1 to 1.5: choose a DMN file")
    return Model(
        name=root.get("name", ""),
        namespace=root.get("namespace", ""),
        elements=_elements(root),
        types=tuple(_item(each) for each in _children(root, "itemDefinition")),
        imported=_imported(root, tuple(imports)),
        source=data,
    )


def _elements(root: etree._Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for child in root:
        make = _ELEMENTS.get(local_name(child))
        if make is None:
            continue
        element = make(child)
        if not element.name:
            raise DmnError(f"line {child.sourceline}: a {local_name(child)} has no name: give it one")
        if element.id in found:
            raise DmnError(f"line {child.sourceline}: the id {element.id!r} is there twice: give each element its own")
        found[element.id] = element
    return found


def _imported(root: etree._Element, models: tuple[Model, ...]) -> dict[str, Model]:
    found = {}
    for each in _children(root, "import"):
        for model in models:
            if model.namespace == each.get("namespace"):
                found[each.get("name", "")] = model
    return found


# --- small steps


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    return (child for child in element if local_name(child) in names)


def _child(element: etree._Element, *names: str) -> etree._Element | None:
    return next(_children(element, *names), None)


def _text(element: etree._Element | None) -> str:
    """The text in an element's ``text``."""
    found = None if element is None else _child(element, "text")
    return "" if found is None else "".join(map(str, found.itertext())).strip()


def _type_ref(element: etree._Element | None) -> str:
    """A type's name; older files write it with the prefix of FEEL's namespace."""
    if element is None:
        return ""
    name = (element.get("typeRef") or "").strip()
    prefix, colon, rest = name.partition(":")
    return rest if colon and prefix in element.nsmap else name


def _hrefs(element: etree._Element, *path: str) -> tuple[str, ...]:
    """The hrefs of requirements: ``informationRequirement``, then ``requiredInput`` in it."""
    found = []
    for child in _children(element, path[0]):
        targets = [child] if len(path) == 1 else _children(child, *path[1:])
        found += [target.get("href", "") for target in targets]
    return tuple(found)


def _name(element: etree._Element) -> str:
    """What expressions call it: its variable's name, else its own; spaces counted as one."""
    return " ".join((element.get("name") or "").split())


# --- elements


def _input_data(element: etree._Element) -> InputData:
    return InputData(element.get("id") or _name(element), _name(element), _type_ref(_child(element, "variable")))


def _decision(element: etree._Element) -> Decision:
    question = _child(element, "question")
    return Decision(
        id=element.get("id") or _name(element),
        name=_name(element),
        type_ref=_type_ref(_child(element, "variable")),
        logic=_logic_in(element),
        requirements=_hrefs(element, "informationRequirement", "requiredInput", "requiredDecision"),
        knowledge=_hrefs(element, "knowledgeRequirement", "requiredKnowledge"),
        question="" if question is None else (question.text or "").strip(),
    )


def _knowledge(element: etree._Element) -> Knowledge:
    function = _child(element, "encapsulatedLogic")
    return Knowledge(
        id=element.get("id") or _name(element),
        name=_name(element),
        type_ref=_type_ref(_child(element, "variable")),
        function=None if function is None else _function(function, 0),
        knowledge=_hrefs(element, "knowledgeRequirement", "requiredKnowledge"),
    )


def _service(element: etree._Element) -> Service:
    return Service(
        id=element.get("id") or _name(element),
        name=_name(element),
        type_ref=_type_ref(_child(element, "variable")),
        outputs=_hrefs(element, "outputDecision"),
        encapsulated=_hrefs(element, "encapsulatedDecision"),
        input_decisions=_hrefs(element, "inputDecision"),
        input_data=_hrefs(element, "inputData"),
    )


_ELEMENTS: Final[Mapping[str, Callable[[etree._Element], Element]]] = {
    "inputData": _input_data,
    "decision": _decision,
    "businessKnowledgeModel": _knowledge,
    "decisionService": _service,
}


def _item(element: etree._Element, depth: int = 0) -> ItemDefinition:
    if depth > DEEPEST:
        raise DmnError(f"line {element.sourceline}: types nested more than {DEEPEST} deep")
    type_ref, function = _child(element, "typeRef"), _child(element, "functionItem")
    return ItemDefinition(
        name=_name(element),
        type_ref="" if type_ref is None else _plain_type(type_ref),
        components=tuple(_item(each, depth + 1) for each in _children(element, "itemComponent")),
        is_collection=element.get("isCollection") in {"true", "1"},
        allowed=_text(_child(element, "allowedValues")),
        constraint=_text(_child(element, "typeConstraint")),
        function=None if function is None else (
            tuple(_type_ref(each) for each in _children(function, "parameters")), function.get("outputTypeRef", "")
        ),
    )  # fmt: skip


def _plain_type(element: etree._Element) -> str:
    name = (element.text or "").strip()
    prefix, colon, rest = name.partition(":")
    return rest if colon and prefix in element.nsmap else name


# --- logic


def _logic_in(element: etree._Element | None, depth: int = 0) -> Logic | None:
    """The first expression among the children of an element."""
    if element is None:
        return None
    for child in element:
        make = _LOGIC.get(local_name(child))
        if make is not None:
            if depth > DEEPEST:
                raise DmnError(f"line {child.sourceline}: expressions nested more than {DEEPEST} deep")
            return make(child, depth + 1)
    return None


def _literal(element: etree._Element, depth: int) -> LiteralExpression:
    return LiteralExpression(_text(element), _type_ref(element))


Heads = tuple[tuple[InputClause, ...], tuple[OutputClause, ...], tuple[str, ...]]


def table_heads(element: etree._Element) -> Heads:
    """The columns of a table: conditions, results, names of annotations."""
    return (
        tuple(_input_clause(each) for each in _children(element, "input")),
        tuple(_output_clause(each) for each in _children(element, "output")),
        tuple((each.get("name") or "").strip() for each in _children(element, "annotation")),
    )


def _table(element: etree._Element, depth: int) -> DecisionTable:
    policy: Any = element.get("hitPolicy", "UNIQUE")
    if policy not in POLICIES:
        raise DmnError(f"line {element.sourceline}: the hit policy {policy!r} is none of {', '.join(POLICIES)}")
    inputs, outputs, annotations = table_heads(element)
    if not outputs:
        raise DmnError(f"line {element.sourceline}: a decision table has no output: add one")
    return DecisionTable(
        inputs=inputs,
        outputs=outputs,
        rules=tuple(_rule(each, len(inputs), len(outputs)) for each in _children(element, "rule")),
        annotations=annotations,
        hit_policy=policy,
        aggregation=element.get("aggregation", ""),
        output_label=element.get("outputLabel", ""),
        type_ref=_type_ref(element),
    )


def _input_clause(element: etree._Element) -> InputClause:
    expression = _child(element, "inputExpression")
    text = _text(expression)
    return InputClause(element.get("label") or text, text, _type_ref(expression), _text(_child(element, "inputValues")))


def _output_clause(element: etree._Element) -> OutputClause:
    return OutputClause(
        name=_name(element),
        label=element.get("label", ""),
        type_ref=_type_ref(element),
        values=_text(_child(element, "outputValues")),
        default=_text(_child(element, "defaultOutputEntry")),
    )


def _rule(element: etree._Element, inputs: int, outputs: int) -> Rule:
    found = Rule(
        id=element.get("id", ""),
        inputs=tuple(_text(each) for each in _children(element, "inputEntry")),
        outputs=tuple(_text(each) for each in _children(element, "outputEntry")),
        annotations=tuple(_text(each) for each in _children(element, "annotationEntry")),
    )
    if len(found.inputs) != inputs or len(found.outputs) != outputs:
        raise DmnError(
            f"line {element.sourceline}: the rule {found.id!r} has {len(found.inputs)} conditions and "
            f"{len(found.outputs)} results; the table has {inputs} and {outputs} columns"
        )
    return found


def _entry(element: etree._Element, variable: str, depth: int) -> ContextEntry:
    named = _child(element, variable)
    return ContextEntry("" if named is None else _name(named), _type_ref(named), _logic_in(element, depth))


def _boxed_context(element: etree._Element, depth: int) -> BoxedContext:
    entries = tuple(_entry(each, "variable", depth) for each in _children(element, "contextEntry"))
    return BoxedContext(entries, _type_ref(element))


def _boxed_list(element: etree._Element, depth: int) -> BoxedList:
    return BoxedList(tuple(_each_logic(element, depth)), _type_ref(element))


def _each_logic(element: etree._Element, depth: int) -> Iterator[Logic | None]:
    for child in element:
        if local_name(child) in _LOGIC:
            if depth > DEEPEST:
                raise DmnError(f"line {child.sourceline}: expressions nested more than {DEEPEST} deep")
            yield _LOGIC[local_name(child)](child, depth + 1)


def _relation(element: etree._Element, depth: int) -> Relation:
    columns = tuple(_name(each) for each in _children(element, "column"))
    rows = tuple(tuple(_each_logic(each, depth)) for each in _children(element, "row"))
    return Relation(columns, rows, _type_ref(element))


def _invocation(element: etree._Element, depth: int) -> Invocation:
    bindings = tuple(_entry(each, "parameter", depth) for each in _children(element, "binding"))
    return Invocation(_logic_in(element, depth), bindings, _type_ref(element))


def _function(element: etree._Element, depth: int) -> FunctionDefinition:
    parameters = tuple((_name(each), _type_ref(each)) for each in _children(element, "formalParameter"))
    return FunctionDefinition(parameters, _logic_in(element, depth), element.get("kind", "FEEL"), _type_ref(element))


def _conditional(element: etree._Element, depth: int) -> Conditional:
    parts = [_logic_in(_child(element, name), depth) for name in ("if", "then", "else")]
    return Conditional(parts[0], parts[1], parts[2], _type_ref(element))


def _boxed_filter(element: etree._Element, depth: int) -> BoxedFilter:
    domain, match = (_logic_in(_child(element, name), depth) for name in ("in", "match"))
    return BoxedFilter(domain, match, _type_ref(element))


def _iterator(element: etree._Element, depth: int) -> BoxedIterator:
    domain = _logic_in(_child(element, "in"), depth)
    body = _logic_in(_child(element, "return", "satisfies"), depth)
    variable = " ".join(element.get("iteratorVariable", "").split())
    return BoxedIterator(local_name(element), variable, domain, body, _type_ref(element))


_LOGIC: Final[Mapping[str, Callable[[etree._Element, int], Logic]]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _boxed_context,
    "list": _boxed_list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "filter": _boxed_filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
}
LOGIC_NAMES: Final = frozenset(_LOGIC)
