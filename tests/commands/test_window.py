"""``recipe run --from --to --keep-cursor``: what is read, what is refused, and what is said of it."""

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
connections: {shop: shopify}
settings: {timezone: America/New_York}
vars: {note: {type: text, default: none}}
trigger: {poll: shop.orders.list, key: $.id}
actions: [{id: told, uses: log.write, with: {message: "{{ record.name }}, {{ vars.note }}"}}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    (tmp_path / "orders.yaml").write_text(RECIPE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["run", "orders.yaml", "--sample", *words])


def told(*words: str) -> dict[str, Any]:
    done = run(*words, "--format", "json")
    assert done.exit_code == 0, done.output
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def test_a_sample_is_read_again_and_skipped_and_the_cursor_is_told(folder: Path) -> None:
    first, second = told(), told()
    assert (first["done"], second["skipped"], first["cursor"]) == (12, 12, second["cursor"])
    assert f"read up to {first['cursor']}; the next run goes on from there" in run("--quiet").stdout
    shown = CliRunner().invoke(main, ["show", "--sample"])
    assert f"read up to {first['cursor']}" in shown.output


def test_a_changed_variable_asks_from_where_and_takes_either_answer(folder: Path) -> None:
    position = told()["cursor"]
    refused = run("--var", "note=x")
    assert refused.exit_code == 2
    assert "vars changed: orders has read up to" in refused.stderr
    assert "--from, or go on from there with --keep-cursor" in refused.stderr
    assert told("--var", "note=x", "--keep-cursor")["cursor"] == position
    assert told("--var", "note=y", "--from", "2026-01-01")["cursor"] == position
    assert run("--var", "note=y").exit_code == 0


def test_a_window_leaves_the_cursor_alone(folder: Path) -> None:
    told("--to", "2026-10-31")
    assert told("--to", "2026-10-31")["cursor"] is None
    position = told()["cursor"]
    assert told("--from", "2026-10-01", "--to", "2026-10-31T12:00:00Z")["cursor"] == position


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "November"], "--from: 'November' is no date"),
        (["--from", "2026-11-02", "--to", "2026-11-01T00:00:00Z"], "is later than --to"),
        (["--from", "2026-11-02", "--keep-cursor"], "--keep-cursor goes on from where the cursor stands"),
        (["--keep-cursor"], "there is no cursor of this recipe and account to keep"),
        (["--from", "2999-01-01"], "--from lies in the future"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(
    folder: Path, words: list[str], message: str
) -> None:
    done = run(*words)
    assert (done.exit_code, message in done.stderr) == (2, True), done.output


@pytest.mark.parametrize(
    ("trigger", "why"),
    [
        ("{manual: nothing, key: $vars.note}", "its trigger is manual"),
        ("{poll: shop.payouts.list, key: $.id}", "shop.payouts.list cannot be told from when to read"),
        (
            "{poll: shop.orders.list, key: $.id, with: {updated_at_min: '2026-01-01T00:00:00Z'}}",
            "its trigger bounds what it reads by itself, with updated_at_min or updated_at_max",
        ),
    ],
)
def test_a_recipe_without_a_cursor_refuses_what_only_one_could_do(
    folder: Path, trigger: str, why: str
) -> None:
    text = RECIPE.replace("{poll: shop.orders.list, key: $.id}", trigger).replace("record.name", "vars.note")
    (folder / "orders.yaml").write_text(text, "utf-8")
    for words in (["--from", "2026-01-01"], ["--to", "2026-01-01"], ["--keep-cursor"]):
        done = run(*words)
        assert (done.exit_code, f"{words[0]} is not for orders: {why}" in done.stderr) == (2, True), (
            done.output
        )
