"""Opens the books' file: makes a new one, and refuses one that is not theirs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final

from engine.books.chart import ACCOUNTS
from engine.errors import EngineError

VERSION: Final = 1
"""Version of ``schema.sql``."""
BUSY_SECONDS: Final = 10.0
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


def _touch(path: Path) -> None:
    # Only a file that is new is opened here: closing a descriptor drops every lock this process has on its file
    # (SQLite, "How To Corrupt", 2.2).
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare(connection: sqlite3.Connection, path: Path, company: str) -> None:
    # Under the write lock: of two processes that open a new file one makes it, the other finds it made.
    with _locked(connection):
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            _make(connection, company)
        _check(connection, path, company)
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


def _make(connection: sqlite3.Connection, company: str) -> None:
    statement = ""
    for line in Path(__file__).with_name("schema.sql").read_text("utf-8").splitlines(keepends=True):
        statement += line
        # executescript would commit first; a trigger holds semicolons of its own
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    meta = {"format": _FORMAT, "version": str(VERSION), "company": company, "id": os.urandom(8).hex()}
    connection.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", meta.items())
    connection.executemany(
        "INSERT INTO account (code, name, type, normal) VALUES (?, ?, ?, ?)",
        [(account.code, account.name, account.type, account.normal) for account in ACCOUNTS],
    )


def _check(connection: sqlite3.Connection, path: Path, company: str) -> None:
    has_meta = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    try:
        meta = dict(connection.execute("SELECT key, value FROM meta")) if has_meta else {}
    except sqlite3.OperationalError:  # a table of this name with other columns
        meta = {}
    if meta.get("format") != _FORMAT:
        raise BooksError(f"{path} is a database, but not books of this engine", help="name another file")
    if meta.get("version") != str(VERSION):
        raise BooksError(
            f"{path} holds books of version {meta.get('version')}, this engine reads version {VERSION}",
            help="use a newer recipe-engine",
        )
    if meta.get("company") != company:
        raise BooksError(
            f"{path} holds the books of {meta.get('company')!r}, not of {company!r}",
            help="correct `company` of the connection, or name another file",
        )
