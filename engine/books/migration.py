"""Brings books of an earlier version to the present one: their documents are written again, in their order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any, Final

from engine import canonical
from engine.books import routes
from engine.books.chart import SHIPPED, load
from engine.books.stored import Received, Stored
from engine.books.writing import Ledger

_OLD: Final = ("allocation", "posting", "entry", "document", "customer", "account")
_OPERATIONS: Final = {"invoice": "invoices.create", "payment": "payments.create"}


class Unlike(Exception):
    """What was written again came out otherwise."""


def from_version_1(connection: sqlite3.Connection, make: Callable[[sqlite3.Connection], None]) -> None:
    """Write the customers and documents of version 1 again, inside a transaction.

    Args:
        make: Makes the tables of new books.

    Raises:
        Unlike: a document or customer got another id, total or state than it had.
        Refusal: a document is refused now.
    """
    kept = dict(connection.execute("SELECT key, value FROM meta"))
    for kind, name in connection.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    ).fetchall():
        connection.execute(f"DROP {kind} {name}")
    for name in _OLD:
        connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
    connection.execute("DROP TABLE meta")
    make(connection)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'id'", (kept["id"],))
    ledger = Ledger(connection.cursor(), load(SHIPPED), {})
    for wanted, operation, received in _requests(connection):
        made = routes.perform(ledger, operation, None, received)
        row = made.id if isinstance(made, Stored) else made
        if row != wanted:
            raise Unlike(f"{operation.partition('.')[0]} {wanted} would become {row}")
    _compare(connection)
    for name in _OLD:
        connection.execute(f"DROP TABLE old_{name}")


def _requests(connection: sqlite3.Connection) -> Iterator[tuple[int, str, Received]]:
    """Yield row, operation and request of everything in the order in which it must have been written."""
    customers = connection.execute(
        "SELECT id, external_id, digest, name, email FROM old_customer WHERE external_id IS NOT NULL ORDER BY id"
    ).fetchall()
    documents = connection.execute(
        "SELECT d.id, d.kind, d.customer, d.body, COALESCE((SELECT MIN(recorded_at) FROM old_entry"
        " WHERE document = d.id), '') FROM old_document d ORDER BY d.id"
    )
    for row, kind, customer, body, at in documents:
        while customers and customers[0][0] <= customer:
            yield _customer(*customers.pop(0))
        data = canonical.decode(body)
        yield row, _OPERATIONS[kind], Received(data, body, canonical.digest(body.encode()), at)
    for each in customers:
        yield _customer(*each)


def _customer(
    row: int, external_id: str, digest: str, name: str | None, email: str | None
) -> tuple[int, str, Received]:
    fields = {"external_id": external_id, "name": name, "email": email}
    body: dict[str, Any] = {key: value for key, value in fields.items() if value is not None}
    return row, "customers.create", Received(body, canonical.encode(body).decode(), digest, "")


def _compare(connection: sqlite3.Connection) -> None:
    wrong = connection.execute(
        "SELECT o.kind, o.id FROM old_document o LEFT JOIN document d ON d.id = o.id"
        " WHERE d.id IS NULL OR d.total_minor <> o.total_minor OR d.currency <> o.currency OR d.date <> o.date"
        " OR d.external_id <> o.external_id OR d.master <> o.customer"
        " OR (o.kind = 'invoice' AND d.balance_minor <> o.total_minor -"
        "     (SELECT COALESCE(SUM(amount_minor), 0) FROM old_allocation WHERE invoice = o.id))"
    ).fetchone()
    if wrong:
        raise Unlike(f"{wrong[0]} {wrong[1]} came out otherwise")
    posted = (
        "SELECT a.code, p.currency, p.{}, SUM(amount_minor), SUM(ABS(amount_minor)) FROM {}posting p"
        " JOIN {}account a ON a.id = p.account GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    old = connection.execute(posted.format("customer", "old_", "old_")).fetchall()
    new = connection.execute(posted.format("master", "", "")).fetchall()
    if old != new:
        code = next(one or other for one, other in zip_longest(old, new) if one != other)[0]
        raise Unlike(f"account {code} came out otherwise")
