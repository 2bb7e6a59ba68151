"""Whatever comes, the books balance."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.books.audit import check
from engine.books.reports import documents, trial_balance

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])
AMOUNTS = st.decimals(min_value=0, max_value=1000, places=3).map(
    lambda number: format(number, "f")
) | st.sampled_from(["0", "10", "10.5", "-3.00"])
NAMES = st.sampled_from(["Ada", "Bob", "Żółć", "\N{SNOWMAN}; x"])
LINES = st.lists(
    st.fixed_dictionaries(
        {"description": st.text(max_size=5), "quantity": st.integers(0, 3), "unit_price": AMOUNTS},
        optional={
            "discount": st.sampled_from(["0", "1", "0.5"]),
            "tax": st.sampled_from(["0", "1", "0.25"]),
            "category": st.sampled_from(["goods", "shipping", "tip"]),
        },
    ),
    max_size=3,
)
INVOICES = st.fixed_dictionaries(
    {
        "external_id": st.integers(0, 9).map(str),
        "number": st.integers(0, 9).map(str),
        "date": st.dates().map(str),
        "currency": CURRENCIES,
        "customer": st.fixed_dictionaries({}, optional={"name": NAMES, "email": NAMES}),
        "lines": LINES,
    },
    optional={"status": st.sampled_from(["draft", "open"]), "tax_inclusive": st.booleans(), "total": AMOUNTS},
)
PAYMENTS = st.fixed_dictionaries(
    {
        "external_id": st.integers(0, 9).map(str),
        "invoice_id": st.integers(1, 5).map(lambda number: f"inv-{number}"),
        "amount": AMOUNTS,
        "currency": CURRENCIES,
        "date": st.just("2026-04-01"),
    },
    optional={"method": st.sampled_from(["paypal", "a:b", "Ünïcode"])},
)
REQUESTS = st.lists(
    st.tuples(st.just("/invoices"), INVOICES) | st.tuples(st.just("/payments"), PAYMENTS),
    min_size=1,
    max_size=12,
)


@given(requests=REQUESTS)
@settings(max_examples=60)
def test_any_sequence_of_documents_keeps_the_books_balanced(desks, requests):
    with desks() as desk:
        for path, body in requests:
            before = desk.content()
            status, answer = desk.post(path, body)
            assert status in (200, 201, 409, 422)
            if status != 201:
                assert desk.content() == before
            if status == 201:
                assert desk.post(path, body) == (200, answer)
                changed = body | {"date": "2026-05-05"}
                assert desk.post(path, changed)[0] == (200 if changed == body else 409)
        assert check(desk.books) == ()
        assert all(total.difference == 0 for total in trial_balance(desk.books).totals)


LINE = {"description": "x", "quantity": 1}
SALES = st.lists(
    st.tuples(st.integers(0, 500), st.lists(st.integers(1, 300), max_size=3)), min_size=1, max_size=5
)


@given(sales=SALES)
@settings(max_examples=40)
def test_what_is_invoiced_is_owed_paid_or_credit(desks, sales):
    """Against the plainest model there is: a sum per account."""
    model: Counter[str] = Counter()
    with desks() as desk:
        for index, (price, payments) in enumerate(sales):
            number, owed = f"i{index}", price
            lines = [LINE | {"unit_price": f"{price}"}]
            status, invoice = desk.invoice(external_id=number, number=number, currency="JPY", lines=lines)
            assert status == 201
            model["4100"] -= price
            for turn, amount in enumerate(payments):
                body = {"invoice_id": invoice["id"], "currency": "JPY", "amount": f"{amount}"}
                assert desk.payment(external_id=f"{number}/{turn}", **body)[0] == 201
                model["1200:paypal"] += amount
                model["2300"] -= max(amount - owed, 0)
                owed = max(owed - amount, 0)
            model["1100"] += owed
            shown = desk.get(f"/invoices/{invoice['id']}")[1]
            assert (shown["balance"], shown["status"]) == (str(owed), "open" if owed else "paid")
        found = {row.code: int(row.debit - row.credit) for row in trial_balance(desk.books).rows}
        assert found == {code: units for code, units in model.items() if code in found}
        assert all(not units for code, units in model.items() if code not in found)
        assert len(documents(desk.books)) == len(sales) + sum(len(payments) for _, payments in sales)
