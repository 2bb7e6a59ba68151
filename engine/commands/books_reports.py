"""The reports of ``recipe books``: trial balance, statements, aged lists, tax, one account's ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import click

from engine import money
from engine.books.aged import BUCKETS, aged
from engine.books.reports import trial_balance
from engine.books.statements import balance_sheet, income_statement, tax_by_code
from engine.books.turnover import account_ledger
from engine.clock import SystemClock
from engine.commands.books_output import (
    Asked,
    Day,
    check_period,
    plain,
    row_of,
    with_books,
    with_form,
    with_period,
)
from engine.commands.books_text import (
    account_text,
    aged_text,
    balance_sheet_text,
    balance_text,
    income_text,
    tax_text,
)
from engine.errors import UsageError

BALANCE: Final = ("code", "name", "type", "currency", "debit", "credit")
FIGURES: Final = ("section", "code", "name", "currency", "amount")
AGED: Final = ("party", "id", "currency", *BUCKETS, "total", "credit")
TAX: Final = ("code", "currency", "sales", "purchases", "due")
MOVEMENTS: Final = (
    "date",
    "document",
    "kind",
    "number",
    "external_id",
    "party",
    "memo",
    "code",
    "currency",
    "debit",
    "credit",
    "balance",
)


def put_balance(asked: Asked, day: str | None = None) -> None:
    """Put out the trial balance."""
    with asked.open() as books:
        found = trial_balance(books, day)
    totals = [{**plain(each), "difference": money.text(each.difference)} for each in found.totals]
    rows = (row_of(row, BALANCE) for row in found.rows)
    asked.put(lambda: balance_text(found), {"rows": found.rows, "totals": totals}, BALANCE, rows)


@click.command(
    epilog="\b\nExamples:\n  recipe books balance --sample\n  recipe books balance --date 2026-03-31 --format csv\n"
)
@click.option("--date", "day", type=Day(), metavar="DATE", help="At the end of this day; else of everything.")
@with_form
@with_books
def balance(asked: Asked, day: str | None) -> None:
    """Print the trial balance: every account in every currency, and the zero at its end."""
    put_balance(asked, day)


@click.command(
    epilog="\b\nExamples:\n  recipe books income --from 2026-01-01 --to 2026-03-31\n"
    "  recipe books income --format xlsx --output income.xlsx\n"
)
@with_period
@with_form
@with_books
def income(asked: Asked, start: str | None, end: str | None) -> None:
    """Print the income statement: income, expenses and the result of a period, each currency apart."""
    check_period(start, end)
    with asked.open() as books:
        found = income_statement(books, start, end)
    asked.put(
        lambda: income_text(found),
        {"from": start, "to": end, "currencies": found},
        FIGURES,
        _figures(found, ("income", "expenses")),
    )


@click.command(
    "balance-sheet",
    epilog="\b\nExamples:\n  recipe books balance-sheet --date 2026-03-31\n"
    "  recipe books balance-sheet --sample --format json\n",
)
@click.option("--date", "day", type=Day(), metavar="DATE", help="At the end of this day; else of everything.")
@with_form
@with_books
def balance_sheet_(asked: Asked, day: str | None) -> None:
    """Print the balance sheet: assets, and what is owed and owned, with the result earned so far."""
    with asked.open() as books:
        found = balance_sheet(books, day)
    asked.put(
        lambda: balance_sheet_text(found),
        {"date": day, "currencies": found},
        FIGURES,
        _figures(found, ("assets", "liabilities", "equity")),
    )


@click.command(
    "aged",
    epilog="\b\nExamples:\n  recipe books aged --date 2026-03-31\n  recipe books aged --payable --format csv\n",
)
@click.option("--date", "day", type=Day(), metavar="DATE", help="At the end of this day; else of today.")
@click.option("--payable", is_flag=True, help="What vendors are owed; else what customers owe.")
@with_form
@with_books
def aged_(asked: Asked, day: str | None, payable: bool) -> None:
    """Print what is owed by how long it is due, for each customer or vendor.

    A document counts from its due date, else from its own. What is dated after the day does not count. Credits stand
    apart: they are not taken off what is owed.
    """
    day = day or SystemClock().now().astimezone().date().isoformat()
    with asked.open() as books:
        found = aged(books, day, "payable" if payable else "receivable")
    asked.put(lambda: aged_text(found), found, AGED, (row_of(row, AGED) for row in found.rows))


@click.command(
    epilog="\b\nExamples:\n  recipe books account 1100 --from 2026-03-01 --to 2026-03-31\n"
    "  recipe books account 1200:paypal --format csv\n"
)
@click.argument("code")
@with_period
@with_form
@with_books
def account(asked: Asked, code: str, start: str | None, end: str | None) -> None:
    """Print the ledger of the account CODE: each posting with the balance after it.

    Sub-accounts count to it. Balances are above zero on the account's normal side: debit for assets and expenses,
    credit for the others.
    """
    check_period(start, end)
    with asked.open() as books:
        found = account_ledger(books, code, start, end)
    if found is None:
        raise UsageError(
            f"there is no account {money.shorten(code)!r} in these books",
            help="recipe books balance shows those that were posted to",
        )
    rows = (
        row_of(row, MOVEMENTS, currency=each.currency) for each in found.currencies for row in each.movements
    )
    data = {
        "account": {"code": found.code, "name": found.name, "type": found.type},
        "from": start,
        "to": end,
        "currencies": found.currencies,
    }
    asked.put(lambda: account_text(found), data, MOVEMENTS, rows)


@click.command(
    epilog="\b\nExamples:\n  recipe books tax --from 2026-01-01 --to 2026-03-31\n  recipe books tax --format csv\n"
)
@with_period
@with_form
@with_books
def tax(asked: Asked, start: str | None, end: str | None) -> None:
    """Print the tax of a period by code: charged to customers, charged by vendors, and the difference."""
    check_period(start, end)
    with asked.open() as books:
        found = tax_by_code(books, start, end)
    data = {"from": start, "to": end, "rows": found}
    asked.put(lambda: tax_text(found), data, TAX, (row_of(row, TAX) for row in found))


def _figures(found: Iterable[Any], sections: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the figures of a statement as rows; the result is a section of its own."""
    for each in found:
        for section in sections:
            for figure in getattr(each, section):
                yield row_of(figure, FIGURES, section=section, currency=each.currency)
        yield {"section": "result", "currency": each.currency, "amount": each.result}


COMMANDS: Final = (balance, income, balance_sheet_, aged_, account, tax)
