"""An API on this machine, in a process of its own, that lists the job's orders page by page as fast as it can be read.

``GET /orders?limit=250&after=…`` answers ``{"orders": […], "next": "250"}``; the last page has no ``next``. The first
block of orders (64 MB) is made before the first request; those behind it are the same under other ids and names, so
that a page costs a copy.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from job import BLOCK, PAGE, page


class Pages:
    """Serves *records* orders, a multiple of a page, for as long as the block runs.

    Args:
        core: The processor that it is kept on, where the system can; None for any.
    """

    def __init__(self, records: int, core: int | None = None) -> None:
        program = [sys.executable, str(Path(__file__)), str(records), "" if core is None else str(core)]
        self._process = subprocess.Popen(  # noqa: S603  # this file
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = ""

    def __enter__(self) -> Pages:
        if self._process.stdout is None:
            raise AssertionError("its output is a pipe")
        self.address = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the end of its input ends it


class _Connection(asyncio.Protocol):
    """Takes requests one after the other on a connection that is kept."""

    made: tuple[bytes, ...] = ()
    records = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.unread = b""

    def data_received(self, data: bytes) -> None:
        self.unread += data
        while (end := self.unread.find(b"\r\n\r\n")) >= 0:
            head, self.unread = self.unread[:end], self.unread[end + 4 :]
            asked = dict(parse_qsl(urlsplit(head.split(b" ")[1].decode()).query))
            body = self.page(int(asked.get("after") or "0"))
            self.transport.write(  # type: ignore[attr-defined]
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )

    @classmethod
    def page(cls, after: int) -> bytes:
        """Return the page behind order number *after*."""
        block, index = divmod(after // PAGE, BLOCK // PAGE)
        body, last = cls.made[index], after + PAGE
        if block:
            body = body.replace(b'"name":"#', b'"name":"#%d-' % block)
            body = body.replace(b'"id":58', b'"id":58%d' % block)
        return body + (b',"next":"%d"}' % last if last < cls.records else b"}")


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    if sys.argv[2]:
        import os

        os.sched_setaffinity(0, {int(sys.argv[2])})
    _Connection.records = int(sys.argv[1])
    count = min(BLOCK, _Connection.records) // PAGE
    _Connection.made = tuple(page(each * PAGE + 1, PAGE)[:-1] for each in range(count))
    asyncio.run(_serve())
