"""The files for operators name what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import typer.main

from kastor.cli import app as cli

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])


def commands_in(text: str) -> list[list[str]]:
    """Every call of kastor."""
    lines = re.findall(r"(?:^ExecStart=\S*/|^)kastor (.+)$", text, re.MULTILINE)
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize("page", [*UNITS, ROOT / "docs" / "handbuch" / "betrieb.md"], ids=lambda page: page.name)
def test_every_command_for_operators_exists_with_its_options(page: Path) -> None:
    for words in commands_in(page.read_text(encoding="utf-8")):
        command = typer.main.get_command(cli)
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, words


def test_the_container_is_built_from_files_that_are_there() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = [
        words[1:-1] for words in map(str.split, text.splitlines()) if words[:1] == ["COPY"] and "--from" not in words[1]
    ]
    assert copied
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([\w./ -]+?) &&", text)[0].split():
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="this system has no systemd to check its units with"
)
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/kastor/.venv/bin/kastor", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / unit.name) for unit in UNITS)],
        capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if any(unit.name in line for unit in UNITS)]
    assert (done.returncode, said) == (0, [])


def test_a_server_told_to_stop_ends_the_running_answer_and_itself(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "kastor", "serve", "--port", str(port)],
        env={"PATH": "/usr/bin:/bin", "KASTOR_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}/health/live"
        for _ in range(200):
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) in (0, -signal.SIGTERM)
        assert server.stderr is not None
        assert b"Traceback" not in server.stderr.read()
    finally:
        server.kill()
        server.communicate()
