"""``recipe schema infer``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from engine.commands.console import put, visible
from engine.errors import UsageError
from engine.inferred import Summary, TooDeep, whole
from engine.migrate import replace as put_in_place
from engine.money import kind
from engine.tables import BadTable, Row, form_of, rows
from engine.tables.spoken import for_command, options_of
from engine.tables.writing_excel import beside

EVERY: Final = 50_000
"""Records between two words about how far it is."""
EPILOG = """\b
Examples:
  recipe schema infer orders.json --records '$.orders'
  recipe schema infer 2026-*.csv --record-option "delimiter=;"
  recipe schema infer export.jsonl -o order.schema.json
"""


SEEN: Final = re.compile(r'"x-seen": \{\s+"present": (\d+),\s+"of": (\d+)\s+\}')
LIST: Final = re.compile(r'--record-option "records=([^"]*)"')


@click.command("infer", epilog=EPILOG, short_help="Print the JSON Schema of one record, from samples.")
@click.argument("files", nargs=-1, required=True)
@click.option("--records", metavar="PATH", help="JSON: where the list of records stands, such as $.orders.")
@click.option(
    "--record-option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="How the files are written: format, delimiter, quote, encoding, header, sheet or records.",
)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to FILE in place of the terminal.",
)
def infer(files: tuple[str, ...], records: str | None, options: tuple[str, ...], output: Path | None) -> None:
    """Print the JSON Schema of one record, as the records of FILES show it.

    FILES are JSON, JSON Lines, CSV or Excel; several are one set of samples. The schema says the types that were
    seen, null among them, the formats date, date-time and money where every text has them, and in how many records
    each field was (x-seen). It is a draft: samples promise nothing, so it has no required and no enum.
    """
    given = [*options, *([f"records={records}"] if records is not None else [])]
    seen, told = Summary(), _Told()
    for name in files:
        for row in _rows(Path(name), given):
            _look(seen, row, name)
            told.at(seen.count)
    told.end()
    if not seen.count:
        raise UsageError(f"no record in {', '.join(files)}", help="name a file with one record or more")
    text = _shown(whole(seen))
    if output is None:
        put(text, nl=False)
    else:
        _write(output, text)
    told.say(f"{seen.count} {'record' if seen.count == 1 else 'records'} looked at{_hint(seen, given)}")


def _rows(path: Path, given: list[str]) -> Iterator[Row]:
    if path.is_dir():
        raise UsageError(f"{path} is a folder, and a file is wanted", help="name its files")
    try:
        yield from rows(path, replace(form_of(path, **options_of(given)), takes_one=True))
    except BadTable as error:
        raise UsageError(error.message, help=_cure(error.help)) from error


def _cure(help: str) -> str:
    """Return *help*, a cure that names an option as a recipe has it, as this command has it."""
    return LIST.sub(r"--records '\1'", for_command(help))


def _shown(schema: dict[str, Any]) -> str:
    """Return *schema* in lines, the counts on one each."""
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    return SEEN.sub(r'"x-seen": {"present": \1, "of": \2}', text) + "\n"


def _look(seen: Summary, row: Row, name: str) -> None:
    """Take in *row*; raises ``UsageError`` where it is no record: nothing is inferred from a part."""
    if row.flaw:
        raise UsageError(f"{name}, {row.place}: {row.flaw}", help=_cure(row.help))
    if not isinstance(row.record, dict):
        told = f"{name}, {row.place}: expected a record with named fields, found {kind(row.record)}"
        raise UsageError(told, help="--records PATH says where the list of records stands, such as $.orders")
    try:
        seen.add(row.record)
    except TooDeep as error:
        raise UsageError(f"{name}, {row.place}: {error}", help="take the part that a recipe reads") from error


def _write(path: Path, text: str) -> None:
    """Put *text* into the file at *path*, all of it or nothing; raises ``UsageError`` where it cannot be written."""
    if path.is_file():
        put_in_place(path, text)
        return
    if path.exists():  # a device must not be renamed over
        raise UsageError(f"{path} is no file", help="name a file, or leave --output out")
    new = beside(path)
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}", help="check its folder") from error


def _hint(seen: Summary, given: list[str]) -> str:
    """Return where the records may stand, where a whole file was taken for one."""
    if seen.count > 1 or any(each.startswith("records=") for each in given):
        return ""
    lists = [
        name
        for name, below in seen.properties.items()
        if below.items is not None and below.items.objects and name.isidentifier()
    ]
    return f"; if its {lists[0]} are the records, add --records '$.{lists[0]}'" if len(lists) == 1 else ""


class _Told:
    """Tells people on standard error how far it is: one moving line on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._moving, self._line = sys.stderr.isatty(), False

    def at(self, count: int) -> None:
        if count % EVERY:
            return
        self._echo(f"\r\x1b[2K{count} records" if self._moving else f"{count} records", nl=not self._moving)
        self._line = self._moving

    def say(self, text: str) -> None:
        self.end()
        self._echo(visible(text, is_line=True))

    def end(self) -> None:
        if self._line:
            self._echo("\r\x1b[2K", nl=False)
            self._line = False

    def _echo(self, text: str, *, nl: bool = True) -> None:
        with suppress(OSError, ValueError):  # nobody may be reading any more
            click.echo(text, err=True, nl=nl)
