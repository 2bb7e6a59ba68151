"""Looks through an ``.xlsx`` before the library reads it: that it is one, how far its cells reach, where errors stand.

The library makes a sheet a full rectangle, so that two cells in far corners would take all memory, and reads a cell
that holds an error as an empty one (python-calamine 0.9.1).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from engine.tables.form import SAVE_AS, BadTable, size_of, unreadable

BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,  # a damaged part ends in the decompressor's own error, or too early
    EOFError,
    ElementTree.ParseError,
    KeyError,  # a part that the workbook names is not in it
    NotImplementedError,  # a version or compression that the library does not know
    RuntimeError,  # an encrypted part
)
"""What the library raises about an archive that is no workbook, or no whole one."""

MAX_FILE: Final = 100_000_000
"""Bytes of a workbook."""
MAX_UNPACKED: Final = 1_000_000_000
"""Bytes of a workbook unpacked."""
MAX_RATIO: Final = 200
"""How many times its size a workbook of more than 100 MB unpacked may unpack to; a sheet's XML has about 10."""
MAX_CELLS: Final = 50_000_000
"""Cells of the rectangle around a sheet's cells: 1,048,576 rows of 47 columns."""
_OLE: Final = b"\xd0\xcf\x11\xe0"
_BLOCK: Final = 1 << 20
_CELL: Final = re.compile(rb"<(?:[A-Za-z0-9]+:)?c(?=[\s/>])[^>]*>")
_PLACED: Final = re.compile(
    rb"""<(?:[A-Za-z0-9]+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*>"""
)
_ERROR: Final = re.compile(rb"""\st\s*=\s*["']e["']""")
_BOOK: Final = "xl/workbook.xml"
_LINKS: Final = "xl/_rels/workbook.xml.rels"


def check(path: Path) -> None:
    """Look at the file's kind and sizes.

    Raises:
        BadTable: it is no ``.xlsx``, is protected by a password, or would unpack to too much.
    """
    size = size_of(path)
    if size > MAX_FILE:
        raise BadTable(
            f"{path.name} is larger than 100 MB", help="save the sheet as CSV, which has no such bound"
        )
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == _OLE:
            raise locked(path)
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except BROKEN as error:
        raise broken(path) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if unpacked > MAX_UNPACKED or (unpacked > MAX_FILE and unpacked > MAX_RATIO * size):
        raise BadTable(
            f"{path.name} unpacks to {unpacked:,} bytes, more than a workbook should",
            help="save the sheet as CSV, which has no such bound",
        )


def locked(path: Path) -> BadTable:
    """Return that *path* is what Excel writes for a workbook with a password, or before 2007."""
    return BadTable(
        f"{path.name} is protected by a password, or is of an Excel before 2007",
        help=f"open it in Excel and {SAVE_AS}, without a password",
    )


def broken(path: Path) -> BadTable:
    """Return that *path* is no workbook."""
    return BadTable(
        f"{path.name} is not an Excel workbook, whatever its name says",
        help=f"open it in Excel and {SAVE_AS}; add format: csv if it is text",
    )


def errors(path: Path, sheet: str) -> dict[int, list[str]]:
    """Return by row (from 1) the cells of *sheet* that hold an error, such as ``B7``.

    Raises:
        BadTable: the sheet's cells reach too far, or its part of the file cannot be found or read.
    """
    found: dict[int, list[str]] = {}
    columns: set[bytes] = set()
    height = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for block in _blocks(archive, _part(archive, sheet, path)):
                places = _PLACED.findall(block)
                if len(places) != len(_CELL.findall(block)):
                    raise BadTable(
                        f"{path.name}: sheet {sheet!r} does not name its cells",
                        help=f"open it in Excel and {SAVE_AS}",
                    )
                columns.update(name for name, _ in places)
                numbers = {number for _, number in places}
                height = max(height, *map(int, numbers), 0)
                if _ERROR.search(block):
                    _note_errors(block, found)
    except BROKEN as error:
        raise broken(path) from error
    except OSError as error:
        raise unreadable(path, error) from error
    width = max(map(_column, columns), default=0)
    if width * height > MAX_CELLS:
        raise BadTable(
            f"{path.name}: sheet {sheet!r} has cells up to {letters(width - 1)}{height}, which is too far",
            help="clear what stands far away from the table",
        )
    return found


def letters(column: int) -> str:
    """Return the letters of a column, which counts from 0: 0 is A, 26 is AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _column(name: bytes) -> int:
    """Return the number of a column, from 1."""
    number = 0
    for sign in name:
        number = number * 26 + sign - ord("A") + 1
    return number


def _note_errors(block: bytes, found: dict[int, list[str]]) -> None:
    for cell in _PLACED.finditer(block):
        if _ERROR.search(cell[0]):
            found.setdefault(int(cell[2]), []).append((cell[1] + cell[2]).decode())


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a sheet's XML in blocks of whole tags."""
    rest = b""
    with archive.open(part) as file:
        while block := file.read(_BLOCK):
            block = rest + block
            end = block.rfind(b">") + 1
            yield block[:end]
            rest = block[end:]
            if len(rest) > _BLOCK:
                raise zipfile.BadZipFile("a tag without an end")


def _part(archive: zipfile.ZipFile, sheet: str, path: Path) -> str:
    """Return the name of the part that holds *sheet*."""
    link = next(
        (
            value
            for element in _xml(archive, _BOOK).iter()
            if element.tag.endswith("}sheet") and element.get("name") == sheet
            for name, value in element.items()
            if name.endswith("}id")
        ),
        None,
    )
    for element in _xml(archive, _LINKS).iter():
        if link is not None and element.get("Id") == link:
            return posixpath.normpath(posixpath.join("/xl", element.get("Target", ""))).lstrip("/")
    raise BadTable(
        f"{path.name}: sheet {sheet!r} cannot be found in it", help=f"open it in Excel and {SAVE_AS}"
    )


def _xml(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    text = archive.read(part)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise zipfile.BadZipFile("a workbook declares no entities")
    return ElementTree.fromstring(text)  # noqa: S314  # entities, which the rule warns of, are refused above
