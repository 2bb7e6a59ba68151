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

from tests.shop import bad, build, default, quarter
from tests.shop.directory import customers

Json = dict[str, Any]

COST: Final = {
    "requestedQueryCost": 412,
    "actualQueryCost": 137,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1863, "restoreRate": 100.0},
}
"""What ``extensions.cost`` says in every answer of the sample: there is always enough left for the next page."""


def files() -> dict[Path, str]:
    """Return every sample file's text by its path."""
    every = customers(quarter.CUSTOMERS, quarter.ORDERS)
    texts = {}
    for folder, written, told in (
        ("default", _text, answers(*build.payloads(default.ORDERS))),
        ("bad", _text, answers(*bad.payloads())),
        ("quarter", _lines, answers(*build.payloads(quarter.ORDERS), every)),
    ):
        for name, answer in told.items():
            texts[build.SAMPLES / folder / f"{name}.json"] = written(answer)
    return texts


def answers(
    orders: Sequence[Json], paid: Sequence[Json], people: Sequence[Json] | None = None
) -> dict[str, Json]:
    """Return the whole answer of each operation for REST *orders* and the transactions *paid*.

    The customers are *people*, or else those who bought.
    """
    nodes = sorted((order_node(order, paid) for order in orders), key=lambda node: str(node["updatedAt"]))
    if people is None:
        bought = {order["customer"]["id"]: order["customer"] for order in orders if order["customer"]}
        people = list(bought.values())
    buyers = sorted(map(customer_node, people), key=lambda node: str(node["updatedAt"]))
    refunds = [refund_node(refund, order) for order in orders for refund in order["refunds"]]
    return {
        "orders.query": _answer({"orders": _connection(nodes, cursor=True)}),
        "customers.query": _answer({"customers": _connection(buyers, cursor=True)}),
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
        "totalCashRoundingAdjustment": {
            f"{kind}Set": _set(order[f"total_cash_rounding_{kind}_adjustment_set"], order)
            for kind in ("payment", "refund")
        },
        "taxLines": _taxes(order, order),
        "customer": order["customer"] and _customer(order["customer"]),
        "billingAddress": order["billing_address"] and _address(order["billing_address"]),
        "lineItems": _connection([_line(line, order) for line in order["line_items"]]),
        "shippingLines": _connection([_shipping(line, order) for line in order["shipping_lines"]]),
        "transactions": [_payment(each) for each in own],
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
                    "subtotalAmountSet": _set(line["subtotal_amount_set"], order),
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
        "transactions": _connection([_transaction(each) for each in refund["transactions"]]),
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
        "duties": [
            {"id": each["admin_graphql_api_id"], "price": _set(each, order)} for each in line["duties"]
        ],
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
        "taxLines": _taxes(line, order),
    }


def _taxes(thing: Json, order: Json) -> list[Json]:
    """Return the tax lines of *thing*, the order itself or one of its lines."""
    return [
        {
            "title": tax["title"],
            "rate": tax["rate"],
            "channelLiable": tax["channel_liable"],
            "priceSet": _money(tax["price"], order),
        }
        for tax in thing["tax_lines"]
    ]


def _returned(line: Json, order: Json) -> Json:
    item = line["line_item"]
    return {
        "id": _gid("RefundLineItem", line["id"]),
        "quantity": line["quantity"],
        "restockType": line["restock_type"].upper(),
        "subtotalSet": _set(line["subtotal_set"], order),
        "totalTaxSet": _set(line["total_tax_set"], order),
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


def _payment(row: Json) -> Json:
    """Return a transaction as an order's own list shows it: more than a refund's does."""
    parent, rounding = row["parent_id"], row["amount_rounding"]
    return {
        **_transaction(row),
        "test": row["test"],
        "amountRoundingSet": rounding and _money(rounding, row),
        "parentTransaction": parent and {"id": _gid("OrderTransaction", parent)},
    }


def _transaction(row: Json) -> Json:
    return {
        "id": row["admin_graphql_api_id"],
        "kind": row["kind"].upper(),
        "status": row["status"].upper(),
        "gateway": row["gateway"],
        **_instants(row, "processed"),
        "amountSet": _money(row["amount"], row),
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


def _set(pair: Json, thing: Json) -> Json:
    """Return what *pair* has in the shop's currency; *thing* is an order."""
    return _money(pair["shop_money"]["amount"], thing)


def _money(amount: str, thing: Json) -> Json:
    """Return *amount* in the currency of *thing*, an order or a transaction."""
    try:
        plain = format(Decimal(amount).normalize(), "f")
    except InvalidOperation:
        plain = amount  # one of the bad orders holds what is no amount
    text = plain if "." in plain or "," in plain else f"{plain}.0"
    return {"shopMoney": {"amount": text, "currencyCode": thing["currency"]}}


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _lines(answer: Json) -> str:
    """Return *answer* with its records one a line, as the quarter's other files are written."""
    ((name, found),) = answer["data"].items()
    key = "nodes" if "nodes" in found else "refunds"
    rows = ",\n".join(json.dumps(record, ensure_ascii=False) for record in found[key])
    frame = json.dumps({**answer, "data": {name: {**found, key: ["ROWS"]}}})
    return frame.replace('"ROWS"', f"\n{rows}\n") + "\n"


def main() -> None:
    """Write the files and print their paths."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{path.relative_to(build.ROOT)}\n")


if __name__ == "__main__":
    main()
