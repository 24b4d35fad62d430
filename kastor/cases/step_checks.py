"""What is wrong with the steps of a procedure: what cannot be carried out, and ways round a person.

The steps are a graph of tasks and flows. A task that tells an outcome only a person may decide must not be reachable
from the start without passing a task that is done by staff; letters, outcomes and decisions that steps name must be
there.
"""

from __future__ import annotations

from collections.abc import Iterator

from kastor.cases import steps
from kastor.cases.procedure import Problem, Procedure

FILE = "steps.bpmn"

PERSON = "staff"
"""How a task is done that a person does."""

WORK = ("ask", "decide", "letter", "staff", "order", "offer", "appointment", "survey", "erp", "alarm", "wait", "check")
"""How tasks of procedures can be done."""


def step_problems(procedure: Procedure) -> Iterator[Problem]:
    """Everything that is wrong with the steps of a procedure."""
    try:
        document = steps.read(procedure.steps)
        for one in steps.unsupported(document):
            yield Problem(FILE, one.element.id or one.element.name, one.de, one.en)
        process = steps.executable(document)
    except steps.StepsError as error:
        yield Problem(FILE, "", f"Die Schritte sind nicht ausführbar: {error}", f"{error}")
        return
    letters = {name for _, name in procedure.letters}
    for node in process.nodes.values():
        yield from _named(procedure, node, letters)
    for name in unguarded(procedure, process):
        yield Problem(
            FILE, name, "Dieser Schritt ist ohne Person erreichbar, teilt aber mit, was nur eine Person entscheidet. "
            "Führen Sie jeden Weg dorthin über einen Schritt mit implementation=\"staff\".",
            "This step can be reached without a person, yet it tells what only a person decides. Lead every way to it "
            "through a step with implementation=\"staff\".",
        )  # fmt: skip


def unguarded(procedure: Procedure, process: steps.Process) -> list[str]:
    """Steps that tell an outcome only a person may decide and can be reached without one, by id."""
    by_person = {one.letter for one in procedure.outcomes.values() if not one.automatic and one.favourable is False}
    free = reachable(process)
    return [
        node.id
        for node in process.nodes.values()
        if node.id in free
        and (
            node.attributes.get("letter") in by_person - {""}
            or (node.attributes.get("outcome") and not procedure.outcomes[node.attributes["outcome"]].automatic)
        )
    ]


def reachable(process: steps.Process) -> set[str]:
    """Nodes that can be reached from a start without passing a person."""
    todo = [one for starts in process.starts.values() for one in starts]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        node = process.nodes[name]
        todo += node.boundary
        if node.implementation != PERSON:
            todo += [process.flows[flow].target for flow in node.outgoing]
    return seen


def _named(procedure: Procedure, node: steps.Node, letters: set[str]) -> Iterator[Problem]:
    said = node.attributes
    outcomes = [*said.get("outcomes", "").split(), *said.get("outcome", "").split()]
    decisions = {one.name for one in procedure.rules.decisions}
    missing = [
        ("letter", [said["letter"]] if "letter" in said else [], letters),
        ("outcome", outcomes, set(procedure.outcomes)),
        ("decision", [said["decision"]] if "decision" in said else [], decisions),
        ("slots", said.get("slots", "").split(), set(procedure.form.slots)),
        ("implementation", [node.implementation] if node.implementation else [], set(WORK)),
    ]
    for kind, names, known in missing:
        for name in names:
            if name not in known:
                yield Problem(
                    FILE, node.id, f"{kind} {name!r} gibt es nicht. Möglich: {', '.join(sorted(known))}.",
                    f"There is no {kind} {name!r}. Possible: {', '.join(sorted(known))}.",
                )  # fmt: skip
