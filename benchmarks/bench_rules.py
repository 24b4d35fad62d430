"""Rules: deciding with a table of 100 rules, and choosing the next questions; peer: feelin in node on the same table.

Run:
    python benchmarks/bench_rules.py
The table has three columns (a text, a number, a boolean) and the hit policy FIRST; every outcome must be the peer's.
"""

from __future__ import annotations

import json
import random
import subprocess
import time
from pathlib import Path
from typing import Any

from measure import JOBS, ROOT, Result, show

from kastor.cases import dmn

BAR = 50e-6
"""CPU seconds of one decision. [s]"""
QUESTIONS_BAR = 0.1
"""CPU seconds of choosing questions with nothing known. [s]"""
ANIMALS = ("hund", "katze", "vogel", "fisch", "maus", "hamster", "schlange", "spinne")
DECISIONS, PEER_DECISIONS = 5000, 200
NAMES = ("tier", "flaeche", "balkon")


def rules(rng: random.Random) -> list[tuple[str, ...]]:
    """A hundred rules of four cells, the last one the outcome."""
    found = []
    for number in range(100):
        low = rng.randrange(100)
        animal = f'"{rng.choice(ANIMALS)}"' + (', "andere"' if number % 5 == 0 else "")
        area = f"[{low}..{low + rng.randrange(20)}]" if number % 3 else f"> {low}"
        found.append((animal, area, rng.choice(["-", "true", "false"]), f'"r{number}"'))
    return found


def model_of(rows: list[tuple[str, ...]]) -> dmn.Model:
    inputs = [dmn.InputData(name, name) for name in NAMES]
    table = dmn.DecisionTable(
        inputs=tuple(dmn.InputClause(name, name) for name in NAMES),
        outputs=(dmn.OutputClause("x"),),
        rules=tuple(dmn.Rule(f"r{at}", row[:3], row[3:]) for at, row in enumerate(rows)),
        hit_policy="FIRST",
    )
    decision = dmn.Decision("D", "D", logic=table, requirements=tuple(f"#{name}" for name in NAMES))
    return dmn.Model("m", "urn:m", {each.id: each for each in (*inputs, decision)})


def contexts(rng: random.Random, count: int) -> list[dict[str, Any]]:
    return [
        {"tier": rng.choice(ANIMALS), "flaeche": rng.randrange(120), "balkon": rng.random() < 0.5} for _ in range(count)
    ]


def results() -> list[Result]:
    rng = random.Random(27)
    rows = rules(rng)
    given = contexts(rng, DECISIONS)
    model = model_of(rows)
    dmn.evaluate(model, "D", given[0])
    start = time.process_time()
    mine = [dmn.evaluate(model, "D", each).value for each in given]
    took = (time.process_time() - start) / len(given)
    theirs = peer(rows, given[:PEER_DECISIONS])
    if theirs is not None and theirs["outcomes"] != mine[:PEER_DECISIONS]:
        raise ValueError("feelin decides otherwise")
    ratio = "" if theirs is None else f"{theirs['cpu'] / PEER_DECISIONS / took:.0f}"
    return [
        Result(
            "Decision by a table of 100 rules, with trace, feelin",
            "50 µs",
            f"{took * 1e6:.0f} CPU µs",
            ratio,
            took <= BAR,
        ),
        questions(),
    ]


def peer(rows: list[tuple[str, ...]], given: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What feelin decides and how long it takes; None without node or feelin."""
    if not (ROOT / "browser" / "node_modules" / "feelin").exists():
        return None
    task = json.dumps({"inputs": NAMES, "rules": rows, "contexts": given})
    ran = subprocess.run(
        ["node", str(JOBS / "feelin_table.mjs")], input=task, capture_output=True, text=True, timeout=600, check=True
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def questions() -> Result:
    """The slowest choice of questions over the shipped procedures, with nothing known."""
    slowest = 0.0
    for path in sorted((Path(dmn.__file__).parent.parent / "procedures").glob("*/*.dmn")):
        model = dmn.read(path.read_bytes())
        for decision in model.decisions:
            dmn.open_inputs(model, decision.name, {})
            start = time.process_time()
            dmn.open_inputs(model, decision.name, {})
            slowest = max(slowest, time.process_time() - start)
    measured = f"{slowest * 1000:.0f} CPU ms"
    return Result(
        "Next questions of a shipped procedure, the slowest, nothing known",
        "100 ms",
        measured,
        "",
        slowest <= QUESTIONS_BAR,
    )


if __name__ == "__main__":
    show(results())
