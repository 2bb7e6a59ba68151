"""What people see: errors with their cure, findings with their place."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from engine.diagnostics import Diagnostic, Located, as_annotation, as_data, as_text
from engine.errors import Crashed, EngineError, RecipeInvalid, UsageError

PLAIN: Final = re.compile(r"[\n\x20-\x7e]*")
JOINERS: Final = "\u200c\u200d"
"""Two signs of format that writing and pictures need."""
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
    """Print the result of a command whose exit code must not depend on whether somebody reads it."""
    try:
        put(text)
    except BrokenPipeError:
        _discard()
    except EngineError as error:
        with contextlib.suppress(OSError):
            click.echo(error_text(error), err=True)


def put(text: str, *, nl: bool = True) -> None:
    """Print a part of the result.

    Raises:
        BrokenPipeError: whoever read it went away, which ends a command without a word.
        EngineError: it cannot be written, as on a full disk.
    """
    try:
        click.echo(text, nl=nl)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard()
        raise EngineError(
            f"the result cannot be written to standard output: {error.strerror}",
            help="look at what it is redirected to",
        ) from error


def _discard() -> None:
    """Let what could not be written go, so that it is not tried again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def visible(text: str, *, is_line: bool = False) -> str:
    """Return *text* with what a terminal would obey, and not show, as it is escaped: ``\\x1b``.

    Args:
        is_line: Whether it stands within one line, such as a record's key, and breaks of lines are shown so, too.
    """
    if PLAIN.fullmatch(text) and not (is_line and "\n" in text):
        return text
    return "".join(
        each.encode("unicode_escape").decode() if _is_hidden(each) and (is_line or each != "\n") else each
        for each in text
    )


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign not in JOINERS


def error_text(error: EngineError) -> str:
    """Return *error* with its cure."""
    lines = [f"error: {error.message}"]
    for index, line in enumerate(error.help.splitlines()):
        lines.append(f"  help: {line}" if index == 0 else f"        {line}")
    return visible("\n".join(lines))


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
