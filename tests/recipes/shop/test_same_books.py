"""The same orders give the same books, byte for byte: in any order, on any pages, run again or twice at once."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from engine import canonical
from engine.books import Books
from engine.books.audit import check
from engine.books.export import FORMATS, export
from engine.clock import SystemClock
from engine.shipped import shipped
from tests.recipes.shop import expect
from tests.running import PROGRAM, here

RECIPES: Final = ("shopify-customers", "shopify-to-invoice", "shopify-refunds", "shopify-payouts")
FILES: Final = {
    "orders.list": "orders",
    "customers.list": "customers",
    "payouts.list": "payouts",
    "transactions.list": "transactions",
    "refunds.list": "refunds",
    "balance_transactions.list": "transactions",
}
Run = Callable[[str], None]


def project(folder: Path, size: int = 250, seed: int | None = None) -> Path:
    """Make a project in *folder* whose shop has the quarter on pages of *size*, mixed by *seed*, and return it."""
    own = folder / "connectors" / "shopify"
    shutil.copytree(shipped("connectors") / "shopify", own)
    for name in ("default", "bad"):
        shutil.rmtree(own / "samples" / name)
    file = own / "connector.yaml"
    file.write_text(file.read_text("utf-8").replace("limit: 250", f"limit: {size}"), "utf-8")
    (folder / "connections.yaml").write_text("connections: {}\n", "utf-8")
    if seed is not None:
        for name, key in FILES.items():
            mixed = own / "samples" / "quarter" / f"{name}.json"
            data: dict[str, list[Any]] = canonical.decode(mixed.read_bytes())
            random.Random(seed).shuffle(data[key])
            mixed.write_bytes(canonical.encode(data))
    return folder


def run(folder: Path, recipe: str) -> None:
    """Run one shipped recipe on the quarter in *folder*."""
    done = here("run", recipe, "--sample", "quarter", "--quiet", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def content(folder: Path) -> dict[str, str]:
    """Return the books in every format, after looking whether they are sound."""
    with Books.open(folder / ".recipe" / "sample" / "books.db", SystemClock()) as books:
        assert check(books) == ()
        return {format: export(books, format) for format in FORMATS}


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
    project(folder, size, seed=size)
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
        words = [*PROGRAM, "run", recipe, "--sample", "quarter"]
        started = [
            subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        ended = [(each.communicate(timeout=120), each.returncode) for each in started]
        assert 0 in [code for _, code in ended], ended
        for (_, told), code in ended:
            if code != 0:
                assert re.search(rf"{recipe} .*(?:process|held|running)", told), told
    assert content(folder) == expected


def test_no_export_holds_an_internal_id_or_a_time_of_entry(expected: dict[str, str]) -> None:
    for text in expected.values():
        assert not re.search(r"\b(?:inv|pay|cn|ref|txn|cus)-[0-9]+\b", text)
        assert not re.search(r"[0-9]T[0-9]{2}:[0-9]{2}:", text)
        assert expect.SAMPLE.name not in text
