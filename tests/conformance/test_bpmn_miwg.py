"""BPMN files of other programs come back whole, and what is not executed is named.

The reference models of the OMG BPMN Model Interchange Working Group (commit bc9f858, CC BY 3.0), 13 of its 21, are in
``tests/data/bpmn-miwg``. They are judged as the group does: parsed XML, not text.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from kastor.cases import steps

MODELS = sorted((Path(__file__).parent.parent / "data" / "bpmn-miwg").glob("*.bpmn"))

UNSUPPORTED = {
    "A.1.0": {"task"},
    "A.2.0": {"task"},
    "A.2.1": {"task", "sequenceFlow"},
    "A.3.0": {"task", "subProcess", "escalationEventDefinition"},
    "A.4.0": {"task", "subProcess"},
    "A.4.1": {"task", "subProcess"},
    "B.1.0": {"task", "subProcess", "globalTask", "endEvent"},
    "B.2.0": {
        "task", "subProcess", "globalUserTask", "endEvent", "inclusiveGateway", "intermediateThrowEvent",
        "condition", "conditionalEventDefinition", "escalationEventDefinition", "signalEventDefinition",
        "linkEventDefinition", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics",
    },
    "C.1.0": {"task"},
    "C.1.1": set(),
    "C.3.0": {"subProcess"},
    "C.8.0": set(),
    "C.8.1": set(),
}  # fmt: skip
"""What of each model the profile does not execute, found by reading the models."""


def whole(element: etree._Element) -> object:
    """Everything an element says, prefixes and the order of attributes aside."""
    if not isinstance(element.tag, str):
        return (str(element.tag), element.text, (element.tail or "").strip())
    text = [(part or "").strip() for part in (element.text, element.tail)]
    return (element.tag, sorted(element.attrib.items()), text, [whole(child) for child in element])


def test_all_models_at_hand_are_judged() -> None:
    assert {model.stem for model in MODELS} == set(UNSUPPORTED)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.stem)
def test_a_model_is_written_as_it_was_read(model: Path) -> None:
    original = etree.fromstring(model.read_bytes())
    written = steps.write(steps.read(model.read_bytes()))
    again = etree.fromstring(written)
    assert whole(again) == whole(original)
    assert steps.write(steps.read(written)) == written
    ids = [one.get("id") for one in original.iter() if isinstance(one.tag, str) and one.get("id")]
    assert [one.get("id") for one in again.iter() if isinstance(one.tag, str) and one.get("id")] == ids
    places = [dict(one.attrib) for one in original.iter("{*}Bounds", "{*}waypoint")]
    assert places
    assert [dict(one.attrib) for one in again.iter("{*}Bounds", "{*}waypoint")] == places


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.stem)
def test_what_is_not_executed_is_named_with_its_line(model: Path) -> None:
    found = steps.unsupported(steps.read(model.read_bytes()))
    assert {one.element.kind for one in found} == UNSUPPORTED[model.stem]
    lines = model.read_text("utf-8").splitlines()
    for one in found:
        # the line is the last one of the opening tag
        near = " ".join(lines[max(one.element.line - 6, 0) : one.element.line])
        assert one.element.kind in near
        assert one.element.id in near
        assert one.de
        assert one.en
