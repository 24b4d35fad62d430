"""A PostgreSQL server of the tests' own: made when the first test wants one, thrown away after the last."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"), key=lambda p: p.parent.name)
GIS = Path("/usr/share/postgresql") / PROGRAMS.parent.name / "extension" / "postgis.control"


def is_installed() -> bool:
    """Whether a server with PostGIS can be started."""
    return (PROGRAMS / "initdb").exists() and GIS.exists()


@contextmanager
def server(safe: bool = False) -> Iterator[str]:
    """
    A running server; gives the address of a database for Kastor, whose role is no superuser.

    Parameters
    ----------
    safe
        Whether it forces what it commits to the disk.
    """
    place = Path(tempfile.mkdtemp(prefix="kastor-postgres-"))
    own = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    if own:
        shutil.chown(place, "postgres", "postgres")
    password = secrets.token_hex(8)
    (place / "password").write_text(password)
    if own:
        shutil.chown(place / "password", "postgres", "postgres")
    port = _free_port()
    quick = [] if safe else ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    made = [PROGRAMS / "initdb", "-D", place / "data", "-E", "UTF8", "--locale=C.UTF-8", "-U", "postgres",
            "-A", "scram-sha-256", f"--pwfile={place / 'password'}", "--no-sync", "--no-instructions"]  # fmt: skip
    options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200",
               "shared_buffers=64MB", "autovacuum=off", "password_encryption=scram-sha-256", *quick]  # fmt: skip
    subprocess.run(made, check=True, capture_output=True, cwd=place, **own)
    with (place / "log").open("wb") as log:
        running = subprocess.Popen(
            [PROGRAMS / "postgres", "-D", place / "data", *(f"--{option}" for option in options)],
            stdout=log, stderr=log, cwd=place, **own,
        )  # fmt: skip
    try:
        yield _database(f"host=127.0.0.1 port={port} user=postgres password={password}", port)
    finally:
        running.send_signal(signal.SIGQUIT)
        running.wait(timeout=60)
        shutil.rmtree(place)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _database(administrator: str, port: int) -> str:
    """What an operator does once: a role, a database in German order, and PostGIS."""
    secret = secrets.token_hex(8)
    with _connected(administrator) as connection:
        connection.execute(f"CREATE ROLE kastor LOGIN CREATEROLE PASSWORD '{secret}'")
        connection.execute(
            "CREATE DATABASE kastor OWNER kastor TEMPLATE template0 ENCODING 'UTF8'"
            " LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'"
        )
    with _connected(f"{administrator} dbname=kastor") as connection:
        connection.execute("CREATE EXTENSION postgis")
    return f"postgresql://kastor:{secret}@127.0.0.1:{port}/kastor"


def _connected(address: str) -> psycopg.Connection:
    for _ in range(200):
        try:
            return psycopg.connect(address, autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.05)
    return psycopg.connect(address, autocommit=True)
