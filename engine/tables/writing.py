"""Writes tables so that each line stands in its file once: lines as bytes, durable appending, whole workbooks."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import clear_frames
from typing import Any, Final

from engine import canonical, money
from engine.tables.form import BadTable

SUFFIXES: Final = (".csv", ".jsonl", ".xlsx")
"""What a file written by a recipe may end in."""
RESERVED: Final = frozenset({".git", ".recipe", "connections.yaml"})
MAX_EXCEL_ROWS: Final = 1_048_576
MAX_EXCEL_COLUMNS: Final = 16_384
MAX_EXCEL_TEXT: Final = 32_767
"""Characters of a cell. Source of the three: Microsoft, Excel specifications and limits (2026)."""
_EXCEL_DIGITS: Final = 15
_EXCEL_LARGEST: Final = 10**15
_MAX_EXPONENT: Final = canonical.MAX_EXPONENT
_QUOTED: Final = re.compile('[",\r\n]|^\ufeff')
# Not characters of XML 1.0, nor written as _xHHHH_; UTF-16 halves are in no encoding.
_NO_TEXT: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


def csv_header(columns: Sequence[str]) -> bytes:
    """Return the line of the names, as :func:`csv_line` writes them.

    Raises:
        BadTable: no names, an empty one or one twice.
    """
    _check_columns(columns)
    return csv_line(columns, dict(zip(columns, columns, strict=True)))


def csv_line(columns: Sequence[str], row: Mapping[str, Any]) -> bytes:
    r"""Return *row* as one line of CSV: RFC 4180, UTF-8, ended by ``\n``.

    Args:
        columns: The names in their order; one that the row lacks gives an empty cell.
        row: Text, int, Decimal (plain, never with an exponent), bool (``true`` or ``false``) or None (empty).

    Raises:
        BadTable: the row has another column, or a value that no cell holds.
    """
    _check_row(columns, row)
    cells = [_csv_cell(_text(row.get(name), name)) for name in columns]
    # One empty cell alone would be a blank line, which no reader takes for a row.
    line = ",".join(cells) if cells != [""] else '""'
    return f"{line}\n".encode()


def jsonl_line(row: Any) -> bytes:
    """Return *row* (plain JSON data) as one line of JSON: UTF-8, keys sorted, numbers exact.

    Raises:
        BadTable: it holds text that is no Unicode.
    """
    try:
        return canonical.encode(row) + b"\n"
    except UnicodeEncodeError as error:
        raise BadTable("the row holds half a character", help="correct the text at its source") from error


def append(path: Path, data: bytes, at: int, pending: bytes = b"") -> int:
    """Append *data* to the file at *path* durably, and return the file's new length in bytes.

    Args:
        at: The length that is known to be written, 0 for a new file. Nothing before it is touched.
        pending: What a process that died may have begun to write there: a beginning of it behind ``at`` is cut off.

    Raises:
        BadTable: the file is shorter than *at*, has grown by others' hands, is a link or no plain file, or cannot be
            written. Then it is as long as before, unless the system refuses that too; what is left is a beginning of
            *data*.
    """
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | (0 if at else os.O_CREAT)
    try:
        with os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0) as file:
            _heal(path, file.fileno(), at, pending)
            try:
                _write(file.fileno(), data, at)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(file.fileno(), at)
                raise
        if not at:
            _sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    return at + len(data)


def write_excel(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a workbook with one sheet, beside *path* and then renamed to it: at each moment it is the old or the new.

    Text is always a text cell, never a formula, link or number. An int or Decimal is a number where Excel keeps it
    exactly (15 digits), else text. None and empty text are empty cells. The same input gives the same bytes.

    Args:
        columns, rows: As for :func:`csv_line`.

    Raises:
        BadTable: a row or value that does not fit, too many of them, a link or no plain file at *path*, or the
            system's refusal. The file at *path* is then as it was.
    """
    _check_columns(columns)
    if len(columns) > MAX_EXCEL_COLUMNS:
        raise BadTable(
            f"{path.name} has {len(columns)} columns; Excel has {MAX_EXCEL_COLUMNS:,}", help="write CSV"
        )
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}.new")
    try:
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(path.lstat().st_mode):
                raise _no_plain_file(path)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(beside, flags, 0o666), "w+b") as file:
                file.write(_workbook(path, columns, rows))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _sync_folder(path.parent)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def safe_path(root: Path, text: str) -> Path:
    """Return the place below *root* that a recipe names as *text*.

    Raises:
        BadTable: it is not relative, leads out of *root* (also through links), is reserved, or ends in a suffix that
            is not written.
    """
    if not text or not text.isprintable() or "\\" in text or re.match(r"[A-Za-z]:|~|/", text):
        raise BadTable(
            f"{text!r} is no relative path", help="write a path below the project, such as out/payments.csv"
        )
    parts = text.split("/")
    if ".." in parts:
        raise BadTable(f"{text!r} leads upwards", help="write a path below the project")
    held = next((part for part in parts if part.casefold() in RESERVED), None)
    if held is not None:
        raise BadTable(
            f"{text!r} leads to {held}, which is not for recipes to write", help="choose another name"
        )
    if parts[-1].startswith(".") or Path(parts[-1]).suffix not in SUFFIXES:
        raise BadTable(
            f"{text!r} does not end in a format that is written", help=f"end it in {', '.join(SUFFIXES)}"
        )
    try:
        folder = (root / text).parent.resolve()
        inside = folder.is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:
        raise BadTable(
            f"{text!r} cannot be followed", help="check its folders for links in a circle"
        ) from error
    if not inside or any(part.casefold() in RESERVED for part in folder.relative_to(root.resolve()).parts):
        raise BadTable(
            f"{text!r} leads out of the project through a link", help="write to a folder of the project"
        )
    return folder / parts[-1]


def _check_columns(columns: Sequence[str]) -> None:
    if not columns:
        raise BadTable("there are no columns", help="name at least one")
    for index, name in enumerate(columns):
        if not name.strip():
            raise BadTable("a column has an empty name", help="name it")
        if name in columns[:index]:
            raise BadTable(f"two columns are named {name!r}", help="rename one of them")


def _check_row(columns: Collection[str], row: Mapping[str, Any]) -> None:
    unknown = [name for name in row if name not in columns]
    if unknown:
        raise BadTable(
            f"the row has {unknown[0]!r}, which is none of the columns",
            help="add it to the columns, or leave it out",
        )


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if "\0" in value or _NO_TEXT.search(value):
            raise BadTable(
                f"column {name!r} holds a character that is no text", help="remove it at its source"
            )
        return value
    if isinstance(value, int) or (
        isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= _MAX_EXPONENT
    ):
        return money.text(value)
    raise BadTable(
        f"column {name!r} is {money.kind(value)}; a cell holds text, a number, true, false or nothing",
        help="choose one value of it, or write JSON Lines",
    )


def _csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _heal(path: Path, descriptor: int, at: int, pending: bytes) -> None:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise _no_plain_file(path)
    if found.st_size < at:
        raise BadTable(
            f"{path} has {found.st_size} bytes, of which {at} were written here: somebody shortened it",
            help="put the file back as it was, or write to another name",
        )
    surplus = found.st_size - at
    if not surplus:
        return
    # A file system may lengthen a file before its data is on the disk; after a power cut the rest reads as zeros.
    begun = os.pread(descriptor, len(pending), at).rstrip(b"\0") if surplus <= len(pending) else None
    if begun is None or not pending.startswith(begun):
        raise BadTable(
            f"{path} has grown beyond what was written here: {surplus} bytes",
            help="take out what somebody added, or write to another name",
        )
    os.ftruncate(descriptor, at)


def _write(descriptor: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        at, rest = at + written, rest[written:]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _workbook(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the packed workbook; its rows wait on the disk, not in memory, until they are packed."""
    import xlsxwriter  # type: ignore[import-untyped]  # no stubs; loaded here by those who write Excel

    packed = BytesIO()
    with TemporaryDirectory() as parts:
        book = xlsxwriter.Workbook(packed, {"constant_memory": True, "tmpdir": parts})
        book.set_properties({"created": _EPOCH.replace(tzinfo=None)})
        sheet = book.add_worksheet()
        try:
            for column, name in enumerate(columns):
                sheet.write_string(0, column, _excel_text(name, name))
            for number, row in enumerate(rows, start=1):
                if number >= MAX_EXCEL_ROWS:
                    raise BadTable(f"{path.name} has more than {MAX_EXCEL_ROWS:,} rows", help="write CSV")
                _check_row(columns, row)
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
    text = _excel_text(_text(value, name), name)
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


def _no_plain_file(path: Path) -> BadTable:
    return BadTable(f"{path} is a link, folder or device", help="write to a plain file")


def _unwritable(path: Path, error: OSError) -> BadTable:
    if isinstance(error, FileNotFoundError):
        missing = path if path.parent.is_dir() else path.parent
        return BadTable(
            f"{path} cannot be written: there is no {missing}", help="put it back, or make the folder"
        )
    if path.is_symlink() or path.is_dir():
        return _no_plain_file(path)
    return BadTable(
        f"{path} cannot be written: {error.strerror}", help="check the folder, its permissions and space"
    )
