"""Whatever comes, the books balance."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import canonical
from engine.books.audit import check
from engine.books.reports import documents, trial_balance
from engine.wire import Request
from tests.judges import PROGRAMS, judged, wanted

CURRENCIES = st.sampled_from(["USD", "USD", "USD", "USD", "EUR", "JPY"])
ODD = st.sampled_from(["0", "10.5", "-3.00", "0.001", "7.25"])
SOME = st.integers(1, 60).map(str)
DAYS = st.sampled_from(["2026-02-01", "2026-02-28", "2026-03-31", "2026-03-31", "2026-01-31"])
NAMES = st.sampled_from(["Ada", "Bob", "Żółć", "\N{SNOWMAN}; x"])
PARTIES = st.fixed_dictionaries({}, optional={"name": NAMES, "email": NAMES})
METHODS = st.sampled_from(["paypal", "a:b", "Ünïcode"])
ACCOUNTS = st.sampled_from(["1000", "1010", "1200:paypal", "2400", "4100", "6000", "3000", "1100"])
RATES = st.sampled_from(["1.1", "1.25", "160.005"])
NUMBERS = st.integers(0, 99).map(str)


def ids(prefix, most=12):
    """Ids that :class:`Known` turns into those of documents that are there, if there are any."""
    return st.integers(1, most).map(lambda number: f"{prefix}-{number}")


def lines(prices=SOME, **optional):
    return st.lists(
        st.fixed_dictionaries(
            {"description": st.text(max_size=5), "quantity": st.integers(1, 3), "unit_price": prices},
            optional={
                "discount": st.sampled_from(["0", "1"]),
                "tax": st.sampled_from(["0", "1", "2"]),
                "account_id": st.sampled_from(["2400", "5000", "1200:paypal", "2300"]),
                **optional,
            },
        ),
        min_size=1,
        max_size=3,
    )


SALES = {"category": st.sampled_from(["goods", "shipping", "tip", "gift_card", "rounding"])}


def body(optional=None, **fields):
    """Bodies of a document without their key."""
    needed = {"date": DAYS, "currency": CURRENCIES, **fields}
    return st.fixed_dictionaries(needed, optional=optional or {})


def amounts(draw):
    amount, fee = draw
    return {"amount": amount, "fee": fee, "net": str(int(amount) - int(fee))}


BODIES: dict[str, tuple[str, st.SearchStrategy[dict[str, Any]]]] = {
    "invoices": (
        "inv",
        body(
            {
                "status": st.sampled_from(["draft", "open"]),
                "tax_inclusive": st.booleans(),
                "exchange_rate": RATES,
            },
            number=NUMBERS,
            customer=PARTIES,
            lines=lines(**SALES) | lines(SOME | ODD, **SALES),
        ),
    ),
    "credit_notes": (
        "cn",
        body(
            {"exchange_rate": RATES, "settles": SOME | st.just("0")},
            number=NUMBERS,
            invoice_id=ids("inv"),
            lines=lines(**SALES),
        )
        | body({"exchange_rate": RATES}, number=NUMBERS, customer=PARTIES, lines=lines(**SALES)),
    ),
    "payments": (
        "pay",
        body(
            {
                "exchange_rate": RATES,
                "method": METHODS,
                "fee": st.sampled_from(["0", "1"]),
                "account_id": ACCOUNTS,
            },
            amount=SOME | ODD,
            invoice_id=ids("inv"),
        )
        | body(amount=SOME, customer_id=ids("cus", 4)),
    ),
    "refunds": (
        "ref",
        body({"exchange_rate": RATES, "method": METHODS}, amount=SOME, credit_note_id=ids("cn"))
        | body(amount=SOME, payment_id=ids("pay")),
    ),
    "bills": ("bill", body({"exchange_rate": RATES}, number=NUMBERS, vendor=PARTIES, lines=lines())),
    "bill_payments": (
        "bp",
        body({"exchange_rate": RATES, "account_id": ACCOUNTS}, amount=SOME, bill_id=ids("bill"))
        | body(amount=SOME, vendor_id=ids("ven", 4)),
    ),
    "journal_entries": (
        "je",
        body(
            lines=st.tuples(SOME, ACCOUNTS, ACCOUNTS).map(
                lambda given: [
                    {"account_id": given[1], "debit": given[0]},
                    {"account_id": given[2], "credit": given[0]},
                ]
            )
        ),
    ),
    "bank_transactions": (
        "bt",
        body({"account_id": ACCOUNTS, "contra_account_id": ACCOUNTS}, amount=SOME | ODD, description=NAMES),
    ),
    "transfers": (
        "tr",
        body(
            {"to_currency": CURRENCIES, "to_amount": SOME},
            amount=SOME,
            from_account_id=ACCOUNTS,
            to_account_id=ACCOUNTS,
        ),
    ),
    "transactions": (
        "txn",
        st.builds(
            lambda given, amount: given | amount,
            body(
                {"invoice_id": ids("inv"), "account_id": ACCOUNTS},
                type=st.sampled_from(["charge", "charge", "refund", "payout", "fee", "adjustment"]),
                method=METHODS,
            ),
            st.tuples(SOME, SOME).map(amounts),
        ),
    ),
}


def requests(collection, prefix, bodies):
    """Requests that create, change or void documents of one kind."""
    made = st.tuples(st.just("POST"), st.just(f"/{collection}"), bodies)
    changed = st.tuples(st.just("PUT"), ids(prefix).map(lambda each: f"/{collection}/{each}"), bodies)
    void = st.tuples(
        st.just("POST"),
        ids(prefix).map(lambda each: f"/{collection}/{each}/void"),
        st.fixed_dictionaries({}, optional={"date": DAYS}),
    )
    return st.one_of(made, made, changed, void)


ANY = st.one_of(
    *(requests(collection, *kind) for collection, kind in BODIES.items()),
    requests("invoices", *BODIES["invoices"]),
    requests("payments", *BODIES["payments"]),
    st.tuples(st.just("POST"), st.just("/periods"), st.fixed_dictionaries({"date": st.just("2026-01-31")})),
    st.tuples(st.just("PUT"), st.just("/customers"), PARTIES),
)
KEYS = st.integers(0, 200).map(str)


FIRST: dict[str, dict[str, Any]] = {
    "invoices": {},
    "credit_notes": {"customer": {"name": "Ada"}},
    "payments": {"invoice_id": "inv-1", "amount": "5"},
    "refunds": {"credit_note_id": "cn-2", "amount": "5"},
    "bills": {"vendor": {"name": "Ada"}},
    "bill_payments": {"bill_id": "bill-5", "amount": "30"},
    "journal_entries": {},
    "bank_transactions": {},
    "transfers": {},
    "transactions": {"invoice_id": "inv-1"},
}


class Known:
    """The documents and parties that were made so far: to begin with, one document of each kind."""

    def __init__(self, *desks: Any) -> None:
        self.ids: dict[str, list[str]] = {}
        for desk in desks:
            for collection, fields in FIRST.items():
                self.note(desk.make(collection, **fields))

    def note(self, answer: dict[str, Any]) -> None:
        for name in ("id", "customer_id", "vendor_id"):
            each = answer.get(name, "")
            prefix = each.partition("-")[0]
            if each and each not in self.ids.setdefault(prefix, []):
                self.ids[prefix].append(each)

    def one(self, given: str) -> str:
        prefix, _, number = given.partition("-")
        found = self.ids.get(prefix)
        return found[int(number) % len(found)] if found else given

    def request(self, method: str, path: str, body: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
        parts = path.split("/")
        parts[2:3] = [self.one(each) for each in parts[2:3]]
        named = {name: self.one(body[name]) for name in ABOUT if name in body}
        return method, "/".join(parts), body | named


ABOUT = ("invoice_id", "customer_id", "credit_note_id", "payment_id", "bill_id", "vendor_id")


@given(sequence=st.lists(st.tuples(ANY, KEYS), min_size=8, max_size=30))
@settings(max_examples=60)
def test_any_sequence_of_documents_keeps_the_books_balanced(desks, sequence):
    with desks() as desk:
        known = Known(desk)
        for (method, path, fields), key in sequence:
            one_request(desk, known, *known.request(method, path, {"external_id": key, **fields}))
        assert check(desk.books) == ()
        assert all(total.difference == 0 for total in trial_balance(desk.books).totals)
        assert_subledgers(desk)


@given(sequence=st.lists(st.tuples(ANY, KEYS), min_size=8, max_size=30))
@settings(max_examples=25)
def test_the_export_of_any_sequence_of_documents_is_accepted_by_hledger_with_our_balances(
    desks, judge, sequence
):
    program = judge(PROGRAMS["hledger"])
    with desks() as desk:
        known = Known(desk)
        for (method, path, fields), key in sequence:
            answer = desk.send(*known.request(method, path, {"external_id": key, **fields}))
            known.note(canonical.decode(answer.body))
        folder = desk.books.path.parent
        assert judged(desk.books, "hledger", program, folder) == wanted(desk.books, "hledger")


def one_request(desk, known, method, path, body):
    """Send a request and hold what must be true of every one."""
    before = desk.content()
    answer = desk.send(method, path, body)
    assert answer.status in (200, 201, 404, 409, 422)
    if answer.status >= 400:
        assert desk.content() == before
        return
    known.note(canonical.decode(answer.body))
    after = desk.content()
    again = desk.send(method, path, body)
    assert (again.status, again.body) == (200, answer.body)
    assert desk.send(method, path, body | {"memo": "other"}).status == 409
    assert desk.content() == after


OPEN = {
    "1100": (1, ("invoices",), "balance"),
    "2000": (-1, ("bills",), "balance"),
    "1350": (1, ("bill_payments",), "credited"),
}


def assert_subledgers(desk):
    """What documents say is open is what stands on the control account, for each party and currency."""
    for code, (side, collections, field) in OPEN.items():
        said: Counter[tuple[str, str]] = Counter()
        for collection in collections:
            for row in desk.get(f"/{collection}?status=open")[1][collection]:
                party = row.get("customer_id") or row["vendor_id"]
                said[party.partition("-")[2], row["currency"]] += units(row[field])
        with desk.books.reading() as cursor:
            sql = (
                "SELECT p.master, p.currency, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account"
                " WHERE a.code = ? GROUP BY 1, 2 HAVING SUM(p.amount_minor) <> 0"
            )
            posted = {(str(of), unit): side * sum for of, unit, sum in cursor.execute(sql, (code,))}
        assert posted == {key: amount for key, amount in said.items() if amount}, code


def units(amount):
    return int(amount.replace(".", ""))


@given(sequence=st.lists(st.tuples(ANY, KEYS), min_size=8, max_size=20))
@settings(max_examples=30)
def test_one_group_of_requests_writes_what_they_write_one_by_one(desks, sequence):
    with desks() as one, desks() as other:
        known, bodies, single = Known(one, other), [], []
        for (method, path, fields), key in sequence:
            bodies.append(known.request(method, path, {"external_id": key, **fields}))
            single.append(one.send(*bodies[-1]))
            known.note(canonical.decode(single[-1].body))
        together = other.books.commit(
            [Request(method, f"books:{path}", body=canonical.encode(body)) for method, path, body in bodies]
        )
        assert [(each.status, each.body) for each in single] == [
            (each.status, each.body) for each in together
        ]
        contents = [desk.content() for desk in (one, other)]
        for content in contents:
            content["meta"] = [row for row in content["meta"] if row[0] != "id"]
        assert contents[0] == contents[1]


LINE = {"description": "x", "quantity": 1}
SOLD = st.lists(
    st.tuples(st.integers(0, 500), st.lists(st.integers(1, 300), max_size=3)), min_size=1, max_size=5
)


@given(sales=SOLD)
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
