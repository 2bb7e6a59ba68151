"""Writes workbooks: whole, beside the old one and then renamed, the same bytes for the same rows."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import clear_frames
from typing import Any, Final

from engine.tables.form import BadTable
from engine.tables.writing import (
    cell_text,
    check_columns,
    check_row,
    digest_of,
    no_plain_file,
    sync_folder,
    unwritable,
)

MAX_EXCEL_ROWS: Final = 1_048_576
MAX_EXCEL_COLUMNS: Final = 16_384
MAX_SHEET_NAME: Final = 31
MAX_EXCEL_TEXT: Final = 32_767
"""Characters of a cell. Source of the numbers: Microsoft, Excel specifications and limits (2026)."""
_NO_SHEET: Final = re.compile(r"[\[\]:*?/\\]|^'|'$")
_EXCEL_DIGITS: Final = 15
_EXCEL_LARGEST: Final = 10**15
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


def beside(path: Path) -> Path:
    """Return where the workbook that is about to take the place of *path* lies."""
    return path.with_name(f".{path.name}.new")


def check_excel(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], sheet: str = "") -> None:
    """Look whether Excel can hold *rows*; as :func:`new_workbook`, without a file."""
    check_columns(columns)
    if len(columns) > MAX_EXCEL_COLUMNS:
        raise BadTable(f"there are {len(columns)} columns; Excel has {MAX_EXCEL_COLUMNS:,}", help="write CSV")
    if len(sheet) > MAX_SHEET_NAME or _NO_SHEET.search(sheet):
        raise BadTable(
            f"{sheet!r} cannot be the name of a sheet",
            help=f"write up to {MAX_SHEET_NAME} characters, none of them []:*?/\\ and no quote at either end",
        )
    for name in columns:
        _excel_text(cell_text(name, name), name)
    for row in rows:
        check_row(columns, row)
        for name, value in row.items():
            _excel_text(cell_text(value, name), name)


def write_excel(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], sheet: str = ""
) -> None:
    """Write a workbook with one sheet at *path*: :func:`new_workbook`, at once."""
    with new_workbook(path, columns, rows, sheet):
        pass


@contextmanager
def new_workbook(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], sheet: str = ""
) -> Iterator[str]:
    """Write a workbook with one sheet :func:`beside` *path*, and rename it to *path* when the block ends.

    At each moment *path* is the old workbook or the new one. The block gets the digest of the new one, which is
    durable then; where the block fails, it stays beside.

    Text is always a text cell, never a formula, link or number. An int or Decimal is a number where Excel keeps it
    exactly (15 digits), else text. None and empty text are empty cells. The same input gives the same bytes.

    Args:
        columns, rows: As for :func:`csv_line`.
        sheet: Its name; empty for Excel's own first one.

    Raises:
        BadTable: a row or value that does not fit, too many of them, a link or no plain file at *path*, or the
            system's refusal. The file at *path* is then as it was.
    """
    check_excel(columns, (), sheet)
    new = beside(path)
    try:
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(path.lstat().st_mode):
                raise no_plain_file(path)
        new.unlink(missing_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(new, flags, 0o666), "w+b") as file:
                file.write(_packed(path, columns, rows, sheet))
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    yield digest_of(new)
    try:
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error


def _packed(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], name: str) -> bytes:
    """Return the packed workbook; its rows wait on the disk, not in memory, until they are packed."""
    import xlsxwriter  # type: ignore[import-untyped]  # no stubs; loaded here by those who write Excel

    packed = BytesIO()
    with TemporaryDirectory() as parts:
        book = xlsxwriter.Workbook(packed, {"constant_memory": True, "tmpdir": parts})
        book.set_properties({"created": _EPOCH.replace(tzinfo=None)})
        sheet = book.add_worksheet(name or None)
        try:
            for column, name in enumerate(columns):
                sheet.write_string(0, column, _excel_text(name, name))
            for number, row in enumerate(rows, start=1):
                if number >= MAX_EXCEL_ROWS:
                    raise BadTable(f"{path.name} has more than {MAX_EXCEL_ROWS:,} rows", help="write CSV")
                check_row(columns, row)
                for column, name in enumerate(columns):
                    _excel_cell(sheet, number, column, row.get(name), name)
        finally:
            _close(book)
    return packed.getvalue()


def _close(book: Any) -> None:
    from xlsxwriter.exceptions import XlsxWriterException  # type: ignore[import-untyped]  # no stubs

    try:
        book.close()
    except (OSError, XlsxWriterException) as error:
        refusal = error if isinstance(error, OSError) else error.__context__
        # The library leaves its archive open in these frames; found later by the collector, it would complain aloud.
        for seen in (error, refusal):
            clear_frames(seen.__traceback__ if seen else None)
        # The library wraps the system's refusal in its own.
        raise refusal if isinstance(refusal, OSError) else error from error


def _excel_cell(sheet: Any, row: int, column: int, value: Any, name: str) -> None:
    text = _excel_text(cell_text(value, name), name)
    if text == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, Decimal)) and _is_kept(Decimal(value)):
        sheet.write_number(row, column, float(value))
    else:
        sheet.write_string(row, column, text)


def _is_kept(number: Decimal) -> bool:
    """Tell whether Excel keeps *number* as it is."""
    if abs(number) >= _EXCEL_LARGEST:
        return False
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return len(digits) <= _EXCEL_DIGITS and Decimal(repr(float(number))) == number


def _excel_text(text: str, name: str) -> str:
    # Excel counts UTF-16 units, of which a character has one or two.
    if len(text) * 2 > MAX_EXCEL_TEXT and len(text.encode("utf-16-le")) // 2 > MAX_EXCEL_TEXT:
        raise BadTable(
            f"column {name!r} holds more text than a cell of Excel ({MAX_EXCEL_TEXT:,})", help="write CSV"
        )
    return text
