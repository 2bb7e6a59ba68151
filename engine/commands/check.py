"""``recipe check``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from engine.commands.check_many import Going, Verdicts, cores
from engine.commands.check_verdict import Judge, Verdict, counts
from engine.commands.console import FORMATS, error_text
from engine.errors import UsageError
from engine.project import CONNECTIONS, TESTS, find_recipe

if TYPE_CHECKING:
    from engine.explained import Explained
    from engine.recipe import Recipe

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
@click.option("--no-cache", is_flag=True, help="Check all anew, also what has not changed, and keep nothing.")
def command(
    recipes: tuple[str, ...], connections: str | None, form: str, explain: bool, no_cache: bool
) -> None:
    """Check RECIPES (files, names or folders) without running them: no network, no secrets.

    Every finding has its file, line and column, what was expected and what to do. Exit code 3 when there is an error,
    2 when a file cannot be read. A warning, such as a lookup that nothing uses, keeps no recipe from running.

    What has not changed since an earlier check is not checked again.

    --explain prints for each field that a recipe writes its type, where its value comes from and how it is made, then
    keys and conditions; a recipe with an error has its findings and no map.
    """
    _hold(form, explain=explain)
    names = [name for given in recipes for name in _files(given)]
    if explain:
        _explain(names, connections, form)
    verdicts = Verdicts(Path.cwd(), connections, None if no_cache else os.environ, cores)
    warned: list[Verdict] = []
    invalid: list[Verdict] = []
    unread = False
    going = Going(len(names), is_shown=form != "text" or not sys.stdout.isatty())
    for name, verdict in zip(names, verdicts.of(names), strict=True):
        going.on()
        if verdict.state == "unread":
            click.echo(verdict.text, err=True)  # and on: the others' findings are wanted too
            unread = True
        elif verdict.state == "invalid":
            invalid.append(verdict)
        else:
            warned += [verdict] if verdict.state == "warned" else []
            if form == "text":
                click.echo(_line(verdict, is_first=name == names[0]))
    going.end()
    _print(warned, invalid, form)
    sys.exit(2 if unread else 3 if invalid else 0)


def _explain(names: Sequence[str], connections: str | None, form: str) -> NoReturn:
    """Print the data maps of recipes, and leave with the exit code."""
    from engine.explained import explained

    judge = Judge(Path.cwd(), connections)
    warned: list[Verdict] = []
    invalid: list[Verdict] = []
    maps: list[Explained] = []
    unread = False
    for name in names:
        try:
            verdict, recipe = judge.recipe(find_recipe(name, Path.cwd()))
        except UsageError as error:
            verdict, recipe = Verdict("unread", error_text(error)), None
        if verdict.state == "unread":
            click.echo(verdict.text, err=True)
            unread = True
        elif recipe is None:
            invalid.append(verdict)
        else:
            warned += [verdict] if verdict.state == "warned" else []
            if form == "text":
                click.echo(_line(verdict, is_first=name == names[0]))
            maps += (made := explained(recipe))
            _show(made, recipe, form)
    if form == "json":
        from engine.commands import explain_forms

        shown = {"recipes": [explain_forms.data(each) for each in maps], "findings": _data(warned, invalid)}
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        _print(warned, invalid, form)
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


def _line(verdict: Verdict, *, is_first: bool) -> str:
    """Return the line about a recipe that may run, below what it is warned of."""
    return f"\n{verdict.text}" if verdict.state == "warned" and not is_first else verdict.text


def _print(warned: Sequence[Verdict], invalid: Sequence[Verdict], form: str) -> None:
    """Print what was found in each file; text tells warnings beside ``ok``."""
    if form == "json":
        click.echo(json.dumps(_data(warned, invalid), ensure_ascii=False))
        return
    told = dict.fromkeys(
        [each.notes for each in (*warned, *invalid)] if form == "github" else [each.text for each in invalid]
    )
    if told:  # a file that several share is told once
        click.echo(("\n\n" if form == "text" else "\n").join(told))


def _data(warned: Sequence[Verdict], invalid: Sequence[Verdict]) -> list[dict[str, object]]:
    """Return what was found in each file for machines."""
    return [item for verdict in (*warned, *invalid) for item in verdict.data]


def _show(maps: Sequence[Explained], recipe: Recipe, form: str) -> None:
    """Print the data maps of *recipe* and of those that it calls; JSON is printed for all files at once."""
    from engine.commands import explain_forms, explain_text

    if form == "text":
        click.echo("".join(f"\n{explain_text.text(each)}\n" for each in maps))
    elif form == "markdown":
        parts = [explain_forms.markdown(each) for each in maps]
        if recipe.warnings:
            parts.append(f"{counts(recipe.warnings)}: `recipe check` tells more.")
        click.echo("\n\n".join(parts) + "\n")


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
