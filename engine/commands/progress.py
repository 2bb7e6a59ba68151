"""A run while it goes, and the records that failed in it."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable

import click

from engine.commands.console import visible
from engine.diagnostics import Diagnostic
from engine.report import Failure, Report, summary
from engine.source import Source


class Progress:
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
            self._write(f"\r\x1b[2K{visible(_short(report), is_line=True)}", nl=False)
            self._line = True
        elif not self._quiet and report.read % self.EVERY == 0:
            self.say(_short(report))

    def failure(self, failure: Failure) -> None:
        """Show a record that failed, with the place in the recipe."""
        if not self._quiet:
            self.say(failure_text(failure, self._source))

    def waits(self, text: str) -> None:
        """Say for what the run waits."""
        if not self._quiet:
            self.say(text)

    def say(self, text: str) -> None:
        """Write a line beside the result, to standard error."""
        self.end()
        self._write(visible(self._mask(text)))

    def end(self) -> None:
        """Wipe the moving line."""
        if self._line:
            self._write("\r\x1b[2K", nl=False)
            self._line = False

    def _write(self, text: str, *, nl: bool = True) -> None:
        # Nobody may be reading any more, or the disk behind it be full: books are not left half written for that.
        with contextlib.suppress(OSError, ValueError):
            click.echo(text, err=True, nl=nl)


def failure_text(failure: Failure, source: Source, *, would: bool = False) -> str:
    """Return a record's failure, or with *would* one that a run would have: what, where in the recipe, and the cure."""
    word = "parked" if failure.state == "parked" else "failed"
    if would:
        word = "would wait for a person" if failure.state == "parked" else "would fail"
    lines = [f"record {visible(failure.record, is_line=True)} {word} [{failure.code}]: {failure.message}"]
    if failure.pointer:
        file, found = source.home(Diagnostic(failure.code, failure.pointer, failure.message))
        span = file.locate(found)
        lines.append(f"  --> {file.path}:{span.line}:{span.column}  ({found.pointer})")
    if failure.help:
        lines.append(f"  help: {failure.help}")
    return "\n".join(lines)


def failure_data(failure: Failure) -> dict[str, object]:
    """Return a record's failure as ``--format json`` prints it; the shape is documented."""
    return {
        "key": json.loads(failure.key) if failure.key.startswith("[") else failure.key,
        "number": failure.number or None,
        "place": failure.place or None,
        "state": failure.state,
        "code": failure.code,
        "message": failure.message,
        "help": failure.help,
        "pointer": failure.pointer,
    }


def _short(report: Report) -> str:
    return summary(report.as_data())
