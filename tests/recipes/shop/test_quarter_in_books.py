"""The quarter through the four recipes into the books, held against ``expected.json``."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from engine import money
from engine.books import Books
from engine.books.audit import check
from engine.books.export import FORMATS, Format
from engine.books.reports import document, documents, trial_balance
from engine.clock import SystemClock
from tests.judges import PROGRAMS, judged, wanted
from tests.recipes.shop import expect
from tests.running import here

RECIPES: Final = ("shopify-customers", "shopify-to-invoice", "shopify-refunds", "shopify-payouts")
EXPECTED: Final[Any] = json.loads(expect.EXPECTED.read_text("utf-8"))


@pytest.fixture
def books(tmp_path: Path) -> Books:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    for recipe in RECIPES:
        done = here("run", recipe, "--sample", "quarter", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    return Books.open(tmp_path / ".recipe" / "sample" / "books.db", SystemClock())


def balances_by_customer(cursor: sqlite3.Cursor, role: str) -> dict[tuple[str, str], Decimal]:
    """Return what stands on the account with *role* by customer and currency, debit above zero."""
    rows = cursor.execute(
        "SELECT m.identity, p.currency, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account"
        " JOIN master m ON m.id = p.master WHERE a.role = ? GROUP BY 1, 2 HAVING SUM(p.amount_minor) <> 0",
        (role,),
    ).fetchall()
    return {
        (identity.partition(":")[2], currency): money.from_minor(minor, currency)
        for identity, currency, minor in rows
    }


def test_the_books_hold_what_the_orders_say(books: Books) -> None:
    with books:
        assert check(books) == ()
        booked: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for row in trial_balance(books).rows:
            if row.debit != row.credit:
                booked[row.code][row.currency] = row.debit - row.credit
        made = documents(books)
        unpaid = [(each.number, each.currency, each.balance) for each in made if each.kind == "invoice"]
    assert booked == {
        account: {currency: Decimal(amount) for currency, amount in amounts.items()}
        for account, amounts in EXPECTED["balances"].items()
    }
    assert [each for each in unpaid if each[2]] == [
        (each["number"], each["currency"], Decimal(each["amount"]))
        for each in EXPECTED["receivables"]["by_invoice"]
    ]


def test_every_document_stands_on_its_day(books: Books) -> None:
    with books, books.reading() as cursor:
        rows = cursor.execute(
            "SELECT d.kind, json_extract(r.body, '$.type'), d.currency, d.date, COUNT(*), SUM(d.total_minor)"
            " FROM document d JOIN request r ON r.id = d.request GROUP BY 1, 2, 3, 4"
        ).fetchall()
    found = {
        (f"{kind} {type}" if kind == "transaction" else kind, currency, day): (number, units)
        for kind, type, currency, day, number, units in rows
    }
    said = {
        (kind, currency, day): (each["number"], money.to_minor(Decimal(each["total"]), currency))
        for kind, currencies in EXPECTED["documents"].items()
        for currency, days in currencies.items()
        for day, each in days.items()
    }
    assert {key: number for key, (number, _) in found.items()} == {
        key: number for key, (number, _) in said.items()
    }
    # What a transaction is over is its amount; the script counts what it did to clearing.
    assert {key: each for key, each in found.items() if not key[0].startswith("transaction")} == {
        key: each for key, each in said.items() if not key[0].startswith("transaction")
    }


def test_every_invoice_and_every_open_amount_is_its_customers(books: Books) -> None:
    with books, books.reading() as cursor:
        owners = cursor.execute(
            "SELECT d.number, m.identity FROM document d JOIN master m ON m.id = d.master WHERE d.kind = 'invoice'"
        ).fetchall()
        owed = balances_by_customer(cursor, "receivable")
    assert {number: identity.partition(":")[2] for number, identity in owners} == EXPECTED["customers"]
    assert owed == {
        (who, currency): Decimal(amount)
        for who, amounts in EXPECTED["receivables"]["by_customer"].items()
        for currency, amount in amounts.items()
    }


def test_what_customers_have_in_credit_is_told_by_invoice_and_by_customer(books: Books) -> None:
    with books, books.reading() as cursor:
        left = cursor.execute(
            "SELECT i.number, d.currency, SUM(d.balance_minor) FROM document d JOIN document i ON i.id = d.about"
            " WHERE d.kind IN ('payment', 'credit_note') GROUP BY 1, 2 HAVING SUM(d.balance_minor) <> 0 ORDER BY 1"
        ).fetchall()
        owed = balances_by_customer(cursor, "credit")
    assert [(number, currency, money.from_minor(minor, currency)) for number, currency, minor in left] == [
        (each["number"], each["currency"], Decimal(each["amount"]))
        for each in EXPECTED["customer_credit"]["by_invoice"]
    ]
    assert {who: -amount for who, amount in owed.items()} == {
        (who, currency): Decimal(amount)
        for who, amounts in EXPECTED["customer_credit"]["by_customer"].items()
        for currency, amount in amounts.items()
    }


def test_every_credit_note_belongs_to_its_invoice_and_bears_its_name(books: Books) -> None:
    with books, books.reading() as cursor:
        notes = cursor.execute(
            "SELECT d.number, i.number, d.party, i.party, d.master = i.master FROM document d"
            " LEFT JOIN document i ON i.id = d.about AND i.kind = 'invoice' WHERE d.kind = 'credit_note'"
        ).fetchall()
        shown = document(books, "#3075")
    assert len(notes) == sum(
        each["number"] for days in EXPECTED["documents"]["credit_note"].values() for each in days.values()
    )
    for note, number, named, billed, same in notes:
        assert number == note.partition("-")[0]
        assert (named, same) == (billed, 1)
    assert shown is not None
    assert [link.amount for link in shown.allocations if link.settling_id.startswith("cn-")] == [Decimal(0)]


@pytest.mark.parametrize("format", FORMATS)
def test_other_programs_find_the_same_balances_to_the_cent(
    books: Books, judge: Callable[[str], str], tmp_path: Path, format: Format
) -> None:
    with books:
        assert judged(books, format, judge(PROGRAMS[format]), tmp_path) == wanted(books, format)
