"""The quarter through the four recipes into the books, held against ``expected.json``."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from engine.books import Books
from engine.books.audit import check
from engine.books.export import FORMATS, Format
from engine.books.reports import documents, trial_balance
from engine.clock import SystemClock
from tests.judges import PROGRAMS, judged, wanted
from tests.recipes.shop import expect
from tests.running import here

RECIPES: Final = ("shopify-customers", "shopify-to-invoice", "shopify-refunds", "shopify-payouts")
EXPECTED: Final[Any] = json.loads(expect.EXPECTED.read_text("utf-8"))


@pytest.fixture
def books(tmp_path: Path) -> Books:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    for recipe in RECIPES:
        done = here("run", recipe, "--sample", "quarter", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    return Books.open(tmp_path / ".recipe" / "sample" / "books.db", SystemClock())


def test_the_books_hold_what_the_orders_say(books: Books) -> None:
    with books:
        assert check(books) == ()
        booked: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for row in trial_balance(books).rows:
            if row.debit != row.credit:
                booked[row.code][row.currency] = row.debit - row.credit
        made = [each for each in documents(books) if each.kind in EXPECTED["documents"]]
        unpaid = [(each.number, each.currency, each.balance) for each in made if each.kind == "invoice"]
    assert booked == {
        account: {currency: Decimal(amount) for currency, amount in amounts.items()}
        for account, amounts in EXPECTED["balances"].items()
    }
    assert [each for each in unpaid if each[2]] == [
        (each["number"], each["currency"], Decimal(each["amount"]))
        for each in EXPECTED["receivables"]["by_invoice"]
    ]
    found: dict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    for each in made:
        found[each.kind, each.currency, each.date[:7]].append(each.total)
    assert {key: (len(totals), sum(totals)) for key, totals in found.items()} == {
        (kind, currency, month): (sums["number"], Decimal(sums["total"]))
        for kind, currencies in EXPECTED["documents"].items()
        if not kind.startswith("transaction")
        for currency, months in currencies.items()
        for month, sums in months.items()
    }


@pytest.mark.parametrize("format", FORMATS)
def test_other_programs_find_the_same_balances_to_the_cent(
    books: Books, judge: Callable[[str], str], tmp_path: Path, format: Format
) -> None:
    with books:
        assert judged(books, format, judge(PROGRAMS[format]), tmp_path) == wanted(books, format)
