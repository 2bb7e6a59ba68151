"""Ledgers of each kind for tests: where one lies, how it is opened, and its database as another program sees it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest

from engine.errors import LedgerError
from engine.ledger import EffectRow, EffectState, Ledger, RecordRow, RecordState, RunRow, Written
from engine.ledger.sqlite import SqliteLedger, SqliteReader
from engine.ledger.stored import StoredLedger
from tests.postgres import Server

RUN = RunRow("r1", "orders", "shop?store=a", "books", "2026-04-01T12:00:00.000+00:00")
RECORD = RecordRow(
    "orders", "shop?store=a", "books", '["1"]', "", "1:00", RecordState.DONE, "r1", "2026-04-01"
)
FIFTH = tuple(
    f"ALTER TABLE effect DROP COLUMN {name}" for name in ("source", "record_revision", "record_digest")
)
"""Takes from a ledger what its fifth version brought."""
LATER = (
    *FIFTH,
    *(
        f"ALTER TABLE effect DROP COLUMN {name}"
        for name in ("last_sent_at", "attempts", "generation", "looked_up", "revisions")
    ),
    "DROP TABLE cursor",
)
"""Takes from a ledger what its fourth and its fifth version brought."""
EFFECT = EffectRow(
    key='["books","orders",["invoice"],["1"]]', target="books", recipe="orders", path="invoice", record='["1"]',
    external_id="orders/invoice/1", operation="books.invoices.create", state=EffectState.SENDING, method="POST",
    url="books:/invoices", headers="[]", body=b"{}", request_digest="1:00", run="r1", sent_at="2026-04-01",
)  # fmt: skip


class Home(Protocol):
    """Where a ledger lies.

    Attributes:
        version: Sets the version, for ``run``.
    """

    version: str

    def open(self) -> StoredLedger:
        """Open the ledger."""
        ...

    def read(self) -> StoredLedger:
        """Open the ledger, which exists, to be read only."""
        ...

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as another program, and return what the last one finds."""
        ...

    def content(self) -> Any:
        """Return all there is, to be compared."""
        ...


class InFile:
    """A ledger in a file of SQLite."""

    version = "PRAGMA user_version = {}"

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> StoredLedger:
        return SqliteLedger(self.path)

    def read(self) -> StoredLedger:
        return SqliteReader(self.path)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        with closing(sqlite3.connect(self.path, isolation_level=None)) as file:
            for statement in statements:
                found = file.execute(statement).fetchall()
        return found

    def content(self) -> Any:
        return self.path.read_bytes()


class OnServer:
    """A ledger in a schema of PostgreSQL."""

    version = "UPDATE ledger SET version = {}"

    def __init__(self, server: Server) -> None:
        self.server, self.schema = server, server.schema()

    def open(self) -> StoredLedger:
        from engine.ledger.postgres import PostgresLedger

        return PostgresLedger(self.server.address(), self.schema)

    def read(self) -> StoredLedger:
        from engine.ledger.postgres_reader import PostgresReader

        return PostgresReader(self.server.address(), self.schema)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        self.server.run(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
        found: list[tuple[Any, ...]] = []
        for statement in statements:
            found = self.server.run(statement, self.schema)
        return found

    def content(self) -> Any:
        columns = self.server.run(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            f" WHERE table_schema = '{self.schema}' ORDER BY 1, 2"
        )
        tables = sorted({table for table, *_ in columns})
        return columns, [self.server.run(f"SELECT * FROM {table}", self.schema) for table in tables]


def home(kind: str, request: pytest.FixtureRequest, folder: Path) -> Home:
    """Return where a new ledger of *kind* lies."""
    return InFile(folder / "ledger.db") if kind == "sqlite" else OnServer(request.getfixturevalue("postgres"))


def commit(ledger: Ledger, *rows: Written) -> None:
    """Write *rows*."""
    asyncio.run(asyncio.wait_for(ledger.commit(rows), 20))


def reopened(where: Home) -> tuple[Sequence[RunRow], list[RecordRow], list[EffectRow]]:
    """Return what is there for whoever opens it now."""
    found = where.open()
    try:
        return list(found.runs()), list(found.records()), list(found.effects())
    finally:
        found.close()


def refused(where: Home) -> str:
    """Return why the ledger is not opened or read."""
    with pytest.raises(LedgerError) as error:
        reopened(where)
    return error.value.message
