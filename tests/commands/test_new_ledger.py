"""An empty ledger over a real account: nothing is written until somebody says that nothing was written before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.target import Target
from tests.notes import begin, change, records, run

ACTIONS = """\
actions:
  - {id: note, uses: desk.notes.create, with: {text: $.id, amount: "1.00"}}
"""


@pytest.fixture
def target(server: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A project with the recipe ``notes`` over the target that can be asked; one record."""
    begin(server, tmp_path, monkeypatch, "find", ACTIONS)
    records({"id": "a"})
    return server


def made(target: Target) -> list[int]:
    return [len(each) for each in target.effects().values()]


def test_an_empty_ledger_stops_before_anything_is_written_and_says_what_to_do(target: Target) -> None:
    done = run()
    assert (done.exit_code, made(target)) == (2, [])
    assert "this ledger is new and empty, and notes writes to target-find?account=main" in done.stderr
    assert "--new-ledger" in done.stderr
    assert "--adopt" in done.stderr


def test_it_is_asked_once(target: Target) -> None:
    assert run("--new-ledger").exit_code == 0
    assert run().exit_code == 0
    assert made(target) == [1]


def test_a_sample_is_never_asked(target: Target) -> None:
    done = run("shopify-to-invoice.yaml", "--sample", "--quiet")
    assert done.exit_code == 0


def test_in_place_of_a_lost_ledger_what_was_made_is_found(target: Target) -> None:
    assert run("--new-ledger").exit_code == 0
    shutil.rmtree(".recipe")
    assert run("--adopt").exit_code == 0
    assert made(target) == [1]


def test_an_adopted_account_stays_one_that_is_asked_for_what_the_ledger_does_not_know(target: Target) -> None:
    records({"id": "a"}, {"id": "b"})
    assert run("--new-ledger").exit_code == 0
    shutil.rmtree(".recipe")
    records({"id": "a"})
    assert run("--adopt").exit_code == 0
    records({"id": "b"})
    assert run().exit_code == 0
    assert made(target) == [1, 1]


def test_adopting_holds_also_where_another_recipe_has_begun_the_new_ledger(target: Target) -> None:
    assert run("--new-ledger").exit_code == 0
    shutil.rmtree(".recipe")
    own = Path("notes.yaml").read_text("utf-8")
    change(
        own.replace("recipe: notes", "recipe: others").replace("notes.jsonl", "others.jsonl"), "others.yaml"
    )
    Path("others.jsonl").write_text("", "utf-8")
    assert run("others.yaml", "--new-ledger").exit_code == 0
    assert run("--adopt").exit_code == 0
    assert made(target) == [1]
