"""What the books say as people read it: plain tables, amounts to the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from engine import money
from engine.books.aged import BUCKETS, Aged, AgedReport
from engine.books.journals import one_line
from engine.books.kinds import KINDS
from engine.books.reports import Document, DocumentDetail, PostingRow, TrialBalance
from engine.books.statements import Figure, Income, Position, Tax
from engine.books.turnover import AccountLedger, Turnover
from engine.commands.tables import cut, table

NOTHING: Final = "nothing was posted"
_NAME: Final = 34
_CODE: Final = 24
"""Columns of a name and a code; a sub-account's may be longer than a line."""


def balance_text(found: TrialBalance) -> str:
    """Return the trial balance with debit and credit columns."""
    rows = [["account", "", "", "debit", "credit"]]
    for total in found.totals:
        rows += [
            [
                _short(row.code, _CODE),
                _short(row.name, _NAME),
                row.currency,
                _cell(row.debit),
                _cell(row.credit),
            ]
            for row in found.rows
            if row.currency == total.currency
        ]
        rows.append(["", "total", total.currency, money.text(total.debit), money.text(total.credit)])
        rows.append(["", "difference", total.currency, money.text(total.difference), ""])
    return table(rows, right=(3, 4), indent=0)


def balance_across(found: TrialBalance) -> str:
    """Return the trial balance in short: a column per currency, sub-accounts in their account, and the zeros.

    Debits are above zero, credits below.
    """
    currencies = [total.currency for total in found.totals]
    names: dict[str, str] = {}
    sums: dict[tuple[str, str], Decimal] = {}
    for row in sorted(found.rows, key=lambda row: row.code):
        code, colon, word = row.code.partition(":")
        names.setdefault(code, row.name.removesuffix(f": {word}") if colon else row.name)
        sums[code, row.currency] = sums.get((code, row.currency), Decimal(0)) + row.debit - row.credit
    rows = [["trial balance", *currencies]]
    for code, name in names.items():
        own = [sums.get((code, each)) for each in currencies]
        if any(own):
            rows.append([_short(name, _NAME), *(money.text(each) if each else "" for each in own)])
    rows.append(["sum", *(money.text(total.difference) for total in found.totals)])
    return table(rows, right=range(1, len(currencies) + 1), indent=0)


def income_text(found: Sequence[Income]) -> str:
    """Return income, expenses and the result, each currency below the other."""
    rows = [["income statement", "", "", ""]]
    for each in found:
        rows += _section(each.income, "income", each.total_income, each.currency)
        rows += _section(each.expenses, "expenses", each.total_expenses, each.currency)
        rows.append(["", "result", each.currency, money.text(each.result)])
    return table(rows, right=(3,), indent=0) if found else NOTHING


def balance_sheet_text(found: Sequence[Position]) -> str:
    """Return assets, then liabilities and equity, each currency below the other."""
    rows = [["balance sheet", "", "", ""]]
    for each in found:
        currency = each.currency
        rows += _section(each.assets, "assets", each.total_assets, currency)
        rows += _section(each.liabilities, "liabilities", each.total_liabilities, currency)
        rows += [_figure(figure, currency) for figure in each.equity]
        rows.append(["", "result to date", currency, money.text(each.result)])
        rows.append(["", "equity", currency, money.text(each.total_equity)])
        both = each.total_liabilities + each.total_equity
        rows.append(["", "liabilities and equity", currency, money.text(both)])
    return table(rows, right=(3,), indent=0) if found else NOTHING


def tax_text(found: Sequence[Tax]) -> str:
    """Return the tax by code, each currency apart."""
    rows = [["tax", "", "on sales", "on purchases", "due"]]
    for currency, group in groupby(found, key=lambda each: each.currency):
        own = list(group)
        for each in own:
            amounts = map(money.text, (each.sales, each.purchases, each.due))
            rows.append([_short(each.code, _NAME) or "(no code)", currency, *amounts])
        sums = (
            sum((amount for amount in column), money.from_minor(0, currency))
            for column in zip(*((each.sales, each.purchases, each.due) for each in own), strict=True)
        )
        rows.append(["total", currency, *map(money.text, sums)])
    return table(rows, right=(2, 3, 4), indent=0) if found else NOTHING


def aged_text(found: AgedReport) -> str:
    """Return what is owed by how long it is due, each currency with its total."""
    head = ["current", "1-30", "31-60", "61-90", "over 90", "total", "credit"]
    rows = [[f"{found.side}s on {found.date}", "", *head]]
    for total in found.totals:
        own = [row for row in found.rows if row.currency == total.currency]
        rows += [[_short(row.party, 24), row.currency, *_aged(row)] for row in own]
        rows.append(["total", total.currency, *map(money.text, _amounts(total))])
    return table(rows, right=range(2, 9), indent=0) if found.rows else "nothing is owed"


def account_text(found: AccountLedger) -> str:
    """Return what was posted to an account, each currency below the other."""
    rows = [["date", "document", "number", "party", "memo", "debit", "credit", "balance"]]
    for each in found.currencies:
        rows += _turnover(found, each)
    title = f"{one_line(found.code)} {one_line(found.name)} ({found.type})"
    return f"{title}\n{table(rows, right=(5, 6, 7), indent=0)}" if found.currencies else f"{title}\n{NOTHING}"


def documents_text(found: Sequence[Document]) -> str:
    """Return the heads of documents, a line each."""
    rows = [["date", "document", "number", "party", "total", "open", "status"]]
    for each in found:
        balance = "" if each.status == "draft" else money.text(each.balance)
        amounts = [f"{each.currency} {money.text(each.total)}", balance]
        rows.append(
            [each.date, each.id, one_line(each.number or ""), _short(each.party, 24), *amounts, each.status]
        )
    return table(rows, right=(4, 5), indent=0)


def document_text(found: DocumentDetail, origin: str, *, lines: bool = True) -> str:
    """Return one document as people read it; *origin* is the record that it was made from, or empty."""
    head = found.head
    kind = KINDS[head.kind]
    party = f", {_short(head.party, 40)}" if head.party else ""
    title = f"{kind.words} {one_line(head.number or head.id)}, {head.date}{party}: "
    out = [f"{title}{head.currency} {money.text(head.total)}, {head.status}"]
    if origin:
        out.append(f"from {origin}")
    if lines and any("description" in line and "quantity" in line for line in found.lines):
        out.append(_lines(found.lines))
    out += _postings(found.postings, head.currency)
    for each in found.allocations:
        settles = each.settling_id == head.id
        other = each.settled_id if settles else each.settling_id
        word = "settles" if settles else "settled by"
        out.append(f"  {word} {other}, {each.date}: {head.currency} {money.text(each.amount)}")
    if head.balance and head.status != "draft":
        out.append(f"  open: {head.currency} {money.text(head.balance)}")
    return "\n".join(out)


def _lines(lines: Iterable[dict[str, Any]]) -> str:
    rows = [["line", "quantity", "price", "discount", "tax"]]
    for line in lines:
        amounts = (line["quantity"], line["unit_price"], line.get("discount", "0"))
        taxes = [each["amount"] for each in line.get("taxes", ())] or [line.get("tax", "0")]
        cells = [*map(_amount, amounts), " + ".join(map(_amount, taxes))]
        rows.append([_short(line["description"], 36), *cells])
    return table(rows, right=(1, 2, 3, 4))


def _postings(postings: Sequence[PostingRow], currency: str) -> list[str]:
    """Return a table for each entry; one that is not the only one has its date and memo above."""
    entries = [(key, list(group)) for key, group in groupby(postings, key=lambda row: (row.date, row.memo))]
    out = []
    for (day, memo), group in entries:
        if len(entries) > 1:
            out.append(f"  {day}, {_short(memo, 60)}")
        rows = [["posting", "", "debit", "credit"]]
        for row in group:
            sides = (_cell(side) for side in (row.debit, row.credit))
            foreign = "" if row.currency == currency else f"{row.currency} "
            rows.append(
                [_short(row.code, _CODE), _short(row.name, 36), *(side and foreign + side for side in sides)]
            )
        out.append(table(rows, right=(2, 3)))
    return out


def _section(figures: Iterable[Figure], name: str, total: Decimal, currency: str) -> list[list[str]]:
    return [*(_figure(each, currency) for each in figures), ["", name, currency, money.text(total)]]


def _figure(figure: Figure, currency: str) -> list[str]:
    return [_short(figure.code, _CODE), _short(figure.name, _NAME), currency, money.text(figure.amount)]


def _turnover(found: AccountLedger, each: Turnover) -> Iterable[list[str]]:
    yield [found.start or "", "opening", "", "", each.currency, "", "", money.text(each.opening)]
    for row in each.movements:
        memo = row.memo if row.code == found.code else f"{row.code.partition(':')[2]}: {row.memo}"
        texts = [row.date, row.document, one_line(row.number or ""), _short(row.party, 24), _short(memo, 32)]
        yield [*texts, _cell(row.debit), _cell(row.credit), money.text(row.balance)]
    yield [found.end or "", "closing", "", "", each.currency, "", "", money.text(each.closing)]


def _amounts(row: Aged) -> tuple[Decimal, ...]:
    return (*(getattr(row, name) for name in BUCKETS), row.total, row.credit)


def _aged(row: Aged) -> list[str]:
    *buckets, total, credit = _amounts(row)
    return [*map(_cell, buckets), money.text(total), _cell(credit)]


def _short(text: str, most: int) -> str:
    """Return *text* as a cell: on one line without what cannot be printed, cut to *most* columns."""
    return cut(one_line(text), most)


def _cell(value: Decimal) -> str:
    return money.text(value) if value else ""


def _amount(value: Any) -> str:
    return value if isinstance(value, str) else money.text(value)
