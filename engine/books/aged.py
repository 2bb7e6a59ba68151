"""What customers owe and what vendors are owed, by how long it is due. Reads only."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from engine import money
from engine.books.reading import text_id
from engine.books.store import Books

Side = Literal["receivable", "payable"]
BUCKETS: Final = ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
_ENDS: Final = (0, 30, 60, 90)
"""The last day overdue of each bucket but the last."""
# What is owed is read off the postings, not off what is open now: only so a payment, a change or a void that came
# after the day does not count. Whatever posts to the control account is that document or one about it.
_OWED: Final = """
    SELECT p.master, p.currency, COALESCE(of.due_date, of.date), SUM(p.amount_minor)
    FROM posting p JOIN account a ON a.id = p.account JOIN entry e ON e.id = p.entry
         JOIN document d ON d.id = e.document
         JOIN document of ON of.id = CASE WHEN d.kind = ? THEN d.id ELSE COALESCE(d.about, d.id) END
    WHERE a.role = ? AND e.date <= ? GROUP BY p.master, p.currency, of.id HAVING SUM(p.amount_minor) <> 0
"""
_CREDIT: Final = """
    SELECT p.master, p.currency, SUM(p.amount_minor)
    FROM posting p JOIN account a ON a.id = p.account JOIN entry e ON e.id = p.entry
    WHERE a.role = ? AND e.date <= ? GROUP BY p.master, p.currency HAVING SUM(p.amount_minor) <> 0
"""


@dataclass(frozen=True, slots=True)
class Aged:
    """What one customer or vendor owes or is owed in one currency, or all of them together.

    Attributes:
        id: ``cus-1`` or ``ven-1``; empty for all together.
        current: Not due yet, or on the day itself. Below zero where something was paid before its own date.
        days_1_30: Due for so many days; so are those that follow.
        total: All of it, which is what the control account says.
        credit: What they have paid beyond that, which the other control account says; not in ``total``.
    """

    party: str
    id: str
    currency: str
    current: Decimal
    days_1_30: Decimal
    days_31_60: Decimal
    days_61_90: Decimal
    days_over_90: Decimal
    total: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class AgedReport:
    """All who owe, by currency and name, and the sum of each currency at the end of ``date``."""

    side: Side
    date: str
    rows: tuple[Aged, ...]
    totals: tuple[Aged, ...]


_Key = tuple[str, int | None]
_COLUMNS: Final = len(BUCKETS) + 1


def aged(books: Books, day: str, side: Side = "receivable") -> AgedReport:
    """Return what is owed at the end of *day* (``YYYY-MM-DD``) by due date, else by the document's date.

    Documents, payments and corrections dated later do not count.
    """
    with books.reading() as cursor:
        found = _minor(cursor, day, side)
        names = _names(cursor, side)
    rows = [
        _aged(*names.get(master, ("", "")), currency, minor) for (currency, master), minor in found.items()
    ]
    sums: dict[str, list[int]] = {}
    for (currency, _), minor in found.items():
        known = sums.setdefault(currency, [0] * _COLUMNS)
        sums[currency] = [one + other for one, other in zip(known, minor, strict=True)]
    totals = (_aged("total", "", currency, sums[currency]) for currency in sorted(sums))
    ordered = sorted(rows, key=lambda row: (row.currency, row.party.casefold(), row.party, row.id))
    return AgedReport(side, day, tuple(ordered), tuple(totals))


def _minor(cursor: sqlite3.Cursor, day: str, side: Side) -> dict[_Key, list[int]]:
    """Return minor units by bucket, with the credit behind them, by currency and customer or vendor."""
    sign = 1 if side == "receivable" else -1
    kind, credit = ("invoice", "credit") if side == "receivable" else ("bill", "vendor_credit")
    found: dict[_Key, list[int]] = {}
    for master, currency, due, minor in cursor.execute(_OWED, (kind, side, day)).fetchall():
        late = (date.fromisoformat(day) - date.fromisoformat(due)).days
        found.setdefault((currency, master), [0] * _COLUMNS)[bisect_left(_ENDS, late)] += sign * minor
    for master, currency, minor in cursor.execute(_CREDIT, (credit, day)).fetchall():
        found.setdefault((currency, master), [0] * _COLUMNS)[-1] -= sign * minor
    return found


def _names(cursor: sqlite3.Cursor, side: Side) -> dict[int | None, tuple[str, str]]:
    kind, collection = ("customer", "customers") if side == "receivable" else ("vendor", "vendors")
    sql = (
        "SELECT id, COALESCE(json_extract(body, '$.name'), json_extract(body, '$.email'), '') FROM master"
        " WHERE kind = ?"
    )
    return {row: (name, text_id(collection, row)) for row, name in cursor.execute(sql, (kind,)).fetchall()}


def _aged(party: str, id: str, currency: str, minor: list[int]) -> Aged:
    *buckets, credit = minor
    amounts = (money.from_minor(each, currency) for each in (*buckets, sum(buckets), credit))
    return Aged(party, id, currency, *amounts)
