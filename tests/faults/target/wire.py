"""HTTP/1.1 as the target speaks it: requests with a Content-Length, one after another on a connection that is kept."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

LONGEST_HEAD: Final = 65536
PHRASES: Final = {int(status): status.phrase for status in HTTPStatus}


class Request(NamedTuple):
    """A request as it came: the path without its query, names of headers in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    def bytes(self) -> bytes:
        """Return it as it goes over the wire."""
        more = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        head = (
            f"HTTP/1.1 {self.status} {PHRASES.get(self.status, 'Unknown')}\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n{more}\r\n"
        )
        return head.encode("latin-1") + self.body


class Unreadable(Exception):
    """What came is no request that is understood; carries why."""


class Line(asyncio.Protocol):
    """One connection; it reads no further request before the one at hand has been answered."""

    def __init__(self, serve: Callable[[Line, Request], None]) -> None:
        self._serve = serve
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._busy = False
        self._keeps = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._next()

    def _next(self) -> None:
        try:
            while not self._busy and (request := self._taken()) is not None:
                self._busy = True
                self._serve(self, request)
        except Unreadable as error:
            self._keeps = False
            self.answer(Answer(400, str(error).encode(), "text/plain"))

    def _taken(self) -> Request | None:
        """Return the next request and forget its bytes; None while it has not come whole."""
        end = self._unread.find(b"\r\n\r\n")
        if end < 0:
            if len(self._unread) > LONGEST_HEAD:
                raise Unreadable("the head of the request is too long")
            return None
        first, *lines = self._unread[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if "transfer-encoding" in headers:
            raise Unreadable("a body needs a Content-Length")
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            raise Unreadable("Content-Length is no number")
        over = end + 4 + int(length)
        if len(self._unread) < over:
            return None
        try:
            method, target, version = first.split(" ")
        except ValueError:
            raise Unreadable("the first line is no request line") from None
        self._keeps = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        body, self._unread = self._unread[end + 4 : over], self._unread[over:]
        path, _, query = target.partition("?")
        return Request(
            method, path, dict(parse_qsl(query, keep_blank_values=True)) if query else {}, headers, body
        )

    def answer(self, answer: Answer) -> None:
        """Send *answer* and read on; nothing is done where the client has gone."""
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(answer.bytes())
        if not self._keeps:
            self._transport.close()
            return
        self._busy = False
        if self._unread:
            asyncio.get_running_loop().call_soon(self._next)

    def cut(self, answer: Answer) -> None:
        """Promise all of *answer*, send its head and half of its body, and close."""
        if self._transport is not None:
            self._transport.write(answer.bytes()[: -(len(answer.body) + 1) // 2])
            self._transport.close()

    def close(self, answer: Answer | None = None) -> None:
        """Close without a byte."""
        if self._transport is not None:
            self._transport.close()

    def hold(self, answer: Answer | None = None) -> None:
        """Stay silent until the client goes."""

    def reset(self, answer: Answer | None = None) -> None:
        """Break the connection off with RST."""
        if self._transport is None:
            return
        connection: socket.socket = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
