"""Reads documents and customers back as the JSON that the books answer with."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Final

from engine import canonical, money
from engine.books import documents
from engine.books.documents import Customer
from engine.books.fields import Refusal

PREFIXES: Final = {"invoices": "inv", "payments": "pay", "customers": "cus"}
KINDS: Final = {"invoices": "invoice", "payments": "payment"}
FILTERS: Final = {
    "invoices": ("number", "external_id"),
    "payments": ("invoice_id", "external_id"),
    "customers": ("email", "external_id"),
}
_DOCUMENT: Final = """
    SELECT d.id, d.status, d.currency, d.total_minor, d.customer, d.body,
           (SELECT COALESCE(SUM(a.amount_minor), 0) FROM allocation a WHERE a.{kind} = d.id)
    FROM document d WHERE d.kind = '{kind}'
"""
_ROW: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_CUSTOMER: Final = "SELECT id, external_id, name, email FROM customer WHERE TRUE"


def text_id(collection: str, row: int) -> str:
    """Return the id that leaves the books, such as ``inv-1``."""
    return f"{PREFIXES[collection]}-{row}"


def row_id(collection: str, text: str) -> int | None:
    """Return the row behind an id, or None where the text is no id of this collection."""
    prefix, _, digits = text.partition("-")
    if prefix != PREFIXES[collection] or not _ROW.fullmatch(digits):
        return None
    return int(digits)


def one(cursor: sqlite3.Cursor, collection: str, text: str) -> dict[str, Any]:
    """Return the document or customer with id *text*.

    Raises:
        Refusal: 404, there is none.
    """
    row = row_id(collection, text)
    for found in () if row is None else _select(cursor, collection, "id", row):
        return found
    raise Refusal("not_found", f"no {collection[:-1]} has the id {money.shorten(text)!r}", status=404)


def many(cursor: sqlite3.Cursor, collection: str, wanted: dict[str, str]) -> dict[str, Any]:
    """Return those that match every filter in *wanted*, in the order in which they were written.

    Raises:
        Refusal: 422, a filter that this collection does not have.
    """
    for name in wanted:
        if name not in FILTERS[collection]:
            raise Refusal("unknown_parameter", f"{collection} are not listed by {money.shorten(name)!r}")
    return {collection: list(_select_many(cursor, collection, wanted))}


def _select_many(cursor: sqlite3.Cursor, collection: str, wanted: dict[str, str]) -> Iterator[dict[str, Any]]:
    if not wanted:
        yield from _select(cursor, collection)
        return
    (name, value), *others = wanted.items()
    column: str = name
    key: str | int | None = value
    if name == "email":
        column, key = "identity", Customer(email=value).identity
    elif name == "invoice_id":
        column, key = "invoice", row_id("invoices", value)
    for found in _select(cursor, collection, column, key):
        if all(found.get(other) == text for other, text in others):
            yield found


def _select(
    cursor: sqlite3.Cursor, collection: str, column: str = "", value: str | int | None = None
) -> Iterator[dict[str, Any]]:
    kind = KINDS.get(collection)
    sql = _DOCUMENT.format(kind=kind) if kind else _CUSTOMER
    sql += f" AND {column} = ?" if column else ""
    rows = cursor.execute(sql + " ORDER BY id", (value,) if column else ()).fetchall()
    return (_RENDER[collection](*row) for row in rows)


def _invoice(
    row: int, status: str, currency: str, total: int, customer: int, body: str, settled: int
) -> dict[str, Any]:
    received = canonical.decode(body)
    tax = documents.invoice(received).tax
    amounts = {"subtotal": total - tax, "total_tax": tax, "total": total, "balance": total - settled}
    return {
        **received,
        "id": text_id("invoices", row),
        "status": status,
        "customer_id": text_id("customers", customer),
        **{name: money.text(money.from_minor(units, currency)) for name, units in amounts.items()},
    }


def _payment(
    row: int, status: str, currency: str, total: int, customer: int, body: str, applied: int
) -> dict[str, Any]:
    amounts = {"amount": total, "applied": applied, "credited": total - applied}
    return {
        **canonical.decode(body),
        "id": text_id("payments", row),
        "status": status,
        "customer_id": text_id("customers", customer),
        **{name: money.text(money.from_minor(units, currency)) for name, units in amounts.items()},
    }


def _customer(row: int, external_id: str | None, name: str | None, email: str | None) -> dict[str, Any]:
    fields = {"id": text_id("customers", row), "external_id": external_id, "name": name, "email": email}
    return {key: text for key, text in fields.items() if text is not None}


_RENDER: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "invoices": _invoice,
    "payments": _payment,
    "customers": _customer,
}
