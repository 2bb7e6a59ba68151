"""``--record FILE`` hands records to a recipe whose trigger is ``manual``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running import here

TELLING = """
recipe: telling
version: 1
trigger: {manual: an order, key: $.id}
actions: [{uses: log.write, id: told, with: {message: "{{ record.name }}"}}]
"""


@pytest.mark.parametrize(
    ("handed", "read"),
    [
        ({"id": 1, "name": "one"}, "read 1"),
        ([{"id": 1, "name": "one"}], "read 1"),
        ([{"id": 1, "name": "one"}, {"id": 2, "name": "two"}], "read 2"),
    ],
)
def test_a_json_file_holds_one_record_or_a_list_of_them(tmp_path: Path, handed: Any, read: str) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    (tmp_path / "order.json").write_text(json.dumps(handed), "utf-8")
    done = here("run", "telling.yaml", "--record", "order.json", cwd=tmp_path)
    assert (done.returncode, done.stdout.partition("\n")[0][:6]) == (0, read), done.stderr


def test_a_json_file_that_holds_neither_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "telling.yaml").write_text(TELLING, "utf-8")
    (tmp_path / "order.json").write_text('"one"', "utf-8")
    done = here("run", "telling.yaml", "--record", "order.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "order.json: the file is text, not a list of records" in done.stderr
