"""The exports: exact text, judged by the programs they are for."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.books.chart import SHIPPED, Chart, load
from engine.books.export import COLUMNS, FORMATS, export, postings
from tests.judges import PROGRAMS, SUFFIXES, judged, run, wanted
from tests.unit.books import hand_made

GOLDEN = Path(__file__).parent / "golden"
LINE = {"description": "x", "quantity": 1, "unit_price": "10"}
NASTY = [
    "Ada; drop | (tables)",
    '"quoted" \\ back\\\\slash"',
    "two\nlines\r\nand\ttabs\x0b\x1f\x85\u2028end",
    "(1) in brackets",
    "! * marks = first",
    "date:2026-99-99, [2026-99-99]",
    "Zażółć 顧客 \N{SNOWMAN} \N{ZERO WIDTH JOINER} \u202e right",
    "  spaces  inside  ",
    "%{}$@ 10 USD @ 9 EUR",
    "2026-01-01 open Assets:Cash",
    "'; --",
]


def filled(desk, order=1):
    """Hand in documents that show everything the exports have to write; *order* -1 hands them in backwards."""
    invoices: list[dict[str, Any]] = [
        {
            "external_id": "i1",
            "number": "#1001",
            "total": "18.20",
            "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
            "lines": [
                LINE | {"tax": "0.80"},
                LINE | {"unit_price": "5", "category": "shipping", "tax": "0.40"},
                LINE | {"unit_price": "2", "category": "tip"},
            ],
        },
        {"external_id": "i2", "number": "#1002", "currency": "JPY", "customer": {}},
        {
            "external_id": "i3",
            "number": "#1003",
            "currency": "KWD",
            "customer": {"name": '(Bob) "B"; \\ | \nB.'},
        },
        {"external_id": "i4", "number": "#1004", "status": "draft"},
        {
            "external_id": "i6",
            "number": "#1006",
            "customer": {"name": "A. Lovelace", "email": "ada@example.com"},
        },
        {"external_id": "i5", "number": "#1005", "date": "2026-03-30", "lines": [LINE | {"discount": "10"}]},
    ]
    ids = {}
    for body in invoices[::order]:
        status, answer = desk.invoice(**{"lines": [LINE], **body})
        assert status == 201
        ids[body["external_id"]] = answer["id"]
    payments = [
        {"external_id": "p4", "invoice_id": ids["i6"], "amount": "1"},
        {"external_id": "p1", "invoice_id": ids["i1"], "amount": "20", "method": "shopify_payments"},
        {"external_id": "p2", "invoice_id": ids["i2"], "amount": "10", "currency": "JPY", "method": None},
        {
            "external_id": "p3",
            "invoice_id": ids["i3"],
            "amount": "4.125",
            "currency": "KWD",
            "method": "Gift: card; é",
        },
    ]
    for body in payments[::order]:
        assert desk.payment(**body)[0] == 201


def empty(desk):
    """Hand in nothing."""


def nasty(desk):
    """Hand in documents whose every free text is as bad as can be."""
    for index, text in enumerate(NASTY):
        line = {"description": text, "quantity": 1, "unit_price": "10"}
        _, answer = desk.invoice(
            external_id=f"{text} i", number=text, customer={"name": text}, lines=[line], memo=text
        )
        body = {"invoice_id": answer["id"], "amount": "11", "method": text}
        assert desk.payment(external_id=f"{text} p{index}", **body)[0] == 201


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_is_the_golden_text(desk, format):
    filled(desk)
    golden = GOLDEN / f"books.{SUFFIXES[format]}"
    if "UPDATE_GOLDEN" in os.environ:
        golden.write_text(export(desk.books, format), "utf-8")
    assert export(desk.books, format) == golden.read_text("utf-8")


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_does_not_tell_in_which_order_documents_came(desks, format):
    with desks() as first, desks() as second:
        filled(first)
        filled(second, order=-1)
        one, other = (export(desk.books, format) for desk in (first, second))
    assert one == other


@pytest.mark.parametrize("format", FORMATS)
def test_two_methods_never_share_an_account(desk, format):
    desk.invoice()
    methods = ["a_b", "a-b", "a b", "A_b", "a  b", "a:b", "ä", "ö", "顧", "_", "-", "x" * 300]
    for index, method in enumerate(methods):
        desk.payment(external_id=f"p{index}", amount="1", method=method)
    found = set(re.findall(r"(?m)^ +(Assets:Clearing:\S.*?)  ", export(desk.books, format)))
    assert len(found) == len(methods)


@pytest.mark.parametrize("format", FORMATS)
def test_books_without_postings_are_a_journal_without_entries(desk, format):
    desk.invoice(status="draft")
    assert "2026" not in export(desk.books, format)


def every_kind(desk):
    """Hand in every kind of document, with changes, a void, and what has no party, number or memo."""
    hand_made.fill(desk)
    ids = {
        "p2": next(iter(row for row in desk.get("/payments")[1]["payments"] if row["external_id"] == "p2"))[
            "id"
        ]
    }
    usd = {"date": "2026-04-03", "currency": "USD"}
    arrives = {"to_amount": "1234", "to_currency": "JPY"}
    for collection, body in (
        ("refunds", {"external_id": "r1", "payment_id": "=p2", "amount": "5.00", "method": "paypal"}),
        (
            "transfers",
            {
                "external_id": "t2",
                "amount": "10",
                "from_account_id": "1000",
                "to_account_id": "1010",
                **arrives,
            },
        ),
        ("bank_transactions", {"external_id": "bt2", "amount": "1", "description": ""}),
        ("bank_transactions", {"external_id": "bt3", "amount": "1", "description": "", "counterparty": "(x"}),
        *(
            (
                "transactions",
                {
                    "external_id": type,
                    "type": type,
                    "amount": amount,
                    "fee": "0.30",
                    "net": net,
                    "method": "adyen",
                },
            )
            for type, amount, net in (
                ("charge", "10.00", "9.70"),
                ("refund", "-4.00", "-4.30"),
                ("payout", "5.00", "4.70"),
                ("fee", "0.00", "-0.30"),
                ("adjustment", "1.00", "0.70"),
            )
        ),
    ):
        hand_made.write(desk, collection, {**usd, **body}, ids)


def own_chart(desk):
    """Hand in documents on a chart whose names are alike, foreign, or made of signs that no journal takes."""
    shipped = load(SHIPPED)
    names = {
        "4100": "Umsätze",
        "4200": "umsätze",
        "4190": "売上",
        "4300": "手数料",
        "1010": "Bank",
        "1990": "Bank-1000",
    }
    names |= {"2400": "; (x)", "2450": "*", "6100": "Fees: bank", "1200": "Bank", "3000": "Owner's equity"}
    accounts = tuple(
        each if each.code not in names else type(each)(each.code, names[each.code], each.type, each.role)
        for each in shipped.accounts
    )
    desk.books._take(Chart(shipped.currency, accounts, shipped.categories))
    lines = [{**LINE, "description": category, "category": category} for category in shipped.categories]
    desk.invoice(lines=lines)
    desk.payment(fee="1")
    desk.post(
        "/bank_transactions",
        {"external_id": "b", "date": "2026-01-01", "amount": "1", "currency": "USD", "description": ""},
    )
    desk.payment(external_id="p2", account_id="1000", amount="3")
    desk.payment(external_id="p3", account_id="1010", amount="4")
    lines = [{"account_id": "3000", "credit": "7"}, {"account_id": "1000", "debit": "7"}]
    desk.post(
        "/journal_entries", {"external_id": "j", "date": "2026-01-01", "currency": "USD", "lines": lines}
    )


FILLS = [filled, nasty, empty, every_kind, own_chart]


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("format", FORMATS)
def test_the_judge_of_an_export_finds_no_fault_and_the_same_balances(desk, judge, tmp_path, format, fill):
    program = judge(PROGRAMS[format])
    fill(desk)
    assert judged(desk.books, format, program, tmp_path) == wanted(desk.books, format)


@pytest.mark.parametrize(
    ("program", "format", "arguments"),
    [
        ("hledger", "hledger", ("check", "--strict")),
        ("ledger", "ledger", ("--pedantic", "balance")),
        ("bean-check", "beancount", ()),
    ],
)
def test_a_judge_would_find_a_cent_too_much(desk, judge, tmp_path, program, format, arguments):
    found = judge(program)
    filled(desk)
    path = tmp_path / f"books.{SUFFIXES[format]}"
    path.write_text(export(desk.books, format).replace("18.20", "18.21"), "utf-8")
    given = (str(path),) if program == "bean-check" else ("-f", str(path), *arguments)
    assert run(found, *given).returncode != 0


@pytest.mark.parametrize("format", FORMATS)
def test_every_posted_account_has_a_name_of_its_own(desk, format):
    own_chart(desk)
    assert len(wanted(desk.books, format)) > 12


def test_names_that_are_alike_have_their_codes_behind_them(desk):
    own_chart(desk)
    text = export(desk.books, "beancount")
    for name in (
        "Assets:Bank-1000-[0-9a-f]{8}",
        "Assets:Bank-1010",
        "Assets:Bank-1200:Paypal",
        "Income:Other-4190",
    ):
        assert re.search(rf"(?m)^  {name} ", text), name
    assert "Equity:Owners-equity" in text
    assert re.search(r"(?m)^ +Liabilities:Other ", export(desk.books, "hledger"))


def test_the_table_has_a_row_for_each_posting(desk):
    filled(desk)
    debit, tax, *_ = rows = [row for row in postings(desk.books) if row["external_id"] == "i1"]
    assert tuple(debit) == COLUMNS
    head = {
        "date": "2026-03-31",
        "kind": "invoice",
        "number": "#1001",
        "external_id": "i1",
        "party": "Ada Lovelace",
        "memo": "Invoice #1001",
        "currency": "USD",
    }
    owed = {"account_code": "1100", "account_name": "Accounts receivable", "debit": Decimal("18.20")}
    assert debit == {**head, **owed, "credit": None}
    taxed = {"account_code": "2100", "account_name": "Sales tax payable", "credit": Decimal("1.20")}
    assert tax == {**head, **taxed, "debit": None}
    assert len(rows) == 5


def test_the_table_does_not_tell_in_which_order_documents_came(desks):
    with desks() as first, desks() as second:
        filled(first)
        filled(second, order=-1)
        assert list(postings(first.books)) == list(postings(second.books))


def test_a_changed_document_is_exported_as_it_was_its_reversal_and_as_it_is(desk):
    hand_made.fill(desk)
    rows = [row for row in postings(desk.books) if row["number"] == "A5" and row["account_code"] == "1100"]
    assert [(row["memo"], str(row["debit"] or -row["credit"])) for row in rows] == [
        ("Invoice A5", "25.00"),
        ("Change of invoice A5", "-25.00"),
        ("Invoice A5", "30.00"),
    ]
