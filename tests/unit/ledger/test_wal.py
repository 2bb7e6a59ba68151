"""The switch to a write-ahead log, which SQLite does not wait for by itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.ledger.budgets import FILE, SqliteRows
from engine.ledger.sqlite import SqliteLedger
from engine.ledger.wal import keep_log

SWITCH = "PRAGMA journal_mode = WAL"


class Between(sqlite3.Connection):
    """A connection beside which another process writes the file at each of its first *times* switches."""

    times = 0
    other: sqlite3.Connection

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if sql == SWITCH and Between.times:
            Between.times -= 1
            self.other.execute("BEGIN IMMEDIATE")
            try:
                return super().execute(sql, *given)
            finally:
                self.other.execute("ROLLBACK")
        return super().execute(sql, *given)


@pytest.fixture
def between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, int], None]]:
    """Let another process write the file of a name at so many switches to come."""
    plain, opened = sqlite3.connect, []

    def begin(name: str, times: int) -> None:
        Between.times, Between.other = times, plain(tmp_path / name, isolation_level=None)
        opened.append(Between.other)
        monkeypatch.setattr(sqlite3, "connect", lambda *given, **more: plain(*given, **more, factory=Between))

    yield begin
    for each in opened:
        each.close()


def mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as file:
        found: str = file.execute("PRAGMA journal_mode").fetchone()[0]
        return found


def test_a_ledger_is_opened_though_another_process_writes_it_as_its_log_begins(
    tmp_path: Path, between: Callable[[str, int], None]
) -> None:
    between("ledger.db", 3)
    SqliteLedger(tmp_path / "ledger.db").close()
    assert (Between.times, mode(tmp_path / "ledger.db")) == (0, "wal")


def test_budgets_are_shared_though_another_process_writes_them_as_their_log_begins(
    tmp_path: Path, between: Callable[[str, int], None]
) -> None:
    between(FILE, 3)
    rows = SqliteRows(tmp_path, lambda: 0.0, lambda name, **more: None)
    assert asyncio.run(rows.change("desk", lambda text, now: ("{}", text))) == ""
    rows.close()
    assert (Between.times, mode(tmp_path / FILE)) == (0, "wal")


def test_whoever_holds_the_file_for_longer_than_is_waited_for_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        closing(sqlite3.connect(path, isolation_level=None, timeout=0.01)) as connection,
    ):
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            keep_log(connection, 0.01)
        other.execute("ROLLBACK")
        keep_log(connection, 0.01)
    assert mode(path) == "wal"


def test_what_is_no_lock_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "file.db").write_bytes(b"no database at all" * 100)
    with (
        closing(sqlite3.connect(tmp_path / "file.db", isolation_level=None)) as connection,
        pytest.raises(sqlite3.DatabaseError, match="not a database"),
    ):
        keep_log(connection, 3600)
