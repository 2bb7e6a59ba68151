"""The check of the books finds what another hand changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.books import audit, file
from engine.books.audit import check


@pytest.fixture
def busy(desk):
    """Books with two paid invoices, one of them paid too much, an open one and a draft."""
    for index in range(1, 5):
        status = "draft" if index == 4 else "open"
        desk.invoice(external_id=f"i{index}", number=f"{index}", status=status)
    desk.payment()
    desk.payment(external_id="p2", invoice_id="inv-2", amount="40")
    desk.close_until("2025-12-31")
    return desk


def test_sound_books_have_no_findings(busy):
    assert check(busy.books) == ()


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("UPDATE posting SET amount_minor = 2500.5 WHERE id = 1", "file: CHECK constraint failed in posting"),
        (
            "UPDATE posting SET amount_minor = 2501 WHERE id = 1",
            "entry 1: its postings sum to 0.01 USD, not to zero",
        ),
        ("UPDATE posting SET account = 7 WHERE id = 2", "posting 2: account is 7, its request says 18"),
        ("DELETE FROM posting WHERE entry = 3", "posting 5: is missing in posting, and a request gives it"),
        (
            "UPDATE entry SET date = '2025-01-01' WHERE id = 1",
            "inv-1, entry 1: date is '2025-01-01', its request says '2026-03-31'",
        ),
        (
            "UPDATE document SET total_minor = 2600 WHERE id = 3",
            "inv-3: total_minor is 2600, its request says 2500",
        ),
        (
            "UPDATE document SET balance_minor = 1 WHERE id = 1",
            "inv-1: balance_minor is 1, its request says 0",
        ),
        (
            "UPDATE document SET state = 'draft' WHERE id = 3",
            "inv-3: state is 'draft', its request says 'posted'",
        ),
        ("UPDATE document SET number = '9' WHERE id = 3", "inv-3: number is '9', its request says '3'"),
        ("UPDATE document SET number = NULL WHERE id = 3", "inv-3: number is nothing, its request says '3'"),
        ("UPDATE document SET about = 3 WHERE id = 5", "pay-5: about is 3, its request says 1"),
        (
            "UPDATE document SET party = 'Bob' WHERE id = 3",
            "inv-3: party is 'Bob', its request says 'Ada Lovelace'",
        ),
        ("UPDATE document SET master = 9 WHERE id = 3", "document 3: names a master that does not exist"),
        (
            "UPDATE request SET body = replace(body, '12.50', '12.49') WHERE id = 2",
            "request 2 (invoices.create): its body is not what was received",
        ),
        ("UPDATE request SET body = '[]' WHERE id = 2", "request 2 (invoices.create): it is refused when"),
        ("UPDATE request SET body = 'x' WHERE id = 2", "request 2 (invoices.create): it is refused when"),
        ("UPDATE request SET body = x'ff' WHERE id = 2", "request 2 (invoices.create): it is refused when"),
        ("UPDATE request SET body = '{}' WHERE id = 1", "request: the log does not begin with a chart"),
        ("DELETE FROM request", "request: the log does not begin with a chart"),
        ("DELETE FROM request WHERE id = 3", "request 4 (invoices.create): a request before it is missing"),
        ("DELETE FROM request WHERE id = 7", "pay-6: stands in document, and no request gives it"),
        (
            "UPDATE request SET external_id = 'x' WHERE id = 2",
            "request 2 (invoices.create): its external_id is 'x', its body says 'i1'",
        ),
        (
            "UPDATE request SET body = replace(body, '\"i2\"', '\"i1\"') WHERE id = 3",
            "request 3 (invoices.create): it is refused when it is done again",
        ),
        ("UPDATE allocation SET amount_minor = 100 WHERE settled = 1", "inv-1: amount_minor is 100, its req"),
        ("DELETE FROM allocation WHERE settled = 1", "inv-1: is missing in allocation, and a request"),
        (
            "UPDATE posting SET master = NULL WHERE id = 5",
            "nobody: receivable is 25.00 USD, the open documents say 0.00 USD",
        ),
        (
            "UPDATE posting SET currency = 'XXQ' WHERE entry = 1",
            "customer or vendor 1: receivable is 2500 minor units of 'XXQ'",
        ),
        (
            "UPDATE posting SET amount_minor = -amount_minor WHERE entry = 3",
            "customer or vendor 1: receivable is -25.00 USD, the open documents say 25.00 USD",
        ),
        ("DELETE FROM document WHERE id = 6", "pay-6: is missing in document, and a request gives it"),
        ("DELETE FROM meta WHERE key = 'closed_until'", "meta closed_until: value is nothing, the requests"),
    ],
)
def test_a_changed_row_is_found(busy, change, finding):
    busy.tamper(change)
    findings = check(busy.books)
    assert any(found.startswith(finding) for found in findings), findings


OTHER = {"integer": "{} + 100", "text": "{} || 'x'"}
FREE = {("meta", "key"), ("meta", "value")}
"""The id of the books is drawn, and their company is said when they are opened."""


def columns():
    """Every table's columns, with a change of one row's value; where it is empty another value takes its place."""
    with sqlite3.connect(":memory:") as connection:
        connection.executescript((Path(file.__file__).parent / "schema.sql").read_text("utf-8"))
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        found = [
            (table, column, type.lower())
            for table in tables
            for _, column, type, *_ in connection.execute(f"PRAGMA table_info({table})")
        ]
    connection.close()
    return [each for each in found if each[:2] not in FREE]


@pytest.mark.parametrize(("table", "column", "type"), columns())
@pytest.mark.parametrize("end", ["ASC", "DESC"])
def test_a_change_of_any_column_of_the_first_and_the_last_row_is_found(busy, table, column, type, end):
    other = f"COALESCE({OTHER[type].format(column)}, {'1' if type == 'integer' else repr('x')})"
    if (table, column) == ("master", "body"):
        other = "replace(body, 'Ada', 'Eva')"  # an index reads it as JSON
    key = "settling" if table == "allocation" else "id"
    row = f"SELECT {key} FROM {table} ORDER BY {key} {end} LIMIT 1"
    if (table, column) == ("request", "recorded_at"):
        row = "SELECT r.id FROM request r JOIN document d ON d.made = r.id WHERE d.state = 'posted' LIMIT 1"
    busy.tamper(f"UPDATE {table} SET {column} = {other} WHERE {key} = ({row})")
    assert check(busy.books)


@pytest.mark.parametrize("key", ["chart", "closed_until"])
def test_a_change_of_what_is_noted_beside_the_log_is_found(busy, key):
    busy.tamper(f"UPDATE meta SET value = value || '1' WHERE key = '{key}'")
    assert any(found.startswith(f"meta {key}:") for found in check(busy.books))


def test_many_findings_of_a_table_are_told_as_many(desk, monkeypatch):
    monkeypatch.setattr(audit, "MOST", 2)
    for index in range(3):
        desk.invoice(external_id=f"i{index}", number=f"{index}")
    desk.tamper("UPDATE document SET party = 'x'")
    assert [found for found in check(desk.books) if found.startswith("document:")] == [
        "document: there is more like this"
    ]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("DROP TRIGGER posting_is_not_changed", "file: the trigger posting_is_not_changed is missing"),
        ("DROP INDEX document_number", "file: the index document_number is missing"),
        ("CREATE VIEW mine AS SELECT 1", "file: the view mine is none of the books'"),
    ],
)
def test_what_keeps_the_tables_from_being_changed_must_be_there(desk, change, finding):
    with sqlite3.connect(desk.books.path) as connection:
        connection.execute(change)
    connection.close()
    assert check(desk.books) == (finding,)
