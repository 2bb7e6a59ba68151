"""The kinds of ledger that runs are killed with: a file of SQLite, and a schema of a PostgreSQL server each project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import psycopg

from engine.ledger import Ledger
from engine.ledger.postgres import PostgresLedger
from engine.ledger.sqlite import SqliteLedger

LEDGERS: Final = ("sqlite", "postgresql")
NOTICED: Final = 20
"""Seconds within which a server has noticed that a client of its own machine is dead."""


@dataclass(frozen=True)
class Kind:
    """A kind of ledger.

    Attributes:
        owner: The class whose commits are met.
        opened: Opens the ledger of a project's folder. What a dead process had begun to commit is in it, or never is.
        configured: What ``connections.yaml`` of a project says about it, beside the connections.
        cleared: Takes away what a project keeps elsewhere than in its folder.
    """

    owner: type
    opened: Callable[[Path], Ledger]
    configured: Callable[[Path], Mapping[str, Any]]
    cleared: Callable[[Path], None]


def _in_file(folder: Path) -> Ledger:
    return SqliteLedger(folder / ".recipe" / "ledger.db")


FILE: Final = Kind(SqliteLedger, _in_file, lambda folder: {}, lambda folder: None)


def named(name: str, server: str = "") -> Kind:
    """Return the kind of this name, on the server at the address *server* where it needs one."""
    return FILE if name == "sqlite" else _on_server(server)


@contextmanager
def address(names: tuple[str, ...] | list[str], given: str = "") -> Iterator[str]:
    """Give the address of a server for as long as the block runs, an empty one where no kind of *names* needs one.

    Args:
        given: The address of one that runs already.

    Raises:
        pytest.skip.Exception: there is none to be had here; carries why.
    """
    if given or "postgresql" not in names:
        yield given
        return
    from tests.postgres import serving

    with serving() as server:
        yield server.address()


def _on_server(server: str) -> Kind:
    def schema(folder: Path) -> str:
        return f"faults_{sha256(str(folder).encode()).hexdigest()[:16]}"

    def opened(folder: Path) -> Ledger:
        with psycopg.connect(server, autocommit=True) as connection, suppress(psycopg.errors.UndefinedTable):
            connection.execute(f"SET lock_timeout = '{NOTICED}s'")
            connection.execute(
                f"SELECT pg_advisory_xact_lock(number) FROM {schema(folder)}.run_lock".encode()
            )
        return PostgresLedger(server, schema(folder))

    def configured(folder: Path) -> Mapping[str, Any]:
        return {"state": {"ledger": server, "schema": schema(folder)}}

    def cleared(folder: Path) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(f"DROP SCHEMA IF EXISTS {schema(folder)} CASCADE".encode())

    return Kind(PostgresLedger, opened, configured, cleared)
