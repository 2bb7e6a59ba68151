"""The Shopify connector's sample payloads: fresh, exact to the cent, and covering what they claim.

The sums are worked out here from the JSON alone, without the builder's arithmetic and without the engine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pytest

from engine.shipped import shipped
from tests.shop import build

Json = dict[str, Any]

SAMPLES: Final = shipped("connectors") / "shopify" / "samples"
DECIMALS: Final = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
NAMES: Final = [f"#{number}" for number in range(1001, 1013)]


def read(folder: str, operation: str) -> list[Json]:
    data = json.loads((SAMPLES / folder / f"{operation}.list.json").read_text("utf-8"), parse_float=Decimal)
    (records,) = data.values()
    return list(records)


ORDERS: Final = {order["name"]: order for order in read("default", "orders")}
BAD: Final = {order["name"]: order for order in read("bad", "orders")}
TRANSACTIONS: Final = read("default", "transactions") + read("bad", "transactions")


def total(rows: list[Json], key: str = "amount") -> Decimal:
    return sum((Decimal(row[key]) for row in rows), Decimal(0))


def taxes(order: Json) -> Decimal:
    return sum(
        (total(row["tax_lines"], "price") for row in order["line_items"] + order["shipping_lines"]),
        Decimal(0),
    )


def lines_say(order: Json, tip: Decimal | None = None) -> Decimal:
    """Return the total that lines, shipping, tip and tax come to."""
    goods = sum(
        (
            Decimal(row["price"]) * row["quantity"] - total(row["discount_allocations"])
            for row in order["line_items"]
        ),
        Decimal(0),
    )
    carriage = sum(
        (Decimal(row["price"]) - total(row["discount_allocations"]) for row in order["shipping_lines"]),
        Decimal(0),
    )
    tip = Decimal(order["total_tip_received"]) if tip is None else tip
    return goods + carriage + tip + (0 if order["taxes_included"] else taxes(order))


def transactions_of(order: Json, *kinds: str, status: str = "success") -> list[Json]:
    return [
        each
        for each in TRANSACTIONS
        if each["order_id"] == order["id"] and each["status"] == status and each["kind"] in kinds
    ]


def received(order: Json) -> Decimal:
    return total(transactions_of(order, "sale", "capture"))


def walk(value: Any) -> Iterator[Json]:
    """Yield every object within *value*, itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from walk(each)


@pytest.mark.source_tree
def test_the_committed_files_are_what_the_builder_writes() -> None:
    for path, text in build.files().items():
        assert path.read_bytes() == text.encode(), f"{path.name} is stale: run python -m tests.shop.build"


def test_the_default_sample_has_the_twelve_orders_in_order_of_time() -> None:
    assert list(ORDERS) == NAMES
    made = [order["created_at"] for order in ORDERS.values()]
    assert made == sorted(made)
    assert all("2026-08" <= at < "2026-11" and at.endswith("-04:00") for at in made)


@pytest.mark.parametrize("name", NAMES)
def test_lines_shipping_tip_and_tax_add_up_to_the_total(name: str) -> None:
    assert lines_say(ORDERS[name]) == Decimal(ORDERS[name]["total_price"])


@pytest.mark.parametrize("name", NAMES)
def test_successful_sales_and_captures_add_up_to_the_total(name: str) -> None:
    assert received(ORDERS[name]) == Decimal(ORDERS[name]["total_price"])


@pytest.mark.parametrize("name", NAMES)
def test_every_order_becomes_an_invoice(name: str) -> None:
    order = ORDERS[name]
    assert order["test"] is False
    assert order["financial_status"] in ("paid", "partially_refunded", "refunded")
    assert all(each["test"] is False for each in TRANSACTIONS)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_level_amounts_follow_from_the_lines(name: str) -> None:
    order = ORDERS[name]
    lines, shipping = order["line_items"], order["shipping_lines"]
    gross = sum((Decimal(row["price"]) * row["quantity"] for row in lines), Decimal(0))
    given = [allocation for row in lines for allocation in row["discount_allocations"]]
    carried = [allocation for row in shipping for allocation in row["discount_allocations"]]
    assert Decimal(order["total_line_items_price"]) == gross
    assert Decimal(order["subtotal_price"]) == gross - total(given)
    assert Decimal(order["total_discounts"]) == total(given + carried)
    assert Decimal(order["total_tax"]) == taxes(order) == total(order["tax_lines"], "price")
    assert Decimal(order["total_shipping_price_set"]["shop_money"]["amount"]) == total(shipping, "price")
    for row in shipping:
        assert Decimal(row["discounted_price"]) == Decimal(row["price"]) - total(row["discount_allocations"])


@pytest.mark.parametrize("name", NAMES)
def test_a_codes_amount_is_the_sum_of_its_allocations(name: str) -> None:
    order = ORDERS[name]
    amounts = {code["code"]: Decimal(code["amount"]) for code in order["discount_codes"]}
    shared: dict[str, Decimal] = {}
    for row in order["line_items"] + order["shipping_lines"]:
        for allocation in row["discount_allocations"]:
            application = order["discount_applications"][allocation["discount_application_index"]]
            if application["type"] == "discount_code":
                shared[application["code"]] = shared.get(application["code"], Decimal(0)) + Decimal(
                    allocation["amount"]
                )
    assert shared == amounts


@pytest.mark.parametrize("name", NAMES)
def test_a_discount_across_all_lines_is_shared_without_losing_a_cent(name: str) -> None:
    order = ORDERS[name]
    unit = Decimal(1).scaleb(-DECIMALS[order["currency"]])
    for index, application in enumerate(order["discount_applications"]):
        if application["allocation_method"] != "across":
            continue
        given = [each for row in order["line_items"] for each in row["discount_allocations"]]
        earlier = total([each for each in given if each["discount_application_index"] < index])
        shared = total([each for each in given if each["discount_application_index"] == index])
        if application["value_type"] == "fixed_amount":
            assert shared == Decimal(application["value"])
        else:
            left = Decimal(order["total_line_items_price"]) - earlier
            assert abs(shared - left * Decimal(application["value"]) / 100) <= unit / 2


@pytest.mark.parametrize("name", NAMES)
def test_a_discount_on_each_line_or_unit_is_what_it_says(name: str) -> None:
    order = ORDERS[name]
    unit = Decimal(1).scaleb(-DECIMALS[order["currency"]])
    for row in order["line_items"] + order["shipping_lines"]:
        left = Decimal(row["price"]) * row.get("quantity", 1)
        for allocation in row["discount_allocations"]:
            application = order["discount_applications"][allocation["discount_application_index"]]
            value, amount = Decimal(application["value"]), Decimal(allocation["amount"])
            if application["allocation_method"] == "each" and application["value_type"] == "fixed_amount":
                assert amount == value * row["quantity"]
            elif application["allocation_method"] == "each":
                assert abs(amount - left * value / 100) <= unit / 2
            left -= amount


@pytest.mark.parametrize("name", NAMES)
def test_a_tax_is_its_rate_of_what_the_line_costs_to_the_smallest_unit(name: str) -> None:
    order = ORDERS[name]
    unit = Decimal(1).scaleb(-DECIMALS[order["currency"]])
    for row in order["line_items"] + order["shipping_lines"]:
        base = Decimal(row["price"]) * row.get("quantity", 1) - total(row["discount_allocations"])
        if order["taxes_included"]:
            base /= 1 + sum((Decimal(tax["rate"]) for tax in row["tax_lines"]), Decimal(0))
        for tax in row["tax_lines"]:
            assert abs(base * tax["rate"] - Decimal(tax["price"])) <= unit / 2


@pytest.mark.parametrize("name", NAMES)
def test_what_refunds_took_is_missing_from_the_current_amounts(name: str) -> None:
    order = ORDERS[name]
    lines = [line for refund in order["refunds"] for line in refund["refund_line_items"]]
    shipping = [each for refund in order["refunds"] for each in refund["refund_shipping_lines"]]
    carried = sum(
        (Decimal(each["subtotal_amount_set"]["shop_money"]["amount"]) for each in shipping), Decimal(0)
    )
    back = total(lines, "subtotal") + carried + (0 if order["taxes_included"] else total(lines, "total_tax"))
    assert Decimal(order["current_total_price"]) == Decimal(order["total_price"]) - back
    assert Decimal(order["current_subtotal_price"]) == Decimal(order["subtotal_price"]) - total(
        lines, "subtotal"
    )
    paid_back = transactions_of(order, "refund")
    assert total(paid_back) == back
    assert [each["id"] for each in paid_back] == [
        t["id"] for r in order["refunds"] for t in r["transactions"]
    ]
    for row in order["line_items"]:
        returned = sum(line["quantity"] for line in lines if line["line_item_id"] == row["id"])
        assert row["current_quantity"] == row["quantity"] - returned


def test_a_full_refund_leaves_nothing() -> None:
    for order in ORDERS.values():
        if order["financial_status"] == "refunded":
            assert all(
                Decimal(order[key]) == 0
                for key in order
                if re.fullmatch("current_[a-z_]+(price|tax|discounts)", key)
            )


@pytest.mark.parametrize("order", [*ORDERS.values(), *BAD.values()], ids=lambda order: order["name"])
def test_every_set_repeats_its_amount_in_the_orders_currency(order: Json) -> None:
    for each in walk(order):
        for key, pair in each.items():
            if not key.endswith("_set") or pair is None:
                continue
            assert pair["shop_money"] == pair["presentment_money"]
            assert pair["shop_money"]["currency_code"] == order["currency"] == order["presentment_currency"]
            if (plain := each.get(key.removesuffix("_set"))) is not None:
                assert Decimal(plain) == Decimal(pair["shop_money"]["amount"])


@pytest.mark.parametrize("name", NAMES)
def test_amounts_are_text_with_the_currencys_decimals(name: str) -> None:
    order = ORDERS[name]
    places = DECIMALS[order["currency"]]
    form = re.compile(rf"[0-9]+\.[0-9]{{{places}}}" if places else "[0-9]+")
    amounts = [pair["amount"] for pair in walk(order) if "currency_code" in pair]
    amounts += [order[key] for key in order if f"{key}_set" in order] + [order["total_tip_received"]]
    amounts += [each["amount"] for each in TRANSACTIONS if each["order_id"] == order["id"]]
    assert [amount for amount in amounts if not form.fullmatch(amount)] == []


def test_there_are_no_gift_cards_duties_fees_or_cash_rounding() -> None:
    for order in [*ORDERS.values(), *BAD.values()]:
        assert not any(row["gift_card"] or row["duties"] for row in order["line_items"])
        assert all(order[key] is None for key in order if re.search("(duties|additional_fees)_set$", key))
        rounding = [order[key]["shop_money"]["amount"] for key in order if "cash_rounding" in key]
        assert [Decimal(amount) for amount in rounding] == [0, 0]


def test_no_two_things_share_an_id() -> None:
    orders = [*ORDERS.values(), *BAD.values()]
    refunds = [refund for order in orders for refund in order["refunds"]]
    things = [*orders, *refunds, *TRANSACTIONS]
    things += [
        row
        for order in orders
        for key in ("line_items", "shipping_lines", "fulfillments")
        for row in order[key]
    ]
    things += [
        row
        for refund in refunds
        for key in ("refund_line_items", "refund_shipping_lines")
        for row in refund[key]
    ]
    ids = [thing["id"] for thing in things]
    assert len(ids) == len(set(ids))
    assert all(len(str(number)) in (12, 13) for number in ids)
    assert (
        len({order["token"] for order in orders}) == len({order["name"] for order in orders}) == len(orders)
    )


def test_lines_within_refunds_and_fulfillments_are_the_orders_own() -> None:
    for order in ORDERS.values():
        own = {row["id"]: row for row in order["line_items"] + order["shipping_lines"]}
        for refund in order["refunds"]:
            for part in refund["refund_line_items"]:
                assert part["line_item"] == own[part["line_item_id"]]
            for part in refund["refund_shipping_lines"]:
                assert part["shipping_line"] == own[part["shipping_line_id"]]
        for fulfillment in order["fulfillments"]:
            assert fulfillment["line_items"] == order["line_items"]


def test_a_transaction_belongs_to_an_order_and_its_parent_to_the_same() -> None:
    by_id = {each["id"]: each for each in TRANSACTIONS}
    gateways = {order["id"]: order["payment_gateway_names"] for order in [*ORDERS.values(), *BAD.values()]}
    for each in TRANSACTIONS:
        assert each["gateway"] in gateways[each["order_id"]]
        if each["kind"] in ("capture", "refund"):
            assert by_id[each["parent_id"]]["order_id"] == each["order_id"]
        else:
            assert each["parent_id"] is None


def test_the_one_cent_order_asks_for_a_cent_more_than_its_lines() -> None:
    assert Decimal(BAD["#2001"]["total_price"]) - lines_say(BAD["#2001"]) == Decimal("0.01")


def test_the_order_without_shipping_line_has_it_in_the_total() -> None:
    order = BAD["#2002"]
    assert order["shipping_lines"] == []
    assert Decimal(order["total_price"]) - lines_say(order) == Decimal("7.50")


def test_the_yen_order_with_decimals_balances() -> None:
    order = BAD["#2003"]
    assert (order["currency"], order["total_price"]) == ("JPY", "1200.50")
    assert lines_say(order) == received(order) == Decimal("1200.50")


def test_the_tip_with_a_comma_is_the_only_flaw_of_its_order() -> None:
    order = BAD["#2004"]
    assert order["total_tip_received"] == "5,00"
    assert lines_say(order, tip=Decimal("5.00")) == received(order) == Decimal(order["total_price"])


def test_the_good_order_among_the_bad_balances() -> None:
    assert list(BAD) == ["#2001", "#2002", "#2003", "#2004", "#2005"]
    assert lines_say(BAD["#2005"]) == received(BAD["#2005"]) == Decimal(BAD["#2005"]["total_price"])


def _another_day_in_utc(order: Json) -> bool:
    at = datetime.fromisoformat(order["processed_at"])
    return (at.hour, at.minute) == (23, 30) and at.month != at.astimezone(UTC).month


def _discount(order: Json, **like: object) -> bool:
    return any(like.items() <= application.items() for application in order["discount_applications"])


FEATURES: Final[dict[str, Callable[[Json], object]]] = {
    "tax excluded": lambda o: not o["taxes_included"] and o["tax_lines"],
    "tax included, EUR": lambda o: o["taxes_included"] and o["currency"] == "EUR" and o["tax_lines"],
    "no tax at all": lambda o: not o["tax_lines"],
    "a line discount": lambda o: _discount(o, target_selection="explicit", target_type="line_item"),
    "an order-level code": lambda o: _discount(o, type="discount_code", allocation_method="across"),
    "a discount on shipping": lambda o: _discount(o, target_type="shipping_line"),
    "shipping with tax": lambda o: any(row["tax_lines"] for row in o["shipping_lines"]),
    "shipping without tax": lambda o: any(not row["tax_lines"] for row in o["shipping_lines"]),
    "no shipping": lambda o: not o["shipping_lines"],
    "a tip": lambda o: Decimal(o["total_tip_received"]),
    "nobody": lambda o: o["customer"] is None and o["billing_address"] is None,
    "partly refunded": lambda o: (
        o["financial_status"] == "partially_refunded" and transactions_of(o, "refund")
    ),
    "refunded": lambda o: o["financial_status"] == "refunded" and transactions_of(o, "refund"),
    "yen": lambda o: o["currency"] == "JPY",
    "dinars": lambda o: o["currency"] == "KWD" and not o["total_price"].endswith("0"),
    "several quantities": lambda o: len({row["quantity"] for row in o["line_items"]}) > 2,
    "two taxes on one line": lambda o: any(len(row["tax_lines"]) == 2 for row in o["line_items"]),
    "authorization and capture": lambda o: (
        transactions_of(o, "authorization") and transactions_of(o, "capture")
    ),
    "a failed payment first": lambda o: (
        transactions_of(o, "sale", status="failure") and transactions_of(o, "sale")
    ),
    "two gateways": lambda o: len({each["gateway"] for each in transactions_of(o, "sale")}) == 2,
    "a month's end": _another_day_in_utc,
    "names beyond ASCII": lambda o: o["customer"] and not o["billing_address"]["name"].isascii(),
    "a line without sku": lambda o: any(row["sku"] is None for row in o["line_items"]),
    "closed": lambda o: o["closed_at"],
}


@pytest.mark.parametrize("feature", FEATURES)
def test_the_twelve_orders_cover(feature: str) -> None:
    assert any(FEATURES[feature](order) for order in ORDERS.values())
