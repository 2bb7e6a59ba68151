"""The states of budgets in ``limits.db`` beside a ledger: shared by processes, and of no weight.

It is not synced: a power cut may take the last seconds, or all of it. It is made anew where it cannot be used.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from engine.budgets.rows import Lost
from engine.ledger.wal import keep_log

T = TypeVar("T")
FILE: Final = "limits.db"
PATIENCE: Final = 0.25
"""Seconds for which another process's lock on the file is waited for; each holds it for well under a millisecond."""
TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS budgets (account TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID"
)
READ: Final = "SELECT data FROM budgets WHERE account = ?"
WRITE: Final = "INSERT INTO budgets VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET data = excluded.data"
DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""Primary result codes of a file that is made anew; SQLITE_ERROR is a table that is not ours."""


class SqliteRows:
    """Rows in a file of *folder*, which is opened, and made 0600, when the first is asked for.

    Args:
        now: The machine's clock, which every process on it reads, in seconds since 1970.
        event: Writes an event to the log.
    """

    def __init__(self, folder: Path, now: Callable[[], float], event: Callable[..., None]) -> None:
        self.path = folder / FILE
        self.cure = f"remove {self.path} to begin to count anew"
        self._now, self._event = now, event
        self._connection: sqlite3.Connection | None = None

    async def change(self, account: str, work: Callable[[str, float], tuple[str, T]]) -> T:
        """As ``Rows``; on the event loop, for 30 µs: handing it to a thread would take longer."""
        try:
            return self._change(account, work)
        except (sqlite3.Error, OSError) as error:
            self.close()
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one
            if code not in DAMAGED:
                raise Lost(f"{self.path} cannot be used: {error}") from error
            self._event("limits.begun", reason=f"{self.path} is damaged: {error}")
        try:
            for ending in ("", "-wal", "-shm"):
                self.path.with_name(FILE + ending).unlink(missing_ok=True)
            return self._change(account, work)
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise Lost(f"{self.path} cannot be made anew: {error}") from error

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _change(self, account: str, work: Callable[[str, float], tuple[str, T]]) -> T:
        connection = self._connection or self._begun()
        connection.execute("BEGIN IMMEDIATE")
        try:
            row = connection.execute(READ, (account,)).fetchone()
            # The clock is read behind the lock: whoever comes later reads a later instant.
            text, found = work(row[0] if row and isinstance(row[0], str) else "", self._now())
            connection.execute(WRITE, (account, text))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return found

    def _begun(self) -> sqlite3.Connection:
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(
            self.path, isolation_level=None, timeout=PATIENCE, check_same_thread=False
        )
        try:
            # First, so that the switch does not wait for the disk while others wait for it.
            connection.execute("PRAGMA synchronous = OFF")
            keep_log(connection, PATIENCE)
            connection.execute(TABLE)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection
