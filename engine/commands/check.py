"""``recipe check``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commands.console import (
    FORMATS,
    counted,
    error_text,
    excerpts,
    findings_annotations,
    findings_data,
    findings_text,
)
from engine.diagnostics import Diagnostic, Located
from engine.errors import LedgerError, RecipeInvalid, UsageError
from engine.files import read_connections, read_kept, read_recipe, registry_of
from engine.kept import in_folder
from engine.project import CONNECTIONS, TESTS, Place, find_recipe, state_folder
from engine.recipe import Recipe
from engine.registry import Registry
from engine.source import Source

if TYPE_CHECKING:
    from engine.explained import Explained

OTHERS = (CONNECTIONS, "connector.yaml")
"""Files of a project that are no recipes."""
EPILOG = """\b
Examples:
  recipe check shopify-to-invoice.yaml
  recipe check recipes/                      every recipe of a folder
  recipe check recipes/ --format github      annotations for a pull request
  recipe check shopify-to-invoice.yaml --explain                  each field: source, type, transformation
  recipe check recipes/ --explain --format markdown > data-map.md
"""
FORMS = click.Choice([*FORMATS.choices, "markdown"])


@click.command(epilog=EPILOG)
@click.argument("recipes", nargs=-1, required=True)
@click.option("--connections", metavar="FILE", help="The connections.yaml to use; else the nearest upwards.")
@click.option(
    "--format",
    "form",
    type=FORMS,
    default="text",
    show_default=True,
    help="For people, for machines, as notes beside the lines of a pull request, or with --explain as a table.",
)
@click.option(
    "--explain", is_flag=True, help="Print the data map: what each field that is written is made of."
)
def command(recipes: tuple[str, ...], connections: str | None, form: str, explain: bool) -> None:
    """Check RECIPES (files, names or folders) without running them: no network, no secrets.

    Every finding has its file, line and column, what was expected and what to do. Exit code 3 when there is an error,
    2 when a file cannot be read. A warning, such as a lookup that nothing uses, keeps no recipe from running.

    --explain prints for each field that a recipe writes its type, where its value comes from and how it is made, then
    keys and conditions; a recipe with an error has its findings and no map.
    """
    _hold(form, explain=explain)
    invalid: list[RecipeInvalid] = []
    warned: list[tuple[Source, tuple[Diagnostic, ...]]] = []
    maps: list[Explained] = []
    unread = False
    registries: dict[Path, Registry] = {}
    names = [name for given in recipes for name in _files(given)]
    for name in names:
        try:
            place = find_recipe(name, Path.cwd())
            registry = registries.setdefault(place.root, registry_of(place.root))
            given = read_connections(place, connections, registry, Path.cwd())
            recipe = read_recipe(place, registry, given, Path.cwd())
            recipe = replace(recipe, warnings=(*recipe.warnings, *_history(recipe, place, connections)))
        except RecipeInvalid as error:
            invalid.append(error)
        except (UsageError, LedgerError) as error:
            click.echo(error_text(error), err=True)  # and on: the others' findings are wanted too
            unread = True
        else:
            warned += [(recipe.source, recipe.warnings)] if recipe.warnings else []
            if form == "text":
                click.echo(_ok(recipe, place, is_first=name == names[0]))
            if explain:
                from engine.explained import explained

                maps += (made := explained(recipe))
                _show(made, recipe, form)
    found = [*warned, *((error.source, error.diagnostics) for error in invalid)]
    if form == "json" and explain:
        from engine.commands import explain_forms

        shown = {"recipes": [explain_forms.data(each) for each in maps], "findings": _data(found)}
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        _print(found, len(warned), form)
    sys.exit(2 if unread else 3 if invalid else 0)


def _hold(form: str, *, explain: bool) -> None:
    """Refuse a format that there is not with or without ``--explain``."""
    if explain and form == "github":
        cure = "write --format markdown for a table that GitHub shows, or leave --explain out"
        raise UsageError(
            "a data map has no annotations: --explain does not go with --format github", help=cure
        )
    if form == "markdown" and not explain:
        raise UsageError("findings are not written as Markdown", help="add --explain for the data map")


def _history(recipe: Recipe, place: Place, connections: str | None) -> Sequence[Diagnostic]:
    """Return what the project's ledger knows of *recipe* that it no longer says; no secret is read."""
    folder = state_folder(place.root, None, Path.cwd(), sample=False)
    if not in_folder(folder, read_kept(place, connections, Path.cwd())):
        return ()
    from engine.history import vanished  # 60 ms, for those who have a ledger
    from engine.ledger.store import InFolder

    return vanished(recipe, InFolder(folder))


def _ok(recipe: Recipe, place: Place, *, is_first: bool) -> str:
    """Return the line about a recipe that may run, below what it is warned of."""
    line = f"{place.shown}{place.note}: ok ({recipe.name})"
    if not recipe.warnings:
        return line
    line += f", {_counted(recipe)}"
    told = f"{excerpts(recipe.source, recipe.warnings)}\n\n{line}"
    return told if is_first else f"\n{told}"


def _print(found: Sequence[tuple[Located, Sequence[Diagnostic]]], warned: int, form: str) -> None:
    """Print what was found in each file; the first *warned* hold only warnings, which text tells beside ``ok``."""
    if form == "json":
        click.echo(json.dumps(_data(found), ensure_ascii=False))
        return
    write = findings_annotations if form == "github" else findings_text
    told = dict.fromkeys(write(*each) for each in (found if form == "github" else found[warned:]))
    if told:  # a file that several share is told once
        click.echo(("\n\n" if form == "text" else "\n").join(told))


def _data(found: Sequence[tuple[Located, Sequence[Diagnostic]]]) -> list[dict[str, object]]:
    """Return what was found in each file for machines."""
    return [item for source, each in found for item in findings_data(source, each)]


def _show(maps: Sequence[Explained], recipe: Recipe, form: str) -> None:
    """Print the data maps of *recipe* and of those that it calls; JSON is printed for all files at once."""
    from engine.commands import explain_forms, explain_text

    if form == "text":
        click.echo("".join(f"\n{explain_text.text(each)}\n" for each in maps))
    elif form == "markdown":
        parts = [explain_forms.markdown(each) for each in maps]
        if recipe.warnings:
            parts.append(f"{_counted(recipe)}: `recipe check` tells more.")
        click.echo("\n\n".join(parts) + "\n")


def _counted(recipe: Recipe) -> str:
    """Return how many warnings and notes there are about *recipe*."""
    told = []
    for severity in ("warning", "note"):
        of = [each for each in recipe.warnings if each.severity == severity]
        told += [counted(of, severity)] if of else []
    return ", ".join(told)


def _files(given: str) -> list[str]:
    folder = Path(given)
    try:
        if not given or not folder.is_dir():
            return [given]
    except OSError:
        return [given]
    files = sorted(
        str(path)
        for path in folder.rglob("*.y*ml")
        if path.suffix in (".yaml", ".yml")
        and path.name not in OTHERS
        and not path.name.endswith(TESTS)
        and not _is_hidden(path, folder)
    )
    if not files and not _is_name(given):
        raise UsageError(f"there is no recipe in {given}", help="recipes are files that end with .yaml")
    return files or [given]


def _is_name(given: str) -> bool:
    """Tell whether *given*, which is a folder too, is the name of a recipe, as ``recipe run`` takes it."""
    try:
        find_recipe(given, Path.cwd())
    except UsageError:
        return False
    return True


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
