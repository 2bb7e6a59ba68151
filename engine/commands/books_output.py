"""How the commands of ``recipe books`` find their books and put out what they say: text, JSON, CSV, Excel."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from engine import money
from engine.books import Books
from engine.books.journals import one_line
from engine.clock import SystemClock
from engine.commands.console import answer
from engine.commands.options import find_state, find_store, with_state
from engine.errors import UsageError
from engine.ledger.store import Store
from engine.tables.writing import csv_header, csv_line, unwritable
from engine.tables.writing_excel import write_excel
from engine.targets import MAIN, books_file

Rows = Iterable[Mapping[str, Any]]
_OPTIONS: Final = ("state", "sample", "form", "output")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Day(click.ParamType[str]):
    """A date ``YYYY-MM-DD``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            if _DAY.fullmatch(str(value)):
                return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            pass
        return self.fail(f"expected a date such as 2026-03-31, found {money.shorten(value)!r}", param, ctx)


def with_books(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand *command* what was asked for as its first argument, an ``Asked``; other decorators stand above."""

    @click.pass_context
    @wraps(command)
    def run(ctx: click.Context, /, **given: Any) -> Any:
        options: dict[str, Any] = {name: given.pop(name) for name in _OPTIONS if name in given}
        return command(Asked.of(ctx.obj, options), **given)

    return with_state(run)


def with_output(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--output`` to a command."""
    return click.option(
        "--output",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write to FILE in place of the terminal.",
    )(command)


def with_form(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and ``--output`` to a command."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "csv", "xlsx"]),
        default="text",
        show_default=True,
        help="For people, programs, spreadsheets.",
    )(with_output(command))


def with_period(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--from`` and ``--to`` to a command."""
    command = click.option("--to", "end", type=Day(), metavar="DATE", help="Last day.")(command)
    return click.option("--from", "start", type=Day(), metavar="DATE", help="First day.")(command)


def check_period(start: str | None, end: str | None) -> None:
    """Refuse a period that ends before it begins."""
    if start is not None and end is not None and end < start:
        raise UsageError(
            f"the period ends on {end}, before it begins on {start}", help="turn --from and --to round"
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a subcommand and of ``books`` before it: either place will do."""

    company: str | None
    state: str | None
    sample: bool
    form: str
    output: Path | None

    @classmethod
    def of(cls, before: Mapping[str, Any], own: Mapping[str, Any]) -> Asked:
        """Return the options *before* the subcommand and its *own*, which come first."""
        form = own.get("form", "text")
        return cls(
            before.get("company"),
            own.get("state") or before.get("state"),
            bool(own.get("sample") or before.get("sample")),
            form if form != "text" else before.get("form", "text"),
            own.get("output") or before.get("output"),
        )

    @property
    def names_books(self) -> bool:
        """Tell whether any option says which books are meant."""
        return bool(self.company or self.state or self.sample)

    @property
    def folder(self) -> Path:
        return find_state(self.state, self.sample)

    @property
    def store(self) -> Store:
        return find_store(self.state, self.sample)

    def open(self) -> Books:
        """Return the books; raises ``UsageError`` where there are none."""
        company = self.company or MAIN
        file = books_file(self.folder, company)
        if not file.is_file():
            other = (file.parent / "sample" / file.name).is_file() and not self.sample
            raise UsageError(
                f"there are no books of {company!r} here yet"
                + ("; the sample's: add --sample" if other else ""),
                help="they are made by a recipe whose target is accounting, such as: "
                "recipe run shopify-to-invoice.yaml --sample",
            )
        return Books.open(file, SystemClock(), company=company)

    def put(self, text: Callable[[], str], data: Any, columns: Sequence[str], rows: Rows) -> None:
        """Put out what was asked for in the form that was asked for.

        Args:
            text: Returns it for people.
            data: The same as dataclasses, mappings, lists and decimals, for JSON.
            columns, rows: The same as a table, for CSV and Excel.
        """
        if self.form == "xlsx":
            put_workbook(self.output, columns, rows)
        elif self.form == "csv":
            put_bytes(self.output, table_bytes(columns, rows))
        else:
            put_text(self.output, as_json(data) if self.form == "json" else text())


def put_text(output: Path | None, text: str) -> None:
    """Print *text*, or write it to the file *output*."""
    if output is None:
        answer(text)
    else:
        put_bytes(output, f"{text}\n".encode())


def put_bytes(output: Path | None, data: bytes) -> None:
    """Write *data* to standard output, or to the file *output*.

    Raises:
        BadTable: the file cannot be written.
    """
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise unwritable(output, error) from error


def put_workbook(output: Path | None, columns: Sequence[str], rows: Rows) -> None:
    """Write a workbook to the file *output*, or to standard output where that is no terminal.

    Raises:
        UsageError: it is one.
        BadTable: the file cannot be written, or Excel cannot hold a row.
    """
    if output is not None:
        write_excel(output, columns, rows)
        return
    if sys.stdout.isatty():
        raise UsageError(
            "a workbook is no text that a terminal could show", help="name a file: --output books.xlsx"
        )
    with TemporaryDirectory() as folder:
        path = Path(folder, "books.xlsx")
        write_excel(path, columns, rows)
        put_bytes(None, path.read_bytes())


def table_bytes(columns: Sequence[str], rows: Rows) -> bytes:
    """Return *rows* as CSV with a line of names."""
    return csv_header(columns) + b"".join(csv_line(columns, row) for row in rows)


def as_json(value: Any) -> str:
    """Return dataclasses, mappings, lists and decimals as one line of JSON, amounts as text."""
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value: Any) -> Any:
    """Return dataclasses as plain data, decimals as text."""
    if isinstance(value, Decimal):
        return money.text(value)
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def row_of(value: Any, columns: Sequence[str], **more: Any) -> dict[str, Any]:
    """Return a dataclass's fields named in *columns* as a row of a table, *more* beside them; texts on one line."""
    own = {each.name: getattr(value, each.name) for each in fields(value) if each.name in columns}
    row = {**own, **more}
    return {name: one_line(cell) if isinstance(cell, str) else cell for name, cell in row.items()}
