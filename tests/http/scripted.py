"""A loopback server that answers each request as its script says, byte for byte, and keeps what it was sent."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PATIENCE = 10.0
"""Seconds after which a server gives up waiting for its client, so that no test hangs."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Script = bytes | Callable[[socket.socket, threading.Event], None]


def answer(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole answer; underscores of header names become hyphens."""
    fields = {"content_type": "application/json", "content_length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode() + body


def packed(body: bytes, **headers: str) -> bytes:
    """Return an answer whose body is gzip."""
    return answer(gzip.compress(body), content_encoding="gzip", **headers)


def trickle(first: bytes, more: bytes) -> Script:
    """Send *first*, then *more* again and again until the client goes away or the test is over."""

    def run(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(first)
        while not over.wait(0.005):
            connection.sendall(more)

    return run


def reset(connection: socket.socket, over: threading.Event) -> None:
    """Break the connection off with RST instead of closing it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Scripted:
    """Serves one request per connection; the last script answers all that come after it."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.received: list[Received] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, name="scripted", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; returns when the thread is gone."""
        self._over.set()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass
        self._thread.join(PATIENCE)
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            connection, _ = self._listener.accept()
            with connection, contextlib.suppress(OSError, ValueError):
                connection.settimeout(PATIENCE)
                self._one(connection)

    def _one(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return
            if piece[0] == 0x16:  # a TLS handshake, of which no script knows
                connection.sendall(b"this is no TLS")
                return
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += connection.recv(65536)
        method, target, _ = first.split(" ")
        self.received.append(Received(method, target, headers, body))
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        if isinstance(script, bytes):
            connection.sendall(script)
        else:
            script(connection, self._over)


@contextlib.contextmanager
def serving(*scripts: Script) -> Iterator[Scripted]:
    """Serve *scripts* for as long as the block runs."""
    server = Scripted(*scripts)
    try:
        yield server
    finally:
        server.stop()
