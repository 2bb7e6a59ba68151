"""A target on this machine, in a process of its own, that takes documents and lists records as fast as Python can.

``POST /notes`` answers 201 with the document and an id. ``GET /records?limit=…&after=…`` lists orders from number 1 up,
a page at a time. ``GET /taken`` tells how many documents came since it was asked last, and how many bytes they had.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def order(number: int) -> dict[str, Any]:
    """Return one order; no two are alike."""
    return {
        "id": 5_000_000_000_000 + number,
        "name": f"#{number}",
        "processed_at": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}T12:30:00Z",
        "total_price": f"{number % 900 + 10}.{number % 90 + 10}",
        "currency": "USD",
        "customer": {"name": f"Customer {number % 5000}", "email": f"c{number % 5000}@shop.example"},
        "note": "leave it with the neighbours, please, and ring twice",
    }


class Loopback:
    """Runs the target for as long as the block runs.

    Args:
        records: How many it lists.
    """

    def __init__(self, records: int = 0) -> None:
        program = [sys.executable, str(Path(__file__)), str(records)]
        self._process = subprocess.Popen(  # noqa: S603  # this file
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = ""

    def __enter__(self) -> Loopback:
        if self._process.stdout is None:
            raise AssertionError("its output is a pipe")
        self.address = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the end of its input ends it

    def taken(self) -> tuple[int, int]:
        """Return how many documents came since this was asked last, and how many bytes they had."""
        with urllib.request.urlopen(f"{self.address}/taken", timeout=10) as answer:  # noqa: S310  # our own
            count, size = json.load(answer)
        return count, size


class _Connection(asyncio.Protocol):
    """Takes requests one after the other on a connection that is kept."""

    count = size = made = 0
    records = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.unread = b""

    def data_received(self, data: bytes) -> None:
        self.unread += data
        while (end := self.unread.find(b"\r\n\r\n")) >= 0:
            head = self.unread[:end]
            _, _, length = head.lower().partition(b"\r\ncontent-length:")
            over = end + 4 + int(length.partition(b"\r\n")[0] or b"0")
            if len(self.unread) < over:
                return
            body, self.unread = self.unread[end + 4 : over], self.unread[over:]
            status, answer = self._post(body) if head.startswith(b"POST") else self._get(head)
            self.transport.write(  # type: ignore[attr-defined]
                b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(answer), answer)
            )

    def _post(self, body: bytes) -> tuple[bytes, bytes]:
        kind = _Connection
        kind.count, kind.size, kind.made = kind.count + 1, kind.size + len(body), kind.made + 1
        return b"201 Created", b'{"id":"n%d",%b' % (kind.made, body[1:])

    def _get(self, head: bytes) -> tuple[bytes, bytes]:
        asked = urlsplit(head.split(b" ")[1].decode())
        if asked.path == "/taken":
            told = [_Connection.count, _Connection.size]
            _Connection.count = _Connection.size = 0
            return b"200 OK", json.dumps(told).encode()
        query = dict(parse_qsl(asked.query))
        first = int(query.get("after", "0")) + 1
        last = min(first + int(query["limit"]), _Connection.records + 1)
        page: dict[str, Any] = {"records": [order(number) for number in range(first, last)]}
        if last <= _Connection.records:
            page["next"] = str(last - 1)
        return b"200 OK", json.dumps(page).encode()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    _Connection.records = int(sys.argv[1])
    asyncio.run(_serve())
