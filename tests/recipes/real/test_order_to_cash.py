"""An order becomes customer, invoice, mail and deal; its payment wins the deal. Amounts: ``expected/deals.csv``."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from tests.recipes.real.place import Project, amount, expected, payload

RECIPE, PAID = "order-to-cash", "invoice-paid"
ORDERS = {each["name"]: each for each in payload("webshop", "orders.list") if each["channel"] == "b2b"}
SHEET = expected("deals")
LINES = [row for row in SHEET.rows if row["order"]]
NOWHERE = "till@no-such-host.example"


@pytest.fixture
def shop(place: Project) -> Project:
    """The project with the shop's orders, two customers of old, and a mail service that knows its hosts."""
    place.site.records["orders"] = payload("webshop", "orders.list")
    place.site.records["customers"] = [
        {"id": "old-1", "name": "Nadia Ferro", "email": "nadia.ferro@example.com"},
        {"id": "old-2", "name": "Otis Grady", "email": "otis@example.com"},
    ]
    place.site.refuse = lambda path, document: (
        "no such host" if path == "/messages" and document["to"] == NOWHERE else ""
    )
    return place


def order_of(place: Project, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in place.site.records["orders"] if each["name"] == name)
    return found


def pay(place: Project, number: str, cents: int = 0) -> None:
    """Let the accounting service call an invoice paid, over its total and some cents."""
    (invoice,) = (each for each in place.site.records["invoices"] if each["number"] == number)
    paid = Fraction(SHEET.row(number)["gross"]) * 100 + cents
    invoice |= {
        "status": "paid",
        "amount_paid": f"{int(paid) // 100}.{int(paid) % 100:02}",
        "paid_at": "2026-11-18T22:15:00-05:00",
    }


def stages(place: Project) -> dict[str, str]:
    return {each["name"].partition(" ")[0]: each["stage"] for each in place.site.made("deals")}


def test_the_sheet_says_what_the_orders_say() -> None:
    told = []
    for name, order in ORDERS.items():
        for line in [*order["line_items"], *order["shipping_lines"]]:
            discount = sum((amount(each["amount"]) for each in line["discount_allocations"]), Fraction(0))
            tax = sum((amount(each["price"]) for each in line["tax_lines"]), Fraction(0))
            told.append((name, line["title"], line.get("quantity", 1), amount(line["price"]), discount, tax))
        assert SHEET.row(name)["gross"] == amount(order["total_price"])
    names = ("order", "what", "quantity", "price", "discount", "tax")
    assert told == [tuple(row[each] for each in names) for row in LINES]


def test_each_order_becomes_an_invoice_and_a_deal_of_half_its_total(shop: Project) -> None:
    report = shop.run(RECIPE)
    assert (report.done, report.ignored, report.failed) == (3, 3, 0)
    found = {
        invoice["number"]: sum(
            Fraction(line["quantity"]) * amount(line["unit_price"])
            - amount(line.get("discount", "0"))
            + amount(line["tax"])
            for line in invoice["lines"]
        )
        for invoice in shop.site.made("invoices")
    }
    assert found == {name: SHEET.row(name)["gross"] for name in ORDERS}
    deals = {each["invoice"]: amount(each["amount"]) for each in shop.site.made("deals")}
    assert deals == {name: SHEET.row(name)["deal"] for name in ORDERS}


def test_two_orders_of_one_address_share_one_new_customer(shop: Project) -> None:
    shop.run(RECIPE)
    customers = shop.site.made("customers")
    assert [each["email"] for each in customers] == ["buying@harbour-inn.example", NOWHERE]
    owners = [each["customer_id"] for each in shop.site.made("invoices")]
    assert owners == [customers[0]["id"], customers[0]["id"], customers[1]["id"]]


def test_they_share_it_also_where_the_books_do_not_list_it_yet(shop: Project) -> None:
    shop.site.slow.add("customers")
    report = shop.run(RECIPE)
    assert (report.done, report.failed, report.parked) == (3, 0, 0)
    assert [each["email"] for each in shop.site.made("customers")] == ["buying@harbour-inn.example", NOWHERE]


def test_a_customer_that_the_books_have_already_is_taken(shop: Project) -> None:
    known = {"id": "old-3", "name": "The Harbour Inn", "email": "buying@harbour-inn.example"}
    shop.site.records["customers"].append(known)
    shop.run(RECIPE)
    assert [each["email"] for each in shop.site.made("customers")] == [NOWHERE]
    assert [each["customer_id"] for each in shop.site.made("invoices")][:2] == ["old-3", "old-3"]


def test_two_customers_with_one_address_are_left_to_a_person(shop: Project) -> None:
    for id in ("old-3", "old-4"):
        twin = {"id": id, "name": "Harbour Inn", "email": "buying@harbour-inn.example"}
        shop.site.records["customers"].append(twin)
    report = shop.run(RECIPE)
    assert (report.done, report.failed) == (1, 2)
    assert "no case of known holds" in report.failures[0].message
    assert [each["number"] for each in shop.site.made("invoices")] == ["KS-1046"]


def test_a_mail_that_cannot_be_sent_alerts_and_holds_up_nothing(shop: Project) -> None:
    report = shop.run(RECIPE)
    assert (report.continued, report.exit_code) == (1, 0)
    sent = [document for _, path, document in shop.site.writes if path == "messages"]
    assert [each["to"] for each in sent] == [
        ORDERS[name]["customer"]["email"] for name in ("KS-1044", "KS-1045")
    ]
    assert sent[0]["text"] == "Thank you. Invoice KS-1044 over 412.20 USD is due in 30 days."
    events = [json.loads(line) for line in (shop.folder / ".recipe" / "log.jsonl").read_text().splitlines()]
    (told,) = (each for each in events if each["event"] == "action.failed")
    assert (told["channel"], told["key"]) == ("sales", '["70410006"]')
    assert "no such host" in told["message"]
    assert stages(shop)["KS-1046"] == "open"


def test_the_second_run_writes_nothing(shop: Project) -> None:
    shop.run(RECIPE)
    before = list(shop.site.writes)
    report = shop.run(RECIPE)
    assert (sum(report.created.values()), report.skipped, report.failed) == (0, 3, 0)
    assert shop.site.writes == before


def test_one_cent_too_many_fails_its_order_before_anything_is_written_and_is_named(shop: Project) -> None:
    order_of(shop, "KS-1046")["total_price"] = "237.86"
    report = shop.run(RECIPE)
    assert (report.done, report.failed) == (2, 1)
    message = report.failures[0].message
    assert ("237.85" in message, "237.86" in message, "the difference is -0.01" in message) == (True,) * 3
    assert [each["email"] for each in shop.site.made("customers")] == ["buying@harbour-inn.example"]


def test_a_paid_invoice_wins_the_deal_of_the_order_behind_it(shop: Project) -> None:
    shop.run(RECIPE)
    pay(shop, "KS-1045")
    report = shop.run(PAID)
    assert (report.read, report.done, report.failed) == (1, 1, 0)
    assert stages(shop) == {"KS-1044": "open", "KS-1045": "won", "KS-1046": "open"}
    (deal,) = (each for each in shop.site.made("deals") if each["stage"] == "won")
    assert (deal["invoice"], deal["closed_on"]) == ("KS-1045", "2026-11-18")
    assert amount(deal["amount"]) == SHEET.row("KS-1045")["deal"]


def test_a_deal_is_won_once_and_further_payments_win_theirs(shop: Project) -> None:
    shop.run(RECIPE)
    pay(shop, "KS-1045")
    shop.run(PAID)
    before = list(shop.site.writes)
    report = shop.run(PAID)
    assert (sum(report.created.values()), report.skipped, shop.site.writes) == (0, 1, before)
    for number in ("KS-1044", "KS-1046"):
        pay(shop, number)
    report = shop.run(PAID)
    assert (dict(report.created), report.skipped) == ({"deals.update": 2}, 1)
    assert set(stages(shop).values()) == {"won"}


def test_an_invoice_that_no_order_stands_behind_is_skipped_and_says_so(shop: Project) -> None:
    shop.run(RECIPE)
    line = {"description": "Rent", "quantity": 1, "unit_price": "800.00"}
    by_hand = {"id": "by-hand", "number": "M-7", "lines": [line], "status": "paid", "amount_paid": "800.00"}
    shop.site.records["invoices"].append(by_hand)
    report = shop.run(PAID)
    assert dict(report.skipped_by) == {"invoice M-7 was not made by order-to-cash": 1}
    assert set(stages(shop).values()) == {"open"}


def test_one_cent_too_few_wins_no_deal_and_is_named(shop: Project) -> None:
    shop.run(RECIPE)
    pay(shop, "KS-1044", cents=-1)
    report = shop.run(PAID)
    assert (report.done, report.failed) == (0, 1)
    message = report.failures[0].message
    assert ("412.20" in message, "412.19" in message, "the difference is 0.01" in message) == (True,) * 3
    assert set(stages(shop).values()) == {"open"}


@pytest.mark.parametrize("lost", ["customers", "invoices", "messages", "deals"])
def test_after_a_lost_answer_the_next_run_makes_what_is_missing_and_nothing_twice(
    shop: Project, lost: str
) -> None:
    shop.site.lost.add(lost)
    assert shop.run(RECIPE).exit_code == 4
    report = shop.run(RECIPE)
    assert (report.exit_code, report.failed, report.parked) == (0, 0, 0)
    assert {name: len(shop.site.records[name]) for name in ("invoices", "messages", "deals")} == {
        "invoices": 3, "messages": 2, "deals": 3,
    }  # fmt: skip
    assert len(shop.site.made("customers")) == 2
    assert sum(shop.run(RECIPE).created.values()) == 0


def test_a_deal_whose_change_was_not_answered_is_changed_to_the_same_again(shop: Project) -> None:
    shop.run(RECIPE)
    pay(shop, "KS-1044")
    shop.site.lost.add("deals")
    assert shop.run(PAID).exit_code == 4
    assert shop.run(PAID).exit_code == 0
    assert stages(shop) == {"KS-1044": "won", "KS-1045": "open", "KS-1046": "open"}
