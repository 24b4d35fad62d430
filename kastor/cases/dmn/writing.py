"""Write DMN XML: a model as it was read comes back byte for byte; what was changed is changed in its place.

Everything the model does not know (diagrams, extensions, comments, ids of cells) stays where it is. A rule keeps its
element as long as its id stays. New elements go before the diagram; a model made without a file is written whole, in
the namespace of DMN 1.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from lxml import etree

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
from kastor.cases.dmn.reading import LOGIC_NAMES, NAMESPACES, local_name, parse_xml, read, table_heads

_TAGS: Final = {
    InputData: "inputData",
    Decision: "decision",
    Knowledge: "businessKnowledgeModel",
    Service: "decisionService",
}
_BEHIND_ELEMENTS: Final = frozenset(
    {"association", "group", "textAnnotation", "artifact", "elementCollection", "performanceIndicator"}
    | {"organizationUnit", "DMNDI"}
)


def write(model: Model) -> bytes:
    """The model as DMN XML.

    Returns
    -------
    bytes
        The very bytes it was read from while nothing is changed.
    """
    if not model.source:
        root = etree.Element(_q(NAMESPACES[0], "definitions"), nsmap={None: NAMESPACES[0]})  # type: ignore[dict-item]
        before: Model | None = None
    else:
        before = read(model.source, model.imported.values())
        if _content(before) == _content(model):
            return model.source
        root = parse_xml(model.source)
    _Writer(root).update(model, before)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def _content(model: Model) -> tuple[Any, ...]:
    return model.name, model.namespace, model.types, tuple(model.elements.items())


def _q(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


class _Writer:
    """Writes into one tree, in the namespace of its root."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.namespace = etree.QName(root).namespace or NAMESPACES[0]

    def update(self, model: Model, before: Model | None) -> None:
        """Change what differs between a model and what the tree says."""
        for name, value in (("name", model.name), ("namespace", model.namespace)):
            if self.root.get(name, "") != value:
                self.root.set(name, value)
        if before is None or before.types != model.types:
            self._replace_all("itemDefinition", [self.item("itemDefinition", item) for item in model.types])
        known = {} if before is None else before.elements
        for element in self._elements():
            if _id_of(element) not in model.elements:
                self.root.remove(element)
        for id_, wanted in model.elements.items():
            if known.get(id_) != wanted:
                self._write_element(wanted, known.get(id_))

    def _elements(self) -> list[etree._Element]:
        return [child for child in self.root if local_name(child) in _TAGS.values()]

    def _replace_all(self, name: str, elements: list[etree._Element]) -> None:
        old = [child for child in self.root if local_name(child) == name]
        behind = [child for child in self.root if local_name(child) in {"description", "extensionElements", "import"}]
        at = self.root.index(old[0]) if old else (self.root.index(behind[-1]) + 1 if behind else 0)
        for child in old:
            self.root.remove(child)
        for offset, element in enumerate(elements):
            self.root.insert(at + offset, element)

    def make(self, tag: str, parent: etree._Element | None = None, /, **attributes: str) -> etree._Element:
        """An element of the namespace with those attributes that are not empty."""
        full = _q(self.namespace, tag)
        made = etree.Element(full) if parent is None else etree.SubElement(parent, full)
        for key, value in attributes.items():
            if value:
                made.set(key, value)
        return made

    # --- elements of the graph

    def _write_element(self, wanted: Element, before: Element | None) -> None:
        found = next((each for each in self._elements() if _id_of(each) == wanted.id), None)
        if found is None:
            found = self.make(_TAGS[type(wanted)], id=wanted.id)
            self._insert(found)
        found.set("name", wanted.name)
        self._variable(found, wanted)
        if isinstance(wanted, Decision):
            self._decision(found, wanted, before)
        elif isinstance(wanted, Knowledge):
            self._knowledge(found, wanted, before)
        elif isinstance(wanted, Service):
            self._service(found, wanted)

    def _insert(self, element: etree._Element) -> None:
        last = next((child for child in self.root if local_name(child) in _BEHIND_ELEMENTS), None)
        if last is None:
            self.root.append(element)
        else:
            last.addprevious(element)

    def _variable(self, element: etree._Element, wanted: Element) -> None:
        found = next((child for child in element if local_name(child) == "variable"), None)
        if found is None:
            found = self.make("variable")
            ahead = [c for c in element if local_name(c) in {"description", "extensionElements", "question"}]
            element.insert(len(ahead), found)
        found.set("name", wanted.name)
        if wanted.type_ref:
            found.set("typeRef", wanted.type_ref)
        else:
            found.attrib.pop("typeRef", "")

    def _decision(self, element: etree._Element, wanted: Decision, before: Element | None) -> None:
        old = before if isinstance(before, Decision) else None
        if (old.question if old is not None else "") != wanted.question:
            self._remove(element, {"question"})
            question = self.make("question")
            question.text = wanted.question
            element.insert(sum(local_name(c) in {"description", "extensionElements"} for c in element), question)
        if old is None or (old.requirements, old.knowledge) != (wanted.requirements, wanted.knowledge):
            self._requirements(element, wanted)
        if old is None or old.logic != wanted.logic:
            self._logic_of(element, wanted.logic)

    def _requirements(self, element: etree._Element, wanted: Decision) -> None:
        self._remove(element, {"informationRequirement", "knowledgeRequirement"})
        at = 1 + next(at for at, child in enumerate(element) if local_name(child) == "variable")
        for href in wanted.requirements:
            requirement = self.make("informationRequirement")
            is_input = any(_id_of(c) == href[1:] and local_name(c) == "inputData" for c in self.root)
            self.make("requiredInput" if is_input else "requiredDecision", requirement, href=href)
            element.insert(at, requirement)
            at += 1
        self._knowledge_requirements(element, wanted.knowledge, at)

    def _knowledge_requirements(self, element: etree._Element, hrefs: Iterable[str], at: int) -> None:
        for offset, href in enumerate(hrefs):
            requirement = self.make("knowledgeRequirement")
            self.make("requiredKnowledge", requirement, href=href)
            element.insert(at + offset, requirement)

    def _knowledge(self, element: etree._Element, wanted: Knowledge, before: Element | None) -> None:
        old = before if isinstance(before, Knowledge) else None
        if old is None or old.function != wanted.function:
            self._remove(element, {"encapsulatedLogic"})
            if wanted.function is not None:
                made = self.function("encapsulatedLogic", wanted.function)
                element.insert(1 + next(at for at, c in enumerate(element) if local_name(c) == "variable"), made)
        if old is None or old.knowledge != wanted.knowledge:
            self._remove(element, {"knowledgeRequirement"})
            self._knowledge_requirements(element, wanted.knowledge, len(element))

    def _service(self, element: etree._Element, wanted: Service) -> None:
        groups = {
            "outputDecision": wanted.outputs, "encapsulatedDecision": wanted.encapsulated,
            "inputDecision": wanted.input_decisions, "inputData": wanted.input_data,
        }  # fmt: skip
        self._remove(element, set(groups))
        for name, hrefs in groups.items():
            for href in hrefs:
                self.make(name, element, href=href)

    @staticmethod
    def _remove(element: etree._Element, names: set[str]) -> None:
        for child in [child for child in element if local_name(child) in names]:
            element.remove(child)

    # --- logic

    def _logic_of(self, element: etree._Element, logic: Logic | None) -> None:
        """Put logic where logic was; a table keeps what stays of it."""
        old = next((child for child in element if local_name(child) in LOGIC_NAMES), None)
        if isinstance(logic, DecisionTable) and old is not None and local_name(old) == "decisionTable":
            self._update_table(old, logic)
            return
        if old is not None:
            element.remove(old)
        if logic is not None:
            element.append(self.logic(logic))

    def _update_table(self, element: etree._Element, table: DecisionTable) -> None:
        kept = {child.get("id"): child for child in element if local_name(child) == "rule" and child.get("id")}
        heads = [child for child in element if local_name(child) in {"input", "output", "annotation"}]
        fresh = self.table(table)
        fresh_heads = [child for child in fresh if local_name(child) in {"input", "output", "annotation"}]
        for name, value in fresh.attrib.items():
            element.set(name, value)
        for child in [c for c in element if local_name(c) == "rule"]:
            element.remove(child)
        if table_heads(element) != (table.inputs, table.outputs, table.annotations):
            for child in heads:
                element.remove(child)
            for child in fresh_heads:
                element.append(child)
        for rule in table.rules:
            element.append(self._kept_rule(kept.get(rule.id), rule))

    def _kept_rule(self, old: etree._Element | None, rule: Rule) -> etree._Element:
        made = self.rule(rule)
        cells = {"inputEntry", "outputEntry", "annotationEntry"}
        if old is None or sum(local_name(c) in cells for c in old) != len(made):
            return made
        for cell, fresh in zip((c for c in old if local_name(c) in cells), made, strict=True):
            text = next((c for c in cell if local_name(c) == "text"), None)
            if text is None:
                text = self.make("text", cell)
            wanted = fresh[0].text
            if (text.text or "").strip() != (wanted or "").strip():
                text.text = wanted
        return old

    def logic(self, logic: Logic) -> etree._Element:
        """The element of an expression."""
        return _WRITERS[type(logic)](self, logic)

    def literal(self, logic: LiteralExpression, name: str = "literalExpression") -> etree._Element:
        """A literal expression."""
        made = self.make(name, typeRef=logic.type_ref)
        self.make("text", made).text = logic.text
        return made

    def _tests(self, name: str, text: str, parent: etree._Element) -> None:
        self.make("text", self.make(name, parent)).text = text

    def table(self, table: DecisionTable) -> etree._Element:
        """A decision table."""
        made = self.make(
            "decisionTable", hitPolicy=table.hit_policy, aggregation=table.aggregation,
            outputLabel=table.output_label, typeRef=table.type_ref,
        )  # fmt: skip
        for clause in table.inputs:
            self._input(made, clause)
        for output in table.outputs:
            self._output(made, output)
        for name in table.annotations:
            self.make("annotation", made, name=name)
        made.extend(self.rule(rule) for rule in table.rules)
        return made

    def _input(self, parent: etree._Element, clause: InputClause) -> None:
        label = clause.label if clause.label != clause.expression else ""
        made = self.make("input", parent, label=label)
        made.append(self.literal(LiteralExpression(clause.expression, clause.type_ref), "inputExpression"))
        if clause.values:
            self._tests("inputValues", clause.values, made)

    def _output(self, parent: etree._Element, output: OutputClause) -> None:
        made = self.make("output", parent, name=output.name, label=output.label, typeRef=output.type_ref)
        if output.values:
            self._tests("outputValues", output.values, made)
        if output.default:
            made.append(self.literal(LiteralExpression(output.default), "defaultOutputEntry"))

    def rule(self, rule: Rule) -> etree._Element:
        """A rule."""
        made = self.make("rule", id=rule.id)
        for name, texts in (
            ("inputEntry", rule.inputs), ("outputEntry", rule.outputs), ("annotationEntry", rule.annotations)
        ):  # fmt: skip
            for text in texts:
                self._tests(name, text, made)
        return made

    def _entry(self, name: str, variable: str, entry: ContextEntry) -> etree._Element:
        made = self.make(name)
        if entry.name:
            self.make(variable, made, name=entry.name, typeRef=entry.type_ref)
        if entry.logic is not None:
            made.append(self.logic(entry.logic))
        return made

    def context(self, logic: BoxedContext) -> etree._Element:
        """A boxed context."""
        made = self.make("context", typeRef=logic.type_ref)
        made.extend(self._entry("contextEntry", "variable", entry) for entry in logic.entries)
        return made

    def list(self, logic: BoxedList) -> etree._Element:
        """A boxed list."""
        made = self.make("list", typeRef=logic.type_ref)
        made.extend(self.logic(item) for item in logic.items if item is not None)
        return made

    def relation(self, logic: Relation) -> etree._Element:
        """A relation."""
        made = self.make("relation", typeRef=logic.type_ref)
        for name in logic.columns:
            self.make("column", made, name=name)
        for row in logic.rows:
            self.make("row", made).extend(self.logic(cell) for cell in row if cell is not None)
        return made

    def invocation(self, logic: Invocation) -> etree._Element:
        """An invocation."""
        made = self.make("invocation", typeRef=logic.type_ref)
        if logic.function is not None:
            made.append(self.logic(logic.function))
        made.extend(self._entry("binding", "parameter", each) for each in logic.bindings)
        return made

    def function(self, name: str, logic: FunctionDefinition) -> etree._Element:
        """A function definition, or what a business knowledge model encapsulates."""
        made = self.make(name, kind="" if logic.kind == "FEEL" else logic.kind, typeRef=logic.type_ref)
        for parameter, kind in logic.parameters:
            self.make("formalParameter", made, name=parameter, typeRef=kind)
        if logic.body is not None:
            made.append(self.logic(logic.body))
        return made

    def parts(self, name: str, type_ref: str, parts: Mapping[str, Logic | None], **attributes: str) -> etree._Element:
        """An expression of named parts: ``if``, ``filter``, ``for``, ``some``, ``every``."""
        made = self.make(name, None, typeRef=type_ref, **attributes)
        for part, logic in parts.items():
            box = self.make(part, made)
            if logic is not None:
                box.append(self.logic(logic))
        return made

    def item(self, tag: str, item: ItemDefinition) -> etree._Element:
        """An item definition or component."""
        made = self.make(tag, name=item.name, isCollection="true" if item.is_collection else "")
        if item.type_ref:
            self.make("typeRef", made).text = item.type_ref
        for name, text in (("allowedValues", item.allowed), ("typeConstraint", item.constraint)):
            if text:
                self._tests(name, text, made)
        made.extend(self.item("itemComponent", each) for each in item.components)
        if item.function is not None:
            box = self.make("functionItem", made, outputTypeRef=item.function[1])
            for kind in item.function[0]:
                self.make("parameters", box, typeRef=kind)
        return made


def _iterator(writer: _Writer, logic: BoxedIterator) -> etree._Element:
    body = "return" if logic.kind == "for" else "satisfies"
    parts = {"in": logic.domain, body: logic.body}
    return writer.parts(logic.kind, logic.type_ref, parts, iteratorVariable=logic.variable)


def _conditional(writer: _Writer, logic: Conditional) -> etree._Element:
    parts = {"if": logic.condition, "then": logic.then, "else": logic.otherwise}
    return writer.parts("conditional", logic.type_ref, parts)


_WRITERS: Final[Mapping[type, Callable[[_Writer, Any], etree._Element]]] = {
    LiteralExpression: _Writer.literal,
    DecisionTable: _Writer.table,
    BoxedContext: _Writer.context,
    BoxedList: _Writer.list,
    Relation: _Writer.relation,
    Invocation: _Writer.invocation,
    FunctionDefinition: lambda writer, logic: writer.function("functionDefinition", logic),
    Conditional: _conditional,
    BoxedFilter: lambda writer, logic: writer.parts(
        "filter", logic.type_ref, {"in": logic.domain, "match": logic.match}
    ),
    BoxedIterator: _iterator,
}


def _id_of(element: etree._Element) -> str:
    return element.get("id") or " ".join((element.get("name") or "").split())
