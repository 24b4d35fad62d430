"""Steps for tests, in a few words: ``drawn('<userTask id="a"/>', "s>a", "a>e")`` with start ``s`` and end ``e``."""

from __future__ import annotations

from kastor.cases import steps

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:k="urn:kastor:bpmn"'
    ' targetNamespace="urn:t">'
    '<message id="m_go" name="go"/><message id="m_stop" name="stop"/><error id="e_bad" errorCode="bad"/>'
)


def document(inside: str, *flows: str, more: str = "", ends: str = '<startEvent id="s"/><endEvent id="e"/>') -> bytes:
    """A file with one process; a flow is ``source>target`` or ``source>target: condition``."""
    return f'{HEAD}<process id="p">{ends}{inside}{arrows(*flows)}</process>{more}</definitions>'.encode()


def arrows(*flows: str) -> str:
    drawn = []
    for flow in flows:
        ends, _, condition = flow.partition(": ")
        source, target = ends.split(">")
        inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        drawn.append(
            f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
    return "".join(drawn)


def drawn(
    inside: str, *flows: str, more: str = "", ends: str = '<startEvent id="s"/><endEvent id="e"/>'
) -> steps.Process:
    """The same, ready to be carried out."""
    return steps.executable(steps.read(document(inside, *flows, more=more, ends=ends)))
