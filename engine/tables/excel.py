"""Reads Excel workbooks: text stays text, numbers become exact, what Excel lost or could not compute is a flaw.

The library reads a cell that holds an error as an empty one (python-calamine 0.9.1); ``engine.tables.workbook`` says
where the errors are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

import python_calamine as calamine

from engine import canonical
from engine.tables import workbook
from engine.tables.form import SAVE_AS, BadTable, Cell, Form, Line, Row, names_of, unreadable

LONGEST: Final = 10**15
"""From here on Excel no longer keeps every digit of a whole number (it keeps 15)."""
_FIRST_DAY: Final = date(1900, 3, 1)
"""Before it Excel counts a 29 February 1900, which never was."""


def rows(path: Path, form: Form) -> Iterator[Row]:
    """Yield the rows of a sheet; see :func:`engine.tables.rows`."""
    sheet = _open(path, form)
    for number, row in sheet.rows():
        place = f"row {number}"
        flaw = sheet.flaw(number, row)
        read = [(value, *_value(value)) for value in sheet.named(row)]
        values = [str(value) if wrong else cell for value, cell, wrong, _ in read]
        record = dict(zip(sheet.names, values, strict=True))
        raw = canonical.encode(record)
        yield Row(record, place, raw) if flaw is None else Row(None, place, raw, *flaw)


def cells(path: Path, form: Form) -> Iterator[Line]:
    """Yield the header and the rows of a sheet as cells; see :func:`engine.tables.cells`."""
    sheet = _open(path, form)
    header = enumerate(sheet.names, start=sheet.first)
    yield Line(
        tuple(Cell(name, f"cell {workbook.letters(column)}{form.header}") for column, name in header),
        f"row {form.header}",
    )
    for number, row in sheet.rows():
        flaw = sheet.flaw(number, row)
        if flaw is not None:
            yield Line((), f"row {number}", *flaw)
            continue
        found = tuple(
            Cell(_value(value)[0], f"cell {workbook.letters(column)}{number}")
            for column, value in enumerate(sheet.named(row), start=sheet.first)
        )
        yield Line(found, f"row {number}")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet behind its header. Columns count from 0, rows from 1; ``first`` is the column of the first name."""

    names: tuple[str, ...]
    first: int
    header: int
    errors: dict[int, list[str]]
    data: Any
    left: int

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield number and cells, from ``left`` on, of each row that is not blank."""
        for number, row in enumerate(self.data.iter_rows(), start=1):
            if number > self.header and (number in self.errors or any(cell != "" for cell in row)):
                yield number, row

    def named(self, row: list[Any]) -> list[Any]:
        """Return the cells of *row* that stand below a name."""
        return row[self.first - self.left : self.first - self.left + len(self.names)]

    def flaw(self, number: int, row: list[Any]) -> tuple[str, str] | None:
        """Return what is wrong with a row, naming the cell, or None."""
        if number in self.errors:
            cell = self.errors[number][0]
            return f"cell {cell} holds an error such as #N/A or #DIV/0!", "correct the formula there"
        for column, value in enumerate(row, start=self.left):
            if value == "":
                continue
            cell = f"{workbook.letters(column)}{number}"
            if not self.first <= column < self.first + len(self.names):
                return f"cell {cell} stands in a column without a name", "name the column, or empty the cell"
            _, flaw, help = _value(value)
            if flaw:
                return f"cell {cell} holds {flaw}", help
        return None


def _open(path: Path, form: Form) -> _Sheet:
    workbook.check(path)
    try:
        name, data, errors = _sheet(calamine.load_workbook(path), path, form.sheet)
        row: list[Any] = next(islice(data.iter_rows(), form.header - 1, None), [])
    except calamine.PasswordError as error:
        raise workbook.locked(path) from error
    except calamine.CalamineError as error:
        raise workbook.broken(path) from error
    except OSError as error:
        raise unreadable(path, error) from error
    left = data.start[1] if data.start else 0
    where = f"{path.name}, sheet {name!r}, row {form.header}"
    if form.header in errors:
        raise BadTable(
            f"{where}: cell {errors[form.header][0]} holds an error", help="correct the formula there"
        )
    header = [_name(value, where) for value in row]
    empty = next((index for index, text in enumerate(header) if text.strip()), 0)
    return _Sheet(names_of(header[empty:], where), left + empty, form.header, errors, data, left)


def _sheet(book: Any, path: Path, wanted: str) -> tuple[str, Any, dict[int, list[str]]]:
    """Return the sheet that is *wanted*, or the only visible one that holds anything, and where its errors are."""
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    if wanted and wanted not in [sheet.name for sheet in sheets]:
        shown = ", ".join(repr(sheet.name) for sheet in sheets[:20])
        raise BadTable(f"{path.name} has no sheet {wanted!r}", help=f"its sheets are {shown}")
    visible = [sheet.name for sheet in sheets if sheet.visible == calamine.SheetVisibleEnum.Visible]
    filled = []
    for name in [wanted] if wanted else visible:
        errors = workbook.errors(path, name)
        data = book.get_sheet_by_name(name)
        if data.start is not None:
            filled.append((name, data, errors))
    if not filled:
        raise BadTable(f"{path.name} holds no cells", help="check that the right file and sheet are named")
    if len(filled) > 1:
        shown = ", ".join(repr(name) for name, *_ in filled[:20])
        raise BadTable(f"{path.name} has several sheets: {shown}", help=f"add sheet: {filled[0][0]}")
    return filled[0]


def _name(value: Any, where: str) -> str:
    cell, flaw, help = _value(value)
    if flaw:
        raise BadTable(f"{where}: the name of a column is {flaw}", help=help)
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else canonical.encode(cell).decode()


def _value(value: Any) -> tuple[Any, str, str]:
    """Return what a cell becomes, or why it cannot be read and the cure."""
    if isinstance(value, str):
        return (value or None), "", ""
    if isinstance(value, bool):
        return value, "", ""
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, timedelta):
        return _duration(value), "", ""
    if isinstance(value, date) and (value.date() if isinstance(value, datetime) else value) < _FIRST_DAY:
        return None, "a date before 1900-03-01, which Excel counts wrongly", "format the column as text"
    if (
        isinstance(value, datetime) and value.time() == time()
    ):  # a fraction short of midnight is rounded to it
        value = value.date()
    if isinstance(value, (date, time)):
        return value.isoformat(), "", ""
    return None, "what the engine cannot read", SAVE_AS  # the library knows no further kind


def _number(value: float) -> tuple[Any, str, str]:
    if not -LONGEST < value < LONGEST:
        help = "Excel keeps 15 digits: format the column as text and enter the number again"
        return None, "a number of more than 15 digits", help
    # The shortest text that gives this double back is what a person typed: 12.1, not 12.0999…964.
    return (int(value) if value == int(value) else Decimal(repr(value))), "", ""


def _duration(value: timedelta) -> str:
    """Return hours, minutes and seconds: ``36:00:00``."""
    sign = "-" if value < timedelta(0) else ""
    minutes, seconds = divmod(abs(value), timedelta(minutes=1))
    text = f"{minutes // 60:02}:{minutes % 60:02}:{seconds.seconds:02}"
    return f"{sign}{text}.{seconds.microseconds:06}" if seconds.microseconds else f"{sign}{text}"
