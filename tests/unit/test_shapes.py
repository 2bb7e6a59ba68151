"""The JSON Schemas that editors complete and judge with: what a user is told while writing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import source
from engine.schema import Validator
from engine.shipped import shipped

pytestmark = pytest.mark.source_tree

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "schemas").rglob("*.json"))
RECIPE: dict[str, Any] = json.loads((shipped("schemas") / "recipe.schema.json").read_bytes())
FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")
SLIPS = ROOT / "tests" / "diagnostics" / "recipe"


def inside(schema: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping of *schema* with its pointer."""
    if isinstance(schema, dict):
        yield at, schema
    for key, entry in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if isinstance(entry, (dict, list)):
            yield from inside(entry, f"{at}/{key}")


def shown(schema: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema that an editor shows something of: what is under a key, in a list, or a branch of if."""
    for place, each in inside(schema, at):
        for key in ("then", "else", "items", "additionalProperties"):
            if isinstance(each.get(key), dict):
                yield f"{place}/{key}", each[key]
        for name, entry in each.get("properties", {}).items():
            if "/if/" not in f"{place}/" and isinstance(entry, dict):
                yield f"{place}/properties/{name}", entry


def recipes() -> Iterator[tuple[str, Any]]:
    """Yield every recipe of the tree that may run."""
    for folder in ("recipes", "tests/recipes", "tests/diagnostics/warning"):
        for file in sorted((ROOT / folder).rglob("*.yaml")):
            yield from _one(str(file.relative_to(ROOT)), file.read_text("utf-8"))
    yield from _one("good.yaml", (SLIPS.parent / "good.yaml").read_text("utf-8"))
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for text in FENCED.findall(page.read_text("utf-8")):
            yield from _one(page.name, text)


def _one(name: str, text: str) -> Iterator[tuple[str, Any]]:
    data = source.read(text, name).data
    if isinstance(data, dict) and "recipe" in data:
        yield name, data


def test_every_branch_says_what_it_is() -> None:
    bare = [
        at
        for at, each in shown(RECIPE)
        if "description" not in each and "$ref" not in each and "if" not in each and "properties" not in each
    ]
    assert bare == []
    assert len(list(shown(RECIPE))) > 80


def test_what_must_have_a_form_shows_one() -> None:
    bare = [at for at, each in shown(RECIPE) if "pattern" in each and "examples" not in each]
    assert bare == []


def test_every_example_is_right() -> None:
    for at, each in inside(RECIPE):
        examples = each.get("examples")
        for example in examples if isinstance(examples, list) else []:
            one = {
                key: value for key, value in each.items() if key in ("type", "pattern", "enum", "minLength")
            }
            assert Validator(one).flaws(example) == [], at


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_schema_blames_the_wrong_branch_takes_null_or_counts_in_floats(file: Path) -> None:
    schema = json.loads(file.read_bytes(), parse_float=Decimal)
    for at, each in inside(schema):
        if at.endswith("/properties"):
            continue  # names of fields, not words of the schema
        assert "oneOf" not in each, at
        types = each.get("type", [])
        assert "null" not in (types if isinstance(types, list) else [types]), at
        assert not isinstance(each.get("multipleOf"), Decimal), at


def test_every_good_recipe_is_right_for_an_editor() -> None:
    validator = Validator(RECIPE)
    found = list(recipes())
    assert len(found) >= 8
    assert [(name, flaws) for name, data in found if (flaws := validator.flaws(data))] == []


def test_every_good_test_file_is_right_for_an_editor_and_one_with_a_slip_is_not() -> None:
    validator = Validator(json.loads((ROOT / "schemas" / "test.schema.json").read_bytes()))
    good = [*sorted((ROOT / "recipes").glob("*.test.yaml")), SLIPS.parent / "cases" / "good.test.yaml"]
    assert len(good) >= 2
    for file in good:
        assert validator.flaws(source.read(file.read_text("utf-8"), file.name).data) == [], file
    for name in ("key-misspelt", "two-ends", "ignored-and-mapped", "nothing-expected", "without-record"):
        file = SLIPS.parent / "cases" / f"{name}.test.yaml"
        assert validator.flaws(source.read(file.read_text("utf-8"), file.name).data) != [], file


def test_the_schema_of_tests_says_what_everything_is() -> None:
    schema = json.loads((ROOT / "schemas" / "test.schema.json").read_bytes())
    for at, each in shown(schema):
        told = {"description", "$ref", "if", "properties"} & set(each)
        assert told, at
        assert "pattern" not in each or "examples" in each, at


def test_a_recipe_with_a_slip_of_shape_is_wrong_for_an_editor_too() -> None:
    validator = Validator(RECIPE)
    seen = 0
    for file in sorted(SLIPS.glob("shape-*.yaml")):
        data = source.read(file.read_text("utf-8"), file.name).data
        seen += 1 if validator.flaws(data) else 0
    assert seen >= 30


@pytest.mark.parametrize("pattern", ["recipes/*.yaml", "engine/connectors/*/connector.yaml"])
def test_the_first_line_of_what_ships_names_its_schema(pattern: str) -> None:
    files = sorted(ROOT.glob(pattern))
    assert files
    for file in files:
        named = LINE.fullmatch(file.read_text("utf-8").splitlines()[0])
        assert named is not None, file
        assert (file.parent / named.group(1)).is_file(), file
