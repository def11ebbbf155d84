"""An HTTP server on loopback under the providers' stand-ins: it answers, hangs or hangs up, and ends when told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple, Self

NONE: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    method: str
    path: str
    headers: Message
    body: str


class Answer(NamedTuple):
    """`content` goes out as JSON, bytes as they are."""

    status: int
    content: Any
    headers: Mapping[str, str] = NONE


class Loopback:
    """Answers with `respond` while it is entered; `connections` counts those that were ever opened."""

    def __init__(self, name: str) -> None:
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name=name, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def respond(self, request: Request) -> Answer | str:
        """An answer, or 'hang' or 'drop'."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._http.shutdown()
        for connection in list(self._open):
            _hang_up(connection)
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for them
    request_queue_size = 64

    def __init__(self, owner: Loopback) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own asks the resolver for the host's name.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one write

    def setup(self) -> None:
        super().setup()
        self.server.owner._open.add(self.connection)
        self.server.owner.connections += 1

    def finish(self) -> None:
        self.server.owner._open.discard(self.connection)
        super().finish()

    def do_POST(self) -> None:
        self.reply(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def do_GET(self) -> None:
        self.reply("")

    def reply(self, body: str) -> None:
        owner = self.server.owner
        answer = owner.respond(Request(self.command, self.path, self.headers, body))
        if isinstance(answer, str):
            if answer == "hang":
                owner._stopping.wait()
            self.close_connection = True
            _hang_up(self.connection)
            return
        data = answer.content if isinstance(answer.content, bytes) else json.dumps(answer.content).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(data), **answer.headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # the client was first
        connection.shutdown(socket.SHUT_RDWR)
