"""Payments: what they settle and where the money lies."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_payment_debits_the_clearing_account_of_its_method(desk):
    desk.invoice()
    status, answer = desk.payment()
    assert status == 201
    assert desk.postings()[2:] == [("1100", -2500), ("1200:paypal", 2500)]
    assert (answer["id"], answer["applied"], answer["credited"]) == ("pay-2", "25.00", "0.00")


def test_a_payment_without_a_method_debits_clearing_itself(desk):
    desk.invoice()
    desk.payment(method=None)
    assert desk.postings()[2:] == [("1100", -2500), ("1200", 2500)]


def test_an_invoice_is_paid_when_nothing_is_owed(desk):
    desk.invoice()
    desk.payment(amount="10")
    assert desk.get("/invoices/inv-1")[1]["balance"] == "15.00"
    desk.payment(external_id="p2", amount="15")
    paid = desk.get("/invoices/inv-1")[1]
    assert (paid["status"], paid["balance"]) == ("paid", "0.00")


def test_what_is_paid_too_much_is_the_customers_credit(desk):
    desk.invoice()
    _, answer = desk.payment(amount="27.50")
    assert desk.postings()[2:] == [("1100", -2500), ("1200:paypal", 2750), ("2300", -250)]
    assert (answer["applied"], answer["credited"]) == ("25.00", "2.50")


def test_a_payment_of_a_paid_invoice_is_all_credit(desk):
    desk.invoice()
    desk.payment()
    _, answer = desk.payment(external_id="p2")
    assert (answer["applied"], answer["credited"]) == ("0.00", "25.00")
    assert desk.postings()[4:] == [("1200:paypal", 2500), ("2300", -2500)]


def test_receivable_and_credit_name_the_customer(desk):
    desk.invoice()
    desk.payment(amount="30")
    with desk.books.reading() as cursor:
        sql = "SELECT a.code, p.master FROM posting p JOIN account a ON a.id = p.account ORDER BY p.entry, a.code"
        assert cursor.execute(sql).fetchall() == [
            ("1100", 1),
            ("4100", None),
            ("1100", 1),
            ("1200:paypal", None),
            ("2300", 1),
        ]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "invoice is missing": ({"invoice_id": None}, "/invoice_id"),
    "invoice is unknown": ({"invoice_id": "inv-9"}, "/invoice_id"),
    "invoice is a payment": ({"invoice_id": "pay-1"}, "/invoice_id"),
    "invoice's id is written otherwise": ({"invoice_id": "inv-01"}, "/invoice_id"),
    "invoice is a draft": ({"invoice_id": "inv-2"}, "/invoice_id"),
    "currency is another": ({"currency": "EUR"}, "/currency"),
    "amount is missing": ({"amount": None}, "/amount"),
    "amount is zero": ({"amount": "0.00"}, "/amount"),
    "amount is below zero": ({"amount": "-1"}, "/amount"),
    "amount has too many decimals": ({"amount": "1.001"}, "/amount"),
    "amount is beyond all bounds": ({"amount": "9" * 20}, "/amount"),
    "date is missing": ({"date": None}, "/date"),
    "date is an instant": ({"date": "2026-04-01T10:00:00Z"}, "/date"),
    "fee is below zero": ({"fee": "-0.01"}, "/fee"),
    "fee has too many decimals": ({"fee": "0.001"}, "/fee"),
    "account is unknown": ({"account_id": "9999"}, "/account_id"),
    "account is the receivable": ({"account_id": "1100"}, "/account_id"),
    "customer stands beside the invoice": ({"customer_id": "cus-1"}, "/customer_id"),
    "method is blank": ({"method": "\t"}, "/method"),
    "field is unknown": ({"charge": "1"}, "/charge"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_payment_is_refused_and_leaves_nothing_when_its(desk, case):
    changes, field = REFUSED[case]
    desk.invoice()
    desk.invoice(external_id="i2", number="1002", status="draft")
    before = desk.content()
    status, answer = desk.payment(**changes)
    assert (status, answer["error"]["field"]) == (422, field)
    assert desk.content() == before
