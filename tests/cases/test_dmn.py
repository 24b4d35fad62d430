"""Tables decide, say why, and say which questions are still open."""

import itertools
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.cases import dmn
from kastor.cases.feel import Function
from tests.cases.tables import model_of, table_model, table_xml

PETS = table_model(
    [("tierart", "string"), ("anzahl", "number"), ("assistenzhund", "boolean")],
    [("ergebnis", "string"), ("frist", "number")],
    [
        ('"kleintier"', "<= 3", "-", '"frei"', "0", "Kleintiere sind erlaubt."),
        ("-", "-", "true", '"vorlegen"', "5", "Assistenzhunde entscheidet ein Mensch."),
        ('"katze"', "<= 2", "-", '"genehmigen"', "14", "Zwei Katzen sind üblich."),
        ("-", "-", "-", '"vorlegen"', "10", "Alles andere entscheidet ein Mensch."),
    ],
    annotations=("Begründung",),
)


def decide(model, **inputs):
    return dmn.evaluate(model, "D", inputs).value


def test_the_first_rule_that_holds_decides_and_its_reason_is_in_the_trace():
    found = dmn.evaluate(PETS, "D", {"tierart": "katze", "anzahl": 1, "assistenzhund": False})
    assert found.value == {"ergebnis": "genehmigen", "frist": 14}
    (trace,) = found.traces
    assert [(rule.id, rule.position, rule.hit, rule.applied) for rule in trace.rules] == [
        ("r1", 1, False, False), ("r2", 2, False, False), ("r3", 3, True, True), ("r4", 4, True, False),
    ]  # fmt: skip
    assert trace.reasons == ("Zwei Katzen sind üblich.",)
    assert trace.inputs == (("tierart", "katze"), ("anzahl", Decimal(1)), ("assistenzhund", False))


def test_the_hash_of_a_table_changes_with_a_cell_and_not_with_the_layout():
    again = dmn.read(PETS.source.replace(b"><", b">\n <"))
    other = dmn.read(PETS.source.replace(b"14", b"15"))
    hashes = [dmn.evaluate(model, "D", {}).traces[0].hash for model in (PETS, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 64


def test_a_rule_that_nobody_can_tell_yet_is_neither_hit_nor_missed():
    found = dmn.evaluate(PETS, "D", {"tierart": "katze", "anzahl": 1}, missing=dmn.UNKNOWN)
    assert [rule.hit for rule in found.traces[0].rules] == [False, None, True, True]
    assert found.value == {"ergebnis": dmn.UNKNOWN, "frist": dmn.UNKNOWN}


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ({}, ("tierart", "anzahl", "assistenzhund")),
        ({"tierart": "hund"}, ("assistenzhund",)),
        ({"tierart": "kleintier"}, ("anzahl", "assistenzhund")),
        ({"tierart": "kleintier", "anzahl": 2}, ()),
        ({"tierart": "katze", "anzahl": 5}, ("assistenzhund",)),
        ({"assistenzhund": False, "anzahl": 9}, ()),
        ({"tierart": None, "anzahl": None, "assistenzhund": False}, ()),
    ],
)
def test_only_questions_that_can_change_the_outcome_are_open(known, asked):
    assert dmn.open_inputs(PETS, "D", known) == asked


def test_a_question_is_not_asked_when_all_its_answers_lead_to_the_same():
    model = table_model(
        [("a", "number"), ("b", "number")],
        [("x", "string")],
        [("1", "-", '"eins"'), ("!= 1", "> 5", '"andere"'), ("-", "-", '"andere"')],
    )
    assert dmn.open_inputs(model, "D", {}) == ("a",)


def test_questions_of_required_decisions_are_open_too():
    size = table_xml([("hoehe", "number")], [("", "string")], [("> 50", '"groß"'), ("-", '"klein"')])
    top = table_xml(
        [("art", "string"), ("groesse", "string")],
        [("", "string")],
        [('"hund"', '"groß"', '"vorlegen"'), ("-", "-", '"frei"')],
    )
    model = model_of(
        [("hoehe", "number"), ("art", "string")], [("groesse", size, ["hoehe"]), ("D", top, ["art", "groesse"])]
    )
    assert dmn.open_inputs(model, "D", {}) == ("art", "hoehe")
    assert dmn.open_inputs(model, "D", {"art": "katze"}) == ()
    assert dmn.open_inputs(model, "D", {"art": "hund"}) == ("hoehe",)
    assert dmn.open_inputs(model, "D", {"hoehe": 20}) == ()
    found = dmn.evaluate(model, "D", {"art": "hund", "hoehe": 60})
    assert (found.value, [trace.decision for trace in found.traces]) == ("vorlegen", ["groesse", "D"])


CELLS = {
    "a": ["-", '"u"', '"v"', 'not("u")', '"u", "v"'],
    "n": ["-", "< 2", "[2..4]", "> 3", "3"],
    "b": ["-", "true", "false"],
}
ANSWERS = {"a": ["u", "v", "w"], "n": [1, 2, 3, 3.5, 4, 5], "b": [True, False]}
RULES = st.lists(
    st.tuples(*(st.sampled_from(CELLS[name]) for name in CELLS), st.sampled_from(['"x"', '"y"', '"z"'])),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(deadline=None)
@given(RULES, st.sets(st.sampled_from("anb")), st.sampled_from(["FIRST", "UNIQUE", "COLLECT"]), st.randoms())
def test_open_are_exactly_the_questions_whose_answers_matter(rules, told, policy, rng):
    model = table_model([("a", "string"), ("n", "number"), ("b", "boolean")], [("r", "string")], rules, policy=policy)
    known = {name: rng.choice(ANSWERS[name]) for name in told}
    missing = [name for name in "anb" if name not in known]
    outcomes = {}
    for answers in itertools.product(*(ANSWERS[name] for name in missing)):
        outcomes[answers] = str(decide(model, **known, **dict(zip(missing, answers, strict=True))))
    matters = []
    for at, name in enumerate(missing):
        by_rest = {}
        for answers, outcome in outcomes.items():
            by_rest.setdefault((*answers[:at], *answers[at + 1 :]), set()).add(outcome)
        if any(len(found) > 1 for found in by_rest.values()):
            matters.append(name)
    assert dmn.open_inputs(model, "D", known) == tuple(matters)


@settings(deadline=None)
@given(RULES, st.sampled_from(["FIRST", "UNIQUE", "ANY"]))
def test_the_analysis_finds_exactly_what_trying_all_answers_finds(rules, policy):
    model = table_model([("a", "string"), ("n", "number"), ("b", "boolean")], [("r", "string")], rules, policy=policy)
    found = dmn.analyse(model, "D")
    hits, together, decided = set(), set(), set()
    for answers in itertools.product(*([*values, None] for values in ANSWERS.values())):
        (trace,) = dmn.evaluate(model, "D", dict(zip(ANSWERS, answers, strict=True))).traces
        positions = [rule.position for rule in trace.rules if rule.hit]
        decided |= set(positions[:1] if policy == "FIRST" else positions)
        if None not in answers:
            hits.add(bool(positions))
            together |= set(itertools.combinations(positions, 2))
    assert bool(found.gaps) == (False in hits)
    assert set(found.unreachable) == set(range(1, len(rules) + 1)) - decided
    results = [rule[-1] for rule in rules]
    wrong = {pair for pair in together if policy == "UNIQUE" or results[pair[0] - 1] != results[pair[1] - 1]}
    assert {(each.first, each.second) for each in found.overlaps} == (set() if policy == "FIRST" else wrong)


def test_the_analysis_names_gaps_as_cells_would_and_cells_that_compute():
    model = table_model(
        [("n", "number"), ("a", "string")],
        [("r", "string")],
        [("<= 2", "-", '"x"'), (">= 3", '"u"', '"y"'), ("n + 1", "-", '"z"')],
        policy="UNIQUE",
    )
    found = dmn.analyse(model, "D")
    assert found.gaps == (("(2..3)", "-"), ("3, > 3", 'not("u")'))
    assert found.not_analysable == ((3, "n", "n + 1"),)


@pytest.mark.parametrize(
    ("policy", "extra", "expected"),
    [
        ("UNIQUE", {}, None),
        ("ANY", {}, None),
        ("FIRST", {}, 2),
        ("RULE ORDER", {}, [2, 1]),
        ("COLLECT", {"aggregation": "SUM"}, 3),
        ("COLLECT", {"aggregation": "MAX"}, 2),
        ("COLLECT", {"aggregation": "COUNT"}, 2),
    ],
)
def test_hit_policies_make_different_outcomes_of_the_same_rules(policy, extra, expected):
    rules = [("> 5", "2"), ("> 3", "1"), ("> 99", "7")]
    model = table_model([("n", "number")], [("r", "number")], rules, policy, **extra)
    found = dmn.evaluate(model, "D", {"n": 10})
    assert found.value == expected
    assert bool(found.notes) == (expected is None)


TYPES = (
    '<itemDefinition name="tArt"><typeRef>string</typeRef><allowedValues><text>"hund","katze"</text></allowedValues>'
    "</itemDefinition>"
)


def test_a_value_that_its_type_does_not_allow_is_null_and_a_note_says_so():
    rules = [("null", '"leer"'), ("-", '"etwas"')]
    model = table_model([("art", "tArt")], [("r", "string")], rules, types=TYPES)
    assert decide(model, art="hund") == "etwas"
    found = dmn.evaluate(model, "D", {"art": "elefant"})
    assert found.value == "leer"
    assert "art: the value given is none of type tArt" in found.notes


def test_a_cell_that_cannot_be_read_is_a_problem_with_its_place():
    model = table_model([("n", "number")], [("r", "string")], [("> > 3", '"x"')])
    assert decide(model, n=4) is None
    (problem,) = dmn.problems(model)
    assert problem.startswith("D: expected a value, found '>'")


SERVICE = b"""<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/" name="s" namespace="urn:s">
<import name="other" namespace="urn:o" importType="http://www.omg.org/spec/DMN/20180521/MODEL/"/>
<inputData id="a" name="a"><variable name="a" typeRef="number"/></inputData>
<decision id="b" name="b"><variable name="b"/><literalExpression><text>1000</text></literalExpression></decision>
<decision id="sum" name="sum"><variable name="sum"/>
 <informationRequirement><requiredInput href="#a"/></informationRequirement>
 <informationRequirement><requiredDecision href="#b"/></informationRequirement>
 <knowledgeRequirement><requiredKnowledge href="urn:o#twice"/></knowledgeRequirement>
 <literalExpression><text>other.twice(a) + b</text></literalExpression></decision>
<decisionService id="service" name="Add up"><outputDecision href="#sum"/><inputDecision href="#b"/>
 <inputData href="#a"/></decisionService>
<decision id="user" name="user"><variable name="user"/>
 <knowledgeRequirement><requiredKnowledge href="#service"/></knowledgeRequirement>
 <literalExpression><text>[Add up(1, 2), Add up(b: 20, a: 10), Add up(1)]</text></literalExpression></decision>
</definitions>"""
OTHER = b"""<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/" name="o" namespace="urn:o">
<businessKnowledgeModel id="twice" name="twice"><encapsulatedLogic><formalParameter name="x" typeRef="number"/>
<literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel></definitions>"""


def test_services_and_imported_knowledge_are_called_like_functions():
    model = dmn.read(SERVICE, [dmn.read(OTHER)])
    assert dmn.evaluate(model, "sum", {"a": 1}).value == 1002
    assert dmn.evaluate(model, "Add up", {"a": 1, "b": 5}).value == 7
    assert dmn.evaluate(model, "user", {}).value == [4, 40, None]
    assert dmn.invoke(model, "Add up", {"a": 2, "b": 0}).value == 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<a", "is no XML"),
        (b"<definitions/>", "not 'definitions' of DMN"),
        (SERVICE.replace(b'id="b" name="b"', b'id="a" name="b"'), "the id 'a' is there twice"),
        (SERVICE.replace(b'id="b" name="b"', b'id="b"'), "a decision has no name"),
        (PETS.source.replace(b'"FIRST"', b'"BEST"'), "the hit policy 'BEST' is none of"),
        (PETS.source.replace(b"<outputEntry><text>0</text></outputEntry>", b""), "'r1' has 3 conditions and 1 results"),
        (b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + SERVICE.replace(b"1000", b"&e;"), None),
    ],
)  # fmt: skip
def test_bad_files_are_refused_and_nothing_outside_the_file_is_read(data, message):
    if message is None:
        assert "root:" not in repr(dmn.read(data).elements)
        return
    with pytest.raises(dmn.DmnError, match=message):
        dmn.read(data)


def test_a_decision_that_requires_itself_is_an_error_and_one_nobody_has_too():
    logic = "<literalExpression><text>D + 1</text></literalExpression>"
    model = model_of([], [("D", logic, ["D"])])
    with pytest.raises(dmn.DmnError, match="'D' requires itself"):
        decide(model)
    with pytest.raises(dmn.DmnError, match="has no decision 'X'; it has D"):
        dmn.evaluate(model, "X", {})
    with pytest.raises(dmn.DmnError, match="has no decision 'X'"):
        dmn.open_inputs(model, "X", {})


def test_a_changed_cell_is_written_in_its_place_and_the_rest_stays():
    path = Path(__file__).parent.parent / "data/dmn-tck/compliance-level-2/0004-simpletable-U/0004-simpletable-U.dmn"
    model = dmn.read(path.read_bytes())
    (decision,) = model.decisions
    first, *others = decision.logic.rules
    rules = (replace(first, outputs=('"Declined"',)), *others[:-1])
    changed = replace(decision, logic=replace(decision.logic, rules=rules))
    data = dmn.write(replace(model, elements={**model.elements, decision.id: changed}))
    again = dmn.read(data)
    assert again.elements[decision.id] == changed
    assert again.inputs == model.inputs
    ids, before = (set(re.findall(rb' id="([^"]+)"', each)) for each in (data, model.source))
    assert before - ids == {name for name in before if name.startswith(others[-1].id.encode())}
    assert b"DMNShape" in data


def text(expression):
    return f"<literalExpression><text>{escape(expression)}</text></literalExpression>"


FACTORIAL = (
    '<functionDefinition><formalParameter name="n" typeRef="number"/>'
    + text("if n = 0 then 1 else n * fact(n - 1)")
    + "</functionDefinition>"
)


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (f"<filter><in>{text('[1, 2, 3]')}</in><match>{text('item > 1')}</match></filter>", [2, 3]),
        (f"<filter><in>{text('[{a: 1}, {a: 2}]')}</in><match>{text('a = 2')}</match></filter>", [{"a": 2}]),
        (f"<filter><in>{text('[1, 2, 3]')}</in><match>{text('1')}</match></filter>", None),
        (
            f'<for iteratorVariable="x y"><in>{text("[1..3]")}</in>'
            f"<return>{text('x y * 2 + count(partial)')}</return></for>",
            [2, 5, 8],
        ),
        (
            f'<every iteratorVariable="x"><in>{text("[1..3]")}</in><satisfies>{text("x > 0")}</satisfies></every>',
            True,
        ),
        (f"<conditional><if>{text('null')}</if><then>{text('1')}</then><else>{text('2')}</else></conditional>", 2),
        (f"<conditional><if>{text('1')}</if><then>{text('1')}</then><else>{text('2')}</else></conditional>", None),
        (f"<list>{text('1')}{text('1 + 1')}</list>", [1, 2]),
        (f'<relation><column name="a b"/><row>{text("1")}</row></relation>', [{"a b": 1}]),
        (
            f'<context><contextEntry><variable name="a b"/>{text("1")}</contextEntry>'
            f"<contextEntry>{text('a b + 1')}</contextEntry></context>",
            2,
        ),
        (
            f'<invocation>{text("max")}<binding><parameter name="list"/>{text("[1, 5]")}</binding></invocation>',
            5,
        ),
        (
            f'<context><contextEntry><variable name="fact"/>{FACTORIAL}</contextEntry>'
            f"<contextEntry>{text('fact(5)')}</contextEntry></context>",
            120,
        ),
        ('<functionDefinition kind="Java"/>', None),
    ],
)
def test_boxed_expressions_have_the_value_of_their_content(logic, expected):
    model = model_of([], [("D", logic, [])])
    assert dmn.problems(model) == []
    found = decide(model)
    assert (found if not isinstance(found, Function) else found.call([], None)) == expected
    assert dmn.read(dmn.write(replace(model, source=b""))).elements == model.elements
