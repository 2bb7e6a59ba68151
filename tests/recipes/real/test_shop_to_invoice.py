"""Orders become invoices, payments and credit notes; the sheets are ``expected/orders.csv`` and ``refunds.csv``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest

from tests.recipes.real.place import Project, amount, expected, payload

RECIPE = "shop-to-invoice"
ORDERS = {each["name"]: each for each in payload("webshop", "orders.list") if each["name"] <= "KS-1043"}
SHEET, REFUNDS = expected("orders"), expected("refunds")
LINES = [row for row in SHEET.rows if row["order"]]
BACK = [row for row in REFUNDS.rows if row["refund"]]


@pytest.fixture
def shop(place: Project) -> Project:
    """The project with the shop's orders and payments."""
    for name in ("orders", "transactions"):
        place.site.records[name] = payload("webshop", f"{name}.list")
    return place


def total(entries: Iterable[Any]) -> Fraction:
    return sum((amount(each) for each in entries), Fraction(0))


def order_of(place: Project, name: str) -> dict[str, Any]:
    return next(each for each in place.site.records["orders"] if each["name"] == name)


def test_the_sheet_says_what_the_orders_say() -> None:
    told: list[tuple[Any, ...]] = []
    for name, order in ORDERS.items():
        inclusive = Fraction(1 if order["taxes_included"] else 0)
        for line in [*order["line_items"], *order["shipping_lines"]]:
            discount = total(each["amount"] for each in line["discount_allocations"])
            tax = total(each["price"] for each in line["tax_lines"])
            first = (name, line["title"], line.get("quantity", 1), amount(line["price"]))
            told.append((*first, discount, tax, inclusive))
        if tip := amount(order["total_tip_received"]):
            told.append((name, "Tip", 1, tip, 0, 0, inclusive))
        assert SHEET.row(name)["gross"] == amount(order["total_price"])
    names = ("order", "what", "quantity", "price", "discount", "tax", "inclusive")
    assert told == [tuple(row[each] for each in names) for row in LINES]


def test_the_sheet_says_what_the_refunds_say() -> None:
    told = []
    for name, order in ORDERS.items():
        for refund in order["refunds"]:
            lines, others = refund["refund_line_items"], refund["order_adjustments"]
            found = [(amount(each["subtotal"]), amount(each["total_tax"])) for each in lines]
            found += [(-amount(each["amount"]), -amount(each["tax_amount"])) for each in others]
            told += [(refund["id"], name, *each) for each in found]
            paid = [each["amount"] for each in refund["transactions"] if each["status"] == "success"]
            assert REFUNDS.row(str(refund["id"]))["gross"] == total(paid)
    assert told == [tuple(row[each] for each in ("refund", "order", "net", "tax")) for row in BACK]


def test_each_paid_order_becomes_an_invoice_with_the_lines_of_the_sheet(shop: Project) -> None:
    report = shop.run(RECIPE)
    assert (report.read, report.ignored, report.done, report.failed) == (6, 3, 3, 0)
    invoices = shop.site.made("invoices")
    money = ("unit_price", "discount", "tax")
    found = [
        (each["number"], line["description"], line["quantity"], *(amount(line.get(k, "0")) for k in money))
        for each in invoices
        for line in each["lines"]
    ]
    names = ("order", "what", "quantity", "price", "discount", "tax")
    assert found == [tuple(row[each] for each in names) for row in LINES]
    assert {each["number"]: amount(each["total"]) for each in invoices} == {
        name: SHEET.row(name)["gross"] for name in ORDERS
    }
    # 21:14 on 30 October in New York is the 31st in London: the day is the shop's.
    assert [each["date"] for each in invoices] == ["2026-10-30", "2026-11-01", "2026-11-02"]


def test_the_payments_of_an_order_are_its_total_and_authorisations_are_none(shop: Project) -> None:
    shop.run(RECIPE)
    numbers = {each["id"]: each["number"] for each in shop.site.made("invoices")}
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for each in shop.site.made("payments"):
        sums[numbers[each["invoice_id"]]] += amount(each["amount"])
    assert sums == {name: SHEET.row(name)["gross"] for name in ORDERS}
    assert [each["method"] for each in shop.site.made("payments")] == [
        "shop_pay", "gift_card", "card", "card",
    ]  # fmt: skip


def test_each_refund_becomes_a_credit_note_of_what_was_paid_back(shop: Project) -> None:
    shop.run(RECIPE)
    notes = shop.site.made("credit_notes")
    found = [
        (each["invoice"], line["description"], amount(line["amount"]), amount(line["tax"]))
        for each in notes
        for line in each["lines"]
    ]
    assert found == [tuple(row[name] for name in ("order", "what", "net", "tax")) for row in BACK]
    for each in notes:
        gross = total(line["amount"] for line in each["lines"]) + total(line["tax"] for line in each["lines"])
        assert gross == REFUNDS.row(each["number"].partition("-R")[2])["gross"]
    assert [each["date"] for each in notes] == ["2026-11-03", "2026-11-12", "2026-11-20"]


def test_the_second_run_writes_nothing(shop: Project) -> None:
    shop.run(RECIPE)
    before = list(shop.site.writes)
    report = shop.run(RECIPE)
    assert (sum(report.created.values()), report.skipped, report.failed) == (0, 3, 0)
    assert shop.site.writes == before


def test_a_refund_that_comes_later_adds_its_credit_note_alone(shop: Project) -> None:
    order = order_of(shop, "KS-1041")
    later = order["refunds"].pop()
    shop.run(RECIPE)
    order["refunds"].append(later)
    order["updated_at"] = "2026-11-13T09:00:00-05:00"
    report = shop.run(RECIPE)
    assert dict(report.created) == {"credit_notes.create": 1}
    assert len(shop.site.made("credit_notes")) == 3


def test_one_cent_too_many_in_a_refund_fails_its_order_before_anything_is_written(shop: Project) -> None:
    order_of(shop, "KS-1041")["refunds"][1]["transactions"][1]["amount"] = "6.01"
    report = shop.run(RECIPE)
    assert (report.done, report.failed) == (2, 1)
    message = report.failures[0].message
    assert "the credit note is not what was paid back" in message
    assert ("6.00" in message, "6.01" in message, "the difference is -0.01" in message) == (True,) * 3
    assert "KS-1041" not in [each["number"] for each in shop.site.made("invoices")]


def test_the_bad_sample_names_each_amount_that_does_not_fit(shop: Project) -> None:
    shop.site.records["orders"] = payload("webshop", "orders.list", "bad")
    report = shop.run(RECIPE)
    assert (report.done, report.failed) == (1, 2)
    told = [each.message for each in report.failures]
    assert "the difference is -0.01" in told[0]
    assert ("21.25" in told[1], "21.24" in told[1]) == (True, True)
