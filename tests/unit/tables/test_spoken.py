"""How a file is written, said on the command line, and cures that the command line can follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.tables import BadTable, form_of, rows
from engine.tables.spoken import for_command, options_of


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ([], {}),
        (["delimiter=;", "quote=", "encoding=cp1252"], {"delimiter": ";", "quote": "", "encoding": "cp1252"}),
        (["delimiter==", "header=3"], {"delimiter": "=", "header": 3}),
        ([r"delimiter=\t"], {"delimiter": "\t"}),
        (["sheet=May 2026", "format=excel"], {"sheet": "May 2026", "format": "excel"}),
    ],
)
def test_an_option_is_a_name_and_its_value(given: list[str], options: dict[str, Any]) -> None:
    assert options_of(given) == options


def test_the_path_of_records_is_a_path() -> None:
    assert options_of(["records=$.orders"])["records"].text == "$.orders"


@pytest.mark.parametrize(
    "given",
    [["delimiter"], ["delimeter=;"], ["header=one"], ["header="], ["records=orders"], ["quote=", "quote="]],
)
def test_any_other_option_is_refused_with_its_cure(given: list[str]) -> None:
    with pytest.raises(BadTable) as caught:
        options_of(given)
    assert caught.value.help


@pytest.mark.parametrize(
    ("recipe", "command"),
    [
        ("add delimiter: ';'", 'add --record-option "delimiter=;"'),
        ("close the quote, or add quote: '' if the file knows none",
         'close the quote, or add --record-option "quote=" if the file knows none'),
        ("add encoding: cp1252 (Excel), or another", 'add --record-option "encoding=cp1252" (Excel), or another'),
        ("add format: csv, excel, json or jsonl", 'add --record-option "format=csv", excel, json or jsonl'),
        ("add header: with its number", "add --record-option header=… with its number"),
        ("add records: $.orders or $.rows", 'add --record-option "records=$.orders" or $.rows'),
        ("correct the formula there", "correct the formula there"),
    ],
)  # fmt: skip
def test_a_cure_is_said_as_the_command_line_takes_it(recipe: str, command: str) -> None:
    assert for_command(recipe) == command


def test_a_file_that_knows_no_quotes_is_read_with_an_empty_quote(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('id,text\n1,5" pipe\n', "utf-8")
    form = form_of(file, **options_of(["quote="]))
    assert [row.record for row in rows(file, form)] == [{"id": "1", "text": '5" pipe'}]
