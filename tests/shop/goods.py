"""Lines, shipping lines, tax lines and discounts in the shape of Shopify's REST API."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.shop.amounts import Currency
from tests.shop.figures import Figures, Row
from tests.shop.ids import gid, identify
from tests.shop.statement import Discount, Item, Order, Shipping, Tax

Json = dict[str, Any]


def both(currency: Currency, amount: Decimal) -> Json:
    """Return the ``*_set`` of an amount: in the shop's currency and as the buyer sees it."""
    money = {"amount": currency.text(amount), "currency_code": currency.code}
    if currency.shown is None:
        return {"shop_money": money, "presentment_money": dict(money)}
    abroad = currency.shown.currency
    seen = abroad.round(amount * currency.shown.rate)
    return {
        "shop_money": money,
        "presentment_money": {"amount": abroad.text(seen), "currency_code": abroad.code},
    }


def tax_lines(currency: Currency, taxes: Mapping[Tax, Decimal]) -> list[Json]:
    """Return the tax lines of a line item or shipping line."""
    return [
        {
            "channel_liable": tax.channel_liable,
            "price": currency.text(amount),
            "price_set": both(currency, amount),
            "rate": float(tax.rate),
            "title": tax.title,
        }
        for tax, amount in taxes.items()
    ]


def order_tax_lines(currency: Currency, taxes: Mapping[Tax, Decimal]) -> list[Json]:
    """Return the order's own tax lines: the same keys in another order."""
    keys = ("price", "rate", "title", "price_set", "channel_liable")
    return [{key: tax[key] for key in keys} for tax in tax_lines(currency, taxes)]


def line_items(order: Order, figures: Figures) -> list[Json]:
    """Return the order's line items."""
    back = [part for refund in figures.refunds for part in refund.lines]
    return [
        _line_item(order, i, row, sum(part.quantity for part in back if part.row == i))
        for i, row in enumerate(figures.lines)
    ]


def _line_item(order: Order, i: int, row: Row, returned: int) -> Json:
    item, currency = order.lines[i].item, order.currency
    number = identify("LineItem", order.number, i)
    shipped = order.shipped_at is not None
    name = f"{item.title} - {item.variant}" if item.variant else item.title
    given = sum(
        (amount for index, amount in row.allocations if order.discounts[index].type == "manual"), Decimal(0)
    )
    plain = {
        "attributed_staffs": [],
        "current_quantity": row.quantity - returned,
        "fulfillable_quantity": 0 if shipped else row.quantity - returned,
        "fulfillment_service": "manual",
        "fulfillment_status": "fulfilled" if shipped else None,
        "gift_card": item.gift_card,
        "grams": item.grams,
        "name": name,
        "price": currency.text(row.price),
        "price_set": both(currency, row.price),
        "product_exists": True,
        "properties": [],
        "quantity": row.quantity,
        "requires_shipping": item.grams > 0,
        "sku": item.sku,
        "taxable": bool(order.lines[i].taxes),
        "title": item.title,
        # Only what the staff took off this line; codes and automatic discounts are allocations alone.
        "total_discount": currency.text(given),
        "total_discount_set": both(currency, given),
        **_variant(item),
    }
    return {
        "id": number,
        "admin_graphql_api_id": gid("LineItem", number),
        **dict(sorted(plain.items())),
        "tax_lines": tax_lines(currency, dict(row.taxes)),
        "duties": _duties(order, i),
        "discount_allocations": _allocations(currency, row),
    }


def _duties(order: Order, i: int) -> list[Json]:
    """Return a line's duty. Shopify's examples show none; the keys are those of its Duty object."""
    if not order.lines[i].duty:
        return []
    number = identify("Duty", order.number, i)
    return [
        {
            "id": number,
            "harmonized_system_code": "6912002000",
            "country_code_of_origin": "US",
            **both(order.currency, order.lines[i].duty),
            "tax_lines": [],
            "admin_graphql_api_id": gid("Duty", number),
        }
    ]


def _variant(item: Item) -> Json:
    return {
        "product_id": identify("Product", item.number // 10),
        "variant_id": identify("ProductVariant", item.number),
        "variant_inventory_management": "shopify" if item.grams else None,
        "variant_title": item.variant,
        "vendor": "Lantern & Kiln",
    }


def _allocations(currency: Currency, row: Row) -> list[Json]:
    return [
        {
            "amount": currency.text(amount),
            "amount_set": both(currency, amount),
            "discount_application_index": index,
        }
        for index, amount in row.allocations
    ]


def shipping_lines(order: Order, figures: Figures) -> list[Json]:
    """Return the order's shipping lines."""
    return [
        _shipping_line(order, i, stated, row)
        for i, (stated, row) in enumerate(zip(order.shipping, figures.shipping, strict=True))
    ]


def _shipping_line(order: Order, i: int, stated: Shipping, row: Row) -> Json:
    currency = order.currency
    return {
        "id": identify("ShippingLine", order.number, i),
        "carrier_identifier": None,
        "code": stated.title,
        "discounted_price": currency.text(row.net),
        "discounted_price_set": both(currency, row.net),
        "is_removed": False,
        "phone": None,
        "price": currency.text(row.price),
        "price_set": both(currency, row.price),
        "requested_fulfillment_service_id": None,
        "source": "shopify",
        "title": stated.title,
        "tax_lines": tax_lines(currency, dict(row.taxes)),
        "discount_allocations": _allocations(currency, row),
    }


def discount_applications(order: Order) -> list[Json]:
    """Return how each discount was meant; the amounts are in the allocations that point here by index."""
    return [_application(discount) for discount in order.discounts]


def _application(discount: Discount) -> Json:
    application: Json = {
        "target_type": discount.target,
        "type": discount.type,
        "value": str(discount.value if discount.value % 1 else discount.value.quantize(Decimal("0.1"))),
        "value_type": discount.value_type,
        "allocation_method": discount.method,
        "target_selection": "explicit" if discount.lines is not None else "all",
    }
    if discount.type == "discount_code":
        return {**application, "code": discount.name}
    if discount.type == "manual":
        return {**application, "title": discount.name, "description": discount.name}
    return {**application, "title": discount.name}


def discount_codes(order: Order, figures: Figures) -> list[Json]:
    """Return the codes that the customer typed, with the amount each took off."""
    sums = [Decimal(0)] * len(order.discounts)
    for row in figures.rows:
        for index, amount in row.allocations:
            sums[index] += amount
    return [
        {
            "code": discount.name,
            "amount": order.currency.text(amount),
            "type": "shipping" if discount.target == "shipping_line" else discount.value_type,
        }
        for discount, amount in zip(order.discounts, sums, strict=True)
        if discount.type == "discount_code"
    ]
