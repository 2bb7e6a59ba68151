"""The books' file: made once, private, and never mistaken for another."""

from __future__ import annotations

import sqlite3
import stat

import pytest

from engine.books import BooksError, file

COLUMNS = {"request": "body", "entry": "memo", "posting": "currency"}


def pragma(books, name):
    with books.reading() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]


def test_new_books_can_be_read_by_their_owner_alone(opened, desk_at):
    books = opened()
    desk_at(books).invoice()
    files = sorted(books.path.parent.iterdir())
    assert len(files) == 3  # with the write-ahead log and its index
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_what_was_written_is_there_when_the_books_are_opened_again(opened, desk_at):
    first = opened()
    desk_at(first).invoice()
    first.close()
    assert desk_at(opened()).get("/invoices/inv-1")[1]["total"] == "25.00"


def test_the_file_keeps_a_log_and_commits_durably(opened):
    books = opened()
    assert pragma(books, "journal_mode") == "wal"
    assert pragma(books, "synchronous") == 2
    assert pragma(books, "foreign_keys") == 1


def test_a_file_that_is_no_database_is_refused_and_left_alone(opened, tmp_path):
    (tmp_path / "books.db").write_bytes(b"Dear diary, " * 100)
    with pytest.raises(BooksError, match="file is not a database"):
        opened()
    assert (tmp_path / "books.db").read_bytes() == b"Dear diary, " * 100


@pytest.mark.parametrize("table", ["photos (id)", "meta (id)", "meta (key, value)"])
def test_another_programs_database_is_refused_and_left_alone(opened, tmp_path, table):
    with sqlite3.connect(tmp_path / "books.db") as connection:
        connection.execute(f"CREATE TABLE {table}")
    connection.close()
    before = (tmp_path / "books.db").read_bytes()
    with pytest.raises(BooksError, match="not books of this engine"):
        opened()
    assert (tmp_path / "books.db").read_bytes() == before


def test_books_of_a_later_version_are_refused_with_what_to_do(opened, tmp_path):
    opened().close()
    with sqlite3.connect(tmp_path / "books.db") as connection:
        connection.execute("UPDATE meta SET value = '3' WHERE key = 'version'")
    connection.close()
    with pytest.raises(BooksError, match="version 3, this engine reads version 2") as caught:
        opened()
    assert caught.value.help == "use a newer recipe-engine"


def test_the_books_of_another_company_are_refused(opened):
    opened("north").close()
    with pytest.raises(BooksError, match="the books of 'north', not of 'south'"):
        opened("south")


def test_a_folder_that_does_not_exist_is_named(opened):
    with pytest.raises(BooksError, match="cannot open the books"):
        opened(name="nowhere/books.db")


def test_a_folder_in_place_of_the_file_is_refused(opened, tmp_path):
    (tmp_path / "books.db").mkdir()
    with pytest.raises(BooksError):
        opened()


@pytest.mark.parametrize(("busy", "opens"), [(1, True), (1000, False)])
def test_the_switch_to_a_log_is_tried_again_while_another_process_holds_the_file(
    opened, monkeypatch, busy, opens
):
    class Busy(sqlite3.Connection):
        left = busy

        def execute(self, sql, *args):
            if sql == "PRAGMA journal_mode = WAL" and self.left:
                self.left -= 1
                raise sqlite3.OperationalError("database is locked")
            return super().execute(sql, *args)

    monkeypatch.setattr(
        file, "connect", lambda path: sqlite3.connect(path, isolation_level=None, factory=Busy)
    )
    if opens:
        assert pragma(opened(), "journal_mode") == "wal"
    else:
        with pytest.raises(BooksError, match="held by another process"):
            opened()


def test_a_report_cannot_write(desk):
    with pytest.raises(BooksError, match="readonly"), desk.books.reading() as cursor:
        cursor.execute("DELETE FROM allocation")


@pytest.mark.parametrize("table", ["request", "entry", "posting"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = 'x'", "DELETE FROM {}"])
def test_a_request_an_entry_and_a_posting_are_never_changed(desk, table, change):
    desk.invoice()
    with (
        sqlite3.connect(desk.books.path) as connection,
        pytest.raises(sqlite3.IntegrityError, match="is never"),
    ):
        connection.execute(change.format(table, COLUMNS[table]))
    connection.close()


@pytest.mark.parametrize("amount", ["12.5", "'x'", "0", "NULL"])
def test_the_file_itself_refuses_an_amount_that_is_not_whole_or_is_zero(desk, amount):
    desk.invoice()
    sql = f"INSERT INTO posting (entry, account, amount_minor, currency) VALUES (1, 1, {amount}, 'USD')"
    with sqlite3.connect(desk.books.path) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(sql)
    connection.close()
