"""What the books say: the trial balance, one document, all documents. Reads only."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from engine import canonical, money
from engine.books.file import BooksError
from engine.books.reading import KINDS, row_id, text_id
from engine.books.store import Books

_COLLECTIONS: Final = {kind: collection for collection, kind in KINDS.items()}
_SUMMARY: Final = """
    SELECT d.id, d.kind, d.external_id, d.number, d.status, d.currency, d.date, d.total_minor,
           d.total_minor - (SELECT COALESCE(SUM(amount_minor), 0) FROM allocation a
                            WHERE a.invoice = d.id OR a.payment = d.id),
           d.party
    FROM document d
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """One account in one currency: its balance stands in one column, the other is zero."""

    code: str
    name: str
    type: str
    currency: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """The sums of both columns in one currency; ``difference`` is zero in sound books."""

    currency: str
    debit: Decimal
    credit: Decimal

    @property
    def difference(self) -> Decimal:
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Every account that was ever posted to, by currency and code, and the sum of each currency."""

    rows: tuple[Balance, ...]
    totals: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One document's head.

    Attributes:
        balance: Of an invoice what is still owed; of a payment what settled nothing and is the customer's credit.
        customer: The name on the document, else the e-mail address; a payment has its invoice's.
    """

    id: str
    kind: str
    external_id: str
    number: str | None
    status: str
    currency: str
    date: str
    total: Decimal
    balance: Decimal
    customer: str


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One posting of a document."""

    date: str
    memo: str
    code: str
    name: str
    currency: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one payment settled of one invoice."""

    payment_id: str
    invoice_id: str
    date: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DocumentDetail:
    """One document whole. ``body`` is the request as received; do not change it."""

    head: Document
    body: dict[str, Any]
    postings: tuple[PostingRow, ...]
    allocations: tuple[Allocation, ...]

    @property
    def lines(self) -> tuple[dict[str, Any], ...]:
        """Return an invoice's lines as received; a payment has none."""
        return tuple(self.body.get("lines", ()))


def trial_balance(books: Books, date: str | None = None) -> TrialBalance:
    """Return the trial balance at the end of *date* (``YYYY-MM-DD``), or of everything."""
    with books.reading() as cursor:
        found = cursor.execute(
            "SELECT a.code, a.name, a.type, p.currency, SUM(p.amount_minor)"
            " FROM posting p JOIN account a ON a.id = p.account JOIN entry e ON e.id = p.entry"
            " WHERE ? IS NULL OR e.date <= ? GROUP BY p.currency, a.id ORDER BY p.currency, a.code",
            (date, date),
        ).fetchall()
    rows = tuple(
        Balance(code, name, kind, currency, *_columns(minor, currency))
        for code, name, kind, currency, minor in found
    )
    totals = (_total(rows, currency) for currency in sorted({row.currency for row in rows}))
    return TrialBalance(rows, tuple(totals))


def documents(books: Books) -> tuple[Document, ...]:
    """Return the heads of all documents by date, invoices before payments, in the order of writing."""
    with books.reading() as cursor:
        rows = cursor.execute(_SUMMARY + " ORDER BY d.date, d.kind, d.id").fetchall()
    return tuple(_head(*row) for row in rows)


def document(books: Books, name: str) -> DocumentDetail | None:
    """Return the document whose id, number or external id is *name*, or None.

    Raises:
        BooksError: *name* means several documents.
    """
    invoice, payment = row_id("invoices", name), row_id("payments", name)
    with books.reading() as cursor:
        rows = cursor.execute(
            _SUMMARY + " WHERE (d.kind = 'invoice' AND d.id = ?) OR (d.kind = 'payment' AND d.id = ?)"
            " OR d.external_id = ? OR (d.kind = 'invoice' AND d.number = ?) ORDER BY d.id",
            (invoice, payment, name, name),
        ).fetchall()
        if len(rows) > 1:
            ids = ", ".join(_head(*row).id for row in rows)
            raise BooksError(f"{name!r} means several documents: {ids}", help="name one by its id")
        return _detail(cursor, rows[0]) if rows else None


def _detail(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> DocumentDetail:
    head = _head(*row)
    units = partial(money.from_minor, currency=head.currency)
    (body,) = cursor.execute("SELECT body FROM document WHERE id = ?", row[:1]).fetchone()
    postings = cursor.execute(
        "SELECT e.date, e.memo, a.code, a.name, p.currency, p.amount_minor"
        " FROM entry e JOIN posting p ON p.entry = e.id JOIN account a ON a.id = p.account"
        " WHERE e.document = ? ORDER BY e.id, p.amount_minor < 0, a.code",
        row[:1],
    ).fetchall()
    allocations = cursor.execute(
        "SELECT a.payment, a.invoice, d.date, a.amount_minor"
        " FROM allocation a JOIN document d ON d.id = a.payment"
        " WHERE a.invoice = ? OR a.payment = ? ORDER BY a.payment",
        row[:1] * 2,
    ).fetchall()
    return DocumentDetail(
        head,
        canonical.decode(body),
        tuple(
            PostingRow(day, memo, code, name, currency, *_columns(minor, currency))
            for day, memo, code, name, currency, minor in postings
        ),
        tuple(
            Allocation(text_id("payments", payment), text_id("invoices", invoice), day, units(minor))
            for payment, invoice, day, minor in allocations
        ),
    )


def _head(
    row: int, kind: str, external_id: str, number: str | None, status: str, currency: str, *rest: Any
) -> Document:
    day, total, balance, customer = rest
    amounts = money.from_minor(total, currency), money.from_minor(balance, currency)
    key = text_id(_COLLECTIONS[kind], row)
    return Document(key, kind, external_id, number, status, currency, day, *amounts, customer)


def _columns(minor: int, currency: str) -> tuple[Decimal, Decimal]:
    return money.from_minor(max(minor, 0), currency), money.from_minor(max(-minor, 0), currency)


def _total(rows: tuple[Balance, ...], currency: str) -> Total:
    own = [row for row in rows if row.currency == currency]
    nothing = money.from_minor(0, currency)
    return Total(
        currency, sum((row.debit for row in own), nothing), sum((row.credit for row in own), nothing)
    )
