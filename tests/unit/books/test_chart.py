"""The chart of accounts: the one that ships, one of a user's own, and another one later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.books import BooksError, chart
from engine.books.audit import check
from engine.books.chart import Account, Chart
from engine.books.store import Books
from tests.bench import StoppedClock

SHIPPED = chart.load(chart.SHIPPED)


def changed(*accounts, without=(), currency="USD", **categories):
    """The chart that ships, with accounts added or in the place of those with their code."""
    given = {account.code: account for account in accounts}
    kept = [given.pop(account.code, account) for account in SHIPPED.accounts if account.code not in without]
    return Chart(currency, (*kept, *given.values()), {**SHIPPED.categories, **categories})


@pytest.fixture
def books(tmp_path, desk_at):
    """``books(chart)`` opens the same file with another chart."""
    made: list[Books] = []

    def open_again(chart=None):
        for each in made:
            each.close()
        made[:] = [Books.open(tmp_path / "books.db", StoppedClock(), chart=chart)]
        desk = desk_at(made[0])
        desk.keys = len(desk.content()["request"])
        return desk

    yield open_again
    assert check(made[0]) == ()
    made[0].close()


def line(**changes):
    return {"description": "x", "quantity": 1, "unit_price": "10.00", **changes}


def test_new_books_have_the_chart_that_ships(desk):
    assert desk.books.chart.as_data() == SHIPPED.as_data()
    assert len(desk.content()["account"]) == len(SHIPPED.accounts)
    assert desk.content()["request"][0][3] == "chart.set"


def test_an_own_chart_says_where_sales_and_control_accounts_are(books):
    own = changed(
        Account("1400", "Debtors", "asset", "receivable"),
        Account("8400", "Revenue", "income"),
        without=("1100", "4100"),
        goods="8400",
    )
    desk = books(own)
    desk.make("invoices", lines=[line()])
    assert desk.entry() == ["1400 10.00 USD", "8400 -10.00 USD"]
    assert [row[1] for row in desk.content()["account"] if row[1] in ("1100", "4100")] == []


def test_the_same_chart_again_is_no_request(books):
    books(changed(Account("6200", "Rent", "expense")))
    count = len(books(changed(Account("6200", "Rent", "expense"))).content()["request"])
    assert (count, len(books().content()["request"])) == (2, 2)


def test_books_that_are_opened_without_a_chart_keep_theirs(books):
    books(changed(Account("6200", "Rent", "expense")))
    assert "6200" in books().books.chart.by_code


def test_an_account_may_have_another_name(books):
    books().make("invoices", lines=[line()])
    desk = books(changed(Account("4100", "Revenue", "income")))
    assert desk.read("accounts", "4100")["name"] == "Revenue"


def test_an_account_that_was_not_posted_to_leaves_with_its_sub_accounts(books):
    desk = books()
    desk.make("invoices", status="draft", lines=[line(account_id="1200:paypal")])
    desk = books(changed(Account("1250", "Processors", "asset", "clearing"), without=("1200", "1010")))
    codes = {row[1] for row in desk.content()["account"]}
    assert not codes & {"1200", "1200:paypal", "1010"}
    assert desk.refused("invoices", lines=[line(account_id="1200:paypal")])[0] == "account"
    desk.make("payments", customer_id="cus-1")
    assert desk.entry() == ["1250:paypal 25.00 USD", "2300 -25.00 USD"]


def test_an_account_without_role_that_was_posted_to_stays_when_the_chart_no_longer_names_it(books):
    books().make("journal_entries")
    desk = books(changed(without=("3000",)))
    assert desk.read("accounts", "3000")["name"] == "Owner's equity"
    assert desk.balances() == {"3000 USD": "-25.00", "6000 USD": "25.00"}


def test_an_account_made_by_a_request_stays_beside_the_chart(books):
    books().make("accounts")
    desk = books(changed(Account("6300", "Power", "expense")))
    assert desk.read("accounts", "6200")["name"] == "Rent"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (changed(Account("1100", "Debtors", "asset")), "1100 was posted to as asset receivable"),
        (changed(without=("1100",)), "1100 has the role receivable and was posted to"),
        (changed(Account("1200", "Clearing", "asset")), "1200 was posted to as asset clearing"),
        (changed(without=("1200",)), "1200 has the role clearing and was posted to"),
        (changed(Account("4100", "Sales", "liability")), "4100 was posted to as income"),
        (changed(currency="EUR"), "rates of exchange to USD"),
    ],
)
def test_a_chart_that_does_not_fit_what_is_posted_is_refused_and_leaves_the_books_as_they_were(
    books, tmp_path, other, why
):
    desk = books()
    invoice = desk.make("invoices", exchange_rate="1", lines=[line()])["id"]
    desk.make("payments", invoice_id=invoice)
    role = next((role for role in chart.ROLES if role not in other.roles), None)
    if role:
        other = replace(other, accounts=(*other.accounts, Account("1999", "Other", "asset", role)))
    before = desk.content()
    with pytest.raises(BooksError, match=why):
        Books.open(tmp_path / "books.db", StoppedClock(), chart=other)
    assert desk.content() == before


def test_another_currency_of_the_books_is_taken_while_no_rate_is_stated(books):
    books().make("invoices")
    assert books(changed(currency="EUR")).books.chart.currency == "EUR"


def test_a_code_that_begins_like_another_or_holds_a_wildcard_is_not_taken_for_it(books):
    odd = [Account(code, code, "expense") for code in ("4%", "4_00", "41", "410")]
    books(changed(*odd)).make("invoices", lines=[line()])
    codes = {row[1] for row in books(changed()).content()["account"]}
    assert not codes & {"4%", "4_00", "41", "410"}


def test_a_chart_is_taken_although_a_document_has_the_key_that_it_would_have(books):
    books().make("invoices", external_id="chart:2", lines=[line()])
    desk = books(changed(Account("6200", "Rent", "expense")))
    assert [row[1] for row in desk.content()["request"]] == ["chart:1", "chart:2", "chart:3"]


def test_a_second_hand_sees_the_chart_that_the_first_took(opened, desk_at, tmp_path):
    desk = desk_at(opened())
    desk.make("invoices", lines=[line()])
    own = changed(Account("8400", "Revenue", "income"), goods="8400")
    Books.open(tmp_path / "books.db", StoppedClock(), chart=own).close()
    desk.make("invoices", lines=[line()])
    assert desk.entry() == ["1100 10.00 USD", "8400 -10.00 USD"]
