"""Customers, products and the refunds of each order in the shape of Shopify's REST API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tests.shop.amounts import USD
from tests.shop.buyer import customer
from tests.shop.figures import work_out
from tests.shop.ids import STOREFRONT, gid, identify
from tests.shop.payments import received, refunds, transactions
from tests.shop.statement import Item, Order, Person

Json = dict[str, Any]

ONLY_IN_ORDERS: Final = ("attributed_staffs", "current_quantity")
ONLY_IN_LISTS: Final = ("total_unsettled_set", "manual_payment_gateway", "amount_rounding")


def customers(people: Iterable[Person], orders: Sequence[Order]) -> list[Json]:
    """Return *people* as ``GET customers.json`` lists them; their figures count the *orders* in dollars."""
    return [_customer(person, [order for order in orders if order.buyer is person]) for person in people]


def _customer(person: Person, orders: Sequence[Order]) -> Json:
    times = [person.since, *(order.at for order in orders)]
    shown = customer(person, max(times, key=datetime.fromisoformat))
    last = orders[-1] if orders else None
    spent = sum(
        (received(order, work_out(order)) for order in orders if order.currency.code == USD.code), Decimal(0)
    )
    return {
        **shown,
        "orders_count": len(orders),
        "total_spent": USD.text(spent),
        "last_order_id": identify("Order", last.number) if last else None,
        "last_order_name": f"#{last.number}" if last else None,
        "addresses": [shown["default_address"]],
    }


def refunds_of(orders: Iterable[Order]) -> list[Json]:
    """Return every refund as ``GET orders/ID/refunds.json`` lists it."""
    return [_listed(order, refund) for order in orders for refund in refunds(order, work_out(order))]


def _listed(order: Order, refund: Json) -> Json:
    """Return *refund* as its own list shows it: more of its transactions, less of its lines than in an order."""
    whole = {each["id"]: each for each in transactions(order, work_out(order))}
    lines = [
        {**part, "line_item": {k: v for k, v in part["line_item"].items() if k not in ONLY_IN_ORDERS}}
        for part in refund["refund_line_items"]
    ]
    paid_back = [
        {**each, **{key: whole[each["id"]][key] for key in ONLY_IN_LISTS}} for each in refund["transactions"]
    ]
    return {**refund, "return": None, "refund_line_items": lines, "transactions": paid_back}


def products(prices: Mapping[Item, str], since: str) -> list[Json]:
    """Return the catalogue as ``GET products.json`` lists it; items whose numbers share the tens are variants."""
    groups: dict[int, list[Item]] = {}
    for item in prices:
        groups.setdefault(item.number // 10, []).append(item)
    return [_product(number, items, prices, since) for number, items in groups.items()]


def _product(number: int, items: Sequence[Item], prices: Mapping[Item, str], since: str) -> Json:
    product = identify("Product", number)
    titles = [item.variant or "Default Title" for item in items]
    handle = items[0].title.lower().replace(" & ", "-").replace(" ", "-")
    return {
        "id": product,
        "title": items[0].title,
        "body_html": f"<p>{items[0].title}, from {STOREFRONT.removeprefix('https://')}.</p>",
        "vendor": "Lantern & Kiln",
        "product_type": "Gift card" if items[0].gift_card else "Tea" if number < 20 else "Ceramics",
        "created_at": since,
        "handle": handle,
        "updated_at": since,
        "published_at": since,
        "template_suffix": None,
        "published_scope": "web",
        "tags": "",
        "status": "active",
        "admin_graphql_api_id": gid("Product", product),
        "variants": [_variant(product, place, item, prices[item], since) for place, item in enumerate(items)],
        "options": [
            {
                "id": identify("ProductOption", number),
                "product_id": product,
                "name": "Title" if titles == ["Default Title"] else "Kind",
                "position": 1,
                "values": titles,
            }
        ],
        "images": [],
        "image": None,
    }


def _variant(product: int, place: int, item: Item, price: str, since: str) -> Json:
    number = identify("ProductVariant", item.number)
    title = item.variant or "Default Title"
    return {
        "id": number,
        "product_id": product,
        "title": title,
        "price": price,
        "position": place + 1,
        "inventory_policy": "deny",
        "compare_at_price": None,
        "option1": title,
        "option2": None,
        "option3": None,
        "created_at": since,
        "updated_at": since,
        "taxable": not item.gift_card,
        "barcode": None,
        "fulfillment_service": "manual",
        "grams": item.grams,
        "inventory_management": "shopify" if item.grams else None,
        "requires_shipping": item.grams > 0,
        "sku": item.sku,
        "weight": item.grams / 1000,
        "weight_unit": "kg",
        "inventory_item_id": identify("InventoryItem", item.number),
        "inventory_quantity": 40 if item.grams else 0,
        "old_inventory_quantity": 40 if item.grams else 0,
        "presentment_prices": [
            {"price": {"amount": price, "currency_code": USD.code}, "compare_at_price": None}
        ],
        "admin_graphql_api_id": gid("ProductVariant", number),
        "image_id": None,
    }
