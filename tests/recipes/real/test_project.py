"""The project of these tests as a whole: its recipes are right, without a warning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.connector import Connector
from engine.files import read_connections, read_recipe, registry_of
from engine.project import find_recipe
from tests.recipes.real.place import PROJECT
from tests.running import here

RECIPES = sorted((PROJECT / "recipes").glob("*.yaml"))


def test_the_check_finds_nothing_in_any_recipe_and_notes_of_which_sources_nothing_is_known() -> None:
    done = here("check", "recipes", "--format", "json", cwd=PROJECT)
    assert done.returncode == 0
    assert {each["code"] for each in json.loads(done.stdout)} == {"R315"}
    assert len(RECIPES) == 8


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_has_no_warning(path: Path) -> None:
    place = find_recipe(str(path), PROJECT)
    registry = registry_of(place.root)
    recipe = read_recipe(place, registry, read_connections(place, None, registry, PROJECT), PROJECT)
    assert [each for each in recipe.warnings if each.severity == "warning"] == []


def test_every_connector_of_the_project_is_used_and_none_of_ours_hides_behind_it() -> None:
    used = {connector.name for path in RECIPES for connector in _connectors(path)}
    assert used == {path.parent.name for path in PROJECT.glob("connectors/*/connector.yaml")}


def _connectors(path: Path) -> list[Connector]:
    place = find_recipe(str(path), PROJECT)
    return list(read_recipe(place, registry_of(place.root), {}, PROJECT).connections.values())
