"""Payouts of Shopify Payments and what they are made of, in the shape of Shopify's REST API.

Every successful card payment and refund becomes a balance transaction with its fee. A payout takes what has come
together in its currency before its day: gross less fees is what reaches the bank. What comes too late for the last
payout belongs to none yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.shop.amounts import EUR, JPY, KWD, USD, Currency
from tests.shop.figures import work_out
from tests.shop.ids import identify
from tests.shop.payments import transactions
from tests.shop.statement import Order

Json = dict[str, Any]

SHOP_ZONE: Final = ZoneInfo("America/New_York")
NOTHING: Final = Decimal(0)
# A share of the amount and a fixed amount per payment. Refunds cost nothing and give no fee back.
FEES: Final = {
    "USD": ("0.029", "0.30"),
    "EUR": ("0.015", "0.25"),
    "JPY": ("0.034", "0"),
    "KWD": ("0.025", "0.100"),
}
CURRENCIES: Final = {currency.code: currency for currency in (USD, EUR, JPY, KWD)}
KINDS: Final = {"charge": "charges", "refund": "refunds", "dispute": "adjustments"}


@dataclass(frozen=True)
class Dispute:
    """A buyer's bank took a payment back, or gave it back after the shop had answered (``amount`` above zero)."""

    number: int
    order: int
    at: str
    amount: Decimal
    fee: Decimal


@dataclass(frozen=True)
class _Entry:
    """A change of the balance."""

    id: int
    type: str
    at: datetime
    shown_at: str
    currency: Currency
    amount: Decimal
    fee: Decimal
    order_id: int
    transaction_id: int | None
    source: tuple[int, str]


def payouts(
    orders: Iterable[Order], disputes: Sequence[Dispute], days: Sequence[tuple[str, str]]
) -> tuple[list[Json], list[Json]]:
    """Return payouts and balance transactions, newest first; *days* are the payouts' dates and states."""
    entries = sorted(
        [*_payments(orders), *(_dispute(each) for each in disputes)], key=lambda each: (each.at, each.id)
    )
    made: list[Json] = []
    rows: list[Json] = []
    for code in dict.fromkeys(each.currency.code for each in entries):
        waiting = [each for each in entries if each.currency.code == code]
        for place, (day, status) in enumerate(days):
            until = datetime.fromisoformat(day).replace(tzinfo=SHOP_ZONE)
            taken = [each for each in waiting if each.at < until]
            if sum((each.amount - each.fee for each in taken), NOTHING) <= 0:
                continue  # nothing to pay out; what there is waits for the next payout
            waiting = waiting[len(taken) :]
            number = identify("Payout", list(CURRENCIES).index(code) * 100 + place)
            made.append(_payout(number, day, status, taken))
            rows += [_row(each, number, status) for each in taken]
            rows.append(_paid_out(made[-1], until))
        rows += [_row(each, None, "pending") for each in waiting]
    made.sort(key=lambda each: (each["date"], each["id"]), reverse=True)
    rows.sort(key=lambda each: (datetime.fromisoformat(each["processed_at"]), each["id"]), reverse=True)
    return made, rows


def _payments(orders: Iterable[Order]) -> list[_Entry]:
    found = []
    for order in orders:
        for place, each in enumerate(transactions(order, work_out(order))):
            kind = {"sale": "charge", "capture": "charge", "refund": "refund"}.get(each["kind"])
            if (
                order.test
                or kind is None
                or each["gateway"] != "shopify_payments"
                or each["status"] != "success"
            ):
                continue
            found.append(_payment(order, place, each, kind))
    return found


def _payment(order: Order, place: int, each: Json, kind: str) -> _Entry:
    amount, currency = Decimal(each["amount"]), CURRENCIES[order.currency.code]
    share, fixed = FEES[currency.code]
    fee = currency.round(amount * Decimal(share)) + Decimal(fixed) if kind == "charge" else NOTHING
    number = identify("BalanceTransaction", order.number, place)
    at, source = each["processed_at"], (each["id"], "charge" if kind == "charge" else "Payments::Refund")
    signed = amount if kind == "charge" else -amount
    return _Entry(
        number,
        kind,
        datetime.fromisoformat(at),
        at,
        currency,
        signed,
        fee,
        each["order_id"],
        each["id"],
        source,
    )


def _dispute(each: Dispute) -> _Entry:
    number, order = (
        identify("BalanceTransaction", each.order, 90 + each.number),
        identify("Order", each.order),
    )
    source = (identify("Dispute", each.order), "Payments::Dispute")
    at = datetime.fromisoformat(each.at)
    return _Entry(number, "dispute", at, each.at, USD, each.amount, each.fee, order, None, source)


def _row(each: _Entry, payout: int | None, status: str) -> Json:
    text = each.currency.text
    return {
        "id": each.id,
        "type": each.type,
        "test": False,
        "payout_id": payout,
        "payout_status": status,
        "currency": each.currency.code,
        "amount": text(each.amount),
        "fee": text(each.fee),
        "net": text(each.amount - each.fee),
        "source_id": each.source[0],
        "source_type": each.source[1],
        "source_order_id": each.order_id,
        "source_order_transaction_id": each.transaction_id,
        "processed_at": each.shown_at,
        "adjustment_order_transactions": None,
        "adjustment_reason": None,
    }


def _paid_out(payout: Json, at: datetime) -> Json:
    return {
        "id": identify("BalanceTransaction", payout["id"] % 10_000, 99),
        "type": "payout",
        "test": False,
        "payout_id": payout["id"],
        "payout_status": payout["status"],
        "currency": payout["currency"],
        "amount": f"-{payout['amount']}",
        "fee": CURRENCIES[payout["currency"]].text(NOTHING),
        "net": f"-{payout['amount']}",
        "source_id": payout["id"],
        "source_type": "payout",
        "source_order_id": None,
        "source_order_transaction_id": None,
        "processed_at": at.isoformat(),
        "adjustment_order_transactions": None,
        "adjustment_reason": None,
    }


def _payout(number: int, day: str, status: str, taken: Sequence[_Entry]) -> Json:
    text = taken[0].currency.text
    sums = dict.fromkeys((f"{kind}_{what}_amount" for kind in _SUMMED for what in ("fee", "gross")), NOTHING)
    for each in taken:
        sums[f"{KINDS[each.type]}_gross_amount"] += each.amount
        sums[f"{KINDS[each.type]}_fee_amount"] += each.fee
    return {
        "id": number,
        "status": status,
        "date": day,
        "currency": taken[0].currency.code,
        "amount": text(sum((each.amount - each.fee for each in taken), NOTHING)),
        "summary": {key: text(amount) for key, amount in sums.items()},
    }


_SUMMED: Final = ("adjustments", "charges", "refunds", "reserved_funds", "retried_payouts")
