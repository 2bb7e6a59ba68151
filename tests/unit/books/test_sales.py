"""Sales: what invoices, credit notes, payments and refunds post, and what they leave open."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.books.audit import check
from engine.books.reports import document


def line(price="10.00", **changes):
    return {"description": "Blue mug", "quantity": 1, "unit_price": price, **changes}


@pytest.fixture(autouse=True)
def sound(desk):
    """Every test leaves sound books behind."""
    yield
    assert check(desk.books) == ()


# ---- lines ----


@pytest.mark.parametrize(
    ("category", "account"),
    [
        ("goods", "4100"),
        ("shipping", "4200"),
        ("tip", "2200"),
        ("gift_card", "2400"),
        ("deposit", "2450"),
        ("duty", "2150"),
        ("fee", "4300"),
        ("adjustment", "4190"),
    ],
)
def test_the_category_of_a_line_gives_its_account(desk, category, account):
    desk.make("invoices", lines=[line(category=category)])
    assert desk.entry() == ["1100 10.00 USD", f"{account} -10.00 USD"]


@pytest.mark.parametrize(
    ("rounding", "total", "posted"), [("-0.02", "9.98", "0.02"), ("0.02", "10.02", "-0.02")]
)
def test_cash_rounding_has_an_account_of_its_own_both_ways(desk, rounding, total, posted):
    answer = desk.make("invoices", lines=[line(), line(rounding, category="rounding")])
    assert answer["total"] == total
    assert desk.entry() == [f"1100 {total} USD", "4100 -10.00 USD", f"6900 {posted} USD"]


def test_tax_has_an_account_per_code_and_place(desk):
    taxes = [
        {"code": "STATE", "amount": "0.60", "place": "CA"},
        {"code": "STATE", "amount": "0.40", "place": "NY"},
        {"code": "GST", "amount": "0.50"},
        {"code": "GST", "amount": "0.25"},
    ]
    answer = desk.make(
        "invoices", lines=[line(taxes=taxes), line(tax="0.10", tax_code="GST"), line(tax="0.05")]
    )
    assert desk.entry() == [
        "1100 31.90 USD",
        "2100 -0.05 USD",
        "2100:CA STATE -0.60 USD",
        "2100:GST -0.85 USD",
        "2100:NY STATE -0.40 USD",
        "4100 -30.00 USD",
    ]
    assert (answer["subtotal"], answer["total_tax"]) == ("30.00", "1.90")


def test_taxes_inside_the_price_are_taken_out_of_its_line(desk):
    taxes = [{"code": "A", "amount": "1.00"}, {"code": "B", "amount": "0.50"}]
    desk.make("invoices", tax_inclusive=True, total="10.00", lines=[line(taxes=taxes)])
    assert desk.entry() == ["1100 10.00 USD", "2100:A -1.00 USD", "2100:B -0.50 USD", "4100 -8.50 USD"]


@pytest.mark.parametrize("code", ["a:b", "7.25 %", "Ünïcode 税", "'; --", "x" * 300, "  A  "])
def test_a_tax_code_may_hold_any_characters(desk, code):
    desk.make("invoices", lines=[line(taxes=[{"code": code, "amount": "1.00"}])])
    desk.make(
        "credit_notes", customer={"name": "Ada"}, lines=[line(taxes=[{"code": code, "amount": "1.00"}])]
    )
    accounts = {row[1]: row for row in desk.content()["account"]}
    assert accounts[f"2100:{code}"][2:] == (f"Sales tax payable: {code}", "liability", "tax")


def test_no_tax_at_all_is_no_posting(desk):
    desk.make("invoices", lines=[line(taxes=[]), line(taxes=[{"code": "A", "amount": "0"}])])
    assert desk.entry() == ["1100 20.00 USD", "4100 -20.00 USD"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"tax": "1", "taxes": []}, "tax"),
        ({"tax_code": "A", "taxes": []}, "tax_code"),
        ({"taxes": [{"amount": "1"}]}, "taxes/0/code"),
        ({"taxes": [{"code": "A"}]}, "taxes/0/amount"),
        ({"taxes": [{"code": " ", "amount": "1"}]}, "taxes/0/code"),
        ({"taxes": [{"code": "A", "amount": "1", "rate": "5"}]}, "taxes/0/rate"),
        ({"taxes": {}}, "taxes"),
        ({"tax_code": ""}, "tax_code"),
        ({"account_id": "2100"}, "account_id"),
        ({"account_id": "3900"}, "account_id"),
        ({"account_id": "4900"}, "account_id"),
    ],
)
def test_a_line_is_refused_when_its_tax_or_account_is_wrong(desk, wrong, field):
    assert desk.refused("invoices", lines=[line(**wrong)])[1] == f"/lines/0/{field}"


# ---- payments ----


def test_payments_in_part_leave_the_rest_open(desk):
    invoice = desk.make("invoices")["id"]
    for amount, balance, status in [
        ("10", "15.00", "open"),
        ("14.99", "0.01", "open"),
        ("0.01", "0.00", "paid"),
    ]:
        made = desk.make("payments", invoice_id=invoice, amount=amount)
        assert (made["credited"], made["status"]) == ("0.00", "posted")
        shown = desk.read("invoices", invoice)
        assert (shown["balance"], shown["status"]) == (balance, status)
    assert desk.balances() == {"1200:paypal USD": "25.00", "4100 USD": "-25.00"}


def test_a_payment_above_what_is_open_is_credit_for_the_rest(desk):
    invoice = desk.make("invoices")["id"]
    desk.make("payments", invoice_id=invoice, amount="20")
    made = desk.make("payments", invoice_id=invoice, amount="20")
    assert (made["amount"], made["applied"], made["credited"]) == ("20.00", "5.00", "15.00")
    assert desk.entry() == ["1100 -5.00 USD", "1200:paypal 20.00 USD", "2300 -15.00 USD"]


def test_a_payment_of_a_customer_is_credit(desk):
    customer = desk.make("customers")["id"]
    made = desk.make("payments", customer_id=customer)
    assert (made["applied"], made["credited"], made["customer_id"]) == ("0.00", "25.00", customer)
    assert desk.entry() == ["1200:paypal 25.00 USD", "2300 -25.00 USD"]


def test_what_the_processor_keeps_of_a_payment_is_a_cost_and_the_invoice_is_paid_in_full(desk):
    invoice = desk.make("invoices")["id"]
    desk.make("payments", invoice_id=invoice, fee="1.03")
    assert desk.entry() == ["1100 -25.00 USD", "1200:paypal 23.97 USD", "6100 1.03 USD"]
    assert desk.read("invoices", invoice)["status"] == "paid"


def test_a_fee_above_the_payment_is_owed_to_the_processor(desk):
    invoice = desk.make("invoices")["id"]
    desk.make("payments", invoice_id=invoice, amount="0.10", fee="0.30")
    assert desk.entry() == ["1100 -0.10 USD", "1200:paypal -0.20 USD", "6100 0.30 USD"]


def test_a_payment_goes_to_the_account_that_it_names(desk):
    invoice = desk.make("invoices")["id"]
    desk.make("payments", invoice_id=invoice, account_id="1010")
    assert desk.entry() == ["1010 25.00 USD", "1100 -25.00 USD"]


def test_a_gift_card_is_a_liability_until_it_is_redeemed(desk):
    card = desk.make("invoices", lines=[line("25.00", category="gift_card")])
    desk.make("payments", invoice_id=card["id"])
    assert desk.balances() == {"1200:paypal USD": "25.00", "2400 USD": "-25.00"}
    sale = desk.make("invoices", lines=[line("30.00")])
    desk.make("payments", invoice_id=sale["id"], method="gift_card", account_id="2400")
    desk.make("payments", invoice_id=sale["id"], amount="5", method="paypal")
    assert desk.read("invoices", sale["id"])["status"] == "paid"
    assert desk.balances() == {"1200:paypal USD": "30.00", "4100 USD": "-30.00"}


def test_a_deposit_is_a_liability_until_it_is_taken_off_the_final_invoice(desk):
    first = desk.make("invoices", lines=[line("10.00", category="deposit")])
    desk.make("payments", invoice_id=first["id"], amount="10")
    assert desk.balances() == {"1200:paypal USD": "10.00", "2450 USD": "-10.00"}
    last = desk.make("invoices", lines=[line("100.00"), line("-10.00", category="deposit")])
    assert last["total"] == "90.00"
    desk.make("payments", invoice_id=last["id"], amount="90")
    assert desk.balances() == {"1200:paypal USD": "100.00", "4100 USD": "-100.00"}


@pytest.mark.parametrize("method", ["a:b", "Ünïcode 税", "  x", "'; --", "x" * 300, "1200"])
def test_a_method_may_hold_any_characters_and_has_an_account_of_its_own(desk, method):
    invoice = desk.make("invoices")["id"]
    desk.make("payments", invoice_id=invoice, method=method)
    desk.make("payments", invoice_id=invoice, account_id=f"1200:{method}", amount="1")
    assert desk.balances()[f"1200:{method} USD"] == "26.00"


def test_an_invoice_of_nothing_takes_a_payment_as_credit(desk):
    invoice = desk.make("invoices", lines=[line(discount="10.00")])
    assert (invoice["status"], invoice["balance"]) == ("paid", "0.00")
    made = desk.make("payments", invoice_id=invoice["id"], amount="1")
    assert (made["applied"], made["credited"]) == ("0.00", "1.00")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, ("missing", "/invoice_id")),
        ({"customer_id": "cus-9"}, ("unknown_customer", "/customer_id")),
        ({"customer_id": "ven-1"}, ("unknown_customer", "/customer_id")),
        ({"invoice_id": "cn-1"}, ("unknown_invoice", "/invoice_id")),
        ({"customer_id": "cus-1", "account_id": "2300"}, ("account", "/account_id")),
        ({"customer_id": "cus-1", "account_id": "1200:"}, ("account", "/account_id")),
        ({"customer_id": "cus-1", "exchange_rate": "0"}, ("amount", "/exchange_rate")),
        ({"customer_id": "cus-1", "exchange_rate": "-1.1"}, ("amount", "/exchange_rate")),
    ],
)
def test_a_payment_is_refused(desk, changes, refusal):
    desk.make("customers")
    assert desk.refused("payments", **changes) == refusal


# ---- credit notes ----


def test_a_credit_note_turns_its_lines_round(desk):
    desk.make(
        "credit_notes",
        customer={"name": "Ada"},
        lines=[
            line(tax="0.80", tax_code="CA"),
            line("5.00", category="shipping"),
            line("2.00", account_id="5000"),
        ],
    )
    assert desk.entry() == [
        "2100:CA 0.80 USD",
        "2300 -17.80 USD",
        "4100 10.00 USD",
        "4200 5.00 USD",
        "5000 2.00 USD",
    ]


@pytest.mark.parametrize(
    ("paid", "left", "postings", "credit"),
    [
        (None, "15.00", ["1100 -10.00 USD", "4100 10.00 USD"], "0.00"),
        ("20.00", "0.00", ["1100 -5.00 USD", "2300 -5.00 USD", "4100 10.00 USD"], "5.00"),
        ("25.00", "0.00", ["2300 -10.00 USD", "4100 10.00 USD"], "10.00"),
    ],
)
def test_a_credit_note_settles_what_is_open_of_its_invoice_and_the_rest_is_credit(
    desk, paid, left, postings, credit
):
    invoice = desk.make("invoices")["id"]
    if paid:
        desk.make("payments", invoice_id=invoice, amount=paid)
    note = desk.make("credit_notes", invoice_id=invoice, lines=[line()])
    assert desk.entry() == postings
    assert desk.read("invoices", invoice)["balance"] == left
    assert (note["balance"], note["total"], note["customer_id"]) == (credit, "10.00", "cus-1")
    assert note["status"] == ("paid" if credit == "0.00" else "open")


def test_a_credit_note_above_its_open_invoice_leaves_credit(desk):
    invoice = desk.make("invoices")["id"]
    note = desk.make("credit_notes", invoice_id=invoice, lines=[line("30.00")])
    assert (note["balance"], desk.read("invoices", invoice)["status"]) == ("5.00", "paid")
    assert desk.entry() == ["1100 -25.00 USD", "2300 -5.00 USD", "4100 30.00 USD"]


def test_a_credit_note_of_nothing_settles_nothing(desk):
    invoice = desk.make("invoices")["id"]
    note = desk.make("credit_notes", invoice_id=invoice, lines=[line("0")])
    assert (note["balance"], note["status"], desk.read("invoices", invoice)["balance"]) == (
        "0.00",
        "paid",
        "25.00",
    )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, ("missing", "/customer")),
        ({"invoice_id": "inv-1", "customer": {"name": "Bob"}}, ("other_party", "/customer")),
        ({"invoice_id": "inv-1", "customer_id": "cus-2"}, ("other_party", "/customer_id")),
        ({"invoice_id": "inv-1", "customer_id": "cus-9"}, ("other_party", "/customer_id")),
        ({"invoice_id": "inv-9"}, ("unknown_invoice", "/invoice_id")),
        ({"invoice_id": "inv-2"}, ("draft", "/invoice_id")),
        ({"invoice_id": "inv-3"}, ("void", "/invoice_id")),
        ({"invoice_id": "inv-1", "currency": "EUR"}, ("currency", "/currency")),
        ({"invoice_id": "inv-1", "lines": [line("-1")]}, ("amount", "/lines")),
        ({"invoice_id": "inv-1", "total": "24.99"}, ("total", "/total")),
        ({"invoice_id": "inv-1", "status": "open"}, ("unknown_field", "/status")),
    ],
)
def test_a_credit_note_is_refused(desk, changes, refusal):
    desk.make("invoices")
    desk.make("invoices", status="draft")
    void = desk.make("invoices", customer={"name": "Bob"})["id"]
    desk.void("invoices", void)
    assert desk.refused("credit_notes", **changes) == refusal


def test_a_credit_note_may_name_the_invoices_own_customer(desk):
    invoice = desk.make("invoices")
    for changes in ({"customer": {"name": "Ada Lovelace"}}, {"customer_id": invoice["customer_id"]}):
        assert desk.make("credit_notes", invoice_id=invoice["id"], **changes)["customer_id"] == "cus-1"


# ---- what a credit note settles of its invoice ----


@pytest.mark.parametrize(
    ("settles", "left", "postings", "credit"),
    [
        ("0", "15.00", ["2300 -10.00 USD", "4100 10.00 USD"], "10.00"),
        ("4.00", "11.00", ["1100 -4.00 USD", "2300 -6.00 USD", "4100 10.00 USD"], "6.00"),
        ("10.00", "5.00", ["1100 -10.00 USD", "4100 10.00 USD"], "0.00"),
    ],
)
def test_a_credit_note_settles_as_much_as_it_says_and_the_rest_is_credit(
    desk, settles, left, postings, credit
):
    invoice = desk.make("invoices")["id"]
    desk.make("payments", invoice_id=invoice, amount="10.00")
    note = desk.make("credit_notes", invoice_id=invoice, settles=settles, lines=[line()])
    assert desk.entry() == postings
    assert desk.read("invoices", invoice)["balance"] == left
    assert (note["balance"], note["settles"], note["customer_id"]) == (credit, settles, "cus-1")


def test_a_credit_note_that_settles_nothing_still_belongs_to_its_invoice(desk):
    invoice = desk.make("invoices")["id"]
    note = desk.make("credit_notes", invoice_id=invoice, settles="0", lines=[line()])["id"]
    listed = desk.get(f"/credit_notes?invoice_id={invoice}")[1]["credit_notes"]
    assert [each["id"] for each in listed] == [note]
    for each in (invoice, note):
        shown = document(desk.books, each)
        assert shown is not None
        told = [(link.settling_id, link.settled_id, link.amount) for link in shown.allocations]
        assert told == [(note, invoice, Decimal(0))]
    desk.void("credit_notes", note)
    left = document(desk.books, invoice)
    assert left is not None
    assert left.allocations == ()


def test_a_credit_note_may_be_changed_to_settle_more_or_less(desk):
    invoice = desk.make("invoices")["id"]
    note = desk.make("credit_notes", invoice_id=invoice, settles="0", number="C", lines=[line("20")])["id"]
    for settles, left in (("20", "5.00"), ("3", "22.00"), (None, "5.00"), ("0", "25.00")):
        status, _ = desk.change(
            "credit_notes", note, invoice_id=invoice, settles=settles, number="C", lines=[line("20")]
        )
        assert (status, desk.read("invoices", invoice)["balance"]) == (200, left)
    desk.make("refunds", credit_note_id=note, amount="15")
    before = desk.content()
    status, answer = desk.change(
        "credit_notes", note, invoice_id=invoice, settles="6", number="C", lines=[line("20")]
    )
    assert (status, answer["error"]["code"]) == (422, "settled")
    assert desk.content() == before


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"settles": "10.01"}, "amount", "it comes to 10.00 USD and cannot settle 10.01"),
        ({"settles": "-0.01"}, "amount", "more was paid back than it credits"),
        ({"settles": "5.01", "lines": [line("20")]}, "settles", "invoice 1 has 5.00 USD open"),
        ({"settles": "1.001"}, "digits", "more decimals"),
        ({"settles": "1", "invoice_id": None, "customer_id": "cus-1"}, "form", "give invoice_id"),
    ],
)
def test_a_credit_note_settles_no_more_than_it_credits_and_no_more_than_is_open(desk, changes, code, words):
    desk.make("invoices", number="1")
    desk.make("payments", invoice_id="inv-1", amount="20.00")
    before = desk.content()
    body = desk.body("credit_notes", **{"invoice_id": "inv-1", "lines": [line()], **changes})
    status, answer = desk.post("/credit_notes", body)
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (422, code, "/settles")
    assert words in answer["error"]["message"]
    assert desk.content() == before


def test_a_rate_of_exchange_wins_or_loses_on_what_a_credit_note_settles(desk):
    invoice = desk.make("invoices", currency="EUR", exchange_rate="1.10")["id"]
    desk.make(
        "credit_notes",
        invoice_id=invoice,
        currency="EUR",
        exchange_rate="1.20",
        settles="4.00",
        lines=[line()],
    )
    assert desk.balances()["4900 USD"] == "-0.40"


# ---- refunds ----


def test_a_refund_pays_back_the_credit_of_a_credit_note(desk):
    note = desk.make("credit_notes", customer={"name": "Ada"})["id"]
    made = desk.make("refunds", credit_note_id=note, amount="10", account_id="1000")
    assert desk.entry() == ["1000 -10.00 USD", "2300 10.00 USD"]
    assert (made["customer_id"], desk.read("credit_notes", note)["balance"]) == ("cus-1", "15.00")
    desk.make("refunds", credit_note_id=note, amount="15")
    assert desk.entry() == ["1200:paypal -15.00 USD", "2300 15.00 USD"]
    assert desk.read("credit_notes", note)["status"] == "paid"
    assert desk.balances() == {"1000 USD": "-10.00", "1200:paypal USD": "-15.00", "4100 USD": "25.00"}


def test_a_refund_pays_back_what_a_payment_left_as_credit(desk):
    invoice = desk.make("invoices")["id"]
    payment = desk.make("payments", invoice_id=invoice, amount="30")["id"]
    desk.make("refunds", payment_id=payment, amount="5", method=None)
    assert desk.entry() == ["1200 -5.00 USD", "2300 5.00 USD"]
    assert desk.read("payments", payment)["credited"] == "0.00"
    assert desk.read("invoices", invoice)["status"] == "paid"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"credit_note_id": "cn-1", "amount": "10.01"}, ("amount", "/amount")),
        ({"payment_id": "pay-3", "amount": "0.01"}, ("amount", "/amount")),
        ({"payment_id": "pay-4", "amount": "5.01"}, ("amount", "/amount")),
        ({"credit_note_id": "cn-1", "amount": "0"}, ("amount", "/amount")),
        ({"credit_note_id": "cn-1", "amount": "-1"}, ("amount", "/amount")),
        ({"credit_note_id": "pay-4"}, ("unknown_credit_note", "/credit_note_id")),
        ({"payment_id": "pay-9"}, ("unknown_payment", "/payment_id")),
        ({"payment_id": "pay-4", "credit_note_id": "cn-1"}, ("form", "/payment_id")),
        ({}, ("missing", "/credit_note_id")),
        ({"payment_id": "pay-5", "amount": "1"}, ("void", "/payment_id")),
        ({"payment_id": "pay-4", "amount": "1", "currency": "EUR"}, ("currency", "/currency")),
        ({"invoice_id": "inv-2"}, ("unknown_field", "/invoice_id")),
    ],
)
def test_a_refund_never_takes_more_than_is_left(desk, changes, refusal):
    desk.make("credit_notes", customer={"name": "Ada Lovelace"}, lines=[line()])
    invoice = desk.make("invoices")["id"]
    desk.make("payments", invoice_id=invoice)
    desk.make("payments", invoice_id=invoice, amount="5")
    desk.void("payments", desk.make("payments", invoice_id=invoice, amount="5")["id"])
    assert desk.refused("refunds", **changes) == refusal


def test_a_refusal_says_what_is_left(desk):
    note = desk.make("credit_notes", customer={"name": "Ada"}, number="C-1", lines=[line()])["id"]
    desk.make("refunds", credit_note_id=note, amount="9.99")
    _, answer = desk.post("/refunds", desk.body("refunds", credit_note_id=note, amount="0.02"))
    assert answer["error"]["message"] == "credit note C-1 has 0.01 USD left to pay back"


# ---- who and which ----


def test_receivable_and_credit_follow_the_customer_of_each_document(desk):
    first = desk.make("invoices")["id"]
    second = desk.make("invoices", customer={"name": "Bob"})["id"]
    desk.make("payments", invoice_id=first, amount="30")
    desk.make("credit_notes", invoice_id=second, lines=[line()])
    with desk.books.reading() as cursor:
        sql = "SELECT p.master, a.code, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account"
        sql += " WHERE p.master IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
        assert cursor.execute(sql).fetchall() == [(1, "1100", 0), (1, "2300", -500), (2, "1100", 1500)]


@pytest.mark.parametrize("collection", ["invoices", "credit_notes"])
def test_a_number_is_that_of_one_document_of_its_kind_even_when_that_is_void(desk, collection):
    made = desk.make(collection, number="7", customer={"name": "Ada"})
    assert desk.refused(collection, number="7", customer={"name": "Bob"}) == ("duplicate_number", "/number")
    desk.void(collection, made["id"])
    assert desk.refused(collection, number="7", customer={"name": "Bob"}) == ("duplicate_number", "/number")


def test_a_bills_number_is_its_vendors_and_two_vendors_may_use_one(desk):
    made = desk.make("bills", number="7", vendor={"name": "Ada"})
    desk.make("bills", number="7", vendor={"name": "Bob"})
    assert desk.refused("bills", number="7", vendor={"name": "Ada"}) == ("duplicate_number", "/number")
    assert desk.refused("bills", number="7", vendor=None, vendor_id=made["vendor_id"]) == (
        "duplicate_number",
        "/number",
    )


def test_documents_of_two_kinds_may_share_a_number(desk):
    for collection in ("invoices", "credit_notes"):
        desk.make(collection, number="7", customer={"name": "Ada"})
    desk.make("bills", number="7")
    desk.make("journal_entries", number="7")


def test_nothing_is_paid_back_before_it_was_credited(desk):
    note = desk.make("credit_notes", customer={}, date="2026-03-12")
    assert desk.refused("refunds", credit_note_id=note["id"], date="2026-03-11") == ("date", "/date")
