"""Docs run: each console line and each piece of YAML in README.md and docs/ is tried here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from engine import connections, source
from engine.check import Beside, check
from engine.registry import Registry
from tests.running import here

pytestmark = pytest.mark.source_tree

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SET_UP = ("make ", "bash .ci/run", "python3 -m pip ")
"""Commands that set something up; the pipeline runs these themselves."""


def blocks(language: str) -> list[tuple[str, str]]:
    pattern = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [(page.name, text) for page in PAGES for text in pattern.findall(page.read_text("utf-8"))]


def everything() -> str:
    return "\n".join(page.read_text("utf-8") for page in PAGES)


def test_every_console_line_works(tmp_path: Path) -> None:
    assert here("demo", cwd=tmp_path).returncode == 0
    ran = 0
    for page, text in blocks("console"):
        for line in (line[2:] for line in text.splitlines() if line.startswith("$ ")):
            if line.startswith(SET_UP):
                continue
            program, *arguments = shlex.split(line)
            assert program in ("recipe", ".venv/bin/recipe"), line
            done = here(*arguments, cwd=tmp_path)
            assert done.returncode == (1 if "--sample bad" in line else 0), f"{page}: {line}\n{done.stderr}"
            ran += 1
    assert ran >= 8


def test_every_piece_of_yaml_is_right(tmp_path: Path) -> None:
    registry = Registry()
    for name, text in re.findall(r"^```csv (\S+)\n(.*?)^```$", everything(), re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(text, encoding="utf-8")
    read = [source.read(text, page) for page, text in blocks("yaml")]
    named = {each.data["recipe"]: each for each in read if "recipe" in (each.data or ())}
    found = {name: (each, Beside(tmp_path)) for name, each in named.items()}
    beside = Beside(tmp_path, lambda name: found.get(name))
    kinds = {"recipe": 0, "connections": 0}
    for page, text in blocks("yaml"):
        data = source.read(text, page).data
        if "recipe" in data:
            told = check(source.read(text, page), registry, beside=beside).warnings
            assert [each for each in told if each.severity == "warning"] == [], page
            kinds["recipe"] += 1
        elif "connections" in data:
            connections.read(text, ROOT / page, registry)
            kinds["connections"] += 1
    assert kinds["recipe"] >= 2
    assert kinds["connections"] >= 2


def test_every_test_of_a_recipe_passes_beside_the_recipe_of_that_name(tmp_path: Path) -> None:
    found = [source.read(text, page) for page, text in blocks("yaml")]
    for each in found:
        if "recipe" in each.data:
            (tmp_path / f"{each.data['recipe']}.yaml").write_text(each.text, encoding="utf-8")
    tests = [each for each in found if "recipe_test" in each.data]
    assert tests
    for each in tests:
        (tmp_path / "page.test.yaml").write_text(each.text, encoding="utf-8")
        done = here("test", cwd=tmp_path)
        assert done.returncode == 0, f"{each.path}\n{done.stdout}"


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_command_has_its_line_in_the_docs() -> None:
    from engine.commands import COMMANDS

    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`recipe {name}" not in page] == []


def test_every_action_of_the_engines_own_has_its_parameters_in_the_docs() -> None:
    page = (ROOT / "docs" / "actions.md").read_text("utf-8")
    registry = Registry()
    assert re.findall(r"^## (\w+\.\w+)$", page, re.MULTILINE) == [
        "file.write",
        "alert.send",
        "log.write",
        "links.find",
    ]
    assert sorted(registry.actions) == sorted(re.findall(r"^## (\w+\.\w+)$", page, re.MULTILINE))
    for name in registry.actions:
        section = page.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(
            registry.action(name).params.model_fields
        )


def test_the_shipped_schemas_are_what_the_engine_generates() -> None:
    from engine.commands.schema import text

    for kind in ("recipe", "connections", "connector", "test"):
        file = ROOT / "schemas" / f"{kind}.schema.json"
        assert file.read_text("utf-8") == text(kind, Registry()), (
            f"recipe schema --write schemas  ({kind} is stale)"
        )
