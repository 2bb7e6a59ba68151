"""What all ledgers in a database share: the writer that groups what queued up, and the questions.

No timer: what is committed in one turn of the event loop goes together, and while one commit runs the next rows queue,
of which at most 256 go into the next one. A lone row waits for nobody, sixteen concurrent ones share one sync. A kind
of database adds how it connects, writes, reads and fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, ClassVar, Final, TypeVar

from engine.errors import LedgerError
from engine.ledger import (
    AccountRow,
    BindingRow,
    CursorRow,
    EffectRow,
    EffectState,
    FileRow,
    LinkRow,
    RecordRow,
    RecordState,
    Row,
    RunRow,
    WorkbookRow,
    Written,
)
from engine.ledger.changes import OldEffect
from engine.ledger.statements import Dialect, by_key, keys, made, old_effects, old_runs, paths, select

GROUP: Final = 256

T = TypeVar(
    "T", RunRow, RecordRow, EffectRow, BindingRow, AccountRow, FileRow, WorkbookRow, LinkRow, CursorRow
)


@dataclass(slots=True)
class _Job:
    rows: Sequence[Written]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class StoredLedger(ABC):
    """A ``Ledger`` in a database; a subclass connects first and then calls ``__init__``.

    Attributes:
        name: How messages name it; never with a secret.
        broken: Why nothing is written any more, or empty.
        dialect: How its database is spoken to.
        failures: What its database raises.
    """

    dialect: ClassVar[Dialect]
    failures: ClassVar[tuple[type[Exception], ...]]

    def __init__(self, name: str, *, writes: bool = True) -> None:
        self.name = name
        self.broken = "" if writes else "it was opened to be read"
        self._turn: list[_Job] = []
        self._turns: SimpleQueue[list[_Job] | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="ledger", daemon=True)
        if writes:
            self._writer.start()

    @abstractmethod
    def _store(self, rows: Iterable[Written]) -> None:
        """Write *rows* in one transaction; they are durable when this returns. Whatever it raises, none was written."""

    @abstractmethod
    def _undo(self) -> None:
        """Take back what a ``_store`` that failed left open."""

    @abstractmethod
    def _found(self, query: str, given: Sequence[Any]) -> Iterable[Sequence[Any]]:
        """Return the rows that *query* finds."""

    @abstractmethod
    def _size(self) -> int:
        """Return how many bytes the ledger takes."""

    @abstractmethod
    def _compact(self) -> None:
        """Give back the room of what was removed; nothing is queued."""

    @abstractmethod
    def _disconnect(self, *, reader: bool) -> None:
        """Close the reader's connection, or that of the writer, in whose thread this is called."""

    @abstractmethod
    def _told(self, failure: Exception) -> tuple[str, str]:
        """Return what a failure of the database means, and what to do about it."""

    async def commit(self, rows: Sequence[Written]) -> None:
        if self.broken or not self._writer.is_alive():
            raise LedgerError(
                f"the ledger {self.name} could not be written before: {self.broken or 'closed'}"
            )
        loop = asyncio.get_running_loop()
        job = _Job(rows, loop, loop.create_future())
        if not self._turn or self._turn[0].loop is not loop:
            self._hand_over()
            loop.call_soon(self._hand_over)
        self._turn.append(job)
        # A caller that is cancelled gives up waiting; the commit itself goes on.
        await job.done

    def effect(self, key: str) -> EffectRow | None:
        return self._standing(EffectRow, key)

    def effects(
        self,
        *,
        run: str = "",
        recipe: str = "",
        record: str = "",
        external_id: str = "",
        remote_id: str = "",
        states: Sequence[EffectState] = (),
    ) -> Iterator[EffectRow]:
        asked = {"run": run, "recipe": recipe, "record": record, "external_id": external_id}
        where = {**_given({**asked, "remote_id": remote_id}), **_states(states)}
        return self._select(EffectRow, where, "{order}")

    def links(self, *, effect: str = "", recipe: str = "", record: str = "") -> Iterator[LinkRow]:
        return self._select(
            LinkRow, _given({"effect": effect, "recipe": recipe, "record": record}), "{order}"
        )

    def paths(self, recipe: str) -> set[str]:
        return {path for (path,) in self._asked(paths(self.dialect), [recipe])}

    def record(self, recipe: str, source: str, target: str, key: str) -> RecordRow | None:
        return self._standing(RecordRow, recipe, source, target, key)

    def records(self, *, run: str = "", states: Sequence[RecordState] = ()) -> Iterator[RecordRow]:
        where = {**_given({"run": run}), **_states(states)}
        return self._select(RecordRow, where, "at, {order}")

    def cursor(self, recipe: str, source: str, target: str, digest: str) -> CursorRow | None:
        return self._standing(CursorRow, recipe, source, target, digest)

    def cursors(self, recipe: str = "") -> Sequence[CursorRow]:
        return list(self._select(CursorRow, _given({"recipe": recipe}), "at DESC, {order} DESC"))

    def runs(self, limit: int = 20) -> Sequence[RunRow]:
        return list(self._select(RunRow, {}, "started_at DESC, id DESC", limit))

    def bindings(self) -> Sequence[BindingRow]:
        return list(self._select(BindingRow, {}, "recipe"))

    def account(self, identity: str) -> AccountRow | None:
        return self._standing(AccountRow, identity)

    def file(self, path: str) -> FileRow | None:
        return self._standing(FileRow, path)

    def files(self, recipe: str) -> Sequence[FileRow]:
        return list(self._select(FileRow, {"recipe": recipe}, "path"))

    def workbook(self, path: str) -> WorkbookRow | None:
        return self._standing(WorkbookRow, path)

    def workbooks(self, recipe: str) -> Sequence[WorkbookRow]:
        return list(self._select(WorkbookRow, {"recipe": recipe}, "path"))

    def keys(self, row: type[Row], recipe: str, *more: str) -> Iterator[tuple[str, ...]]:
        return map(tuple, self._asked(keys(row, more, self.dialect), [recipe]))

    def old_effects(self, before: str, after: int, limit: int) -> Sequence[OldEffect]:
        return [OldEffect(*found) for found in self._asked(old_effects(self.dialect), [after, before, limit])]

    def old_runs(self, before: str) -> Sequence[str]:
        return [id for (id,) in self._asked(old_runs(self.dialect), [before])]

    def size(self) -> int:
        try:
            return self._size()
        except self.failures as error:
            raise self._unread(error) from error

    def compact(self) -> None:
        try:
            self._compact()
        except self.failures as error:
            what, help = self._told(error)
            raise LedgerError(f"the ledger {self.name} cannot be made smaller: {what}", help=help) from error

    def close(self) -> None:
        if self._writer.ident is not None:
            self._hand_over()
            self._turns.put(None)
            self._writer.join()
        self._disconnect(reader=True)

    def _standing(self, row: type[T], *key: str) -> T | None:
        query, given = by_key(row, self.dialect, key)
        try:
            for found in self._found(query, given):
                return made(row, found)  # type: ignore[no-any-return]  # of the class that was asked for
        except self.failures as error:
            raise self._unread(error) from error
        except ValueError as error:
            raise self._unread(error) from error
        return None

    def _select(
        self,
        row: type[T],
        where: Mapping[str, str | Sequence[str]],
        order: str = "",
        limit: int | None = None,
    ) -> Iterator[T]:
        query, given = select(row, self.dialect, where, order, limit)
        try:
            for found in self._found(query, given):
                yield made(row, found)
        except self.failures as error:
            raise self._unread(error) from error
        except ValueError as error:
            raise self._unread(error) from error

    def _asked(self, query: str, given: Sequence[Any]) -> Iterator[Sequence[Any]]:
        try:
            yield from self._found(query, given)
        except self.failures as error:
            raise self._unread(error) from error

    def _unread(self, failure: Exception) -> LedgerError:
        what, help = self._told(failure)
        return LedgerError(f"the ledger {self.name} cannot be read: {what}", help=help)

    def _hand_over(self) -> None:
        """Give the writer what was to be committed in one turn of the loop: to wake it costs more than a row does."""
        turn, self._turn = self._turn, []
        if turn:
            self._turns.put(turn)

    def _write(self) -> None:
        queued: deque[_Job] = deque()
        last = False
        while queued or not last:
            if not queued:
                last = _queue(queued, self._turns.get())
            while not last and not self._turns.empty():
                last = _queue(queued, self._turns.get())
            jobs = _group(queued)
            error = self._commit(jobs) if jobs else None
            for loop in {job.loop for job in jobs}:
                done = [job.done for job in jobs if job.loop is loop]
                # A loop that is closed has nobody who waits.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(_settle, done, error)
        with contextlib.suppress(*self.failures):
            self._disconnect(reader=False)

    def _commit(self, jobs: list[_Job]) -> LedgerError | None:
        help = ""
        try:
            # What was queued before a commit failed does not follow it: its caller would send.
            if not self.broken:
                self._store(row for job in jobs for row in job.rows)
                return None
        except Exception as failure:  # noqa: BLE001  # whatever it is, a thread that dies of it leaves callers waiting
            self.broken, help = self._told(failure)
            with contextlib.suppress(*self.failures):
                self._undo()
        help = f"{help}; " if help else ""
        return LedgerError(
            f"the ledger {self.name} could not be written: {self.broken}",
            help=f"{help}nothing was sent after this, and the next run goes on from here",
        )


def _given(asked: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    return {name: value for name, value in asked.items() if value}


def _states(wanted: Sequence[EffectState | RecordState]) -> dict[str, str | Sequence[str]]:
    return {"state": [state.value for state in wanted]} if wanted else {}


def _queue(queued: deque[_Job], turn: list[_Job] | None) -> bool:
    """Queue what was handed over, and tell whether that was the end."""
    queued.extend(turn or ())
    return turn is None


def _group(queued: deque[_Job]) -> list[_Job]:
    """Take what goes into one commit from what is *queued*."""
    jobs, size = [], 0
    while queued and size < GROUP:
        jobs.append(queued.popleft())
        size += len(jobs[-1].rows)
    return jobs


def _settle(done: list[asyncio.Future[None]], error: LedgerError | None) -> None:
    for each in done:
        if each.done():
            continue
        if error is None:
            each.set_result(None)
        else:
            each.set_exception(error)
