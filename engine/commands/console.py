"""What people see: errors with their cure, findings with their place, progress."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import click

from engine.diagnostics import Diagnostic, Located, as_annotation, as_data, as_text
from engine.errors import EngineError, RecipeInvalid, UsageError
from engine.report import Failure, Report, summary
from engine.runner import shown_key
from engine.source import Source

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
    click.echo(f"error: the engine itself failed ({type(error).__name__})", err=True)
    click.echo("  help: run again with RECIPE_DEBUG=1 to see where, and report that", err=True)
    sys.exit(4)


def error_text(error: EngineError) -> str:
    """Return *error* with its cure."""
    lines = [f"error: {error.message}"]
    for index, line in enumerate(error.help.splitlines()):
        lines.append(f"  help: {line}" if index == 0 else f"        {line}")
    return "\n".join(lines)


def findings_text(source: Located, found: Sequence[Diagnostic]) -> str:
    """Return findings as people read them, then their number."""
    lines = source.excerpts(found)
    shown = [as_text(each, source.locate(each), source.path, lines) for each in found]
    count = f"{source.path}: {len(found)} finding{'s' if len(found) > 1 else ''}"
    return "\n\n".join([*shown, count])


def findings_data(source: Located, found: Sequence[Diagnostic]) -> list[dict[str, object]]:
    """Return findings for ``--format json``."""
    return [as_data(each, source.locate(each), source.path) for each in found]


def findings_annotations(source: Located, found: Sequence[Diagnostic]) -> str:
    """Return findings for ``--format github``."""
    return "\n".join(as_annotation(each, source.locate(each), source.path) for each in found)


class Console:
    """Shows a run while it goes: one moving line on a terminal, plain lines elsewhere.

    Args:
        source: The recipe, for the places of failures.
        mask: Replaces known secrets.
        quiet: Whether nothing but errors is shown.
    """

    EVERY = 500

    def __init__(self, source: Source, mask: Callable[[str], str], *, quiet: bool = False) -> None:
        self._source, self._mask, self._quiet = source, mask, quiet
        self._moving = sys.stderr.isatty() and not quiet
        self._line = False

    def progress(self, report: Report) -> None:
        """Show how far the run is."""
        if self._moving:
            click.echo(f"\r\x1b[2K{_short(report)}", err=True, nl=False)
            self._line = True
        elif not self._quiet and report.read % self.EVERY == 0:
            self.say(_short(report))

    def failure(self, failure: Failure) -> None:
        """Show a record that failed, with the place in the recipe."""
        if not self._quiet:
            self.say(failure_text(failure, self._source))

    def say(self, text: str) -> None:
        """Write a line beside the result, to standard error."""
        self.end()
        click.echo(self._mask(text), err=True)

    def end(self) -> None:
        """Wipe the moving line."""
        if self._line:
            click.echo("\r\x1b[2K", err=True, nl=False)
            self._line = False


def failure_text(failure: Failure, source: Source) -> str:
    """Return a record's failure: what, where in the recipe, and the cure."""
    word = "parked" if failure.state == "parked" else "failed"
    number = f" ({failure.number})" if failure.number else ""
    lines = [f"record {shown_key(failure.key)}{number} {word} [{failure.code}]: {failure.message}"]
    if failure.pointer:
        span = source.locate(Diagnostic(failure.code, failure.pointer, failure.message))
        lines.append(f"  --> {source.path}:{span.line}:{span.column}  ({failure.pointer})")
    if failure.help:
        lines.append(f"  help: {failure.help}")
    return "\n".join(lines)


def failure_data(failure: Failure) -> dict[str, object]:
    """Return a record's failure as ``--format json`` prints it; the shape is documented."""
    return {
        "key": json.loads(failure.key) if failure.key.startswith("[") else failure.key,
        "number": failure.number or None,
        "state": failure.state,
        "code": failure.code,
        "message": failure.message,
        "help": failure.help,
        "pointer": failure.pointer,
    }


def _short(report: Report) -> str:
    return summary(report.as_data())
