"""Closed periods: nothing is dated into them any more."""

from __future__ import annotations

import pytest

from engine.books.audit import check


@pytest.fixture(autouse=True)
def sound(desk):
    """Every test leaves sound books behind."""
    yield
    assert check(desk.books) == ()


def refusal(answer):
    status, body = answer
    assert status == 422
    return body["error"]["code"], body["error"]["field"]


@pytest.mark.parametrize(
    ("collection", "changes"),
    [
        ("invoices", {}),
        ("invoices", {"status": "draft"}),
        ("credit_notes", {"customer": {}}),
        ("payments", {"invoice_id": "inv-1"}),
        ("refunds", {"credit_note_id": "cn-2"}),
        ("bills", {}),
        ("bill_payments", {"bill_id": "bill-3"}),
        ("journal_entries", {}),
        ("bank_transactions", {}),
        ("transfers", {}),
        ("transactions", {}),
    ],
)
def test_a_document_of_every_kind_is_refused_on_the_last_closed_day_and_taken_on_the_next(
    desk, collection, changes
):
    desk.make("invoices")
    desk.make("credit_notes", customer={})
    desk.make("bills")
    assert desk.close_until("2026-04-30") == (200, {"closed_until": "2026-04-30"})
    for day in ("2026-04-30", "2026-04-01", "1999-12-31"):
        assert desk.refused(collection, **changes, date=day) == ("period_closed", "/date")
    desk.make(collection, **changes, date="2026-05-01")


def test_what_lies_in_a_closed_period_is_neither_changed_nor_void_there(desk):
    invoice = desk.make("invoices", number="1")["id"]
    desk.close_until("2026-03-31")
    before = desk.content()
    assert refusal(desk.void("invoices", invoice)) == ("period_closed", "/date")
    assert refusal(desk.void("invoices", invoice, date="2026-03-31")) == ("period_closed", "/date")
    assert refusal(desk.change("invoices", invoice, number="1", date="2026-04-01")) == ("period_closed", "")
    assert desk.content() == before


def test_what_lies_in_a_closed_period_is_void_on_a_later_day(desk):
    invoice = desk.make("invoices")["id"]
    desk.close_until("2026-03-31")
    assert desk.void("invoices", invoice, date="2026-04-01")[0] == 200
    assert [row[2] for row in desk.content()["entry"]] == ["2026-03-31", "2026-04-01"]


def test_nothing_is_moved_into_a_closed_period(desk):
    desk.close_until("2026-02-28")
    invoice = desk.make("invoices", number="1")["id"]
    before = desk.content()
    assert refusal(desk.change("invoices", invoice, number="1", date="2026-02-28")) == (
        "period_closed",
        "/date",
    )
    assert desk.content() == before


def test_an_invoice_of_a_closed_period_is_paid_later(desk):
    invoice = desk.make("invoices")["id"]
    desk.close_until("2026-03-31")
    assert desk.make("payments", invoice_id=invoice, date="2026-04-01")["applied"] == "25.00"


def test_the_refusal_says_where_the_closed_period_ends(desk):
    desk.close_until("2026-03-31")
    _, answer = desk.post("/invoices", desk.body("invoices"))
    assert answer["error"]["message"] == "2026-03-31 lies in a closed period, which ends on 2026-03-31"


def test_a_period_may_be_opened_again(desk):
    desk.close_until("2026-04-30")
    assert desk.close_until("2026-02-28")[1] == {"closed_until": "2026-02-28"}
    desk.make("invoices")


def test_masters_know_no_periods(desk):
    desk.close_until("2026-12-31")
    for collection in ("customers", "vendors", "items", "tax_rates", "accounts"):
        desk.make(collection)


@pytest.mark.parametrize(
    ("body", "field"), [({}, "/date"), ({"date": "2026-02-30"}, "/date"), ({"day": "x"}, "/day")]
)
def test_a_period_is_not_closed_without_a_day(desk, body, field):
    before = desk.content()
    status, answer = desk.post("/periods", {"external_id": "x", **body})
    assert (status, answer["error"]["field"]) == (422, field)
    assert desk.content() == before


def test_a_second_hand_sees_that_a_period_was_closed(opened, desk_at):
    first, second = desk_at(opened()), desk_at(opened())
    second.make("invoices", external_id="a")
    first.close_until("2026-03-31")
    assert second.refused("invoices") == ("period_closed", "/date")


def test_a_draft_that_a_period_was_closed_over_is_issued_behind_it_or_void(desk):
    first = desk.make("invoices", number="1", status="draft", date="2026-01-30")
    second = desk.make("invoices", number="2", status="draft", date="2026-01-30")
    desk.close_until("2026-01-31")
    status, answer = desk.change("invoices", first["id"], number="1", date="2026-03-02")
    assert (status, answer["status"], answer["date"]) == (200, "open", "2026-03-02")
    assert desk.void("invoices", second["id"], date="2026-01-30")[0] == 200
