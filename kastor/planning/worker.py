"""A worker: claims runs from the queue and lets a program of its own compute them.

What computes is another process (the *runner*), kept warm between runs. So a model that hangs, crashes or is not
wanted any longer is killed without harm to the worker or the server, and a worker that is killed itself leaves a
run that another one claims. Who is to be told of the end of a run is told by the worker, from the rows of the queue,
so that nobody is forgotten.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import socket
import threading
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

from kastor.planning.estimates import memory
from kastor.planning.remote.running import dismiss as dismiss_elsewhere
from kastor.process import ProcessError, Result, Words
from kastor.store import open_tenant
from kastor.store.errors import StoreError, UnknownTenant
from kastor.store.instance import open_instance
from kastor.store.runs import Run, State, beat, claim, end, release, told, untold
from kastor.store.snapshots import RUNS

POLL = 0.5
"""How often an idle worker looks for runs. [s]"""

BEAT = 1.0
"""How often a worker tells that it is alive. [s]"""

HANGS = 900.0
"""A run that tells nothing for so long is ended. [s]"""

CALL_SECONDS, CALL_TRIES = 10.0, 3
"""Patience with somebody who is to be told, and how often it is tried."""

TOO_LITTLE_MEMORY: Words = {
    "de": "Die Berechnung braucht mehr Speicher, als da ist. Wählen Sie ein kleineres Gebiet oder größere Zellen.",
    "en": "The computation needs more memory than there is. Choose a smaller area or larger cells.",
}

READING = {"de": "Daten werden gelesen", "en": "Reading the data"}

LEFT_BEHIND = 86_400.0
"""Files of a run nobody has touched for so long belong to no run any more. [s]"""

log = logging.getLogger("kastor.worker")


def _run_memory() -> int:
    return int(os.environ.get("KASTOR_RUN_MEMORY", "") or 0)


@dataclass(frozen=True)
class RunSettings:
    """
    What an operator may set about computations; each field is the environment variable ``KASTOR_<NAME>``.

    Parameters
    ----------
    run_memory
        Memory one computation may take, 0 for nine tenths of what the machine has. [bytes]
    """

    run_memory: int = field(default_factory=_run_memory)

    @property
    def memory(self) -> int:
        """The limit that counts. [bytes]"""
        return self.run_memory or int(min(0.9 * memory(), 2**62))


class Worker:
    """
    Works until it is told to stop.

    Parameters
    ----------
    home
        Directory of all tenants.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._instance = open_instance(home)
        self._runner: _Runner | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._calls: dict[str, int] = {}

    def work(self) -> None:
        """Work until :meth:`stop`."""
        _tidy(self.home)
        try:
            while not self._stop.is_set():
                if not self._go_on():
                    self._wake.wait(POLL)
                    self._wake.clear()
        finally:
            self._let_go()
            self._instance.close()

    def work_off(self) -> int:
        """Work until nothing waits; gives the number of runs."""
        count = 0
        while self._go_on():
            count += 1
        self._let_go()
        return count

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Stop; a run under way goes back into the queue."""
        self._stop.set()
        self._wake.set()

    def _go_on(self) -> bool:
        try:
            self._tell()
            run = claim(self._instance, self.name)
            if run is None:
                return False
            self._run(run)
            self._tell()
        except StoreError as error:
            log.warning("The queue cannot be used right now: %s", error)
            return False
        return True

    def _run(self, run: Run) -> None:
        runner = self._runner = self._runner or _Runner(self.home)
        runner.begin(run)
        done, what, heard = 0.0, dict(run.what), time.monotonic()
        try:
            while True:
                message = runner.message(BEAT)
                if message is not None:
                    heard = time.monotonic()
                if message is not None and message[0] == "at":
                    done, what = message[1], message[2]
                    if runner.waits():
                        continue
                elif message is not None:
                    _, result, problem = message
                    end(self._instance, run, result, problem.get("en", ""), problem)
                    return
                if time.monotonic() - heard > HANGS:
                    self._let_go()
                    end(self._instance, run, "", f"The process told nothing for {HANGS:g} s and was ended.")
                    return
                if self._stop.is_set():
                    self._let_go()
                    release(self._instance, run)
                    return
                if not beat(self._instance, run, done, what):
                    self._let_go()
                    release(self._instance, run)
                    dismiss_elsewhere(elsewhere_of(self.home, run))
                    return
        except EOFError:
            log.warning("The program that computed run %s ended unexpectedly.", run.id)
            self._let_go()
            release(self._instance, run)
        except StoreError:
            # what it still computes must not be taken for the answer to the next run
            self._let_go()
            raise
        finally:
            shutil.rmtree(preview_of(self.home, run), ignore_errors=True)

    def _let_go(self) -> None:
        if self._runner is not None:
            self._runner.kill()
            self._runner = None

    def _tell(self) -> None:
        for run in untold(self._instance):
            tries = self._calls[run.id] = self._calls.get(run.id, 0) + 1
            if _told(run) or tries >= CALL_TRIES:
                told(self._instance, run)
                self._calls.pop(run.id)


def preview_of(home: Path, run: Run) -> Path:
    """Directory with what is known of a run so far, laid out like a result."""
    return home / "tenants" / run.tenant / RUNS / f"preview-{run.id}"


def elsewhere_of(home: Path, run: Run) -> Path:
    """File with the job of another server that computes a run."""
    return home / "tenants" / run.tenant / RUNS / f"elsewhere-{run.id}.json"


def _tidy(home: Path) -> None:
    """Remove what workers that were killed left behind long ago."""
    for left in home.glob(f"tenants/*/{RUNS}/*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(left) if left.is_dir() else dismiss_elsewhere(left)


class _Straight(HTTPRedirectHandler):
    """Goes nowhere else: the address was allowed, not where it points to."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _told(run: Run) -> bool:
    """Whether whoever wants to know how a run ended was told."""
    wanted = "success" if run.state is State.SUCCESSFUL else "failed"
    address = run.callbacks.get(wanted, "")
    if not address:
        return True
    body = orjson.dumps({"jobID": run.id, "status": run.state.value, "result": run.result, "message": run.problem})
    request = Request(address, body, {"Content-Type": "application/json", "User-Agent": "Kastor"}, method="POST")
    try:
        with build_opener(_Straight).open(request, timeout=CALL_SECONDS):
            return True
    except (URLError, OSError, ValueError) as error:
        log.warning("Whoever waits for run %s cannot be told: %s", run.id, error)
        return False


class _Runner:
    """The other process, from this side."""

    def __init__(self, home: Path) -> None:
        # a server that has threads cannot be forked safely; one beside it that has none can, and starts at once
        context = get_context("forkserver")
        context.set_forkserver_preload([__name__, "kastor.planning.computing"])
        self._here, there = context.Pipe()
        self._process = context.Process(target=serve, args=(there, home, RunSettings().memory), daemon=True)
        self._process.start()
        there.close()

    def begin(self, run: Run) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._here.send(run)

    def message(self, seconds: float) -> tuple[Any, ...] | None:
        """What it says, None when it says nothing for so long; EOFError when it has ended."""
        if not self._here.poll(seconds):
            return None
        try:
            found: tuple[Any, ...] = self._here.recv()
        except ConnectionResetError as error:
            raise EOFError from error
        return found

    def waits(self) -> bool:
        """Whether there is more to hear at once."""
        return self._here.poll(0)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._here.close()


# what the other process does


def serve(pipe: Connection, home: Path, memory: int) -> None:
    """Compute what comes through the pipe until it closes, with so much memory [bytes]."""
    _limit_memory(memory)
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            pipe.send(("end", *answer(home, pipe.recv(), pipe)))


def _limit_memory(most: int) -> None:
    """Let a model that takes memory without end fail by itself, before there is none left for anybody else."""
    # systems that have no such limit have no such module
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def answer(home: Path, run: Run, pipe: Connection) -> tuple[str, Words]:
    """The result of a run, or why there is none; no words when there is one."""
    from kastor.planning.computing import compute
    from kastor.planning.orders import read

    pipe.send(("at", 0.0, READING))
    try:
        with open_tenant(home, run.tenant) as tenant:
            order = read(tenant, run.process, run.inputs)
            progress = _Piped(pipe, tenant.crs, preview_of(home, run), order)
            return compute(tenant, order, progress, run.who, elsewhere_of(home, run)), {}
    except UnknownTenant:
        return "", {"de": "Den Mandanten gibt es nicht mehr.", "en": "The tenant is gone."}
    except ProcessError as error:
        return "", error.words
    except StoreError as error:
        return "", {"de": str(error), "en": str(error)}
    except MemoryError:
        return "", TOO_LITTLE_MEMORY
    # a model may come from anywhere and raise anything; the worker goes on
    except Exception as error:
        log.error("Run %s of %s failed:\n%s", run.id, run.process, traceback.format_exc())
        name = type(error).__name__
        return "", {
            "de": f"Das Modell {run.process} ist gescheitert: {name}. Mehr steht im Protokoll des Servers.",
            "en": f"The process {run.process} failed: {name}. Its author can tell more from the log.",
        }


class _Piped:
    """Progress that goes through the pipe; what can be shown is laid down as a preview."""

    def __init__(self, pipe: Connection, crs: str, place: Path, order: Any) -> None:
        self._pipe, self._crs, self._place, self._order = pipe, crs, place, order
        self._last = 0.0

    def at(self, done: float, what: Words) -> None:
        moment = time.monotonic()
        if moment - self._last >= 0.1 or done >= 1.0:
            self._last = moment
            self._pipe.send(("at", float(done), dict(what)))

    def show(self, result: Result) -> None:
        from kastor.planning.computing import show

        show(self._place, self._crs, self._order, result)
