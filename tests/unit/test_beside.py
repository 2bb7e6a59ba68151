"""Files beside a recipe: lookups from CSV and Excel, tables as rows, schemas; found from the recipe's own folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import source
from engine.check import check
from engine.commands.console import findings_data, findings_text
from engine.errors import RecipeInvalid
from engine.files import read_recipe
from engine.project import find_recipe
from engine.recipe import Recipe
from engine.registry import Registry
from engine.tables.writing_excel import write_excel

REGISTRY = Registry()
RECIPE = """\
recipe: {name}
version: 1
settings: {{timezone: UTC}}
lookups:
  account: {lookup}
trigger: {{manual: an order, key: $.id}}
mapping:
  target: {target}
{mapping}
actions:
  - {{id: tell, uses: log.write, with: {{message: "to {{{{ mapped.account }}}}"}}}}
"""
SCHEMA = {
    "type": "object",
    "properties": {"account": {"type": ["string", "integer"], "description": "Where."}},
}
FIELDS = "  fields: {account: $.code | lookup('account')}"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a recipe with what lies beside it, and gives its folder."""

    def write(
        lookup: str = "{file: codes.csv, key: code, value: account}",
        mapping: str = FIELDS,
        folder: str = ".",
        name: str = "one",
        target: str = "./account.schema.json",
        **files: str | bytes | list[dict[str, Any]],
    ) -> Path:
        made = tmp_path / folder
        made.mkdir(parents=True, exist_ok=True)
        text = RECIPE.format(name=name, lookup=lookup, mapping=mapping, target=target)
        (made / f"{name}.yaml").write_text(text, "utf-8")
        (made / "account.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
        for key, content in files.items():
            stem, _, suffix = key.rpartition("_")
            path = made / f"{stem}.{suffix}"
            if isinstance(content, list):
                write_excel(path, list(content[0]), content)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write


def read(folder: Path, name: str = "one.yaml") -> Recipe:
    return read_recipe(find_recipe(name, folder), REGISTRY, {}, folder)


def lookup(folder: Path) -> Mapping[str, Any]:
    return read(folder).constants.lookups["account"]


def refused(folder: Path, name: str = "one.yaml") -> str:
    with pytest.raises(RecipeInvalid) as caught:
        read(folder, name)
    return findings_text(caught.value.source, caught.value.diagnostics)


# Lookups


def test_a_csv_file_gives_text_for_text(write: Write) -> None:
    folder = write(codes_csv="code,account\n00501,4000\n1.50,4010\n")
    assert lookup(folder) == {"00501": "4000", "1.50": "4010"}


def test_numbers_of_a_workbook_are_keys_as_text_and_stay_numbers_as_values(write: Write) -> None:
    rows = [
        {"code": 1200, "account": 4000},
        {"code": Decimal("12.5"), "account": "A"},
        {"code": "007", "account": 1},
    ]
    folder = write("{file: codes.xlsx, key: code, value: account}", codes_xlsx=rows)
    assert lookup(folder) == {"1200": 4000, "12.5": "A", "007": 1}


def test_true_and_false_of_a_workbook_are_keys_as_text(write: Write) -> None:
    rows = [{"code": "x", "account": 1}]
    folder = write("{file: codes.xlsx, key: account, value: code}", codes_xlsx=rows)
    assert lookup(folder) == {"1": "x"}


def test_blank_lines_between_groups_do_not_count(write: Write) -> None:
    folder = write(codes_csv="code,account\n1,a\n\n,\n2,b\n")
    assert lookup(folder) == {"1": "a", "2": "b"}


def test_a_file_of_a_european_excel_is_read_as_it_is_written(write: Write) -> None:
    folder = write(
        "{file: codes.csv, key: Konto, value: Erlös, delimiter: ;, encoding: cp1252, header: 2}",
        codes_csv="Stand 2026;\nKonto;Erlös\n1;Größe\n".encode("cp1252"),
    )
    assert lookup(folder) == {"1": "Größe"}


def test_further_columns_are_for_people(write: Write) -> None:
    assert lookup(write(codes_csv="code,who,account\n1,Ada,a\n")) == {"1": "a"}


def test_the_file_lies_beside_the_recipe_wherever_it_is_called_from(write: Write) -> None:
    folder = write(folder="recipes", codes_csv="code,account\n1,a\n")
    assert lookup(folder / "recipes") == {"1": "a"}
    assert read_recipe(find_recipe("one.yaml", folder), REGISTRY, {}, folder).constants.lookups == {
        "account": {"1": "a"}
    }


def test_a_called_recipe_in_another_folder_reads_the_files_of_its_own_folder(write: Write) -> None:
    folder = write(folder="recipes", name="inner", codes_csv="code,account\n1,inner\n")
    write(codes_csv="code,account\n1,outer\n")
    outer = folder / "one.yaml"
    outer.write_text(outer.read_text("utf-8") + "  - {id: more, call: inner, with: $}\n", "utf-8")
    recipe = read(folder)
    called = recipe.actions[1].recipe  # type: ignore[union-attr]
    assert recipe.constants.lookups["account"] == {"1": "outer"}
    assert called.constants.lookups["account"] == {"1": "inner"}


def test_a_finding_in_a_file_of_a_called_recipe_is_shown_in_that_file(write: Write) -> None:
    folder = write(folder="recipes", name="inner", codes_csv="code,account\n1,a\n1,b\n")
    write(codes_csv="code,account\n1,a\n")
    outer = folder / "one.yaml"
    outer.write_text(outer.read_text("utf-8") + "  - {id: more, call: inner, with: $}\n", "utf-8")
    text = refused(folder)
    assert "recipes/codes.csv:3:1" in text
    assert "3 | 1,b" in text


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        ("code,account\n1,a\n2,b\n1,c\n", "codes.csv:4:1", "the key '1' stands twice (first in line 2)"),
        ("code,account\n,a\n", "codes.csv:2:1", "a key is missing here"),
        ("code,account\n1,\n", "codes.csv:2:3", "the key '1' has no value"),
        ("code,accounts\n1,a\n", "one.yaml:5:48", "codes.csv has no column 'account'"),
        ("code,account\n1,a,b\n", "codes.csv:2:1", "the row has 3 cells"),
        ("code,account\n1\n", "codes.csv:2:1", "the row has 1 cell"),
        ("", "one.yaml:5:19", "names of columns"),
        ("code;account\n1;a\n", "one.yaml:5:19", "there is one column"),
        (b"code,account\n1,Gr\xf6\xdfe\n", "one.yaml:5:19", "is not utf-8 text"),
    ],
)
def test_a_slip_in_a_lookup_file_is_told_at_its_place(
    write: Write, content: str | bytes, place: str, says: str
) -> None:
    text = refused(write(codes_csv=content))
    assert f"--> {place}" in text
    assert says in text
    assert "1 finding" in text


def test_all_slips_of_a_file_are_told_at_once(write: Write) -> None:
    text = refused(write(codes_csv="code,account\n1,a,b\n2\n3,c\n"))
    assert ("codes.csv:2:1" in text, "codes.csv:3:1" in text, "2 findings" in text) == (True, True, True)


def test_the_same_key_as_number_and_as_text_is_one_key_twice(write: Write) -> None:
    rows = [{"code": 1200, "account": "a"}, {"code": "1200", "account": "b"}]
    text = refused(write("{file: codes.xlsx, key: code, value: account}", codes_xlsx=rows))
    assert "cell A3: the key '1200' stands twice (first in row 2)" in text
    assert "3 | 1200 │ b" in text


# Places


def test_a_caret_does_not_shift_behind_lines_that_other_readers_break(write: Write) -> None:
    content = 'code,account\n"a\u2028b\x0cc",x\n1,y\n1,z\n'
    assert "codes.csv:4:1" in refused(write(codes_csv=content))


def test_a_caret_stands_in_a_file_of_another_encoding(write: Write) -> None:
    content = "code,account\nä,x\nä,y\n".encode("utf-16")
    text = refused(write("{file: codes.csv, key: code, value: account, encoding: utf-16}", codes_csv=content))
    assert "3 | ä,y\n  | ^ keep one" in text


def test_a_caret_goes_inside_a_cell_only_where_the_cell_is_written_as_it_is(write: Write) -> None:
    rows = 'from,to,transform\n$.code,$.account,"default(""x"") | nope"\n'
    text = refused(write(mapping="  rows: rows.csv", rows_csv=rows, codes_csv="code,account\n1,a\n"))
    assert '2 | $.code,$.account,"default(""x"") | nope"' in text
    assert "codes" not in text
    assert f"\n  |                   {'^' * 21}\n" in text


def test_rows_of_a_workbook_are_numbered_as_excel_does(write: Write) -> None:
    rows = [
        {"from": "$.code", "to": "$.account", "transform": None},
        {"from": None, "to": None, "transform": None},
        {"from": "$.code", "to": "$.account", "transform": None},
    ]
    folder = write(mapping="  rows: rows.xlsx", rows_xlsx=rows, codes_csv="code,account\n1,a\n")
    text = refused(folder)
    assert "cell B4: $.account is written twice (first in row 2)" in text
    assert "--> rows.xlsx:4:10" in text
    with pytest.raises(RecipeInvalid) as caught:
        read(folder)
    (data,) = findings_data(caught.value.source, caught.value.diagnostics)
    assert (data["file"], data["line"], data["message"]) == (
        "rows.xlsx",
        4,
        "cell B4: $.account is written twice (first in row 2)",
    )


def test_a_number_in_a_workbook_is_a_constant_and_text_is_text(write: Write) -> None:
    rows = [{"from": 12, "to": "$.account", "transform": None}]
    folder = write(mapping="  rows: rows.xlsx", rows_xlsx=rows, codes_csv="code,account\n1,a\n")
    mapping = read(folder).mapping
    assert mapping is not None
    assert mapping.fields.evaluate(None) == {"account": 12}  # type: ignore[arg-type]
    folder = write(
        mapping="  rows: rows.csv", rows_csv="from,to\n12,$.account\n", codes_csv="code,account\n1,a\n"
    )
    mapping = read(folder).mapping
    assert mapping is not None
    assert mapping.fields.evaluate(None) == {"account": "12"}  # type: ignore[arg-type]


# Schemas


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"type": "object",\n', "is no JSON: reading ends at line 2"),
        ("[" * 100_000, "is nested too deep"),
        ("[]", "is no JSON Schema: a schema is a mapping"),
        ('{"type": "oject"}', "is no JSON Schema"),
        (b"\xff\xfe\x00", "is no UTF-8 text"),
    ],
)
def test_a_file_that_is_no_schema_is_told_at_the_target(
    write: Write, content: str | bytes, says: str
) -> None:
    folder = write(target="./bad.json", bad_json=content, codes_csv="code,account\n1,a\n")
    text = refused(folder)
    assert says in text
    assert "--> one.yaml:8:11" in text
    assert "1 finding" in text


def test_a_schema_that_is_a_folder_or_missing_is_told(write: Write) -> None:
    folder = write(target="./", codes_csv="code,account\n1,a\n")
    assert "there is no file ./" in refused(folder)
    folder = write(target="../nope.json", codes_csv="code,account\n1,a\n")
    assert "there is no file ../nope.json" in refused(folder)


def test_a_recipe_that_lies_in_no_folder_cannot_name_files() -> None:
    text = RECIPE.format(
        name="one", lookup="{file: a.csv, key: a, value: b}", target="./a.json", mapping="  rows: b.csv"
    )
    with pytest.raises(RecipeInvalid) as caught:
        check(source.read(text, "one.yaml"), REGISTRY)
    assert [each.pointer for each in caught.value.diagnostics] == [
        "/lookups/account/file",
        "/mapping/target",
        "/mapping/rows",
    ]
