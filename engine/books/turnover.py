"""One account's ledger: what was posted to it, with the balance after each. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from engine import money
from engine.books.kinds import KINDS
from engine.books.reading import text_id
from engine.books.store import Books

# A sub-account's code is its parent's, a colon and a word. LIKE would take the code's own % and _ for any letters.
_OPENING: Final = """
    SELECT p.currency, SUM(p.amount_minor)
    FROM posting p JOIN account a ON a.id = p.account JOIN entry e ON e.id = p.entry
    WHERE (a.code = :code OR substr(a.code, 1, length(:code) + 1) = :code || ':') AND e.date < :start
    GROUP BY p.currency
"""
_ROWS: Final = """
    SELECT p.currency, e.date, d.kind, d.id, d.number, d.external_id, d.party, e.memo, a.code, p.amount_minor
    FROM posting p JOIN account a ON a.id = p.account JOIN entry e ON e.id = p.entry
         JOIN document d ON d.id = e.document
    WHERE (a.code = :code OR substr(a.code, 1, length(:code) + 1) = :code || ':')
          AND e.date >= :start AND (:end IS NULL OR e.date <= :end)
    ORDER BY p.currency, e.date, d.kind, d.external_id, e.id, a.code
"""


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting to the account.

    Attributes:
        code: The account itself or its sub-account.
        balance: After it, above zero on the account's normal side.
    """

    date: str
    document: str
    kind: str
    number: str | None
    external_id: str
    party: str
    memo: str
    code: str
    debit: Decimal
    credit: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Turnover:
    """One currency: ``opening`` and ``closing`` are balances on the account's normal side."""

    currency: str
    opening: Decimal
    movements: tuple[Movement, ...]
    closing: Decimal


@dataclass(frozen=True, slots=True)
class AccountLedger:
    """One account with its sub-accounts, from ``start`` to ``end`` (None is open)."""

    code: str
    name: str
    type: str
    start: str | None
    end: str | None
    currencies: tuple[Turnover, ...]


def account_ledger(
    books: Books, code: str, start: str | None = None, end: str | None = None
) -> AccountLedger | None:
    """Return what was posted to the account *code* and its sub-accounts, or None where there is no such account.

    Args:
        start, end: The first and last date (``YYYY-MM-DD``); what is before *start* makes the opening balance.
    """
    with books.reading() as cursor:
        head = cursor.execute("SELECT name, type FROM account WHERE code = ?", (code,)).fetchone()
        if head is None:
            return None
        asked = {"code": code, "start": start or "", "end": end}
        opened = cursor.execute(_OPENING, asked).fetchall()
        found = cursor.execute(_ROWS, asked).fetchall()
    opening = {currency: minor for currency, minor in opened if minor}
    rows = {currency: list(group) for currency, group in groupby(found, key=itemgetter(0))}
    sign = 1 if head[1] in ("asset", "expense") else -1
    return AccountLedger(
        code,
        name=head[0],
        type=head[1],
        start=start,
        end=end,
        currencies=tuple(
            _turnover(currency, sign, opening.get(currency, 0), rows.get(currency, []))
            for currency in sorted(opening.keys() | rows.keys())
        ),
    )


def _turnover(currency: str, sign: int, opening: int, rows: Sequence[Sequence[Any]]) -> Turnover:
    balance, movements = opening, []
    for _, day, kind, row, number, external_id, party, memo, code, minor in rows:
        balance += minor
        units = (max(minor, 0), max(-minor, 0), sign * balance)
        amounts = (money.from_minor(each, currency) for each in units)
        id = text_id(KINDS[kind].collection, row)
        movements.append(Movement(day, id, kind, number, external_id, party, memo, code, *amounts))
    first, last = (money.from_minor(sign * each, currency) for each in (opening, balance))
    return Turnover(currency, first, tuple(movements), last)
