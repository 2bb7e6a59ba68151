"""SQLite's write-ahead log, switched on by processes that may begin at the same time."""

from __future__ import annotations

import sqlite3
from time import monotonic


def keep_log(connection: sqlite3.Connection, patience: float) -> None:
    """Let the file of *connection*, which is in no transaction, keep a write-ahead log.

    Args:
        patience: Seconds for which others are waited for, as by the connection's own timeout.

    Raises:
        sqlite3.Error: the file cannot be switched; with ``SQLITE_BUSY``, others hold it for longer than *patience*.
    """
    until = monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            primary = error.sqlite_errorcode & 0xFF  # of an extended code
            if primary != sqlite3.SQLITE_BUSY or monotonic() >= until:
                raise
            # The switch reads before it writes, so that SQLite does not wait within it for whoever writes there too.
            # A transaction that begins as the only one does wait.
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        else:
            return
