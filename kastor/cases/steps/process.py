"""The executable part of a BPMN file: nodes and flows, conditions and scripts read as FEEL, and what is not supported.

Profile: start (none, message, timer), end (none, terminate, error), user, service, business rule, script (FEEL), send
and receive tasks, exclusive, parallel and event-based gateways, intermediate message and timer events, boundary timer,
error and message events, call activities of processes of the same file. How a task is done stands in its attribute
``implementation`` (``ask``, ``decide``, ``letter``, ``staff``, ``order``, ``offer``, ``appointment``, ``survey``,
``erp``, ``alarm``, ``wait``); further attributes are in the namespace ``urn:kastor:bpmn``:

* ``kastor:decision``, ``kastor:letter``, ``kastor:outcome``, ``kastor:outcomes``, ``kastor:slots``... for the handler;
* ``kastor:result`` of a script task: the variable its value goes to;
* ``kastor:counted`` of a timer event: ``hours`` (the clock), ``working_days`` or ``office_hours``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from kastor.cases import feel
from kastor.cases.hours import COUNTED, SpanError, span
from kastor.cases.steps.document import (
    KASTOR,
    MODEL,
    QUIET,
    WORKED,
    Document,
    Element,
    StepsError,
    element_of,
    elements,
)

TASKS = {
    "userTask": "staff", "serviceTask": "", "businessRuleTask": "decide", "scriptTask": "", "sendTask": "letter",
    "receiveTask": "wait",
}  # fmt: skip
"""Kinds of tasks, and how they are done when nothing is said."""

GATEWAYS = ("exclusiveGateway", "parallelGateway", "eventBasedGateway")
EVENTS: Mapping[str, tuple[str, ...]] = {
    "startEvent": ("messageEventDefinition", "timerEventDefinition"),
    "endEvent": ("terminateEventDefinition", "errorEventDefinition"),
    "intermediateCatchEvent": ("messageEventDefinition", "timerEventDefinition"),
    "boundaryEvent": ("timerEventDefinition", "errorEventDefinition", "messageEventDefinition"),
}
"""Events, and what may stand in them."""

NODES = (*TASKS, *GATEWAYS, *EVENTS, "callActivity")

UNSPECIFIED = ("", "##unspecified", "##WebService")


@dataclass(frozen=True)
class Timer:
    """
    When a timer event happens.

    Parameters
    ----------
    kind
        ``timeDuration``, ``timeDate`` or ``timeCycle``.
    text
        ISO 8601, or FEEL.
    expression
        The FEEL; None for ISO 8601.
    counted
        How a span is counted, see ``hours.COUNTED``.
    """

    kind: str
    text: str
    expression: feel.Expression | None
    counted: str


@dataclass(frozen=True)
class Flow:
    """A sequence flow; ``condition`` is None when there is none."""

    id: str
    source: str
    target: str
    condition: feel.Expression | None


@dataclass(frozen=True)
class Node:
    """
    A task, event or gateway.

    Parameters
    ----------
    id, kind, name
        As in the file; ``kind`` is the name of the element.
    implementation
        How a task is done; empty for others.
    attributes
        Those of Kastor's namespace.
    event
        What stands in an event, such as ``timerEventDefinition``; empty for none.
    timer, message, error
        Of an event or receive task.
    attached, interrupts
        Of a boundary event: the node it stands on, and whether that node is left.
    default
        Flow of an exclusive gateway that is taken when no condition holds.
    called
        Process a call activity runs.
    script, result
        Of a script task.
    incoming, outgoing
        Flows.
    boundary
        Boundary events on it.
    """

    id: str
    kind: str
    name: str = ""
    implementation: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    event: str = ""
    timer: Timer | None = None
    message: str = ""
    error: str = ""
    attached: str = ""
    interrupts: bool = True
    default: str = ""
    called: str = ""
    script: feel.Expression | None = None
    result: str = ""
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()


@dataclass(frozen=True)
class Process:
    """
    Steps that can be carried out.

    Parameters
    ----------
    id, name
        Of the main process.
    nodes, flows
        Of all processes of the file, by id.
    starts
        Start events by process.
    """

    id: str
    name: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    starts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Unsupported:
    """Something in a file that cannot be carried out: which element, and why in German and English."""

    element: Element
    de: str
    en: str

    def __str__(self) -> str:
        named = self.element.id or self.element.name
        return f"line {self.element.line}, {self.element.kind}{f' {named!r}' if named else ''}: {self.en}"


def unsupported(document: Document) -> list[Unsupported]:
    """All elements of a file the profile does not execute, in order; such a file can be drawn but not released."""
    found = [
        Unsupported(
            one, f"„{one.kind}“ wird nicht ausgeführt. Zeichnen Sie es mit Elementen des Profils.",
            f"{one.kind} is not executed. Draw it with elements of the profile.",
        )
        for one in elements(document)
        if one.kind not in WORKED and one.kind not in QUIET
    ]  # fmt: skip
    return [*found, *_misplaced(document)]


def executable(document: Document) -> Process:
    """
    The steps of a file.

    Raises
    ------
    StepsError
        When something in it cannot be carried out; all of it is named.
    """
    wrong = unsupported(document)
    if wrong:
        raise StepsError("The steps cannot be carried out:\n" + "\n".join(map(str, wrong)))
    reader = _Reader(document)
    process = reader.process()
    problems = list(_loose(process))
    if problems:
        raise StepsError("The steps do not hold together:\n" + "\n".join(problems))
    return process


def _misplaced(document: Document) -> Iterator[Unsupported]:
    for event in document.root.iter(*(_q(kind) for kind in EVENTS)):
        kind = etree.QName(event).localname
        inside = [etree.QName(e).localname for e in event.iterchildren(_q("*")) if _local(e).endswith("Definition")]
        for one in inside:
            if one in WORKED and one not in EVENTS[kind]:
                yield _not(event, f"„{one}“ gibt es in „{kind}“ nicht", f"{one} is not executed in {kind}")
        if len(inside) > 1:
            yield _not(event, "Mehr als eine Bedingung in einem Ereignis", "More than one definition in one event")
        if kind in ("intermediateCatchEvent", "boundaryEvent") and not inside:
            yield _not(event, "Das Ereignis wartet auf nichts", "The event waits for nothing")
    for script in document.root.iter(_q("scriptTask")):
        if not (script.get("scriptFormat") or "feel").lower().endswith("feel"):
            yield _not(script, "Skripte sind in FEEL zu schreiben", "Scripts have to be written in FEEL")
    choosing = {one.get("id", "") for one in document.root.iter(_q("exclusiveGateway"))}
    for flow in document.root.iter(_q("sequenceFlow")):
        if flow.find(_q("conditionExpression")) is not None and flow.get("sourceRef", "") not in choosing:
            yield _not(
                flow, "Bedingungen stehen nur an Pfeilen aus exklusiven Gateways",
                "Conditions stand on flows out of exclusive gateways only",
            )  # fmt: skip


def _not(element: etree._Element, de: str, en: str) -> Unsupported:
    return Unsupported(element_of(element), f"{de}.", f"{en}.")


class _Reader:
    """Reads the processes of one file."""

    def __init__(self, document: Document) -> None:
        self.root = document.root
        self.messages = {one.get("id", ""): str(one.get("name", "")) for one in self.root.iter(_q("message"))}
        self.errors = {
            one.get("id", ""): str(one.get("errorCode") or one.get("name", "")) for one in self.root.iter(_q("error"))
        }

    def process(self) -> Process:
        found = [one for one in self.root.iterchildren(_q("process")) if one.get("isExecutable") != "false"]
        if not found:
            raise StepsError("The file has no executable process. Draw one, or set isExecutable to true.")
        flows = {flow.id: flow for one in found for flow in self._flows(one)}
        nodes: dict[str, Node] = {}
        starts: dict[str, tuple[str, ...]] = {}
        for one in found:
            mine = [self._node(element, flows) for element in one.iterchildren(*(_q(kind) for kind in NODES))]
            for node in mine:
                if not node.id or node.id in nodes:
                    raise StepsError(f"{node.kind} {node.name!r} has no id, or one that is taken: {node.id!r}.")
                nodes[node.id] = node
            starts[one.get("id", "")] = tuple(node.id for node in mine if node.kind == "startEvent")
        nodes = {key: _with_boundary(node, nodes) for key, node in nodes.items()}
        called = {node.called for node in nodes.values()}
        main = next((one for one in found if one.get("id", "") not in called), found[0])
        return Process(main.get("id", ""), main.get("name", ""), nodes, flows, starts)

    def _flows(self, process: etree._Element) -> Iterator[Flow]:
        for one in process.iterchildren(_q("sequenceFlow")):
            condition = one.find(_q("conditionExpression"))
            text = (condition.text or "").strip() if condition is not None else ""
            yield Flow(
                one.get("id", ""), one.get("sourceRef", ""), one.get("targetRef", ""),
                _feel(text, f"the condition of {one.get('id')!r}") if text else None,
            )  # fmt: skip

    def _node(self, element: etree._Element, flows: Mapping[str, Flow]) -> Node:
        kind, own = _local(element), element.get("id", "")
        attributes = {
            str(etree.QName(name).localname): str(value)
            for name, value in element.attrib.items()
            if etree.QName(name).namespace == KASTOR
        }
        said = element.get("implementation", "")
        definition = next((e for e in element.iterchildren(_q("*")) if _local(e).endswith("EventDefinition")), None)
        more: dict[str, Any] = {}
        if definition is not None:
            more = {"event": _local(definition), **self._definition(definition, attributes)}
        if kind == "receiveTask":
            more["message"] = self.messages.get(element.get("messageRef", ""), "")
        if kind == "scriptTask":
            script = element.find(_q("script"))
            text = (script.text or "").strip() if script is not None else ""
            more |= {"script": _feel(text, f"the script of {own!r}"), "result": attributes.get("result", own)}
        return Node(
            own, kind, element.get("name", ""),
            implementation="" if kind not in TASKS else TASKS[kind] if said in UNSPECIFIED else said,
            attributes=attributes, attached=element.get("attachedToRef", ""),
            interrupts=element.get("cancelActivity", "true") != "false", default=element.get("default", ""),
            called=element.get("calledElement", "").rpartition(":")[2],
            incoming=tuple(f.id for f in flows.values() if f.target == own),
            outgoing=tuple(f.id for f in flows.values() if f.source == own), **more,
        )  # fmt: skip

    def _definition(self, element: etree._Element, attributes: Mapping[str, str]) -> dict[str, Any]:
        if _local(element) == "timerEventDefinition":
            return {"timer": _timer(element, attributes.get("counted", "hours"))}
        return {
            "message": self.messages.get(element.get("messageRef", ""), ""),
            "error": self.errors.get(element.get("errorRef", ""), ""),
        }


def _timer(element: etree._Element, counted: str) -> Timer:
    found = next((e for e in element.iterchildren(_q("*")) if _local(e).startswith("time")), None)
    text = (found.text or "").strip() if found is not None else ""
    named = element.get("id") or "timerEventDefinition"
    if found is None or not text:
        raise StepsError(f"The timer {named!r} says no time. Add a timeDuration such as P14D.")
    if counted not in COUNTED:
        raise StepsError(f"The timer {named!r} is counted in {counted!r}. There are: {', '.join(COUNTED)}.")
    kind = _local(found)
    literal = text.rpartition("/")[2] if kind == "timeCycle" else text
    if kind != "timeDate" and literal.startswith("P"):
        try:
            span(literal)
        except SpanError as error:
            raise StepsError(f"The timer {named!r}: {error}") from error
        return Timer(kind, literal, None, counted)
    if kind == "timeDate" and text[:1].isdigit():
        return Timer(kind, text, None, counted)
    return Timer(kind, text, _feel(text, f"the timer {named!r}"), counted)


def _feel(text: str, where: str) -> feel.Expression:
    try:
        return feel.parse(text)
    except feel.FeelError as error:
        raise StepsError(f"FEEL in {where} cannot be read: {error}") from error


def _with_boundary(node: Node, nodes: Mapping[str, Node]) -> Node:
    return replace(node, boundary=tuple(one.id for one in nodes.values() if one.attached == node.id))


def _loose(process: Process) -> Iterator[str]:
    """Ends that lead nowhere."""
    for name, starts in process.starts.items():
        if not starts:
            yield f"The process {name!r} has no start event."
    for flow in process.flows.values():
        for end in (flow.source, flow.target):
            if end not in process.nodes:
                yield f"The flow {flow.id!r} leads to {end!r}, which is not there."
    for node in process.nodes.values():
        if node.kind not in ("endEvent",) and not node.outgoing:
            yield f"{node.kind} {node.id!r} ({node.name}) leads nowhere. Draw a flow, or an end event behind it."
        if node.kind not in ("startEvent", "boundaryEvent") and not node.incoming:
            yield f"{node.kind} {node.id!r} ({node.name}) is never reached. Draw a flow to it."
        if node.kind == "boundaryEvent" and process.nodes.get(node.attached) is None:
            yield f"The boundary event {node.id!r} stands on {node.attached!r}, which is not there."
        if node.kind == "callActivity" and node.called not in process.starts:
            yield f"The call activity {node.id!r} calls {node.called!r}, which is no process of this file."
        if node.default and node.default not in node.outgoing:
            yield f"The default flow {node.default!r} of {node.id!r} does not leave it."
        if node.kind == "serviceTask" and not node.implementation:
            yield f"serviceTask {node.id!r} does not say how it is done. Add implementation, such as erp."
        yield from _undecided(process, node)


def _undecided(process: Process, node: Node) -> Iterator[str]:
    if node.kind == "exclusiveGateway" and len(node.outgoing) > 1:
        for one in node.outgoing:
            if one != node.default and process.flows[one].condition is None:
                yield f"The flow {one!r} out of the gateway {node.id!r} has no condition and is not the default."
    if node.kind == "eventBasedGateway":
        for one in node.outgoing:
            target = process.nodes.get(process.flows[one].target)
            if target is not None and target.kind not in ("intermediateCatchEvent", "receiveTask"):
                yield f"After the event-based gateway {node.id!r} stands {target.kind} {target.id!r}, no event."


def _q(name: str) -> str:
    return f"{{{MODEL}}}{name}"


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
