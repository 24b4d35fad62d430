"""Understanding of requests: kinds on MASSIVE (German) and on defect reports of Konstanz; days and hours.

Run:
    OMP_NUM_THREADS=1 python benchmarks/bench_understanding.py
MASSIVE-de (FitzGerald et al. 2022, CC BY 4.0): learned from its training part, judged by its dev part; the test part is
not at hand. Konstanz: learned from the earlier two thirds by date, judged by the last third; texts are never printed.
The peer is what scikit-learn gives with words 1-2 and pieces of 2-5 letters and LinearSVC, on the same texts.
"""

from __future__ import annotations

import csv
import gzip
import io
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from measure import SHARED, Result, note, show

from kastor.cases.understanding import training, understand
from kastor.cases.understanding.dates import read as read_date
from kastor.cases.understanding.evaluation import Evaluation, evaluate
from kastor.cases.understanding.examples import Example
from kastor.cases.understanding.measures import read_duration
from kastor.cases.understanding.places import terms
from kastor.cases.understanding.times import read_time, read_window
from kastor.cases.understanding.values import BERLIN, Context

MASSIVE = SHARED / "judges" / "massive-de"
KONSTANZ = SHARED / "requests" / "konstanz-maengelmelder-2020-2022" / "maengelmelder_konstanz_2020-2022.csv.gz"
MINUTES = 2.0


def results() -> list[Result]:
    found: list[Result] = []
    if MASSIVE.is_dir():
        found += [
            *massive(),
            *spans(),
            alarms("MASSIVE-de", [e.text for e in labelled(MASSIVE / "Intents" / "dev.txt")]),
        ]
    if KONSTANZ.is_file():
        days = sorted(reports(), key=lambda e: e.day or date.min)
        found += [*konstanz(), alarms("Konstanz, last third", [e.text for e in days[len(days) * 2 // 3 :]])]
    return found


def massive() -> list[Result]:
    """Intents of MASSIVE."""
    taught, judged = (labelled(MASSIVE / "Intents" / name) for name in ("train.txt", "dev.txt"))
    start = time.process_time()
    model = training.train([e.text for e in taught], [e.label for e in taught])
    spent = time.process_time() - start
    found = evaluate(model, judged)
    other = peer(taught, judged)
    what = "MASSIVE-de intents (dev part)"
    return [
        Result(what, ">= 86 %", f"{found.accuracy:.1%}", f"scikit-learn {other:.1%}", found.accuracy >= 0.86),
        Result(f"{what}, among the first three", ">= 94.5 %", f"{found.top3:.1%}", met=found.top3 >= 0.945),
        Result(
            f"{what}, calibration error", "<= 0.05", f"{found.calibration_error:.3f}",
            met=found.calibration_error <= 0.05,
        ),
        Result(f"{what}, answered", "", answered(found)),
        Result(f"{what}, one text, p95", "<= 5 ms", f"{found.p95_ms:.1f} ms", met=found.p95_ms <= 5),
        Result(f"{what}, learning", f"<= {MINUTES:g} min", f"{spent / 60:.1f} min CPU", met=spent <= 60 * MINUTES),
    ]  # fmt: skip


def alarms(what: str, texts: list[str]) -> Result:
    """Share of texts of other people, nearly all harmless, that raise an alarm of danger."""
    now = datetime(2026, 11, 27, 9, tzinfo=UTC)
    share = sum(understand(text, now=now).emergency is not None for text in texts) / len(texts)
    return Result(f"{what}, alarms of danger", "<= 10 %", f"{share:.1%}", met=share <= 0.1)


def peer(taught: list[Example], judged: list[Example]) -> float:
    """Accuracy of scikit-learn's own parts put together."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    found = make_pipeline(union, LinearSVC(random_state=0)).fit([e.text for e in taught], [e.label for e in taught])
    return float(found.score([e.text for e in judged], [e.label for e in judged]))


def answered(found: Evaluation) -> str:
    right = "-" if found.accuracy_answered is None else f"{found.accuracy_answered:.1%}"
    return f"{found.coverage:.0%} of texts, {right} right"


def labelled(file: Path) -> list[Example]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Example(*line.split("\t")) for line in lines if "\t" in line]


def konstanz() -> list[Result]:
    """Categories of defect reports, with and without their place."""
    examples = sorted(reports(), key=lambda e: e.day or date.min)
    split = len(examples) * 2 // 3
    taught, judged = examples[:split], examples[split:]
    texts, labels = [e.text for e in taught], [e.label for e in taught]
    found = [Result("Konstanz, scikit-learn's own parts, from text", "", f"{peer(taught, judged):.1%}")]
    for how, bar, places in (("text", 0.78, []), ("text and place", 0.83, terms(examples))):
        model = training.train(texts, labels, places[:split])
        judgement = evaluate(model, judged, places[split:])
        what = f"Konstanz, {judgement.labels} categories, last third by date, from {how}"
        measured = f"{judgement.accuracy:.1%}, first three {judgement.top3:.1%}"
        found.append(Result(what, f">= {bar:.0%}", measured, met=judgement.accuracy >= bar))
        found.append(Result(f"{what}, answered", "", answered(judgement)))
    return found


def reports() -> Iterator[Example]:
    with gzip.open(KONSTANZ, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(io.StringIO(file.read())):
            day = date.fromisoformat(row["Gemeldet-am"][:10])
            place = (float(row["lon"]), float(row["lat"])) if row["lon"] and row["lat"] else None
            yield Example(row["Text"], row["Kategorie"], day, place)


def spans() -> list[Result]:
    """Whether days and hours are found where the annotators of MASSIVE marked some (values are not annotated)."""
    context = Context(datetime(2026, 11, 27, 9, tzinfo=UTC).astimezone(BERLIN))
    found = []
    readers = {"date": (read_date, read_window), "time": (read_time, read_window, read_duration)}
    for kind, own in readers.items():
        marked = hit = 0
        for text, places in sentences(MASSIVE / "Seq" / "dev.txt", kind):
            read = [(f.start, f.end) for reader in own for f in reader(text, context)] if places else []
            marked += len(places)
            hit += sum(any(a < end and b > start for a, b in read) for start, end in places)
        found.append(Result(f"MASSIVE-de, passages marked {kind} that are found", "", f"{hit} of {marked}"))
    return found


def sentences(file: Path, kind: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Sentences with the passages marked as a kind."""
    for block in file.read_text(encoding="utf-8").split("\n\n"):
        pairs = [line.split("\t") for line in block.splitlines() if "\t" in line]
        places: list[tuple[int, int]] = []
        at, before = 0, ""
        for word, mark in pairs:
            if mark == kind:
                places[len(places) - (before == kind) :] = [(places[-1][0] if before == kind else at, at + len(word))]
            at, before = at + len(word) + 1, mark
        yield " ".join(word for word, _ in pairs), places


if __name__ == "__main__":
    note("measuring: understanding")
    show(results())
