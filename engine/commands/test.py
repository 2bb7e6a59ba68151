"""``recipe test``."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from engine.commands.console import error_text, findings_data, findings_text
from engine.commands.options import as_format
from engine.errors import RecipeInvalid, UsageError
from engine.project import TESTS, find_recipe
from engine.testing.case import Case, TestFile, read
from engine.testing.rehearsal import rehearse
from engine.testing.verdict import Difference, differences, line, place

FAILED, USAGE, INVALID = 1, 2, 3
SKIPPED: Final = ("node_modules", "__pycache__")
EPILOG = """\b
Examples:
  recipe test                                  every *.test.yaml below this folder
  recipe test shopify-to-invoice               the tests beside a recipe
  recipe test recipes/refunds.test.yaml
  recipe test recipes/ --format json           for machines
"""


@dataclass(slots=True)
class _Told:
    """What was found so far.

    Attributes:
        cases: Each case as ``--format json`` prints it.
        invalid: Findings about files that were not run.
        shown: Their texts.
        unread: Whether a file could not be read.
    """

    cases: list[dict[str, Any]] = field(default_factory=list)
    invalid: list[RecipeInvalid] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    unread: bool = False

    @property
    def failed(self) -> int:
        return sum(not case["passed"] for case in self.cases)

    @property
    def summary(self) -> str:
        counts = f"{len(self.cases) - self.failed} passed, {self.failed} failed"
        return counts + (f", {len(self.invalid)} not run" if self.invalid else "")

    @property
    def exit_code(self) -> int:
        return USAGE if self.unread else INVALID if self.invalid else FAILED if self.failed else 0


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, metavar="[FILES|RECIPES|FOLDERS]...")
@click.option("--connections", metavar="FILE", help="The connections.yaml to use; else the nearest upwards.")
@as_format
def command(files: tuple[str, ...], connections: str | None, form: str) -> None:
    """Test recipes by the cases in FILES, beside RECIPES, or in every *.test.yaml below FOLDERS or this folder.

    Each case gives a record and what reads give, and says what is expected: the mapped document, what is sent, or how
    the record fails. Nothing is sent: no network, no secrets, no state. Exit code 1 when a case failed, 3 when a file
    has findings, 2 when one cannot be read.
    """
    here = Path.cwd()
    told = _Told()
    for path in _files(files or (".",), here):
        try:
            file = read(path, here, connections)
        except RecipeInvalid as error:
            text = findings_text(error.source, error.diagnostics)
            if form == "text" and text not in told.shown:  # a recipe that several test is told once
                click.echo(text)
            told.shown.add(text)
            told.invalid.append(error)
            continue
        except UsageError as error:
            click.echo(error_text(error), err=True)  # and on: the others are tested too
            told.unread = True
            continue
        for case in file.cases:
            found = differences(case, rehearse(case, file.recipe, file.place.root), file.recipe)
            told.cases.append(_as_data(file, case, found))
            if form == "text":
                click.echo(_as_text(told.cases[-1]))
    if form == "json":
        findings = [item for each in told.invalid for item in findings_data(each.source, each.diagnostics)]
        data = {"passed": len(told.cases) - told.failed, "failed": told.failed, "cases": told.cases}
        click.echo(json.dumps({**data, "findings": findings}, ensure_ascii=False))
    else:
        click.echo(told.summary)
    sys.exit(told.exit_code)


def _as_data(file: TestFile, case: Case, found: list[Difference]) -> dict[str, Any]:
    """Return *case* as ``--format json`` prints it; the shape is documented and kept."""
    return {
        "file": file.source.path,
        "line": line(file, case.pointer),
        "recipe": file.recipe.name,
        "name": case.name,
        "passed": not found,
        "differences": [
            {
                "at": each.what,
                "line": line(file, each.pointer),
                "expected": each.expected,
                "found": each.found,
                "help": each.help,
                "recipe": _in_recipe(file, each.recipe_pointer),
            }
            for each in found
        ],
    }


def _in_recipe(file: TestFile, at: str) -> dict[str, Any] | None:
    """Return the place in the recipe, or in a file that it names; None where there is none to name."""
    if not at:
        return None
    home, span = place(file.recipe.source, at)
    return {"file": home.path, "line": span.line, "column": span.column, "pointer": at}


def _as_text(case: dict[str, Any]) -> str:
    """Return *case* as people read it: a line, and below it what is not as expected."""
    lines = [f"{case['file']}:{case['line']}: {'ok' if case['passed'] else 'FAILED'}  {case['name']}"]
    for each in case["differences"]:
        lines.append(f"  {each['at'] or 'the record'} (line {each['line']})")
        lines += [f"    expected: {each['expected']}", f"    found:    {each['found']}"]
        if each["help"]:
            lines.append(f"    help:     {each['help']}")
        if made := each["recipe"]:
            lines.append(f"    recipe:   {made['file']}:{made['line']}:{made['column']}  ({made['pointer']})")
    return "\n".join(lines)


def _files(given: tuple[str, ...], here: Path) -> list[Path]:
    """Return the test files that are meant, each once: named, below a folder, or beside a recipe.

    Raises:
        UsageError: one does not exist, or there are no tests where some are meant.
    """
    found: dict[Path, Path] = {}
    for name in given:
        for path in _below(here / name, name) if (here / name).is_dir() else [_one(name, here)]:
            found.setdefault(path.resolve(), path)
    return list(found.values())


def _below(folder: Path, name: str) -> list[Path]:
    found = sorted(each for end in TESTS for each in folder.rglob(f"*{end}") if _counts(each, folder))
    if not found:
        where = "below this folder" if name == "." else f"in {name}"
        raise UsageError(f"there are no tests {where}", help="tests of NAME.yaml are a file NAME.test.yaml")
    return found


def _one(name: str, here: Path) -> Path:
    """Return the test file *name*, or the tests beside the recipe *name*."""
    if name.endswith(TESTS):
        if not (here / name).is_file():
            raise UsageError(f"there is no file {name}", help="name a file of tests, a recipe or a folder")
        return here / name
    place = find_recipe(name, here)
    tests = [place.file.with_name(place.file.stem + end) for end in TESTS]
    found = next((path for path in tests if path.is_file()), None)
    if found is None:
        raise UsageError(
            f"{place.shown} has no tests beside it", help=f"they are a file {tests[0].name} in its folder"
        )
    return found


def _counts(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and not any(part.startswith(".") or part in SKIPPED for part in parts)
