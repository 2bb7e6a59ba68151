"""``recipe eval``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from engine import canonical, dates, source
from engine.commands.console import error_text
from engine.compile import ValueCompiler
from engine.diagnostics import Diagnostic, Span, suggest
from engine.errors import RecipeInvalid, RecordError, UsageError
from engine.files import read_text
from engine.filters import Filter
from engine.money import shorten
from engine.paths import MISSING, RECORD, BadPath, select_nodes
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.values import Names, Value

MAX_BYTES: Final = 16_000_000
"""Bytes of one document, and of one line of a batch."""
REST: Final = 65_536
SHOWN: Final = "<expression>"
BAD_LINE: Final = "input"
"""The code of a line of a batch that asks nothing; every other is one of ``docs/errors.md``."""
KEYS: Final = ("expression", "document", "nodes")
NAMES: Final = Names(frozenset({RECORD}))
EPILOG = """\b
Examples:
  recipe eval '$.total_price | money' --on order.json
  recipe eval '$.line_items[?@.quantity > 1].title' --on order.json
  recipe eval '{{ record.subtotal | money * 2 }}' --on -             the document from standard input
  recipe eval 'Order {{ record.name }}' --on order.json --raw        text without quotes
  recipe eval '$.processed_at | date' --on order.json --timezone America/New_York
  recipe eval --batch < questions.jsonl > answers.jsonl
"""


class BadJson(ValueError):
    """Text is no JSON that can be taken; the message says why."""


class BadLine(ValueError):
    """A line of a batch asks nothing; the message says why.

    Attributes:
        help: The cure.
    """

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@click.command(epilog=EPILOG)
@click.argument("expression", required=False)
@click.option("--on", metavar="FILE", help="The JSON document, which is the record ($); - is standard input.")
@click.option("--batch", is_flag=True, help="Answer JSON lines from standard input, one line each.")
@click.option("--timezone", metavar="ZONE", help="The zone of accounting dates, as settings.timezone.")
@click.option("--lookups", metavar="FILE", help="Tables in YAML or JSON, as under lookups.")
@click.option("--raw", is_flag=True, help="Print text without quotes.")
def command(
    expression: str | None,
    on: str | None,
    batch: bool,
    timezone: str | None,
    lookups: str | None,
    raw: bool,
) -> None:
    """Print what EXPRESSION gives on a JSON document.

    EXPRESSION is a value as a recipe has it: a path, a pipe, one {{ }}, text with {{ }}; anything else is itself. The
    value is printed as JSON, numbers as they are written. Put it in single quotes, or the shell takes its $ away.

    Exit code 1 when it has no value on this document, 3 when it is no expression. --batch reads lines such as
    {"expression": "$.a", "document": {"a": 1}} and answers each with {"result": …} or {"error": …}; exit code 1
    when a line asks nothing.
    """
    if batch and (expression is not None or on is not None or raw):
        raise click.UsageError(
            "--batch reads expressions and documents from standard input: give neither here."
        )
    evaluator = Evaluator(Constants(_zone(timezone), _tables(lookups)), Registry().filters)
    if batch:
        sys.exit(_batch(evaluator, sys.stdin.buffer))
    if not expression:
        what = "The expression is missing" if expression is None else "The expression is empty"
        raise click.UsageError(
            f"{what}. The shell keeps its $ in single quotes:\n"
            "For example: recipe eval '$.total_price | money' --on order.json"
        )
    if on is None:
        raise click.UsageError("The document is missing: --on FILE names it, --on - is standard input.")
    value = evaluator.compile(expression)
    try:
        result = evaluator.evaluate(value, expression, _document(on))
        shown = _json(result)
    except RecordError as error:
        click.echo(error_text(error), err=True)
        sys.exit(1)
    click.echo(result if raw and isinstance(result, str) else shown)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Gives expressions their values, outside of any recipe.

    Attributes:
        constants: Zone and tables, as a recipe has them.
        filters: Every filter by name.
    """

    constants: Constants
    filters: Mapping[str, Filter]

    def compile(self, expression: str) -> Value:
        """Return *expression* as the value it would be in a recipe.

        Raises:
            RecipeInvalid: it has findings; their file is the expression itself.
        """
        file = source.Source(SHOWN, expression, expression)
        found: list[Diagnostic] = []
        value = ValueCompiler(file, self.filters, self.constants.lookups, found).value(expression, "", NAMES)
        if found:
            placed = [self._placed(each, expression) for each in found]
            raise RecipeInvalid(sorted(dict.fromkeys(placed), key=file.locate), file)
        return value

    def evaluate(self, value: Value, expression: str, document: Any) -> Any:
        """Return what *value*, compiled from *expression*, gives on *document*: plain JSON data, not changed.

        Raises:
            RecordError: it gives nothing there, or an error.
        """
        try:
            result = value.evaluate(Scope({RECORD: document}, self.constants))
        except RecursionError as error:
            raise _too_deep() from error
        except RecordError as error:
            if self.constants.zone is None and "settings.timezone" in error.message:
                error.help = "outside of a recipe --timezone ZONE gives it"
            raise
        if result is MISSING:
            raise RecordError(
                "X101",
                f"{expression} gives nothing: what it names is absent or null, and a recipe would leave the field out",
                help="remove the ? to see where it is missing, or give it | default(…)",
            )
        return result

    def _placed(self, found: Diagnostic, expression: str) -> Diagnostic:
        """Return *found* with its place in the expression, which may have several lines."""
        offset, length = found.inner or (0, len(expression))
        line, column = _position(expression, min(offset, len(expression)))
        end_line, end_column = _position(expression, min(offset + length, len(expression)))
        end_column += (line, column) == (end_line, end_column)
        help = found.help
        if found.code == "R205" and not self.constants.lookups:
            help = "--lookups FILE gives the tables"
        return replace(found, span=Span(line, column, end_line, end_column), help=help)


def answer(evaluator: Evaluator, expression: str, document: Any, *, nodes: bool) -> bytes:
    """Return the line of JSON that answers one question of a batch.

    Args:
        nodes: Whether the expression is a query of RFC 9535, whose result is its list of selected values.
    """
    try:
        if nodes:
            return _line("result", _nodes(expression, document))
        return _line("result", evaluator.evaluate(evaluator.compile(expression), expression, document))
    except RecordError as error:
        return _line("error", {"code": error.code, "message": error.message, "help": error.help})
    except RecipeInvalid as error:
        first = error.diagnostics[0]
        told = {"code": first.code, "message": first.message, "help": first.help}
        return _line("error", {**told, **({"offset": first.inner[0]} if first.inner else {})})
    except BadPath as error:
        told = {"code": "R301", "message": str(error), "help": error.help}
        return _line("error", {**told, "offset": error.offset})


def _batch(evaluator: Evaluator, stream: BinaryIO) -> int:
    """Answer every line of *stream* as it comes; return the exit code."""
    code = 0
    for number, line in _lines(stream):
        try:
            question = _question(line)
        except BadLine as error:
            told = {"code": BAD_LINE, "message": str(error), "help": error.help}
            click.echo(_line("error", {**told, "line": number}))
            code = 1
            continue
        if question is not None:
            click.echo(answer(evaluator, *question[:2], nodes=question[2]))
    return code


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines of *stream* with their numbers; None for one that is too long to be kept."""
    for number in count(1):
        line = stream.readline(MAX_BYTES + 1)
        if not line:
            return
        if len(line) <= MAX_BYTES or line.endswith(b"\n"):
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(REST)
        yield number, None


def _question(line: bytes | None) -> tuple[str, Any, bool] | None:
    """Return expression, document and ``nodes`` of a *line*, or None for a blank one."""
    form = 'a line is such as {"expression": "$.a", "document": {"a": 1}}'
    if line is None:
        raise BadLine(f"the line is longer than {MAX_BYTES // 1_000_000} MB", "give a smaller document")
    if not line.strip():
        return None
    try:
        data = _decoded(line)
    except BadJson as error:
        raise BadLine(f"the line {error}", form) from error
    if not isinstance(data, dict):
        raise BadLine("the line is no JSON object", form)
    for name in data:
        if name not in KEYS:
            raise BadLine(
                f"unknown key {shorten(name)!r}", suggest(name, KEYS) or f"known keys: {', '.join(KEYS)}"
            )
    for name in KEYS[:2]:
        if name not in data:
            raise BadLine(f"the key {name!r} is missing", form)
    if not isinstance(data["expression"], str):
        raise BadLine("the expression is no text", form)
    if not isinstance(data.get("nodes", False), bool):
        raise BadLine("nodes is true or false", "leave it out where the value is wanted")
    return data["expression"], data["document"], data.get("nodes", False)


def _nodes(query: str, document: Any) -> list[Any]:
    try:
        return select_nodes(query, document)
    except RecursionError as error:
        raise _too_deep() from error


def _too_deep() -> RecordError:
    what = "the document is nested too deeply for this path"
    return RecordError("X102", what, help="name the levels instead of ..")


def _document(name: str) -> Any:
    """Return the JSON document in the file *name*; ``-`` is standard input."""
    shown = "standard input" if name == "-" else name
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file has this name"
        raise UsageError(
            f"{shown} cannot be read: {why}", help="--on takes the path of a JSON file"
        ) from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{shown} is larger than {MAX_BYTES // 1_000_000} MB", help="cut out one record")
    try:
        return _decoded(data.removeprefix(b"\xef\xbb\xbf"))
    except BadJson as error:
        raise UsageError(f"{shown} {error}", help="--on takes one JSON document") from error


def _decoded(data: bytes) -> Any:
    try:
        return canonical.decode_once(data)
    except canonical.RepeatedKey as error:
        raise BadJson(f"has the key {shorten(error.key)!r} twice in one object") from error
    except ValueError as error:
        raise BadJson(f"is no JSON: {error}") from error


def _json(value: Any) -> str:
    try:
        return canonical.encode(value).decode()
    except RecursionError as error:
        raise RecordError("X102", "the value is nested too deeply to be printed") from error


def _line(name: str, value: Any) -> bytes:
    return f'{{"{name}":{_json(value)}}}'.encode()


def _zone(name: str | None) -> Any:
    if name is None:
        return None
    try:
        return dates.zone(name)
    except dates.NotDate as error:
        raise UsageError(str(error), help="--timezone takes a name such as Europe/Berlin or UTC") from error


def _tables(name: str | None) -> Mapping[str, Mapping[str, Any]]:
    """Return the tables in the file *name*: a mapping of mappings, as ``lookups:`` is."""
    if name is None:
        return {}
    read = source.read(read_text(Path(name), name), name)
    if read.found:
        raise RecipeInvalid(read.found, read)
    if not isinstance(read.data, dict) or not all(isinstance(table, dict) for table in read.data.values()):
        raise UsageError(
            f"{name} holds no tables by name", help="--lookups takes lines such as  status: {paid: open}"
        )
    return read.data


def _position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of *offset* in *text*, both from 1."""
    lines = (text[:offset] + "|").splitlines()
    return len(lines), len(lines[-1])
