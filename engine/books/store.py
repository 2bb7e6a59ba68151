"""The books as a transport: requests in, answers out, one transaction around them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.books import routes
from engine.books.file import BooksError, connect, opened
from engine.clock import Clock
from engine.wire import Answer, NoAnswer, Request


class Books:
    """The double-entry books of one company in one SQLite file; a ``Transport``.

    Make one with :meth:`open`. Several may have the same file open, also in other processes.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        self.path = path
        self._connection = connection
        self._clock = clock
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="books")

    @classmethod
    def open(cls, path: Path, clock: Clock, *, company: str = "main") -> Self:
        """Open the books at *path*, or begin new ones there. Its folder must exist.

        Raises:
            BooksError: the file cannot be read, is no books, another company's or a later version's.
        """
        return cls(path, opened(path, company), clock)

    def mark(self) -> tuple[str, int]:
        """Return what these books are known by, drawn when they were begun, and how many documents they hold."""
        with self.reading() as cursor:
            (known,) = cursor.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()
            (count,) = cursor.execute("SELECT COUNT(*) FROM document").fetchone()
        return str(known), int(count)

    def close(self) -> None:
        """Wait for what is being written and close the file."""
        self._writer.shutdown()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def send(self, request: Request) -> Answer:
        """Do what *request* asks for and return the answer, durable when it says written.

        A caller that is cancelled meanwhile does not know whether it was written; the same request tells.

        Raises:
            NoAnswer: the file could not be written; ``left`` is true only when the commit itself is in doubt.
        """
        loop = asyncio.get_running_loop()
        return (await loop.run_in_executor(self._writer, self.commit, (request,)))[0]

    def commit(self, requests: Sequence[Request]) -> tuple[Answer, ...]:
        """Do *requests* in order in one transaction and return their answers; for one thread at a time.

        A refused request leaves nothing and disturbs no other; another failure leaves nothing at all.

        Raises:
            NoAnswer: as :meth:`send`.
        """
        now = self._clock.now().isoformat()
        cursor = self._connection.cursor()
        committing = False
        try:
            cursor.execute("BEGIN IMMEDIATE" if any(map(routes.writes, requests)) else "BEGIN")
            answers = tuple(self._apply(cursor, request, now) for request in requests)
            committing = True
            cursor.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise NoAnswer(f"the books {self.path} could not be written: {error}", left=committing) from error
        except BaseException:
            self._roll_back()
            raise
        return answers

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """Give a cursor on one unchanging state of the books, apart from whatever is being written.

        Raises:
            BooksError: the file cannot be read.
        """
        try:
            with closing(connect(self.path)) as connection:
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
                yield connection.cursor()
        except sqlite3.Error as error:
            raise BooksError(f"cannot read the books {self.path}: {error}") from error

    def _apply(self, cursor: sqlite3.Cursor, request: Request, now: str) -> Answer:
        cursor.execute("SAVEPOINT request")
        answer = routes.apply(cursor, request, now)
        if answer.status >= 400:
            cursor.execute("ROLLBACK TO request")
        cursor.execute("RELEASE request")
        return answer

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # a full disk or an I/O error may have ended it already
            self._connection.execute("ROLLBACK")
