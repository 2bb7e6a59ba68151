"""Books of version 1 are brought to the present version: the same documents, written again."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from subprocess import PIPE

import pytest

from engine.books import Books, BooksError, file
from engine.books.audit import check
from tests.bench import StoppedClock

VERSION_1 = Path(__file__).with_name("version_1.sql")
DOCUMENTS = {
    "inv-1": ("paid", "33.00", "0.00", "cus-1"),
    "inv-2": ("paid", "1200", "0", "cus-2"),
    "inv-4": ("draft", "25.00", "25.00", "cus-3"),
    "inv-6": ("paid", "0.00", "0.00", "cus-1"),
}
BALANCES = {
    "1200 USD": "20.00",
    "1200:a:b JPY": "1500",
    "1200:paypal USD": "13.00",
    "2100 USD": "-2.00",
    "2200 USD": "-1.00",
    "2300 JPY": "-300",
    "4100 JPY": "-1200",
    "4100 USD": "-25.00",
    "4200 USD": "-5.00",
}


@pytest.fixture
def old(tmp_path):
    """A file of version 1, as it was left by a program that closed it."""
    path = tmp_path / "books.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1.read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def opened(path):
    return Books.open(path, StoppedClock(), company="north")


def version(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()[0]


def rows(path):
    """Every row of version 1."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}


def test_documents_keep_their_ids_amounts_and_customers(old, desk_at):
    with opened(old) as books:
        desk = desk_at(books)
        found = desk.get("/invoices")[1]["invoices"]
        assert {
            row["id"]: (row["status"], row["total"], row["balance"], row["customer_id"]) for row in found
        } == DOCUMENTS
        assert [
            (row["id"], row["applied"], row["credited"]) for row in desk.get("/payments")[1]["payments"]
        ] == [
            ("pay-3", "13.00", "0.00"),
            ("pay-5", "1200", "300"),
            ("pay-7", "20.00", "0.00"),
        ]
        assert [(row["id"], row["name"]) for row in desk.get("/customers")[1]["customers"]] == [
            ("cus-1", "Ada Lovelace"),
            ("cus-2", "Unnamed customer"),
            ("cus-3", "Bob Ø"),
            ("cus-4", "Never bought"),
        ]
        assert desk.balances() == BALANCES
        assert {row[4] for row in desk.content()["entry"]} == {"2026-04-01T12:00:00+00:00"}
        assert check(books) == ()


def test_the_books_are_still_known_by_their_mark(old):
    with opened(old) as books:
        assert books.mark() == ("cd1d8e19e8b8cf63", 7)
    assert version(old) == "2"


def test_what_was_written_before_is_not_written_again(old, desk_at):
    with closing(sqlite3.connect(old)) as connection:
        bodies = connection.execute("SELECT kind, body FROM document ORDER BY id").fetchall()
    with opened(old) as books:
        desk = desk_at(books)
        before = desk.content()
        for kind, body in bodies:
            assert desk.post(f"/{kind}s", body.encode())[0] == 200
        body = {"external_id": "c1", "name": "Ada Lovelace", "email": "Ada@Example.com"}
        assert desk.post("/customers", body)[0] == 200
        assert desk.content() == before


def test_the_migrated_books_go_on(old, desk_at):
    with opened(old) as books:
        desk = desk_at(books)
        assert desk.make("payments", invoice_id="inv-1", amount="1")["credited"] == "1.00"
        assert desk.change("invoices", "inv-4", number="1003", status="open")[1]["status"] == "open"
        assert desk.void("payments", "pay-5", date="2026-04-30")[0] == 200
        assert desk.read("invoices", "inv-2")["balance"] == "1200"
        assert check(books) == ()


def test_a_copy_of_the_old_books_stays_beside_them(old):
    before = rows(old)
    opened(old).close()
    copy = old.with_name("books.db.version-1")
    assert rows(copy) == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert {path.name for path in old.parent.iterdir()} == {"books.db", "books.db.version-1"}


def test_the_copy_holds_what_stood_in_the_log_of_the_file_alone(tmp_path, old):
    with closing(sqlite3.connect(old, isolation_level=None)) as held:
        held.execute("INSERT INTO customer (identity, name) VALUES ('name:Late', 'Late')")
        assert Path(f"{old}-wal").stat().st_size
        opened(old).close()
    copy = rows(old.with_name("books.db.version-1"))
    assert [row[4] for row in copy["customer"]][-1] == "Late"


def test_a_copy_that_is_there_already_is_kept(old):
    copy = old.with_name("books.db.version-1")
    copy.write_text("mine")
    opened(old).close()
    assert copy.read_text() == "mine"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE document SET total_minor = 3301 WHERE id = 1", "invoice 1 came out otherwise"),
        ("UPDATE document SET customer = 3 WHERE id = 1", "invoice 1 came out otherwise"),
        ("UPDATE allocation SET amount_minor = 1299 WHERE payment = 3", "invoice 1 came out otherwise"),
        ("UPDATE document SET body = replace(body, '33.00', '1') WHERE id = 1", "the stated total is 1.00"),
        ("UPDATE document SET id = 9 WHERE id = 6", "payments 7 would become 6"),
        ("INSERT INTO posting VALUES (99, 1, 1, 1, 'USD', 1)", "account 1100 came out otherwise"),
        ("INSERT INTO posting VALUES (99, 1, 1, 1, 'EUR', NULL)", "account 1100 came out otherwise"),
    ],
)
def test_books_that_would_come_out_otherwise_stay_as_they_are(old, change, why):
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute(change)
    before = rows(old)
    with pytest.raises(BooksError, match=why) as caught:
        opened(old)
    assert caught.value.help.startswith("nothing was changed")
    assert (rows(old), version(old)) == (before, "1")


def test_the_books_of_another_company_are_not_migrated(old):
    with pytest.raises(BooksError, match="north"):
        Books.open(old, StoppedClock(), company="south")
    assert version(old) == "1"


OPENING = """
import os, signal, sys
from pathlib import Path
from engine.books import Books, file
from engine.clock import SystemClock

left, real = int(sys.argv[2]), file.connect
def count(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
def connect(path):
    connection = real(path)
    connection.set_trace_callback(count)
    return connection
file.connect = connect
sys.stdin.readline()
Books.open(Path(sys.argv[1]), SystemClock(), company="north").close()
"""


def start(path, left):
    command = [sys.executable, "-c", OPENING, str(path), str(left)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, env=environment, text=True, stdin=PIPE, stdout=PIPE, stderr=PIPE)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system that kills")
def test_a_migration_that_is_killed_leaves_version_1_and_is_done_by_the_next(old, monkeypatch, tmp_path):
    said: list[str] = []
    real = file.connect

    def connect(path):
        connection = real(path)
        connection.set_trace_callback(said.append)
        return connection

    again = tmp_path / "again.db"
    with closing(sqlite3.connect(again)) as connection:
        connection.executescript(VERSION_1.read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    with monkeypatch.context() as patch:
        patch.setattr(file, "connect", connect)
        opened(again).close()
    last = max(number for number, sql in enumerate(said, 1) if sql == "COMMIT")
    before = rows(old)
    for left in sorted({1, *(last * part // 7 for part in range(1, 7)), last}):
        process = start(old, left)
        process.communicate("go\n")
        assert process.returncode == -signal.SIGKILL
        assert rows(old) == before, said[left - 1]
    with opened(old) as books:
        assert check(books) == ()
    assert version(old) == "2"
    assert rows(old.with_name("books.db.version-1")) == before


@pytest.mark.parametrize("turn", range(3))
def test_several_processes_that_open_old_books_at_once_find_them_migrated_once(old, turn):
    before = rows(old)
    processes = [start(old, 0) for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [(*process.communicate(), process.returncode) for process in processes] == [("", "", 0)] * 4
    assert rows(old.with_name("books.db.version-1")) == before
    with opened(old) as books:
        assert (check(books), books.mark()[1]) == ((), 7)
