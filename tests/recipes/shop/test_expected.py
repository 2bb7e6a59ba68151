"""The expected books of the quarter: fresh, apart from the engine, and in keeping with what Shopify says itself."""

from __future__ import annotations

import ast
import json
from decimal import Decimal
from typing import Any, Final

import pytest

from tests.recipes.shop import expect

pytestmark = pytest.mark.source_tree  # reads the samples where they are written

EXPECTED: Final[Any] = json.loads(expect.EXPECTED.read_text("utf-8"))
BALANCES: Final[dict[str, dict[str, str]]] = EXPECTED["balances"]
CURRENCIES: Final = ("USD", "EUR", "JPY", "KWD")


def read(operation: str) -> list[dict[str, Any]]:
    return expect.read(operation)


def balance(prefix: str, currency: str) -> Decimal:
    """Return the balance of all accounts whose code begins with *prefix*, debit above zero."""
    return sum(
        (Decimal(each.get(currency, "0")) for code, each in BALANCES.items() if code.startswith(prefix)),
        Decimal(0),
    )


def test_the_committed_figures_are_what_the_script_works_out() -> None:
    fresh = "expected.json is stale: run python -m tests.recipes.shop.expect"
    assert expect.EXPECTED.read_text("utf-8") == expect.text(), fresh


def test_the_script_knows_nothing_of_the_engine_nor_of_the_samples_builder() -> None:
    tree = ast.parse((expect.HERE / "expect.py").read_text("utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert {str(module).split(".")[0] for module in modules} & {"engine", "tests"} == set()


@pytest.mark.parametrize("currency", CURRENCIES)
def test_debits_and_credits_are_equal(currency: str) -> None:
    assert balance("", currency) == 0


def test_what_is_open_or_owed_is_what_shopify_says_is_outstanding() -> None:
    said = {
        order["name"]: Decimal(order["total_outstanding"])
        for order in read("orders.list")
        if order["financial_status"] in expect.INVOICED and Decimal(order["total_outstanding"])
    }
    found = {each["number"]: Decimal(each["amount"]) for each in EXPECTED["receivables"]["by_invoice"]}
    found |= {each["number"]: -Decimal(each["amount"]) for each in EXPECTED["customer_credit"]["by_invoice"]}
    assert found == said
    assert len(said) == 7


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_bank_got_what_the_paid_payouts_say(currency: str) -> None:
    paid = [each for each in read("payouts.list") if (each["status"], each["currency"]) == ("paid", currency)]
    assert balance("1000", currency) == sum((Decimal(each["amount"]) for each in paid), Decimal(0)) > 0
    fees = [key for key in paid[0]["summary"] if key.endswith("_fee_amount")]
    assert balance("6100", currency) == sum(
        (Decimal(each["summary"][key]) for each in paid for key in fees), Decimal(0)
    )


@pytest.mark.parametrize("currency", CURRENCIES)
def test_no_money_is_lost_on_the_way(currency: str) -> None:
    """What came in less what went back stands in clearing, at the bank or was kept as a fee, or is a gift card's."""
    orders = {order["id"]: order for order in read("orders.list")}
    moved = Decimal(0)
    for each in read("transactions.list"):
        if each["currency"] != currency or each["status"] != "success" or each["test"]:
            continue
        if each["kind"] in ("sale", "capture", "refund", "change") and each["gateway"] != "gift_card":
            sign = -1 if each["kind"] in ("refund", "change") else 1
            moved += sign * (Decimal(each["amount"]) + Decimal(each["amount_rounding"] or 0))
    channel = sum(
        (
            Decimal(tax["price"])
            for order in orders.values()
            for tax in order["tax_lines"]
            if tax["channel_liable"] and order["currency"] == currency
        ),
        Decimal(0),
    )
    assert moved - channel == sum((balance(code, currency) for code in ("1000", "1200", "6100")), Decimal(0))


def test_what_is_owed_for_gift_cards_is_what_was_sold_less_what_was_redeemed() -> None:
    owed = {currency: Decimal(0) for currency in CURRENCIES}
    for order in read("orders.list"):
        for row in order["line_items"]:
            if row["gift_card"]:
                owed[order["currency"]] += Decimal(row["price"]) * row["quantity"]
    for each in read("transactions.list"):
        if each["gateway"] == "gift_card":
            owed[each["currency"]] -= Decimal(each["amount"]) * (-1 if each["kind"] == "refund" else 1)
    assert owed == {currency: -balance("2400", currency) for currency in CURRENCIES}
    assert (owed["USD"], owed["EUR"]) == (Decimal(50), Decimal(5))


def test_orders_that_ask_for_nothing_yet_or_never_are_left_out() -> None:
    assert {each["number"]: each["why"] for each in EXPECTED["left_out"]} == {
        "#3010": "pending",
        "#3011": "authorized",
        "#3012": "voided",
        "#3013": "pending",
        "#3015": "test",
        "#3055": "authorized",
        "#3069": "pending",
    }
