"""Orders in the shape of WooCommerce's REST API v3."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tests.woo.figures import (
    Amounts,
    Charge,
    Ordered,
    Rate,
    Sold,
    of_charge,
    of_line,
    shown,
    taxes_of,
    unrounded,
)

Json = dict[str, Any]
SITE: Final = "https://cedar-and-loom.example.com"
CLOCK: Final = timedelta(hours=-5)
"""The shop's clock stands five hours behind UTC, all year."""
NOBODY: Final = dict.fromkeys(
    ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country"),
    "",
)


def order_json(order: Ordered) -> Json:
    """Return *order* as the API gives it."""
    lines = [of_line(each, order.inclusive) for each in order.lines]
    shipping, fees = [of_charge(each) for each in order.shipping], [of_charge(each) for each in order.fees]
    found = [*lines, *shipping, *fees]
    tax = taxes_of(order, found)
    placed = order.paid or order.modified
    made = {
        "id": order.id,
        "parent_id": 0,
        "number": order.number or str(order.id),
        "status": order.status,
        "currency": order.currency,
        "version": "10.3.4",
        "prices_include_tax": order.inclusive,
        **dates("created", placed),
        **dates("modified", order.modified),
        "discount_total": shown(_sum(each.subtotal - each.total for each in lines)),
        "discount_tax": shown(_sum(each.subtotal_tax - each.tax for each in lines)),
        "shipping_total": shown(_sum(each.total for each in shipping)),
        "shipping_tax": shown(_sum(each.tax for each in shipping)),
        "cart_tax": shown(tax - taxes_of(order, shipping)),
        "total": shown(_sum(each.total for each in found) + tax),
        "total_tax": shown(tax),
        **_buyer(order),
        **dates("paid", order.paid),
        **dates("completed", order.modified if order.status == "completed" else None),
        "line_items": [_line(order, *each) for each in enumerate(zip(order.lines, lines, strict=True))],
        "tax_lines": _tax_lines(order, lines + fees, shipping),
        "shipping_lines": [
            _shipping(order, *each) for each in enumerate(zip(order.shipping, shipping, strict=True))
        ],
        "fee_lines": [_fee(order, *each) for each in enumerate(zip(order.fees, fees, strict=True))],
        "coupon_lines": _coupon(order, lines),
        "refunds": [{"id": id, "reason": "", "total": f"-{back}"} for id, back in order.refunded],
        "is_editable": False,
        "needs_payment": order.paid is None,
        "needs_processing": order.status == "processing",
        "currency_symbol": {"USD": "$", "EUR": "€", "JPY": "¥"}[order.currency],
        "_links": links(f"orders/{order.id}"),
    }
    return {**made, **order.changes}


def dates(name: str, moment: str | None) -> Json:
    """Return both notations of a moment: by the shop's clock and in UTC, neither of which says so."""
    local = (datetime.fromisoformat(moment) + CLOCK).isoformat() if moment else None
    return {f"date_{name}": local, f"date_{name}_gmt": moment}


def links(path: str) -> Json:
    """Return the addresses of a thing and of the list it stands in."""
    there = f"{SITE}/wp-json/wc/v3/{path}"
    return {"self": [{"href": there}], "collection": [{"href": there.rpartition("/")[0]}]}


def _sum(values: Any) -> Decimal:
    return sum(values, Decimal(0))


def _buyer(order: Ordered) -> Json:
    known = {**NOBODY, "email": "", "phone": "", **order.buyer.get("billing", {})}
    ships = (
        {**{name: known[name] for name in NOBODY}, "phone": ""} if order.shipping else {**NOBODY, "phone": ""}
    )
    token = hashlib.sha256(f"order/{order.id}".encode()).hexdigest()
    return {
        "customer_id": order.buyer.get("id", 0),
        "order_key": f"wc_order_{token[:13]}",
        "billing": known,
        "shipping": ships,
        "payment_method": order.method[0],
        "payment_method_title": order.method[1],
        "transaction_id": order.transaction,
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": order.buyer.get("via", "checkout"),
        "customer_note": "",
        "cart_hash": token[13:45],
        "meta_data": [],
    }


def _taxes(rate: Rate | None, amounts: Amounts) -> list[Json]:
    if rate is None:
        return []
    return [{"id": rate.id, "total": unrounded(amounts.tax), "subtotal": unrounded(amounts.subtotal_tax)}]


def _line(order: Ordered, index: int, pair: tuple[Sold, Amounts]) -> Json:
    sold, found = pair
    price = found.total / sold.quantity
    return {
        "id": order.id * 10 + index,
        "name": sold.name,
        "product_id": sold.product,
        "variation_id": 0,
        "quantity": sold.quantity,
        "tax_class": "",
        "subtotal": shown(found.subtotal),
        "subtotal_tax": shown(found.subtotal_tax),
        "total": shown(found.total),
        "total_tax": shown(found.tax),
        "taxes": _taxes(sold.rate, found),
        "meta_data": [],
        "sku": sold.sku,
        "price": int(price) if price == int(price) else float(price),
        "parent_name": None,
    }


def _shipping(order: Ordered, index: int, pair: tuple[Charge, Amounts]) -> Json:
    charge, found = pair
    return {
        "id": order.id * 10 + 6 + index,
        "method_title": charge.name,
        "method_id": "flat_rate",
        "instance_id": "2",
        "total": shown(found.total),
        "total_tax": shown(found.tax),
        "taxes": _taxes(charge.rate, found),
        "tax_status": "taxable",
        "meta_data": [],
    }


def _fee(order: Ordered, index: int, pair: tuple[Charge, Amounts]) -> Json:
    charge, found = pair
    return {
        "id": order.id * 10 + 7 + index,
        "name": charge.name,
        "tax_class": "",
        "tax_status": "taxable" if charge.rate else "none",
        "amount": charge.amount,
        "total": shown(found.total),
        "total_tax": shown(found.tax),
        "taxes": _taxes(charge.rate, found),
        "meta_data": [],
    }


def _tax_lines(order: Ordered, goods: Sequence[Amounts], shipping: Sequence[Amounts]) -> list[Json]:
    sold: list[Sold | Charge] = [*order.lines, *order.fees]
    rates = {each.rate.id: each.rate for each in [*sold, *order.shipping] if each.rate}
    return [
        {
            "id": order.id * 10 + 8,
            "rate_code": rate.code,
            "rate_id": rate.id,
            "label": rate.name,
            "compound": False,
            "tax_total": shown(_of(rate, order, sold, goods)),
            "shipping_tax_total": shown(_of(rate, order, order.shipping, shipping)),
            "rate_percent": float(rate.percent),
            "meta_data": [],
        }
        for rate in rates.values()
    ]


def _of(rate: Rate, order: Ordered, stated: Sequence[Sold | Charge], found: Sequence[Amounts]) -> Decimal:
    return taxes_of(order, [each for what, each in zip(stated, found, strict=True) if what.rate is rate])


def _coupon(order: Ordered, lines: Sequence[Amounts]) -> list[Json]:
    if not order.coupon:
        return []
    return [
        {
            "id": order.id * 10 + 9,
            "code": order.coupon,
            "discount": shown(_sum(each.subtotal - each.total for each in lines)),
            "discount_tax": shown(_sum(each.subtotal_tax - each.tax for each in lines)),
            "meta_data": [],
            "discount_type": "percent",
            "nominal_amount": int(Decimal(order.lines[0].off) * 100),
            "free_shipping": False,
        }
    ]
