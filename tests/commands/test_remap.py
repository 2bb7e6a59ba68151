"""``recipe replay --remap``: what an edited recipe made before is brought to what it says now, where that is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.commands import main

RECIPE = """
recipe: orders
version: 1
connections: {shop: shopify, books: books}
settings: {timezone: America/New_York}
trigger: {poll: shop.orders.list, key: $.id, revision: $.updated_at}
actions:
  - id: invoice
    uses: books.invoices.create
    with:
      number: $.name
      date: $.created_at | date
      currency: $.currency
      customer: {name: Ada}
      lines: [{description: Goods, quantity: 1, unit_price: '1.00'}]
"""
EDITED = RECIPE.replace("Goods", "Tea")
CHECKED = "  - {id: told, uses: log.write, with: {message: WORDS}}\n"


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "orders.yaml"
    file.write_text(RECIPE, "utf-8")
    return file


def call(*words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--sample"])


def told(*words: str, code: int = 0) -> dict[str, Any]:
    done = call(*words, "--format", "json")
    assert done.exit_code == code, done.output
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def test_an_edited_recipe_touches_nothing_until_it_is_asked_to(recipe: Path) -> None:
    told("run", "orders.yaml")
    recipe.write_text(EDITED, "utf-8")
    assert told("run", "orders.yaml")["skipped"] == 12
    report = told("replay", "orders.yaml", "--remap", "--reread")
    assert (report["read"], report["changed"], report["created"]) == (12, 12, 0)
    again = told("replay", "orders.yaml", "--remap", "--reread")
    assert (again["read"], again["changed"], again["stood"]) == (12, 0, 12)


def test_some_records_are_chosen_by_their_keys_and_one_that_does_not_come_is_told(recipe: Path) -> None:
    told("run", "orders.yaml")
    recipe.write_text(EDITED, "utf-8")
    key = json.loads(call("show", "--format", "json").stdout)["effects"][0]["record"][0]
    report = told("replay", "orders.yaml", key, "4711", "--remap", "--reread")
    assert (report["changed"], report["ignored"]) == (1, 11)
    assert "no record with the key 4711 came" in report["notes"]


def test_some_records_are_chosen_by_a_window_which_leaves_the_cursor_alone(recipe: Path) -> None:
    before = told("run", "orders.yaml")
    recipe.write_text(EDITED, "utf-8")
    report = told("replay", "orders.yaml", "--remap", "--from", "2026-01-01", "--to", "2026-11-30")
    assert (report["changed"], report["cursor"]) == (12, before["cursor"])
    assert told("run", "orders.yaml")["cursor"] == before["cursor"]


def test_a_first_cursor_is_not_begun_by_reading_again(recipe: Path) -> None:
    assert told("replay", "orders.yaml", "--remap", "--from", "2026-01-01")["cursor"] is None


def test_of_a_record_that_waited_what_was_made_before_is_kept_and_counted_or_remapped(recipe: Path) -> None:
    recipe.write_text(
        RECIPE + CHECKED.replace("WORDS", "\"{{ steps.invoice.id | regex('nothing') }}\""), "utf-8"
    )
    assert told("run", "orders.yaml", code=1)["failed"] == 12
    recipe.write_text(EDITED + CHECKED.replace("WORDS", "$steps.invoice.id"), "utf-8")
    key = json.loads(call("replay", "--format", "json").stdout)["records"][0]["key"][0]
    first = told("replay", "orders.yaml", key)
    assert (first["done"], first["kept"], first["changed"]) == (1, 1, 0)
    rest = told("replay", "orders.yaml", "--all", "--remap")
    assert (rest["done"], rest["kept"], rest["changed"]) == (11, 0, 11)
    assert "kept as they were made 1" in call("show", first["run"]).stdout


@pytest.mark.parametrize("said", ["park", "skip"])
def test_what_the_recipe_says_of_changes_at_the_source_does_not_keep_a_remap_from_its_work(
    recipe: Path, said: str
) -> None:
    recipe.write_text(RECIPE + f"on_revision: {said}\n", "utf-8")
    told("run", "orders.yaml")
    recipe.write_text(EDITED + f"on_revision: {said}\n", "utf-8")
    assert told("replay", "orders.yaml", "--remap", "--reread")["changed"] == 12


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--remap"], "say what is to be taken again"),
        (["--reread"], "changes nothing without --remap"),
        (["--from", "2026-01-01"], "changes nothing without --remap"),
        (["--remap", "--reread", "--all"], "from the source or from the ledger, not from both"),
    ],
)
def test_a_remap_says_which_records_it_is_for(recipe: Path, words: list[str], message: str) -> None:
    done = call("replay", "orders.yaml", *words)
    assert (done.exit_code, message in done.stderr) == (2, True), done.output
