"""A procedure is one folder of open files; what does not hold together is named with file, place and cure."""

from datetime import date
from pathlib import Path

import orjson
import pytest

from kastor.cases.authoring import report
from kastor.cases.deciding import decide, open_slots
from kastor.cases.letters import Around, LetterError, letter, unknown_names
from kastor.cases.procedure import SHIPPED, InvalidProcedure, pack, procedure, read, shipped, unpack

DOG = {
    "tierart": "hund", "anzahl": 1, "rasse": ["Beagle"], "mischling": False, "vorhandene_hunde": 0,
    "schulterhoehe_cm": 40, "haftpflicht": True, "wohnflaeche_m2": 70, "bundesland": "NW", "offene_beschwerden": 0,
    "widerrufene_erlaubnis": False,
}  # fmt: skip
AROUND = Around("2026-0417", date(2026, 11, 27), sender="Wohnbau Musterstadt\nRing 1")


@pytest.fixture(scope="module")
def pets():
    return shipped()["haustier"]


def changed(pets, file, old, new):
    """The files of the pet permit with a change in one of them."""
    content = pets.files[file].decode()
    assert old in content
    return {**pets.files, file: content.replace(old, new).encode()}


def problems(files):
    with pytest.raises(InvalidProcedure) as caught:
        procedure(files)
    return [(one.file, one.place) for one in caught.value.problems]


def test_five_procedures_are_shipped():
    assert set(shipped()) == {"haustier", "schaden", "balkon_stellplatz", "maengel", "bauantrag"}
    for name, one in shipped().items():
        assert one.id == name
        assert all(one.about.names[language] for language in ("de", "en"))


def test_the_version_changes_with_any_file_and_only_then(pets):
    assert read(SHIPPED / "haustier").version == pets.version
    other = procedure(changed(pets, "letters/de/genehmigung.txt", "Genehmigung", "Zustimmung"))
    assert other.version != pets.version


def test_a_packed_procedure_is_the_same_after_unpacking(pets):
    packed = pack(pets)
    assert unpack(packed).version == pets.version
    assert pack(unpack(packed)) == packed


@pytest.mark.parametrize("archive", [b"", b"PK\x03\x04 no archive", b"x" * 100])
def test_what_is_no_archive_is_refused(archive):
    with pytest.raises(InvalidProcedure, match="No ZIP archive"):
        unpack(archive)


def test_a_missing_file_is_named(pets):
    files = {name: content for name, content in pets.files.items() if name not in ("rules.dmn", "cases.json")}
    assert problems(files) == [("rules.dmn", ""), ("cases.json", "")]


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("procedure.json", '"law": "private"', '"law": "secret"', ("procedure.json", "law")),
        ("procedure.json", '"days": 1095', '"days": -1', ("procedure.json", "retention.days")),
        ("procedure.json", '"decision": "entscheidung"', '"decision": "urteil"', ("procedure.json", "decision")),
        ("procedure.json", '"table": "rassen.json"', '"table": "arten.json"', ("arten.json", "")),
        ("procedure.json", '"letter": "absage"', '"letter": "nein"', ("letters/de/nein.txt", "")),
        ("form.json", '"x-kastor-unit": "cm"', '"type": "colour"', ("form.json", "properties.schulterhoehe_cm")),
        ("form.json", '"haftpflicht": {', '"versicherung": {', ("rules.dmn", "haftpflicht")),
        ("form.json", '"properties": {', '"properties": [', ("form.json", "line 7")),
        ("rassen.json", '"alle": {', '"jede": {', ("rassen.json", "entries")),
        ("rules.dmn", "</definitions>", "", ("rules.dmn", "")),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_named(pets, file, old, new, where):
    found = problems(changed(pets, file, old, new))
    assert any(one[0] == where[0] and one[1].startswith(where[1]) for one in found), found


@pytest.mark.parametrize("id_", ["abgelehnt", "zugesagt"])
def test_an_outcome_against_the_requester_never_comes_about_without_a_person(pets, id_):
    about = orjson.loads(pets.files["procedure.json"])
    next(one for one in about["outcomes"] if one["id"] == id_)["automatic"] = True
    files = {**pets.files, "procedure.json": orjson.dumps(about)}
    if id_ == "zugesagt":
        assert procedure(files).outcomes[id_].automatic
    else:
        assert problems(files) == [("procedure.json", "outcomes.abgelehnt")]


def test_under_public_law_nothing_is_granted_without_a_person():
    defects = shipped()["maengel"]
    about = orjson.loads(defects.files["procedure.json"])
    next(one for one in about["outcomes"] if one["id"] == "erledigt")["automatic"] = True
    assert problems({**defects.files, "procedure.json": orjson.dumps(about)}) == [
        ("procedure.json", "outcomes.erledigt")
    ]


def test_who_decides_and_why_is_told(pets):
    decided = decide(pets, DOG)
    assert decided.outcome == "genehmigt"
    assert decided.hits[0].rule == "entscheidung_r13"
    assert decided.reasons("de")[0].startswith("Ein Hund, dessen Rasse")
    assert decided.reasons("en")[0].startswith("One dog whose breed")
    assert len(decided.table) == 64


def test_only_questions_that_can_change_the_outcome_are_open(pets):
    known = {
        name: DOG[name] for name in ("bundesland", "wohnflaeche_m2", "offene_beschwerden", "widerrufene_erlaubnis")
    }
    assert open_slots(pets, known)[0] == "tierart"
    assert open_slots(pets, {**known, "tierart": "katze", "anzahl": 1}) == ("vorhandene_katzen",)
    assert open_slots(pets, {**known, "tierart": "hund", "anzahl": 1, "rasse": ["Rottweiler"]}) == ()
    assert open_slots(pets, DOG) == ()


def test_what_nobody_can_be_asked_counts_as_not_known(pets):
    facts = {name: value for name, value in DOG.items() if name != "offene_beschwerden"}
    assert decide(pets, facts).outcome == "vorlage"


def test_a_breed_is_protected_where_the_state_lists_it(pets):
    assert "Rottweiler" in pets.protected({"bundesland": "NW"})["rasse"]
    assert "Rottweiler" not in pets.protected({"bundesland": "NI"})["rasse"]
    assert "Dobermann" in pets.protected({})["rasse"]
    assert pets.protected({})["assistenzhund"] == (True,)


def test_reasons_are_told_in_leichte_sprache_and_in_german_where_a_rule_has_none(pets):
    assert decide(pets, DOG).reasons("leicht")[0].startswith("Der Hund steht nicht auf der Liste vom Land.")
    plain = "<annotationEntry><text>Der Hund steht nicht auf der Liste vom Land. Sie haben eine Versicherung."
    assert plain in pets.files["rules.dmn"].decode()
    rest = " Die Wohnung ist groß genug. Es gibt keinen Streit."
    other = procedure(changed(pets, "rules.dmn", plain + rest, "<annotationEntry><text>"))
    assert decide(other, DOG).reasons("leicht")[0] == decide(other, DOG).reasons("de")[0]
    (hint,) = report(other).hints
    assert (hint.kind, hint.table, hint.rules) == ("plain", "entscheidung", ("entscheidung_r13",))


@pytest.mark.parametrize(("language", "yes"), [("de", "Hund, Beagle"), ("en", "Dog, Beagle"), ("leicht", "Sie dürfen")])
def test_a_letter_tells_outcome_and_reasons_in_the_language_of_the_requester(pets, language, yes):
    written = letter(pets, "genehmigung", language, DOG, decide(pets, DOG), AROUND)
    assert yes in written.body
    assert all(reason in written.body for reason in decide(pets, DOG).reasons(language))
    assert "{{" not in written.body
    assert "2026-0417" in written.number


def test_a_refusal_is_not_written_without_a_reason_of_ones_own(pets):
    with pytest.raises(LetterError, match="own words"):
        letter(pets, "absage", "de", DOG, decide(pets, DOG), AROUND)
    own = Around("1", date(2026, 1, 2), own_reason="Die Nachbarin im Haus hat eine schwere Allergie.")
    assert "schwere Allergie" in letter(pets, "absage", "de", DOG, decide(pets, DOG), own).body


def test_what_a_requester_wrote_is_never_read_as_a_template(pets):
    facts = {**DOG, "rasse": ["{{ eigene_begruendung }} <b>\n- {{ 1 + 1 }}"]}
    own = Around("1", date(2026, 1, 2), own_reason="geheim geheim geheim")
    assert "geheim" not in letter(pets, "genehmigung", "de", facts, decide(pets, DOG), AROUND).body
    assert "{{ 1 + 1 }}" in letter(pets, "zusage", "de", facts, None, own).body


@pytest.mark.parametrize("name", sorted(shipped()))
def test_letters_name_only_what_form_and_rules_know(name):
    one = shipped()[name]
    for text in one.letters.values():
        assert unknown_names(text, one) == []
    assert {language for language, _ in one.letters} == {"de", "en", "leicht"}
    for language in ("en", "leicht"):
        assert {n for each, n in one.letters if each == language} == {n for each, n in one.letters if each == "de"}


def test_a_letter_with_an_unknown_name_is_found(pets):
    other = procedure(
        changed(pets, "letters/de/zusage.txt", "{{ worte.tierart }}", "{{ worte.tier }} {{ unbekanntes }}")
    )
    assert unknown_names(other.letters["de", "zusage"], other) == ["worte.tier", "unbekanntes"]


def test_a_folder_that_is_none_is_named():
    with pytest.raises(InvalidProcedure, match="No such folder"):
        read(Path("no-such-folder"))


def test_a_day_is_read_as_people_write_it():
    slot = shipped()["schaden"].form.slots["seit_wann"]
    assert slot.in_words("2026-11-27", "de") == "27.11.2026"
    assert slot.in_words("2026-11-27", "en") == "27/11/2026"
