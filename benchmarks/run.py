"""Measure all bars, or those of the benches named, and print the table.

Run:
    python benchmarks/run.py [--write] [BENCH ...]
With ``--write`` the table also replaces the one in docs/reference/speed.md. Rows are printed as soon as a bench ends,
so that one stopped early loses nothing of the others.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import bench_browser
import bench_cases
import bench_chat
import bench_compare
import bench_features
import bench_load
import bench_rain
import bench_rules
import bench_store
import bench_sun
import bench_terrain
import bench_understanding
import bench_variants
import bench_xplanung
from measure import ROOT, Result, note, table

BENCHES: dict[str, Callable[[], list[Result]]] = {
    "load": bench_load.results,
    "terrain": bench_terrain.results,
    "store": bench_store.results,
    "browser": bench_browser.results,
    "features": bench_features.results,
    "rain": bench_rain.results,
    "sun": bench_sun.results,
    "compare": bench_compare.results,
    "xplanung": bench_xplanung.results,
    "variants": bench_variants.results,
    "understanding": bench_understanding.results,
    "rules": bench_rules.results,
    "cases": bench_cases.results,
    "chat": bench_chat.results,
}
PAGE = ROOT / "docs" / "reference" / "speed.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def main() -> None:
    wanted = asked(sys.argv[1:])
    found: list[Result] = []
    for name in wanted.benches:
        note(f"measuring: {name}")
        rows = measured(name)
        note(table(rows))
        found += rows
    text = f"{conditions()}\n\n{table(found)}"
    print(text)
    if wanted.write:
        write(text)


def asked(arguments: Sequence[str]) -> argparse.Namespace:
    """What to measure (``benches``) and whether to keep it in the documentation (``write``)."""
    parser = argparse.ArgumentParser(
        description="Measure the speed bars against their peers; all together take 30 minutes."
    )
    # argparse holds the empty list of "all" against the choices too
    parser.add_argument("benches", nargs="*", choices=[[], *BENCHES], metavar="BENCH", help=", ".join(BENCHES))
    parser.add_argument("--write", action="store_true", help="replace the table in docs/reference/speed.md")
    wanted = parser.parse_args(arguments)
    wanted.benches = wanted.benches or list(BENCHES)
    return wanted


def measured(name: str) -> list[Result]:
    """Results of one bench; a failure is one of them, so that the others are still measured."""
    try:
        return BENCHES[name]()
    except Exception as error:
        traceback.print_exc()
        return [Result(f"bench_{name}.py", "", f"failed: {str(error).strip().splitlines()[-1][:160]}", met=None)]


def conditions() -> str:
    cores = os.cpu_count() or 1
    load = os.getloadavg()[1] / cores
    day = datetime.now(UTC).date().isoformat()
    rest = "idle otherwise" if load < 1.3 else f"busy with other work too ({load:.1f} processes a core)"
    return f"Measured {day} with Python {platform.python_version()} on {cores} cores, the machine {rest}."


def write(text: str) -> None:
    """Put the text behind the marker of the page."""
    page = PAGE.read_text() if PAGE.is_file() else f"# Speed\n\n{BEGIN}\n"
    if BEGIN not in page:
        page += f"\n{BEGIN}\n"
    kept = re.sub(f"\n*{re.escape(BEGIN)}.*?{re.escape(END)}", f"\n\n{BEGIN}", page, flags=re.DOTALL)
    PAGE.write_text(kept.replace(BEGIN, f"{BEGIN}\n\n{text}\n\n{END}", 1))


if __name__ == "__main__":
    sys.exit(main())
