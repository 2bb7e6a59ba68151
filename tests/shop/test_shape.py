"""The sample payloads have the shape of Shopify's own examples: the same keys, the same JSON types.

Shopify's examples are not part of this repository; without the folder beside it these tests are skipped. They are of
REST: the answers by GraphQL are made of the same payloads, and ``test_graphql.py`` holds them against the queries.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from engine.shipped import shipped

Json = dict[str, Any]

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLES: Final = shipped("connectors") / "shopify" / "samples"
VENDOR: Final = ROOT.parent / "shared" / "samples" / "commerce" / "shopify"
# What the records of each example are; a customer or refund in an order shows less than in its own list.
VENDOR_FILES: Final = {
    "rest_orders_list_status_any": "order",
    "rest_order_single_partially_refunded": "order",
    "rest_order_cancel_with_refund": "order",
    "rest_order_eur_with_tax": "order",
    "rest_order_percentage_discount": "order",
    "rest_order_multi_tax_lines": "order",
    "rest_order_partially_paid": "order",
    "rest_order_transactions_list": "transaction",
    "rest_refunds_list": "listed_refund",
    "rest_customers_list": "listed_customer",
    "rest_customer_single": "listed_customer",
    "rest_products_list": "product",
    "rest_shopify_payments_payouts_list": "payout",
    "rest_shopify_payments_payout_single": "payout",
    "rest_shopify_payments_balance_transactions_2026-07": "balance_transaction",
}
OUR_FILES: Final = {
    "orders.list": "order",
    "transactions.list": "transaction",
    "refunds.list": "listed_refund",
    "customers.list": "listed_customer",
    "products.list": "product",
    "payouts.list": "payout",
    "balance_transactions.list": "balance_transaction",
}
GRAPHQL: Final = ("orders.query", "refunds.query", "customers.query")

pytestmark = pytest.mark.skipif(not VENDOR.is_dir(), reason="reads ../shared, which is absent")

# Keys whose object has another name than the key.
SAME_AS: Final = {
    "transactions": "transaction",
    "refunds": "refund",
    "line_items": "line_item",
    "shipping_lines": "shipping_line",
    "tax_lines": "tax_line",
    "billing_address": "address",
    "shipping_address": "address",
    "shop_money": "money",
    "presentment_money": "money",
}
WITHIN: Final = {
    ("refund", "transactions"): "refunded_transaction",
    ("refund", "duties"): "refund_duties",
    ("listed_refund", "transactions"): "listed_refunded_transaction",
    ("listed_refund", "duties"): "refund_duties",
    ("listed_refund", "refund_line_items"): "listed_refund_line",
    ("listed_refund_line", "line_item"): "listed_line_item",
    ("listed_customer", "addresses"): "default_address",
}
# Objects that no example of Shopify's shows, with the keys that its REST documentation (Refund) names.
ONLY_DOCUMENTED: Final = {
    "refund_shipping_lines": {"id", "shipping_line_id", "shipping_line", "subtotal_amount_set"},
    "duties": {
        *("id", "harmonized_system_code", "country_code_of_origin", "shop_money", "presentment_money"),
        *("tax_lines", "admin_graphql_api_id"),
    },
    "refund_duties": {"duty_id", "amount_set"},
    "order_adjustments": {
        *("id", "order_id", "refund_id", "amount", "amount_set", "tax_amount", "tax_amount_set"),
        *("kind", "reason"),
    },
}
# Since 2024-10 refunded shipping stands here. Shopify's examples of GET …/refunds.json have the key, those of
# orders do not: none of them refunds shipping.
NEWER: Final = {("refund", "refund_shipping_lines")}
# Types that Shopify's examples do not show, and why ours have them.
ALSO: Final = {
    ("order", "closed_at"): ("string", "one order is archived; the examples are all open"),
    ("order", "note"): ("string", "one order has a note"),
    ("order", "location_id"): ("integer", "one order was made at the counter; the examples are all online"),
    ("order", "fulfillment_status"): ("string", "shipped orders; the examples are all unshipped"),
    ("line_item", "fulfillment_status"): ("string", "as above"),
    ("transaction", "location_id"): ("integer", "paid at the counter"),
    ("transaction", "authorization"): ("null", "cash, bank deposits and declined cards have none"),
    ("transaction", "error_code"): ("string", "a declined card; the examples' payments all succeed"),
    ("transaction", "message"): ("string", "as above"),
    ("refunded_transaction", "location_id"): ("integer", "paid back at the counter"),
    ("listed_refunded_transaction", "location_id"): ("integer", "as above"),
    ("listed_refunded_transaction", "amount_rounding"): ("string", "as in an order's transaction"),
    ("address", "phone"): ("null", "optional; no range of numbers is kept for fiction in some countries"),
    ("address", "province"): ("null", "Germany and France have no provinces at Shopify"),
    ("address", "province_code"): ("null", "as above"),
    ("default_address", "phone"): ("null", "as in the address"),
    ("default_address", "province"): ("null", "as in the address"),
    ("default_address", "province_code"): ("null", "as in the address"),
    ("order", "current_total_duties_set"): ("object", "orders with duties; the examples have none"),
    ("order", "original_total_duties_set"): ("object", "as above"),
    ("transaction", "amount_rounding"): ("string", "cash rounded at the till; no example shows its form"),
    ("customer", "email"): ("null", "one customer has no e-mail address"),
    ("listed_customer", "email"): ("null", "as above"),
    ("listed_customer", "phone"): ("null", "optional"),
    ("listed_customer", "sms_marketing_consent"): ("null", "as in an order's customer"),
    ("listed_line_item", "fulfillment_status"): ("string", "as in an order's line"),
    ("listed_line_item", "variant_title"): ("null", "as in an order's line"),
    ("listed_line_item", "vendor"): ("string", "as in an order's line"),
    ("listed_refunded_transaction", "authorization"): ("null", "as in an order's transaction"),
    ("balance_transaction", "payout_id"): ("null", "not paid out yet; the examples all belong to a payout"),
    ("variants", "barcode"): ("null", "optional"),
    ("variants", "inventory_management"): ("null", "gift cards and tickets are not stocked"),
    ("variants", "sku"): ("null", "gift cards and tickets have none"),
}


def kind_of(parent: str, key: str) -> str:
    """Return the name of the object under *key*.

    A transaction shows less of itself within a refund, and its unsettled amount has keys of its own.
    """
    if (named := WITHIN.get((parent, key))) is not None:
        return named
    if key == "total_unsettled_set" or parent == "total_unsettled_set":
        return key if key == "total_unsettled_set" else "unsettled_money"
    return "set" if key.endswith("_set") else SAME_AS.get(key, key)


def objects(value: Any, kind: str) -> Iterator[tuple[str, Json]]:
    """Yield every object within *value* with its kind."""
    if isinstance(value, list):
        for each in value:
            yield from objects(each, kind)
    if isinstance(value, dict):
        yield kind, value
        for key, child in value.items():
            yield from objects(child, kind_of(kind, key))


def collect(paths: dict[Path, str]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for path, root in paths.items():
        for value in json.loads(path.read_text("utf-8")).values():
            for kind, each in objects(value, root):
                found[kind].append(each)
    return found


def type_of(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "list", dict: "object"}
    return "null" if value is None else names[type(value)]


def types(found: list[Json]) -> dict[str, set[str]]:
    seen: dict[str, set[str]] = defaultdict(set)
    for each in found:
        for key, value in each.items():
            seen[key].add(type_of(value))
    return seen


def ours() -> dict[str, list[Json]]:
    files = (path for path in sorted(SAMPLES.glob("*/*.json")) if path.stem not in GRAPHQL)
    return collect({path: OUR_FILES[path.stem] for path in files})


def theirs() -> dict[str, list[Json]]:
    return collect({VENDOR / f"{name}.json": kind for name, kind in VENDOR_FILES.items()})


def test_every_key_is_one_of_shopifys() -> None:
    vendor = theirs()
    strange = {
        (kind, key)
        for kind, found in ours().items()
        for key in set().union(*found) - set(ONLY_DOCUMENTED.get(kind, types(vendor[kind])))
    }
    assert strange == NEWER


def test_every_key_that_shopify_always_sends_is_there() -> None:
    vendor = theirs()
    missing = {
        (kind, key)
        for kind, found in ours().items()
        for key in set.intersection(*map(set, vendor[kind] or [{}]))
        for each in found
        if key not in each
    }
    assert missing == set()


def test_every_value_has_a_type_that_shopify_sends() -> None:
    vendor = theirs()
    strange = {
        (kind, key, name)
        for kind, found in ours().items()
        if kind not in ONLY_DOCUMENTED
        for key, names in types(found).items()
        if (kind, key) not in NEWER
        for name in names - types(vendor[kind])[key]
    }
    assert strange == {(kind, key, name) for (kind, key), (name, _) in ALSO.items()}


def test_nothing_is_copied_from_shopifys_examples() -> None:
    keys = (
        "id",
        "email",
        "sku",
        "title",
        "token",
        "first_name",
        "last_name",
        "address1",
        "phone",
        "note",
        "code",
    )

    def values(found: dict[str, list[Json]]) -> set[object]:
        return {
            each[key] for each_kind in found.values() for each in each_kind for key in keys if each.get(key)
        }

    assert values(ours()) & values(theirs()) == set()
