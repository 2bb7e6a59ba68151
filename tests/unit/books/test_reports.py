"""Reports: the trial balance and the documents as a person sees them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.books import BooksError
from engine.books.reports import Total, document, documents, trial_balance
from tests.unit.books import hand_made


def balances(report):
    return {
        (row.code, row.currency): (str(row.debit), str(row.credit))
        for row in report.rows
        if row.debit or row.credit
    }


def test_the_trial_balance_has_each_account_on_one_side_and_no_difference(desk):
    desk.invoice()
    desk.payment(amount="30")
    report = trial_balance(desk.books)
    assert balances(report) == {
        ("1200:paypal", "USD"): ("30.00", "0.00"),
        ("2300", "USD"): ("0.00", "5.00"),
        ("4100", "USD"): ("0.00", "25.00"),
    }
    assert report.totals == (Total("USD", Decimal("30.00"), Decimal("30.00")),)
    assert report.totals[0].difference == 0


def test_the_trial_balance_keeps_currencies_apart(desk):
    desk.invoice()
    line = {"description": "x", "quantity": 1, "unit_price": "9"}
    desk.invoice(external_id="i2", number="1002", currency="JPY", lines=[line])
    assert balances(trial_balance(desk.books)) == {
        ("1100", "JPY"): ("9", "0"),
        ("4100", "JPY"): ("0", "9"),
        ("1100", "USD"): ("25.00", "0.00"),
        ("4100", "USD"): ("0.00", "25.00"),
    }
    assert [total.currency for total in trial_balance(desk.books).totals] == ["JPY", "USD"]


def test_the_trial_balance_of_a_day_leaves_out_what_came_after(desk):
    desk.invoice(date="2026-03-31")
    desk.payment(date="2026-04-01")
    assert balances(trial_balance(desk.books, "2026-03-31")) == {
        ("1100", "USD"): ("25.00", "0.00"),
        ("4100", "USD"): ("0.00", "25.00"),
    }
    assert trial_balance(desk.books, "2026-03-30").rows == ()


def test_an_account_that_came_back_to_zero_is_still_listed(desk):
    desk.invoice()
    desk.payment()
    assert [row.code for row in trial_balance(desk.books).rows] == ["1100", "1200:paypal", "4100"]


def test_documents_are_listed_by_date_with_what_is_owed(desk):
    desk.invoice(date="2026-04-02")
    desk.invoice(external_id="i2", number="1002", customer={})
    desk.payment(amount="10")
    assert [
        (d.id, d.number, d.status, str(d.total), str(d.balance), d.party) for d in documents(desk.books)
    ] == [
        ("inv-2", "1002", "open", "25.00", "25.00", "Unnamed customer"),
        ("pay-3", None, "posted", "10.00", "0.00", "Ada Lovelace"),
        ("inv-1", "1001", "open", "25.00", "15.00", "Ada Lovelace"),
    ]


@pytest.mark.parametrize("name", ["inv-1", "1001", "i1"])
def test_a_document_is_found_by_id_number_or_external_id(desk, name):
    desk.invoice()
    desk.payment(amount="10")
    found = document(desk.books, name)
    assert found is not None
    assert found.head.id == "inv-1"
    assert [line["description"] for line in found.lines] == ["Blue mug"]
    assert [(row.code, str(row.debit), str(row.credit)) for row in found.postings] == [
        ("1100", "25.00", "0.00"),
        ("4100", "0.00", "25.00"),
    ]
    assert [(row.settling_id, row.settled_id, str(row.amount)) for row in found.allocations] == [
        ("pay-2", "inv-1", "10.00")
    ]


def test_a_document_shows_the_name_it_was_written_with(desk):
    desk.post("/customers", {"external_id": "c1", "name": "Ada", "email": "ada@example.com"})
    desk.invoice(customer=None, customer_id="cus-1")
    desk.invoice(external_id="i2", number="1002", customer={"name": "A. L.", "email": "ada@example.com"})
    desk.invoice(external_id="i3", number="1003", customer={"email": "ada@example.com"})
    desk.payment(invoice_id="inv-2")
    assert [found.party for found in documents(desk.books)] == ["Ada", "A. L.", "ada@example.com", "A. L."]


def test_a_document_that_is_not_there_is_none(desk):
    assert document(desk.books, "inv-1") is None


def test_a_name_that_means_two_documents_is_refused_with_their_ids(desk):
    desk.invoice()
    desk.invoice(external_id="i2", number="inv-1")
    with pytest.raises(BooksError, match="inv-1, inv-2"):
        document(desk.books, "inv-1")


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"kind": "invoice"}, ["E1", "A1", "A2", "A3", "A5", "A4", "D1"]),
        ({"kind": "invoice", "is_open": True}, ["E1", "A1", "A2", "A5"]),
        ({"kind": "invoice", "start": "2026-03-05", "end": "2026-03-12"}, ["A3", "A5"]),
        ({"kind": "invoice", "customer": "BOB"}, ["E1"]),
        ({"kind": "invoice", "customer": "cus-2"}, ["E1"]),
        ({"kind": "credit_note", "customer": "Ada@Example.com"}, ["C1"]),
        ({"kind": "bill", "customer": "Paper Ltd"}, []),
    ],
)
def test_documents_are_chosen_by_kind_customer_date_and_what_is_open(desk, wanted, numbers):
    hand_made.fill(desk)
    assert [found.number for found in documents(desk.books, **wanted)] == numbers
