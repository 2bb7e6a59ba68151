"""``--record FILE`` hands records to a recipe whose trigger is ``manual``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from engine.handed import KEPT, handed
from engine.launch import Wish, prepare
from tests.running import here

TELLING = """
recipe: telling
version: 1
trigger: {manual: an order, key: $.id}
actions: [{uses: log.write, id: told, with: {message: "{{ record.name }}"}}]
"""


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"id": 1, "name": "one"}, "read 1"),
        ([{"id": 1, "name": "one"}], "read 1"),
        ([{"id": 1, "name": "one"}, {"id": 2, "name": "two"}], "read 2"),
    ],
)
def test_a_json_file_holds_one_record_or_a_list_of_them(tmp_path: Path, given: Any, read: str) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    (tmp_path / "order.json").write_text(json.dumps(given), "utf-8")
    done = here("run", "telling.yaml", "--record", "order.json", cwd=tmp_path)
    assert (done.returncode, done.stdout.partition("\n")[0][:6]) == (0, read), done.stderr


def test_a_json_file_that_holds_neither_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    (tmp_path / "order.json").write_text('"one"', "utf-8")
    done = here("run", "telling.yaml", "--record", "order.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "order.json: the file is text, not a list of records" in done.stderr


def test_a_record_without_its_key_fails_with_a_cure_that_the_check_takes(tmp_path: Path) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    (tmp_path / "order.json").write_text('{"name": "one"}', "utf-8")
    done = here("run", "telling.yaml", "--record", "order.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "$.id is missing in this record: $ has no .id" in done.stderr
    assert "every record needs a key; leave records that have none out by when" in done.stderr
    assert "$.id?" not in done.stderr
    assert "default(" not in done.stderr


def test_an_expression_as_a_key_that_finds_nothing_offers_no_default(tmp_path: Path) -> None:
    text = TELLING.replace("key: $.id", 'key: "{{ record.id ~ record.name }}"')
    (tmp_path / "telling.yaml").write_text(text, "utf-8")
    (tmp_path / "order.json").write_text('{"name": "one"}', "utf-8")
    done = here("run", "telling.yaml", "--record", "order.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "every record needs a key" in done.stderr
    assert "default(" not in done.stderr


def test_the_same_key_twice_in_a_handed_file_offers_no_repeats(tmp_path: Path) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    (tmp_path / "order.json").write_text('[{"id": 1, "name": "one"}, {"id": 1, "name": "two"}]', "utf-8")
    done = here("run", "telling.yaml", "--record", "order.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "choose a key that tells them apart" in done.stderr
    assert "repeats" not in done.stderr


def test_options_say_how_the_file_is_written_and_the_cure_names_them(tmp_path: Path) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    (tmp_path / "orders.csv").write_text("id;name\n1;one\n", "utf-8")
    words = ("run", "telling.yaml", "--record", "orders.csv")
    done = here(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert 'add --record-option "delimiter=;"' in done.stderr
    done = here(*words, "--record-option", "delimiter=;", cwd=tmp_path)
    assert (done.returncode, done.stdout[:6]) == (0, "read 1"), done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--record", "."], "--record . is a folder"),
        (["--record-option", "delimiter=;"], "add --record FILE"),
        (["--record", "orders.csv", "--record-option", "delimeter=;"], "delimeter=; is none"),
    ],
)
def test_options_of_no_file_and_a_folder_are_refused(tmp_path: Path, words: list[str], told: str) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    (tmp_path / "orders.csv").write_text("id,name\n1,one\n", "utf-8")
    done = here("run", "telling.yaml", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr


def test_a_file_of_any_size_is_looked_through_before_anything_is_done_and_then_read_as_the_run_goes_on(
    tmp_path: Path,
) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    many = [{"id": number, "name": str(number)} for number in range(KEPT + 1)]
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(many)[:-1], "utf-8")
    done = here("run", "telling.yaml", "--record", "orders.json", cwd=tmp_path)
    assert (done.returncode, (tmp_path / ".recipe").exists()) == (2, False)
    assert f"(entry {KEPT + 2}): the JSON ends too early" in done.stderr
    file.write_text(json.dumps(many), "utf-8")
    done = here("run", "telling.yaml", "--record", "orders.json", cwd=tmp_path)
    assert (done.returncode, done.stdout.partition(",")[0]) == (0, f"read {KEPT + 1}"), done.stderr


def test_a_large_file_is_not_kept_in_memory_and_one_that_changed_meanwhile_is_told(tmp_path: Path) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    file = tmp_path / "orders.json"
    recipe = prepare(Wish("telling.yaml"), tmp_path).recipe
    for count, is_kept in ((KEPT, True), (KEPT + 1, False)):
        file.write_text(json.dumps([{"id": number} for number in range(count)]), "utf-8")
        found = handed(recipe, "orders.json", (), tmp_path)
        assert isinstance(found, list) is is_kept
        assert found is not None
        assert [each.record["id"] for each in found] == list(range(count))
    file.write_text("[", "utf-8")
    with pytest.raises(UsageError, match="the JSON ends too early"):
        list(found or ())
