"""Official building models to a stored and tiled twin, against citygml-to-3dtiles, py3dtiles and cjio.

Run:
    python benchmarks/bench_load.py
CPU time is that of the whole process with all its threads, from its start with the imports to its end. Of Kastor the
cheaper of two runs counts, peers run once. Compiled code and byte code are ready, as they are after the first use.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import zipfile
from pathlib import Path

import peers
from measure import JOBS, ROOT, SHARED, Result, Run, job, note, run, show

UTM32 = "EPSG:25832+7837"
SHIPPED = ROOT / "kastor" / "demo" / "koeln"
SUBSET = SHIPPED / "lod2.zip"
"""What the peers get."""
DELFSHAVEN = SHARED / "cityjson" / "samples" / "rotterdam-delfshaven.city.json.gz"
MOST_CPU = 400
"""CPU time after which a peer is stopped. [s]"""


def main() -> None:
    show(results())


def results() -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        return [*whole_set(home), *against_citygml_to_3dtiles(home), *against_py3dtiles(home), *against_cjio(home)]


def whole_set(home: Path) -> list[Result]:
    shared = sorted((SHARED / "citygml" / "nrw-lod2-benchmark").glob("*.zip"))
    shared += sorted((SHARED / "citygml" / "koeln-nord-lod2").glob("*.gml.gz"))
    files = shared or sorted(SHIPPED.glob("lod2*.zip"))
    megabytes = sum(unpacked(file) for file in files) / 1e6
    done = kastor(home / "whole", UTM32, files)
    n, steps = done.json["buildings"], done.json
    what = f"LoD2 CityGML of NRW, {megabytes:.0f} MB, {n:,} buildings" + ("" if shared else " (the shipped demo)")
    spent = f"start {steps['start']:.1f} s, load {steps['load']:.1f} s, tile {steps['tile']:.1f} s"
    speed, rate = n / done.cpu, megabytes / done.cpu
    return [
        Result(f"{what}: stored and tiled", "2,000 buildings/CPU s", f"{speed:,.0f} ({spent})", met=speed >= 2000),
        Result("the same", "40 MB/CPU s", f"{rate:.1f}", met=rate >= 40),
        Result("the same, peak memory", "400 MB", f"{done.memory:.0f} MB", met=done.memory < 400),
    ]


def against_citygml_to_3dtiles(home: Path) -> list[Result]:
    with zipfile.ZipFile(SUBSET) as packed:
        packed.extractall(home / "gml")
    ours = kastor(home / "subset", UTM32, [SUBSET])
    what = f"CityGML, {unpacked(SUBSET) / 1e6:.0f} MB, {ours.json['buildings']:,} buildings, to tiles"
    try:
        package = peers.node("tiles") / "citygml-to-3dtiles"
    except peers.NoPeer as error:
        return [failed(what, "10x citygml-to-3dtiles", ours, str(error))]
    note("citygml-to-3dtiles")
    script = JOBS / "citygml_to_3dtiles.mjs"
    theirs = run(["node", "--max-old-space-size=8000", script, package, home / "gml", home / "njam"], MOST_CPU)
    return [compared(what, "10x citygml-to-3dtiles", ours.cpu, theirs, 10)]


def against_py3dtiles(home: Path) -> list[Result]:
    left_out = job("write_wkb.py", home / "subset", home / "wkb").json["left_out"]
    note("tiling what is stored")
    ours = job("tile_stored.py", home / "subset", runs=2)
    what = "The same buildings to tiles, already read (Kastor: from its store, py3dtiles: from WKB"
    what += f", without {left_out} it cannot take)" if left_out else ")"
    try:
        program = peers.python("py3dtiles")
    except peers.NoPeer as error:
        return [failed(what, "15x py3dtiles export", ours, str(error))]
    note("py3dtiles export")
    command = [program, "export", "-d", home / "wkb", "-s", home / "py3dtiles", "--spec-version", "1.1"]
    return [compared(what, "15x py3dtiles export", ours.cpu, run(command, MOST_CPU), 15)]


def against_cjio(home: Path) -> list[Result]:
    bar = "100x cjio export b3dm"
    if not DELFSHAVEN.is_file():
        return [Result("CityJSON of Delfshaven to tiles", bar, "the file is not here")]
    plain = home / "delfshaven.city.json"
    plain.write_bytes(gzip.decompress(DELFSHAVEN.read_bytes()))
    # the Dutch height system has no grid on board; tiles do not need it
    ours = kastor(home / "delfshaven", "EPSG:25831", [plain])
    what = f"CityJSON, {ours.json['buildings']} buildings, to tiles (Kastor: stored too)"
    try:
        program = peers.python("cjio")
    except peers.NoPeer as error:
        return [failed(what, bar, ours, str(error))]
    note("cjio export b3dm")
    theirs = run([program, "--suppress_msg", plain, "export", "b3dm", home / "delfshaven.b3dm"], MOST_CPU)
    return [compared(what, bar, ours.cpu, theirs, 100)]


def kastor(home: Path, crs: str, files: list[Path]) -> Run:
    """Load and tile, the cheaper of two runs; the last tenant stays."""
    note(f"Kastor: {', '.join(file.name for file in files)}")
    # the first run may compile; it does not count
    smallest = min(files, key=lambda file: file.stat().st_size)
    job("load_and_tile.py", home.with_name(home.name + "-warm"), crs, smallest)
    first = job("load_and_tile.py", home.with_name(home.name + "-first"), crs, *files)
    second = job("load_and_tile.py", home, crs, *files)
    return min(first, second, key=lambda one: one.cpu)


def compared(what: str, bar: str, ours: float, theirs: Run, factor: float) -> Result:
    ratio = theirs.cpu / ours
    stopped = theirs.code < 0 and theirs.cpu >= MOST_CPU - 1
    if theirs.code and not stopped:
        return Result(what, bar, f"Kastor {ours:.1f} CPU s; the peer failed: {theirs.last_words}")
    least = "more than " if stopped else ""
    measured = f"{ours:.1f} against {least}{theirs.cpu:.1f} CPU s ({theirs.memory:.0f} MB)"
    return Result(what, bar, measured, f"{least}{ratio:.1f}x", ratio >= factor or (None if stopped else False))


def failed(what: str, bar: str, ours: Run, why: str) -> Result:
    return Result(what, bar, f"Kastor {ours.cpu:.1f} CPU s; the peer cannot be installed: {why}")


def unpacked(file: Path) -> int:
    """Size of what is in an archive. [bytes]"""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as packed:
            return sum(member.file_size for member in packed.infolist())
    with gzip.open(file) as stream:
        return sum(len(block) for block in iter(lambda: stream.read(1 << 20), b""))


if __name__ == "__main__":
    sys.exit(main())
