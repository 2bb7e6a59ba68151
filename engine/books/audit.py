"""Checks the books: every document is recomputed from its body, every balance from the documents.

The file is not trusted: it may have been changed by another program, or by a fault of this one.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from engine import canonical, money
from engine.books import documents, postings
from engine.books.chart import RECEIVABLE
from engine.books.documents import Invoice, Payment
from engine.books.fields import Refusal
from engine.books.postings import Posting
from engine.books.reading import KINDS, row_id, text_id
from engine.books.store import Books

_NAMES: Final = {kind: collection for collection, kind in KINDS.items()}
_COLUMNS: Final = "kind external_id digest number status currency date total_minor party invoice".split()
_DOCUMENTS: Final = """
    SELECT id, body, kind, external_id, digest, number, status, currency, date, total_minor, party, invoice
    FROM document ORDER BY id
"""


def check(books: Books) -> tuple[str, ...]:
    """Return what is wrong with the books, one sentence each; nothing in sound books.

    Raises:
        BooksError: the file cannot be read at all.
    """
    with books.reading() as cursor:
        return (
            *_file(cursor),
            *_sums(cursor),
            *_documents(cursor),
            *_receivable(cursor),
        )


def _file(cursor: sqlite3.Cursor) -> Iterator[str]:
    for (finding,) in cursor.execute("PRAGMA integrity_check").fetchall():
        if finding != "ok":
            yield f"file: {finding}"
    for table, row, parent, _ in cursor.execute("PRAGMA foreign_key_check").fetchall():
        yield f"{table} {row}: names a {parent} that does not exist"


def _sums(cursor: sqlite3.Cursor) -> Iterator[str]:
    sql = "SELECT entry, currency, SUM(amount_minor) AS sum FROM posting GROUP BY entry, currency HAVING sum <> 0"
    for entry, currency, units in cursor.execute(sql).fetchall():
        yield f"entry {entry}: its postings sum to {_money(units, currency)}, not to zero"


def _documents(cursor: sqlite3.Cursor) -> Iterator[str]:
    """Recompute each document in the order of writing: a payment settles what those before it left open."""
    owed: dict[int, int] = {}
    settled: defaultdict[int, int] = defaultdict(int)
    paid = dict(
        cursor.execute("SELECT invoice, SUM(amount_minor) FROM allocation GROUP BY invoice").fetchall()
    )
    for row, body, *columns in cursor.execute(_DOCUMENTS).fetchall():
        stored = dict(zip(_COLUMNS, columns, strict=True))
        name = text_id(_NAMES[stored["kind"]], row)
        try:
            received = canonical.decode(body)
            expected, lines = _recomputed(stored, body, received, owed, settled)
        except (ValueError, Refusal) as error:
            yield f"{name}: its body is not what was received: {error}"
            continue
        if stored["kind"] == "invoice":
            owed[row] = expected["total_minor"]
            if expected["status"] == "open" and paid.get(row, 0) == owed[row]:
                expected["status"] = "paid"
        for column, value in expected.items():
            if stored[column] != value:
                yield f"{name}: {column} is {stored[column]!r}, its body says {value!r}"
        yield from _entries(cursor, row, name, expected["date"], lines)
    for invoice in sorted(paid.keys() | settled.keys()):
        found, said = paid.get(invoice, 0), settled.get(invoice, 0)
        if found != said:
            yield f"{text_id('invoices', invoice)}: {found} minor units are settled, its payments say {said}"


def _recomputed(
    stored: dict[str, Any], body: str, received: Any, owed: dict[int, int], settled: dict[int, int]
) -> tuple[dict[str, Any], tuple[Posting, ...]]:
    """Return the columns and postings that follow from *received*; count a payment into *settled*."""
    parsed: Invoice | Payment
    if stored["kind"] == "invoice":
        parsed = documents.invoice(received)
        own = {"number": parsed.number, "status": parsed.status, "total_minor": parsed.total, "invoice": None}
        if parsed.customer_id is None:
            own["party"] = parsed.customer.label
        lines = postings.of_invoice(parsed)
    else:
        parsed = documents.payment(received)
        target = row_id("invoices", parsed.invoice_id) or 0
        applied = min(parsed.amount, owed.get(target, 0) - settled.get(target, 0))
        settled[target] = settled.get(target, 0) + applied
        own = {"number": None, "status": "posted", "total_minor": parsed.amount, "invoice": target}
        lines = postings.of_payment(parsed, applied)
    common = {"external_id": received["external_id"], "digest": canonical.digest(body.encode())}
    return {**common, **own, "currency": parsed.currency, "date": parsed.date}, lines


def _entries(
    cursor: sqlite3.Cursor, row: int, name: str, day: str, lines: tuple[Posting, ...]
) -> Iterator[str]:
    found = cursor.execute(
        "SELECT e.date, a.code, p.amount_minor, p.currency FROM entry e JOIN posting p ON p.entry = e.id"
        " JOIN account a ON a.id = p.account WHERE e.document = ?",
        (row,),
    ).fetchall()
    if sorted(found) != sorted((day, line.account, line.minor, line.currency) for line in lines):
        yield f"{name}: its postings are not those that its body gives"


def _receivable(cursor: sqlite3.Cursor) -> Iterator[str]:
    """Compare what each customer owes by the postings with what the open invoices say."""
    posted = cursor.execute(
        "SELECT p.customer, p.currency, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account"
        " WHERE a.code = ? GROUP BY p.customer, p.currency",
        (RECEIVABLE,),
    ).fetchall()
    invoiced = cursor.execute(
        "SELECT customer, currency, SUM(total_minor - (SELECT COALESCE(SUM(amount_minor), 0) FROM allocation"
        " WHERE invoice = document.id)) FROM document WHERE kind = 'invoice' AND status <> 'draft'"
        " GROUP BY customer, currency"
    ).fetchall()
    owed = {(customer, currency): units for customer, currency, units in posted}
    open_ = {(customer, currency): units for customer, currency, units in invoiced}
    for key in sorted(owed.keys() | open_.keys(), key=str):
        if owed.get(key, 0) != open_.get(key, 0):
            customer, currency = key
            name = "postings without customer" if customer is None else text_id("customers", customer)
            found, said = _money(owed.get(key, 0), currency), _money(open_.get(key, 0), currency)
            yield f"{name}: receivable is {found}, the open invoices say {said}"


def _money(units: int, currency: str) -> str:
    return f"{money.text(money.from_minor(units, currency))} {currency}"
