"""What the accounts come to: income statement, balance sheet and tax by code, each currency apart. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from engine import money
from engine.books.kinds import KINDS
from engine.books.store import Books

_SUMS: Final = """
    SELECT a.code, a.name, a.type, a.role, p.currency, SUM(p.amount_minor)
    FROM posting p JOIN account a ON a.id = p.account JOIN entry e ON e.id = p.entry
         JOIN document d ON d.id = e.document
    WHERE (? IS NULL OR e.date >= ?) AND (? IS NULL OR e.date <= ?) AND d.kind IN (SELECT value FROM json_each(?))
    GROUP BY p.currency, a.id HAVING SUM(p.amount_minor) <> 0 ORDER BY p.currency, a.code
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one account comes to, above zero on its normal side: debit of assets and expenses, credit of the others."""

    code: str
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Income:
    """Income and expenses in one currency; ``result`` is the profit, below zero a loss."""

    currency: str
    income: tuple[Figure, ...]
    expenses: tuple[Figure, ...]
    total_income: Decimal
    total_expenses: Decimal
    result: Decimal


@dataclass(frozen=True, slots=True)
class Position:
    """What there is and whose it is, in one currency: ``total_assets`` = ``total_liabilities`` + ``total_equity``.

    Attributes:
        result: All income less all expenses up to the day: what was earned and not posted to an account of equity.
        total_equity: The accounts of equity and ``result``.
    """

    currency: str
    assets: tuple[Figure, ...]
    liabilities: tuple[Figure, ...]
    equity: tuple[Figure, ...]
    result: Decimal
    total_assets: Decimal
    total_liabilities: Decimal
    total_equity: Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    """Tax by one code in one currency.

    Attributes:
        code: As on the lines, with the place in front where they name one; empty for tax without a code.
        sales: Charged to customers, less what credit notes took back.
        purchases: Charged by vendors.
        due: ``sales`` less ``purchases``.
    """

    code: str
    currency: str
    sales: Decimal
    purchases: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class _Sum:
    code: str
    name: str
    type: str
    role: str
    currency: str
    minor: int

    @property
    def figure(self) -> Figure:
        sign = 1 if self.type in ("asset", "expense") else -1
        return Figure(self.code, self.name, money.from_minor(sign * self.minor, self.currency))


def income_statement(books: Books, start: str | None = None, end: str | None = None) -> tuple[Income, ...]:
    """Return income and expenses from *start* to *end* (dates, both included; None is open), by currency."""
    found = _sums(books, start, end)
    statements = []
    for currency in sorted({each.currency for each in found if each.type in ("income", "expense")}):
        income, expenses = (_figures(found, currency, type) for type in ("income", "expense"))
        earned, spent = (_total(each, currency) for each in (income, expenses))
        statements.append(Income(currency, income, expenses, earned, spent, earned - spent))
    return tuple(statements)


def balance_sheet(books: Books, date: str | None = None) -> tuple[Position, ...]:
    """Return what there is at the end of *date* (None: of everything), by currency."""
    found = _sums(books, None, date)
    positions = []
    for currency in sorted({each.currency for each in found}):
        assets, liabilities, equity = (
            _figures(found, currency, type) for type in ("asset", "liability", "equity")
        )
        totals = [_total(each, currency) for each in (assets, liabilities, equity)]
        earned, spent = (_total(_figures(found, currency, type), currency) for type in ("income", "expense"))
        result = earned - spent
        totals[2] += result
        positions.append(Position(currency, assets, liabilities, equity, result, *totals))
    return tuple(positions)


def tax_by_code(books: Books, start: str | None = None, end: str | None = None) -> tuple[Tax, ...]:
    """Return the tax of sales and purchases from *start* to *end* (dates, both included; None is open), by code.

    What was paid to the tax office, by an entry or a bank transaction, is no tax that was charged.
    """
    sums: dict[tuple[str, str], list[int]] = {}
    for each in _sums(books, start, end, kinds=("invoice", "credit_note", "bill")):
        if each.role in ("tax", "input_tax"):
            both = sums.setdefault((each.currency, each.code.partition(":")[2]), [0, 0])
            if each.role == "tax":
                both[0] -= each.minor
            else:
                both[1] += each.minor
    return tuple(
        Tax(
            code,
            currency,
            *(money.from_minor(minor, currency) for minor in (sales, purchases, sales - purchases)),
        )
        for (currency, code), (sales, purchases) in sorted(sums.items())
    )


def _sums(
    books: Books, start: str | None, end: str | None, kinds: Sequence[str] = tuple(KINDS)
) -> tuple[_Sum, ...]:
    """Return what documents of *kinds* posted to each account, but those that come to zero."""
    with books.reading() as cursor:
        rows = cursor.execute(_SUMS, (start, start, end, end, json.dumps(kinds))).fetchall()
    return tuple(_Sum(*row) for row in rows)


def _figures(sums: Iterable[_Sum], currency: str, type: str) -> tuple[Figure, ...]:
    return tuple(each.figure for each in sums if (each.currency, each.type) == (currency, type))


def _total(figures: Iterable[Figure], currency: str) -> Decimal:
    return sum((each.amount for each in figures), money.from_minor(0, currency))
