"""Bills and their payments, parsed from a request's JSON, with what they post."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

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
from engine.books.lines import PURCHASE, lines_of

BILL_FIELDS: Final = frozenset(
    "number date due_date currency exchange_rate tax_inclusive total vendor vendor_id reference memo lines"
    " external_id".split()
)
BILL_PAYMENT_FIELDS: Final = frozenset(
    "bill_id vendor_id amount currency date exchange_rate method account_id reference external_id".split()
)


def bill(body: Any) -> Document:
    """Parse the body of a bill, which a vendor sent.

    Raises:
        Refusal: a field is wrong, an amount has more decimals than the currency, the lines come to another
            amount than the stated total, or to less than zero.
    """
    reader = reader_of(body, BILL_FIELDS)
    currency = reader.currency("currency")
    party = party_of(reader, "vendor")
    lines = lines_of(reader, currency, PURCHASE)
    check_total(reader, lines.total, currency, "no bill: take it off the next one")

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        yield from lines.legs(chart, "input_tax")
        yield chart.code("payable"), -lines.total

    return Document(
        number=reader.needed("number"),
        date=day_of(reader),
        reference=reader.text("reference"),
        due_date=reader.day("due_date"),
        currency=currency,
        rate=rate_of(reader),
        party=party,
        total=lines.total,
        tax=lines.tax,
        named=lines.named,
        legs=legs,
    )


def bill_payment(body: Any) -> Document:
    """Parse the body of money paid to a vendor, for a bill or in advance.

    Raises:
        Refusal: a field is wrong, or the amount is not above zero.
    """
    reader = reader_of(body, BILL_PAYMENT_FIELDS)
    reader.text("method")
    currency = reader.currency("currency")
    amount = above_zero(reader, "amount", currency, "a payment is above zero")
    target, _ = one_of(reader, {"bill_id": (), "vendor_id": ()})
    about = About("bill_id", ("bill",), reader.needed("bill_id"), sign=-1) if target == "bill_id" else None
    account = reader.text("account_id")

    def legs(chart: Chart, settled: int) -> Iterator[tuple[str, int]]:
        yield chart.code("payable"), settled
        yield chart.code("vendor_credit"), amount - settled
        yield account or chart.code("bank"), -amount

    return Document(
        date=day_of(reader),
        reference=reader.text("reference"),
        currency=currency,
        rate=rate_of(reader),
        party=None if about else party_of(reader, "vendor"),
        about=about,
        total=amount,
        named=named(reader, "account_id"),
        legs=legs,
    )


KINDS: Final = (
    Kind("bill", "bills", "bill", "bill", bill, "vendor", opens=True),
    Kind("bill_payment", "bill_payments", "bp", "bill payment", bill_payment, "vendor", opens=True),
)
