"""Scripts run in processes of their own without importing everything each time: one helper imports, then forks.

A test that kills its process, or bounds what it may write, needs another process; starting Python
and importing the store takes longer than all such tests together.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HELPER = """
import json, os, sys, traceback
import kastor.store, tests.store.houses, kastor.city.sample

def run(job):
    with open(job["output"], "wb", 0) as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.update(job["environment"])
    sys.argv = ["script", *job["arguments"]]
    code = 0
    try:
        exec(compile(job["script"], "script", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os._exit(code)

for line in sys.stdin:
    children = []
    for job in json.loads(line):
        child = os.fork()
        if child == 0:
            run(job)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(json.dumps(codes), flush=True)
"""


class Helper:
    """The helper process; a session of tests needs one."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._process = subprocess.Popen(
            [sys.executable, "-c", HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, script: str, *runs: Sequence[Any]) -> list[tuple[int, str]]:
        """Run a script at once with each of some lists of arguments; gives exit codes (-9 when killed) and output."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        outputs = [self._scratch / f"output-{i}" for i in range(len(runs))]
        jobs = [
            {
                "script": script,
                "arguments": [str(a) for a in arguments],
                "output": str(output),
                "environment": {name: value for name, value in os.environ.items() if name.startswith("KASTOR_")},
            }
            for arguments, output in zip(runs, outputs, strict=True)
        ]
        self._process.stdin.write(json.dumps(jobs) + "\n")
        self._process.stdin.flush()
        codes = json.loads(self._process.stdout.readline())
        return [(code, output.read_text()) for code, output in zip(codes, outputs, strict=True)]

    def close(self) -> None:
        """End the helper."""
        self._process.communicate(timeout=60)
