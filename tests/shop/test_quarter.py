"""The quarter's sample payloads: exact to the cent, linked as Shopify links them, and covering what they claim.

The sums are worked out here from the JSON alone, without the builder's arithmetic and without the engine.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from engine.shipped import shipped

Json = dict[str, Any]

FOLDER: Final = shipped("connectors") / "shopify" / "samples" / "quarter"
NEW_YORK: Final = ZoneInfo("America/New_York")
ZERO: Final = Decimal(0)


def read(operation: str) -> list[Json]:
    data = json.loads((FOLDER / f"{operation}.json").read_text("utf-8"), parse_float=Decimal)
    (records,) = data.values()
    return list(records)


ORDERS: Final = {order["name"]: order for order in read("orders.list")}
PAID: Final = read("transactions.list")
REFUNDS: Final = read("refunds.list")
PAYOUTS: Final = read("payouts.list")
BALANCE: Final = read("balance_transactions.list")
CUSTOMERS: Final = read("customers.list")
PRODUCTS: Final = read("products.list")
NAMES: Final = list(ORDERS)


def total(rows: list[Json], key: str = "amount") -> Decimal:
    return sum((Decimal(row[key]) for row in rows), ZERO)


def shop(pair: Json) -> Decimal:
    return Decimal(pair["shop_money"]["amount"])


def taxes(order: Json) -> Decimal:
    rows = order["line_items"] + order["shipping_lines"]
    return sum((total(row["tax_lines"], "price") for row in rows), ZERO)


def duties(order: Json) -> Decimal:
    return sum((shop(duty) for row in order["line_items"] for duty in row["duties"]), ZERO)


def lines_say(order: Json) -> Decimal:
    """Return the total that lines, shipping, tip, duties and tax come to."""
    rows = order["line_items"] + order["shipping_lines"]
    net = sum(
        (Decimal(row["price"]) * row.get("quantity", 1) - total(row["discount_allocations"]) for row in rows),
        ZERO,
    )
    tax = ZERO if order["taxes_included"] else taxes(order)
    return net + Decimal(order["total_tip_received"]) + duties(order) + tax


def transactions_of(order: Json, *kinds: str) -> list[Json]:
    return [
        each
        for each in PAID
        if each["order_id"] == order["id"] and each["status"] == "success" and each["kind"] in kinds
    ]


def refund_says(order: Json, refund: Json) -> Decimal:
    """Return what a refund's lines, shipping, duties and their taxes come to."""
    lines = refund["refund_line_items"]
    amount = total(lines, "subtotal") + shop(refund["total_duties_set"])
    amount += sum((shop(each["subtotal_amount_set"]) for each in refund["refund_shipping_lines"]), ZERO)
    if order["taxes_included"]:
        return amount
    carried = ZERO
    for each in refund["refund_shipping_lines"]:
        line, part = each["shipping_line"], shop(each["subtotal_amount_set"])
        for tax in line["tax_lines"]:
            share = Decimal(tax["price"]) * part / Decimal(line["discounted_price"])
            carried += share.quantize(Decimal(tax["price"]), "ROUND_HALF_UP")
    return amount + total(lines, "total_tax") + carried


def test_there_are_sixty_orders_and_more_over_three_months_in_order_of_time() -> None:
    assert len(ORDERS) == 81
    made = [datetime.fromisoformat(order["created_at"]) for order in ORDERS.values()]
    assert made == sorted(made)
    assert Counter(at.month for at in made) == {8: 22, 9: 33, 10: 15, 11: 11}
    for order in ORDERS.values():  # the shop's own offset, which the clock change moves
        at = datetime.fromisoformat(order["created_at"])
        assert at.utcoffset() == at.astimezone(NEW_YORK).utcoffset()


@pytest.mark.parametrize("name", NAMES)
def test_lines_shipping_tip_duties_and_tax_add_up_to_the_total(name: str) -> None:
    order = ORDERS[name]
    assert lines_say(order) == Decimal(order["total_price"])
    assert taxes(order) == Decimal(order["total_tax"]) == total(order["tax_lines"], "price")


@pytest.mark.parametrize("name", NAMES)
def test_the_state_of_payment_is_what_the_transactions_say(name: str) -> None:
    order = ORDERS[name]
    got, back = total(transactions_of(order, "sale", "capture")), total(transactions_of(order, "refund"))
    got -= total(transactions_of(order, "change"))
    owed = Decimal(order["current_total_price"])
    said = {
        "paid": got >= owed and not back,
        "partially_paid": 0 < got < owed,
        "partially_refunded": 0 < back < got,
        "refunded": 0 < back == got,
        "authorized": not got and transactions_of(order, "authorization") and owed,
        "voided": not got and transactions_of(order, "void"),
        "pending": not got and owed,
    }
    assert said[order["financial_status"]]
    if not order["cancelled_at"] and not back:
        assert Decimal(order["total_outstanding"]) == owed - got


@pytest.mark.parametrize("name", NAMES)
def test_what_refunds_took_is_missing_from_the_current_total(name: str) -> None:
    order = ORDERS[name]
    back = sum((refund_says(order, refund) for refund in order["refunds"]), ZERO)
    assert Decimal(order["current_total_price"]) == Decimal(order["total_price"]) - back
    for row in order["line_items"]:
        parts = [part for refund in order["refunds"] for part in refund["refund_line_items"]]
        returned = sum(part["quantity"] for part in parts if part["line_item_id"] == row["id"])
        assert row["current_quantity"] == row["quantity"] - returned


def test_a_refunds_discrepancy_is_its_goods_less_its_money() -> None:
    by_id = {order["id"]: order for order in ORDERS.values()}
    for refund in REFUNDS:
        order, adjusted = by_id[refund["order_id"]], refund["order_adjustments"]
        left = refund_says(order, refund) - total(refund["transactions"])
        if order["cancelled_at"] and not adjusted:
            never_paid = Decimal(order["total_price"]) - total(transactions_of(order, "sale", "capture"))
            assert left == never_paid, "what was not paid cannot be paid back"
        elif refund["transactions"] or adjusted:
            assert left == total(adjusted) + total(adjusted, "tax_amount")


def test_the_list_of_refunds_is_what_the_orders_hold() -> None:
    held = [refund["id"] for order in ORDERS.values() for refund in order["refunds"]]
    assert [refund["id"] for refund in REFUNDS] == held
    paid_back = [each["id"] for refund in REFUNDS for each in refund["transactions"]]
    assert paid_back == [each["id"] for each in PAID if each["kind"] == "refund"]


def test_a_transaction_belongs_to_an_order_and_its_parent_to_the_same() -> None:
    by_id = {each["id"]: each for each in PAID}
    orders = {order["id"]: order for order in ORDERS.values()}
    for each in PAID:
        order = orders[each["order_id"]]
        assert each["gateway"] in order["payment_gateway_names"]
        assert (each["test"], each["currency"]) == (order["test"], order["currency"])
        if each["kind"] in ("capture", "refund", "void", "change"):
            assert by_id[each["parent_id"]]["order_id"] == each["order_id"]
        else:
            assert each["parent_id"] is None


def test_a_payout_is_its_transactions_less_their_fees() -> None:
    for payout in PAYOUTS:
        rows = [row for row in BALANCE if row["payout_id"] == payout["id"]]
        (out,) = [row for row in rows if row["type"] == "payout"]
        came = [row for row in rows if row is not out]
        assert {row["currency"] for row in rows} == {payout["currency"]}
        assert {row["payout_status"] for row in rows} == {payout["status"]}
        assert Decimal(payout["amount"]) == total(came, "amount") - total(came, "fee") == total(came, "net")
        assert Decimal(out["amount"]) == Decimal(out["net"]) == -Decimal(payout["amount"]) < 0
        gross = {kind: total([row for row in came if row["type"] == kind]) for kind in ("charge", "refund")}
        assert Decimal(payout["summary"]["charges_gross_amount"]) == gross["charge"]
        assert Decimal(payout["summary"]["refunds_gross_amount"]) == gross["refund"]
    assert {payout["currency"] for payout in PAYOUTS} == {"USD", "EUR", "JPY", "KWD"}
    assert {payout["status"] for payout in PAYOUTS} == {"paid", "in_transit"}


def test_every_card_payment_and_refund_is_a_balance_transaction_once() -> None:
    through = [
        each
        for each in PAID
        if each["gateway"] == "shopify_payments" and each["status"] == "success" and not each["test"]
    ]
    money = {
        each["id"]: Decimal(each["amount"]) * (-1 if each["kind"] == "refund" else 1)
        for each in through
        if each["kind"] in ("sale", "capture", "refund")
    }
    rows = [row for row in BALANCE if row["type"] in ("charge", "refund")]
    assert {row["source_order_transaction_id"]: Decimal(row["amount"]) for row in rows} == money
    assert len(rows) == len(money)
    for row in BALANCE:
        assert Decimal(row["amount"]) - Decimal(row["fee"]) == Decimal(row["net"])
    assert {row["payout_status"] for row in BALANCE if row["payout_id"] is None} == {"pending"}


def test_the_orders_customers_and_products_are_in_their_lists() -> None:
    customers = {each["id"]: each for each in CUSTOMERS}
    variants = {variant["id"]: variant for product in PRODUCTS for variant in product["variants"]}
    bought = Counter(order["customer"]["id"] for order in ORDERS.values() if order["customer"])
    assert {
        number: each["orders_count"] for number, each in customers.items() if each["orders_count"]
    } == bought
    assert [each["first_name"] for each in CUSTOMERS if not each["orders_count"]] == ["عمر"]
    for order in ORDERS.values():
        for row in order["line_items"]:
            assert variants[row["variant_id"]]["product_id"] == row["product_id"]
            assert variants[row["variant_id"]]["sku"] == row["sku"]


def test_no_two_things_share_an_id() -> None:
    things = [*ORDERS.values(), *PAID, *REFUNDS, *PAYOUTS, *BALANCE, *CUSTOMERS, *PRODUCTS]
    things += [variant for product in PRODUCTS for variant in product["variants"]]
    things += [
        row for order in ORDERS.values() for key in ("line_items", "shipping_lines") for row in order[key]
    ]
    things += [
        each for row in REFUNDS for key in ("refund_line_items", "order_adjustments") for each in row[key]
    ]
    ids = [thing["id"] for thing in things]
    assert [number for number, times in Counter(ids).items() if times > 1] == []


def _other_day(order: Json, zone: Any) -> bool:
    at = datetime.fromisoformat(order["processed_at"])
    return at.astimezone(zone).date() != at.astimezone(NEW_YORK).date()


def _scripts(order: Json) -> set[str]:
    name = (order["billing_address"] or {}).get("name") or ""
    return {unicodedata.name(letter).split()[0] for letter in name if letter.isalpha()}


def _gateways(order: Json) -> set[str]:
    return {each["gateway"] for each in transactions_of(order, "sale", "capture")}


def _paid_in_two_names(order: Json) -> bool:
    bills = {
        each["billing_address"]["name"]
        for each in ORDERS.values()
        if order["customer"] and each["customer"] and each["customer"]["id"] == order["customer"]["id"]
    }
    return len(bills) == 2


def _codes(rows: list[Json]) -> set[tuple[str, Decimal]]:
    return {(tax["title"], tax["rate"]) for row in rows for tax in row["tax_lines"]}


def _cash_and_goods(order: Json, sign: int) -> bool:
    """Say whether a refund that took lines paid back more (1) or less (-1) than they cost."""
    return any(
        refund["refund_line_items"] and total(refund["order_adjustments"]) * -sign > 0
        for refund in order["refunds"]
    )


FEATURES: Final[dict[str, Callable[[Json], object]]] = {
    "taxes included": lambda o: o["taxes_included"] and o["tax_lines"],
    "taxes excluded": lambda o: not o["taxes_included"] and o["tax_lines"],
    "four taxes on one line": lambda o: any(len(row["tax_lines"]) == 4 for row in o["line_items"]),
    "a line discount": lambda o: any(a["type"] == "manual" for a in o["discount_applications"]),
    "an automatic discount": lambda o: any(a["type"] == "automatic" for a in o["discount_applications"]),
    "a code over the order": lambda o: any(
        a["type"] == "discount_code" and a["target_selection"] == "all" for a in o["discount_applications"]
    ),
    "shipping with discount": lambda o: any(row["discount_allocations"] for row in o["shipping_lines"]),
    "a tip": lambda o: Decimal(o["total_tip_received"]),
    "duties": lambda o: duties(o) and shop(o["original_total_duties_set"]) == duties(o),
    "duties paid back": lambda o: any(refund["duties"] for refund in o["refunds"]),
    "a gift card sold": lambda o: any(row["gift_card"] for row in o["line_items"]),
    "a gift card redeemed": lambda o: _gateways(o) == {"gift_card"},
    "split tender": lambda o: len(_gateways(o)) == 3,
    "a balance open": lambda o: (
        Decimal(o["total_outstanding"]) > 0 and o["financial_status"] == "partially_paid"
    ),
    "change given back": lambda o: transactions_of(o, "change"),
    "a balance open and money paid back": lambda o: (
        Decimal(o["total_outstanding"]) > 0 and o["financial_status"] == "partially_refunded"
    ),
    "tax beside an adjustment": lambda o: any(
        Decimal(each["tax_amount"]) for refund in o["refunds"] for each in refund["order_adjustments"]
    ),
    "tax beside an adjustment, of shipping at another rate": lambda o: any(
        each["order_adjustments"]
        and len(_codes([part["line_item"] for part in each["refund_line_items"]])) == 1
        and len(_codes([part["shipping_line"] for part in each["refund_shipping_lines"]])) == 1
        and len(o["tax_lines"]) == 2
        for each in o["refunds"]
    ),
    "one buyer under two names": _paid_in_two_names,
    "paid twice over in two ways": lambda o: Decimal(o["total_outstanding"]) < 0 and len(_gateways(o)) == 2,
    "change for all that was given": lambda o: any(
        (change["parent_id"], change["amount"]) == (each["id"], each["amount"])
        for change in transactions_of(o, "change")
        for each in transactions_of(o, "sale")
    ),
    "cancelled, paid in part": lambda o: (
        o["cancelled_at"]
        and 0
        < total(transactions_of(o, "sale"))
        == total(transactions_of(o, "refund"))
        < Decimal(o["total_price"])
    ),
    "refunded in full": lambda o: (
        o["financial_status"] == "refunded" and not Decimal(o["current_total_price"])
    ),
    "refunded to two payments": lambda o: any(len(refund["transactions"]) == 2 for refund in o["refunds"]),
    "two refunds": lambda o: len(o["refunds"]) == 2,
    "money without goods": lambda o: any(
        refund["transactions"] and not refund["refund_line_items"] and not refund["refund_shipping_lines"]
        for refund in o["refunds"]
    ),
    "more money than goods": lambda o: _cash_and_goods(o, 1),
    "less money than goods": lambda o: _cash_and_goods(o, -1),
    "shipping paid back alone": lambda o: any(
        refund["refund_shipping_lines"] and not refund["refund_line_items"] for refund in o["refunds"]
    ),
    "a line taken off, nothing paid back": lambda o: any(
        not refund["transactions"] for refund in o["refunds"]
    ),
    "a line taken off a partly paid order": lambda o: (
        o["refunds"] and o["financial_status"] == "partially_paid"
    ),
    "owed to the buyer": lambda o: Decimal(o["total_outstanding"]) < 0,
    "paid in two goes by one gateway": lambda o: (
        len(transactions_of(o, "sale")) == 2 and _gateways(o) == {"shopify_payments"}
    ),
    "captured in two parts": lambda o: len(transactions_of(o, "capture")) == 2,
    "cancelled and paid back": lambda o: o["cancelled_at"] and o["financial_status"] == "refunded",
    "cancelled unpaid": lambda o: o["cancelled_at"] and o["financial_status"] == "pending",
    "voided": lambda o: o["cancelled_at"] and o["financial_status"] == "voided",
    "authorized": lambda o: o["financial_status"] == "authorized",
    "pending": lambda o: o["financial_status"] == "pending" and not o["cancelled_at"],
    "zero total": lambda o: o["financial_status"] == "paid" and not Decimal(o["total_price"]),
    "a test order": lambda o: o["test"] and o["payment_gateway_names"] == ["bogus"],
    "nobody": lambda o: o["customer"] is None and o["billing_address"] is None,
    "no e-mail": lambda o: o["customer"] and o["customer"]["email"] is None,
    "one name": lambda o: o["customer"] and not o["customer"]["first_name"],
    "shown in euros": lambda o: (o["currency"], o["presentment_currency"]) == ("USD", "EUR"),
    "shown in yen": lambda o: (o["currency"], o["presentment_currency"]) == ("USD", "JPY"),
    "shown in dinars": lambda o: (o["currency"], o["presentment_currency"]) == ("USD", "KWD"),
    "euros": lambda o: o["currency"] == "EUR",
    "yen, whole": lambda o: o["currency"] == "JPY" and o["total_price"].isdecimal(),
    "dinars to the fils": lambda o: o["currency"] == "KWD" and not o["total_price"].endswith("0"),
    "cash rounded up": lambda o: shop(o["total_cash_rounding_payment_adjustment_set"]) > 0,
    "cash rounded down": lambda o: shop(o["total_cash_rounding_payment_adjustment_set"]) < 0,
    "cash paid back rounded": lambda o: shop(o["total_cash_rounding_refund_adjustment_set"]),
    "tax that the channel pays": lambda o: any(tax["channel_liable"] for tax in o["tax_lines"]),
    "late in the evening": lambda o: "T23:30" in o["processed_at"] and _other_day(o, UTC),
    "the night of Europe's clock change": lambda o: (
        "2026-10-25T02:30"
        in datetime.fromisoformat(o["processed_at"]).astimezone(ZoneInfo("Europe/Berlin")).isoformat()
    ),
    "half past one in summer time": lambda o: o["processed_at"] == "2026-11-01T01:30:00-04:00",
    "half past one in standard time": lambda o: o["processed_at"] == "2026-11-01T01:30:00-05:00",
}


@pytest.mark.parametrize("feature", FEATURES)
def test_the_quarter_covers(feature: str) -> None:
    assert any(FEATURES[feature](order) for order in ORDERS.values())


@pytest.mark.parametrize(
    "script",
    [
        *("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "DEVANAGARI", "THAI", "HANGUL", "GEORGIAN"),
        *("TAMIL", "ARMENIAN", "ETHIOPIC", "CJK"),
    ],
)
def test_buyers_names_are_written_in(script: str) -> None:
    assert any(script in _scripts(order) for order in ORDERS.values())
