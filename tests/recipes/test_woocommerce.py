"""The shipped recipe for WooCommerce, judged by arithmetic of its own on the same orders: no engine code is asked."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.books import Books
from engine.books.audit import check
from engine.books.reports import documents, trial_balance
from engine.clock import SystemClock
from engine.shipped import shipped
from tests.running import here

Json = dict[str, Any]

RECIPE: Final = "woocommerce-to-invoice.yaml"
SAMPLES: Final = shipped("connectors") / "woocommerce" / "samples"
NEW_YORK: Final = ZoneInfo("America/New_York")
PAID: Final = {"processing", "completed", "refunded"}


def sample(name: str) -> list[Json]:
    orders: list[Json] = json.loads((SAMPLES / name / "orders.list.json").read_bytes())
    return orders


def booked(orders: list[Json]) -> list[Json]:
    """Return the orders that the recipe takes."""
    return [each for each in orders if each["date_paid_gmt"] and each["status"] in PAID]


def run(folder: Path, name: str = "default", *more: str) -> subprocess.CompletedProcess[str]:
    """Run the shipped recipe on a sample, over HTTP, into books below *folder*."""
    (folder / "connections.yaml").write_text("connections: {}\n", "utf-8")
    return here("run", RECIPE, "--sample", name, *more, cwd=folder)


def books(folder: Path) -> Books:
    return Books.open(folder / ".recipe" / "sample" / "books.db", SystemClock())


def day(order: Json) -> str:
    paid = datetime.fromisoformat(order["date_paid_gmt"]).replace(tzinfo=UTC)
    return paid.astimezone(NEW_YORK).date().isoformat()


def charged(order: Json) -> list[tuple[str, Json]]:
    """Return all that the order charges, each with the account that it goes to."""
    lists = {"line_items": "Sales", "shipping_lines": "Shipping income", "fee_lines": "Other income"}
    return [(account, line) for name, account in lists.items() for line in order[name]]


def expected_balances(orders: list[Json]) -> Mapping[tuple[str, str], Decimal]:
    """Debit positive, by account's name and currency; every order is paid in full."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in orders:
        currency, left = order["currency"], Decimal(order["total"])
        codes = {each["rate_id"]: each["rate_code"] for each in order["tax_lines"]}
        for account, line in charged(order):
            net, tax = Decimal(line["total"]), Decimal(line["total_tax"])
            sums[account, currency] -= net
            if tax:
                [rate] = line["taxes"]
                sums[f"Sales tax payable: {codes[rate['id']]}", currency] -= tax
            left -= net + tax
        sums["Cash rounding", currency] -= left
        method = order["payment_method"]
        sums[f"Clearing: {method}" if method else "Clearing", currency] += Decimal(order["total"])
    return {name: total for name, total in sums.items() if total}


def test_every_paid_order_becomes_one_invoice_with_its_day_customer_and_total(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "read 12, created 21 (invoices 11, payments 10), skipped 0, failed 0" in done.stdout
    orders = booked(sample("default"))
    with books(tmp_path) as found:
        invoices = {each.number: each for each in documents(found) if each.kind == "invoice"}
    assert len(invoices) == len(orders) == 11
    for order in orders:
        invoice, buyer = invoices[order["number"]], order["billing"]
        name = f"{buyer['first_name']} {buyer['last_name']}".strip() or buyer["company"] or "Unnamed customer"
        assert (invoice.total, invoice.currency) == (Decimal(order["total"]), order["currency"])
        assert (invoice.date, invoice.party, invoice.balance) == (day(order), name, Decimal(0))


def test_each_order_that_cost_anything_is_paid_once_and_in_full(tmp_path: Path) -> None:
    run(tmp_path)
    with books(tmp_path) as found:
        payments = sorted(
            (each.date, each.currency, each.total) for each in documents(found) if each.kind == "payment"
        )
    orders = [each for each in booked(sample("default")) if Decimal(each["total"])]
    assert payments == sorted((day(each), each["currency"], Decimal(each["total"])) for each in orders)
    assert any(each["refunds"] for each in orders), "a refund took nothing from it"


def test_every_account_has_the_balance_that_the_orders_give(tmp_path: Path) -> None:
    run(tmp_path)
    with books(tmp_path) as found:
        balance = trial_balance(found)
        assert check(found) == ()
    assert {
        (row.name, row.currency): row.debit - row.credit for row in balance.rows if row.debit != row.credit
    } == expected_balances(booked(sample("default")))
    assert [total.difference for total in balance.totals] == [0] * 3
    assert here("books", "check", "--sample", cwd=tmp_path).returncode == 0


def test_the_second_run_makes_nothing(tmp_path: Path) -> None:
    run(tmp_path)
    again = run(tmp_path)
    assert "read 1, created 0, skipped 1, failed 0" in again.stdout, "it reads from the last change on"
    whole = run(tmp_path, "default", "--from", "2026-01-01")
    assert "read 12, created 0, skipped 11, failed 0, not for this recipe 1" in whole.stdout


def test_lines_show_a_price_of_one_only_where_it_is_exact(tmp_path: Path) -> None:
    run(tmp_path)
    shown = json.loads(here("books", "show", "5104", "--sample", "--format", "json", cwd=tmp_path).stdout)
    line = shown["body"]["lines"][0]
    assert (line["description"], line["quantity"], line["unit_price"]) == ("3 × Button set", 1, "10.00")
    shown = json.loads(here("books", "show", "5101", "--sample", "--format", "json", cwd=tmp_path).stdout)
    line = shown["body"]["lines"][1]
    assert (line["description"], line["quantity"], line["unit_price"]) == ("Yarn, oat", 4, "7.25")


def test_a_cent_of_rounding_is_a_line_of_its_own(tmp_path: Path) -> None:
    run(tmp_path)
    shown = json.loads(here("books", "show", "5111", "--sample", "--format", "json", cwd=tmp_path).stdout)
    line = shown["body"]["lines"][-1]
    assert (line["category"], line["unit_price"]) == ("rounding", "0.01")


def test_orders_that_do_not_add_up_are_refused_each_with_its_reason(tmp_path: Path) -> None:
    done = run(tmp_path, "bad", "--format", "json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    reasons = {str(each["key"][0]): each["message"] for each in report["failures"]}
    assert [report[name] for name in ("read", "done", "failed")] == [5, 1, 4]
    for number, words in {
        6101: "total is 7.27, and its lines, shipping, fees and tax come to 7.25",
        6102: "total is 64.00, and its lines, shipping, fees and tax come to 89.00",
        6103: "found the text '79,90'",
        6104: "1100.50 has more decimals than JPY has",
    }.items():
        assert words in reasons[str(number)]


def test_the_samples_have_what_the_recipe_must_stand() -> None:
    orders = booked(sample("default"))
    seconds = [each["date_modified_gmt"] for each in orders]
    assert len(set(seconds)) < len(seconds), "two orders share a second"
    assert {each["prices_include_tax"] for each in orders} == {True, False}
    assert any(each["coupon_lines"] and Decimal(each["total"]) for each in orders)
    assert any(Decimal(each["total"]) < 0 for order in orders for each in order["fee_lines"])
    assert any(not each["billing"]["email"] for each in orders)
    assert any(day(each) != each["date_paid_gmt"][:10] for each in orders)
    taxes = [each["total"] for order in orders for line in order["line_items"] for each in line["taxes"]]
    assert any(len(text.partition(".")[2]) == 6 for text in taxes)
