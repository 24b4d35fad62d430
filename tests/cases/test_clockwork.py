"""What happens by itself: timers ring once and late rather than never, effects arrive although receivers fail."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.clockwork import CaseLoop, ring, turn
from kastor.cases.delivery import FIRST, LEASE, PATIENCE, GiveUp, TryLater, attachment, deliver
from kastor.cases.events import Event
from kastor.cases.message import Attachment, Reply
from kastor.cases.steps import Work
from kastor.cases.working import Working
from kastor.store import Tenant, backup, cases, open_tenant, outbox
from kastor.store.cases import CaseErased
from kastor.store.database import Database
from kastor.store.outbox import Item
from tests.cases.killed_worker import WORKERS
from tests.cases.killed_worker import find as find_stepped
from tests.cases.sample import NOW, find, message


class Receiver:
    """Somebody outside, who fails as often as told."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.got: list[Item] = []

    def __call__(self, database: Database, item: Item) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.got.append(item)


def waiting(twin: Tenant, *keys: str) -> str:
    """A case with mails that wait to be sent."""
    with casework.begin(twin.database, NOW, find) as work:
        case_id = work.open(message(channel="mail"))
        work.receive(case_id, message(channel="mail"))
        work.do(case_id, c.Say(tuple(Reply(f"Text {key}", "de", key) for key in keys)))
    return case_id


def events(twin: Tenant, case_id: str) -> list[Event]:
    with twin.database.read() as connection:
        return casework.read_events(connection, case_id, cases.key_of(connection, case_id))


def test_what_waits_is_sent_once_and_written_down(twin: Tenant) -> None:
    case_id, receiver = waiting(twin, "k1", "k2"), Receiver()
    assert deliver(twin.database, {"mail": receiver}, NOW, find) == 2
    assert deliver(twin.database, {"mail": receiver}, NOW, find) == 0
    assert [(item.key, item.payload["text"]) for item in receiver.got] == [("k1", "Text k1"), ("k2", "Text k2")]
    told = [event.public for event in events(twin, case_id) if event.kind == "delivered"]
    assert told == [{"key": key, "kind": "mail", "tries": 1} for key in ("k1", "k2")]
    assert casework.read_state(twin.database, case_id)["effects"]["k1"]["state"] == "done"


def test_a_receiver_that_is_down_for_a_day_gets_it_afterwards_in_order(twin: Tenant) -> None:
    waiting(twin, "k1", "k2")
    receiver = Receiver(*[OSError("connection refused")] * 60)
    now = NOW
    tries = []
    while receiver.failures:
        before = len(receiver.failures)
        deliver(twin.database, {"mail": receiver}, now, find)
        tries += [now] * (before - len(receiver.failures))
        now += timedelta(seconds=30)
        if now - NOW > timedelta(days=1):
            receiver.failures.clear()
    assert 20 < len(tries) < 40, "the distance grows up to an hour, and the second mail is not tried meanwhile"
    assert tries[1] - tries[0] == FIRST
    deliver(twin.database, {"mail": receiver}, now + timedelta(hours=1), find)
    assert [item.key for item in receiver.got] == ["k1", "k2"]


@pytest.mark.parametrize("failure", [GiveUp("no such mailbox"), TryLater("full")])
def test_what_never_arrives_is_a_persons_matter(twin: Tenant, failure: Exception) -> None:
    case_id, receiver = waiting(twin, "k1", "k2"), Receiver(failure)
    late = NOW + PATIENCE + timedelta(hours=1)
    deliver(twin.database, {"mail": receiver}, late, find)
    state = casework.read_state(twin.database, case_id)
    assert (state["status"], state["wanted"]) == ("staff", "undeliverable")
    assert state["effects"]["k1"]["state"] == "failed"
    assert [item.key for item in receiver.got] == ["k2"], "the next one is not held up for ever"
    with twin.database.write("test") as connection:
        assert outbox.again(connection, "k1", "2026-03-07T00:00:00.000000Z")
    deliver(twin.database, {"mail": receiver}, late, find)
    assert [item.key for item in receiver.got] == ["k2", "k1"]


def test_what_another_one_is_sending_is_left_to_it_for_a_while(twin: Tenant) -> None:
    waiting(twin, "k1")
    second = Receiver()

    def first(database: Database, item: Item) -> None:
        assert deliver(database, {"mail": second}, NOW + timedelta(minutes=1), find) == 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(twin.database, {"mail": first}, NOW, find)
    assert deliver(twin.database, {"mail": second}, NOW + LEASE, find) == 1


def test_a_sender_reads_the_attachments_of_a_reply(twin: Tenant) -> None:
    paper = Attachment("Bescheid.pdf", "application/pdf", b"%PDF-1.7 ...")
    with casework.begin(twin.database, NOW, find) as work:
        case_id = work.open(message(channel="mail"))
        work.do(case_id, c.Say((Reply("Anbei.", "de", "k1", attachments=(paper,)),), "mail", "t1"))
    found = []

    def send(database: Database, item: Item) -> None:
        found.extend(attachment(database, item, file["hash"]) for file in item.payload["files"])

    deliver(twin.database, {"mail": send}, NOW, find)
    assert found == [("Bescheid.pdf", "application/pdf", paper.content)]


def stepped(twin: Tenant) -> str:
    """A case whose steps wait for a message, at most a day."""
    with casework.begin(twin.database, NOW, find_stepped, WORKERS) as work:
        case_id = work.open(message(channel="mail"))
        work.follow(case_id, "haustier")
        work.do(case_id, c.Complete("ask"))
    return case_id


def at(twin: Tenant, case_id: str) -> list[str]:
    return [entry["node"] for entry in casework.read_state(twin.database, case_id)["steps"]["tokens"].values()]


def test_a_timer_rings_once_and_not_too_early(twin: Tenant) -> None:
    case_id = stepped(twin)
    assert at(twin, case_id) == ["warten"]
    assert ring(twin.database, NOW + timedelta(hours=23, minutes=59), find_stepped, WORKERS) == 0
    assert ring(twin.database, NOW + timedelta(days=1), find_stepped, WORKERS) == 1
    assert at(twin, case_id) == ["umfrage"]
    assert ring(twin.database, NOW + timedelta(days=2), find_stepped, WORKERS) == 0


def test_timers_of_a_standstill_are_caught_up_with_the_oldest_first(twin: Tenant) -> None:
    ids = [stepped(twin) for _ in range(3)]
    with casework.begin(twin.database, NOW, find_stepped) as work:
        work.do(ids[1], c.SetTimers({"own": "2026-03-02T12:00:00.000000Z"}))
    assert turn(twin.database, NOW + timedelta(days=400), {}, find=find_stepped, handlers=WORKERS) == 4
    assert [at(twin, one) for one in ids] == [["umfrage"]] * 3
    kinds = [(event.kind, event.public["name"]) for event in events(twin, ids[1]) if event.kind == "timer_due"]
    assert [name for _, name in kinds] == ["own", "step:5:frist"]


def test_a_message_that_comes_first_takes_the_timer_away(twin: Tenant) -> None:
    case_id = stepped(twin)
    with casework.begin(twin.database, NOW, find_stepped, WORKERS) as work:
        work.do(case_id, c.Signal("go"))
    assert at(twin, case_id) == ["umfrage"]
    assert ring(twin.database, NOW + timedelta(days=2), find_stepped, WORKERS) == 0


def test_while_a_person_has_the_case_its_timers_wait_for_that_person(twin: Tenant) -> None:
    case_id = stepped(twin)
    with casework.begin(twin.database, NOW, find_stepped, WORKERS) as work:
        work.do(case_id, c.TakeOver("7"))
    assert ring(twin.database, NOW + timedelta(days=1), find_stepped, WORKERS) == 1
    assert at(twin, case_id) == ["warten"]
    with casework.begin(twin.database, NOW, find_stepped, WORKERS) as work:
        work.do(case_id, c.GiveBack("7"))
    assert at(twin, case_id) == ["umfrage"]


def test_a_message_to_an_erased_case_and_its_timers_do_nothing(twin: Tenant) -> None:
    case_id = stepped(twin)
    with casework.begin(twin.database, NOW, find_stepped, WORKERS) as work:
        work.erase(case_id, "request", "7")
    casework.forget(twin.database)
    assert turn(twin.database, NOW + timedelta(days=9), {"mail": Receiver()}, True, find_stepped, WORKERS) == 0


def test_old_cases_go_by_themselves_and_logs_are_fixed(twin: Tenant) -> None:
    case_id = waiting(twin)
    with casework.begin(twin.database, NOW, find) as work:
        work.do(case_id, c.Close("done", "7"))
    day = NOW + timedelta(days=90)
    turn(twin.database, day - timedelta(seconds=1), {}, True, find)
    assert casework.read_state(twin.database, case_id)["status"] == "closed"
    turn(twin.database, day, {}, True, find)
    with twin.database.read() as connection:
        assert cases.case(connection, case_id).status == "erased"
        assert cases.unanchored(connection) == []
        assert cases.faults(connection, case_id) == []


def test_what_was_erased_goes_again_when_a_backup_brings_it_back(twin: Tenant, tmp_path: Path) -> None:
    home = twin.directory.parent.parent
    gone, kept = waiting(twin), stepped(twin)
    backup.save(twin, tmp_path / "backup")
    with casework.begin(twin.database, NOW, find) as work:
        work.erase(gone, "request", "7")
    twin.close()
    backup.restore(home, tmp_path / "backup", "musterstadt", replace=True)
    with open_tenant(home, "musterstadt") as again:
        assert casework.read_state(again.database, gone)["id"] == gone, "the backup still had its key"
        turn(again.database, NOW, {}, True, find)
        with pytest.raises(CaseErased):
            casework.read_state(again.database, gone)
        assert casework.read_state(again.database, kept)["status"] == "decided"
        with again.database.read() as connection:
            assert cases.faults(connection, gone) == []


def test_a_mistake_in_a_handler_or_sender_stops_nobody_else(twin: Tenant) -> None:
    def broken(working: Working, work: Work) -> None:
        raise KeyError("a mistake")

    bad, good = stepped(twin), stepped(twin)
    with casework.begin(twin.database, NOW, find_stepped, WORKERS) as work:
        work.do(good, c.Signal("go"))
    waiting(twin, "k1")
    tomorrow = NOW + timedelta(days=1)
    assert ring(twin.database, tomorrow, find_stepped, {**WORKERS, "survey": broken}) == 1
    state = casework.read_state(twin.database, bad)
    assert (state["status"], state["wanted"], state["timers"]) == ("staff", "stuck", {})
    deliver(twin.database, {"erp": broken, "mail": (receiver := Receiver())}, tomorrow, find)  # type: ignore[dict-item]
    assert "k1" in [item.key for item in receiver.got]


def test_the_loop_looks_after_all_tenants_and_stops(twin: Tenant) -> None:
    home = twin.directory.parent.parent
    waiting(twin, "k1")
    receiver = Receiver()
    (home / "tenants" / "broken").mkdir()
    (Path(home) / "tenants" / "broken" / "kastor.sqlite").write_bytes(b"no database")
    loop = CaseLoop(home, 60.0, {"mail": receiver})
    thread = Thread(target=loop.work)
    thread.start()
    loop.wake()
    for _ in range(200):
        if receiver.got:
            break
        thread.join(0.05)
    loop.stop()
    thread.join(10)
    assert [item.key for item in receiver.got] == ["k1"]
    assert not thread.is_alive()
    assert datetime.fromisoformat(receiver.got[0].made) == NOW
