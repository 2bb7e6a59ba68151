"""A server on this machine, in a process of its own: what the targets and sources of the benchmarks have in common."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Self


class Served:
    """Runs the server that *file* is when it is called as a program, for as long as the block runs.

    Args:
        arguments: What it is told; the first line that it prints is its port.

    Attributes:
        address: Where it is reached, inside the block.
    """

    def __init__(self, file: str, *arguments: str) -> None:
        program = [sys.executable, str(Path(file)), *arguments]
        self._process = subprocess.Popen(  # noqa: S603  # one of the files here
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = ""

    def __enter__(self) -> Self:
        if self._process.stdout is None:
            raise AssertionError("its output is a pipe")
        self.address = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the end of its input ends it


class Connection(asyncio.Protocol):
    """Takes requests one after the other on a connection that is kept."""

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
            status, answer = self.answered(head, body)
            self.transport.write(  # type: ignore[attr-defined]
                b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(answer), answer)
            )

    def answered(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Return status and body of the answer to a request."""
        raise NotImplementedError


def serve(connection: type[Connection]) -> None:
    """Serve until the process's input ends."""
    asyncio.run(_serve(connection))


async def _serve(connection: type[Connection]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()
