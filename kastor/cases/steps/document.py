"""BPMN 2.0 files: read and written without losing anything.

A file stays the tree it was read as: what Kastor does not know (extensions of other programs, drawings, data) is kept
where it is. The executable profile is found in it by ``process.py``; everything else is shown and named.

Source: OMG BPMN 2.0.2 (formal/2013-12-09). Judge: BPMN MIWG reference models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
KASTOR = "urn:kastor:bpmn"
"""Namespace of attributes that tell Kastor how a task is done."""

MOST_BYTES = 4_000_000
"""A drawing of steps is smaller than this. [byte]"""

DEEPEST = 200
"""Elements inside elements."""

WORKED = frozenset(
    {
        "process", "startEvent", "endEvent", "userTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask",
        "receiveTask", "exclusiveGateway", "parallelGateway", "eventBasedGateway", "intermediateCatchEvent",
        "boundaryEvent", "callActivity", "sequenceFlow", "timerEventDefinition", "messageEventDefinition",
        "errorEventDefinition", "terminateEventDefinition", "message", "error",
    }
)  # fmt: skip
"""Elements the executable profile knows; some only in some places, see ``process.py``."""

QUIET = frozenset(
    {
        "definitions", "import", "extensionElements", "extension", "documentation", "text", "incoming", "outgoing",
        "collaboration", "participant", "participantMultiplicity", "messageFlow", "laneSet", "lane", "childLaneSet",
        "flowNodeRef", "partitionElement", "textAnnotation", "association", "group", "category", "categoryValue",
        "categoryValueRef", "dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataState",
        "ioSpecification", "dataInput", "dataOutput", "inputSet", "outputSet", "dataInputRefs", "dataOutputRefs",
        "inputSetRefs", "outputSetRefs", "optionalInputRefs", "optionalOutputRefs", "dataInputAssociation",
        "dataOutputAssociation", "sourceRef", "targetRef", "transformation", "assignment", "from", "to", "property",
        "itemDefinition", "interface", "operation", "inMessageRef", "outMessageRef", "errorRef", "resource",
        "resourceRole", "resourceRef", "resourceParameter", "resourceParameterBinding",
        "resourceAssignmentExpression", "formalExpression", "expression", "potentialOwner", "humanPerformer",
        "performer", "rendering", "conditionExpression", "timeDate", "timeDuration", "timeCycle", "script",
        "relationship", "source", "target", "monitoring", "auditing", "processRef", "interfaceRef",
        "participantRef", "eventDefinitionRef", "operationRef", "messageRef", "supports",
        "correlationProperty", "correlationKey", "correlationSubscription", "signal", "escalation",
    }
)  # fmt: skip
"""Elements that say something to people or belong to others; nothing is done because of them."""


class StepsError(ValueError):
    """A file that is no BPMN, or steps that cannot be carried out; says where and what to do."""


@dataclass(frozen=True, eq=False)
class Document:
    """
    A BPMN file.

    Parameters
    ----------
    root
        The element ``definitions``; not to be changed, :func:`edited` gives a copy for that.
    """

    root: etree._Element


@dataclass(frozen=True)
class Element:
    """An element of BPMN in a file: name, id (empty when it has none), name for people, line."""

    kind: str
    id: str
    name: str
    line: int


def read(content: bytes) -> Document:
    """
    A BPMN file.

    Raises
    ------
    StepsError
        When it is no XML, too large, nested too deep, or no BPMN 2.0.
    """
    if len(content) > MOST_BYTES:
        raise StepsError(f"The file has {len(content):,} bytes, at most {MOST_BYTES:,} are read. Draw fewer steps.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False,
        remove_comments=False, remove_pis=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise StepsError(f"This is no XML: {error}.") from error
    if root.tag != f"{{{MODEL}}}definitions":
        raise StepsError(f"The file begins with {str(root.tag)[:80]}, not with the definitions of BPMN 2.0.")
    if content.lstrip()[:4096].lower().find(b"<!doctype") >= 0:
        raise StepsError("The file declares a document type, which BPMN does not have. Remove the DOCTYPE.")
    if _depth(root) > DEEPEST:
        raise StepsError(f"Elements are nested deeper than {DEEPEST}. Draw fewer steps inside steps.")
    return Document(root)


def write(document: Document) -> bytes:
    """The file again: every element, attribute, comment and drawing it was read with, in the same order."""
    return etree.tostring(document.root.getroottree(), xml_declaration=True, encoding="UTF-8")


def edited(document: Document) -> Document:
    """A copy whose elements may be changed."""
    return read(write(document))


def elements(document: Document) -> Iterator[Element]:
    """All elements of BPMN itself, in order; extensions, comments and drawings are not among them."""
    yield from _own(document.root)


def _own(element: etree._Element) -> Iterator[Element]:
    yield element_of(element)
    for child in element.iterchildren(f"{{{MODEL}}}*"):
        # other programs put elements without a namespace of their own into extensions
        if child.tag != f"{{{MODEL}}}extensionElements":
            yield from _own(child)


def element_of(element: etree._Element) -> Element:
    """What can be said of an element."""
    kind = str(etree.QName(element).localname)
    return Element(kind, element.get("id", ""), element.get("name", ""), int(getattr(element, "sourceline", 0) or 0))


def _depth(root: etree._Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest
