"""A whole order in the shape of Shopify's REST API 2026-10 (GET /admin/api/2026-10/orders.json)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.shop.buyer import address, customer
from tests.shop.figures import Figures, work_out
from tests.shop.goods import (
    both,
    discount_applications,
    discount_codes,
    line_items,
    order_tax_lines,
    shipping_lines,
)
from tests.shop.ids import (
    COUNTER_APP,
    LOCATION,
    SHOP,
    STOREFRONT,
    WEB_APP,
    business_entity,
    confirmation,
    gid,
    identify,
    token,
)
from tests.shop.payments import paid_back, received, refunds
from tests.shop.statement import Order

Json = dict[str, Any]


def order_json(order: Order) -> Json:
    """Return the payload of *order*, keys as Shopify orders them: plain ones by name, then nested ones."""
    figures = work_out(order)
    plain = {
        **_identity(order),
        **_source(order),
        **_contact(order),
        **_times_and_states(order, figures),
        **_amounts(order, figures),
        "discount_codes": discount_codes(order, figures),
        "tax_lines": order_tax_lines(order.currency, figures.taxes),
        "total_weight": sum(line.item.grams * line.quantity for line in order.lines),
        **order.extras,
    }
    head = {key: plain.pop(key) for key in ("id", "admin_graphql_api_id")}
    return {**head, **dict(sorted(plain.items())), **_nested(order, figures)}


def _identity(order: Order) -> Json:
    number = identify("Order", order.number)
    key = token("key", order.number)
    status = f"{STOREFRONT}/{SHOP}/orders/{token('order', order.number)}/authenticate?key={key}"
    return {
        "id": number,
        "admin_graphql_api_id": gid("Order", number),
        "confirmation_number": confirmation(order.number),
        "merchant_business_entity_id": business_entity(),
        "merchant_of_record_app_id": None,
        "name": f"#{order.number}",
        "number": order.number - 1000,
        "order_number": order.number,
        "order_status_url": status,
        "po_number": None,
        "reference": None,
        "token": token("order", order.number),
    }


def _source(order: Order) -> Json:
    online = not order.at_counter
    address_seen = f"203.0.113.{order.number % 250}" if online else None
    return {
        "app_id": WEB_APP if online else COUNTER_APP,
        "browser_ip": address_seen,
        "buyer_accepts_marketing": False,
        "cart_token": token("cart", order.number) if online else None,
        "checkout_id": identify("Checkout", order.number) if online else None,
        "checkout_token": token("checkout", order.number) if online else None,
        "client_details": _client(address_seen) if online else None,
        "customer_locale": None,
        "device_id": None,
        "landing_site": "/collections/all" if online else None,
        "landing_site_ref": None,
        "location_id": None if online else LOCATION,
        "referring_site": None,
        "source_identifier": None,
        "source_name": "web" if online else "pos",
        "source_url": None,
        "user_id": None,
    }


def _client(browser_ip: str | None) -> Json:
    return {
        "accept_language": None,
        "browser_height": None,
        "browser_ip": browser_ip,
        "browser_width": None,
        "session_hash": None,
        "user_agent": None,
    }


def _contact(order: Order) -> Json:
    email = (order.buyer.email or None) if order.buyer else None
    return {
        "contact_email": email,
        "email": email or "",  # Shopify writes an unknown e-mail as "" here and as null in contact_email.
        "note": None,
        "note_attributes": [],
        "phone": None,
        "tags": "",
    }


def _times_and_states(order: Order, figures: Figures) -> Json:
    later = [refund.at for refund in order.refunds] + [payment.at for payment in order.payments]
    later += [at for at in (order.at, order.shipped_at, order.closed_at, order.edited_at) if at]
    cancelled_at, cancel_reason = order.cancelled or (None, None)
    later += [cancelled_at] if cancelled_at else []
    return {
        "cancel_reason": cancel_reason,
        "cancelled_at": cancelled_at,
        "closed_at": order.closed_at,
        "confirmed": True,
        "created_at": order.at,
        "processed_at": order.at,
        "updated_at": max(later, key=datetime.fromisoformat),
        "duties_included": False,
        "estimated_taxes": False,
        "financial_status": _financial_status(order, figures),
        "fulfillment_status": "fulfilled" if order.shipped_at else None,
        "payment_gateway_names": list(dict.fromkeys(payment.gateway for payment in order.payments)),
        "tax_exempt": False,
        "taxes_included": order.taxes_included,
        "test": order.test,
    }


def _financial_status(order: Order, figures: Figures) -> str:
    got, back = received(order, figures), paid_back(figures)
    if back:
        return "partially_refunded" if back < got else "refunded"
    if got >= figures.current.total:
        return "paid"
    if got:
        return "partially_paid"
    kinds = [payment.kind for payment in order.payments if not payment.error]
    return "voided" if "void" in kinds else "authorized" if "authorization" in kinds else "pending"


def _outstanding(order: Order, figures: Figures) -> Decimal:
    """Return what the buyer still owes, below zero what is owed to them; a cancelled order asks for nothing.

    Money paid back beyond the goods, or kept of them, is settled by the discrepancy that its refund states.
    """
    settled = sum((refund.discrepancy for refund in figures.refunds), Decimal(0))
    left = figures.current.total - received(order, figures) + paid_back(figures) + settled
    return Decimal(0) if order.cancelled else left


def _amounts(order: Order, figures: Figures) -> Json:
    currency, ordered, current = order.currency, figures.ordered, figures.current
    amounts = {
        "current_subtotal_price": current.subtotal,
        "current_total_discounts": current.discounts,
        "current_total_price": current.total,
        "current_total_tax": current.tax,
        "subtotal_price": ordered.subtotal,
        "total_discounts": ordered.discounts,
        "total_line_items_price": sum((row.gross for row in figures.lines), Decimal(0)),
        "total_price": ordered.total,
        "total_tax": ordered.tax,
    }
    only_sets = {
        "total_cash_rounding_payment_adjustment_set": sum(
            (payment.rounding or Decimal(0) for payment in order.payments), Decimal(0)
        ),
        "total_cash_rounding_refund_adjustment_set": sum(
            (refund.rounding or Decimal(0) for refund in order.refunds), Decimal(0)
        ),
        "total_shipping_price_set": sum((row.gross for row in figures.shipping), Decimal(0)),
    }
    duties = {
        "current_total_duties_set": current.duties,
        "original_total_duties_set": ordered.duties,
    }
    return {
        "currency": currency.code,
        "presentment_currency": (currency.shown.currency if currency.shown else currency).code,
        **{key: currency.text(amount) for key, amount in amounts.items()},
        **{f"{key}_set": both(currency, amount) for key, amount in amounts.items()},
        **{key: both(currency, amount) for key, amount in only_sets.items()},
        **{key: both(currency, amount) if ordered.duties else None for key, amount in duties.items()},
        **dict.fromkeys(("current_total_additional_fees_set", "original_total_additional_fees_set")),
        "total_outstanding": currency.text(_outstanding(order, figures)),
        "total_tip_received": currency.text(order.tip),
    }


def _nested(order: Order, figures: Figures) -> Json:
    ships = any(line.item.grams for line in order.lines) and order.buyer is not None
    billed = order.buyer
    if billed and order.billed_to:
        billed = replace(billed, first=order.billed_to[0], last=order.billed_to[1])
    return {
        "billing_address": address(billed) if billed else None,
        "customer": customer(order.buyer, order.at) if order.buyer else None,
        "discount_applications": discount_applications(order),
        "fulfillments": _fulfillments(order, figures),
        "line_items": line_items(order, figures),
        "payment_terms": None,
        "refunds": refunds(order, figures),
        "shipping_address": address(order.buyer) if order.buyer and ships else None,
        "shipping_lines": shipping_lines(order, figures),
    }


def _fulfillments(order: Order, figures: Figures) -> list[Json]:
    if order.shipped_at is None:
        return []
    number = identify("Fulfillment", order.number)
    tracking = f"LK{order.number:09d}"
    link = f"https://parcels.example.com/track/{tracking}"
    return [
        {
            "id": number,
            "admin_graphql_api_id": gid("Fulfillment", number),
            "created_at": order.shipped_at,
            "location_id": LOCATION,
            "name": f"#{order.number}.1",
            "order_id": identify("Order", order.number),
            "origin_address": {},
            "receipt": {},
            "service": "manual",
            "shipment_status": None,
            "status": "success",
            "tracking_company": "Example Parcels",
            "tracking_number": tracking,
            "tracking_numbers": [tracking],
            "tracking_url": link,
            "tracking_urls": [link],
            "updated_at": order.shipped_at,
            "line_items": line_items(order, figures),
        }
    ]
