"""An empty ledger over a real account: nothing is written until somebody says that nothing was written before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.commands import main
from tests.faults.target import Target
from tests.faults.target.connectors import write

RECIPE = """\
recipe: notes
version: 1
connections: {desk: target-find}
trigger: {file: notes.jsonl, format: jsonl, key: $.id}
actions:
  - {id: note, uses: desk.notes.create, with: {text: $.id, amount: "1.00"}}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Target]:
    with Target() as target:
        yield target


@pytest.fixture
def target(server: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A project with the recipe ``notes`` over the target that can be asked; one record."""
    server.reset()
    write(tmp_path, server.address)
    (tmp_path / "connections.yaml").write_text(connections("main"), "utf-8")
    (tmp_path / "notes.yaml").write_text(RECIPE, "utf-8")
    (tmp_path / "notes.jsonl").write_text('{"id": "a"}\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    return server


def connections(account: str) -> str:
    return json.dumps({"connections": {"desk": {"connector": "target-find", "account": account}}})


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["run", "notes.yaml", *words])


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
    done = CliRunner().invoke(main, ["run", "shopify-to-invoice.yaml", "--sample", "--quiet"])
    assert done.exit_code == 0


def test_in_place_of_a_lost_ledger_what_was_made_is_found(target: Target) -> None:
    assert run("--new-ledger").exit_code == 0
    shutil.rmtree(".recipe")
    assert run("--adopt").exit_code == 0
    assert made(target) == [1]


def test_an_adopted_account_stays_one_that_is_asked_for_what_the_ledger_does_not_know(target: Target) -> None:
    Path("notes.jsonl").write_text('{"id": "a"}\n{"id": "b"}\n', "utf-8")
    assert run("--new-ledger").exit_code == 0
    shutil.rmtree(".recipe")
    Path("notes.jsonl").write_text('{"id": "a"}\n', "utf-8")
    assert run("--adopt").exit_code == 0
    Path("notes.jsonl").write_text('{"id": "b"}\n', "utf-8")
    assert run().exit_code == 0
    assert made(target) == [1, 1]


def test_another_account_through_the_same_connection_gets_everything_and_is_not_asked_for(
    target: Target,
) -> None:
    assert run("--new-ledger").exit_code == 0
    Path("connections.yaml").write_text(connections("other"), "utf-8")
    assert run().exit_code == 0
    assert made(target) == [2]


def test_adopting_holds_also_where_another_recipe_has_begun_the_new_ledger(target: Target) -> None:
    assert run("--new-ledger").exit_code == 0
    shutil.rmtree(".recipe")
    other = RECIPE.replace("recipe: notes", "recipe: others").replace("notes.jsonl", "others.jsonl")
    Path("others.yaml").write_text(other, "utf-8")
    Path("others.jsonl").write_text("", "utf-8")
    assert CliRunner().invoke(main, ["run", "others.yaml", "--new-ledger"]).exit_code == 0
    assert run("--adopt").exit_code == 0
    assert made(target) == [1]
