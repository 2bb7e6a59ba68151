"""Writes documents: all that can be refused is looked at first, then the rows go in one after another.

The caller holds the transaction. A refusal leaves nothing because nothing was written before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from engine import money
from engine.books import documents, postings
from engine.books.chart import CLEARING, CUSTOMERS, OWN, clearing
from engine.books.documents import UNNAMED, Customer, Invoice
from engine.books.fields import Refusal
from engine.books.postings import Posting
from engine.books.reading import row_id, text_id

_INSERT_DOCUMENT: Final = """
    INSERT INTO document
        (kind, external_id, digest, number, status, currency, date, total_minor, customer, party, invoice, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_STORED_DOCUMENT: Final = "SELECT id, digest, kind FROM document WHERE external_id = ?"
_STORED_CUSTOMER: Final = "SELECT id, digest, 'customer' FROM customer WHERE external_id = ?"


@dataclass(frozen=True, slots=True)
class Received:
    """A request's body: decoded, as canonical text with its digest, and when it came (ISO 8601, UTC)."""

    body: Any
    text: str
    digest: str
    now: str

    @property
    def external_id(self) -> str:
        return str(self.body["external_id"])


def stored(cursor: sqlite3.Cursor, kind: str, received: Received) -> int | None:
    """Return the row already written for this external id, or None.

    Raises:
        Refusal: 409, another request was written under the same external id.
    """
    sql = _STORED_CUSTOMER if kind == "customer" else _STORED_DOCUMENT
    row = cursor.execute(sql, (received.external_id,)).fetchone()
    if row is None:
        return None
    if row[1:] != (received.digest, kind):
        message = "another request was written under this external_id; a correction is a document of its own"
        raise Refusal("other_digest", message, "/external_id", status=409)
    return int(row[0])


def customer(cursor: sqlite3.Cursor, received: Received) -> int:
    """Add a customer and return its row.

    Raises:
        Refusal: a field is wrong; 409, there is a customer with this e-mail address, or with this name and no
            address.
    """
    wanted = documents.customer(received.body)
    known = _customer_row(cursor, wanted)
    if known is not None:
        field = "email" if wanted.email is not None else "name"
        message = f"{text_id('customers', known)} has this {field} already"
        raise Refusal("duplicate_customer", message, f"/{field}", status=409)
    return _add_customer(cursor, wanted, received.external_id, received.digest)


def invoice(cursor: sqlite3.Cursor, received: Received) -> int:
    """Record an invoice, post it unless it is a draft, and return its row.

    Raises:
        Refusal: a field is wrong, an account or customer is unknown; 409, the number is taken.
    """
    wanted = documents.invoice(received.body)
    _check_number(cursor, wanted.number)
    _check_accounts(cursor, wanted)
    lines = postings.of_invoice(wanted)
    buyer, party = _buyer(cursor, wanted)
    status = "paid" if wanted.status == "open" and not wanted.total else wanted.status
    head = ("invoice", received.external_id, received.digest, wanted.number, status)
    rest = (wanted.currency, wanted.date, wanted.total, buyer, party, None, received.text)
    row = _inserted(cursor.execute(_INSERT_DOCUMENT, head + rest))
    _post(cursor, row, wanted.date, f"Invoice {wanted.number}", received.now, lines, buyer)
    return row


def payment(cursor: sqlite3.Cursor, received: Received) -> int:
    """Record a payment, settle its invoice as far as it reaches, and return its row.

    Raises:
        Refusal: a field is wrong, the invoice is unknown, a draft or in another currency.
    """
    wanted = documents.payment(received.body)
    target = row_id("invoices", wanted.invoice_id)
    found = cursor.execute(
        "SELECT number, status, currency, customer, party, total_minor"
        " - (SELECT COALESCE(SUM(amount_minor), 0) FROM allocation WHERE invoice = document.id)"
        " FROM document WHERE kind = 'invoice' AND id = ?",
        (target,),
    ).fetchone()
    if found is None:
        raise Refusal("unknown_invoice", f"no invoice has the id {wanted.invoice_id!r}", "/invoice_id")
    number, status, currency, buyer, party, balance = found
    if status == "draft":
        raise Refusal("draft", f"invoice {number} is a draft: it is not owed", "/invoice_id")
    if wanted.currency != currency:
        message = f"invoice {number} is in {currency}, the payment in {wanted.currency}"
        raise Refusal("currency", message, "/currency")
    applied = min(wanted.amount, balance)
    lines = postings.of_payment(wanted, applied)
    _add_clearing(cursor, wanted.method)
    head = ("payment", received.external_id, received.digest, None, "posted")
    rest = (currency, wanted.date, wanted.amount, buyer, party, target, received.text)
    row = _inserted(cursor.execute(_INSERT_DOCUMENT, head + rest))
    _post(cursor, row, wanted.date, f"Payment of invoice {number}", received.now, lines, buyer)
    if applied:
        sql = "INSERT INTO allocation (payment, invoice, amount_minor) VALUES (?, ?, ?)"
        cursor.execute(sql, (row, target, applied))
        if applied == balance:
            cursor.execute("UPDATE document SET status = 'paid' WHERE id = ?", (target,))
    return row


def _check_number(cursor: sqlite3.Cursor, number: str) -> None:
    sql = "SELECT id FROM document WHERE kind = 'invoice' AND number = ?"
    taken = cursor.execute(sql, (number,)).fetchone()
    if taken:
        owner = text_id("invoices", taken[0])
        message = f"the number {money.shorten(number)} is that of {owner}, which another effect wrote"
        raise Refusal("duplicate_number", message, "/number", status=409)


def _check_accounts(cursor: sqlite3.Cursor, wanted: Invoice) -> None:
    for index, line in enumerate(wanted.lines):
        code = line.account_id
        if code is None:
            continue
        known = cursor.execute("SELECT 1 FROM account WHERE code = ?", (code,)).fetchone()
        if not known or code in OWN or code.startswith(CLEARING + ":"):
            why = "is kept by the books themselves" if known else "is not in the chart of accounts"
            raise Refusal("account", f"account {money.shorten(code)!r} {why}", f"/lines/{index}/account_id")


def _buyer(cursor: sqlite3.Cursor, wanted: Invoice) -> tuple[int, str]:
    """Return the customer's row and name, adding one that the invoice brings along: the last thing to be refused."""
    if wanted.customer_id is None:
        row = _customer_row(cursor, wanted.customer)
        return _add_customer(cursor, wanted.customer) if row is None else row, wanted.customer.label
    row = row_id("customers", wanted.customer_id)
    found = cursor.execute("SELECT id, name, email FROM customer WHERE id = ?", (row,)).fetchone()
    if found is None:
        message = f"no customer has the id {money.shorten(wanted.customer_id)!r}"
        raise Refusal("unknown_customer", message, "/customer_id")
    return int(found[0]), Customer(*found[1:]).label


def _customer_row(cursor: sqlite3.Cursor, wanted: Customer) -> int | None:
    row = cursor.execute("SELECT id FROM customer WHERE identity = ?", (wanted.identity,)).fetchone()
    return row and int(row[0])


def _add_customer(
    cursor: sqlite3.Cursor, wanted: Customer, external_id: str | None = None, digest: str | None = None
) -> int:
    name = UNNAMED if wanted == Customer() else wanted.name
    row = (wanted.identity, external_id, digest, name, wanted.email)
    sql = "INSERT INTO customer (identity, external_id, digest, name, email) VALUES (?, ?, ?, ?, ?)"
    return _inserted(cursor.execute(sql, row))


def _add_clearing(cursor: sqlite3.Cursor, method: str | None) -> None:
    account = clearing(method)
    row = (account.code, account.name, account.type, account.normal)
    cursor.execute("INSERT OR IGNORE INTO account (code, name, type, normal) VALUES (?, ?, ?, ?)", row)


def _post(
    cursor: sqlite3.Cursor, row: int, day: str, memo: str, now: str, lines: Sequence[Posting], buyer: int
) -> None:
    if not lines:
        return
    sql = "INSERT INTO entry (document, date, memo, recorded_at) VALUES (?, ?, ?, ?)"
    entry = _inserted(cursor.execute(sql, (row, day, memo, now)))
    cursor.executemany(
        "INSERT INTO posting (entry, account, amount_minor, currency, customer)"
        " VALUES (?, (SELECT id FROM account WHERE code = ?), ?, ?, ?)",
        [
            (entry, line.account, line.minor, line.currency, buyer if line.account in CUSTOMERS else None)
            for line in lines
        ],
    )


def _inserted(cursor: sqlite3.Cursor) -> int:
    return cast(int, cursor.lastrowid)  # None only before the first INSERT
