"""Where a run can be killed: around each commit of its ledger, around and within each of its writes.

The process that is to die installs this in itself; what it was at when it died stands in ``Marks``, which it shares
with the process that started it.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import signal
import struct
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.actions import appended
from engine.books import Books
from engine.http import READS, Http
from engine.http.connection import Connection
from engine.http.lines import Line
from tests.faults.kinds import Kind

WITHIN: Final = ("half", "sent", "waiting", "answered")
"""Where a request is out: its head is sent, all of it is, it is waited for, an answer begins.

Of the books: before and behind their own commit; of a file: a part of the line is written.
"""
WAIT: Final = 0.002
"""Seconds over which kills while a request is waited for are spread: a quick answer takes about one."""
_writing: ContextVar[int] = ContextVar("writing", default=0)


@dataclass(frozen=True)
class Kill:
    """Where a process dies: at the *number*-th commit or write since it began.

    Attributes:
        seam: ``commit``, ``write``, or ``time``: killed from outside, at any time behind the beginning of this write.
        stage: ``before`` or ``after``; of a write also one of ``WITHIN``.
        share: From 0 to 1: of ``WAIT``, or of the bytes of a line.
    """

    seam: str
    number: int = 0
    stage: str = ""
    share: float = 0.0


class Marks:
    """What a process was at: commits and writes begun, and writes that are out now."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)
        self.clear()

    def clear(self) -> None:
        """Begin anew, for another process."""
        self._shared[:12] = struct.pack("3i", 0, 0, 0)

    def _held(self, place: int) -> int:
        (held,) = struct.unpack_from("i", self._shared, place * 4)
        return int(held)

    def _add(self, place: int, number: int) -> int:
        # Only the loop's own thread adds.
        struct.pack_into("i", self._shared, place * 4, self._held(place) + number)
        return self._held(place)

    def commit(self) -> int:
        """Count a commit and return its number."""
        return self._add(0, 1)

    def write(self) -> int:
        """Count a write and return its number."""
        return self._add(1, 1)

    def out(self, change: int) -> None:
        """A write leaves, 1, or is over, -1."""
        self._add(2, change)

    @property
    def commits(self) -> int:
        return self._held(0)

    @property
    def writes(self) -> int:
        return self._held(1)

    @property
    def is_out(self) -> bool:
        return self._held(2) > 0


class Seams:
    """Meets every commit and write of this process.

    Args:
        kill: Where it dies, or None.
        told: Learns each point as it comes: seam, number, stage.
        word: Said as the time of a ``Kill`` begins: the end of a pipe.
    """

    def __init__(
        self,
        marks: Marks,
        kill: Kill | None = None,
        told: Callable[[str, int, str], None] | None = None,
        word: int = -1,
    ) -> None:
        self.marks, self.kill, self.told, self.word = marks, kill, told, word

    def install(self, ledger: Kind) -> None:
        """Put this around the engine's own; for good: it is the process's own."""
        for owner, method, around in (
            (ledger.owner, "commit", self._commit),
            (Http, "send", self._send),
            (Connection, "ask", self._ask),
            (Line, "_send", self._line),
            (Books, "send", self._book),
            (Books, "commit", self._books_commit),
            (appended, "append", self._append),
        ):
            setattr(owner, method, around(getattr(owner, method)))

    def at(self, seam: str, number: int, stage: str) -> None:
        """Die where this is the point."""
        if self.told is not None:
            self.told(seam, number, stage)
        if self.is_due(seam, number) and self.kill is not None and self.kill.stage == stage:
            die()
        if (seam, stage) == ("write", "before") and self.is_due("time", number):
            os.write(self.word, b".")

    def is_due(self, seam: str, number: int) -> bool:
        return self.kill is not None and (self.kill.seam, self.kill.number) == (seam, number)

    def _commit(self, plain: Any) -> Any:
        async def commit(ledger: Any, rows: Any) -> None:
            number = self.marks.commit()
            self.at("commit", number, "before")
            await plain(ledger, rows)
            self.at("commit", number, "after")

        return commit

    def _send(self, plain: Any) -> Any:
        async def send(http: Any, request: Any) -> Any:
            return (
                await plain(http, request)
                if request.method in READS
                else await self._write(plain, http, request)
            )

        return send

    def _book(self, plain: Any) -> Any:
        async def send(books: Any, request: Any) -> Any:
            return (
                await plain(books, request)
                if request.method == "GET"
                else await self._write(plain, books, request)
            )

        return send

    async def _write(self, plain: Any, door: Any, request: Any) -> Any:
        number = self.marks.write()
        self.at("write", number, "before")
        token = _writing.set(number)
        self.marks.out(1)
        try:
            answer = await plain(door, request)
        finally:
            self.last(number)
            self.marks.out(-1)
            _writing.reset(token)
        self.at("write", number, "after")
        return answer

    def last(self, number: int) -> None:
        """Die here at the latest: the stage within the write at which it was to be did not come."""
        if self.is_due("write", number) and self.kill is not None and self.kill.stage in WITHIN:
            die()

    def _ask(self, plain: Any) -> Any:
        async def ask(connection: Any, *request: Any) -> Any:
            head = await plain(connection, *request)
            if number := _writing.get():
                self.at("write", number, "answered")
            return head

        return ask

    def _line(self, plain: Any) -> Any:
        def send(line: Any) -> None:
            number, held = _writing.get(), line._held
            if not number or not held:
                plain(line)
                return
            if self.is_due("write", number) and self.kill is not None and self.kill.stage == "half":
                line._held = held.partition(b"\r\n\r\n")[0]
                plain(line)
            self.at("write", number, "half")
            plain(line)
            self.at("write", number, "sent")
            self._wait(number)

        return send

    def _wait(self, number: int) -> None:
        if self.is_due("write", number) and self.kill is not None and self.kill.stage == "waiting":
            asyncio.get_running_loop().call_later(self.kill.share * WAIT, die)

    def _books_commit(self, plain: Any) -> Any:
        def commit(books: Any, requests: Any) -> Any:
            self.at("write", self.marks.writes, "half")
            self.at("write", self.marks.writes, "sent")
            answers = plain(books, requests)
            self.at("write", self.marks.writes, "answered")
            return answers

        return commit

    def _append(self, plain: Any) -> Any:
        def append(path: Path, data: bytes, at: int, pending: bytes = b"") -> Any:
            number = self.marks.write()
            self.at("write", number, "before")
            self.marks.out(1)
            if self.is_due("write", number) and self.kill is not None and self.kill.stage in WITHIN:
                with path.open("r+b") as file:
                    file.seek(at)
                    file.write(data[: round(self.kill.share * len(data))])
                die()
            size = plain(path, data, at, pending)
            self.marks.out(-1)
            self.at("write", number, "after")
            return size

        return append


def die() -> None:
    """End this process as ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)
