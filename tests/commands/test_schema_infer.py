"""``recipe schema infer``: what it reads, prints, writes and refuses; and its page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.commands import main, schema_infer
from engine.schema import Validator
from engine.tables.writing_excel import write_excel

USAGE = 2
PAGE = Path(__file__).resolve().parents[2] / "docs" / "schema-infer.md"
ORDERS = '{"orders": [{"id": 1, "total": "12.50", "note": null}, {"id": 2, "total": "3", "tags": ["a"]}]}'


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("orders.json").write_text(ORDERS, "utf-8")


def infer(*words: str) -> Result:
    done = CliRunner().invoke(main, ["schema", "infer", *words])
    assert "the engine itself failed" not in done.output
    return done


def schema(*words: str) -> Any:
    done = infer(*words)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_records_says_where_the_list_of_records_stands() -> None:
    assert schema("orders.json", "--records", "$.orders")["properties"] == {
        "id": {"type": "integer", "x-seen": {"present": 2, "of": 2}},
        "total": {"type": "string", "format": "money", "x-seen": {"present": 2, "of": 2}},
        "note": {"type": "null", "x-seen": {"present": 1, "of": 2}},
        "tags": {"type": "array", "items": {"type": "string"}, "x-seen": {"present": 1, "of": 2}},
    }


def test_how_many_records_were_looked_at_goes_to_standard_error() -> None:
    assert infer("orders.json", "--records", "$.orders").stderr == "2 records looked at\n"


def test_a_mapping_is_one_record_and_the_list_in_it_is_offered() -> None:
    done = infer("orders.json")
    assert json.loads(done.stdout)["properties"]["orders"]["type"] == "array"
    assert done.stderr == "1 record looked at; if its orders are the records, add --records '$.orders'\n"


def test_several_files_of_several_formats_are_one_set_of_samples() -> None:
    Path("a.csv").write_text("id,day\n1,2026-11-22\n", "utf-8")
    Path("b.jsonl").write_text('{"id": 7}\n{"id": null}\n', "utf-8")
    write_excel(Path("c.xlsx"), ["id"], [{"id": 12}])
    assert schema("a.csv", "b.jsonl", "c.xlsx")["properties"] == {
        "id": {"type": ["string", "integer", "null"], "x-seen": {"present": 4, "of": 4}},
        "day": {"type": "string", "format": "date", "x-seen": {"present": 1, "of": 4}},
    }


def test_a_record_option_says_how_a_file_is_written() -> None:
    Path("a.csv").write_text("id;total\n1;12.50\n", "utf-8")
    assert list(schema("a.csv", "--record-option", "delimiter=;")["properties"]) == ["id", "total"]


@pytest.mark.parametrize("word", ["-o", "--output"])
def test_output_writes_the_same_to_a_file(word: str) -> None:
    printed = infer("orders.json").stdout
    for _ in ("new", "there already"):
        done = infer("orders.json", word, "order.schema.json")
        assert (done.exit_code, done.stdout) == (0, "")
        assert Path("order.schema.json").read_text("utf-8") == printed
    assert sorted(path.name for path in Path().iterdir()) == ["order.schema.json", "orders.json"]


def test_a_file_stays_as_it_was_where_the_samples_are_refused() -> None:
    Path("order.schema.json").write_text("before", "utf-8")
    assert infer("orders.json", "--records", "$.none", "-o", "order.schema.json").exit_code == USAGE
    assert Path("order.schema.json").read_text("utf-8") == "before"


@pytest.mark.parametrize(
    ("name", "text", "words", "told", "cure"),
    [
        ("a.json", "[]", [], "no record in a.json", "one record or more"),
        ("a.json", "[1]", [], "a.json, entry 1: expected a record with named fields, found a number", "--records"),
        ("a.jsonl", '{"id": 1}\n{"id":\n', [], "a.jsonl, line 2: ", "correct the line"),
        ("a.csv", "id,day\n1\n", [], "a.csv, line 2: the row has 1 cell; expected 2", "complete the row"),
        ("a.json", "[" * 102 + "]" * 102, [], "a.json, entry 1: expected a record", "--records"),
        ("a.json", '{"a":' + "[" * 101 + "]" * 101 + "}", [], "more than 100 deep", "take the part"),
        ("a.json", ORDERS, ["--records", "$.order"], "$.order finds nothing", "add --records '$.orders'"),
        ("a.json", ORDERS, ["--records", "$["], "records is no path", "help: "),
        ("a.json", "{", [], "a.json, line 1", "correct the JSON"),
        ("a.txt", "x", [], "does not say which format", '--record-option "format=csv"'),
        ("a.csv", "id\n1\n", ["--records", "$.a"], "'records' does not belong to the format csv", "it takes"),
        ("a.csv", "id\n1\n", ["-o", "none/x.json"], "none/x.json cannot be written", "check its folder"),
        ("a.csv", "id\n1\n", ["-o", "."], ". is no file", "name a file"),
        ("a.csv", "id\n1\n", ["none.csv"], "there is no file none.csv", "check its name"),
        ("a.csv", "id\n1\n", ["."], ". is a folder", "name its files"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_refused_with_its_place_and_a_cure(
    name: str, text: str, words: list[str], told: str, cure: str
) -> None:
    Path(name).write_text(text, "utf-8")
    done = infer(name, *words)
    assert (done.exit_code, done.stdout) == (USAGE, "")
    assert told in done.stderr
    assert cure in done.stderr.partition(told)[2]


def test_a_device_is_not_written_over() -> None:
    assert "/dev/null is no file" in infer("orders.json", "-o", "/dev/null").stderr


def test_long_input_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_infer, "EVERY", 2)
    Path("a.csv").write_text("id\n1\n2\n3\n4\n5\n", "utf-8")
    assert infer("a.csv").stderr == "2 records\n4 records\n5 records looked at\n"


def test_the_kinds_of_files_are_printed_as_before() -> None:
    for kind in ("recipe", "connections", "connector", "test"):
        done = CliRunner().invoke(main, ["schema", kind])
        assert (done.exit_code, json.loads(done.stdout)["title"]) == (0, kind)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Name a kind (recipe, connections, connector, test), --write FOLDER, or infer FILES"),
        (["recipes"], "Did you mean 'recipe'?"),
        (["infer"], "For example: recipe schema infer orders.json --records '$.orders'"),
        (["--write", "all", "recipe"], "--write writes all kinds: leave recipe out"),
    ],
)
def test_a_slip_in_the_words_is_told(words: list[str], told: str) -> None:
    done = CliRunner().invoke(main, ["schema", *words])
    assert (done.exit_code, done.stdout) == (USAGE, "")
    assert told in done.stderr
    assert not Path("all").exists()


@pytest.mark.source_tree
def test_the_page_shows_what_is_printed() -> None:
    page = PAGE.read_text("utf-8")
    [(name, text)] = re.findall(r"^```csv (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    [printed] = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    Path(name).write_text(text, "utf-8")
    done = infer(name)
    assert (done.stdout, done.stderr) == (printed, "2 records looked at\n")
    Validator(json.loads(printed))
