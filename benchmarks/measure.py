"""What all measurements share: a result, a child process with its CPU time and memory, and the printed table."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
SHARED = ROOT.parent / "shared" / "data"
JOBS = HERE / "jobs"
BYTECODE = HERE / "peers" / "bytecode"


@dataclass(frozen=True)
class Result:
    """
    One line of the table.

    Parameters
    ----------
    what, bar, measured
        What was measured, what must be reached, and what was.
    ratio
        How many times the work of the peer; empty without a peer.
    met
        Whether the bar is met; None without a bar, or when it could not be measured.
    """

    what: str
    bar: str
    measured: str
    ratio: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Run:
    """A finished child: CPU time of all its threads and children [s], peak memory [MB], exit code and output."""

    cpu: float
    wall: float
    memory: float
    code: int
    output: str

    @property
    def json(self) -> Any:
        """The last line it printed."""
        return json.loads(self.output.strip().splitlines()[-1])

    @property
    def last_words(self) -> str:
        """The end of what it printed, for messages about failures."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1][:160] if lines else f"exit code {self.code}"


def run(command: Sequence[str | Path], most_cpu: int = 900, environment: Mapping[str, str] | None = None) -> Run:
    """Run a child to its end, or until it has used ``most_cpu`` seconds."""
    # byte code of a real installation is ready, whatever this shell says
    env = {**os.environ, "PYTHONPYCACHEPREFIX": str(BYTECODE), **(environment or {})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    child = subprocess.Popen(
        [str(part) for part in command],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (most_cpu, most_cpu + 5)),
    )
    assert child.stdout is not None
    output = child.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(cpu, time.perf_counter() - start, usage.ru_maxrss / 1024, child.returncode, output)


def job(
    name: str, *arguments: str | Path, runs: int = 1, most_cpu: int = 900, environment: Mapping[str, str] | None = None
) -> Run:
    """The cheapest of some runs of a Python program below ``jobs/``, in the environment of Kastor."""
    done = [run([sys.executable, JOBS / name, *arguments], most_cpu, environment) for _ in range(runs)]
    for one in done:
        if one.code:
            raise RuntimeError(f"{name} failed: {one.output[-2000:]}")
    return min(done, key=lambda one: one.cpu)


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""
    words = {True: "yes", False: "**no**", None: "–"}
    rows = [("What", "Bar", "Measured", "Ratio to peer", "Met")]
    rows += [(r.what, r.bar, r.measured, r.ratio or "–", words[r.met]) for r in results]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def show(results: Sequence[Result]) -> None:
    """Print the table."""
    print(table(results), flush=True)


def note(text: str) -> None:
    """Say what is being done."""
    print(f"  … {text}", file=sys.stderr, flush=True)
