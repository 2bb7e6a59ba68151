"""``recipe migrate``."""

from __future__ import annotations

import difflib
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Final

import click

from engine import migrate as migration
from engine.check import VERSION
from engine.commands.console import error_text, findings_text
from engine.commands.options import as_format
from engine.errors import RecipeInvalid, UsageError
from engine.migrate import Migration

LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
"""A line as diffs and patches take it: a carriage return belongs to it."""
EPILOG = """\b
Examples:
  recipe migrate recipes/*.yaml             rewrite them in place
  recipe migrate orders.yaml --diff         see what would change
  recipe migrate recipes/*.yaml --check     exit code 1 if one is to be rewritten
"""


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit code 1 if a file would change."
)
@click.option("--diff", is_flag=True, help="Write nothing; print what would change as a unified diff.")
@as_format
def command(files: tuple[str, ...], only_check: bool, diff: bool, form: str) -> None:
    """Rewrite recipes of an older version of the language into the present one.

    Each file is changed in place, all of it or nothing; comments, order, quotes and blank lines stay as they are. What
    was changed is told line by line. A file with findings is left alone: exit code 3, and 2 for one that cannot be
    read.
    """
    if diff and form == "json":
        raise click.UsageError("--diff prints a diff, which is no JSON: leave out one of the two.")
    writes = not only_check and not diff
    code = 0
    made: list[Migration] = []
    for name in files:
        try:
            each = migration.migrate(read(name), name)
            if writes and each.after != each.before:
                migration.replace(Path(name), each.after)
        except RecipeInvalid as error:
            click.echo(findings_text(error.source, error.diagnostics), err=True)
            code = code or 3
        except UsageError as error:
            click.echo(error_text(error), err=True)  # and on: the other files are wanted too
            code = 2
        else:
            made.append(each)
            if form == "text":
                click.echo(_diff(each) if diff else _text(each, writes=writes), nl=not diff)
    if form == "json":
        click.echo(json.dumps([_data(each) for each in made], ensure_ascii=False))
    changed = [each.path for each in made if each.after != each.before]
    if writes and changed and form == "text":
        click.echo(f"Next: recipe check {shlex.join(changed)}", err=True)
    sys.exit(code or int(only_check and bool(changed)))


def read(name: str) -> str:
    """Return the text of the file *name* as it lies there, with its line ends.

    Raises:
        UsageError: it cannot be read, or is no UTF-8 text.
    """
    try:
        return Path(name).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text (byte {error.start})", help="save it as UTF-8") from error
    except IsADirectoryError as error:
        raise UsageError(
            f"{name} is a folder, and files are wanted", help=f"recipe migrate {shlex.quote(name)}/*.yaml"
        ) from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file has this name"
        raise UsageError(f"{name} cannot be read: {why}", help="name the file of a recipe") from error


def _text(each: Migration, *, writes: bool) -> str:
    if each.after == each.before:
        return f"{each.path}: nothing to do, it is written in version {VERSION}"
    done = "rewritten" if writes else "would be rewritten"
    lines = [f"{each.path}: {done} from version {each.version} into version {VERSION}"]
    wide = max(len(str(note.line)) for note in each.notes)
    return "\n".join([*lines, *(f"  line {note.line:>{wide}}: {note.what}" for note in each.notes)])


def _data(each: Migration) -> dict[str, object]:
    changes = [{"line": note.line, "what": note.what} for note in each.notes]
    return {"file": each.path, "from": each.version, "to": VERSION, "changes": changes}


def _diff(each: Migration) -> str:
    before, after = (LINE.findall(text) for text in (each.before, each.after))
    lines = difflib.unified_diff(before, after, each.path, each.path)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
