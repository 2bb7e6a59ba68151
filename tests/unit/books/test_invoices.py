"""Invoices: what is taken, what is posted, what is refused."""

from __future__ import annotations

from typing import Any

import pytest


def line(**changes):
    return {"description": "Blue mug", "quantity": 1, "unit_price": "10.00", **changes}


def test_an_open_invoice_debits_receivable_and_credits_sales(desk):
    status, answer = desk.invoice()
    assert status == 201
    assert desk.postings() == [("1100", 2500), ("4100", -2500)]
    assert (answer["id"], answer["status"], answer["total"], answer["balance"]) == (
        "inv-1",
        "open",
        "25.00",
        "25.00",
    )


def test_shipping_tips_and_tax_have_accounts_of_their_own(desk):
    desk.invoice(
        lines=[
            line(tax="0.80"),
            line(unit_price="5.00", category="shipping", tax="0.40"),
            line(unit_price="2.00", category="tip"),
        ]
    )
    assert desk.postings() == [
        ("1100", 1820),
        ("2100", -120),
        ("2200", -200),
        ("4100", -1000),
        ("4200", -500),
    ]


def test_a_discount_lowers_sales(desk):
    desk.invoice(lines=[line(discount="2.50")])
    assert desk.postings() == [("1100", 750), ("4100", -750)]


def test_tax_that_is_inside_the_price_is_taken_out_of_sales(desk):
    status, answer = desk.invoice(
        tax_inclusive=True, total="11.90", lines=[line(unit_price="11.90", tax="1.90")]
    )
    assert status == 201
    assert desk.postings() == [("1100", 1190), ("2100", -190), ("4100", -1000)]
    assert (answer["subtotal"], answer["total_tax"], answer["total"]) == ("10.00", "1.90", "11.90")


def test_lines_of_one_account_are_one_posting(desk):
    desk.invoice(lines=[line(), line(), line(discount="10.00")])
    assert desk.postings() == [("1100", 2000), ("4100", -2000)]


def test_a_line_may_name_its_account(desk):
    desk.invoice(lines=[line(account_id="4200")])
    assert desk.postings() == [("1100", 1000), ("4200", -1000)]


def test_a_draft_posts_nothing(desk):
    _, answer = desk.invoice(status="draft")
    assert answer["status"] == "draft"
    assert desk.postings() == []


def test_a_draft_of_zero_stays_a_draft(desk):
    assert desk.invoice(status="draft", lines=[line(quantity=0)])[1]["status"] == "draft"


def test_an_invoice_of_zero_is_paid_at_once_and_posts_nothing(desk):
    _, answer = desk.invoice(lines=[line(discount="10.00")], total="0")
    assert (answer["status"], answer["total"], answer["balance"]) == ("paid", "0.00", "0.00")
    assert desk.postings() == []


def test_an_invoice_of_zero_still_posts_what_moved_between_accounts(desk):
    _, answer = desk.invoice(lines=[line(), line(unit_price="-10.00", category="shipping")])
    assert answer["status"] == "paid"
    assert desk.postings() == [("4100", -1000), ("4200", 1000)]


@pytest.mark.parametrize(
    ("currency", "price", "total", "minor"),
    [("JPY", "1200", "1200", 1200), ("KWD", "1.255", "1.255", 1255), ("USD", "12.5", "12.50", 1250)],
)
def test_each_currency_has_its_own_decimals(desk, currency, price, total, minor):
    _, answer = desk.invoice(currency=currency, lines=[line(unit_price=price)])
    assert answer["total"] == total
    assert desk.postings()[0] == ("1100", minor)


@pytest.mark.parametrize("quantity", [8, "8", "8.0"])
def test_a_unit_price_may_have_more_decimals_than_the_currency_when_the_product_is_exact(desk, quantity):
    status, answer = desk.invoice(lines=[line(quantity=quantity, unit_price="0.125")])
    assert (status, answer["total"]) == (201, "1.00")


def test_a_decimal_quantity_given_as_a_number_is_exact(desk):
    body = desk.invoice_body(lines=["LINE"])
    data = (
        str(body)
        .replace("'LINE'", '{"description": "Tea", "quantity": 0.1, "unit_price": 0.70}')
        .replace("'", '"')
    )
    status, answer = desk.post("/invoices", data.encode())
    assert (status, answer["total"]) == (201, "0.07")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "number is missing": ({"number": None}, "/number"),
    "number is blank": ({"number": " "}, "/number"),
    "number is no text": ({"number": 7}, "/number"),
    "date is missing": ({"date": None}, "/date"),
    "date is no day of the calendar": ({"date": "2026-02-30"}, "/date"),
    "date is written otherwise": ({"date": "31.03.2026"}, "/date"),
    "date is a compact one": ({"date": "20260331"}, "/date"),
    "date is centuries off": ({"date": "0206-03-31"}, "/date"),
    "due date is none": ({"due_date": "soon"}, "/due_date"),
    "currency is missing": ({"currency": None}, "/currency"),
    "currency is in lower case": ({"currency": "usd"}, "/currency"),
    "status is unknown": ({"status": "paid"}, "/status"),
    "tax_inclusive is text": ({"tax_inclusive": "true"}, "/tax_inclusive"),
    "memo is null's stand-in": ({"memo": 0}, "/memo"),
    "field is unknown": ({"lnies": []}, "/lnies"),
    "customer is missing": ({"customer": None}, "/customer"),
    "customer is text": ({"customer": "Ada"}, "/customer"),
    "customer's name is blank": ({"customer": {"name": ""}}, "/customer/name"),
    "customer's field is unknown": ({"customer": {"id": "7"}}, "/customer/id"),
    "customer stands beside customer_id": ({"customer_id": "cus-1"}, "/customer"),
    "customer_id is unknown": ({"customer": None, "customer_id": "cus-9"}, "/customer_id"),
    "customer_id is none": ({"customer": None, "customer_id": "inv-1"}, "/customer_id"),
    "lines are missing": ({"lines": None}, "/lines"),
    "lines are empty": ({"lines": []}, "/lines"),
    "line is text": ({"lines": ["mug"]}, "/lines/0"),
    "line's field is unknown": ({"lines": [line(vat="1")]}, "/lines/0/vat"),
    "line has no description": ({"lines": [{"quantity": 1, "unit_price": "1"}]}, "/lines/0/description"),
    "second line has no price": (
        {"lines": [line(), {"description": "x", "quantity": 1}]},
        "/lines/1/unit_price",
    ),
    "quantity is below zero": ({"lines": [line(quantity=-1)]}, "/lines/0/quantity"),
    "quantity is a boolean": ({"lines": [line(quantity=True)]}, "/lines/0/quantity"),
    "price is in words": ({"lines": [line(unit_price="ten")]}, "/lines/0/unit_price"),
    "price has thousands": ({"lines": [line(unit_price="1,000.00")]}, "/lines/0/unit_price"),
    "product is not exact": ({"lines": [line(quantity=3, unit_price="0.125")]}, "/lines/0/unit_price"),
    "product has too many digits": (
        {"lines": [line(quantity="1." + "1" * 28, unit_price="1" * 28 + "." + "1" * 28)]},
        "/lines/0/unit_price",
    ),
    "price is beyond all bounds": ({"lines": [line(unit_price="1" + "0" * 27)]}, "/lines/0/unit_price"),
    "lines together are beyond all bounds": ({"lines": [line(unit_price="9" * 13)] * 2}, "/lines"),
    "discount has too many decimals": ({"lines": [line(discount="0.001")]}, "/lines/0/discount"),
    "discount is below zero": ({"lines": [line(discount="-1")]}, "/lines/0/discount"),
    "tax has too many decimals": ({"lines": [line(tax="0.805")]}, "/lines/0/tax"),
    "category is unknown": ({"lines": [line(category="voucher")]}, "/lines/0/category"),
    "account is unknown": ({"lines": [line(account_id="9999")]}, "/lines/0/account_id"),
    "account is the receivable": ({"lines": [line(account_id="1100")]}, "/lines/0/account_id"),
    "total has too many decimals": ({"total": "25.001"}, "/total"),
    "total is another": ({"total": "24.99"}, "/total"),
    "sum is below zero": ({"lines": [line(unit_price="-1")]}, "/lines"),
    "text holds the zero sign": ({"memo": "a\0b"}, "/memo"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_invoice_is_refused_and_leaves_nothing_when_its(desk, case):
    changes, field = REFUSED[case]
    before = desk.content()
    status, answer = desk.invoice(**changes)
    assert (status, answer["error"]["field"]) == (422, field)
    assert desk.content() == before


def test_null_is_not_absent(desk):
    status, answer = desk.post("/invoices", desk.invoice_body() | {"memo": None})
    assert (status, answer["error"]["message"]) == (422, "expected text, found null")


def test_a_stated_total_that_differs_is_refused_with_the_difference(desk):
    _, answer = desk.invoice(total="24.99")
    assert answer["error"]["message"] == (
        "lines, discounts and tax come to 25.00 USD, the stated total is 24.99 (difference 0.01)"
    )


def test_a_price_that_does_not_fit_the_currency_is_refused_with_both_counts(desk):
    _, answer = desk.invoice(currency="JPY", lines=[line(unit_price="0.5")])
    assert answer["error"]["message"] == "quantity times unit price: 0.5 has more decimals than JPY has (0)"


def test_a_number_belongs_to_one_invoice(desk):
    desk.invoice()
    before = desk.content()
    status, answer = desk.invoice(external_id="i2")
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (409, "duplicate_number", "/number")
    assert desk.content() == before


def test_a_line_may_name_a_clearing_account_but_no_sub_account_of_the_books_own(desk):
    desk.invoice(lines=[line(account_id="1200:paypal")])
    assert desk.entry() == ["1100 10.00 USD", "1200:paypal -10.00 USD"]
    for account in ("2100:CA", "1300:CA", "1200:", "1200: ", "1100:x", "4100:x"):
        status, answer = desk.invoice(external_id="i2", number="1002", lines=[line(account_id=account)])
        assert (status, answer["error"]["field"]) == (422, "/lines/0/account_id"), account
