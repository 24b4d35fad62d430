"""Texts of other people judge: MASSIVE-de (CC BY 4.0, FitzGerald et al. 2022) where at hand, and unseen requests."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from kastor.cases.understanding.dates import read as read_date
from kastor.cases.understanding.emergencies import emergency
from kastor.cases.understanding.intents import intents
from kastor.cases.understanding.times import read_window
from kastor.cases.understanding.values import BERLIN, Context

ROOT = Path(__file__).parents[2]
MARKED = (
    next((p for p in (ROOT / "shared", ROOT.parent / "shared") if p.is_dir()), ROOT)
    / "data/judges/massive-de/Seq/dev.txt"
)
at_hand = pytest.mark.skipif(not MARKED.is_file(), reason="MASSIVE-de is not at hand (shared/data/judges/massive-de)")
REQUESTS = orjson.loads((ROOT / "tests/data/phrases/requests_unseen.json").read_bytes())
CONTEXT = Context(datetime(2026, 11, 27, 9, tzinfo=UTC).astimezone(BERLIN))


def sentences():
    """Text, and the words marked as date."""
    for block in MARKED.read_text(encoding="utf-8").split("\n\n"):
        pairs = [line.split("\t") for line in block.splitlines() if "\t" in line]
        yield " ".join(word for word, _ in pairs), [word for word, mark in pairs if mark == "date"]


@at_hand
def test_days_other_people_marked_are_found():
    marked = [text for text, words in sentences() if words]
    found = [text for text in marked if read_date(text, CONTEXT) or read_window(text, CONTEXT)]
    assert len(marked) > 150
    assert len(found) >= 0.93 * len(marked)


@at_hand
def test_sentences_to_an_assistant_raise_hardly_an_alarm():
    texts = [text for text, _ in sentences()][:400]
    assert sum(emergency(text) is not None for text in texts) <= 0.02 * len(texts)


def test_unseen_requests_are_nearly_all_offered_and_mostly_right_when_answered():
    judged = [(intents(text), kind) for kind, texts in REQUESTS.items() if kind != "about" for text in texts]
    offered = [kind in [label for label, _ in ranked[:3]] for (ranked, _), kind in judged]
    answered = [ranked[0][0] == kind for (ranked, certain), kind in judged if certain]
    assert sum(offered) >= 0.95 * len(judged)
    assert sum(answered) >= 0.9 * len(answered)
    assert len(answered) >= 0.7 * len(judged)
