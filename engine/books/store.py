"""The books as a transport: requests in, answers out, one transaction around all that wait at once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine import canonical
from engine.books import routes
from engine.books.chart import Chart, chart_of
from engine.books.fields import Refusal
from engine.books.file import BooksError, connect, opened, readable
from engine.books.stored import Received
from engine.books.writing import Ledger
from engine.clock import Clock
from engine.wire import Answer, NoAnswer, Request

MOST: Final = 1000
"""Requests that go into one transaction."""

_Waiting = tuple[Request, "asyncio.Future[Answer]"]


class _Half(Exception):
    """A request was refused after it had written something."""


class Books:
    """The double-entry books of one company in one SQLite file; a ``Transport``.

    Make one with :meth:`open`. Several may have the same file open, also in other processes.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        self.path = path
        self._connection = connection
        self._clock = clock
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="books")
        self._waiting: deque[_Waiting] = deque()
        self._chart: tuple[str, Chart] | None = None
        self._accounts: dict[str, tuple[int, str]] = {}

    @classmethod
    def open(cls, path: Path, clock: Clock, *, company: str = "main", chart: Chart | None = None) -> Self:
        """Open the books at *path*, or begin new ones there. Its folder must exist.

        Args:
            chart: Taken from now on, where it is another than the books have.

        Raises:
            BooksError: the file cannot be read, is no books, another company's or a later version's; the chart does
                not fit what is posted already.
        """
        books = cls(path, opened(path, company), clock)
        try:
            if chart is not None:
                books._take(chart)
        except BaseException:
            books.close()
            raise
        return books

    @classmethod
    def read(cls, path: Path, clock: Clock, *, company: str = "main") -> Self:
        """Open the books at *path*, which must exist, to be read: a write is answered by ``NoAnswer``.

        Raises:
            BooksError: as :meth:`open`; also where the books are of an earlier version.
        """
        return cls(path, readable(path, company), clock)

    def mark(self) -> tuple[str, int]:
        """Return what these books are known by, drawn when they were begun, and how many documents they hold."""
        with self.reading() as cursor:
            (known,) = cursor.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()
            (count,) = cursor.execute("SELECT COUNT(*) FROM document").fetchone()
        return str(known), int(count)

    @property
    def chart(self) -> Chart:
        """The chart of accounts as it stands now."""
        with self.reading() as cursor:
            return self._ledger(cursor).chart

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

        Requests that wait at the same time share a transaction. A caller that is cancelled meanwhile does not know
        whether it was written; the same request tells.

        Raises:
            NoAnswer: the file could not be written; ``left`` is true only when the commit itself is in doubt.
        """
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answered))
        self._writer.submit(self._answer_waiting)
        return await answered

    def commit(self, requests: Sequence[Request]) -> tuple[Answer, ...]:
        """Do *requests* in order in one transaction and return their answers; for one thread at a time.

        A refused request leaves nothing and disturbs no other; another failure leaves nothing at all.

        Raises:
            NoAnswer: as :meth:`send`.
        """
        committing = False
        try:
            try:
                answers = self._answers(requests, self._plainly)
            except _Half:
                self._roll_back()
                answers = self._answers(requests, self._alone)
            committing = True
            self._connection.execute("COMMIT")
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

    def _answer_waiting(self) -> None:
        """Commit what waits in one transaction and hand out the answers; runs in the writer's thread."""
        batch: list[_Waiting] = []
        while self._waiting and len(batch) < MOST:
            batch.append(self._waiting.popleft())
        if not batch:
            return
        try:
            answers: Sequence[Answer | BaseException] = self.commit([request for request, _ in batch])
        except BaseException as error:  # noqa: BLE001  # handed to those who wait
            answers = [error] * len(batch)
        for (_, answered), answer in zip(batch, answers, strict=True):
            with suppress(RuntimeError):  # the loop of a caller that is gone may be closed
                answered.get_loop().call_soon_threadsafe(_hand, answered, answer)

    def _ledger(self, cursor: sqlite3.Cursor) -> Ledger:
        """Return the tables with the chart and the closed periods as this transaction sees them."""
        meta = dict(
            cursor.execute("SELECT key, value FROM meta WHERE key IN ('chart', 'closed_until')").fetchall()
        )
        if self._chart is None or self._chart[0] != meta["chart"]:
            (body,) = cursor.execute("SELECT body FROM request WHERE id = ?", (meta["chart"],)).fetchone()
            data = canonical.decode(body)
            del data["external_id"]
            self._chart = meta["chart"], chart_of(data)
            self._accounts.clear()
        return Ledger(cursor, self._chart[1], self._accounts, meta.get("closed_until", ""))

    def _answers(
        self, requests: Sequence[Request], apply: Callable[[Ledger, Request, str], Answer]
    ) -> tuple[Answer, ...]:
        """Begin a transaction and do *requests* in it."""
        now = self._clock.now().isoformat()
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if any(map(routes.writes, requests)) else "BEGIN")
        ledger = self._ledger(cursor)
        return tuple([apply(ledger, request, now) for request in requests])

    def _plainly(self, ledger: Ledger, request: Request, now: str) -> Answer:
        """Do *request* without a savepoint, which would copy every page that it touches.

        Raises:
            _Half: it was refused after it had written something.
        """
        before = self._connection.total_changes
        answer = routes.apply(ledger, request, now)
        if answer.status >= 400 and self._connection.total_changes != before:
            raise _Half
        return answer

    def _alone(self, ledger: Ledger, request: Request, now: str) -> Answer:
        """Do *request* in a savepoint of its own, and undo it where it is refused."""
        ledger.cursor.execute("SAVEPOINT request")
        answer = routes.apply(ledger, request, now)
        if answer.status >= 400:
            ledger.cursor.execute("ROLLBACK TO request")
            self._accounts.clear()  # an account that was opened is gone again
        ledger.cursor.execute("RELEASE request")
        return answer

    def _roll_back(self) -> None:
        self._accounts.clear()
        self._chart = None
        if self._connection.in_transaction:  # a full disk or an I/O error may have ended it already
            self._connection.execute("ROLLBACK")

    def _take(self, chart: Chart) -> None:
        """Take *chart* where it is another than the books have."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            ledger = self._ledger(cursor)
            if ledger.chart.as_data() != chart.as_data():
                routes.perform(ledger, routes.CHART, None, chart_request(cursor, chart, self._clock))
            cursor.execute("COMMIT")
        except Refusal as refusal:
            self._roll_back()
            raise BooksError(
                f"the chart of accounts does not fit the books {self.path}: {refusal.message}",
                help="correct the file that `chart` of the connection names",
            ) from refusal
        except BaseException:
            self._roll_back()
            raise
        self._chart = None
        self._accounts.clear()


def chart_request(cursor: sqlite3.Cursor, chart: Chart, clock: Clock) -> Received:
    """Return the request that takes *chart*, with a key of its own."""
    (number,) = cursor.execute(
        "SELECT COUNT(*) + 1 FROM request WHERE operation = ?", (routes.CHART,)
    ).fetchone()
    taken = "SELECT 1 FROM request WHERE external_id = ?"
    while cursor.execute(taken, (f"chart:{number}",)).fetchone():
        number += 1
    body = {**chart.as_data(), "external_id": f"chart:{number}"}
    text = canonical.encode(body)
    return Received(body, text.decode(), canonical.digest(text), clock.now().isoformat())


def _hand(answered: asyncio.Future[Answer], answer: Answer | BaseException) -> None:
    if answered.done():  # its caller was cancelled
        return
    if isinstance(answer, BaseException):
        answered.set_exception(answer)
    else:
        answered.set_result(answer)
