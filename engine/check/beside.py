"""Files beside a recipe that belong to it: tables as data with places, schemas, other recipes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from engine import pointer
from engine.check.draft import Draft
from engine.diagnostics import Diagnostic, Span
from engine.money import text as plain
from engine.references import misled
from engine.schema import misjudged
from engine.source import Source
from engine.tables import BadTable, Form, Line, cells, form_of

FORM_KEYS: Final = ("format", "delimiter", "quote", "encoding", "header", "sheet")
"""How a file is written, as recipes say it."""
NO_FOLDER: Final = "a file is named, but this recipe lies in no folder"
BAR: Final = " │ "
"""Stands between the cells of a workbook in excerpts: transforms hold the plain bar."""
BREAKS: Final = re.compile("\r(?!\n)|[\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Characters at which Python ends a line of text and the reader of tables does not."""


@dataclass(slots=True)
class Workbook(Source):
    """The places of a workbook, which has no lines of text: messages name the cell.

    Attributes:
        names: Which cell it is, by pointer: ``cell B7``.
    """

    names: dict[str, str] = field(default_factory=dict)

    def home(self, found: Diagnostic) -> tuple[Source, Diagnostic]:
        name = self.names.get(found.pointer, "")
        return self, replace(found, message=f"{name}: {found.message}") if name else found


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table in a file.

    Attributes:
        columns: Their names.
        rows: Cells by column; blank rows are left out.
        places: The pointer of each row below the table's, and how messages name it: ``/4``, ``line 7``.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    places: tuple[tuple[str, str], ...]


def sheet(draft: Draft, name: str, at: str, options: Mapping[str, Any]) -> Sheet | None:
    """Return the table in the file *name*, named at the pointer *at*; None after reporting why it cannot be read.

    The cell of row 0 and column ``key`` is at ``/0/key`` below *at*, the name of a column at ``/columns/key``.

    Args:
        options: How the file is written, as ``form_of`` takes it.
    """
    if draft.beside.folder is None:
        draft.report("R218", at, NO_FOLDER)
        return None
    path = draft.beside.folder / name
    draft.beside.look(path)
    if not path.is_file():
        draft.report("R218", at, f"there is no file {name}", "write its path from the recipe's folder")
        return None
    try:
        form = form_of(path, **options)
        lines = list(cells(path, form))
    except BadTable as error:
        draft.report("R218", at, error.message.replace(str(path), name), error.help)
        return None
    shown = draft.beside.show(path)
    source = _text(lines, path, form, shown) if form.format == "csv" else _drawn(lines, shown)
    draft.source.mounts[at] = source
    flawed = [(number, line) for number, line in enumerate(lines[1:]) if line.flaw]
    for number, line in flawed:
        draft.report("R218", pointer.join(at, number), line.flaw, line.help)
    if flawed:
        return None
    columns = tuple(str(cell.value) for cell in lines[0].cells)
    made, places = [], []
    for number, line in enumerate(lines[1:]):
        row = {column: cell.value for column, cell in zip(columns, line.cells, strict=True)}
        if any(
            value not in (None, "") for value in row.values()
        ):  # a sheet may have blank rows between groups
            made.append(row)
            places.append((pointer.join(at, number), line.place))
    return Sheet(columns, tuple(made), tuple(places))


def schema(draft: Draft, name: str, at: str) -> Any:
    """Return the JSON Schema in the file *name*; None after reporting why it cannot be read."""
    if draft.beside.folder is None:
        draft.report("R218", at, NO_FOLDER)
        return None
    path = draft.beside.folder / name
    draft.beside.look(path)
    try:
        # An enum or const of decimals is exact: 0.07 is no binary fraction.
        found = json.loads(path.read_bytes(), parse_float=Decimal)
    except OSError:
        draft.report("R218", at, f"there is no file {name}", "write its path from the recipe's folder")
        return None
    except json.JSONDecodeError as error:
        what = f"{name} is no JSON: reading ends at line {error.lineno}, character {error.colno}"
        draft.report("R218", at, what, "a schema is written in JSON")
        return None
    except RecursionError:
        draft.report("R218", at, f"{name} is nested too deep", "a schema is written flatter")
        return None
    except ValueError:
        draft.report("R218", at, f"{name} is no UTF-8 text", "a schema is written in JSON, as UTF-8")
        return None
    if isinstance(found, dict) and (wrong := misled(found)):
        cure = "a schema is one file whose references stay in it and come to an end"
        draft.report("R218", at, f"{name} {wrong}", cure)
        return None
    if not isinstance(found, dict) or (wrong := misjudged(found)):
        told = wrong if isinstance(found, dict) else "a schema is a mapping"
        draft.report("R218", at, f"{name} is no JSON Schema: {told}", "see json-schema.org, draft 2020-12")
        return None
    return found


def cell_text(value: Any) -> str:
    """Return what is in a cell as text: 1200 for a number, ``true`` for true, nothing for an empty one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return value if isinstance(value, str) else plain(value)


def _places(lines: list[Line]) -> Iterator[tuple[str, Line, list[str]]]:
    """Yield each line with its pointer and those of its cells."""
    columns = [str(cell.value) for cell in lines[0].cells]
    for number, line in enumerate(lines):
        at = pointer.join("", number - 1 if number else "columns")
        yield at, line, [pointer.join(at, name) for name in columns]


def _text(lines: list[Line], path: Path, form: Form, shown: str) -> Source:
    """Return the places of a CSV file in its own text."""
    text = path.read_bytes().decode(form.encoding, "replace").removeprefix("\ufeff")
    source = Source(shown, BREAKS.sub("\ufffd", text))
    written = source.lines
    for at, line, below in _places(lines):
        number = _number(line)
        source.values[at] = Span(number, 1, number, len(written[number - 1]) + 1)
        for place, cell in zip(below, line.cells, strict=False):
            span = cell.span
            if span is not None:
                # A doubled quote in a cell is one character of its value: no offset leads inside such a cell.
                is_plain = span.line == span.end_line and span.end_column - span.column == len(cell.value)
                source.mark(place, span, inside=is_plain)
                source.values[at] = Span(span.line, 1, span.line, span.end_column)
    return source


def _drawn(lines: list[Line], shown: str) -> Workbook:
    """Return the places of a workbook in a drawing of its rows, each on the line of its number."""
    drawn = [""] * _number(lines[-1])
    source = Workbook(shown, "")
    for at, line, below in _places(lines):
        number = _number(line)
        column = 1
        texts = [re.sub(r"\s", " ", BREAKS.sub(" ", cell_text(cell.value))) for cell in line.cells]
        drawn[number - 1] = BAR.join(texts) or f"({line.place})"
        source.values[at] = Span(number, 1, number, len(drawn[number - 1]) + 1)
        for place, cell, text in zip(below, line.cells, texts, strict=False):
            source.mark(place, Span(number, column, number, column + max(1, len(text))), inside=True)
            source.names[place] = cell.place
            column += len(text) + len(BAR)
    source.text = "\n".join(drawn)
    return source


def _number(line: Line) -> int:
    """Return the number of the line or row that *line* stands in."""
    return int(line.place.rpartition(" ")[2])
