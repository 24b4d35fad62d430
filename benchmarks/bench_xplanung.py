"""Reading of plans: CPU seconds for 3,000 objects of XPlanGML, without a peer.

Run:
    python benchmarks/bench_xplanung.py [plan.gml ...]
Without files the regional plan of the test plans in ../shared/data is read, 2,885 objects in 7 MB; figures are scaled
to 3,000 objects and the best of several runs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from measure import SHARED, Result, show

from kastor.formats.xplanung import read

PLAN = SHARED / "xplanung" / "plans" / "RROP_Landkreis_Test_51.zip"
BAR = 2.0
"""CPU seconds for 3,000 objects that must not be exceeded. [s]"""
RUNS = 5


def results(files: list[Path] | None = None) -> list[Result]:
    return [measured(file) for file in files or [PLAN] if file.is_file()]


def measured(file: Path) -> Result:
    seconds, count = [], 0
    for _ in range(RUNS):
        start = time.process_time()
        count = len(read(file).objects)
        seconds.append(time.process_time() - start)
    scaled = min(seconds) * 3000 / count
    what = f"XPlanGML of {count:,} objects read, scaled to 3,000"
    return Result(what, f"<= {BAR:g} s", f"{scaled:.2f} s", met=scaled <= BAR)


if __name__ == "__main__":
    show(results([Path(name) for name in sys.argv[1:]]))
