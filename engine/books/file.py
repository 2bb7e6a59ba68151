"""Opens the books' file: makes a new one, and refuses one that is not theirs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final

from engine import canonical
from engine.books import chart, migration, routes
from engine.books.fields import Refusal
from engine.books.stored import Received
from engine.books.writing import Ledger
from engine.errors import EngineError

VERSION: Final = 2
"""Version of ``schema.sql``."""
BUSY_SECONDS: Final = 10.0
CACHE_KIB: Final = 65_536
"""Memory for pages: keys of effects are spread at random over their index, which grows with the books."""
CHECKPOINT_PAGES: Final = 8192
"""Pages of 4 KiB in the log before they go into the file: groups of invoices touch many pages again and again."""
_FORMAT: Final = "recipe-engine books"
_TRIES: Final = 100
_OPENING: Final = Lock()


class BooksError(EngineError):
    """The books cannot be opened or read, or hold what they cannot hold."""


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to an existing file that waits for others, commits durably and keeps references."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    except BaseException:
        connection.close()
        raise
    return connection


def opened(path: Path, company: str) -> sqlite3.Connection:
    """Return a connection to the books of *company* at *path*, made with mode 0600 where there is no file.

    Raises:
        BooksError: the file cannot be read, is no books, another company's or a later version's.
    """
    try:
        with _OPENING:
            _touch(path)
            connection = connect(path)
            try:
                _prepare(connection, path, company)
            except BaseException:
                connection.close()
                raise
    except (OSError, sqlite3.Error) as error:
        raise BooksError(
            f"cannot open the books {path}: {error}", help="check the file and its folder"
        ) from error
    return connection


def readable(path: Path, company: str) -> sqlite3.Connection:
    """Return a connection to the books of *company* at *path*, which must exist, by which nothing can be written.

    Raises:
        BooksError: as ``opened``; also where the books are of an earlier version.
    """
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA query_only = ON")
            if _check(connection, path, company) != str(VERSION):
                raise BooksError(
                    f"{path} holds books of an earlier version",
                    help="recipe books check brings them to this one",
                )
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise BooksError(
            f"cannot open the books {path}: {error}", help="check the file and its folder"
        ) from error
    return connection


def _touch(path: Path) -> None:
    # Only a file that is new is opened here: closing a descriptor drops every lock this process has on its file
    # (SQLite, "How To Corrupt", 2.2).
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare(connection: sqlite3.Connection, path: Path, company: str) -> None:
    # Under the write lock: of two processes that open a new file one makes it, the other finds it made.
    with _locked(connection):
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            make(connection, company)
        version = _check(connection, path, company)
    if version == "1":
        _migrate(connection, path, company)
    for _ in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            # The switch does not wait for another process that has the file open; a transaction does.
            with _locked(connection):
                continue
        return
    raise BooksError(f"{path} is held by another process", help="try again when it is done")


@contextmanager
def _locked(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise


def make(connection: sqlite3.Connection, company: str, first: Received | None = None) -> None:
    """Make the tables of new books, inside a transaction; *first* is the request that gives their chart."""
    statement = ""
    for line in Path(__file__).with_name("schema.sql").read_text("utf-8").splitlines(keepends=True):
        statement += line
        # executescript would commit first; a trigger holds semicolons of its own
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    meta = {"format": _FORMAT, "version": str(VERSION), "company": company, "id": os.urandom(8).hex()}
    connection.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", meta.items())
    shipped = chart.load(chart.SHIPPED)
    routes.perform(Ledger(connection.cursor(), shipped, {}), routes.CHART, None, first or _request(shipped))


def _request(shipped: chart.Chart) -> Received:
    body = {**shipped.as_data(), "external_id": "chart:1"}
    text = canonical.encode(body)
    return Received(body, text.decode(), canonical.digest(text), "")


def _migrate(connection: sqlite3.Connection, path: Path, company: str) -> None:
    """Bring books of version 1 to the present one; a copy of them stays beside the file."""
    copy = path.with_name(f"{path.name}.version-1")
    connection.execute("PRAGMA foreign_keys = OFF")  # takes effect outside of a transaction only
    try:
        with _locked(connection):
            if _meta(connection).get("version") != "1":  # another process was first
                return
            if not copy.exists():
                _copy(path, copy)
            migration.from_version_1(connection, lambda made: make(made, company))
    except (migration.Unlike, Refusal) as error:
        raise BooksError(
            f"{path} cannot be brought to version {VERSION}: {error}",
            help="nothing was changed; report it with the output of: recipe books check",
        ) from error
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _copy(path: Path, copy: Path) -> None:
    """Copy the books by SQLite itself: the file alone lacks what stands in its log, and closing it drops our locks."""
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    _touch(part)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    part.replace(copy)


def _meta(connection: sqlite3.Connection) -> dict[str, str]:
    has_meta = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    try:
        return dict(connection.execute("SELECT key, value FROM meta")) if has_meta else {}
    except sqlite3.OperationalError:  # a table of this name with other columns
        return {}


def _check(connection: sqlite3.Connection, path: Path, company: str) -> str:
    """Return the version of the books in the file; raises ``BooksError`` where they are not these."""
    meta = _meta(connection)
    if meta.get("format") != _FORMAT:
        raise BooksError(f"{path} is a database, but not books of this engine", help="name another file")
    if meta.get("version") not in ("1", str(VERSION)):
        raise BooksError(
            f"{path} holds books of version {meta.get('version')}, this engine reads version {VERSION}",
            help="use a newer recipe-engine",
        )
    if meta.get("company") != company:
        raise BooksError(
            f"{path} holds the books of {meta.get('company')!r}, not of {company!r}",
            help="correct `company` of the connection, or name another file",
        )
    return meta["version"]


def chart_of_first(received: Received) -> chart.Chart:
    """Return the chart of accounts that the first request gives; raises ``Refusal``."""
    return chart.chart_of({name: value for name, value in received.body.items() if name != "external_id"})
