"""What the books say: the trial balance, one document, the documents. Reads only.

Beside it: ``statements`` (income, balance sheet, tax), ``aged`` (receivables and payables), ``turnover`` (one account).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from engine import canonical, money
from engine.books.file import BooksError
from engine.books.kinds import COLLECTIONS, KINDS
from engine.books.reading import row_id, text_id
from engine.books.store import Books

_SUMMARY: Final = """
    SELECT d.id, d.kind, d.external_id, d.number, d.state, d.currency, d.date, d.total_minor, d.balance_minor, d.party,
           m.id, m.identity, json_extract(m.body, '$.name')
    FROM document d LEFT JOIN master m ON m.id = d.master AND m.kind = 'customer'
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
        balance: What is open of it: still owed, or the customer's or vendor's credit.
        party: The name on the document, else the e-mail address; a payment has its invoice's.
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
    party: str


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
    """What one document settled of another."""

    settling_id: str
    settled_id: str
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


def documents(
    books: Books,
    *,
    kind: str = "",
    customer: str = "",
    is_open: bool = False,
    start: str | None = None,
    end: str | None = None,
) -> tuple[Document, ...]:
    """Return the heads of the documents that match, by date, then kind, then in the order of writing.

    Args:
        kind: One of ``KINDS``; empty for all.
        customer: A customer's id, e-mail address or name, or the name as it stands on a document; capital letters
            are not told from small ones. Empty for all.
        is_open: Only those of which something is open.
        start, end: The first and the last date (``YYYY-MM-DD``) of the documents.
    """
    where = (
        " WHERE (? = '' OR d.kind = ?) AND (NOT ? OR (d.state = 'posted' AND d.balance_minor > 0))"
        " AND (? IS NULL OR d.date >= ?) AND (? IS NULL OR d.date <= ?) ORDER BY d.date, d.kind, d.id"
    )
    with books.reading() as cursor:
        rows = cursor.execute(_SUMMARY + where, (kind, kind, is_open, start, start, end, end)).fetchall()
    wanted = customer.strip().casefold()
    return tuple(_head(*row) for row in rows if not wanted or _is_with(row, wanted))


def _is_with(row: tuple[Any, ...], wanted: str) -> bool:
    *_, party, master, identity, name = row
    if master is None:
        return False
    names = (text_id("customers", master), identity.removeprefix("email:"), name or "", party)
    return wanted in {each.casefold() for each in names}


def document(books: Books, name: str) -> DocumentDetail | None:
    """Return the document whose id, number or external id is *name*, or None.

    Raises:
        BooksError: *name* means several documents.
    """
    by_id = ((kind.name, row_id(collection, name)) for collection, kind in COLLECTIONS.items())
    kind, row = next(((kind, row) for kind, row in by_id if row is not None), ("", None))
    with books.reading() as cursor:
        rows = cursor.execute(
            _SUMMARY + " WHERE (d.kind = ? AND d.id = ?) OR d.external_id = ? OR d.number = ? ORDER BY d.id",
            (kind, row, name, name),
        ).fetchall()
        if len(rows) > 1:
            ids = ", ".join(_head(*row).id for row in rows)
            raise BooksError(f"{name!r} means several documents: {ids}", help="name one by its id")
        return _detail(cursor, rows[0]) if rows else None


def _detail(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> DocumentDetail:
    head = _head(*row)
    units = partial(money.from_minor, currency=head.currency)
    (body,) = cursor.execute(
        "SELECT r.body FROM document d JOIN request r ON r.id = d.request WHERE d.id = ?", row[:1]
    ).fetchone()
    postings = cursor.execute(
        "SELECT e.date, e.memo, a.code, a.name, p.currency, p.amount_minor"
        " FROM entry e JOIN posting p ON p.entry = e.id JOIN account a ON a.id = p.account"
        " WHERE e.document = ? ORDER BY e.id, p.amount_minor < 0, a.code",
        row[:1],
    ).fetchall()
    allocations = cursor.execute(
        "SELECT s.kind, s.id, d.kind, d.id, s.date, COALESCE(a.amount_minor, 0) FROM document s"
        " JOIN document d ON d.id = s.about LEFT JOIN allocation a ON a.settled = d.id AND a.settling = s.id"
        " WHERE (s.about = ? OR s.id = ?) AND s.state = 'posted' ORDER BY s.id",
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
            Allocation(_id(by, settling), _id(of, settled), day, units(minor))
            for by, settling, of, settled, day, minor in allocations
        ),
    )


def _head(
    row: int, kind: str, external_id: str, number: str | None, state: str, currency: str, *rest: Any
) -> Document:
    day, total, balance, party, *_ = rest
    amounts = money.from_minor(total, currency), money.from_minor(balance, currency)
    status = state
    if state == "posted" and kind in ("invoice", "credit_note", "bill"):
        status = "open" if balance else "paid"
    return Document(_id(kind, row), kind, external_id, number, status, currency, day, *amounts, party)


def _id(kind: str, row: int) -> str:
    return text_id(KINDS[kind].collection, row)


def _columns(minor: int, currency: str) -> tuple[Decimal, Decimal]:
    return money.from_minor(max(minor, 0), currency), money.from_minor(max(-minor, 0), currency)


def _total(rows: tuple[Balance, ...], currency: str) -> Total:
    own = [row for row in rows if row.currency == currency]
    nothing = money.from_minor(0, currency)
    return Total(
        currency, sum((row.debit for row in own), nothing), sum((row.credit for row in own), nothing)
    )
