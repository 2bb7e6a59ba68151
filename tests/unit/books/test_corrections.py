"""Corrections: a document is void or changed by a reversal; nothing that was posted is touched."""

from __future__ import annotations

import pytest

from engine.books.audit import check


@pytest.fixture(autouse=True)
def sound(desk):
    """Every test leaves sound books behind."""
    yield
    assert check(desk.books) == ()


def line(price="10.00", **changes):
    return {"description": "Blue mug", "quantity": 1, "unit_price": price, **changes}


def parts(desk):
    """What the documents below are about: an open invoice, a credit note and a bill."""
    desk.make("invoices", external_id="i")
    desk.make("credit_notes", external_id="c", customer={"name": "Ada Lovelace"})
    desk.make("bills", external_id="b")


ABOUT = {
    "invoices": {},
    "credit_notes": {"invoice_id": "inv-1"},
    "payments": {"invoice_id": "inv-1"},
    "refunds": {"credit_note_id": "cn-2"},
    "bills": {},
    "bill_payments": {"bill_id": "bill-3"},
    "journal_entries": {},
    "bank_transactions": {},
    "transfers": {},
    "transactions": {"invoice_id": "inv-1"},
}


def turned(postings):
    """The postings of a reversal."""
    signs = (posting.split(" ") for posting in postings)
    return [
        f"{code} {amount[1:] if amount[0] == '-' else '-' + amount} {unit}" for code, amount, unit in signs
    ]


@pytest.mark.parametrize("collection", ABOUT)
def test_a_void_reverses_a_document_of_every_kind_and_gives_back_what_it_settled(desk, collection):
    parts(desk)
    before = desk.balances(), [desk.read("invoices", "inv-1"), desk.read("credit_notes", "cn-2")]
    made = desk.make(collection, **ABOUT[collection])
    posted = desk.entry()
    status, answer = desk.void(collection, made["id"], date="2026-04-05", reason="Entered twice")
    assert (status, answer["status"], answer["id"]) == (200, "void", made["id"])
    assert desk.entry() == turned(posted)
    assert desk.content()["entry"][-1][2] == "2026-04-05"
    assert desk.balances() == before[0]
    assert [desk.read("invoices", "inv-1"), desk.read("credit_notes", "cn-2")] == before[1]


@pytest.mark.parametrize("collection", ABOUT)
def test_a_document_of_every_kind_is_void_once_and_not_changed_afterwards(desk, collection):
    parts(desk)
    made = desk.make(collection, **ABOUT[collection])
    desk.void(collection, made["id"])
    before = desk.content()
    status, answer = desk.void(collection, made["id"])
    assert (status, answer["error"]["code"]) == (422, "void")
    status, answer = desk.change(collection, made["id"], **ABOUT[collection])
    assert (status, answer["error"]["code"]) == (422, "void")
    assert desk.content() == before


@pytest.mark.parametrize("collection", ABOUT)
def test_an_update_reverses_a_document_of_every_kind_and_posts_it_anew(desk, collection):
    parts(desk)
    made = desk.make(collection, **ABOUT[collection])
    old = desk.entry()
    status, answer = desk.change(collection, made["id"], **ABOUT[collection], date="2026-04-05")
    assert (status, answer["id"], answer["date"]) == (200, made["id"], "2026-04-05")
    assert answer["external_id"] == made["external_id"]
    assert desk.entry(-2) == turned(old)
    assert desk.entry() == old
    assert [row[2] for row in desk.content()["entry"][-3:]] == ["2026-03-31", "2026-03-31", "2026-04-05"]
    assert desk.read(collection, made["id"]) == answer


@pytest.mark.parametrize("collection", ABOUT)
def test_a_refused_update_leaves_nothing(desk, collection):
    parts(desk)
    made = desk.make(collection, **ABOUT[collection])
    before = desk.content()
    status, _ = desk.change(collection, made["id"], **{**ABOUT[collection], "currency": "XXX"})
    assert status == 422
    assert desk.content() == before


# ---- what is settled ----


def test_what_is_settled_is_not_void_before_what_settled_it(desk):
    invoice = desk.make("invoices")["id"]
    payment = desk.make("payments", invoice_id=invoice, amount="10")["id"]
    before = desk.content()
    status, answer = desk.void("invoices", invoice)
    assert (status, answer["error"]["code"]) == (422, "settled")
    assert desk.content() == before
    assert desk.void("payments", payment)[0] == 200
    assert desk.void("invoices", invoice)[0] == 200
    assert desk.balances() == {}


@pytest.mark.parametrize(
    ("collection", "about"), [("payments", "payment_id"), ("credit_notes", "credit_note_id")]
)
def test_what_was_refunded_is_not_void_before_its_refund(desk, collection, about):
    invoice = desk.make("invoices", lines=[line()])["id"]
    made = desk.make(collection, invoice_id=invoice)["id"]
    refund = desk.make("refunds", **{about: made}, amount="5")["id"]
    before = desk.content()
    assert desk.void(collection, made)[1]["error"]["code"] == "settled"
    assert desk.content() == before
    desk.void("refunds", refund)
    assert desk.void(collection, made)[0] == 200
    assert desk.read("invoices", invoice)["balance"] == "10.00"


def test_a_bill_that_is_paid_is_not_void_before_its_payment(desk):
    bill = desk.make("bills")["id"]
    paid = desk.make("bill_payments", bill_id=bill)["id"]
    assert desk.void("bills", bill)[1]["error"]["code"] == "settled"
    desk.void("bill_payments", paid)
    assert desk.void("bills", bill)[0] == 200


def test_a_void_payment_leaves_its_invoice_open_for_another(desk):
    invoice = desk.make("invoices")["id"]
    first = desk.make("payments", invoice_id=invoice)["id"]
    shown = desk.void("payments", first)[1]
    assert (shown["applied"], shown["credited"]) == ("0.00", "0.00")
    assert desk.read("invoices", invoice)["status"] == "open"
    assert desk.make("payments", invoice_id=invoice)["applied"] == "25.00"


def test_an_invoice_may_grow_and_shrink_as_far_as_it_is_settled(desk):
    invoice = desk.make("invoices", number="1")["id"]
    desk.make("payments", invoice_id=invoice, amount="10")
    grown = desk.change("invoices", invoice, number="1", lines=[line("40")])[1]
    assert (grown["total"], grown["balance"], grown["status"]) == ("40.00", "30.00", "open")
    level = desk.change("invoices", invoice, number="1", lines=[line("10")])[1]
    assert (level["balance"], level["status"]) == ("0.00", "paid")
    before = desk.content()
    status, answer = desk.change("invoices", invoice, number="1", lines=[line("9.99")])
    assert (status, answer["error"]["code"]) == (422, "settled")
    assert answer["error"]["message"].startswith("10.00 USD of invoice 1 is settled already")
    assert desk.content() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "draft"}, "/status"),
        ({"currency": "EUR"}, "/currency"),
        ({"currency": "JPY", "lines": [line("2500")]}, "/currency"),
        ({"customer": {"name": "Bob"}}, ""),
        ({"exchange_rate": "1.1"}, "/exchange_rate"),
        ({"lines": [line("0")]}, ""),
    ],
)
def test_what_is_settled_keeps_its_currency_its_party_and_its_rate(desk, changes, field):
    invoice = desk.make("invoices", number="1")["id"]
    desk.make("payments", invoice_id=invoice, amount="1")
    before = desk.content()
    status, answer = desk.change("invoices", invoice, number="1", **changes)
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (422, "settled", field)
    assert desk.content() == before


def test_what_is_not_settled_may_change_them(desk):
    invoice = desk.make("invoices", number="1")["id"]
    changed = desk.change("invoices", invoice, number="2", currency="EUR", customer={"name": "Bob"})[1]
    assert (changed["number"], changed["customer_id"], changed["currency"]) == ("2", "cus-2", "EUR")
    assert desk.balances() == {"1100 EUR": "25.00", "4100 EUR": "-25.00"}


def test_a_changed_payment_settles_anew(desk):
    first = desk.make("invoices")["id"]
    second = desk.make("invoices", lines=[line("8")])["id"]
    payment = desk.make("payments", invoice_id=first)["id"]
    moved = desk.change("payments", payment, invoice_id=second)[1]
    assert (moved["applied"], moved["credited"]) == ("8.00", "17.00")
    assert [desk.read("invoices", id)["balance"] for id in (first, second)] == ["25.00", "0.00"]
    less = desk.change("payments", payment, invoice_id=second, amount="3")[1]
    assert (less["applied"], less["credited"]) == ("3.00", "0.00")
    assert desk.read("invoices", second)["balance"] == "5.00"


def test_a_payment_that_a_later_one_followed_keeps_to_what_is_left_when_it_grows(desk):
    invoice = desk.make("invoices")["id"]
    first = desk.make("payments", invoice_id=invoice, amount="10")["id"]
    desk.make("payments", invoice_id=invoice, amount="10")
    grown = desk.change("payments", first, invoice_id=invoice, amount="20")[1]
    assert (grown["applied"], grown["credited"]) == ("15.00", "5.00")


def test_a_payment_whose_credit_was_refunded_keeps_that_credit(desk):
    invoice = desk.make("invoices")["id"]
    payment = desk.make("payments", invoice_id=invoice, amount="30")["id"]
    desk.make("refunds", payment_id=payment, amount="5")
    before = desk.content()
    for changes in ({"amount": "29"}, {"amount": "25"}):
        status, answer = desk.change("payments", payment, invoice_id=invoice, **changes)
        assert (status, answer["error"]["code"]) == (422, "settled")
        assert desk.content() == before
    grown = desk.change("payments", payment, invoice_id=invoice, amount="31")[1]
    assert (grown["applied"], grown["credited"]) == ("25.00", "1.00")


def test_a_payment_whose_credit_was_refunded_stays_with_its_customer(desk):
    invoice = desk.make("invoices")["id"]
    other = desk.make("invoices", customer={"name": "Bob"}, lines=[line("1")])["id"]
    payment = desk.make("payments", invoice_id=invoice, amount="30")["id"]
    desk.make("refunds", payment_id=payment, amount="5")
    before = desk.content()
    assert desk.change("payments", payment, invoice_id=other, amount="30")[1]["error"]["code"] == "settled"
    assert desk.content() == before


def test_a_changed_refund_may_take_what_it_took_before_and_no_more(desk):
    note = desk.make("credit_notes", customer={"name": "Ada"})["id"]
    refund = desk.make("refunds", credit_note_id=note, amount="20")["id"]
    assert desk.change("refunds", refund, credit_note_id=note, amount="25")[0] == 200
    assert desk.change("refunds", refund, credit_note_id=note, amount="25.01")[1]["error"]["code"] == "amount"
    assert desk.change("refunds", refund, credit_note_id=note, amount="1")[0] == 200
    assert desk.read("credit_notes", note)["balance"] == "24.00"


def test_a_changed_credit_note_settles_its_invoice_anew(desk):
    invoice = desk.make("invoices")["id"]
    note = desk.make("credit_notes", invoice_id=invoice, number="C")["id"]
    changed = desk.change("credit_notes", note, invoice_id=invoice, number="C", lines=[line()])[1]
    assert (changed["total"], changed["balance"]) == ("10.00", "0.00")
    assert desk.read("invoices", invoice)["balance"] == "15.00"
    alone = desk.change("credit_notes", note, customer={"name": "Bob"}, number="C", lines=[line()])[1]
    assert (alone["balance"], alone["customer_id"]) == ("10.00", "cus-2")
    assert desk.read("invoices", invoice)["balance"] == "25.00"


# ---- drafts ----


def test_a_draft_is_opened_by_an_update(desk):
    draft = desk.make("invoices", number="1", status="draft")
    assert (draft["balance"], desk.entries()) == ("25.00", 0)
    assert desk.refused("payments", invoice_id=draft["id"]) == ("draft", "/invoice_id")
    opened = desk.change("invoices", draft["id"], number="1", status="open")[1]
    assert (opened["status"], desk.entry()) == ("open", ["1100 25.00 USD", "4100 -25.00 USD"])
    assert desk.make("payments", invoice_id=draft["id"])["applied"] == "25.00"


def test_an_open_invoice_becomes_a_draft_while_nothing_is_settled(desk):
    invoice = desk.make("invoices", number="1")["id"]
    assert desk.change("invoices", invoice, number="1", status="draft")[1]["status"] == "draft"
    assert (desk.entries(), desk.balances()) == (2, {})
    assert desk.void("invoices", invoice)[1]["status"] == "void"
    assert desk.entries() == 2


# ---- forms ----


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"date": "2026-03-30"}, ("date", "/date")),
        ({"date": "31.03.2026"}, ("date", "/date")),
        ({"date": 1}, ("form", "/date")),
        ({"reason": 1}, ("form", "/reason")),
        ({"memo": "x"}, ("unknown_field", "/memo")),
    ],
)
def test_a_void_is_refused(desk, fields, refusal):
    invoice = desk.make("invoices")["id"]
    before = desk.content()
    status, answer = desk.void("invoices", invoice, **fields)
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (422, *refusal)
    assert desk.content() == before


def test_a_void_without_a_day_is_of_the_documents_own_day(desk):
    invoice = desk.make("invoices")["id"]
    desk.void("invoices", invoice, reason="")
    assert [row[2] for row in desk.content()["entry"]] == ["2026-03-31", "2026-03-31"]


def test_an_update_keeps_its_number_and_takes_no_others(desk):
    first, second = desk.make("invoices", number="1")["id"], desk.make("invoices", number="2")["id"]
    assert desk.change("invoices", first, number="1")[0] == 200
    status, answer = desk.change("invoices", second, number="1")
    assert (status, answer["error"]["code"]) == (409, "duplicate_number")


def test_a_document_is_not_changed_by_the_address_of_another_kind(desk):
    invoice = desk.make("invoices")["id"]
    bill = desk.make("bills")["id"]
    assert (invoice, bill) == ("inv-1", "bill-2")
    for collection, id in [
        ("invoices", "inv-2"),
        ("bills", "bill-1"),
        ("invoices", "bill-2"),
        ("bills", "inv-1"),
    ]:
        assert desk.void(collection, id)[0] == 404
        assert desk.change(collection, id)[0] == 404


def test_a_document_keeps_every_entry_it_ever_had(desk):
    invoice = desk.make("invoices", number="1")["id"]
    seen = desk.content()["posting"]
    for price in ("1", "2", "3"):
        desk.change("invoices", invoice, number="1", lines=[line(price)])
        now = desk.content()["posting"]
        assert now[: len(seen)] == seen
        seen = now
    desk.void("invoices", invoice)
    assert desk.content()["posting"][: len(seen)] == seen
    assert (desk.entries(), desk.balances()) == (8, {})
