"""The ledger in one SQLite file: WAL, fully synced."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import Any, Final

from engine.errors import LedgerError
from engine.ledger import Written
from engine.ledger.changes import Change, Removal
from engine.ledger.statements import (
    TABLES,
    VERSION,
    Dialect,
    altered,
    altered_alike,
    flaw,
    preparation,
    upsert,
    values,
)
from engine.ledger.stored import StoredLedger
from engine.ledger.wal import keep_log

APPLICATION_ID: Final = 0x52454349  # "RECI", so that another program's file is not taken for a ledger
DIALECT: Final = Dialect("?", {"text": "TEXT", "bytes": "BLOB", "int": "INTEGER"}, "rowid")
PATIENCE: Final = 10
"""Seconds for which another process's lock on the file is waited for."""
RESTORE: Final = "put the last good copy of the file back, or move it away to begin anew"
# What SQLite's primary result codes mean to a user; the others are told in SQLite's words.
TROUBLE: Final[dict[int, tuple[str, str]]] = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free space on the disk"),
    sqlite3.SQLITE_BUSY: (
        f"another process has it locked for more than {PATIENCE} seconds",
        "end what holds it, such as a backup or a database browser",
    ),
    sqlite3.SQLITE_READONLY: (
        "it, or its folder, may not be written",
        "give this user the right to write both",
    ),
    sqlite3.SQLITE_CANTOPEN: ("it, or its folder, may not be opened", "check the permissions of both"),
    sqlite3.SQLITE_PERM: ("it may not be opened", "check its permissions"),
    sqlite3.SQLITE_IOERR: ("the disk fails", "check the disk"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", RESTORE),
    sqlite3.SQLITE_NOTADB: ("it is no database, or damaged", RESTORE),
}
BUNCH: Final = 50
"""Rows that one statement writes: each statement lets go of the interpreter, and waits until it has it again."""
_UPSERTS: Final = {(row, count): upsert(row, DIALECT, count) for row in TABLES for count in (1, BUNCH)}


class SqliteLedger(StoredLedger):
    """A ``Ledger`` in the file *path*, which is made, 0600, where it does not exist.

    Raises:
        LedgerError: the file is no ledger, is newer than this engine, is damaged, or cannot be opened.
    """

    dialect = DIALECT
    failures = (sqlite3.Error,)

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if not path.exists() or path.stat().st_size == 0:
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._reader = self._connect(prepare=True)
            self._connection = self._connect()
        except sqlite3.Error as error:
            raise self._unopened(error) from error
        except OSError as error:
            raise LedgerError(
                f"the ledger {path} cannot be opened: {error.strerror}",
                help="check the permissions of it and its folder",
            ) from error
        super().__init__(str(path))

    def _connect(self, *, prepare: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, timeout=PATIENCE, check_same_thread=False
        )
        try:
            if prepare:
                self._prepare(connection)
            keep_log(connection, PATIENCE)
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        if tables and owner != APPLICATION_ID:
            raise LedgerError(
                f"{self.path} is a database of another program, not a ledger",
                help="move it away, or name another state folder with --state",
            )
        if version > VERSION:
            raise LedgerError(
                f"the ledger {self.path} was written by a newer engine (its version {version}, ours {VERSION})",
                help="update recipe-engine",
            )
        if tables:
            known = {table for table, _ in TABLES.values()}
            present = {
                table: {name: kind for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})")}
                for table in known.intersection(tables)
            }
            wrong = flaw(present, DIALECT, version) if version else "its version is missing"
            if wrong:
                raise LedgerError(f"the ledger {self.path} is damaged: {wrong}", help=RESTORE)
        for statement in preparation(DIALECT, version if tables else 0):
            connection.execute(statement)
        if version < VERSION or not tables:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

    def _store(self, rows: Iterable[Written]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for (kind, is_one, _), alike in groupby(rows, _alike):
            found: list[Any] = list(alike)
            whole = len(found) - len(found) % BUNCH if is_one else 0
            for at in range(0, whole, BUNCH):
                self._connection.execute(*_bunched(kind, found[at : at + BUNCH]))
            for row in found[whole:]:
                self._connection.execute(*_bunched(kind, [row]))
        self._connection.execute("COMMIT")

    def _undo(self) -> None:
        self._connection.rollback()

    def _found(self, query: str, given: Sequence[Any]) -> Iterable[Sequence[Any]]:
        return self._reader.execute(query, given)

    def _size(self) -> int:
        [(pages,)], [(size,)] = (
            self._reader.execute(f"PRAGMA {each}") for each in ("page_count", "page_size")
        )
        return int(pages) * int(size)

    def _compact(self) -> None:
        self._reader.execute("VACUUM")
        # What the file had stands in the WAL until then.
        self._reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _disconnect(self, *, reader: bool) -> None:
        (self._reader if reader else self._connection).close()

    def _unopened(self, failure: Exception) -> LedgerError:
        what, help = self._told(failure)
        return LedgerError(f"the ledger {self.path} cannot be opened: {what}", help=help)

    def _told(self, failure: Exception) -> tuple[str, str]:
        code = getattr(failure, "sqlite_errorcode", 0)
        known = TROUBLE.get(code & 0xFF)  # the primary code of an extended one
        return (f"{known[0]} ({failure})", known[1]) if known else (str(failure), "")


def _alike(row: Written) -> tuple[type[Any], int, type[Any]]:
    """Return what rows that one statement can write have in common, 0 where it can write one alone."""
    if isinstance(row, Change):
        return Change, id(row.to) if len(row.key) == 1 else 0, row.row
    return type(row), 0 if isinstance(row, Removal) else 1, type(row)


def _bunched(kind: type[Any], rows: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """Return what writes *rows*, which are alike, with its parameters."""
    if kind is not Change and kind is not Removal:
        given = chain.from_iterable(values(row, DIALECT) for row in rows)
        return _UPSERTS[kind, len(rows)], tuple(given)
    if len(rows) == 1:
        return altered(rows[0], DIALECT)
    return altered_alike(rows[0], [row.key[0] for row in rows], DIALECT)


class SqliteReader(SqliteLedger):
    """The ledger in the file *path*, which must exist; it is read and never written, also while a run writes to it.

    Raises:
        LedgerError: as ``SqliteLedger``; and by ``commit``, always.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._reader = self._readable()
        except sqlite3.Error as error:
            raise self._unopened(error) from error
        super(SqliteLedger, self).__init__(str(path), writes=False)

    def _readable(self) -> sqlite3.Connection:
        # Not mode=ro: such a connection leaves the files of the log behind, which a last one that may write removes.
        connection = self._connected(f"{self.path.absolute().as_uri()}?mode=rw")
        try:
            connection.execute("PRAGMA query_only = ON")
            owner = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if (owner, version) == (APPLICATION_ID, VERSION):
                return connection
        except BaseException:
            connection.close()
            raise
        with contextlib.closing(connection):
            return self._copied(connection)

    def _copied(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Return a copy in the present version, which is gone when it is closed; or refuse what is no ledger."""
        copy = self._connected("")
        try:
            connection.backup(copy)
            self._prepare(copy)
        except BaseException:
            copy.close()
            raise
        return copy

    def _connected(self, name: str) -> sqlite3.Connection:
        return sqlite3.connect(
            name, uri=True, isolation_level=None, timeout=PATIENCE, check_same_thread=False
        )
