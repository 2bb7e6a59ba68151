"""The states of budgets in a table beside a ledger on a server: shared by machines, by the server's clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg import conninfo, sql

from engine.budgets.rows import Lost
from engine.errors import UsageError
from engine.ledger.postgres import DEFAULTS, parsed
from engine.secret import Masker, Secret, reveal

T = TypeVar("T")
PATIENCE: Final = "1s"
"""For which another session's lock on a row is waited for; each holds it for a few milliseconds."""
TABLE: Final = (
    b'CREATE TABLE IF NOT EXISTS budgets (account TEXT COLLATE "C" PRIMARY KEY, data TEXT NOT NULL)'
)
BEGIN: Final = b"INSERT INTO budgets (account, data) VALUES (%s, '') ON CONFLICT (account) DO NOTHING"
READ: Final = b"SELECT data FROM budgets WHERE account = %s FOR UPDATE"
CLOCK: Final = b"SELECT extract(epoch FROM clock_timestamp())::float8"
WRITE: Final = b"UPDATE budgets SET data = %s WHERE account = %s"


class PostgresRows:
    """Rows in *schema* of the database at *address*, in a session of their own that waits for no disk.

    The session begins when the first row is asked for; the schema is the ledger's and is there.
    """

    def __init__(self, address: str | Secret, schema: str) -> None:
        self._address, self._schema = address, schema
        self.cure = f'empty the table "{schema}".budgets of the ledger\'s server to begin to count anew'
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._alone = asyncio.Lock()

    async def change(self, account: str, work: Callable[[str, float], tuple[str, T]]) -> T:
        """As ``Rows``, in a thread: the server is waited for."""
        async with self._alone:
            try:
                return await asyncio.to_thread(self._change, account, work)
            except (psycopg.Error, UsageError) as error:
                self.close()
                secret = (
                    self._address if isinstance(self._address, Secret) else Secret(self._address, "state")
                )
                # What the server says of itself may hold what it was called with.
                said = Masker([secret])(str(error).partition("\n")[0])
                raise Lost(f"the table of budgets in {self._schema} cannot be used: {said}") from None

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _change(self, account: str, work: Callable[[str, float], tuple[str, T]]) -> T:
        connection = self._connection or self._begun()
        with connection.transaction():
            with connection.pipeline():
                connection.execute(BEGIN, [account])
                read = connection.execute(READ, [account])
                # Another statement, so that it is asked behind the lock.
                clock = connection.execute(CLOCK)
            row, now = read.fetchone(), clock.fetchone()
            text, found = work(row[0] if row else "", now[0] if now else 0.0)
            connection.execute(WRITE, [text, account])
        return found

    def _begun(self) -> psycopg.Connection[tuple[Any, ...]]:
        address = self._address
        given = parsed(reveal(address) if isinstance(address, Secret) else address)
        whole = conninfo.make_conninfo(**{**DEFAULTS, **given, "client_encoding": "UTF8"})
        connection = psycopg.connect(whole, autocommit=True)
        try:
            connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(self._schema)))
            connection.execute(sql.SQL("SET lock_timeout = {}").format(PATIENCE))
            connection.execute(b"SET synchronous_commit = off")
            with connection.transaction():
                # Two that make it at once would disturb each other.
                connection.execute(b"SELECT pg_advisory_xact_lock(hashtext(%s))", [f"budgets {self._schema}"])
                known = connection.execute(b"SELECT to_regclass('budgets')").fetchone()
                if known is None or known[0] is None:
                    connection.execute(TABLE)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection
