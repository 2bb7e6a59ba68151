"""Payouts become balanced journal entries; expected amounts stand in ``expected/payouts.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from tests.recipes.real.place import Project, amount, expected, payload

RECIPE = "payout-to-journal"
PAYOUTS = {each["id"]: each for each in payload("cardpay", "payouts.list")}
TRANSACTIONS = payload("cardpay", "balance_transactions.list")
SHEET = expected("payouts")
ROWS = [row for row in SHEET.rows if row["payout"]]
BOOKED = ("po_0611", "po_0911", "po_1011")
ACCOUNTS = {"charge": "1360", "payment": "1360", "refund": "1361", "adjustment": "1362"}


@pytest.fixture
def processor(place: Project) -> Project:
    """The project with the processor's payouts."""
    for name in ("payouts", "balance_transactions"):
        place.site.records[name] = payload("cardpay", f"{name}.list")
    return place


def lines(entry: Mapping[str, Any]) -> list[tuple[str, str, Fraction]]:
    """Return account, memo and amount of each line, debit positive."""
    return [
        (each["account"], each["memo"], amount(each.get("debit", "0")) - amount(each.get("credit", "0")))
        for each in entry["lines"]
    ]


def wanted(payout: str) -> list[tuple[Any, ...]]:
    """Return the lines that the sheet gives for a payout."""
    row = SHEET.row(payout)
    kinds = dict.fromkeys(str(each["type"]) for each in ROWS if each["payout"] == payout)
    sums = {kind: SHEET.row(f"{payout}/{kind}")["amount"] for kind in kinds}
    cleared = [(ACCOUNTS[kind], kind, -Fraction(total)) for kind, total in sums.items()]
    cleared.sort(key=lambda each: each[2] > 0)  # what was paid in stands before what was paid back
    return [("1200", "Bank", row["net"]), ("6855", "Fees", row["fee"]), *cleared]


def test_the_sheet_says_what_the_processor_says() -> None:
    known = [each for each in TRANSACTIONS if each["type"] != "payout"]
    assert [(row["row"], row["payout"], row["type"]) for row in ROWS] == [
        (each["id"], each["payout"], each["type"]) for each in known
    ]
    for row, each in zip(ROWS, known, strict=True):
        assert (row["minor_amount"], row["minor_fee"]) == (each["amount"], each["fee"])
        assert Fraction(row["net"]) * Fraction(row["units"]) == each["net"]
        # Two decimals for Icelandic crowns, where ISO 4217 has none: this processor counts so.
        assert row["units"] == {"usd": 100, "isk": 100, "jpy": 1}[each["currency"]]
    for name in BOOKED:
        row = SHEET.row(name)
        assert Fraction(row["net"]) * Fraction(row["units"]) == PAYOUTS[name]["amount"]


def test_each_reconciled_payout_becomes_the_entry_of_the_sheet(processor: Project) -> None:
    report = processor.run(RECIPE)
    assert (report.read, report.done, report.ignored, report.failed) == (5, 3, 2, 0)
    entries = {each["number"]: each for each in processor.site.made("journal_entries")}
    assert {name: lines(each) for name, each in entries.items()} == {name: wanted(name) for name in BOOKED}
    assert [each["currency"] for each in entries.values()] == ["USD", "ISK", "JPY"]


def test_debit_and_credit_of_every_entry_are_equal(processor: Project) -> None:
    processor.run(RECIPE)
    for entry in processor.site.made("journal_entries"):
        assert sum(each[2] for each in lines(entry)) == 0, entry["number"]


def test_the_day_is_the_one_that_the_processor_means(processor: Project) -> None:
    processor.run(RECIPE)
    days = [each["date"] for each in processor.site.made("journal_entries")]
    assert days == ["2026-11-06", "2026-11-09", "2026-11-10"]
    told = [datetime.fromtimestamp(PAYOUTS[name]["arrival_date"], UTC) for name in BOOKED]
    assert days == [each.date().isoformat() for each in told]


def test_the_second_run_writes_nothing(processor: Project) -> None:
    processor.run(RECIPE)
    before = list(processor.site.writes)
    report = processor.run(RECIPE)
    assert (sum(report.created.values()), report.skipped, report.failed) == (0, 3, 0)
    assert processor.site.writes == before


def test_a_payout_that_is_reconciled_later_is_booked_then(processor: Project) -> None:
    (payout,) = (each for each in processor.site.records["payouts"] if each["id"] == "po_0911")
    payout["reconciliation_status"] = "in_progress"
    assert processor.run(RECIPE).done == 2
    payout["reconciliation_status"] = "completed"
    report = processor.run(RECIPE)
    assert (report.done, report.skipped) == (1, 2)


def test_the_bad_sample_names_each_amount_that_does_not_fit(processor: Project) -> None:
    for name in ("payouts", "balance_transactions"):
        processor.site.records[name] = payload("cardpay", f"{name}.list", "bad")
    report = processor.run(RECIPE)
    assert (report.done, report.failed, processor.site.writes) == (0, 3, [])
    told = [each.message for each in report.failures]
    for message, parts in zip(
        told,
        [
            ("are not the payout", "621.10", "621.11", "the difference is -0.01"),
            ("are not the payout", "14596.00", "14595.99", "the difference is 0.01"),
            ("does not balance", "8900", "8899", "the difference is 1"),
        ],
        strict=True,
    ):
        assert [part for part in parts if part not in message] == [], message


def test_a_kind_of_transaction_without_an_account_is_no_guess(processor: Project) -> None:
    processor.site.records["balance_transactions"][0]["type"] = "reserve_transaction"
    report = processor.run(RECIPE)
    assert (report.done, report.failed) == (2, 1)
    assert "reserve_transaction" in report.failures[0].message
