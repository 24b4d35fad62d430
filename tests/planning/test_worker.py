"""Workers: what happens to a run when its program is killed, hangs, is dismissed, or when somebody has to be told."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from kastor.planning.worker import Worker, preview_of
from kastor.store import Tenant, results, runs
from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.runs import OVER, Run, State


@pytest.fixture
def worker(home: Path) -> Iterator[Worker]:
    """A worker in a thread, as the server has it."""
    working = Worker(home)
    thread = threading.Thread(target=working.work)
    thread.start()
    yield working
    working.stop()
    thread.join(60)
    assert not thread.is_alive()


def add(instance: Database, process: str = "slope", **inputs: Any) -> Run:
    callbacks = inputs.pop("callbacks", {})
    return runs.add(instance, "musterstadt", process, "1", inputs, "7", callbacks=callbacks)


def state(instance: Database, run: Run) -> Run:
    return runs.run(instance, "musterstadt", run.id)


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_runs_are_worked_off_and_the_same_question_is_answered_once(
    instance: Database, home: Path, small_twin: Tenant
) -> None:
    wanted = [add(instance), add(instance, limit=9.0), add(instance)]
    assert Worker(home).work_off() == 3
    found = [state(instance, run) for run in wanted]
    assert {run.state for run in found} == {State.SUCCESSFUL}
    assert found[0].result == found[2].result != found[1].result
    assert len(results.results_of(small_twin.database)) == 2


def test_an_order_that_makes_no_sense_fails_with_a_reason(instance: Database, home: Path) -> None:
    wanted = [
        add(instance, limit=-1),
        add(instance, "unknown"),
        add(instance, area={"around": "Nirgends", "radius": 9}),
    ]
    Worker(home).work_off()
    problems = [state(instance, run).problem for run in wanted]
    assert "limit" in problems[0]
    assert "no process 'unknown'" in problems[1]
    assert "not found" in problems[2]


@pytest.mark.usefixtures("models")
def test_a_model_that_raises_or_breaks_its_promise_harms_nobody(instance: Database, home: Path) -> None:
    wanted = [add(instance, "raises"), add(instance, "wrong-unit"), add(instance)]
    Worker(home).work_off()
    raised, wrong, good = (state(instance, run) for run in wanted)
    assert "The process raises failed: ZeroDivisionError" in raised.problem
    assert "secret" not in raised.problem
    assert "'ft', declared is 'm'" in wrong.problem
    assert good.state is State.SUCCESSFUL


@pytest.mark.usefixtures("models", "worker")
def test_a_run_shows_how_far_it_is_and_stops_when_dismissed(instance: Database, home: Path) -> None:
    wanted = add(instance, "endless")
    until(lambda: state(instance, wanted).done > 0)
    running = state(instance, wanted)
    assert running.what == {"de": "Warten", "en": "Waiting"}
    until(lambda: (preview_of(home, running) / results.DOCUMENT).is_file())
    preview = json.loads((preview_of(home, running) / results.DOCUMENT).read_text())
    assert preview["indicators"][0]["value"] == 1.0
    runs.dismiss(instance, "musterstadt", wanted.id)
    until(lambda: not preview_of(home, running).exists())
    after = add(instance)
    until(lambda: state(instance, after).state in OVER)
    assert state(instance, after).state is State.SUCCESSFUL
    assert state(instance, wanted).state is State.DISMISSED


@pytest.mark.usefixtures("models")
def test_a_model_that_hangs_is_ended(instance: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kastor.planning.worker.HANGS", 12.0)
    hanging, after = add(instance, "hangs"), add(instance)
    Worker(home).work_off()
    assert "was ended" in state(instance, hanging).problem
    assert state(instance, after).state is State.SUCCESSFUL


@pytest.mark.usefixtures("models")
def test_a_model_that_takes_its_program_down_fails_after_some_tries(instance: Database, home: Path) -> None:
    fatal, after = add(instance, "crashes"), add(instance)
    Worker(home).work_off()
    assert state(instance, fatal).state is State.FAILED
    assert "3 times" in state(instance, fatal).problem
    assert state(instance, after).state is State.SUCCESSFUL


class Listener:
    """Somebody who wants to be told."""

    def __init__(self, answers: list[int]) -> None:
        self.heard: list[Any] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.heard.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(answers[min(len(outer.heard), len(answers)) - 1])
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/told"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.mark.parametrize(("answers", "heard"), [([200], 1), ([500, 200], 2), ([503], 3), ([302], 3)])
def test_who_waits_for_a_run_is_told(instance: Database, home: Path, answers: list[int], heard: int) -> None:
    listener = Listener(answers)
    try:
        wanted = add(instance, "echo", callbacks={"success": listener.address})
        worker = Worker(home)
        for _ in range(5):
            worker.work_off()
    finally:
        listener.close()
    assert len(listener.heard) == heard
    assert listener.heard[0]["jobID"] == wanted.id
    assert listener.heard[0]["status"] == "successful"
    assert runs.untold(instance) == []


def test_a_hundred_kills_lose_no_run_and_no_result(
    instance: Database, home: Path, small_twin: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    luck = random.Random(7)
    monkeypatch.setattr("kastor.store.runs.MOST_TRIES", 10_000)
    silence = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    script = (
        "import sys; from pathlib import Path\n"
        "from kastor.store import runs; from kastor.planning.worker import Worker\n"
        "runs.SILENCE, runs.MOST_TRIES = 0.0, 10_000\n"
        "import kastor.planning.worker as w; w.POLL = 0.01\n"
        "class Here:\n"
        "    def __init__(self, home): self.home = home\n"
        "    def begin(self, run): self.run = run\n"
        "    def message(self, seconds): return ('end', *w.answer(self.home, self.run, self))\n"
        "    def send(self, message): pass\n"
        "    def waits(self): return False\n"
        "    def kill(self): pass\n"
        "w._Runner = Here\n"
        "print('ready', flush=True); Worker(Path(sys.argv[1])).work()\n"
    )
    killed, wanted = 0, [add(instance, limit=1.0 + n / 10) for n in range(40)]
    while killed < 100:
        with subprocess.Popen(
            [sys.executable, "-c", "import os, sys, signal\n" + FORKS, str(home), script, str(luck.random())],
            stdout=subprocess.PIPE, env=silence, text=True,
        ) as program:  # fmt: skip
            assert program.stdout is not None
            killed += sum(line.startswith("killed") for line in program.stdout)
        assert program.returncode == 0
        wanted += [add(instance, limit=1.0 + (len(wanted) + n) / 10) for n in range(5)]
    monkeypatch.setattr("kastor.store.runs.SILENCE", 0.0)
    while Worker(home).work_off():
        pass
    found = [state(instance, run) for run in wanted]
    assert {run.state for run in found} == {State.SUCCESSFUL}
    kept = [one.id for one in results.results_of(small_twin.database, limit=1000)]
    assert sorted(run.result for run in found) == sorted(kept)
    for result_id in kept:
        document = json.loads(results.file_of(small_twin, result_id, results.DOCUMENT).read_text())
        assert document["id"] == result_id
        assert results.file_of(small_twin, result_id, "slope.tif").stat().st_size > 500


FORKS = """
import time, random
home, script, seed = sys.argv[1:]
luck = random.Random(seed)
# imported once, so that each of the killed begins at once
import kastor.planning.worker, kastor.planning.computing, kastor.planning.orders, rasterio
for _ in range(25):
    child = os.fork()
    if child == 0:
        sys.argv = ["worker", home]
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        exec(script)
        os._exit(0)
    time.sleep(luck.uniform(0.02, 0.3))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print("killed", flush=True)
"""


def test_the_command_works_until_it_is_told_to_stop(instance: Database, home: Path) -> None:
    wanted = add(instance, "slope")
    program = subprocess.Popen([sys.executable, "-m", "kastor", "work"], env={**os.environ, "KASTOR_HOME": str(home)})
    until(lambda: state(instance, wanted).state in OVER)
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0
    assert state(instance, wanted).state is State.SUCCESSFUL


@pytest.mark.usefixtures("models")
def test_a_worker_that_stops_gives_its_run_back(instance: Database, home: Path) -> None:
    wanted = add(instance, "endless")
    working = Worker(home)
    thread = threading.Thread(target=working.work)
    thread.start()
    until(lambda: state(instance, wanted).what == {"de": "Warten", "en": "Waiting"})
    working.stop()
    thread.join(60)
    again = runs.claim(instance, "another")
    assert again is not None
    assert (again.id, again.tries) == (wanted.id, 2)


@pytest.mark.usefixtures("models")
def test_an_answer_that_comes_late_is_not_taken_for_another_run(
    instance: Database, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> bool:
        raise StoreError("the queue is busy")

    endless, after = add(instance, "endless"), add(instance, "echo", number=4.0)
    worker = Worker(home)
    with monkeypatch.context() as patched:
        patched.setattr("kastor.planning.worker.beat", busy)
        assert not worker._go_on()
    assert worker._runner is None
    runs.dismiss(instance, "musterstadt", endless.id)
    assert worker.work_off() == 1
    found = state(instance, after)
    assert (found.state, found.process) == (State.SUCCESSFUL, "echo")
