"""What a file is: by its name, or as it is told; an option that does not belong is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.tables import ENCODINGS, BadTable, Form, cells, form_of


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", Form("csv")),
        ("A.CSV", Form("csv")),
        ("a.tsv", Form("csv", delimiter="\t")),
        ("a.xlsx", Form("excel")),
        ("a.xlsm", Form("excel")),
        ("a.json", Form("json")),
        ("a.jsonl", Form("jsonl")),
        ("a.ndjson", Form("jsonl")),
    ],
)
def test_the_name_says_the_format(name: str, form: Form) -> None:
    assert form_of(Path(name)) == form


def test_a_given_format_wins_over_the_name() -> None:
    assert form_of(Path("statement.txt"), format="csv", delimiter=";") == Form("csv", delimiter=";")


@pytest.mark.parametrize(
    ("name", "options", "message", "help"),
    [
        ("a.txt", {}, "the name 'a.txt' does not say which format the file has", "add format: csv, excel"),
        ("a", {}, "the name 'a' does not say", "add format:"),
        ("a.csv", {"format": "xml"}, "'xml' is no format", "write csv, excel, json or jsonl"),
        ("a.xls", {}, "a.xls is no .xlsx: its errors cannot be told from empty cells", ".xlsx"),
        ("a.ods", {"format": "excel"}, "a.ods is no .xlsx", ".xlsx"),
        ("a.csv", {"sheet": "S"}, "'sheet' does not belong to the format csv", "delimiter and encoding"),
        ("a.xlsx", {"delimiter": ";"}, "'delimiter' does not belong to the format excel", "header and sheet"),
        ("a.json", {"header": 2}, "'header' does not belong to the format json", "records"),
        ("a.csv", {"delimiter": ";;"}, "the delimiter ';;' is not one character", "';'"),
        ("a.csv", {"delimiter": "\n"}, "the delimiter '\\n' is not one character", "';'"),
        ("a.csv", {"quote": "''"}, "the quote \"''\" is not one character", "none"),
        ("a.csv", {"quote": ","}, "quote and delimiter are both ','", "two different"),
        ("a.csv", {"header": 0}, "header is 0", "from 1"),
        ("a.csv", {"encoding": "cp12522"}, "'cp12522' is no text encoding", "did you mean 'cp1252'?"),
        ("a.csv", {"encoding": "rot13"}, "'rot13' is no text encoding", ""),
        ("a.csv", {"encoding": "base64"}, "'base64' is no text encoding", ""),
        ("a.csv", {"encoding": "utf-7"}, "'utf-7' is no text encoding", ""),
        ("a.csv", {"encoding": "a\0b"}, "'a\\x00b' is no text encoding", ""),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_its_cure(
    name: str, options: dict[str, Any], message: str, help: str
) -> None:
    with pytest.raises(BadTable) as caught:
        form_of(Path(name), **options)
    assert caught.value.message.startswith(message)
    assert help in caught.value.help


def test_an_encoding_has_one_name() -> None:
    assert form_of(Path("a.csv"), encoding="Latin-1").encoding == "iso8859-1"
    assert form_of(Path("a.csv"), encoding="windows-1252").encoding == "cp1252"
    assert all(form_of(Path("a.csv"), encoding=name).encoding == name for name in ENCODINGS)


def test_json_has_no_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(BadTable, match="has no cells"):
        list(cells(path, form_of(path)))
