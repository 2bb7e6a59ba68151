"""The sample payloads as Shopify's GraphQL Admin API 2026-10 gives them: ``python -m tests.shop.graphql`` writes them.

They are made from the REST payloads, so that both say the same of one order, in the other API's words: ids as
``gid://``, instants in UTC, enumerations in capital letters, and amounts without trailing zeros but with one decimal at
least (``28.0``), whatever the currency. Nothing here reads a clock or draws a number.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from tests.shop import bad, build, default

Json = dict[str, Any]

COST: Final = {
    "requestedQueryCost": 412,
    "actualQueryCost": 137,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1863, "restoreRate": 100.0},
}
"""What ``extensions.cost`` says in every answer of the sample: there is always enough left for the next page."""


def files() -> dict[Path, str]:
    """Return every sample file's text by its path."""
    texts = {}
    for folder, (orders, paid) in {
        "default": build.payloads(default.ORDERS),
        "bad": bad.payloads(),
    }.items():
        for name, data in answers(orders, paid).items():
            text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
            texts[build.SAMPLES / folder / f"{name}.json"] = text
    return texts


def answers(orders: Sequence[Json], paid: Sequence[Json]) -> dict[str, Json]:
    """Return the whole answer of each operation for REST *orders* and the transactions *paid*."""
    nodes = sorted((order_node(order, paid) for order in orders), key=lambda node: str(node["updatedAt"]))
    people = {order["customer"]["id"]: order["customer"] for order in orders if order["customer"]}
    customers = sorted(map(customer_node, people.values()), key=lambda node: str(node["updatedAt"]))
    refunds = [refund_node(refund, order) for order in orders for refund in order["refunds"]]
    return {
        "orders.query": _answer({"orders": _connection(nodes, cursor=True)}),
        "customers.query": _answer({"customers": _connection(customers, cursor=True)}),
        "refunds.query": _answer({"order": {"refunds": refunds}}),
    }


def order_node(order: Json, paid: Iterable[Json]) -> Json:
    """Return the node of a REST *order*, whose transactions are among those *paid*."""
    own = [transaction for transaction in paid if transaction["order_id"] == order["id"]]
    return {
        **_ids(order),
        "name": order["name"],
        **_instants(order, "created", "processed", "updated", "cancelled", "closed"),
        "test": order["test"],
        "displayFinancialStatus": order["financial_status"].upper(),
        "displayFulfillmentStatus": (order["fulfillment_status"] or "unfulfilled").upper(),
        "currencyCode": order["currency"],
        "presentmentCurrencyCode": order["presentment_currency"],
        "taxesIncluded": order["taxes_included"],
        "paymentGatewayNames": order["payment_gateway_names"],
        "poNumber": order["po_number"],
        "note": order["note"],
        "totalPriceSet": _money(order["total_price"], order),
        "currentTotalPriceSet": _money(order["current_total_price"], order),
        "totalTaxSet": _money(order["total_tax"], order),
        "totalDiscountsSet": _money(order["total_discounts"], order),
        "totalTipReceivedSet": _money(order["total_tip_received"], order),
        "customer": order["customer"] and _customer(order["customer"]),
        "billingAddress": order["billing_address"] and _address(order["billing_address"]),
        "lineItems": _connection([_line(line, order) for line in order["line_items"]]),
        "shippingLines": _connection([_shipping(line, order) for line in order["shipping_lines"]]),
        "transactions": [_transaction(each) for each in own],
        "refunds": [
            {
                **_ids(refund),
                **_instants(refund, "created"),
                "totalRefundedSet": _money(_paid_back(refund), order),
            }
            for refund in order["refunds"]
        ],
    }


def customer_node(customer: Json) -> Json:
    """Return the node of a REST *customer*."""
    address = customer["default_address"]
    return {
        **_customer(customer),
        "firstName": customer["first_name"],
        "lastName": customer["last_name"],
        **_instants(customer, "created", "updated"),
        "state": customer["state"].upper(),
        "note": customer["note"],
        "taxExempt": customer["tax_exempt"],
        "defaultPhoneNumber": customer["phone"] and {"phoneNumber": customer["phone"]},
        "defaultAddress": address and {**_address(address), "phone": address["phone"]},
    }


def refund_node(refund: Json, order: Json) -> Json:
    """Return the node of a *refund* of a REST *order*."""
    return {
        **_ids(refund),
        "createdAt": _instant(refund["created_at"]),
        "updatedAt": _instant(refund["processed_at"]),
        "note": refund["note"],
        "order": {**_ids(order), "name": order["name"], "currencyCode": order["currency"]},
        "totalRefundedSet": _money(_paid_back(refund), order),
        "refundLineItems": _connection([_returned(line, order) for line in refund["refund_line_items"]]),
        "refundShippingLines": _connection(
            [
                {
                    "id": _gid("RefundShippingLine", line["id"]),
                    "subtotalAmountSet": _money(line["subtotal_amount_set"]["shop_money"]["amount"], order),
                    "taxAmountSet": _money(_shipping_tax(line), order),
                }
                for line in refund.get("refund_shipping_lines", ())
            ]
        ),
        "orderAdjustments": _connection(
            [
                {
                    "id": _gid("OrderAdjustment", each["id"]),
                    "reason": (each.get("reason") or "other").upper().replace(" ", "_"),
                    "amountSet": _money(each["amount"], order),
                    "taxAmountSet": _money(each["tax_amount"], order),
                }
                for each in refund["order_adjustments"]
            ]
        ),
        "transactions": _connection(
            [
                {
                    key: value
                    for key, value in _transaction(each).items()
                    if key not in ("test", "parentTransaction")
                }
                for each in refund["transactions"]
            ]
        ),
    }


def _answer(data: Json) -> Json:
    return {"data": data, "extensions": {"cost": COST}}


def _connection(nodes: list[Json], *, cursor: bool = False) -> Json:
    return {"nodes": nodes, "pageInfo": {"hasNextPage": False} | ({"endCursor": None} if cursor else {})}


def _line(line: Json, order: Json) -> Json:
    return {
        "id": line["admin_graphql_api_id"],
        "title": line["title"],
        "variantTitle": line["variant_title"],
        "sku": line["sku"],
        "quantity": line["quantity"],
        "currentQuantity": line["current_quantity"],
        "isGiftCard": line["gift_card"],
        "taxable": line["taxable"],
        "originalUnitPriceSet": _money(line["price"], order),
        **_taken_off_and_added(line, order),
    }


def _shipping(line: Json, order: Json) -> Json:
    return {
        "id": _gid("ShippingLine", line["id"]),
        "title": line["title"],
        "code": line["code"],
        "originalPriceSet": _money(line["price"], order),
        **_taken_off_and_added(line, order),
    }


def _taken_off_and_added(line: Json, order: Json) -> Json:
    return {
        "discountAllocations": [
            {"allocatedAmountSet": _money(each["amount"], order)} for each in line["discount_allocations"]
        ],
        "taxLines": [
            {
                "title": tax["title"],
                "rate": tax["rate"],
                "channelLiable": tax["channel_liable"],
                "priceSet": _money(tax["price"], order),
            }
            for tax in line["tax_lines"]
        ],
    }


def _returned(line: Json, order: Json) -> Json:
    item = line["line_item"]
    return {
        "id": _gid("RefundLineItem", line["id"]),
        "quantity": line["quantity"],
        "restockType": line["restock_type"].upper(),
        "subtotalSet": _money(line["subtotal_set"]["shop_money"]["amount"], order),
        "totalTaxSet": _money(line["total_tax_set"]["shop_money"]["amount"], order),
        "lineItem": {
            "id": item["admin_graphql_api_id"],
            "title": item["title"],
            "sku": item["sku"],
            "isGiftCard": item["gift_card"],
        },
    }


def _shipping_tax(line: Json) -> str:
    """Return the tax of a refunded shipping line: its share of the line's own, as it is refunded whole here."""
    return str(sum((Decimal(tax["price"]) for tax in line["shipping_line"]["tax_lines"]), Decimal(0)))


def _transaction(row: Json) -> Json:
    parent = row["parent_id"]
    return {
        "id": row["admin_graphql_api_id"],
        "kind": row["kind"].upper(),
        "status": row["status"].upper(),
        "gateway": row["gateway"],
        "test": row["test"],
        **_instants(row, "processed"),
        "amountSet": _money(row["amount"], row),
        "parentTransaction": parent and {"id": _gid("OrderTransaction", parent)},
    }


def _customer(customer: Json) -> Json:
    names = (customer["first_name"], customer["last_name"])
    return {
        **_ids(customer),
        "displayName": " ".join(name for name in names if name) or customer["email"],
        "defaultEmailAddress": customer["email"] and {"emailAddress": customer["email"]},
    }


def _address(address: Json) -> Json:
    return {
        "name": address["name"],
        "company": address["company"],
        "address1": address["address1"],
        "address2": address["address2"],
        "city": address["city"],
        "provinceCode": address["province_code"],
        "zip": address["zip"],
        "countryCodeV2": address["country_code"],
    }


def _paid_back(refund: Json) -> str:
    rows = [row for row in refund["transactions"] if (row["kind"], row["status"]) == ("refund", "success")]
    return str(sum((Decimal(row["amount"]) for row in rows), Decimal(0)))


def _ids(thing: Json) -> Json:
    return {"id": thing["admin_graphql_api_id"], "legacyResourceId": str(thing["id"])}


def _gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def _instants(thing: Json, *words: str) -> Json:
    return {f"{word}At": _instant(thing[f"{word}_at"]) for word in words}


def _instant(text: str | None) -> str | None:
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _money(amount: str, thing: Json) -> Json:
    """Return *amount* in the currency of *thing*, an order or a transaction."""
    try:
        plain = format(Decimal(amount).normalize(), "f")
    except InvalidOperation:
        plain = amount  # one of the bad orders holds what is no amount
    text = plain if "." in plain or "," in plain else f"{plain}.0"
    return {"shopMoney": {"amount": text, "currencyCode": thing["currency"]}}


def main() -> None:
    """Write the files and print their paths."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{path.relative_to(build.ROOT)}\n")


if __name__ == "__main__":
    main()
