"""Writes tables so that each line stands in its file once: lines as bytes, durable appending, places for files."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from engine import canonical, money
from engine.tables.form import BadTable

SUFFIXES: Final = (".csv", ".jsonl", ".xlsx")
"""What a file written by a recipe may end in."""
RESERVED: Final = frozenset({".git", ".recipe", "connections.yaml"})
_PLAIN: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_MAX_EXPONENT: Final = canonical.MAX_EXPONENT
_QUOTED: Final = re.compile('[",\r\n]|^\ufeff')
# Not characters of XML 1.0, nor written as _xHHHH_; UTF-16 halves are in no encoding.
_NO_TEXT: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


def csv_header(columns: Sequence[str]) -> bytes:
    """Return the line of the names, as :func:`csv_line` writes them.

    Raises:
        BadTable: no names, an empty one or one twice.
    """
    check_columns(columns)
    return csv_line(columns, dict(zip(columns, columns, strict=True)))


def csv_line(columns: Sequence[str], row: Mapping[str, Any]) -> bytes:
    r"""Return *row* as one line of CSV: RFC 4180, UTF-8, ended by ``\n``.

    Args:
        columns: The names in their order; one that the row lacks gives an empty cell.
        row: Text, int, Decimal (plain, never with an exponent), bool (``true`` or ``false``) or None (empty).

    Raises:
        BadTable: the row has another column, or a value that no cell holds.
    """
    check_row(columns, row)
    cells = [_csv_cell(cell_text(row.get(name), name)) for name in columns]
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
    flags = _PLAIN | (0 if at else os.O_CREAT)
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
            sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    return at + len(data)


def begin(path: Path, root: Path) -> None:
    """Make the file at *path*, empty, and its folders below *root*, durably; one that is there stays as it is.

    Raises:
        BadTable: the system refuses it.
    """
    make_folders(path.parent, root)
    try:
        os.close(os.open(path, _PLAIN | os.O_CREAT, 0o666))
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error


def make_folders(folder: Path, root: Path) -> None:
    """Make *folder* and those between it and *root*, and *root*, durably.

    Raises:
        BadTable: the system refuses it.
    """
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    try:
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            sync_folder(each.parent)
    except OSError as error:
        raise BadTable(
            f"the folder {each} cannot be made: {error.strerror}", help="make it, or check the permissions"
        ) from error


def expect(path: Path, at: int) -> None:
    """Look whether the file at *path* is as long as is known to be written, *at* bytes.

    Raises:
        BadTable: as for :func:`append`.
    """
    try:
        descriptor = os.open(path, _PLAIN)
        try:
            _heal(path, descriptor, at, b"")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unwritable(path, error) from error


def is_there(path: Path) -> bool:
    """Tell whether anything lies at *path*, were it a link that leads nowhere."""
    return os.path.lexists(path)


def digest_of(path: Path) -> str:
    """Return the digest of the file at *path*, or an empty text where there is none.

    Raises:
        BadTable: it is a link or no plain file, or cannot be read.
    """
    try:
        with os.fdopen(
            os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb"
        ) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise no_plain_file(path)
            return "1:" + file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise unwritable(path, error) from error


def safe_path(root: Path, text: str) -> Path:
    """Return the place below *root* that a recipe names as *text*.

    Raises:
        BadTable: as for :func:`check_name`; or it leads out of *root* through links.
    """
    check_name(text)
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
    return folder / text.split("/")[-1]


def check_name(text: str) -> None:
    """Refuse *text* as the name of a file that a recipe writes, whatever lies on the disk.

    Raises:
        BadTable: it is not relative, leads upwards, is reserved, or ends in a suffix that is not written.
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


def check_columns(columns: Sequence[str]) -> None:
    """Refuse no names, an empty one or one twice."""
    if not columns:
        raise BadTable("there are no columns", help="name at least one")
    for index, name in enumerate(columns):
        if not name.strip():
            raise BadTable("a column has an empty name", help="name it")
        if name in columns[:index]:
            raise BadTable(f"two columns are named {name!r}", help="rename one of them")


def check_row(columns: Collection[str], row: Mapping[str, Any]) -> None:
    """Refuse a row with another column."""
    unknown = [name for name in row if name not in columns]
    if unknown:
        raise BadTable(
            f"the row has {unknown[0]!r}, which is none of the columns",
            help="add it to the columns, or leave it out",
        )


def cell_text(value: Any, name: str) -> str:
    """Return the text of a cell."""
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
        raise no_plain_file(path)
    if found.st_size < at:
        raise BadTable(
            f"{path} has {found.st_size} bytes, of which {at} were written here: somebody shortened it",
            help="put it back as it was, or move it away: then the next row begins a new file",
        )
    surplus = found.st_size - at
    if not surplus:
        return
    # A file system may lengthen a file before its data is on the disk; after a power cut the rest reads as zeros.
    where = f"behind the {at} that were" if at else "from its beginning"
    begun = os.pread(descriptor, len(pending), at).rstrip(b"\0") if surplus <= len(pending) else None
    if begun is None or not pending.startswith(begun):
        raise BadTable(
            f"{path} holds {surplus} bytes that were not written here, {where}: {_shown(descriptor, at)}",
            help="take them out, or move the file away: then the next row begins a new file",
        )
    os.ftruncate(descriptor, at)


def _shown(descriptor: int, at: int) -> str:
    """Return the beginning of what stands at *at*, as messages show it."""
    return money.shorten(os.pread(descriptor, 200, at).decode(errors="replace"), 60)


def _write(descriptor: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        at, rest = at + written, rest[written:]
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make what was made or renamed in *folder* durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def no_plain_file(path: Path) -> BadTable:
    """Return that *path* is none."""
    return BadTable(f"{path} is a link, folder or device", help="write to a plain file")


def unwritable(path: Path, error: OSError) -> BadTable:
    """Return the system's *error* about writing *path* in the user's words."""
    if isinstance(error, FileNotFoundError):
        missing = path if path.parent.is_dir() else path.parent
        return BadTable(
            f"{path} cannot be written: there is no {missing}", help="put it back, or make the folder"
        )
    if path.is_symlink() or path.is_dir():
        return no_plain_file(path)
    return BadTable(
        f"{path} cannot be written: {error.strerror}", help="check the folder, its permissions and space"
    )
