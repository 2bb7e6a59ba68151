"""The rows of budgets, in a file and on a server: shared, one after the other, and of no weight where they are lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.budgets.rows import Lost, Rows
from engine.ledger.budgets import FILE, SqliteRows
from tests.postgres import Server


class Place:
    """Where rows of one kind lie, for several processes."""

    def __init__(self, kind: str, request: pytest.FixtureRequest, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.events: list[tuple[str, dict[str, Any]]] = []
        if kind == "postgres":
            self.server: Server = request.getfixturevalue("postgres")
            self.schema = self.server.schema()
            self.server.run(f"CREATE SCHEMA {self.schema}")

    def open(self) -> Rows:
        if self.kind == "sqlite":
            return SqliteRows(self.folder, lambda: 7.0, lambda name, **more: self.events.append((name, more)))
        from engine.ledger.budgets_postgres import PostgresRows

        return PostgresRows(self.server.address(), self.schema)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(request.param, request, tmp_path)


def add(text: str, now: float) -> tuple[str, int]:
    count = json.loads(text or "0") + 1
    return json.dumps(count), count


async def counted(rows: Rows, times: int = 1, account: str = "desk") -> int:
    found = 0
    for _ in range(times):
        found = await rows.change(account, add)
    return found


def test_what_one_process_writes_the_other_reads(place: Place) -> None:
    one, other = place.open(), place.open()

    async def work() -> list[int]:
        return [
            await counted(one),
            await counted(other),
            await counted(one),
            await counted(other, account="b"),
        ]

    assert asyncio.run(work()) == [1, 2, 3, 1]
    one.close()
    other.close()
    again = place.open()
    assert asyncio.run(counted(again)) == 4
    again.close()


def test_changes_of_several_at_once_are_made_one_after_the_other(place: Place) -> None:
    def process() -> None:
        rows = place.open()
        asyncio.run(counted(rows, 50))
        rows.close()

    threads = [threading.Thread(target=process) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    rows = place.open()
    assert asyncio.run(counted(rows)) == 201
    rows.close()


def test_a_change_that_fails_changes_nothing(place: Place) -> None:
    rows = place.open()

    def broken(text: str, now: float) -> tuple[str, int]:
        raise KeyError("a mistake")

    async def work() -> int:
        await counted(rows)
        with pytest.raises(KeyError):
            await rows.change("desk", broken)
        return await counted(rows)

    assert asyncio.run(work()) == 2
    rows.close()


def test_where_to_remove_what_is_known_is_said(place: Place) -> None:
    rows = place.open()
    where = str(place.folder / FILE) if place.kind == "sqlite" else f'"{place.schema}".budgets'
    assert where in rows.cure


def test_a_server_gives_its_own_clock(place: Place) -> None:
    rows = place.open()
    now = asyncio.run(rows.change("desk", lambda text, now: ("0", now)))
    assert now == 7.0 if place.kind == "sqlite" else now > 1_700_000_000
    rows.close()


def test_nothing_is_made_before_it_is_asked_for(tmp_path: Path) -> None:
    SqliteRows(tmp_path, lambda: 0.0, lambda name, **more: None).close()
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_its_owners_alone_and_is_not_waited_for(tmp_path: Path) -> None:
    rows = SqliteRows(tmp_path, lambda: 0.0, lambda name, **more: None)
    asyncio.run(counted(rows))
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert rows._connection is not None
    assert rows._connection.execute("PRAGMA synchronous").fetchone() == (0,)
    assert rows._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    rows.close()


@pytest.mark.parametrize(
    "content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\1" * 5000, "other table"]
)
def test_a_file_that_is_damaged_or_no_ones_is_begun_anew(content: bytes | str, tmp_path: Path) -> None:
    if isinstance(content, bytes):
        (tmp_path / FILE).write_bytes(content)
    else:
        with closing(sqlite3.connect(tmp_path / FILE)) as file:
            file.execute("CREATE TABLE budgets (x TEXT)")
    events: list[str] = []
    rows = SqliteRows(tmp_path, lambda: 0.0, lambda name, **more: events.append(name))
    assert asyncio.run(counted(rows, 2)) == 2
    assert events == ["limits.begun"]
    rows.close()


def test_a_file_that_is_removed_in_a_run_stops_nothing(tmp_path: Path) -> None:
    rows = SqliteRows(tmp_path, lambda: 0.0, lambda name, **more: None)
    asyncio.run(counted(rows))
    for path in tmp_path.iterdir():
        path.unlink()
    assert asyncio.run(counted(rows)) == 2
    rows.close()
    fresh = SqliteRows(tmp_path, lambda: 0.0, lambda name, **more: None)
    assert asyncio.run(counted(fresh)) == 1
    fresh.close()


def test_a_file_that_another_program_holds_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ledger.budgets.PATIENCE", 0.01)
    rows = SqliteRows(tmp_path, lambda: 0.0, lambda name, **more: None)
    asyncio.run(counted(rows))
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        fresh = SqliteRows(tmp_path, lambda: 0.0, lambda name, **more: None)
        with pytest.raises(Lost, match="locked"):
            asyncio.run(counted(fresh))
    rows.close()


def test_a_folder_that_is_gone_is_lost(tmp_path: Path) -> None:
    rows = SqliteRows(tmp_path / "nowhere", lambda: 0.0, lambda name, **more: None)
    with pytest.raises(Lost):
        asyncio.run(counted(rows))


def test_a_server_that_is_not_there_is_lost_and_shows_no_password() -> None:
    from engine.ledger.budgets_postgres import PostgresRows
    from engine.secret import Secret

    rows = PostgresRows(Secret("postgresql://me:hush-hush@127.0.0.1:9/none", "state.ledger"), "recipe")
    with pytest.raises(Lost) as lost:
        asyncio.run(counted(rows))
    assert "hush-hush" not in str(lost.value)
