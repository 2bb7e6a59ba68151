"""Journal entries, bank transactions, transfers and processors' transactions: what they post."""

from __future__ import annotations

import pytest

from engine.books.audit import check


@pytest.fixture(autouse=True)
def sound(desk):
    """Every test leaves sound books behind."""
    yield
    assert check(desk.books) == ()


# ---- journal entries ----


def test_a_journal_entry_posts_what_its_lines_say(desk):
    lines = [
        {"account_id": "5000", "debit": "30.00", "description": "Sold"},
        {"account_id": "6000", "debit": "0.50"},
        {"account_id": "5000", "credit": "10"},
        {"account_id": "1200:stripe", "credit": "20.50"},
    ]
    made = desk.make("journal_entries", lines=lines, memo="Stock count", number="J-1")
    assert desk.entry() == ["1200:stripe -20.50 USD", "5000 20.00 USD", "6000 0.50 USD"]
    assert (made["id"], made["status"]) == ("je-1", "posted")
    assert desk.content()["entry"][0][3] == "Stock count"


def lines(debit="10", credit="10", account="6000"):
    return [{"account_id": account, "debit": debit}, {"account_id": "3000", "credit": credit}]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"lines": lines(credit="9.99")}, ("total", "/lines")),
        ({"lines": lines()[:1]}, ("form", "/lines")),
        ({"lines": []}, ("form", "/lines")),
        ({"lines": lines(debit="-10", credit="-10")}, ("amount", "/lines/0/debit")),
        ({"lines": [{"account_id": "6000"}, *lines()]}, ("form", "/lines/0/debit")),
        (
            {"lines": [{"account_id": "6000", "debit": "1", "credit": "1"}, *lines()]},
            ("form", "/lines/0/debit"),
        ),
        ({"lines": [{"debit": "1"}, *lines()]}, ("missing", "/lines/0/account_id")),
        ({"lines": lines(debit="0.001")}, ("digits", "/lines/0/debit")),
        ({"lines": lines("9" * 13, "9" * 13) * 101}, ("size", "/lines")),
        ({"lines": lines(account="6001")}, ("account", "/lines/0/account_id")),
        *(
            ({"lines": lines(account=account)}, ("account", "/lines/0/account_id"))
            for account in (
                "1100",
                "2000",
                "2300",
                "1350",
                "3900",
                "4900",
                "2100:CA",
                "1100:x",
            )
        ),
        ({"currency": "XXX"}, ("currency", "/currency")),
        ({"date": None}, ("missing", "/date")),
    ],
)
def test_a_journal_entry_is_refused(desk, changes, refusal):
    assert desk.refused("journal_entries", **changes) == refusal


def test_a_journal_entry_that_does_not_balance_is_refused_with_the_difference(desk):
    _, answer = desk.post("/journal_entries", desk.body("journal_entries", lines=lines(credit="9.99")))
    assert answer["error"]["message"] == "debits come to 10.00 USD, credits to 9.99 (difference 0.01)"


def test_the_tax_that_was_collected_is_paid_by_an_entry_that_names_its_account(desk):
    taxed = {
        "description": "Tea",
        "quantity": 1,
        "unit_price": "100",
        "taxes": [{"code": "CA", "amount": "8"}],
    }
    desk.make("invoices", lines=[taxed])
    assert desk.refused("invoices", number="2", lines=[{**taxed, "account_id": "2100"}]) == (
        "account",
        "/lines/0/account_id",
    )
    desk.make("journal_entries", lines=lines("8", "8", account="2100:CA"))
    assert "2100:CA USD" not in desk.balances()
    desk.make("bank_transactions", amount="-3", contra_account_id="2100")


# ---- bank transactions ----


@pytest.mark.parametrize(
    ("changes", "postings"),
    [
        ({}, ["1000 25.00 USD", "1990 -25.00 USD"]),
        ({"amount": "-25.00"}, ["1000 -25.00 USD", "1990 25.00 USD"]),
        ({"amount": "-9", "contra_account_id": "6100"}, ["1000 -9.00 USD", "6100 9.00 USD"]),
        (
            {"account_id": "1010", "contra_account_id": "1200:stripe"},
            ["1010 25.00 USD", "1200:stripe -25.00 USD"],
        ),
    ],
)
def test_a_bank_transaction_moves_money_between_the_bank_and_the_other_side(desk, changes, postings):
    made = desk.make("bank_transactions", **changes)
    assert desk.entry() == postings
    assert made["amount"] == changes.get("amount", "25.00")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": "0"}, ("amount", "/amount")),
        ({"contra_account_id": "1000"}, ("account", "/contra_account_id")),
        ({"account_id": "1990"}, ("account", "/contra_account_id")),
        ({"account_id": "1010", "contra_account_id": "1010"}, ("account", "/contra_account_id")),
        ({"account_id": "9999"}, ("account", "/account_id")),
        ({"contra_account_id": "1100"}, ("account", "/contra_account_id")),
        ({"description": None}, ("missing", "/description")),
        ({"amount": "1.001"}, ("digits", "/amount")),
    ],
)
def test_a_bank_transaction_is_refused(desk, changes, refusal):
    assert desk.refused("bank_transactions", **changes) == refusal


# ---- transfers ----


def test_a_transfer_debits_where_the_money_goes(desk):
    desk.make("transfers")
    assert desk.entry() == ["1000 -25.00 USD", "1010 25.00 USD"]


def test_a_transfer_between_currencies_meets_in_currency_exchange(desk):
    desk.make("transfers", currency="EUR", to_amount="3100", to_currency="JPY")
    assert desk.entry() == ["1000 -25.00 EUR", "1010 3100 JPY", "3900 25.00 EUR", "3900 -3100 JPY"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"to_account_id": "1000"}, ("account", "/to_account_id")),
        ({"amount": "0"}, ("amount", "/amount")),
        ({"amount": "-1"}, ("amount", "/amount")),
        ({"to_amount": "5"}, ("missing", "/to_currency")),
        ({"to_currency": "EUR"}, ("missing", "/to_amount")),
        ({"to_currency": "USD", "to_amount": "25"}, ("currency", "/to_currency")),
        ({"to_currency": "EUR", "to_amount": "0"}, ("amount", "/to_amount")),
        ({"to_currency": "JPY", "to_amount": "1.5"}, ("digits", "/to_amount")),
        ({"to_account_id": "3900"}, ("account", "/to_account_id")),
        ({"from_account_id": None}, ("missing", "/from_account_id")),
    ],
)
def test_a_transfer_is_refused(desk, changes, refusal):
    assert desk.refused("transfers", **changes) == refusal


# ---- processors' transactions ----


def amounts(amount, fee, net):
    return {"amount": amount, "fee": fee, "net": net}


@pytest.mark.parametrize(
    ("changes", "postings"),
    [
        (
            {"type": "charge", **amounts("25.00", "1.00", "24.00")},
            ["1200:stripe 24.00 USD", "4100 -25.00 USD", "6100 1.00 USD"],
        ),
        (
            {"type": "charge", "account_id": "2450", **amounts("25.00", "0", "25.00")},
            ["1200:stripe 25.00 USD", "2450 -25.00 USD"],
        ),
        (
            {"type": "refund", **amounts("-10.00", "0", "-10.00")},
            ["1200:stripe -10.00 USD", "4190 10.00 USD"],
        ),
        (
            {"type": "refund", "account_id": "4100", **amounts("-10.00", "0.30", "-10.30")},
            ["1200:stripe -10.30 USD", "4100 10.00 USD", "6100 0.30 USD"],
        ),
        (
            {"type": "refund", **amounts("-10.00", "-0.30", "-9.70")},
            ["1200:stripe -9.70 USD", "4190 10.00 USD", "6100 -0.30 USD"],
        ),
        (
            {"type": "payout", **amounts("100.00", "1.50", "98.50")},
            ["1000 98.50 USD", "1200:stripe -100.00 USD", "6100 1.50 USD"],
        ),
        (
            {"type": "payout", "account_id": "1010", **amounts("100.00", "0", "100.00")},
            ["1010 100.00 USD", "1200:stripe -100.00 USD"],
        ),
        (
            {"type": "payout", **amounts("-5.00", "0", "-5.00")},
            ["1000 -5.00 USD", "1200:stripe 5.00 USD"],
        ),
        ({"type": "fee", **amounts("0", "2.00", "-2.00")}, ["1200:stripe -2.00 USD", "6100 2.00 USD"]),
        ({"type": "fee", **amounts("-2.00", "0", "-2.00")}, ["1200:stripe -2.00 USD", "6100 2.00 USD"]),
        (
            {"type": "adjustment", **amounts("-15.00", "15.00", "-30.00")},
            ["1200:stripe -30.00 USD", "4190 15.00 USD", "6100 15.00 USD"],
        ),
        (
            {"type": "adjustment", "account_id": "4300", **amounts("3.00", "0", "3.00")},
            ["1200:stripe 3.00 USD", "4300 -3.00 USD"],
        ),
    ],
)
def test_a_transaction_of_each_type_posts(desk, changes, postings):
    desk.make("transactions", **changes)
    assert desk.entry() == postings


def test_a_charge_pays_its_invoice_and_leaves_the_rest_as_credit(desk):
    invoice = desk.make("invoices", lines=[{"description": "x", "quantity": 1, "unit_price": "20"}])["id"]
    made = desk.make("transactions", invoice_id=invoice)
    assert desk.entry() == ["1100 -20.00 USD", "1200:stripe 24.00 USD", "2300 -5.00 USD", "6100 1.00 USD"]
    assert desk.read("invoices", invoice)["status"] == "paid"
    assert (made["id"], made["customer_id"]) == ("txn-2", "cus-1")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"net": "24.01"}, ("total", "/net")),
        ({"fee": "-1.00"}, ("total", "/net")),
        ({"fee": None}, ("missing", "/fee")),
        ({"net": None}, ("missing", "/net")),
        ({"amount": None}, ("missing", "/amount")),
        ({"method": None}, ("missing", "/method")),
        ({"type": None}, ("missing", "/type")),
        ({"type": "dispute"}, ("form", "/type")),
        ({"type": 1}, ("form", "/type")),
        ({"type": "refund", "invoice_id": "inv-1"}, ("form", "/invoice_id")),
        ({"account_id": "4100", "invoice_id": "inv-1"}, ("form", "/invoice_id")),
        ({"invoice_id": "inv-1", **amounts("-1", "0", "-1")}, ("amount", "/amount")),
        ({"invoice_id": "inv-9"}, ("unknown_invoice", "/invoice_id")),
        ({"account_id": "1100"}, ("account", "/account_id")),
    ],
)
def test_a_transaction_is_refused(desk, changes, refusal):
    desk.make("invoices")
    assert desk.refused("transactions", **changes) == refusal


def test_a_transaction_whose_net_is_wrong_is_refused_with_what_is_right(desk):
    _, answer = desk.post("/transactions", desk.body("transactions", net="24.01"))
    assert answer["error"]["message"] == "amount less fee is 24.00 USD, net is 24.01"


def test_charges_fees_and_payouts_leave_nothing_at_the_processor(desk):
    desk.make("transactions")
    desk.make("transactions", type="refund", **amounts("-5.00", "0", "-5.00"))
    desk.make("transactions", type="fee", **amounts("0", "0.50", "-0.50"))
    desk.make("transactions", type="payout", **amounts("18.50", "0", "18.50"))
    assert desk.balances() == {
        "1000 USD": "18.50",
        "4100 USD": "-25.00",
        "4190 USD": "5.00",
        "6100 USD": "1.50",
    }


def test_what_a_charge_paid_beyond_its_invoice_is_paid_back(desk):
    line = {"description": "Tea", "quantity": 1, "unit_price": "120"}
    invoice = desk.make("invoices", lines=[line])
    charge = desk.make(
        "transactions", type="charge", amount="150", fee="0", net="150", invoice_id=invoice["id"]
    )
    assert desk.refused("refunds", payment_id=charge["id"], amount="30.01") == ("amount", "/amount")
    desk.make("refunds", payment_id=charge["id"], amount="30")
    assert "2300 USD" not in desk.balances()
