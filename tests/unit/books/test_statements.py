"""Statements, aged lists and account ledgers of one quarter, whose figures are worked out here by hand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.books.aged import BUCKETS, Side, aged
from engine.books.reports import trial_balance
from engine.books.statements import balance_sheet, income_statement, tax_by_code
from engine.books.turnover import account_ledger
from tests.unit.books import hand_made
from tests.unit.books.hand_made import ADA, BOB, goods

QUARTER = ("2026-01-01", "2026-03-31")
END = "2026-03-31"


@pytest.fixture
def quarter(desk):
    """Books with the quarter in them."""
    hand_made.fill(desk)
    return desk.books


def figures(found):
    return {figure.code: str(figure.amount) for figure in found}


def ledger_of(books, code, *period):
    """The ledger of an account that there is."""
    found = account_ledger(books, code, *period)
    assert found is not None
    return found


def owed(found):
    return {
        (row.party, row.currency): [str(getattr(row, name)) for name in (*BUCKETS, "total", "credit")]
        for row in found
    }


def test_the_income_statement_is_what_was_earned_and_spent_in_the_period(quarter):
    (usd,) = income_statement(quarter, *QUARTER)
    assert usd.currency == "USD"
    # A1 100 + A2 60 + A4 10 + A5 30 (no more 25) - credit note 15; the gift card A3 is no income, the draft D1 neither
    # 80 EUR x (1.15 - 1.10) were won by the rate
    assert figures(usd.income) == {"4100": "185.00", "4200": "10.00", "4900": "4.00"}
    # the bill's net; the fee kept from a payment 1.50 and the bank's 12.00
    assert figures(usd.expenses) == {"6000": "30.00", "6100": "13.50"}
    assert [str(usd.total_income), str(usd.total_expenses), str(usd.result)] == ["199.00", "43.50", "155.50"]


def test_the_income_statement_has_both_ends_of_the_period_in_it(quarter):
    assert figures(income_statement(quarter, "2026-03-12", "2026-03-12")[0].income) == {"4100": "30.00"}
    assert income_statement(quarter, "2026-03-13", "2026-03-14") == ()
    # E1 alone is older
    (eur,) = income_statement(quarter, None, "2025-12-31")
    assert (eur.currency, figures(eur.income), str(eur.result)) == ("EUR", {"4100": "200.00"}, "200.00")


def test_a_void_takes_its_income_back_on_its_own_day(quarter):
    (usd,) = income_statement(quarter, "2026-04-01", "2026-04-30")
    assert (figures(usd.income), str(usd.result)) == ({"4100": "-10.00"}, "-10.00")


def test_the_balance_sheet_says_what_there_is_and_whose_it_is(quarter):
    eur, usd = balance_sheet(quarter, END)
    assert figures(usd.assets) == {
        "1000": "550.00",  # 500 + 45 paid - 16 - 7 to the vendor + 40 transferred - 12
        "1100": "162.00",  # A1 80 + A2 42 + A4 10 + A5 30
        "1200:paypal": "8.50",  # 48.50 - 40
        "1300:VAT20": "6.00",
        "1350": "7.00",
    }
    assert figures(usd.liabilities) == {
        "2000": "20.00",  # 36 - 16
        "2100:VAT20": "17.00",  # 20 - 3
        "2300": "5.00",  # A3 paid with 45 in place of 40
        "2400": "40.00",
    }
    assert figures(usd.equity) == {"3000": "500.00", "3900": "-4.00"}
    assert (str(usd.result), str(usd.total_equity)) == ("155.50", "651.50")
    assert (str(usd.total_assets), str(usd.total_liabilities)) == ("733.50", "82.00")
    assert figures(eur.assets) == {"1100": "120.00", "1200:stripe": "80.00"}
    assert (str(eur.total_equity), str(eur.total_liabilities)) == ("200.00", "0.00")


def test_the_balance_sheet_without_a_day_is_of_everything(quarter):
    _, usd = balance_sheet(quarter)
    # A4 void, 20 more paid on A1
    assert figures(usd.assets)["1100"] == "132.00"


def test_tax_is_what_was_charged_less_what_was_taken_back(quarter):
    (vat,) = tax_by_code(quarter, *QUARTER)
    assert (vat.code, vat.currency) == ("VAT20", "USD")
    assert [str(vat.sales), str(vat.purchases), str(vat.due)] == ["17.00", "6.00", "11.00"]
    (march,) = tax_by_code(quarter, "2026-03-01", END)
    assert [str(march.sales), str(march.purchases), str(march.due)] == ["-3.00", "0.00", "-3.00"]


def test_tax_without_a_code_stands_apart_from_one_with_place(desk):
    taxes = [{"code": "STATE", "amount": "1", "place": "NY"}]
    desk.invoice(lines=[goods("10", tax="2"), goods("10", taxes=taxes)])
    assert [(each.code, str(each.due)) for each in tax_by_code(desk.books)] == [
        ("", "2.00"),
        ("NY STATE", "1.00"),
    ]


def test_receivables_are_aged_from_the_due_date_else_from_the_document(quarter):
    report = aged(quarter, END)
    assert owed(report.rows) == {
        # E1 has no due date: from 20 December 101 days
        ("Bob", "EUR"): ["0.00", "0.00", "0.00", "0.00", "120.00", "120.00", "0.00"],
        # A4 is due in April, A5 that day; A2 30 days; A1 50 days; the 5.00 too much are a credit
        ("Ada Lovelace", "USD"): ["40.00", "42.00", "80.00", "0.00", "0.00", "162.00", "5.00"],
    }
    assert [(row.party, row.id) for row in report.rows] == [("Bob", "cus-2"), ("Ada Lovelace", "cus-1")]
    assert owed(report.totals) == {
        ("total", currency): amounts for (_, currency), amounts in owed(report.rows).items()
    }


def test_receivables_of_a_later_day_know_what_came_until_then(quarter):
    # A4 was voided, A5 30 days, A2 60 days, A1 80 days with 20.00 paid on 10 April
    assert owed(aged(quarter, "2026-04-30").rows)["Ada Lovelace", "USD"] == [
        "0.00", "30.00", "42.00", "60.00", "0.00", "132.00", "5.00"
    ]  # fmt: skip
    assert owed(aged(quarter, "2026-04-09").rows)["Ada Lovelace", "USD"][-2] == "152.00"


@pytest.mark.parametrize(
    ("day", "bucket"),
    [
        ("2026-03-31", "current"),
        ("2026-04-01", "days_1_30"),
        ("2026-04-30", "days_1_30"),
        ("2026-05-01", "days_31_60"),
        ("2026-05-30", "days_31_60"),
        ("2026-05-31", "days_61_90"),
        ("2026-06-29", "days_61_90"),
        ("2026-06-30", "days_over_90"),
    ],
)
def test_each_bucket_has_both_of_its_ends(desk, day, bucket):
    desk.invoice(date="2026-03-01", due_date="2026-03-31")
    (row,) = aged(desk.books, day).rows
    assert {name: str(getattr(row, name)) for name in BUCKETS if getattr(row, name)} == {bucket: "25.00"}


def test_payables_are_bills_and_what_vendors_have_in_advance(quarter):
    # B1 is 40 days late with 20.00 left
    expected = ["0.00", "0.00", "20.00", "0.00", "0.00", "20.00", "7.00"]
    assert owed(aged(quarter, END, "payable").rows) == {("Paper Ltd", "USD"): expected}


def test_nobody_owes_anything_before_the_first_document(quarter):
    assert aged(quarter, "2025-12-19").rows == ()
    assert aged(quarter, "2025-12-19").totals == ()


def test_the_ledger_of_an_account_runs_from_its_opening_to_its_closing_balance(quarter):
    found = ledger_of(quarter, "1100", "2026-03-01", END)
    assert (found.name, found.type) == ("Accounts receivable", "asset")
    eur, usd = found.currencies
    assert (str(eur.opening), str(eur.closing)) == ("200.00", "120.00")
    assert str(usd.opening) == "80.00"  # A1 130 - 50 paid
    assert [
        (row.date, row.number or row.external_id, str(row.debit - row.credit), str(row.balance))
        for row in usd.movements
    ] == [
        ("2026-03-01", "A2", "60.00", "140.00"),
        ("2026-03-05", "A3", "40.00", "180.00"),
        ("2026-03-10", "C1", "-18.00", "162.00"),
        ("2026-03-12", "A5", "25.00", "187.00"),
        ("2026-03-12", "A5", "-25.00", "162.00"),
        ("2026-03-12", "A5", "30.00", "192.00"),
        ("2026-03-15", "A4", "10.00", "202.00"),
        ("2026-03-20", "p2", "-40.00", "162.00"),
    ]
    assert str(usd.closing) == "162.00"
    assert usd.movements[4].memo == "Change of invoice A5"


def test_a_liability_is_above_zero_when_it_is_owed(quarter):
    (usd,) = ledger_of(quarter, "2300").currencies
    assert [(str(row.credit), str(row.balance)) for row in usd.movements] == [("5.00", "5.00")]


def test_an_account_s_ledger_has_its_sub_accounts_in_it_and_no_others(quarter):
    found = ledger_of(quarter, "1200")
    assert {row.code for each in found.currencies for row in each.movements} == {
        "1200:paypal",
        "1200:stripe",
    }
    assert account_ledger(quarter, "120") is None
    assert account_ledger(quarter, "1200:cash") is None
    only = ledger_of(quarter, "1200:stripe").currencies
    assert [each.currency for each in only] == ["EUR"]


def test_an_account_with_an_opening_balance_and_no_movement_is_shown(quarter):
    (usd,) = ledger_of(quarter, "3000", "2026-02-01").currencies
    assert (str(usd.opening), usd.movements, str(usd.closing)) == ("500.00", (), "500.00")


def test_an_account_that_nothing_was_posted_to_has_no_currency(quarter):
    assert ledger_of(quarter, "5000").currencies == ()


DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 6, 30)).map(str)
AMOUNTS = st.integers(1, 50).map(str)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "bill", "payment", "bill_payment", "credit_note", "advance", "void", "change"]),
        st.integers(0, 6),
        DAYS,
        AMOUNTS,
        st.sampled_from(["USD", "JPY"]),
    ),
    min_size=1,
    max_size=14,
)  # fmt: skip


def do(desk, number, step, made):
    """Do one random step on what was made before; the books may refuse it."""
    what, choice, day, amount, currency = step
    head = {"external_id": f"x{number}", "date": day}
    sold = {**head, "number": f"N{number}", "currency": currency, "lines": [goods(amount)]}
    party = [ADA, BOB][choice % 2]
    if what in ("invoice", "bill"):
        side = "customer" if what == "invoice" else "vendor"
        status, answer = desk.post(f"/{what}s", {**sold, side: party})
    elif what == "advance":
        body = {**head, "amount": amount, "currency": currency, "customer_id": "cus-1"}
        status, answer = desk.post("/payments", body)
    elif not made:
        return
    else:
        collection, id = made[choice % len(made)]
        if what == "void":
            desk.post(f"/{collection}/{id}/void", head)
            return
        if what == "change":
            desk.send("PUT", f"/{collection}/{id}", {**sold, "customer": party})
            return
        about = {"bill_id" if what == "bill_payment" else "invoice_id": id}
        money = {"amount": amount, "currency": currency}
        body = {**sold, **about} if what == "credit_note" else {**head, **about, **money}
        status, answer = desk.post(f"/{what}s", body)
    if status == 201:
        made.append((answer["id"].partition("-")[0], answer["id"]))
        names = {"inv": "invoices", "bill": "bills", "pay": "payments", "bp": "bill_payments"}
        made[-1] = (names.get(made[-1][0], "credit_notes"), answer["id"])


@given(steps=STEPS, day=DAYS)
@settings(max_examples=60)
def test_at_any_day_the_sheet_balances_and_the_aged_total_is_the_control_account(desks, steps, day):
    with desks() as desk:
        made: list[tuple[str, str]] = []
        for number, step in enumerate(steps):
            do(desk, number, step, made)
        for each in balance_sheet(desk.books, day):
            assert each.total_assets == each.total_liabilities + each.total_equity
        balances = {
            (row.code, row.currency): row.debit - row.credit for row in trial_balance(desk.books, day).rows
        }
        sides: list[tuple[Side, str, str, int]] = [
            ("receivable", "1100", "2300", 1),
            ("payable", "2000", "1350", -1),
        ]
        for side, control, credit, sign in sides:
            totals = {total.currency: total for total in aged(desk.books, day, side).totals}
            for currency in ("USD", "JPY"):
                total = totals.get(currency)
                told = (total.total, total.credit) if total else (0, 0)
                posted = (balances.get((code, currency), 0) for code in (control, credit))
                assert told == tuple(
                    each * side_sign for each, side_sign in zip(posted, (sign, -sign), strict=True)
                )
                if total:
                    assert total.total == sum(getattr(total, name) for name in BUCKETS)


def test_what_is_paid_to_the_tax_office_is_no_tax_that_was_charged(desk):
    taxed = {
        "description": "Tea",
        "quantity": 1,
        "unit_price": "100",
        "taxes": [{"code": "VAT", "amount": "20"}],
    }
    desk.make("invoices", lines=[taxed], date="2026-01-10")
    paid = {"amount": "-20", "contra_account_id": "2100:VAT", "date": "2026-04-10"}
    desk.make("bank_transactions", **paid)
    (told,) = tax_by_code(desk.books)
    assert (told.code, str(told.sales), str(told.due)) == ("VAT", "20.00", "20.00")
    assert tax_by_code(desk.books, "2026-04-01", "2026-06-30") == ()
