"""Questions to the store of a big town, and one edited building with its tiles.

Run:
    python benchmarks/bench_store.py
The 100,000 buildings are copies of the shipped ones of Köln with all their surfaces. Figures are CPU time.
"""

from __future__ import annotations

import sys
import tempfile

from measure import ROOT, Result, job, note, show

TOWN = ROOT / "kastor" / "demo" / "koeln" / "lod2.zip"


def main() -> None:
    show(results())


def results() -> list[Result]:
    note("storing 100,000 buildings")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = job("use_store.py", folder, TOWN).json
    n, town = f"{found['buildings']:,}", f"{found['town']:,}"
    box, by_id, whole, edited = found["box"], found["id"], found["whole"], found["edited"]
    rate = found["buildings"] / found["stored"]
    hits = f"{found['hits']:.0f} buildings found"
    alone = f"the edit alone {found['edit'] * 1e3:.0f} ms"
    return [
        Result(f"Box of 500 m among {n} buildings", "2 ms", f"{box * 1e3:.2f} ms ({hits})", met=box <= 2e-3),
        Result("Object by id", "50 µs", f"{by_id * 1e6:.0f} µs", met=by_id <= 50e-6),
        Result(f"{n} buildings read whole", "0.5 s", f"{whole:.2f} s (stored at {rate:,.0f}/s)", met=whole <= 0.5),
        Result(
            f"One of {town} buildings edited, its tiles made again",
            "150 ms",
            f"{edited * 1e3:.0f} ms ({alone})",
            met=edited <= 0.15,
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
