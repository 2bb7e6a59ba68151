"""The mapping table that an accountant keeps: in YAML, in CSV or in Excel, one result."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine import dates, mapping
from engine.errors import RecordError
from engine.files import read_recipe
from engine.project import find_recipe
from engine.recipe import Recipe
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.tables.writing_excel import write_excel
from tests.running import here

FILES = Path(__file__).parent / "mapping_table"
FORMS = ("from-yaml", "from-csv", "from-excel")
ORDER = json.loads((FILES / "order.json").read_text("utf-8"))[0]
DOCUMENT = {
    "total": "59.90",
    "customer": {"email": "ada@example.com"},
    "lines": [{"description": "Oak board"}, {"description": "Linseed oil"}],
    "date": "2026-03-01",
    "status": "draft",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The recipes with their files; the workbook is made from the CSV table."""
    made = shutil.copytree(FILES, tmp_path / "table")
    with (FILES / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    write_excel(made / "table.xlsx", ("from", "to", "transform", "note"), rows)
    return made


def read(folder: Path, name: str) -> Recipe:
    return read_recipe(find_recipe(f"{name}.yaml", folder), Registry(), {}, folder)


def document(recipe: Recipe, order: dict[str, Any]) -> Any:
    assert recipe.mapping is not None
    lookups = {"status": {"paid": "paid", "pending": "draft"}}
    scope = Scope({"record": order}, Constants(dates.zone("America/New_York"), lookups))
    return mapping.apply(recipe.mapping, scope)


@pytest.mark.parametrize("form", FORMS)
def test_the_three_forms_of_the_table_give_one_document(folder: Path, form: str) -> None:
    assert document(read(folder, form), ORDER) == DOCUMENT


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("state", "status"), [("paid", "paid"), ("pending", "draft"), ("voided", "draft")])
def test_the_status_goes_through_the_lookup_or_is_a_draft(
    folder: Path, form: str, state: str, status: str
) -> None:
    assert document(read(folder, form), {**ORDER, "financial_status": state})["status"] == status


@pytest.mark.parametrize("form", FORMS)
def test_an_order_without_lines_has_none(folder: Path, form: str) -> None:
    assert document(read(folder, form), {**ORDER, "line_items": []})["lines"] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_record_that_fails_names_the_row(folder: Path, form: str) -> None:
    recipe = read(folder, form)
    with pytest.raises(RecordError) as caught:
        document(recipe, {**ORDER, "total_price": "sixty"})
    assert caught.value.code == "X105"
    assert caught.value.pointer == "/mapping/rows/0/from"


@pytest.mark.parametrize("form", FORMS)
def test_the_recipe_runs_from_the_command_line(folder: Path, form: str) -> None:
    done = here("run", f"{form}.yaml", "--record", "order.json", cwd=folder)
    assert done.returncode == 0
    assert "read 1" in done.stdout
    assert "failed 0" in done.stdout


def test_a_record_that_fails_in_a_run_is_shown_at_the_row_of_the_csv_file(folder: Path) -> None:
    order = {**ORDER, "line_items": [{"title": "Oak board"}, {"name": "Linseed oil"}]}
    (folder / "order.json").write_text(json.dumps([order]), "utf-8")
    done = here("run", "from-csv.yaml", "--record", "order.json", cwd=folder)
    assert done.returncode == 1
    assert "table.csv:4" in done.stdout + done.stderr
    assert "$.line_items[*].title is missing" in done.stdout + done.stderr
    assert "entry 2" in done.stdout + done.stderr


@pytest.mark.parametrize("form", FORMS)
def test_a_field_that_the_schema_does_not_have_is_shown_in_the_table(folder: Path, form: str) -> None:
    schema = folder / "order.schema.json"
    schema.write_text(schema.read_text("utf-8").replace('"email"', '"mail"'), "utf-8")
    done = here("check", f"{form}.yaml", cwd=folder)
    place = {"from-yaml": "from-yaml.yaml:14", "from-csv": "table.csv:3", "from-excel": "table.xlsx:3"}
    assert done.returncode == 3
    assert "./order.schema.json has no field 'email'" in done.stdout
    assert f"--> {place[form]}" in done.stdout
    assert "did you mean 'mail'?" in done.stdout
    assert "1 finding" in done.stdout
    if form == "from-excel":
        assert "error[R302]: cell B3: " in done.stdout
