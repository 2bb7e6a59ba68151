"""Journal entries, bank transactions, transfers and processors' transactions, with what they post."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from engine import money
from engine.books.chart import Chart
from engine.books.document import (
    About,
    Document,
    Kind,
    Posting,
    above_zero,
    day_of,
    named,
    reader_of,
)
from engine.books.fields import Reader

JOURNAL_FIELDS: Final = frozenset("number date currency memo reference lines external_id".split())
JOURNAL_LINE: Final = frozenset("account_id debit credit description".split())
BANK_FIELDS: Final = frozenset(
    "date amount currency description account_id contra_account_id counterparty reference external_id".split()
)
TRANSFER_FIELDS: Final = frozenset(
    "date amount currency from_account_id to_account_id to_amount to_currency reference memo external_id".split()
)
TRANSACTION_FIELDS: Final = frozenset(
    "type date currency amount fee net method account_id invoice_id reference memo external_id".split()
)
TYPES: Final = ("charge", "refund", "payout", "fee", "adjustment")


def journal_entry(body: Any) -> Document:
    """Parse the body of a journal entry.

    Raises:
        Refusal: a field is wrong, or debits and credits come to two amounts.
    """
    reader = reader_of(body, JOURNAL_FIELDS)
    currency = reader.currency("currency")
    lines = [
        _journal_line(Reader(item, f"/lines/{index}", JOURNAL_LINE), currency)
        for index, item in enumerate(reader.items("lines", least=2))
    ]
    debit = sum(minor for _, minor in lines if minor > 0)
    credit = -sum(minor for _, minor in lines if minor < 0)
    if debit != credit:
        sums = [money.text(money.from_minor(each, currency)) for each in (debit, credit, debit - credit)]
        message = f"debits come to {sums[0]} {currency}, credits to {sums[1]} (difference {sums[2]})"
        raise reader.wrong("lines", "total", message)
    reader.whole("lines", money.from_minor(debit, currency), currency)
    accounts = tuple((f"/lines/{index}/account_id", code) for index, (code, _) in enumerate(lines))
    return Document(
        number=reader.text("number"),
        date=day_of(reader),
        reference=reader.text("reference"),
        currency=currency,
        total=debit,
        named=accounts,
        memo=reader.text("memo") or "",
        legs=lambda chart, settled: lines,
    )


def bank_transaction(body: Any) -> Document:
    """Parse the body of a line of a bank statement: above zero it came in, below zero it went out.

    Raises:
        Refusal: a field is wrong, or the amount is zero.
    """
    reader = reader_of(body, BANK_FIELDS)
    currency = reader.currency("currency")
    amount = reader.minor("amount", currency)
    if not amount:
        raise reader.wrong("amount", "amount", "an amount is above zero (came in) or below it (went out)")
    bank, contra = reader.text("account_id"), reader.text("contra_account_id")

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        sides = bank or chart.code("bank"), contra or chart.code("suspense")
        if sides[0] == sides[1]:
            raise reader.wrong(
                "contra_account_id", "account", "the other side is another account than the bank"
            )
        yield sides[0], amount
        yield sides[1], -amount

    return Document(
        date=day_of(reader),
        reference=reader.text("reference"),
        currency=currency,
        total=abs(amount),
        named=named(reader, "account_id", "contra_account_id"),
        memo=reader.needed("description", blank=True),
        payee=reader.text("counterparty") or "",
        legs=legs,
    )


def transfer(body: Any) -> Document:
    """Parse the body of money moved between two accounts of one's own; another currency may arrive than left.

    Raises:
        Refusal: a field is wrong, both accounts are one, or an amount is not above zero.
    """
    reader = reader_of(body, TRANSFER_FIELDS)
    currency = reader.currency("currency")
    amount = above_zero(reader, "amount", currency, "a transfer is above zero; turn the two accounts round")
    source, target = reader.needed("from_account_id"), reader.needed("to_account_id")
    if source == target:
        raise reader.wrong("to_account_id", "account", "a transfer is between two accounts")
    arrives = None
    if reader.has("to_currency") or reader.has("to_amount"):
        other = reader.currency("to_currency")
        if other == currency:
            raise reader.wrong(
                "to_currency", "currency", "the currency does not change: leave to_currency out"
            )
        arrives = other, above_zero(reader, "to_amount", other, "a transfer is above zero")

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        yield target if arrives is None else chart.code("exchange"), amount
        yield source, -amount

    def changed(chart: Chart) -> Iterator[Posting]:
        if arrives is not None:
            yield Posting(target, arrives[1], arrives[0])
            yield Posting(chart.code("exchange"), -arrives[1], arrives[0])

    return Document(
        date=day_of(reader),
        reference=reader.text("reference"),
        currency=currency,
        total=amount,
        named=named(reader, "from_account_id", "to_account_id"),
        legs=legs,
        changed=changed,
    )


def transaction(body: Any) -> Document:
    """Parse the body of a processor's transaction: what it took in or paid out, and the fee that it kept.

    Raises:
        Refusal: a field is wrong, or amount less fee is not net.
    """
    reader = reader_of(body, TRANSACTION_FIELDS)
    currency = reader.currency("currency")
    amount, fee, net = (reader.minor(name, currency) for name in ("amount", "fee", "net"))
    if amount - fee != net:
        left = money.text(money.from_minor(amount - fee, currency))
        message = (
            f"amount less fee is {left} {currency}, net is {money.text(money.from_minor(net, currency))}"
        )
        raise reader.wrong("net", "total", message)
    kind = reader.choice("type", TYPES, "") if reader.has("type") else reader.needed("type")
    method, account = reader.needed("method"), reader.text("account_id")
    about = None
    if reader.has("invoice_id"):
        if kind != "charge" or account is not None:
            message = "only a charge without account_id is for an invoice"
            raise reader.wrong("invoice_id", "form", message)
        about = About("invoice_id", ("invoice",), reader.needed("invoice_id"))
        if amount <= 0:
            raise reader.wrong("amount", "amount", "a charge for an invoice is above zero")

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        clearing = chart.code("clearing", method)
        yield chart.code("fees"), fee
        if kind == "payout":
            yield account or chart.code("bank"), net
            yield clearing, -amount
            return
        yield clearing, net
        if about is None:
            yield account or _other(chart, kind), -amount
        else:
            yield chart.code("receivable"), -settled
            yield chart.code("credit"), settled - amount

    return Document(
        date=day_of(reader),
        reference=reader.text("reference"),
        currency=currency,
        total=abs(amount),
        about=about,
        named=named(reader, "account_id"),
        memo=f"{kind.capitalize()} by {method}",
        legs=legs,
    )


def _other(chart: Chart, kind: str) -> str:
    """Return the account on the other side of a transaction that names none."""
    if kind == "charge":
        return chart.categories["goods"]
    return chart.code("fees") if kind == "fee" else chart.categories["adjustment"]


def _journal_line(reader: Reader, currency: str) -> tuple[str, int]:
    reader.text("description", blank=True)
    sides = [name for name in ("debit", "credit") if reader.has(name)]
    if len(sides) != 1:
        raise reader.wrong("debit", "form", "a line has either debit or credit")
    minor = reader.minor(sides[0], currency)
    if minor < 0:
        raise reader.wrong(sides[0], "amount", "an amount is not below zero; write it on the other side")
    return reader.needed("account_id"), minor if sides[0] == "debit" else -minor


KINDS: Final = (
    Kind("journal_entry", "journal_entries", "je", "journal entry", journal_entry),
    Kind("bank_transaction", "bank_transactions", "bt", "bank transaction", bank_transaction),
    Kind("transfer", "transfers", "tr", "transfer", transfer),
    Kind("transaction", "transactions", "txn", "transaction", transaction, "customer"),
)
