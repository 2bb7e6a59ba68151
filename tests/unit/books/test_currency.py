"""Foreign currency: what is won or lost between two stated rates of exchange."""

from __future__ import annotations

import pytest

from engine.books import chart
from engine.books.audit import check
from engine.books.store import Books
from tests.bench import StoppedClock


@pytest.fixture(autouse=True)
def sound(desk):
    """Every test leaves sound books behind."""
    yield
    assert check(desk.books) == ()


def euro(price="100.00"):
    return {"currency": "EUR", "lines": [{"description": "x", "quantity": 1, "unit_price": price}]}


@pytest.mark.parametrize(
    ("booked", "paid", "won"),
    [
        ("1.10", "1.15", ["3900 5.00 USD", "4900 -5.00 USD"]),
        ("1.15", "1.10", ["3900 -5.00 USD", "4900 5.00 USD"]),
        ("1.10", "1.10", []),
        (None, "1.10", []),
        ("1.10", None, []),
        ("1.1", "1.10005", []),
        ("1.1", "1.10015", ["3900 0.02 USD", "4900 -0.02 USD"]),
        ("1.10005", "1.1", []),
        ("1.1", "1.100050001", ["3900 0.01 USD", "4900 -0.01 USD"]),
    ],
)
def test_a_payment_at_another_rate_wins_or_loses_rounded_half_even(desk, booked, paid, won):
    invoice = desk.make("invoices", exchange_rate=booked, **euro())["id"]
    desk.make("payments", invoice_id=invoice, currency="EUR", amount="100", exchange_rate=paid)
    assert desk.entry() == sorted(["1100 -100.00 EUR", "1200:paypal 100.00 EUR", *won])


def test_only_what_is_settled_wins_or_loses(desk):
    invoice = desk.make("invoices", exchange_rate="1.10", **euro())["id"]
    for amount, won in [("40", "2.00"), ("80", "3.00")]:
        desk.make("payments", invoice_id=invoice, currency="EUR", amount=amount, exchange_rate="1.15")
        assert f"4900 -{won} USD" in desk.entry()
    assert desk.balances()["2300 EUR"] == "-20.00"


def test_a_bill_paid_at_a_higher_rate_loses(desk):
    bill = desk.make("bills", exchange_rate="1.10", **euro())["id"]
    desk.make("bill_payments", bill_id=bill, currency="EUR", amount="100", exchange_rate="1.15")
    assert desk.entry() == ["1000 -100.00 EUR", "2000 100.00 EUR", "3900 -5.00 USD", "4900 5.00 USD"]


def test_a_refund_at_a_higher_rate_loses(desk):
    note = desk.make("credit_notes", customer={"name": "Ada"}, exchange_rate="1.10", **euro())["id"]
    desk.make("refunds", credit_note_id=note, currency="EUR", amount="100", exchange_rate="1.15")
    assert desk.entry() == ["1200:paypal -100.00 EUR", "2300 100.00 EUR", "3900 -5.00 USD", "4900 5.00 USD"]


def test_a_credit_note_at_a_higher_rate_than_its_invoice_wins_what_the_receivable_does_not_lose(desk):
    invoice = desk.make("invoices", exchange_rate="1.10", **euro())["id"]
    desk.make("credit_notes", invoice_id=invoice, exchange_rate="1.15", **euro("40"))
    assert desk.entry() == ["1100 -40.00 EUR", "3900 2.00 USD", "4100 40.00 EUR", "4900 -2.00 USD"]


def test_the_books_own_currency_neither_wins_nor_loses(desk):
    invoice = desk.make("invoices", exchange_rate="1")["id"]
    desk.make("payments", invoice_id=invoice, exchange_rate="2")
    assert desk.entry() == ["1100 -25.00 USD", "1200:paypal 25.00 USD"]


@pytest.mark.parametrize(
    ("own", "booked", "paid", "won"),
    [
        ("JPY", "160", "160.125", "12"),  # 12.5 to the even unit below
        ("JPY", "160", "160.135", "14"),  # 13.5 to the even unit above
        ("JPY", "160.125", "160", "-12"),
        ("KWD", "0.3", "0.300005", "0.000"),  # 0.0005
        ("KWD", "0.3", "0.300015", "0.002"),  # 0.0015
        ("KWD", "0.3", "0.30123", "0.123"),
    ],
)
def test_what_is_won_has_the_decimals_of_the_books_own_currency(tmp_path, desk_at, own, booked, paid, won):
    shipped = chart.load(chart.SHIPPED)
    with Books.open(
        tmp_path / "own.db", StoppedClock(), chart=chart.Chart(own, shipped.accounts, shipped.categories)
    ) as books:
        desk = desk_at(books)
        invoice = desk.make("invoices", exchange_rate=booked, **euro())["id"]
        desk.make("payments", invoice_id=invoice, currency="EUR", amount="100", exchange_rate=paid)
        found = {code: amount for code, amount in desk.balances().items() if own in code}
        other = won[1:] if won.startswith("-") else f"-{won}"
        assert found == ({} if won == "0.000" else {f"3900 {own}": won, f"4900 {own}": other})
        assert check(books) == ()


def test_rates_of_many_digits_are_exact(desk):
    invoice = desk.make("invoices", exchange_rate="1." + "0" * 27 + "1", **euro("9999999999999.99"))["id"]
    desk.make(
        "payments",
        invoice_id=invoice,
        currency="EUR",
        amount="9999999999999.99",
        exchange_rate="2." + "0" * 27 + "1",
    )
    assert "4900 -9999999999999.99 USD" in desk.entry()


@pytest.mark.parametrize("rate", ["9" * 28, "9" * 13])
def test_a_rate_beyond_all_bounds_is_refused(desk, rate):
    desk.make("invoices", exchange_rate="1", **euro())
    changes = {"invoice_id": "inv-1", "currency": "EUR", "amount": "100", "exchange_rate": rate}
    assert desk.refused("payments", **changes) == ("size", "/exchange_rate")


def test_a_void_payment_takes_back_what_it_won(desk):
    invoice = desk.make("invoices", exchange_rate="1.10", **euro())["id"]
    made = desk.make("payments", invoice_id=invoice, currency="EUR", amount="100", exchange_rate="1.15")
    desk.void("payments", made["id"])
    assert desk.balances() == {"1100 EUR": "100.00", "4100 EUR": "-100.00"}


def test_the_rate_of_what_is_settled_does_not_change(desk):
    invoice = desk.make("invoices", number="1", exchange_rate="1.10", **euro())["id"]
    desk.make("payments", invoice_id=invoice, currency="EUR", amount="1", exchange_rate="1.15")
    before = desk.content()
    status, answer = desk.change("invoices", invoice, number="1", exchange_rate="1.20", **euro())
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (422, "settled", "/exchange_rate")
    assert desk.content() == before
    assert desk.change("invoices", invoice, number="1", exchange_rate="1.100", **euro())[0] == 200


@pytest.mark.parametrize("rate", ["0", "-1", "x", ""])
def test_a_rate_is_above_zero(desk, rate):
    assert desk.refused("invoices", exchange_rate=rate, **euro())[1] == "/exchange_rate"
