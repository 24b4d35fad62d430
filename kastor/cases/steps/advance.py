"""Carrying steps out: a pure function from tokens and something that happened to new tokens, work and timers.

The steps of a case are plain JSON: ``{"tokens": {"1": {"node", "via", "scope", "since"}}, "next": 2, "calls": {}}``.
A token waits at a task, a catching event or an event-based gateway, or at a joining gateway for the others; it goes on
when its work is done, a timer is due or a message comes. A token in the process of a call activity has the token of the
call as its ``scope``.

Work is told with the token that waits for it; who carries it out calls :func:`completed` or :func:`failed`. Script
tasks are computed at once. Nothing here knows what a task does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

import orjson

from kastor.cases import feel
from kastor.cases.hours import BERLIN, Calendar, SpanError, later
from kastor.cases.steps.document import StepsError
from kastor.cases.steps.process import TASKS, Node, Process, Timer

MOST_MOVES = 2000
"""A token that went on so often without waiting goes round in a circle."""

Steps = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """
    A task a token waits for.

    Parameters
    ----------
    token
        Id of the token.
    node
        Id of the task.
    name
        What people call it.
    implementation
        How it is done.
    attributes
        What else the task says.
    message
        Message a receive task waits for; empty for none.
    """

    token: str
    node: str
    name: str
    implementation: str
    attributes: Mapping[str, str]
    message: str = ""


@dataclass
class Advance:
    """
    What came of it.

    Parameters
    ----------
    steps
        Tokens now.
    work
        Tasks that were reached.
    timers
        By name: the moment, or None for one that does not matter any more.
    variables
        What scripts have computed, plain JSON.
    ended
        Whether no token is left.
    """

    steps: Steps
    work: list[Work] = field(default_factory=list)
    timers: dict[str, datetime | None] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    ended: bool = False


def begin(
    process: Process, variables: Mapping[str, Any], now: datetime, message: str = "", calendar: Calendar | None = None
) -> Advance:
    """Put a token on the start event: the plain one, or that of a message."""
    starts = [process.nodes[one] for one in process.starts[process.id]]
    found = next((one for one in starts if one.message == message), None) or next(
        (one for one in starts if not one.event), starts[0]
    )
    run = _Run(process, {"tokens": {}, "next": 1, "calls": {}}, variables, now, calendar)
    run.enter(found.id, "", "")
    return run.finish()


def completed(
    process: Process, steps: Steps, token: str, variables: Mapping[str, Any], now: datetime,
    calendar: Calendar | None = None,
) -> Advance:  # fmt: skip
    """The work a token waited for is done; nothing happens when the token has gone on already."""
    run = _Run(process, steps, variables, now, calendar)
    if token in run.steps["tokens"]:
        run.leave(token)
    return run.finish()


def failed(
    process: Process, steps: Steps, token: str, code: str, variables: Mapping[str, Any], now: datetime,
    calendar: Calendar | None = None,
) -> Advance:  # fmt: skip
    """
    The work a token waited for cannot be done; a boundary error event catches it.

    Raises
    ------
    StepsError
        When nothing catches it.
    """
    run = _Run(process, steps, variables, now, calendar)
    if token in run.steps["tokens"]:
        run.fail(token, code)
    return run.finish()


def rang(
    process: Process, steps: Steps, timer: str, variables: Mapping[str, Any], now: datetime,
    calendar: Calendar | None = None,
) -> Advance:  # fmt: skip
    """A timer is due, by its name; nothing happens when the token has gone on already."""
    run = _Run(process, steps, variables, now, calendar)
    token, _, node = timer.removeprefix("step:").partition(":")
    if token in run.steps["tokens"] and node in process.nodes:
        run.catch(token, process.nodes[node])
    return run.finish()


def signalled(
    process: Process, steps: Steps, message: str, variables: Mapping[str, Any], now: datetime,
    calendar: Calendar | None = None,
) -> Advance:  # fmt: skip
    """A message came, by its name; the token that waits longest for it goes on, if any does."""
    run = _Run(process, steps, variables, now, calendar)
    for token in list(run.steps["tokens"]):
        caught = run.waits_for(token, message)
        if caught is not None:
            run.catch(token, caught)
            break
    return run.finish()


def moved_to(
    process: Process, steps: Steps, node: str, variables: Mapping[str, Any], now: datetime,
    calendar: Calendar | None = None,
) -> Advance:  # fmt: skip
    """
    Leave every other task and go on behind this one, as if its work were done.

    For decisions of people that come earlier than the steps foresee, or again after they have ended.
    """
    run = _Run(process, steps or {"tokens": {}, "next": 1, "calls": {}}, variables, now, calendar)
    run.clear()
    run.go_on(process.nodes[node])
    return run.finish()


def waiting(process: Process, steps: Steps) -> list[Work]:
    """The tasks tokens wait for, the oldest first."""
    found = []
    for token, entry in steps.get("tokens", {}).items():
        node = process.nodes.get(entry["node"])
        if node is not None and node.kind in TASKS:
            found.append(_work(token, node))
    return found


def _work(token: str, node: Node) -> Work:
    return Work(token, node.id, node.name, node.implementation, node.attributes, node.message)


class _Run:
    """Moves tokens until all of them wait."""

    def __init__(
        self, process: Process, steps: Steps, variables: Mapping[str, Any], now: datetime, calendar: Calendar | None
    ) -> None:
        self.process = process
        self.steps: Steps = orjson.loads(orjson.dumps(steps))
        self.known = dict(variables)
        self.now = now
        self.calendar = calendar
        self.found = Advance(self.steps)
        self.moves: deque[tuple[str, str, str]] = deque()

    def enter(self, node: str, via: str, scope: str) -> None:
        """A token comes to a node."""
        self.moves.append((node, via, scope))

    def finish(self) -> Advance:
        """Move until all tokens wait."""
        count = 0
        while self.moves:
            count += 1
            if count > MOST_MOVES:
                raise StepsError(f"The steps go round in a circle at {self.moves[0][0]!r} without ever waiting.")
            self._come(*self.moves.popleft())
        self.found.ended = not self.steps["tokens"]
        return self.found

    def leave(self, token: str) -> None:
        """A token goes on behind its node."""
        entry = self._take(token)
        node = self.process.nodes[entry["node"]]
        self._go_on(node, entry["scope"])

    def clear(self) -> None:
        """Take every token away."""
        for token in list(self.steps["tokens"]):
            if token in self.steps["tokens"]:
                self._take(token)

    def go_on(self, node: Node) -> None:
        """A new token goes on behind a node."""
        self._go_on(node, "")

    def fail(self, token: str, code: str) -> None:
        """Look for a boundary error event, outwards through calls."""
        at = token
        while at:
            entry = self.steps["tokens"].get(at)
            node = self.process.nodes[entry["node"]]
            for one in (self.process.nodes[name] for name in node.boundary):
                if one.event == "errorEventDefinition" and one.error in ("", code):
                    self.catch(at, one)
                    return
            at = entry["scope"]
        raise StepsError(f"Nothing catches the error {code!r} of {self.steps['tokens'][token]['node']!r}.")

    def catch(self, token: str, event: Node) -> None:
        """An event a token waits at, or that stands on its node, happens."""
        entry = self.steps["tokens"][token]
        if event.attached and not event.interrupts:
            self._go_on(event, entry["scope"])
            if event.timer is not None and event.timer.kind == "timeCycle":
                self._set(token, event)
            return
        self._take(token)
        self._go_on(event, entry["scope"])

    def waits_for(self, token: str, message: str) -> Node | None:
        """The event or task through which a token waits for a message."""
        node = self.process.nodes[self.steps["tokens"][token]["node"]]
        behind = [self._behind(flow) for flow in node.outgoing] if node.kind == "eventBasedGateway" else []
        mine = [node] if node.kind in ("receiveTask", "intermediateCatchEvent") else []
        for one in (*mine, *behind, *(self.process.nodes[name] for name in node.boundary)):
            if one.message and one.message == message:
                return one
        return None

    def _come(self, name: str, via: str, scope: str) -> None:
        node = self.process.nodes[name]
        _ARRIVALS.get(node.kind, _Run._wait)(self, node, via, scope)

    def _wait(self, node: Node, via: str, scope: str) -> str:
        token = self._put(node, via, scope)
        if node.timer is not None:
            self._set(token, node)
        for one in (self.process.nodes[name] for name in node.boundary):
            if one.timer is not None:
                self._set(token, one)
        if node.kind in TASKS:
            self.found.work.append(_work(token, node))
        return token

    def _script(self, node: Node, via: str, scope: str) -> None:
        assert node.script is not None
        value = plain(self._value(node.script, f"the script of {node.id!r}"))
        self.known[node.result] = self.found.variables[node.result] = value
        self._go_on(node, scope)

    def _pass(self, node: Node, via: str, scope: str) -> None:
        self._go_on(node, scope)

    def _choose(self, node: Node, via: str, scope: str) -> None:
        for flow in (self.process.flows[name] for name in node.outgoing):
            if flow.id != node.default and flow.condition is not None:
                where = f"the condition of {flow.id!r}"
                if self._value(flow.condition, where) is not True:
                    continue
            elif flow.id == node.default:
                continue
            self.enter(flow.target, flow.id, scope)
            return
        if not node.default:
            raise StepsError(f"No way out of the gateway {node.id!r} ({node.name}): no condition holds. Add a default.")
        default = self.process.flows[node.default]
        self.enter(default.target, default.id, scope)

    def _join(self, node: Node, via: str, scope: str) -> None:
        self._put(node, via, scope)
        here = {
            entry["via"]: token
            for token, entry in self.steps["tokens"].items()
            if entry["node"] == node.id and entry["scope"] == scope
        }
        if set(here) >= set(node.incoming):
            for flow in node.incoming:
                self._take(here[flow])
            self._go_on(node, scope)

    def _await_event(self, node: Node, via: str, scope: str) -> None:
        token = self._put(node, via, scope)
        for one in (self._behind(flow) for flow in node.outgoing):
            if one.timer is not None:
                self._set(token, one)

    def _call(self, node: Node, via: str, scope: str) -> None:
        token = self._wait(node, via, scope)
        starts = [self.process.nodes[one] for one in self.process.starts[node.called]]
        self.steps["calls"][token] = node.called
        self.enter(next((one.id for one in starts if not one.event), starts[0].id), "", token)

    def _end(self, node: Node, via: str, scope: str) -> None:
        if node.event == "errorEventDefinition" and not scope:
            raise StepsError(f"The steps end with the error {node.error!r} at {node.id!r}, which nobody catches.")
        if node.event in ("terminateEventDefinition", "errorEventDefinition"):
            self._clear(scope)
        if node.event == "errorEventDefinition":
            self.fail(scope, node.error)
            return
        self._return(scope)

    def _return(self, scope: str) -> None:
        """The call goes on when nothing in it is under way any more."""
        busy = any(entry["scope"] == scope for entry in self.steps["tokens"].values())
        if scope and not busy and not any(move[2] == scope for move in self.moves):
            self.leave(scope)

    def _clear(self, scope: str) -> None:
        """Take away all tokens of a scope and of the calls inside it."""
        self.moves = deque(move for move in self.moves if move[2] != scope)
        for token, entry in list(self.steps["tokens"].items()):
            if entry["scope"] == scope and token in self.steps["tokens"]:
                self._take(token)

    def _go_on(self, node: Node, scope: str) -> None:
        for name in node.outgoing:
            flow = self.process.flows[name]
            self.enter(flow.target, flow.id, scope)

    def _put(self, node: Node, via: str, scope: str) -> str:
        token = str(self.steps["next"])
        self.steps["next"] += 1
        since = self.now.astimezone(UTC).isoformat()
        self.steps["tokens"][token] = {"node": node.id, "via": via, "scope": scope, "since": since}
        return token

    def _take(self, token: str) -> dict[str, Any]:
        entry: dict[str, Any] = self.steps["tokens"].pop(token)
        node = self.process.nodes[entry["node"]]
        behind = [self._behind(flow) for flow in node.outgoing] if node.kind == "eventBasedGateway" else []
        for one in (node, *behind, *(self.process.nodes[name] for name in node.boundary)):
            if one.timer is not None:
                self.found.timers[_timer_name(token, one)] = None
        self.found.work = [one for one in self.found.work if one.token != token]
        if self.steps["calls"].pop(token, None) is not None:
            self._clear(token)
        return entry

    def _behind(self, flow: str) -> Node:
        return self.process.nodes[self.process.flows[flow].target]

    def _set(self, token: str, node: Node) -> None:
        assert node.timer is not None
        self.found.timers[_timer_name(token, node)] = self._moment(node.timer, node.id)

    def _moment(self, timer: Timer, where: str) -> datetime:
        said: Any = timer.text
        if timer.expression is not None:
            said = plain(self._value(timer.expression, f"the timer {where!r}"))
        try:
            if timer.kind != "timeDate":
                return later(self.now, str(said), timer.counted, self.calendar)
            found = datetime.fromisoformat(str(said))
            return (found if found.tzinfo else found.replace(tzinfo=BERLIN)).astimezone(UTC)
        except (SpanError, ValueError) as error:
            raise StepsError(f"The timer {where!r} says {str(said)[:60]!r}, which is no time: {error}") from error

    def _value(self, expression: feel.Expression, where: str) -> Any:
        try:
            return expression.evaluate(self.known, now=self.now)
        except feel.FeelError as error:
            raise StepsError(f"FEEL in {where} cannot be computed: {error}") from error


_ARRIVALS: Mapping[str, Callable[[_Run, Node, str, str], object]] = {
    "startEvent": _Run._pass,
    "endEvent": _Run._end,
    "scriptTask": _Run._script,
    "exclusiveGateway": _Run._choose,
    "parallelGateway": _Run._join,
    "eventBasedGateway": _Run._await_event,
    "callActivity": _Run._call,
}


def _timer_name(token: str, node: Node) -> str:
    return f"step:{token}:{node.id}"


def plain(value: Any) -> Any:
    """A value of FEEL as plain JSON; dates, times and spans are texts of ISO 8601."""
    if value is None or isinstance(value, bool | str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    number = getattr(value, "as_integer_ratio", None)
    if number is not None:
        top, bottom = number()
        return top if bottom == 1 else float(value)
    return str(value)
