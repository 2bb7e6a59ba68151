"""What the check says about actions that have made effects and are gone: their records would be written again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.history import vanished
from engine.ledger.store import InFolder
from engine.shipped import shipped
from tests.bench import Bench
from tests.fake import good, project, shop
from tests.running import RECIPE, here

NOTE = "actions:\n  - {id: note, uses: desk.notes.create, with: {text: a}}\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def test_an_action_with_effects_that_has_another_id_now_is_warned_of_with_the_nearest(bench: Bench) -> None:
    bench.run(NOTE)
    [found] = vanished(bench.recipe(NOTE.replace("id: note", "id: notes")), InFolder(bench.path))
    assert (found.code, found.severity, found.pointer) == ("R216", "warning", "/actions")
    assert "'note'" in found.message
    assert "'notes'" in found.help


def test_an_action_that_only_failed_has_nothing_that_could_be_made_twice(bench: Bench) -> None:
    bench.desk.refused.add("a")
    bench.run(NOTE)
    assert vanished(bench.recipe(NOTE.replace("id: note", "id: other")), InFolder(bench.path)) == []


def test_nothing_has_vanished_where_the_ids_stand_or_no_run_was_made(bench: Bench, tmp_path: Path) -> None:
    bench.run(NOTE)
    assert vanished(bench.recipe(NOTE), InFolder(bench.path)) == []
    assert vanished(bench.recipe(NOTE.replace("id: note", "id: other")), InFolder(tmp_path / "nowhere")) == []


def test_the_check_of_a_recipe_in_its_project_warns_and_lets_it_run(tmp_path: Path) -> None:
    text = (shipped("recipes") / RECIPE).read_text(encoding="utf-8")
    (tmp_path / "recipes").mkdir()
    own = tmp_path / "recipes" / RECIPE
    own.write_text(text, encoding="utf-8")
    with shop(good) as address:
        folder = project(tmp_path, address)
        assert here("run", RECIPE, cwd=folder, environ={"SHOP_TOKEN": "some-token"}).returncode == 0
    own.write_text(text.replace("id: received", "id: receipts"), encoding="utf-8")
    done = here("check", RECIPE, cwd=tmp_path)
    assert done.returncode == 0
    assert "warning[R216]: the action 'received.pay' has made effects" in done.stdout
