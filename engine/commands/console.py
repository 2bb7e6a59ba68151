"""What people see: errors with their cure, findings with their place."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from engine.diagnostics import Diagnostic, Located, as_annotation, as_data, as_text
from engine.errors import Crashed, EngineError, RecipeInvalid, UsageError

FORMATS = click.Choice(["text", "json", "github"])


def exit_with(error: Exception) -> NoReturn:
    """Print *error* and leave with its exit code; the last resort of the command line."""
    if isinstance(error, RecipeInvalid):
        click.echo(findings_text(error.source, error.diagnostics), err=True)
        sys.exit(3)
    if isinstance(error, EngineError):
        click.echo(error_text(error), err=True)
        sys.exit(2 if isinstance(error, UsageError) else 4)
    if os.environ.get("RECIPE_DEBUG"):
        raise error
    kind = error.kind if isinstance(error, Crashed) else type(error).__name__
    click.echo(f"error: the engine itself failed ({kind})", err=True)
    click.echo("  help: run again with RECIPE_DEBUG=1 to see where, and report that", err=True)
    sys.exit(4)


def answer(text: str) -> None:
    """Print the result of a command whose exit code must not depend on whether somebody still reads."""
    try:
        click.echo(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def error_text(error: EngineError) -> str:
    """Return *error* with its cure."""
    lines = [f"error: {error.message}"]
    for index, line in enumerate(error.help.splitlines()):
        lines.append(f"  help: {line}" if index == 0 else f"        {line}")
    return "\n".join(lines)


def findings_text(source: Located, found: Sequence[Diagnostic]) -> str:
    """Return findings as people read them, then their number."""
    return f"{excerpts(source, found)}\n\n{source.path}: {counted(found, 'finding')}"


def counted(found: Sequence[Diagnostic], word: str) -> str:
    """Return how many there are, in words."""
    return f"{len(found)} {word}{'s' if len(found) > 1 else ''}"


def excerpts(source: Located, found: Sequence[Diagnostic]) -> str:
    """Return findings as people read them."""
    homes = [source.home(each) for each in found]
    lines = {id(file): file.excerpts(each for other, each in homes if other is file) for file, _ in homes}
    shown = [as_text(each, file.locate(each), file.path, lines[id(file)]) for file, each in homes]
    return "\n\n".join(shown)


def findings_data(source: Located, found: Sequence[Diagnostic]) -> list[dict[str, object]]:
    """Return findings for ``--format json``."""
    homes = [source.home(each) for each in found]
    return [as_data(each, file.locate(each), file.path) for file, each in homes]


def findings_annotations(source: Located, found: Sequence[Diagnostic]) -> str:
    """Return findings for ``--format github``."""
    homes = [source.home(each) for each in found]
    return "\n".join(as_annotation(each, file.locate(each), file.path) for file, each in homes)
