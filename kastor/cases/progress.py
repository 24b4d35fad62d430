"""The steps of a procedure in a case: tokens move, work is done or waits, and the state remembers where they stand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from kastor.cases import steps
from kastor.cases.dmn import DmnError
from kastor.cases.events import COLLEAGUE, OPEN, STAFF, TAKEN
from kastor.cases.feel import FeelError
from kastor.cases.gate import GateError
from kastor.cases.hours import LAENDER, Calendar
from kastor.cases.letters import LetterError
from kastor.cases.steps import Advance, Process, StepsError, Work
from kastor.cases.working import Working

Handler = Callable[[Working, Work], Mapping[str, Any] | None]
"""
Does a kind of work: adds to the case what it does and gives values for the steps, or None when the work waits for
somebody. See ``handlers.py``.
"""


TROUBLE = (StepsError, GateError, LetterError, FeelError, DmnError)
"""What a mistake in a procedure may lead to; a person takes over then."""


@lru_cache(maxsize=64)
def process_of(content: bytes) -> Process:
    """The executable steps of a BPMN file."""
    return steps.executable(steps.read(content))


def begin(working: Working, handlers: Mapping[str, Handler], message: str = "") -> None:
    """Begin the steps of the procedure the case follows."""
    process = _process(working)
    if process is not None:
        found = steps.begin(process, variables(working), working.now, message, calendar(working))
        _go_on(working, process, found, handlers)


def complete(
    working: Working, handlers: Mapping[str, Handler], work: str, values: Mapping[str, Any], who: str = COLLEAGUE
) -> bool:
    """
    Let the steps go on behind work that waited.

    Parameters
    ----------
    work
        How it is done, the id of its task, or that of its token.

    Returns
    -------
    bool
        False when nothing of the kind waits.
    """
    found = waiting(working, work)
    process = _process(working)
    if not found or process is None:
        return False
    known = {**variables(working), **values}
    moved = steps.completed(process, working.state["steps"], found[0].token, known, working.now, calendar(working))
    _go_on(working, process, moved, handlers, values)
    return True


def decided(working: Working, handlers: Mapping[str, Handler], outcome: str) -> None:
    """
    A person has decided: the steps go on behind the task that offered the outcome.

    Where none waits for it, since the person was earlier than the steps or they have ended, everything else is left and
    the steps go on from where such an outcome comes from: a task for people that offers it, or that of the rules.
    """
    for work in waiting(working, "staff"):
        if outcome in work.attributes.get("outcomes", "").split():
            complete(working, handlers, work.token, {"ergebnis": outcome})
            return
    process = _process(working)
    node = _source(process, outcome) if process is not None else ""
    if process is None or not node:
        return
    known = {**variables(working), "ergebnis": outcome}
    moved = steps.moved_to(process, working.state["steps"], node, known, working.now, calendar(working))
    _go_on(working, process, moved, handlers, {"ergebnis": outcome})


def _source(process: Process, outcome: str) -> str:
    """The task an outcome comes from; empty when there is none."""
    for node in process.nodes.values():
        if node.implementation == "staff" and outcome in node.attributes.get("outcomes", "").split():
            return node.id
    return next((node.id for node in process.nodes.values() if node.implementation == "decide"), "")


def fail(working: Working, handlers: Mapping[str, Handler], work: str, code: str) -> None:
    """Work that waited cannot be done; without a boundary error event a person is wanted."""
    found = waiting(working, work)
    process = _process(working)
    if not found or process is None:
        return
    try:
        moved = steps.failed(
            process, working.state["steps"], found[0].token, code, variables(working), working.now, calendar(working)
        )
    except StepsError:
        working.hand_over("failed", code)
        return
    _go_on(working, process, moved, handlers)


def ring(working: Working, handlers: Mapping[str, Handler], name: str) -> None:
    """A timer is due: one of the steps, or one with a handler of its own name."""
    if name in handlers:
        handlers[name](working, Work("", name, "", name, {}))
        return
    process = _process(working)
    if process is not None and working.state["steps"]:
        now = working.state["steps"]
        moved = steps.rang(process, now, name, variables(working), working.now, calendar(working))
        _go_on(working, process, moved, handlers)


def signal(working: Working, handlers: Mapping[str, Handler], name: str, values: Mapping[str, Any]) -> bool:
    """A message came the steps may wait for; False when they do not."""
    process = _process(working)
    if process is None or not working.state["steps"]:
        return False
    known = {**variables(working), **values}
    moved = steps.signalled(process, working.state["steps"], name, known, working.now, calendar(working))
    changed = bool(moved.steps != working.state["steps"])
    if changed:
        _go_on(working, process, moved, handlers, values)
    return changed


def after_facts(working: Working, handlers: Mapping[str, Handler]) -> None:
    """Tasks that wait for certain facts go on once all of them were told after the task was reached."""
    for work in waiting(working):
        wanted = work.attributes.get("slots", "").split()
        since = working.state["steps"]["tokens"].get(work.token, {}).get("seq", 0)
        told = [working.state["facts"].get(slot, {"seq": 0, "value": None}) for slot in wanted]
        if wanted and all(one["seq"] > since and one["value"] is not None for one in told):
            values = {slot: one["value"] for slot, one in zip(wanted, told, strict=True)}
            complete(working, handlers, work.token, values)


def waiting(working: Working, named: str = "") -> list[Work]:
    """Work that waits, the oldest first: all of it, or that of a kind, of a task or of a token."""
    process = _process(working)
    if process is None or not working.state["steps"]:
        return []
    found = steps.waiting(process, working.state["steps"])
    return [one for one in found if named in ("", one.implementation, one.node, one.token)]


def variables(working: Working) -> dict[str, Any]:
    """What FEEL in the steps may read: facts by slot, and what steps and rules have made."""
    facts = {slot: fact["value"] for slot, fact in working.state["facts"].items()}
    return {**facts, **working.state["variables"]}


def calendar(working: Working) -> Calendar:
    """Working days of the Land the case is in, where that is known."""
    land = working.state["facts"].get("bundesland", {}).get("value") or working.office.land
    return Calendar(land if land in LAENDER else "")


def stop(working: Working) -> None:
    """Take away all tokens and timers of the steps."""
    for name in [one for one in working.state["timers"] if one.startswith("step:")]:
        working.timer(name, None)
    if working.state["steps"]:
        working.add("stepped", public={"steps": {"tokens": {}, "next": working.state["steps"]["next"], "calls": {}}})


def _process(working: Working) -> Process | None:
    content = working.procedure.steps if working.procedure is not None else b""
    return process_of(content) if content else None


def _go_on(
    working: Working, process: Process, moved: Advance, handlers: Mapping[str, Handler],
    values: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Do all work that can be done at once, and write down where the tokens are then."""
    _take(working, moved, values or {})
    todo = deque(moved.work)
    while todo:
        work = todo.popleft()
        if work.token not in working.state["steps"]["tokens"]:
            continue
        handler = handlers.get(work.implementation)
        if handler is None:
            working.hand_over("no_handler", work.implementation)
            continue
        try:
            done = handler(working, work)
            if done is None:
                continue
            moved = steps.completed(
                process, working.state["steps"], work.token, {**variables(working), **done}, working.now,
                calendar(working),
            )  # fmt: skip
        except TROUBLE as error:
            # what was done stays; the token waits at the task until a person has looked
            working.hand_over("stuck", str(error))
            continue
        _take(working, moved, done)
        todo += moved.work
    status = working.state["status"]
    if not working.state["steps"]["tokens"] and status not in (STAFF, TAKEN):
        working.add("closed", COLLEAGUE, {"why": "steps_ended" if status != OPEN else "ended"})


def _take(working: Working, moved: Advance, values: Mapping[str, Any]) -> None:
    for name, due in moved.timers.items():
        working.timer(name, due)
    for entry in moved.steps["tokens"].values():
        entry.setdefault("seq", working.state["seq"])
    personal = {**values, **moved.variables}
    if moved.steps != working.state["steps"] or personal:
        working.add("stepped", COLLEAGUE, {"steps": moved.steps}, personal)
