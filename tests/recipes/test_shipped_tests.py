"""The tests that ship beside the recipes pass, and every recipe has some."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.shipped import shipped
from tests.running import here

RECIPES = sorted(
    path.name for path in shipped("recipes").glob("*.yaml") if not path.name.endswith(".test.yaml")
)


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_recipe_passes_its_tests(name: str, tmp_path: Path) -> None:
    done = here("test", name.removesuffix(".yaml"), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed, 0 failed" in done.stdout
    assert not done.stdout.endswith("\n0 passed, 0 failed\n")
