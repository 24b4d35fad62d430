"""Kinds of request are told apart, with chances that are meant; models are plain data and learned alike each time."""

import io

import numpy as np
import pytest

from kastor.cases.understanding import (
    danger_net,
    emergencies,
    examples,
    features,
    intents,
    learning,
    model,
    places,
    training,
)
from kastor.cases.understanding.evaluation import EvaluationError, evaluate
from kastor.cases.understanding.examples import Example, ExamplesError
from kastor.cases.understanding.intents import intents as kind_of

FRUIT = [f"{word} {n} {fruit} {place}" for fruit in ("Apfel", "Birne") for n in range(6)
         for word, place in (("ein", "im Korb"), ("der", "am Baum"))]  # fmt: skip
LABELS = [text.split()[2] for text in FRUIT]


@pytest.fixture(scope="module")
def small():
    return training.train(FRUIT, LABELS)


def test_a_small_model_tells_its_labels_apart(small):
    assert model.ranked(small, "noch ein Apfel")[0][0] == "Apfel"
    assert model.ranked(small, "Birnen")[0][0] == "Birne"


def test_learning_again_gives_the_same_bytes(small):
    assert model.write(training.train(FRUIT, LABELS)) == model.write(small)


STALE = "is stale: run kastor understand build kastor/cases/understanding/data"


def test_the_shipped_models_are_learned_from_the_shipped_texts_as_they_are():
    assert intents.shipped().learned_from == training.fingerprint(*intents.taught()), f"{intents.MODEL} {STALE}"
    dangers = danger_net.taught(lambda text: emergencies.told(text) is None)
    assert danger_net.shipped().learned_from == training.fingerprint(*dangers), f"{danger_net.MODEL} {STALE}"


def test_another_text_label_or_thing_named_makes_a_model_stale():
    kinds = [
        (["a b"], ["x"], [("@c",)]),
        (["a"], ["x"], [("@c",)]),
        (["a b"], ["y"], [("@c",)]),
        (["a b"], ["x"], [()]),
    ]
    assert len({training.fingerprint(*one) for one in kinds}) == len(kinds)


def test_a_model_remembers_what_it_was_learned_from_and_older_ones_can_be_read(small):
    content = model.write(small)
    assert model.read(content).learned_from == training.fingerprint(FRUIT, LABELS)
    with np.load(io.BytesIO(content)) as file:
        older = {name: file[name] for name in file.files if name != "learned_from"}
    out = io.BytesIO()
    np.savez(out, **older)
    assert model.read(out.getvalue()).learned_from == ""


def test_what_speaks_for_two_labels_is_the_rare_one_when_texts_are_balanced():
    texts = [f"Laterne {n} dunkel" for n in range(40)] + [f"Mast {n} am Weg" for n in range(12)]
    kinds = ["aus"] * 47 + ["krumm"] * 5
    alike, balanced = (training.train(texts, kinds, balance=balance) for balance in (0.0, 0.5))
    assert model.ranked(alike, "Mast am Weg")[0][0] == "aus"
    assert model.ranked(balanced, "Mast am Weg")[0][0] == "krumm"


def test_balanced_chances_are_honest_about_texts_not_learned_from():
    rng = np.random.default_rng(0)
    words = [["dunkel", "Licht", "Lampe"], ["Loch", "Teer", "Riss"], ["Müll", "Sack", "Dreck"]]
    kinds = rng.choice(3, 900, p=[0.6, 0.3, 0.1])
    seen = np.where(rng.random(900) < 0.25, rng.choice(3, 900), kinds)
    texts = [f"{words[kind][rng.integers(3)]} am {words[kind][rng.integers(3)]} {rng.integers(99)}" for kind in seen]
    labels = [str(kind) for kind in kinds]
    taught = training.train(texts[:600], labels[:600])
    judged = evaluate(taught, [Example(*pair) for pair in zip(texts[600:], labels[600:], strict=True)])
    assert judged.calibration_error < 0.08


def test_a_model_read_again_judges_the_same(small):
    again = model.read(model.write(small))
    for text in FRUIT:
        (one, p), (other, q) = model.ranked(small, text)[0], model.ranked(again, text)[0]
        assert one == other
        assert p == pytest.approx(q, abs=0.01)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_model_is_refused(content):
    with pytest.raises(model.ModelError, match="no model"):
        model.read(content)


def test_a_pickle_in_a_model_is_never_loaded():
    out = io.BytesIO()
    np.savez(out, terms=np.array([{"a": 1}], object))
    with pytest.raises(model.ModelError):
        model.read(out.getvalue())


def test_one_label_is_nothing_to_learn():
    with pytest.raises(training.TrainingError, match="two labels"):
        training.train(["a", "b"], ["x", "x"])


def test_three_labels_one_of_them_rare_can_be_learned():
    found = training.train([*FRUIT, "Rose"], [*LABELS, "Blume"])
    assert found.labels == ("Apfel", "Birne", "Blume")
    assert sum(p for _, p in model.ranked(found, "Apfel")) == pytest.approx(1)


def test_places_help_where_words_do_not():
    where = [("g:north",) if label == "Apfel" else ("g:south",) for label in LABELS]
    found = training.train(["Mangel"] * len(LABELS), LABELS, where)
    assert model.ranked(found, "Mangel", ("g:south",))[0][0] == "Birne"


def test_squares_of_the_town_are_shared_by_neighbours_only():
    here, beside, far = places.cells((9.17, 47.66)), places.cells((9.1701, 47.6601)), places.cells((9.3, 47.9))
    assert set(here) & set(beside)
    assert not set(here) & set(far)


def test_the_calibration_error_of_honest_chances_is_small():
    chances = np.array([0.75] * 400)
    assert model.expected_error(chances, [True] * 300 + [False] * 100) == pytest.approx(0)
    assert model.expected_error(chances, [True] * 400) == pytest.approx(0.25)


SHIPPED = [
    ("Unsere Heizung ist seit gestern kalt", "schaden"), ("The toilet is running all day long", "schaden"),
    ("Ich würde mir gern einen Beagle zulegen", "haustier"), ("Are cats allowed here?", "haustier"),
    ("Gibt es noch einen Tiefgaragenstellplatz?", "balkon_stellplatz"),
    ("Balkonkraftwerk anmelden", "balkon_stellplatz"),
    ("Vor dem Rathaus ist ein großes Schlagloch", "maengel"), ("Street lamp broken in Park Lane", "maengel"),
    ("Darf ich auf meinem Flurstück eine Doppelgarage bauen?", "bauantrag"),
    ("Planning permission for a dormer", "bauantrag"),
    ("Bitte einen echten Menschen", "mensch"), ("let me talk to a human being", "mensch"),
    ("Wann bekomme ich die Nebenkostenabrechnung?", "sonstiges"), ("How do I pay my rent?", "sonstiges"),
]  # fmt: skip


def test_the_shipped_model_knows_the_kinds_of_request():
    wrong = [(text, kind_of(text)[0][0]) for text, kind in SHIPPED if kind_of(text)[0][0][0] != kind]
    assert len(wrong) <= 1, wrong


def test_the_shipped_texts_are_enough_for_each_kind():
    labels = [example.label for example in examples.shipped()]
    assert set(labels) == set(intents.shipped().labels)
    assert min(labels.count(label) for label in set(labels)) >= 50


def test_the_shipped_model_is_small():
    assert len(model.write(intents.shipped())) < 3_000_000


def test_a_text_that_says_nothing_is_not_certain():
    assert not kind_of("12345")[1]
    assert not kind_of("")[1]


@pytest.mark.parametrize("text", ["Mensch", "human", "Ich möchte mit einem Menschen sprechen"])
def test_the_word_for_a_person_needs_no_learning(text):
    found, certain = kind_of(text)
    assert found[0][0] == "mensch"
    assert certain


def test_a_table_of_texts_is_read(tmp_path):
    file = tmp_path / "texts.csv"
    file.write_text(
        "text;label;date;lon;lat\nSchlagloch;strasse;2026-01-02;9.1;47.6\nLampe;licht;;;\n", encoding="utf-8"
    )
    assert [e.place for e in examples.read(file)] == [(9.1, 47.6), None]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("text,kind\na,b\n", "lacks the column label"),
        ("text,label,date\na,b,gestern\n", "line 2: the date 'gestern'"),
        ("text,label,lon,lat\na,b,x,1\n", "lon 'x'"),
        ("text,label,lon,lat\na,b,500,1\n", "outside"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path, content, named):
    file = tmp_path / "texts.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ExamplesError, match=named):
        examples.read(file)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    file = tmp_path / "texts.csv"
    file.write_bytes(b"text,label\n\xff\xfe,b\n")
    with pytest.raises(ExamplesError, match="UTF-8"):
        examples.read(file)


def test_judging_counts_what_is_right_and_what_the_model_cannot_know(small):
    found = evaluate(small, [Example("Apfel", "Apfel"), Example("Birne", "Apfel"), Example("Rose", "Blume")])
    assert (found.texts, found.unknown) == (3, 1)
    assert found.accuracy == pytest.approx(1 / 3)
    with pytest.raises(EvaluationError, match="no labelled text"):
        evaluate(small, [])


def test_too_few_corrected_texts_are_not_learned_from():
    with pytest.raises(learning.LearningError, match="at least 10"):
        learning.learned([Example("a", "haustier")] * 3)


def test_a_text_of_many_words_is_weighed_once_and_ends(small):
    places_, weights = features.weighed(small.vocabulary, "Apfel " * 5000)
    assert len(places_) == len(set(places_)) == len(weights)


@pytest.mark.parametrize("street", ["Diepeschrather Straße 55, 2. OG links", "Hauptstr. 3", "Kalkweg 5 EG rechts"])
def test_where_somebody_lives_does_not_change_what_it_is_about(street):
    (first, chance), *_ = kind_of("Meine WC-Spülung läuft ständig")[0]
    found, certain = kind_of(f"Meine WC-Spülung läuft ständig, {street}")
    assert certain
    assert found[0] == (first, pytest.approx(chance, abs=0.02))
