"""The same orders give the same books, byte for byte: in any order, on any pages, run again or twice at once."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from engine import canonical
from engine.books import Books
from engine.books.audit import check
from engine.books.export import FORMATS, export
from engine.books.reports import documents
from engine.clock import SystemClock
from engine.shipped import shipped
from tests.recipes.shop import expect
from tests.running import here

RECIPES: Final = ("shopify-customers", "shopify-to-invoice", "shopify-refunds", "shopify-payouts")
FILES: Final = {
    "orders.list": "orders",
    "customers.list": "customers",
    "payouts.list": "payouts",
    "transactions.list": "transactions",
    "refunds.list": "refunds",
    "balance_transactions.list": "transactions",
}
Mix = Callable[[list[Any]], None]
GATED: Final = """
import sys
from engine.books import Books
from engine.commands import main

commit = Books.commit

def gated(*arguments):
    Books.commit = commit
    answers = commit(*arguments)
    print("it has written", flush=True)
    sys.stdin.readline()
    return answers

Books.commit = gated
main()
"""
"""A program that is ``recipe``, and waits for a line behind the first write into the books."""


def project(folder: Path, size: int = 250, mix: Mix | None = None) -> Path:
    """Make a project in *folder* whose shop has the quarter on pages of *size*, each list mixed, and return it."""
    own = folder / "connectors" / "shopify"
    shutil.copytree(shipped("connectors") / "shopify", own)
    for name in ("default", "bad"):
        shutil.rmtree(own / "samples" / name)
    file = own / "connector.yaml"
    file.write_text(file.read_text("utf-8").replace("limit: 250", f"limit: {size}"), "utf-8")
    (folder / "connections.yaml").write_text("connections: {}\n", "utf-8")
    if mix is not None:
        for name in FILES:
            edit(folder, name, mix)
    return folder


def edit(folder: Path, name: str, change: Mix) -> None:
    """Change what the shop of the project in *folder* has of the operation *name*."""
    file = folder / "connectors" / "shopify" / "samples" / "quarter" / f"{name}.json"
    data: dict[str, list[Any]] = canonical.decode(file.read_bytes())
    change(data[FILES[name]])
    file.write_bytes(canonical.encode(data))


def run(folder: Path, recipe: str) -> None:
    """Run one shipped recipe on the quarter in *folder*."""
    done = here("run", recipe, "--sample", "quarter", "--quiet", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def content(folder: Path) -> dict[str, str]:
    """Return the books in every format, after looking whether they are sound."""
    with Books.open(folder / ".recipe" / "sample" / "books.db", SystemClock()) as books:
        assert check(books) == ()
        return {format: export(books, format) for format in FORMATS}


def found(folder: Path) -> dict[str, tuple[str, str, str, str]]:
    """Return kind, day, total and what is left of every document that is no invoice, by its external id."""
    with Books.open(folder / ".recipe" / "sample" / "books.db", SystemClock()) as books:
        return {
            each.external_id: (each.kind, each.date, str(each.total), str(each.balance))
            for each in documents(books)
            if each.kind != "invoice"
        }


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The books after the four recipes in their order, in every format."""
    folder = project(tmp_path_factory.mktemp("expected"))
    for recipe in RECIPES:
        run(folder, recipe)
    return content(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for one project."""
    yield tmp_path
    shutil.rmtree(tmp_path / ".recipe", ignore_errors=True)


@pytest.mark.parametrize("size", [1, 7, 250])
def test_other_pages_and_another_order_of_records_give_the_same_books(
    folder: Path, size: int, expected: dict[str, str]
) -> None:
    project(folder, size, random.Random(size).shuffle)
    for recipe in RECIPES:
        run(folder, recipe)
    assert content(folder) == expected


def test_payments_and_refunds_of_one_order_may_be_listed_in_any_order(
    folder: Path, expected: dict[str, str]
) -> None:
    project(folder, mix=list.reverse)
    for recipe in RECIPES:
        run(folder, recipe)
    assert content(folder) == expected


def test_each_recipe_run_again_makes_nothing(folder: Path, expected: dict[str, str]) -> None:
    project(folder)
    for recipe in RECIPES:
        run(folder, recipe)
        done = here("run", recipe, "--sample", "quarter", cwd=folder)
        assert ", created 0, " in done.stdout, done.stdout
    assert content(folder) == expected


def test_a_recipe_started_twice_at_once_says_who_holds_it_and_makes_the_same_books(
    folder: Path, expected: dict[str, str]
) -> None:
    project(folder)
    for recipe in RECIPES:
        words = ("run", recipe, "--sample", "quarter")
        with subprocess.Popen(
            [sys.executable, "-c", GATED, *words],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as first:
            assert first.stdout is not None
            assert first.stdout.readline() == "it has written\n"
            second = here(
                *words, cwd=folder
            )  # from its beginning to its end while the first stands in the middle
            assert second.returncode == 4, second.stdout + second.stderr
            assert f"{recipe} is running already: process {first.pid} since" in second.stderr
            assert first.poll() is None
            _, told = first.communicate("\n", timeout=120)
            assert first.returncode == 0, told
    assert content(folder) == expected


def test_a_later_payment_and_refund_of_an_order_are_booked_and_nothing_twice(
    folder: Path, expected: dict[str, str]
) -> None:
    """#3075 has 100.00 paid and one mug back; a second payment comes in, and a second mug goes back."""
    project(folder)
    for recipe in RECIPES:
        run(folder, recipe)
    assert content(folder) == expected
    before = found(folder)
    paid, back = 7_021_599_000_001, 9_148_899_000_001
    number = next(each["id"] for each in expect.read("orders.list") if each["name"] == "#3075")

    def touched(orders: list[Any]) -> None:
        order = next(each for each in orders if each["id"] == number)
        order["updated_at"] = "2026-11-09T12:00:00-05:00"

    def with_payment(rows: list[Any]) -> None:
        known = next(each for each in rows if (each["order_id"], each["kind"]) == (number, "sale"))
        at = "2026-11-09T10:00:00-05:00"
        rows.insert(0, known | {"id": paid, "amount": "60.00", "processed_at": at})

    def with_refund(refunds: list[Any]) -> None:
        known = next(each for each in refunds if each["order_id"] == number)
        (money,) = known["transactions"]
        at = "2026-11-09T12:00:00-05:00"
        again = {
            "id": back,
            "processed_at": at,
            "transactions": [money | {"id": paid + 1, "processed_at": at}],
        }
        refunds.insert(0, known | again)

    for name, change in (
        ("orders.list", touched),
        ("transactions.list", with_payment),
        ("refunds.list", with_refund),
    ):
        edit(folder, name, change)
    for recipe, made in (("shopify-to-invoice", 1), ("shopify-refunds", 2)):
        done = here("run", recipe, "--sample", "quarter", cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f", created {made} " in done.stdout, done.stdout
    content(folder)
    after = found(folder)
    assert before.items() <= after.items()
    new = sorted(after[key] for key in after.keys() - before.keys())
    assert new == [
        ("credit_note", "2026-11-09", "28.31", "0.00"),
        ("payment", "2026-11-09", "60.00", "0.00"),
        ("refund", "2026-11-09", "28.31", "0.00"),
    ]


def test_a_refund_that_leaves_more_than_is_open_of_its_invoice_is_told_with_both_amounts(
    folder: Path,
) -> None:
    """#3077 is cancelled: 99.51 taken back, 40.00 paid; had only 30.00 gone back, 69.51 could not be open."""
    project(folder)
    run(folder, "shopify-to-invoice")

    def less_money(refunds: list[Any]) -> None:
        number = next(each["id"] for each in expect.read("orders.list") if each["name"] == "#3077")
        (refund,) = [each for each in refunds if each["order_id"] == number]
        refund["transactions"][0]["amount"] = "30.00"

    edit(folder, "refunds.list", less_money)
    done = here("run", "shopify-refunds", "--sample", "quarter", cwd=folder)
    assert (done.returncode, "failed 1," in done.stdout) == (1, True)
    assert "invoice #3077 has 59.51 USD open, and 69.51 of it is to be settled" in done.stderr
    content(folder)
    assert not [key for key, each in found(folder).items() if each[2] in ("99.51", "30.00")]


def test_no_export_holds_an_internal_id_or_a_time_of_entry(expected: dict[str, str]) -> None:
    for text in expected.values():
        assert not re.search(r"\b(?:inv|pay|cn|ref|txn|cus)-[0-9]+\b", text)
        assert not re.search(r"[0-9]T[0-9]{2}:[0-9]{2}:", text)
        assert expect.SAMPLE.name not in text
