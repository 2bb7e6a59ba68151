"""How ``recipe show --compiled`` prints a recipe's generated code."""

from __future__ import annotations

import json
from pathlib import Path

from engine.commands.console import put, visible
from engine.diagnostics import Diagnostic
from engine.files import read_connections, read_recipe, registry_of
from engine.generated import Module, code_of
from engine.generated.writer import INDENT, Line
from engine.project import find_recipe
from engine.recipe import Recipe, SubRecipe

WIDEST = 84
"""Characters of code after which a line's place is put without lining up."""


def show_code(name: str, form: str) -> None:
    """Print the code of the recipe *name*, and of those that it calls, each line with its place in the recipe.

    Raises:
        UsageError: there is no such recipe.
        RecipeInvalid: it has findings, and no code.
    """
    here = Path.cwd()
    place = find_recipe(name, here)
    registry = registry_of(place.root)
    recipe = read_recipe(place, registry, read_connections(place, None, registry, here), here)
    modules = [(each, code_of(each)[0]) for each in _called(recipe)]
    if form == "json":
        shown = [
            {"recipe": each.name, "lines": [_data(each, line) for line in module.lines]}
            for each, module in modules
        ]
        put(json.dumps(shown, ensure_ascii=False))
        return
    put("\n\n".join(_text(each, module) for each, module in modules))


def _called(recipe: Recipe) -> list[Recipe]:
    """Return *recipe* and those that it calls, each once."""
    inner = [each for step in recipe.steps if isinstance(step, SubRecipe) for each in _called(step.recipe)]
    return list({each.name: each for each in (recipe, *inner)}.values())


def _text(recipe: Recipe, module: Module) -> str:
    lines = [(f"{INDENT * line.depth}{line.text}", _place(recipe, line)) for line in module.lines]
    width = min(WIDEST, max((len(text) for text, _ in lines), default=0))
    head = f"# {recipe.name}: generated from {recipe.source.path}; behind each line, the recipe's line that it computes"
    shown = [head]
    for text, (line, _) in lines:
        if text.startswith("def "):
            shown.append("")
        shown.append(f"{text:<{width}}  # {line}")
    return visible("\n".join(shown))


def _place(recipe: Recipe, line: Line) -> tuple[int, str]:
    """Return the number of the recipe's line that *line* computes, and the pointer of its value."""
    home, found = recipe.source.home(Diagnostic("", line.place, ""))
    return home.locate(found).line, line.place


def _data(recipe: Recipe, line: Line) -> dict[str, object]:
    number, at = _place(recipe, line)
    return {"code": f"{INDENT * line.depth}{line.text}", "line": number, "pointer": at}
