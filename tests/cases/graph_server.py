"""A peer that answers like WhatsApp's Graph API as far as it is used here: takes messages, gives files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

TOKEN = "graph-token"


@dataclass
class Graph:
    """What it took, the files it has, and how it answers."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    errors: list[tuple[int, int]] = field(default_factory=list)
    url: str = ""

    @property
    def texts(self) -> list[str]:
        """What was said, template names in braces."""
        found = []
        for body in self.sent:
            if body["type"] == "text":
                found.append(body["text"]["body"])
            elif body["type"] == "interactive":
                found.append(body["interactive"]["body"]["text"])
            else:
                found.append("{" + body["template"]["name"] + "}")
        return found


@contextmanager
def graph() -> Iterator[Graph]:
    """The peer on this machine."""
    state = Graph()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                self.answer(401, {"error": {"code": 190}})
            elif state.errors:
                status, code = state.errors.pop(0)
                self.answer(status, {"error": {"code": code, "message": "no"}})
            else:
                state.sent.append(body)
                self.answer(200, {"messages": [{"id": f"wamid.out{len(state.sent)}"}]})

        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            if name not in state.files:
                self.answer(404, {})
            elif "/content/" in self.path:
                self.send(200, state.files[name])
            else:
                self.answer(200, {"url": f"{state.url}/content/{name}", "file_size": len(state.files[name])})

        def answer(self, status: int, body: Any) -> None:
            self.send(status, orjson.dumps(body))

        def send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
