"""Invoices, credit notes, payments and refunds, parsed from a request's JSON, with what they post."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from engine import money
from engine.books.chart import Chart
from engine.books.document import (
    About,
    Document,
    Kind,
    above_zero,
    check_total,
    day_of,
    named,
    one_of,
    party_of,
    rate_of,
    reader_of,
)
from engine.books.fields import Reader
from engine.books.lines import SALE, lines_of

INVOICE_FIELDS: Final = frozenset(
    "number date due_date currency exchange_rate tax_inclusive status total customer customer_id reference memo"
    " lines external_id".split()
)
CREDIT_NOTE_FIELDS: Final = INVOICE_FIELDS - {"due_date", "status"} | {"invoice_id", "settles"}
PAYMENT_FIELDS: Final = frozenset(
    "invoice_id customer_id amount currency date exchange_rate method account_id fee reference external_id".split()
)
REFUND_FIELDS: Final = frozenset(
    "credit_note_id payment_id amount currency date exchange_rate method account_id reference external_id".split()
)
STATUSES: Final = ("draft", "open")


def invoice(body: Any) -> Document:
    """Parse the body of an invoice and add up its lines.

    Raises:
        Refusal: a field is wrong, an amount has more decimals than the currency, the lines come to another
            amount than the stated total, or to less than zero.
    """
    reader = reader_of(body, INVOICE_FIELDS)
    currency = reader.currency("currency")
    party = party_of(reader, "customer")
    lines = lines_of(reader, currency, SALE)
    check_total(reader, lines.total, currency, "a credit note")

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        yield chart.code("receivable"), lines.total
        for account, minor in lines.legs(chart, "tax"):
            yield account, -minor

    return Document(
        number=reader.needed("number"),
        date=day_of(reader),
        reference=reader.text("reference"),
        due_date=reader.day("due_date"),
        currency=currency,
        rate=rate_of(reader),
        is_draft=reader.choice("status", STATUSES, "open") == "draft",
        party=party,
        total=lines.total,
        tax=lines.tax,
        named=lines.named,
        legs=legs,
    )


def credit_note(body: Any) -> Document:
    """Parse the body of a credit note: what a customer is owed for goods taken back, a price cut, an error.

    Raises:
        Refusal: as for an invoice; it settles more than it comes to, or an invoice that it does not name.
    """
    reader = reader_of(body, CREDIT_NOTE_FIELDS)
    currency = reader.currency("currency")
    invoice = reader.needed("invoice_id") if reader.has("invoice_id") else None
    party = party_of(reader, "customer", needed=invoice is None)
    lines = lines_of(reader, currency, SALE)
    check_total(reader, lines.total, currency, "an invoice")
    settles = _settles(reader, currency, lines.total)
    about = None if invoice is None else About("invoice_id", ("invoice",), invoice, settles=settles)

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        yield from lines.legs(chart, "tax")
        yield chart.code("receivable"), -settled
        yield chart.code("credit"), settled - lines.total

    return Document(
        number=reader.needed("number"),
        date=day_of(reader),
        reference=reader.text("reference"),
        currency=currency,
        rate=rate_of(reader),
        party=party,
        about=about,
        total=lines.total,
        tax=lines.tax,
        named=lines.named,
        legs=legs,
    )


def _settles(reader: Reader, currency: str, total: int) -> int | None:
    """Return how many minor units of its invoice a credit note over *total* settles, where it says so."""
    if not reader.has("settles"):
        return None
    if not reader.has("invoice_id"):
        message = "settles says how much of an invoice is settled: give invoice_id, or leave settles out"
        raise reader.wrong("settles", "form", message)
    settles = reader.minor("settles", currency)
    if settles < 0:
        message = "what a credit note settles is not below zero; below it more was paid back than it credits"
        raise reader.wrong("settles", "amount", message)
    if settles > total:
        comes, said = (money.text(money.from_minor(minor, currency)) for minor in (total, settles))
        message = f"it comes to {comes} {currency} and cannot settle {said} of its invoice"
        raise reader.wrong("settles", "amount", message)
    return settles


def payment(body: Any) -> Document:
    """Parse the body of a payment received, for an invoice or as a customer's credit.

    Raises:
        Refusal: a field is wrong, or the amount is not above zero.
    """
    reader = reader_of(body, PAYMENT_FIELDS)
    currency = reader.currency("currency")
    amount = above_zero(reader, "amount", currency, "a payment is above zero; money paid back is a refund")
    fee = reader.minor("fee", currency, 0)
    if fee < 0:
        raise reader.wrong("fee", "amount", "a fee is not below zero; one given back is a transaction")
    target, _ = one_of(reader, {"invoice_id": (), "customer_id": ()})
    about = About("invoice_id", ("invoice",), reader.needed("invoice_id")) if target == "invoice_id" else None
    method, account = reader.text("method"), reader.text("account_id")

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        yield account or chart.code("clearing", method), amount - fee
        yield chart.code("fees"), fee
        yield chart.code("receivable"), -settled
        yield chart.code("credit"), settled - amount

    return Document(
        date=day_of(reader),
        reference=reader.text("reference"),
        currency=currency,
        rate=rate_of(reader),
        party=None if about else party_of(reader, "customer"),
        about=about,
        total=amount,
        named=named(reader, "account_id"),
        legs=legs,
    )


def refund(body: Any) -> Document:
    """Parse the body of money paid back: of a credit note, or of what a payment left as credit.

    Raises:
        Refusal: a field is wrong, or the amount is not above zero.
    """
    reader = reader_of(body, REFUND_FIELDS)
    currency = reader.currency("currency")
    amount = above_zero(
        reader, "amount", currency, "a refund is above zero; money that comes in is a payment"
    )
    name, kinds = one_of(
        reader, {"credit_note_id": ("credit_note",), "payment_id": ("payment", "transaction")}
    )
    method, account = reader.text("method"), reader.text("account_id")

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        yield chart.code("credit"), amount
        yield account or chart.code("clearing", method), -amount

    return Document(
        date=day_of(reader),
        reference=reader.text("reference"),
        currency=currency,
        rate=rate_of(reader),
        about=About(name, kinds, reader.needed(name), is_exact=True, sign=-1),
        total=amount,
        named=named(reader, "account_id"),
        legs=legs,
    )


KINDS: Final = (
    Kind("invoice", "invoices", "inv", "invoice", invoice, "customer", opens=True),
    Kind("credit_note", "credit_notes", "cn", "credit note", credit_note, "customer", opens=True),
    Kind("payment", "payments", "pay", "payment", payment, "customer", opens=True),
    Kind("refund", "refunds", "ref", "refund", refund, "customer"),
)
