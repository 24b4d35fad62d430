"""The small programs regular expressions become, and how the tree of a pattern turns into one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kastor.cases.feel.classes import Char
from kastor.cases.feel.errors import LimitError

LONGEST_PROGRAM: Final = 20_000
CHAR, SPLIT, JUMP, SAVE, START, END, BACK, MATCH = range(8)
Node = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it does, the characters it takes, where it goes or which place it keeps, where else it goes."""

    kind: int
    takes: Char | None = None
    to: int = 0
    other: int = 0


def assembled(node: Node) -> list[Step]:
    """The steps of a node, jumps counted from its own start."""
    made = _ASSEMBLERS[node[0]](node)
    if len(made) > LONGEST_PROGRAM:
        raise LimitError("the pattern repeats too much: use smaller numbers in braces")
    return made


def _joined(parts: list[list[Step]]) -> list[Step]:
    found: list[Step] = []
    for part in parts:
        found += _moved(part, len(found))
        if len(found) > LONGEST_PROGRAM:
            raise LimitError("the pattern repeats too much: use smaller numbers in braces")
    return found


def _moved(part: list[Step], offset: int) -> list[Step]:
    """The steps with their jumps counted from a place so far before them."""
    if not offset:
        return part
    return [
        Step(step.kind, step.takes, step.to + offset, step.other + offset) if step.kind in (SPLIT, JUMP) else step
        for step in part
    ]


def _sequence(node: Node) -> list[Step]:
    return _joined([assembled(part) for part in node[1:]])


def _either(node: Node) -> list[Step]:
    found = assembled(node[-1])
    for branch in reversed(node[1:-1]):
        part = assembled(branch)
        head = [Step(SPLIT, None, 1, len(part) + 2)]
        found = [*head, *_moved(part, 1), Step(JUMP, None, len(part) + 2 + len(found)), *_moved(found, len(part) + 2)]
    return found


def _group(node: Node) -> list[Step]:
    number = node[1]
    inner = assembled(node[2])
    return [Step(SAVE, None, 2 * number), *_moved(inner, 1), Step(SAVE, None, 2 * number + 1)]


def _repeat(node: Node) -> list[Step]:
    _, inner, least, most, lazy = node
    part = assembled(inner)
    parts = [part] * least
    if (least + (most or 0)) * len(part) > 2 * LONGEST_PROGRAM:
        raise LimitError("the pattern repeats too much: use smaller numbers in braces")
    if most is None:
        parts.append([_split(1, len(part) + 2, lazy), *_moved(part, 1), Step(JUMP)])
    else:
        # each round may be the last: all leave to the same end
        times, size = most - least, len(part) + 1
        for round_ in range(times):
            parts.append([_split(1, (times - round_) * size, lazy), *_moved(part, 1)])
    return _joined(parts)


def _split(enter: int, leave: int, lazy: bool) -> Step:
    return Step(SPLIT, None, leave, enter) if lazy else Step(SPLIT, None, enter, leave)


_ASSEMBLERS: Final[Mapping[str, Callable[[Node], list[Step]]]] = {
    "char": lambda node: [Step(CHAR, node[1])],
    "start": lambda node: [Step(START)],
    "end": lambda node: [Step(END)],
    "back": lambda node: [Step(BACK, None, node[1])],
    "sequence": _sequence,
    "either": _either,
    "group": _group,
    "repeat": _repeat,
}
