"""Purchases: what bills and their payments post, and what they leave open."""

from __future__ import annotations

import pytest

from engine.books.audit import check


def line(price="10.00", **changes):
    return {"description": "Clay", "quantity": 1, "unit_price": price, **changes}


@pytest.fixture(autouse=True)
def sound(desk):
    """Every test leaves sound books behind."""
    yield
    assert check(desk.books) == ()


def test_a_bill_debits_expenses_or_the_account_of_its_line_and_credits_payable(desk):
    bill = desk.make("bills", lines=[line(), line("5.00", account_id="5000", discount="0.50")])
    assert desk.entry() == ["2000 -14.50 USD", "5000 4.50 USD", "6000 10.00 USD"]
    assert (bill["id"], bill["status"], bill["balance"]) == ("bill-1", "open", "14.50")
    assert bill["vendor_id"] == "ven-1"


def test_input_tax_has_an_account_per_code_and_place(desk):
    taxes = [{"code": "VAT", "amount": "1.90", "place": "DE"}, {"code": "VAT", "amount": "0.10"}]
    bill = desk.make("bills", lines=[line(taxes=taxes), line(tax="0.05"), line(tax="0.07", tax_code="VAT")])
    assert desk.entry() == [
        "1300 0.05 USD",
        "1300:DE VAT 1.90 USD",
        "1300:VAT 0.17 USD",
        "2000 -32.12 USD",
        "6000 30.00 USD",
    ]
    assert (bill["subtotal"], bill["total_tax"]) == ("30.00", "2.12")


def test_tax_inside_the_price_is_taken_out_of_the_expense(desk):
    desk.make("bills", tax_inclusive=True, total="11.90", lines=[line("11.90", tax="1.90", tax_code="VAT")])
    assert desk.entry() == ["1300:VAT 1.90 USD", "2000 -11.90 USD", "6000 10.00 USD"]


def test_a_bill_is_paid_in_part_then_in_full_then_in_advance(desk):
    bill = desk.make("bills")["id"]
    desk.make("bill_payments", bill_id=bill, amount="10")
    assert desk.entry() == ["1000 -10.00 USD", "2000 10.00 USD"]
    assert desk.read("bills", bill)["balance"] == "15.00"
    made = desk.make("bill_payments", bill_id=bill, amount="20", account_id="1010")
    assert desk.entry() == ["1010 -20.00 USD", "1350 5.00 USD", "2000 15.00 USD"]
    assert (made["applied"], made["credited"], made["vendor_id"]) == ("15.00", "5.00", "ven-1")
    assert desk.read("bills", bill)["status"] == "paid"
    made = desk.make("bill_payments", bill_id=bill, amount="1")
    assert desk.entry() == ["1000 -1.00 USD", "1350 1.00 USD"]
    assert (made["applied"], made["credited"]) == ("0.00", "1.00")


def test_a_vendor_is_paid_in_advance(desk):
    vendor = desk.make("vendors")["id"]
    desk.make("bill_payments", vendor_id=vendor)
    assert desk.entry() == ["1000 -25.00 USD", "1350 25.00 USD"]


def test_a_bill_of_nothing_is_paid(desk):
    bill = desk.make("bills", lines=[line("0")])
    assert (bill["status"], desk.entries()) == ("paid", 0)


@pytest.mark.parametrize(
    ("collection", "changes", "refusal"),
    [
        ("bills", {"vendor": None}, ("missing", "/vendor")),
        ("bills", {"vendor_id": "ven-1"}, ("form", "/vendor")),
        ("bills", {"vendor": None, "vendor_id": "cus-1"}, ("unknown_vendor", "/vendor_id")),
        ("bills", {"status": "draft"}, ("unknown_field", "/status")),
        ("bills", {"lines": [line(category="goods")]}, ("unknown_field", "/lines/0/category")),
        ("bills", {"lines": [line(sku="x")]}, ("unknown_field", "/lines/0/sku")),
        ("bills", {"lines": [line(account_id="2000")]}, ("account", "/lines/0/account_id")),
        ("bills", {"lines": [line(account_id="1300:VAT")]}, ("account", "/lines/0/account_id")),
        ("bills", {"lines": [line("-1")]}, ("amount", "/lines")),
        ("bills", {"total": "1"}, ("total", "/total")),
        ("bill_payments", {}, ("missing", "/bill_id")),
        ("bill_payments", {"bill_id": "bill-1", "vendor_id": "ven-1"}, ("form", "/vendor_id")),
        ("bill_payments", {"bill_id": "inv-1"}, ("unknown_bill", "/bill_id")),
        ("bill_payments", {"bill_id": "bill-1", "amount": "0"}, ("amount", "/amount")),
        ("bill_payments", {"bill_id": "bill-1", "currency": "EUR"}, ("currency", "/currency")),
        ("bill_payments", {"bill_id": "bill-1", "account_id": "1350"}, ("account", "/account_id")),
        ("bill_payments", {"bill_id": "bill-1", "method": " "}, ("form", "/method")),
        ("bill_payments", {"bill_id": "bill-1", "fee": "1"}, ("unknown_field", "/fee")),
        ("bill_payments", {"bill_id": "bill-2"}, ("void", "/bill_id")),
    ],
)
def test_a_purchase_is_refused(desk, collection, changes, refusal):
    desk.make("bills")
    desk.void("bills", desk.make("bills")["id"])
    assert desk.refused(collection, **changes) == refusal
