"""Transactions and refunds in the shape of Shopify's REST API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tests.shop.figures import Figures, RefundFigures, Returned
from tests.shop.goods import both, line_items, shipping_lines
from tests.shop.ids import LOCATION, STAFF, gid, identify, token
from tests.shop.statement import Order, Payment, Refund

Json = dict[str, Any]

# What an order's refunds show of a transaction; GET …/transactions.json shows more.
IN_REFUND: Final = (
    *("id", "admin_graphql_api_id", "amount", "authorization", "created_at", "currency", "device_id"),
    *("error_code", "gateway", "kind", "location_id", "message", "order_id", "parent_id", "payment_id"),
    *("processed_at", "receipt", "source_name", "status", "test", "user_id"),
)
BY_HAND: Final = ("Bank Deposit", "cash")


def transactions(order: Order, figures: Figures) -> list[Json]:
    """Return all transactions of an order, payments first, then refunds."""
    paid = [_payment(order, figures, i, payment) for i, payment in enumerate(order.payments)]
    back = [_paid_back(order, place, part) for place, part in enumerate(_paid_out(figures))]
    return paid + [transaction for _, transaction in back]


def _paid_out(figures: Figures) -> list[tuple[int, int, Decimal]]:
    """Return every amount paid back: position of its refund, position of the payment, amount."""
    return [(i, source, amount) for i, refund in enumerate(figures.refunds) for source, amount in refund.cash]


def received(order: Order, figures: Figures) -> Decimal:
    """Return what sales and captures that went through come to, without the change that was given back."""
    signs = {"sale": 1, "capture": 1, "change": -1}
    amounts = (
        signs.get(payment.kind, 0) * (figures.ordered.total if payment.amount is None else payment.amount)
        for payment in order.payments
        if not (payment.error or payment.pending)
    )
    return sum(amounts, Decimal(0))


def paid_back(figures: Figures) -> Decimal:
    """Return what all refunds paid back."""
    return sum((amount for _, _, amount in _paid_out(figures)), Decimal(0))


def _payment(order: Order, figures: Figures, i: int, payment: Payment) -> Json:
    amount = figures.ordered.total if payment.amount is None else payment.amount
    transaction = _transaction(order, i, (payment.kind, payment.gateway, payment.at), amount)
    if payment.parent is not None:
        transaction["parent_id"] = identify("OrderTransaction", order.number, payment.parent)
    if payment.error:
        transaction["error_code"], transaction["message"] = payment.error
        transaction["status"], transaction["authorization"] = "failure", None
    if payment.pending:
        transaction["status"] = "pending"
    if payment.rounding is not None:
        transaction["amount_rounding"] = order.currency.text(payment.rounding)
    if payment.card:
        transaction["payment_details"] = _card(*payment.card)
    return transaction


def _paid_back(order: Order, place: int, part: tuple[int, int, Decimal]) -> tuple[int, Json]:
    i, source, amount = part
    kind = ("refund", order.payments[source].gateway, order.refunds[i].at)
    transaction = _transaction(order, len(order.payments) + place, kind, amount)
    transaction["parent_id"] = identify("OrderTransaction", order.number, source)
    if order.refunds[i].rounding is not None:
        transaction["amount_rounding"] = order.currency.text(order.refunds[i].rounding or Decimal(0))
    return i, transaction


def _transaction(order: Order, i: int, payment: tuple[str, str, str], amount: Decimal) -> Json:
    number = identify("OrderTransaction", order.number, i)
    kind, gateway, at = payment
    by_hand = gateway in BY_HAND
    # Unlike everywhere else the unsettled amount has one decimal at least and its key is "currency".
    unsettled = {"amount": "0.0", "currency": order.currency.code}
    return {
        "id": number,
        "order_id": identify("Order", order.number),
        "kind": kind,
        "gateway": gateway,
        "status": "success",
        "message": None,
        "created_at": at,
        "test": order.test,
        "authorization": None if by_hand else token("authorization", order.number, i)[:16],
        "location_id": LOCATION if order.at_counter else None,
        "user_id": None,
        "parent_id": None,
        "processed_at": at,
        "device_id": None,
        "error_code": None,
        "source_name": "pos" if order.at_counter else "web",
        "receipt": {},
        "currency_exchange_adjustment": None,
        "amount": order.currency.text(amount),
        "currency": order.currency.code,
        "payment_id": f"#{order.number}.{i + 1}",
        "total_unsettled_set": {"presentment_money": unsettled, "shop_money": dict(unsettled)},
        "manual_payment_gateway": by_hand,
        "amount_rounding": None,
        "admin_graphql_api_id": gid("OrderTransaction", number),
    }


def _card(company: str, last_digits: str) -> Json:
    return {
        "credit_card_bin": None,
        "avs_result_code": None,
        "cvv_result_code": None,
        "credit_card_number": f"•••• •••• •••• {last_digits}",
        "credit_card_company": company,
        "buyer_action_info": None,
        "credit_card_name": None,
        "credit_card_wallet": None,
        "credit_card_expiration_month": None,
        "credit_card_expiration_year": None,
        "payment_method_name": company.lower().replace(" ", "_"),
    }


def refunds(order: Order, figures: Figures) -> list[Json]:
    """Return the order's refunds with their lines and transactions."""
    back = [_paid_back(order, place, part) for place, part in enumerate(_paid_out(figures))]
    return [
        _refund(order, figures, i, stated, [each for which, each in back if which == i])
        for i, stated in enumerate(order.refunds)
    ]


def _refund(order: Order, figures: Figures, i: int, stated: Refund, paid_back: list[Json]) -> Json:
    number = identify("Refund", order.number, i)
    nothing = both(order.currency, Decimal(0))
    worked_out = figures.refunds[i]
    return {
        "id": number,
        "admin_graphql_api_id": gid("Refund", number),
        "created_at": stated.at,
        "note": stated.note,
        "order_id": identify("Order", order.number),
        "processed_at": stated.at,
        "restock": bool(stated.units),
        "total_additional_fees_set": nothing,
        "total_duties_set": both(order.currency, worked_out.duties),
        "user_id": STAFF,
        "order_adjustments": _adjustments(order, i, worked_out.discrepancy, stated.tax_apart),
        "transactions": [{key: each[key] for key in IN_REFUND} for each in paid_back],
        "refund_line_items": _refund_lines(order, figures, i, worked_out),
        # Since 2024-10 refunded shipping stands here and is no order adjustment any more (REST docs, Refund).
        "refund_shipping_lines": _refund_shipping(order, figures, i, worked_out),
        "duties": _refund_duties(order, stated),
        "additional_fees": [],
    }


def _adjustments(order: Order, i: int, whole: Decimal, tax: Decimal) -> list[Json]:
    """Return what the refund comes to beyond the money paid back; more money than goods is below zero."""
    if not whole:
        return []
    amount = whole - tax
    return [
        {
            "id": identify("OrderAdjustment", order.number, i),
            "order_id": identify("Order", order.number),
            "refund_id": identify("Refund", order.number, i),
            "amount": order.currency.text(amount),
            "tax_amount": order.currency.text(tax),
            "kind": "refund_discrepancy",
            "reason": "Refund discrepancy",
            "amount_set": both(order.currency, amount),
            "tax_amount_set": both(order.currency, tax),
        }
    ]


def _refund_duties(order: Order, stated: Refund) -> list[Json]:
    return [
        {
            "duty_id": identify("Duty", order.number, i),
            "amount_set": both(order.currency, order.lines[i].duty),
        }
        for i, _ in stated.units
        if stated.duties and order.lines[i].duty
    ]


def _refund_lines(order: Order, figures: Figures, i: int, refund: RefundFigures) -> list[Json]:
    lines = line_items(order, figures)
    return [_refund_line(order, i * 50 + j, part, lines[part.row]) for j, part in enumerate(refund.lines)]


def _refund_line(order: Order, j: int, part: Returned, line: Json) -> Json:
    return {
        "id": identify("RefundLineItem", order.number, j),
        "line_item_id": line["id"],
        "location_id": LOCATION,
        "quantity": part.quantity,
        "restock_type": "return" if order.shipped_at else "cancel",
        # JSON numbers, unlike other amounts. With taxes_included the subtotal holds the tax, as prices do.
        "subtotal": float(part.subtotal),
        "subtotal_set": both(order.currency, part.subtotal),
        "total_tax": float(part.tax),
        "total_tax_set": both(order.currency, part.tax),
        "line_item": line,
    }


def _refund_shipping(order: Order, figures: Figures, i: int, refund: RefundFigures) -> list[Json]:
    lines = shipping_lines(order, figures)
    return [
        {
            "id": identify("RefundShippingLine", order.number, i * 50 + part.row),
            "shipping_line_id": lines[part.row]["id"],
            "subtotal_amount_set": both(order.currency, part.subtotal),
            "shipping_line": lines[part.row],
        }
        for part in refund.shipping
    ]
