"""The shipped recipe, judged by arithmetic of its own on the same orders: no engine code computes what is expected."""

from __future__ import annotations

import copy
import subprocess
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.books import Books
from engine.books.audit import check
from engine.books.export import export
from engine.books.reports import documents, trial_balance
from engine.clock import SystemClock
from engine.errors import EngineError
from engine.ledger import RecordState
from engine.ledger.sqlite import SqliteLedger
from engine.shipped import shipped
from tests.running import RECIPE, Shop, sample

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    return Shop(
        tmp_path, monkeypatch, sample("default", "orders.list"), sample("default", "transactions.list")
    )


def books(shop: Shop) -> Books:
    return Books.open(shop.books, SystemClock())


def day(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(NEW_YORK).date().isoformat()


def money(rows: list[dict[str, Any]], field: str) -> Decimal:
    return sum((Decimal(row[field]) for row in rows), Decimal(0))


def received(shop: Shop) -> list[dict[str, Any]]:
    return [
        row for row in shop.transactions if row["status"] == "success" and row["kind"] in ("sale", "capture")
    ]


def expected_balances(shop: Shop) -> dict[tuple[str, str], Decimal]:
    """Debit positive, by account's name and currency."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in shop.orders:
        currency, inclusive = order["currency"], order["taxes_included"]
        sums["Accounts receivable", currency] += Decimal(order["total_price"])
        sums["Tips payable", currency] -= Decimal(order["total_tip_received"])
        for account, lines in (("Sales", order["line_items"]), ("Shipping income", order["shipping_lines"])):
            for line in lines:
                gross = Decimal(line["price"]) * line.get("quantity", 1) - money(
                    line["discount_allocations"], "amount"
                )
                tax = money(line["tax_lines"], "price")
                sums[account, currency] -= gross - tax if inclusive else gross
                for each in line["tax_lines"]:
                    name = f"Sales tax payable: {each['title']} {each['rate']}"
                    sums[name, currency] -= Decimal(each["price"])
    for row in received(shop):
        sums["Accounts receivable", row["currency"]] -= Decimal(row["amount"])
        sums[f"Clearing: {row['gateway']}", row["currency"]] += Decimal(row["amount"])
    return {name: total for name, total in sums.items() if total}


def test_every_order_becomes_one_invoice_with_its_day_customer_and_total(shop: Shop) -> None:
    report = shop.run()
    assert (report.read, report.done, report.failed) == (12, 12, 0)
    with books(shop) as found:
        invoices = {each.number: each for each in documents(found) if each.kind == "invoice"}
    assert len(invoices) == 12
    for order in shop.orders:
        invoice = invoices[order["name"]]
        assert invoice.total == Decimal(order["total_price"]), order["name"]
        assert (invoice.currency, invoice.date) == (order["currency"], day(order["processed_at"]))
        assert invoice.balance == 0
        if order["billing_address"]:
            assert invoice.party == order["billing_address"]["name"]


def test_only_money_that_came_in_becomes_a_payment(shop: Shop) -> None:
    shop.run()
    with books(shop) as found:
        payments = sorted((each.currency, each.total) for each in documents(found) if each.kind == "payment")
    assert payments == sorted((row["currency"], Decimal(row["amount"])) for row in received(shop))
    assert len(payments) < len(shop.transactions)


def test_every_account_has_the_balance_that_the_orders_give(shop: Shop) -> None:
    shop.run()
    with books(shop) as found:
        balance = trial_balance(found)
        assert check(found) == ()
    booked = {
        (row.name, row.currency): row.debit - row.credit for row in balance.rows if row.debit != row.credit
    }
    assert booked == expected_balances(shop)
    assert [total.difference for total in balance.totals] == [0] * 4


def test_the_second_run_makes_nothing(shop: Shop) -> None:
    first = shop.run()
    second = shop.run()
    assert sum(first.created.values()) == 25
    assert (sum(second.created.values()), second.skipped, second.failed) == (0, 12, 0)


@pytest.mark.parametrize("size", [1, 5, 12])
def test_page_size_and_order_of_records_do_not_change_the_books(
    shop: Shop, size: int, tmp_path: Path
) -> None:
    shop.run()
    with books(shop) as found:
        expected = export(found, "hledger")
    (tmp_path / "other").mkdir()
    other = Shop(tmp_path / "other", shop.monkeypatch, shop.orders[::-1], shop.transactions[::-1], size)
    (other.folder / "connections.yaml").write_text("connections: {}\n", "utf-8")
    report = other.run()
    assert report.calls == -(-12 // size) + 12
    with books(other) as found:
        assert export(found, "hledger") == expected


def test_an_order_that_was_only_touched_gives_its_stored_invoice(shop: Shop) -> None:
    shop.run()
    shop.orders[0]["updated_at"] = "2026-11-20T08:00:00-05:00"
    report = shop.run()
    assert (sum(report.created.values()), sum(report.stood.values()), report.skipped) == (0, 2, 11)
    assert report.exit_code == 0


def test_an_order_that_changed_changes_its_invoice_by_reversal(shop: Shop) -> None:
    shop.run()
    shop.orders[0]["updated_at"] = "2026-11-20T08:00:00-05:00"
    shop.orders[0]["line_items"][0]["title"] = "Another name"
    report = shop.run()
    assert (report.done, report.failed, report.skipped, sum(report.changed.values())) == (1, 0, 11, 1)
    again = shop.run()
    assert (again.skipped, sum(again.changed.values()), again.exit_code) == (12, 0, 0)
    with books(shop) as found:
        assert check(found) == ()
        written = export(found, "hledger")
        assert "Change of invoice" in written


def test_an_order_that_changed_after_its_invoice_is_parked_where_the_recipe_says_so(shop: Shop) -> None:
    text = (shipped("recipes") / RECIPE).read_text("utf-8")
    (shop.folder / "own.yaml").write_text(text + "on_revision: park\n", "utf-8")
    shop.run("own.yaml")
    with books(shop) as found:
        before = export(found, "hledger")
    shop.orders[0]["updated_at"] = "2026-11-20T08:00:00-05:00"
    shop.orders[0]["billing_address"]["name"] = "Somebody Else"
    report = shop.run("own.yaml")
    assert (report.parked, report.failed, report.skipped, report.exit_code) == (1, 0, 11, 1)
    assert "changed after" in report.failures[0].message
    again = shop.run("own.yaml")
    assert (again.parked, again.exit_code) == (1, 1), "a parked record stays visible"
    with books(shop) as found:
        assert export(found, "hledger") == before


def test_an_older_revision_that_comes_late_is_skipped(shop: Shop) -> None:
    shop.run()
    shop.orders[0]["updated_at"] = "2026-01-01T00:00:00Z"
    shop.orders[0]["billing_address"]["name"] = "An Old Name"
    report = shop.run()
    assert (report.skipped, report.parked, report.failed) == (12, 0, 0)


def test_a_failed_order_goes_through_once_it_is_corrected(shop: Shop) -> None:
    right = shop.orders[0]["total_price"]
    shop.orders[0]["total_price"] = str(Decimal(right) + Decimal("0.01"))
    report = shop.run()
    assert (report.failed, report.done, report.exit_code) == (1, 11, 1)
    assert "the difference is -0.01" in report.failures[0].message
    assert report.failures[0].number == shop.orders[0]["name"]
    shop.orders[0]["total_price"] = right
    report = shop.run()
    assert (report.failed, report.done, report.skipped, report.exit_code) == (0, 1, 11, 0)


def test_test_orders_and_unpaid_orders_are_left_to_others_and_not_remembered(shop: Shop) -> None:
    shop.orders[0]["test"] = True
    shop.orders[1]["financial_status"] = "pending"
    report = shop.run()
    assert (report.ignored, report.done) == (2, 10)
    shop.orders[1]["financial_status"] = "paid"
    assert shop.run().done == 1


def test_the_same_order_on_two_pages_is_one_invoice(shop: Shop) -> None:
    shop.orders.append(copy.deepcopy(shop.orders[0]))
    shop.size = 6
    report = shop.run()
    assert (report.read, report.done, report.skipped) == (13, 12, 1)


def test_a_payment_that_cannot_be_made_fails_its_order_and_is_made_when_it_can(shop: Shop) -> None:
    row = next(row for row in shop.transactions if row["order_id"] == shop.orders[0]["id"])
    amount, row["amount"] = row["amount"], None
    report = shop.run()
    assert (report.failed, report.failures[0].pointer) == (1, "/actions/1/do/0/with/amount")
    row["amount"] = amount
    report = shop.run()
    assert (dict(report.created), dict(report.stood)) == ({"payments.create": 1}, {"invoices.create": 1})


def test_no_request_is_sent_while_another_one_is_known_to_be_wrong(shop: Shop) -> None:
    text = (shipped("recipes") / RECIPE).read_text("utf-8")
    action = '  - {id: buyer, uses: books.customers.create, with: {name: $.note | default("")}}\n  - id: received\n'
    (shop.folder / "mine.yaml").write_text(text.replace("  - id: received\n", action), "utf-8")
    for number, order in enumerate(shop.orders):
        order["note"] = None if number == 0 else f"Customer {number}"
    report = shop.run("mine.yaml")
    assert (report.failed, report.done, report.failures[0].pointer) == (1, 11, "/actions/1")
    with books(shop) as found:
        assert shop.orders[0]["name"] not in {each.number for each in documents(found)}


def test_the_export_passes_hledger(shop: Shop, judge: Any, tmp_path: Path) -> None:
    program = judge("hledger")
    shop.run()
    journal = tmp_path / "books.journal"
    with books(shop) as found:
        journal.write_text(export(found, "hledger"), "utf-8")
    done = subprocess.run(
        [program, "-f", str(journal), "check", "--strict"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_effects_before_a_failure_are_counted(shop: Shop) -> None:
    row = next(row for row in shop.transactions if row["order_id"] == shop.orders[0]["id"])
    row["amount"] = None
    report = shop.run()
    assert (report.failed, dict(report.created)) == (1, {"invoices.create": 12, "payments.create": 12})


def test_reads_in_a_for_each_may_be_the_same_twice(shop: Shop) -> None:
    text = (shipped("recipes") / RECIPE).read_text("utf-8")
    again = """
  - id: again
    for_each: $.line_items[*]
    as: line
    do: [{id: seen, uses: books.invoices.get, with: {id: $steps.invoice.id}}]
"""
    (shop.folder / "mine.yaml").write_text(text.rstrip() + again, "utf-8")
    report = shop.run("mine.yaml")
    assert (report.failed, report.done) == (0, 12), report.failures


def test_a_record_whose_revision_is_none_keeps_its_key_and_is_finished_when_it_has_one(shop: Shop) -> None:
    right, shop.orders[0]["updated_at"] = shop.orders[0]["updated_at"], "yesterday"
    report = shop.run()
    assert report.failures[0].key == f'["{shop.orders[0]["id"]}"]'
    shop.orders[0]["updated_at"] = right
    shop.run()
    ledger = SqliteLedger(shop.books.parent / "ledger.db")
    try:
        assert list(ledger.records(states=[RecordState.DEAD])) == []
    finally:
        ledger.close()


@pytest.mark.parametrize("how", ["lost", "an older copy"])
def test_books_that_are_not_the_ones_written_to_stop_the_run(shop: Shop, how: str) -> None:
    every = shop.orders
    shop.orders = every[:3]
    shop.run()
    older = shop.books.read_bytes()
    shop.orders = every
    shop.run()
    for file in shop.books.parent.glob("books.db*"):
        file.unlink()
    if how == "an older copy":
        shop.books.write_bytes(older)
    with pytest.raises(EngineError, match="than this state's ledger wrote to"):
        shop.run()
    with books(shop) as found:
        assert len(documents(found)) == (0 if how == "lost" else 6)
