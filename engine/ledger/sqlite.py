"""The ledger in one SQLite file: WAL, fully synced, one writer thread that commits whatever has queued up.

No timer: while one commit runs, the next rows queue, and at most 256 of them go into the next commit. A lone row waits
for nobody, sixteen concurrent ones share one sync.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

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
)

VERSION: Final = 4
APPLICATION_ID: Final = 0x52454349  # "RECI", so that another program's file is not taken for a ledger
GROUP: Final = 256
DAMAGED: Final = (
    "check that the folder is writable and the disk has room; restore a damaged file from a backup"
)
TABLES: Final[dict[type, tuple[str, tuple[str, ...]]]] = {
    RunRow: ("run", ("id",)),
    RecordRow: ("record", ("recipe", "source", "target", "key")),
    EffectRow: ("effect", ("key",)),
    BindingRow: ("binding", ("recipe",)),
    AccountRow: ("account", ("identity",)),
    FileRow: ("file", ("path",)),
    WorkbookRow: ("workbook", ("path",)),
    LinkRow: ("link", ("effect", "recipe", "record")),
    CursorRow: ("cursor", ("recipe", "source", "target", "digest")),
}
SINCE: Final[dict[type, int]] = {FileRow: 2, WorkbookRow: 2, LinkRow: 3, CursorRow: 4}
"""The version that brought a table; older ledgers get it when they are opened."""
COLUMNS_SINCE: Final[dict[type, dict[str, int]]] = {
    EffectRow: {"last_sent_at": 4, "attempts": 4, "generation": 4, "looked_up": 4, "revisions": 4}
}
"""The version that brought a column, which holds its default in rows of before."""
INDEXES: Final = (
    "CREATE INDEX IF NOT EXISTS record_of_run ON record (run)",
    "CREATE INDEX IF NOT EXISTS record_by_state ON record (state) WHERE state IN ('parked', 'dead_letter')",
    "CREATE INDEX IF NOT EXISTS effect_of_run ON effect (run)",
    "CREATE INDEX IF NOT EXISTS effect_of_record ON effect (recipe, record)",
    "CREATE INDEX IF NOT EXISTS effect_by_external_id ON effect (external_id)",
    "CREATE INDEX IF NOT EXISTS effect_by_remote_id ON effect (remote_id)",
    "CREATE INDEX IF NOT EXISTS link_of_record ON link (recipe, record)",
    "CREATE INDEX IF NOT EXISTS effect_open ON effect (state) WHERE state NOT IN ('done', 'failed', 'skipped')",
)


T = TypeVar(
    "T", RunRow, RecordRow, EffectRow, BindingRow, AccountRow, FileRow, WorkbookRow, LinkRow, CursorRow
)


@dataclass(slots=True)
class _Job:
    rows: Sequence[Row]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class SqliteLedger:
    """A ``Ledger`` in the file *path*, which is made, 0600, where it does not exist.

    Raises:
        LedgerError: the file is no ledger, is newer than this engine, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken = ""
        fresh = not path.exists() or path.stat().st_size == 0
        try:
            if fresh:
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._reader = self._connect(prepare=True)
            self._connection = self._connect()
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {path} cannot be opened: {error}",
                help=DAMAGED,
            ) from error
        except OSError as error:
            raise LedgerError(f"the ledger {path} cannot be opened: {error.strerror}") from error
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="ledger", daemon=True)
        self._writer.start()

    async def commit(self, rows: Sequence[Row]) -> None:
        if self.broken or not self._writer.is_alive():
            raise LedgerError(
                f"the ledger {self.path} could not be written before: {self.broken or 'closed'}"
            )
        loop = asyncio.get_running_loop()
        job = _Job(rows, loop, loop.create_future())
        self._jobs.put(job)
        # A cancelled caller must not take its rows' fate for unknown: the commit itself goes on.
        await asyncio.shield(job.done)

    def effect(self, key: str) -> EffectRow | None:
        return next(self._select(EffectRow, "key = ?", (key,)), None)

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
        given = [
            (f"{name} = ?", [value]) for name, value in {**asked, "remote_id": remote_id}.items() if value
        ]
        if states:
            given.append((f"state IN ({', '.join('?' * len(states))})", [state.value for state in states]))
        where = " AND ".join(text for text, _ in given) or "1"
        return self._select(EffectRow, where, [value for _, values in given for value in values], "rowid")

    def links(self, *, effect: str = "", recipe: str = "", record: str = "") -> Iterator[LinkRow]:
        asked = {"effect": effect, "recipe": recipe, "record": record}
        given = [(name, value) for name, value in asked.items() if value]
        where = " AND ".join(f"{name} = ?" for name, _ in given) or "1"
        return self._select(LinkRow, where, [value for _, value in given], "rowid")

    def paths(self, recipe: str) -> set[str]:
        query = "SELECT DISTINCT path FROM effect WHERE recipe = ? AND state <> 'failed'"
        try:
            return {path for (path,) in self._reader.execute(query, (recipe,))}
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger {self.path} cannot be read: {error}", help=DAMAGED) from error

    def record(self, recipe: str, source: str, target: str, key: str) -> RecordRow | None:
        where = "recipe = ? AND source = ? AND target = ? AND key = ?"
        return next(self._select(RecordRow, where, (recipe, source, target, key)), None)

    def records(self, *, run: str = "", states: Sequence[RecordState] = ()) -> Iterator[RecordRow]:
        where, values = ["1"], []
        if run:
            where.append("run = ?")
            values.append(run)
        if states:
            where.append(f"state IN ({', '.join('?' * len(states))})")
            values += [state.value for state in states]
        return self._select(RecordRow, " AND ".join(where), values, "at, rowid")

    def runs(self, limit: int = 20) -> Sequence[RunRow]:
        return list(self._select(RunRow, "1", (limit,), "started_at DESC, id DESC LIMIT ?"))

    def bindings(self) -> Sequence[BindingRow]:
        return list(self._select(BindingRow, "1", (), "recipe"))

    def account(self, identity: str) -> AccountRow | None:
        return next(self._select(AccountRow, "identity = ?", (identity,)), None)

    def file(self, path: str) -> FileRow | None:
        return next(self._select(FileRow, "path = ?", (path,)), None)

    def files(self, recipe: str) -> Sequence[FileRow]:
        return list(self._select(FileRow, "recipe = ?", (recipe,), "path"))

    def workbook(self, path: str) -> WorkbookRow | None:
        return next(self._select(WorkbookRow, "path = ?", (path,)), None)

    def workbooks(self, recipe: str) -> Sequence[WorkbookRow]:
        return list(self._select(WorkbookRow, "recipe = ?", (recipe,), "path"))

    def cursor(self, recipe: str, source: str, target: str, digest: str) -> CursorRow | None:
        where = "recipe = ? AND source = ? AND target = ? AND digest = ?"
        return next(self._select(CursorRow, where, (recipe, source, target, digest)), None)

    def cursors(self, recipe: str = "") -> Sequence[CursorRow]:
        where, values = ("recipe = ?", (recipe,)) if recipe else ("1", ())
        return list(self._select(CursorRow, where, values, "at DESC, rowid DESC"))

    def close(self) -> None:
        self._jobs.put(None)
        self._writer.join()
        self._reader.close()

    def _connect(self, *, prepare: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=10, check_same_thread=False)
        try:
            if prepare:
                self._prepare(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not empty and owner != APPLICATION_ID:
            raise LedgerError(f"{self.path} is a database of another program, not a ledger")
        if version > VERSION:
            raise LedgerError(
                f"the ledger {self.path} was written by a newer engine (its version {version}, ours {VERSION})",
                help="update recipe-engine",
            )
        for row, (table, key) in TABLES.items():
            if not empty and not 1 <= version < SINCE.get(row, 1):
                for statement in _columns(row, version):
                    connection.execute(statement)
                continue
            columns = ", ".join(f"{field.name} {_affinity(field.type)} NOT NULL" for field in fields(row))
            connection.execute(f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({', '.join(key)}))")
        if empty or 1 <= version < VERSION:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        for index in INDEXES:
            connection.execute(index)
        connection.execute("COMMIT")

    def _select(self, row: type[T], where: str, values: Sequence[Any], order: str = "") -> Iterator[T]:
        table, _ = TABLES[row]
        columns = [field.name for field in fields(row)]
        # Every part of the statement is written in this module; values go in as parameters.
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE {where}"  # noqa: S608
        query += f" ORDER BY {order}" if order else ""
        state = _STATES.get(row)
        try:
            for found in self._reader.execute(query, tuple(values)):
                named = dict(zip(columns, found, strict=True))
                yield row(**(named if state is None else named | {"state": state(named["state"])}))
        except (sqlite3.Error, ValueError) as error:
            raise LedgerError(f"the ledger {self.path} cannot be read: {error}", help=DAMAGED) from error

    def _write(self) -> None:
        while (job := self._jobs.get()) is not None:
            jobs, size, last = [job], len(job.rows), False
            while size < GROUP:
                try:
                    more = self._jobs.get_nowait()
                except Empty:
                    break
                if more is None:
                    last = True
                    break
                jobs.append(more)
                size += len(more.rows)
            error = self._commit(jobs)
            for job in jobs:
                # A loop that is closed has nobody who waits.
                with contextlib.suppress(RuntimeError):
                    job.loop.call_soon_threadsafe(_settle, job.done, error)
            if last:
                break
        self._connection.close()

    def _commit(self, jobs: list[_Job]) -> LedgerError | None:
        try:
            # What was queued before a commit failed does not follow it: its caller would send.
            if not self.broken:
                self._connection.execute("BEGIN IMMEDIATE")
                for row in (row for job in jobs for row in job.rows):
                    self._connection.execute(_UPSERTS[type(row)], astuple(row))
                self._connection.execute("COMMIT")
                return None
        except Exception as failure:  # noqa: BLE001  # whatever it is, a thread that dies of it leaves callers waiting
            self.broken = str(failure)
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()
        return LedgerError(
            f"the ledger {self.path} could not be written: {self.broken}",
            help="check that the disk has room; nothing was sent after this, and the next run goes on from here",
        )


def _settle(done: asyncio.Future[None], error: LedgerError | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _affinity(kind: Any) -> str:
    return {"bytes": "BLOB", "int": "INTEGER"}.get(kind, "TEXT")


def _columns(row: type[Row], version: int) -> Iterator[str]:
    """Yield what adds to a table of *version* the columns that came later."""
    later = COLUMNS_SINCE.get(row, {})
    for field in fields(row):
        if 1 <= version < later.get(field.name, 1):
            default = field.default if isinstance(field.default, int) else f"'{field.default!s}'"
            affinity = _affinity(field.type)
            yield f"ALTER TABLE {TABLES[row][0]} ADD COLUMN {field.name} {affinity} NOT NULL DEFAULT {default}"


def _upsert(row: type[Row]) -> str:
    table, key = TABLES[row]
    columns = [field.name for field in fields(row)]
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # see above
    return f"{insert} ON CONFLICT ({', '.join(key)}) DO {f'UPDATE SET {changed}' if changed else 'NOTHING'}"


_UPSERTS: Final = {row: _upsert(row) for row in TABLES}
_STATES: Final = {EffectRow: EffectState, RecordRow: RecordState}
