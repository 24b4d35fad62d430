"""Steps: tokens go where BPMN 2.0 says, wait where somebody has to do something, and never get lost or doubled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.cases import steps
from kastor.cases.hours import BERLIN, Calendar
from kastor.cases.steps import StepsError
from tests.cases.drawing import HEAD, arrows, document, drawn

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOTHING: dict[str, Any] = {}


def at(moved: steps.Advance) -> list[str]:
    return sorted(entry["node"] for entry in moved.steps["tokens"].values())


def done(process: steps.Process, moved: steps.Advance, node: str, **variables: Any) -> steps.Advance:
    token = next(key for key, entry in moved.steps["tokens"].items() if entry["node"] == node)
    return steps.completed(process, moved.steps, token, variables, NOW)


def test_a_token_waits_at_each_task_and_ends() -> None:
    process = drawn('<userTask id="a" name="Fragen" implementation="ask" k:slots="x y"/><sendTask id="b"/>',
                    "s>a", "a>b", "b>e")  # fmt: skip
    moved = steps.begin(process, NOTHING, NOW)
    (work,) = moved.work
    assert (work.node, work.name, work.implementation, work.attributes) == ("a", "Fragen", "ask", {"slots": "x y"})
    moved = done(process, moved, "a")
    assert [one.implementation for one in moved.work] == ["letter"], "how a send task is done when nothing is said"
    assert not moved.ended
    assert done(process, moved, "b").ended


def test_work_that_is_done_twice_moves_once() -> None:
    process = drawn('<userTask id="a"/><userTask id="b"/>', "s>a", "a>b", "b>e")
    first = steps.begin(process, NOTHING, NOW)
    moved = steps.completed(process, first.steps, "1", NOTHING, NOW)
    again = steps.completed(process, moved.steps, "1", NOTHING, NOW)
    assert again.steps == moved.steps
    assert again.work == []


@pytest.mark.parametrize(("x", "end"), [(1, "a"), (7, "b"), (100, "c"), (None, "c")])
def test_an_exclusive_gateway_takes_the_first_condition_that_holds(x: int | None, end: str) -> None:
    process = drawn(
        '<exclusiveGateway id="g" default="g-c"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>',
        "s>g", "g>a: x &lt; 5", "g>b: x &lt; 50", "g>c", "a>e", "b>e", "c>e",
    )  # fmt: skip
    assert at(steps.begin(process, {"x": x}, NOW)) == [end]


def test_a_gateway_without_a_way_out_says_so() -> None:
    process = drawn('<exclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/>',
                    "s>g", "g>a: x = 1", "g>b: x = 2", "a>e", "b>e")  # fmt: skip
    with pytest.raises(StepsError, match="No way out of the gateway 'g'"):
        steps.begin(process, {"x": 3}, NOW)


def test_parallel_ways_join_when_the_last_one_is_there() -> None:
    process = drawn(
        '<parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/><userTask id="c"/>',
        "s>f", "f>a", "f>b", "a>j", "b>j", "j>c", "c>e",
    )  # fmt: skip
    moved = steps.begin(process, NOTHING, NOW)
    assert at(moved) == ["a", "b"]
    moved = done(process, moved, "b")
    assert at(moved) == ["a", "j"]
    assert at(done(process, moved, "a")) == ["c"]


def test_a_script_computes_in_feel_and_goes_on_at_once() -> None:
    process = drawn('<scriptTask id="x" scriptFormat="feel" k:result="sum"><script>a + 2 * 3</script></scriptTask>'
                    '<userTask id="b"/>', "s>x", "x>b", "b>e")  # fmt: skip
    moved = steps.begin(process, {"a": 1}, NOW)
    assert moved.variables == {"sum": 7}
    assert isinstance(moved.variables["sum"], int)
    assert at(moved) == ["b"]


TIMER = (
    '<receiveTask id="a" implementation="wait" messageRef="m_go"/><userTask id="late"/><userTask id="good"/>'
    '<boundaryEvent id="t" attachedToRef="a"{more}><timerEventDefinition id="td"><{kind}>{when}</{kind}>'
    "</timerEventDefinition></boundaryEvent>"
)
TIMER_FLOWS = ("s>a", "a>good", "t>late", "good>e", "late>e")


def timed(when: str, kind: str = "timeDuration", more: str = "") -> steps.Process:
    return drawn(TIMER.format(when=when, kind=kind, more=more), *TIMER_FLOWS)


def test_a_boundary_timer_takes_the_token_away_or_is_taken_away() -> None:
    process = timed("P14D")
    moved = steps.begin(process, NOTHING, NOW)
    assert moved.timers == {"step:1:t": NOW + timedelta(days=14)}
    rung = steps.rang(process, moved.steps, "step:1:t", NOTHING, NOW)
    assert at(rung) == ["late"]
    assert steps.rang(process, rung.steps, "step:1:t", NOTHING, NOW).steps == rung.steps, "late, and already gone on"
    come = steps.signalled(process, moved.steps, "go", NOTHING, NOW)
    assert at(come) == ["good"]
    assert come.timers == {"step:1:t": None}


def test_a_timer_that_does_not_interrupt_leaves_the_token_and_comes_again() -> None:
    process = timed("R3/PT24H", "timeCycle", ' cancelActivity="false"')
    moved = steps.begin(process, NOTHING, NOW)
    rung = steps.rang(process, moved.steps, "step:1:t", NOTHING, NOW + timedelta(days=1))
    assert at(rung) == ["a", "late"]
    assert rung.timers == {"step:1:t": NOW + timedelta(days=2)}


@pytest.mark.parametrize(
    ("kind", "when", "more", "start", "due"),
    [
        # summer time begins on 29 March 2026, it ends on 25 October 2026
        ("timeDuration", "P1D", "", "2026-03-28T09:00+01:00", "2026-03-29T09:00+02:00"),
        ("timeDuration", "PT24H", "", "2026-03-28T09:00+01:00", "2026-03-29T10:00+02:00"),
        ("timeDuration", "P1D", "", "2026-03-28T02:30+01:00", "2026-03-29T03:30+02:00"),
        ("timeDuration", "P1D", "", "2026-10-24T09:00+02:00", "2026-10-25T09:00+01:00"),
        ("timeDuration", "PT24H", "", "2026-10-24T09:00+02:00", "2026-10-25T08:00+01:00"),
        ("timeDuration", "P1D", "", "2026-10-24T02:30+02:00", "2026-10-25T02:30+02:00"),
        ("timeDuration", "P1M", "", "2026-01-31T12:00+01:00", "2026-02-28T12:00+01:00"),
        # over a weekend with the clock change, over Easter, over Corpus Christi (not in all Länder)
        ("timeDuration", "P2D", ' k:counted="working_days"', "2026-03-27T16:00+01:00", "2026-03-31T16:00+02:00"),
        ("timeDuration", "P1D", ' k:counted="working_days"', "2026-04-02T10:00+02:00", "2026-04-07T10:00+02:00"),
        ("timeDuration", "P1D", ' k:counted="working_days"', "2026-06-03T10:00+02:00", "2026-06-05T10:00+02:00"),
        ("timeDuration", "PT4H", ' k:counted="office_hours"', "2026-10-23T15:00+02:00", "2026-10-26T10:00+01:00"),
        ("timeDuration", "PT4H", ' k:counted="office_hours"', "2026-03-28T12:00+01:00", "2026-03-30T12:00+02:00"),
        ("timeDate", "2026-07-01T12:00:00", "", "2026-03-28T12:00+01:00", "2026-07-01T12:00+02:00"),
        ("timeDate", "datum", "", "2026-03-28T12:00+01:00", "2026-07-02T00:00+02:00"),
        ("timeDuration", 'duration("P3D")', "", "2026-03-02T12:00+01:00", "2026-03-05T12:00+01:00"),
    ],
)  # fmt: skip
def test_timers_are_due_as_people_count(kind: str, when: str, more: str, start: str, due: str) -> None:
    process = timed(when, kind, more)
    variables = {"datum": "2026-07-02"}
    moved = steps.begin(process, variables, datetime.fromisoformat(start), calendar=Calendar("NW"))
    assert moved.timers["step:1:t"] == datetime.fromisoformat(due)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(0, 400), st.sampled_from(["D", "H", "W"])
)  # fmt: skip
def test_a_longer_span_never_ends_earlier(start: datetime, count: int, unit: str) -> None:
    from kastor.cases.hours import later

    begin = start.replace(tzinfo=BERLIN)
    text = f"P{'T' if unit == 'H' else ''}{{}}{unit}"
    assert later(begin, text.format(count)) <= later(begin, text.format(count + 1))
    assert later(begin, text.format(count)) >= begin.astimezone(UTC)


def test_the_first_event_behind_an_event_based_gateway_wins() -> None:
    process = drawn(
        '<eventBasedGateway id="g"/><receiveTask id="r" messageRef="m_go"/>'
        '<intermediateCatchEvent id="w"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>'
        '</intermediateCatchEvent><userTask id="a"/><userTask id="b"/>',
        "s>g", "g>r", "g>w", "r>a", "w>b", "a>e", "b>e",
    )  # fmt: skip
    moved = steps.begin(process, NOTHING, NOW)
    assert moved.timers == {"step:1:w": NOW + timedelta(hours=1)}
    assert at(steps.rang(process, moved.steps, "step:1:w", NOTHING, NOW)) == ["b"]
    come = steps.signalled(process, moved.steps, "go", NOTHING, NOW)
    assert at(come) == ["a"]
    assert come.timers == {"step:1:w": None}


CALL = (
    f'<process id="sub"><startEvent id="s2"/><userTask id="inner"/><exclusiveGateway id="g2" default="g2-e2"/>'
    f'<endEvent id="e2"/><endEvent id="bad"><errorEventDefinition errorRef="e_bad"/></endEvent>'
    f"{arrows('s2>inner', 'inner>g2', 'g2>e2', 'g2>bad: ok = false')}</process>"
)
CALLING = (
    '<callActivity id="c" calledElement="sub"/><userTask id="after"/><userTask id="help"/>'
    '<boundaryEvent id="err" attachedToRef="c"><errorEventDefinition errorRef="e_bad"/></boundaryEvent>'
)
CALL_FLOWS = ("s>c", "c>after", "err>help", "after>e", "help>e")


@pytest.mark.parametrize(("ok", "where"), [(True, "after"), (False, "help")])
def test_a_called_process_returns_or_throws_to_who_called(ok: bool, where: str) -> None:
    process = drawn(CALLING, *CALL_FLOWS, more=CALL)
    moved = steps.begin(process, NOTHING, NOW)
    assert at(moved) == ["c", "inner"]
    assert at(done(process, moved, "inner", ok=ok)) == [where]


def test_work_that_fails_goes_to_the_boundary_error_even_of_a_caller() -> None:
    process = drawn(CALLING, *CALL_FLOWS, more=CALL)
    moved = steps.begin(process, NOTHING, NOW)
    token = next(key for key, entry in moved.steps["tokens"].items() if entry["node"] == "inner")
    assert at(steps.failed(process, moved.steps, token, "bad", NOTHING, NOW)) == ["help"]
    with pytest.raises(StepsError, match="Nothing catches the error 'other'"):
        steps.failed(process, moved.steps, token, "other", NOTHING, NOW)


def test_a_terminate_end_takes_every_token_with_it() -> None:
    process = drawn(
        '<parallelGateway id="f"/><userTask id="a"/><userTask id="b"/>'
        '<endEvent id="stop"><terminateEventDefinition/></endEvent>',
        "s>f", "f>a", "f>b", "a>stop", "b>e",
    )  # fmt: skip
    moved = done(process, steps.begin(process, NOTHING, NOW), "a")
    assert moved.ended
    assert moved.steps["tokens"] == {}


def test_steps_that_go_round_without_waiting_are_stopped() -> None:
    process = drawn('<exclusiveGateway id="g" default="g-g2"/><exclusiveGateway id="g2" default="g2-g"/>'
                    '<userTask id="a"/>', "s>g", "g>g2", "g2>g", "g2>a: x = 1", "a>e")  # fmt: skip
    with pytest.raises(StepsError, match="circle"):
        steps.begin(process, NOTHING, NOW)


@pytest.mark.parametrize(
    ("inside", "flows", "said"),
    [
        ('<task id="a"/>', ("s>a", "a>e"), "line 1, task 'a'"),
        ('<subProcess id="a"/>', ("s>a", "a>e"), "subProcess 'a'"),
        ('<scriptTask id="a" scriptFormat="javascript"><script>1</script></scriptTask>', ("s>a", "a>e"), "in FEEL"),
        ('<scriptTask id="a" scriptFormat="feel"><script>1 +</script></scriptTask>', ("s>a", "a>e"), "script of 'a'"),
        ('<userTask id="a"/>', ("s>a", "a>e: x = 1"), "exclusive gateways only"),
        ('<userTask id="a"/>', ("s>a",), "leads nowhere"),
        ('<userTask id="a"/><userTask id="b"/>', ("s>a", "a>e", "b>e"), "'b' \\(\\) is never reached"),
        ('<userTask id="a"/>', ("s>a", "a>x"), "'x', which is not there"),
        ('<serviceTask id="a"/>', ("s>a", "a>e"), "does not say how it is done"),
        ('<callActivity id="a" calledElement="zz"/>', ("s>a", "a>e"), "calls 'zz'"),
        ('<exclusiveGateway id="a"/><userTask id="b"/>', ("s>a", "a>b", "a>e", "b>e"), "no condition"),
        (TIMER.format(kind="timeDuration", when="soon +", more=""), TIMER_FLOWS, "the timer 'td'"),
        (TIMER.format(kind="timeDuration", when="P99Y", more=""), TIMER_FLOWS, "longer than ten years"),
        (TIMER.format(kind="timeDuration", when="P1D", more=' k:counted="moons"'), TIMER_FLOWS, "moons"),
        ('<userTask id="a"/><userTask id="a"/>', ("s>a", "a>e"), "taken"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_with_its_name(inside: str, flows: tuple[str, ...], said: str) -> None:
    with pytest.raises(StepsError, match=said):
        drawn(inside, *flows)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<x", b"<a/>", b"\xff\xfe\x00", b"<definitions/>",
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + HEAD.encode() + b"&x;</definitions>",
        HEAD.encode() + b"<process>" * 300 + b"</process>" * 300 + b"</definitions>",
        b"x" * 5_000_000,
    ],
)  # fmt: skip
def test_what_is_no_bpmn_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(StepsError, match=r"[A-Z].*\."):
        steps.read(content)


def test_what_other_programs_and_people_wrote_stays(tmp_path: object) -> None:
    content = document('<!-- Notiz --><userTask id="a"><extensionElements><z:x xmlns:z="urn:z"><z:y q="ü"/></z:x>'
                       "</extensionElements></userTask>", "s>a", "a>e")  # fmt: skip
    written = steps.write(steps.read(content)).decode()
    for kept in ("<!-- Notiz -->", '<z:y q="ü"/>', 'xmlns:z="urn:z"'):
        assert kept in written


RANDOM = drawn(
    '<parallelGateway id="f"/><userTask id="a"/><receiveTask id="b" messageRef="m_go"/><parallelGateway id="j"/>'
    '<boundaryEvent id="t" attachedToRef="b"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
    '</timerEventDefinition></boundaryEvent><exclusiveGateway id="g" default="g-e"/><userTask id="z"/>',
    "s>f", "f>a", "f>b", "a>j", "b>j", "t>z", "z>b", "j>g", "g>a2: x = 1", "g>e", "a2>e",
    ends='<startEvent id="s"/><endEvent id="e"/><userTask id="a2"/>',
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["done", "ring", "go", "stop", "fail"]), st.integers(0, 9)), max_size=25))
def test_whatever_happens_in_whatever_order_tokens_stay_whole(happened: list[tuple[str, int]]) -> None:
    moved = steps.begin(RANDOM, {"x": 1}, NOW)
    timers = {name for name, due in moved.timers.items() if due}
    for what, number in happened:
        before = orjson.dumps(moved.steps)
        if what == "done":
            moved = steps.completed(RANDOM, moved.steps, str(number), {"x": number}, NOW)
        elif what == "ring":
            moved = steps.rang(RANDOM, moved.steps, f"step:{number}:t", {"x": 1}, NOW)
        elif what == "fail":
            try:
                moved = steps.failed(RANDOM, moved.steps, str(number), "bad", {}, NOW)
            except StepsError:
                assert orjson.dumps(moved.steps) == before
                continue
        else:
            moved = steps.signalled(RANDOM, moved.steps, what, {"x": 1}, NOW)
        for name, due in moved.timers.items():
            timers = timers | {name} if due else timers - {name}
        assert orjson.loads(orjson.dumps(moved.steps)) == moved.steps, "plain JSON"
        assert moved.ended == (not moved.steps["tokens"])
        waits = {f"step:{token}:t" for token, entry in moved.steps["tokens"].items() if entry["node"] == "b"}
        assert timers == waits, "a timer stands exactly where a token waits under one"
