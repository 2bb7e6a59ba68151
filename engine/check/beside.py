"""Files beside a recipe that belong to it: tables as data with places, schemas, other recipes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine import pointer
from engine.check.draft import Draft
from engine.diagnostics import Span
from engine.schema import misjudged
from engine.source import Source
from engine.tables import BadTable, Line, cells, form_of

NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table in a file.

    Attributes:
        columns: Their names.
        rows: Cells by column.
        source: The file's places: the cell of row 0 and column ``key`` is at ``/0/key``.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    source: Source

    def line(self, number: int) -> int:
        """Return the line in the file of row *number*, from 1."""
        return self.source.values[f"/{number}"].line


def sheet(draft: Draft, name: str, at: str, options: Mapping[str, Any]) -> Sheet | None:
    """Return the table in the file *name*, named at the pointer *at*; None after reporting why it cannot be read.

    Args:
        options: How the file is written, as ``form_of`` takes it.
    """
    if draft.beside.folder is None:
        draft.report("R218", at, "a file is named, but this recipe lies in no folder")
        return None
    path = draft.beside.folder / name
    if not path.is_file():
        draft.report("R218", at, f"there is no file {name}", "write its path from the recipe's folder")
        return None
    try:
        lines = list(cells(path, form_of(path, **options)))
    except BadTable as error:
        draft.report("R218", at, error.message, error.help)
        return None
    made = _sheet(lines, path, draft.beside.show(path))
    draft.source.mounts[at] = made.source
    for number, line in enumerate(lines[1:]):
        if line.flaw:
            draft.report("R218", pointer.join(at, number), line.flaw, line.help)
            return None
    return made


def schema(draft: Draft, name: str, at: str) -> Any:
    """Return the JSON Schema in the file *name*; None after reporting why it cannot be read."""
    if draft.beside.folder is None:
        draft.report("R218", at, "a file is named, but this recipe lies in no folder")
        return None
    path = draft.beside.folder / name
    try:
        found = json.loads(path.read_bytes())
    except OSError:
        draft.report("R218", at, f"there is no file {name}", "write its path from the recipe's folder")
        return None
    except json.JSONDecodeError as error:
        what = f"{name} is no JSON: reading ends at line {error.lineno}, character {error.colno}"
        draft.report("R218", at, what, "a schema is written in JSON")
        return None
    except ValueError:
        draft.report("R218", at, f"{name} is no UTF-8 text", "a schema is written in JSON, as UTF-8")
        return None
    if not isinstance(found, dict) or (wrong := misjudged(found)):
        told = wrong if isinstance(found, dict) else "a schema is a mapping"
        draft.report("R218", at, f"{name} is no JSON Schema: {told}", "see json-schema.org, draft 2020-12")
        return None
    return found


def _sheet(lines: list[Line], path: Path, shown: str) -> Sheet:
    columns = tuple(str(cell.value) for cell in lines[0].cells)
    source = Source(shown, _text(lines, path))
    rows = []
    for number, line in enumerate(lines[1:]):
        at = pointer.join("", number)
        drawn = _drawn(line, number + 1) if line.cells and line.cells[0].span is None else None
        if line.flaw and (place := NUMBER.search(line.place)):
            own = number + 2 if lines[0].cells[0].span is None else int(place.group())
            source.values[at] = Span(own, 1, own, 1 + len(source.lines[own - 1]))
        for index, cell in enumerate(line.cells[: len(columns)]):
            span = drawn[index] if drawn else cell.span
            if span is not None:
                source.values[pointer.join(at, columns[index])] = span
                source.values.setdefault(at, span)
        rows.append({name: cell.value for name, cell in zip(columns, line.cells, strict=False)})
    source.data = rows
    return Sheet(columns, tuple(rows), source)


def _text(lines: list[Line], path: Path) -> str:
    """Return the file as messages show it: a workbook, which has no lines of text, as its cells with bars between."""
    if lines[0].cells[0].span is not None:
        return path.read_text(encoding="utf-8", errors="replace").removeprefix("\ufeff")
    return "\n".join(" | ".join(_shown(cell.value) for cell in line.cells) for line in lines)


def _drawn(line: Line, number: int) -> list[Span]:
    spans, column = [], 1
    for cell in line.cells:
        width = len(_shown(cell.value))
        spans.append(Span(number + 1, column, number + 1, column + max(1, width)))
        column += width + 3
    return spans


def _shown(value: Any) -> str:
    return "" if value is None else str(value).replace("\n", " ")
