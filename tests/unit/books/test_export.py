"""The exports: exact text, judged by the programs they are for."""

from __future__ import annotations

import os
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.books.export import FORMATS, export
from engine.books.reports import trial_balance

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {"hledger": "journal", "beancount": "beancount"}
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


def run(program, *arguments):
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run([program, *arguments], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("fill", [filled, nasty, empty])
def test_hledger_finds_no_fault_and_the_same_balances(desk, judge, tmp_path, fill):
    program = judge("hledger")
    fill(desk)
    path = tmp_path / "books.journal"
    path.write_text(export(desk.books, "hledger"), "utf-8")
    checked = run(program, "-f", str(path), "check", "--strict")
    assert (checked.returncode, checked.stderr) == (0, "")
    shown = run(
        program,
        "-f",
        str(path),
        "balance",
        "--flat",
        "--no-elide",
        "--no-total",
        "-O",
        "csv",
        "--layout=bare",
    )
    found = re.findall(r'(?m)^"([^"]+)","([A-Z]{3})","([^"]+)"', shown.stdout)
    rows = trial_balance(desk.books).rows
    wanted = sorted((row.currency, row.debit - row.credit) for row in rows if row.debit or row.credit)
    assert sorted((currency, Decimal(amount)) for _, currency, amount in found if Decimal(amount)) == wanted


@pytest.mark.parametrize("fill", [filled, nasty, empty])
def test_bean_check_finds_no_fault(desk, judge, tmp_path, fill):
    program = judge("bean-check")
    fill(desk)
    path = tmp_path / "books.beancount"
    path.write_text(export(desk.books, "beancount"), "utf-8")
    checked = run(program, str(path))
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_hledger_would_find_a_cent_too_much(desk, judge, tmp_path):
    program = judge("hledger")
    filled(desk)
    path = tmp_path / "books.journal"
    path.write_text(export(desk.books, "hledger").replace("18.20", "18.21"), "utf-8")
    assert run(program, "-f", str(path), "check", "--strict").returncode != 0


def test_bean_check_would_find_a_cent_too_much(desk, judge, tmp_path):
    program = judge("bean-check")
    filled(desk)
    path = tmp_path / "books.beancount"
    path.write_text(export(desk.books, "beancount").replace("18.20", "18.21"), "utf-8")
    assert run(program, str(path)).returncode != 0
