"""A server killed in the middle of an upload, and a disk that fills up under it: nothing lost, doubled or half seen."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kastor.city.sample import four_houses
from kastor.formats import write
from kastor.store import Tenant, open_tenant
from kastor.store.jobs import jobs

KILLS = 16
SIZE = 1_000_000
ROOM = 3_000_000
HERE = "/api/tenants/musterstadt"

SERVERS = """
import os, resource, socket, sys
import uvicorn
from pathlib import Path
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings

def serve(listening, room):
    if room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    app = create_app(Settings(home=Path(sys.argv[1]), rate=0))
    app.state.identify = lambda request: Person("7", {"musterstadt": frozenset({Role.CARETAKER})})
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])

for line in sys.stdin:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    child = os.fork()
    if child == 0:
        sys.stdin.close()
        serve(listening, int(line))
        os._exit(0)
    print(child, listening.getsockname()[1], flush=True)
    listening.close()
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                break
        except ChildProcessError:
            break
"""
"""Starts a server for each line it reads, which is how large its files may be; importing everything only once."""


class Servers:
    """Servers of one home, one after the other."""

    def __init__(self, home: Path) -> None:
        self._starter = subprocess.Popen(
            [sys.executable, "-c", SERVERS, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._pid = 0
        self._client = httpx2.Client()

    def start(self, room: int = 0) -> httpx2.Client:
        """A client of a new server, the one before is killed; ``room`` bounds its files. [bytes]"""
        self.kill()
        self._client.close()
        assert self._starter.stdin is not None
        assert self._starter.stdout is not None
        self._starter.stdin.write(f"{room}\n")
        self._starter.stdin.flush()
        pid, port = map(int, self._starter.stdout.readline().split())
        self._pid = pid
        headers = {"Authorization": "Bearer of-a-test", "Accept-Language": "en"}
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120)
        return self._client

    def kill(self) -> None:
        """End the server as the system does when memory runs out."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._pid = 0

    def close(self) -> None:
        """End everything."""
        self.kill()
        self._client.close()
        self._starter.communicate(timeout=60)


@pytest.fixture
def servers(small_twin: Tenant) -> Iterator[Servers]:
    running = Servers(small_twin.directory.parent.parent)
    yield running
    running.close()


@pytest.fixture
def houses(tmp_path: Path) -> bytes:
    """Four houses in a large file."""
    file = tmp_path / "houses.city.json"
    write(four_houses(), file, "cityjson")
    return file.read_bytes().ljust(SIZE)


def begin(client: httpx2.Client, size: int) -> str:
    answer = client.post(f"{HERE}/uploads", json={"files": [{"name": "houses.city.json", "size": size}], "dataset": ""})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def file_of(client: httpx2.Client, upload: str) -> dict[str, Any]:
    answer = client.get(f"{HERE}/uploads/{upload}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return {"state": found["state"], **found["files"][0]}


def told(client: httpx2.Client) -> dict[str, Any]:
    """What everybody sees of the town."""
    found: dict[str, Any] = client.get(HERE).json()
    return {name: found[name] for name in ("counts", "datasets", "revision")}


def settled(client: httpx2.Client, upload: str) -> dict[str, Any]:
    """The upload once nobody works on it."""
    while True:
        found: dict[str, Any] = client.get(f"{HERE}/uploads/{upload}").json()
        if found["progress"] is None and (found["state"] != "ready" or found["result"].get("drawn")):
            return found
        time.sleep(0.2)


def test_an_upload_outlives_a_server_that_is_killed_again_and_again(
    servers: Servers, houses: bytes, small_twin: Tenant
) -> None:
    chance = random.Random(3)
    client = servers.start()
    before = told(client)
    upload = begin(client, SIZE)
    at = sent = 0
    for number in range(KILLS):
        piece = SIZE // (KILLS + 1)
        last = chance.randrange(at + 1, min(at + 2 * piece, SIZE - (KILLS - number)))

        def stream(start: int, end: int) -> Iterator[bytes]:
            for here in range(start, end, 4096):
                yield houses[here : min(here + 4096, end)]
            servers.kill()
            yield houses[end : end + 4096]

        with pytest.raises(httpx2.TransportError):
            client.put(f"{HERE}/uploads/{upload}/files/0", params={"offset": at}, content=stream(at, last))
        sent = max(sent, last + 4096)
        client = servers.start()
        found = file_of(client, upload)
        assert at <= found["received"] <= sent
        assert found["state"] == "uploading"
        at = found["received"]
        assert told(client) == before
    answer = client.put(f"{HERE}/uploads/{upload}/files/0", params={"offset": at}, content=houses[at:])
    assert answer.json() == {"received": SIZE, "complete": True}
    assert (small_twin.uploads / upload / "files" / "houses.city.json").read_bytes() == houses
    assert [one.id for one in jobs(small_twin.database)] == [upload]
    facts = {"title": "Neue Häuser", "owner": "Amt", "office": "Amt", "licence": "CC0 1.0"}
    assert client.post(f"{HERE}/uploads/{upload}/read", json={"facts": facts}).status_code == 200
    client = servers.start()
    assert settled(client, upload)["state"] == "ready"
    assert told(client) == before
    assert client.post(f"{HERE}/uploads/{upload}/publish", json={"read": True}).status_code == 200
    client = servers.start()
    assert settled(client, upload)["state"] == "published"
    assert [d["kinds"]["building"] for d in told(client)["datasets"]] == [4, 4]


def test_a_disk_that_fills_up_in_the_middle_of_an_upload_is_told_and_the_upload_goes_on_later(
    servers: Servers, houses: bytes, small_twin: Tenant
) -> None:
    content = houses.ljust(ROOM + SIZE)
    client = servers.start(room=ROOM)
    before = told(client)
    upload = begin(client, len(content))
    answer = client.put(f"{HERE}/uploads/{upload}/files/0", params={"offset": 0}, content=content)
    assert answer.status_code == 507, answer.text
    assert "no room left on the disk" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    here = file_of(client, upload)["received"]
    assert here <= ROOM
    assert told(client) == before
    client = servers.start()
    answer = client.put(f"{HERE}/uploads/{upload}/files/0", params={"offset": here}, content=content[here:])
    assert answer.json() == {"received": len(content), "complete": True}
    assert (small_twin.uploads / upload / "files" / "houses.city.json").read_bytes() == content
    assert client.delete(f"{HERE}/uploads/{upload}").status_code == 204
    with open_tenant(small_twin.directory.parent.parent, "musterstadt") as twin:
        assert list(twin.uploads.iterdir()) == []
