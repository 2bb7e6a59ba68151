"""Reads CSV line by line: text exactly as written, in flat memory, each row with its place and its own bytes."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from engine.diagnostics import Span
from engine.tables.form import BadTable, Cell, Form, Line, Row, flaw_of, names_of, size_of, unreadable

MAX_CELL: Final = 1_000_000
"""Characters of one cell."""
MAX_LINE: Final = 16_000_000
"""Bytes of one line."""
_BLOCK: Final = 1 << 16
_WIDE: Final = ("utf-16", "utf-32")
"""Encodings in which a line end is more than one byte."""

# The library's bound is one for the whole process; nothing else of the engine reads CSV.
csv.field_size_limit(MAX_CELL)


@dataclass(slots=True)
class _Text:
    """The lines of a file, decoded; keeps the bytes of those that were taken since the last ``taken()``."""

    path: Path
    encoding: str
    number: int = 0
    kept: list[bytes] = field(default_factory=list)

    def lines(self, file: BinaryIO) -> Iterator[str]:
        kept = self.kept
        wide = self.encoding.startswith(_WIDE)
        for line in self._wide(file) if wide else iter(partial(file.readline, MAX_LINE + 1), b""):
            self.number += 1
            if len(line) > MAX_LINE:
                raise self._too_long(self.number)
            kept.append(line)
            try:
                text = line.decode(self.encoding)
            except UnicodeDecodeError as error:
                raise undecodable(self.path, self.encoding) from error
            if self.number == 1:
                text = text.removeprefix("\ufeff")
            if "\0" in text:
                raise BadTable(
                    f"{self.path.name}, line {self.number}: there is a NUL character, so this is no text",
                    help="add encoding: utf-16 if the file was saved so, else save it again as text",
                )
            yield text

    def _wide(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield the lines of a text of two or four bytes a character, each as the bytes without a byte order mark."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        start = file.read(4)
        file.seek(0)
        rest, block = "", start
        while block:
            block = file.read(_BLOCK)
            try:
                rest += decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise undecodable(self.path, self.encoding) from error
            self.encoding = _ordered(self.encoding, start)
            *whole, rest = rest.split("\n")
            for line in whole:
                yield f"{line}\n".encode(self.encoding)
            if len(rest) > MAX_LINE:
                raise self._too_long(self.number + 1)
        if rest:
            yield rest.encode(self.encoding)

    def _too_long(self, number: int) -> BadTable:
        return BadTable(
            f"{self.path.name}, line {number} is longer than 16 MB",
            help="check that this is a CSV file whose lines end with a line break",
        )

    def taken(self) -> bytes:
        """Return the bytes read since the last call."""
        raw = self.kept[0] if len(self.kept) == 1 else b"".join(self.kept)
        self.kept.clear()
        return raw


def _ordered(encoding: str, start: bytes) -> str:
    """Return *encoding* with its byte order: a line alone has no byte order mark to tell it."""
    if encoding == "utf-16":
        return "utf-16-be" if start.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    if encoding == "utf-32":
        return "utf-32-be" if start.startswith(codecs.BOM_UTF32_BE) else "utf-32-le"
    return encoding


def undecodable(path: Path, encoding: str) -> BadTable:
    """Return that *path* is not in *encoding*, with the byte where that shows."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            before = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                offset += error.start - before
                break
            offset += len(block)
            if not block:
                break
    help = "add encoding: cp1252 (Excel and banks in Western Europe and America), or the one it was saved in"
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE):
            help = "add encoding: utf-16"
    return BadTable(f"{path.name} is not {encoding} text (byte {offset})", help=help)


@dataclass(slots=True)
class _Opened:
    """A CSV file behind its header."""

    path: Path
    form: Form
    text: _Text
    names: tuple[str, ...]
    total: int
    header: list[str]
    line: int
    raw: bytes
    reader: Iterator[list[str]]

    def rows(self) -> Iterator[tuple[list[str], int, bytes]]:
        """Yield cells, first line and bytes of each row that is not blank."""
        text = self.text
        line = text.number + 1
        try:
            for cells in self.reader:
                raw = text.taken()
                if cells:
                    yield cells, line, raw
                line = text.number + 1
        except csv.Error as error:
            _refuse(str(error), text, line)

    def flaw(self, cells: list[str]) -> tuple[str, str] | None:
        """Return what is wrong with the number of *cells*, or None."""
        count = len(self.names)
        if len(cells) == count or (count < len(cells) <= self.total and not any(cells[count:])):
            return None
        return flaw_of(len(cells), self.names)


def rows(path: Path, form: Form) -> Iterator[Row]:
    """Yield the rows of a CSV file; see :func:`engine.tables.rows`."""
    size_of(path)
    try:
        with path.open("rb") as file:
            opened = _open(file, path, form)
            names, count = opened.names, len(opened.names)
            for cells, line, raw in opened.rows():
                if len(cells) == count or (flaw := opened.flaw(cells)) is None:
                    yield Row(dict(zip(names, cells, strict=False)), f"line {line}", raw)
                else:
                    yield Row(None, f"line {line}", raw, *flaw)
    except OSError as error:
        raise unreadable(path, error) from error


def cells(path: Path, form: Form) -> Iterator[Line]:
    """Yield the header and the rows of a CSV file as cells with spans; see :func:`engine.tables.cells`."""
    size_of(path)
    try:
        with path.open("rb") as file:
            opened = _open(file, path, form)
            yield _placed(opened, opened.header[: len(opened.names)], opened.line, opened.raw)
            for found, line, raw in opened.rows():
                flaw = opened.flaw(found)
                if flaw:
                    yield Line((), f"line {line}", *flaw)
                else:
                    yield _placed(opened, found[: len(opened.names)], line, raw)
    except OSError as error:
        raise unreadable(path, error) from error


def _open(file: BinaryIO, path: Path, form: Form) -> _Opened:
    text = _Text(path, form.encoding)
    lines = text.lines(file)
    for _ in range(form.header - 1):
        if next(lines, None) is None:
            raise BadTable(
                f"{path.name} ends before line {form.header}, where the names of columns should stand",
                help="correct header:",
            )
    text.taken()
    reader = csv.reader(
        lines,
        delimiter=form.delimiter,
        quotechar=form.quote or None,
        quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
        strict=True,
    )
    try:
        header = next(reader, [])
    except csv.Error as error:
        _refuse(str(error), text, form.header)
    raw = text.taken()
    names = names_of(header, f"{path.name}, line {form.header}")
    _check_delimiter(names, path, form)
    return _Opened(path, form, text, names, len(header), header, form.header, raw, reader)


def _check_delimiter(names: tuple[str, ...], path: Path, form: Form) -> None:
    if len(names) > 1:
        return
    for sign in ";\t|,":
        if sign in names[0]:
            shown = '"\\t"' if sign == "\t" else f"'{sign}'"
            raise BadTable(
                f"{path.name}, line {form.header}: there is one column, named {names[0][:60]!r}",
                help=f"add delimiter: {shown}",
            )


def _refuse(reason: str, text: _Text, first: int) -> NoReturn:
    name = text.path.name
    if "field larger" in reason:
        raise BadTable(
            f"{name}, line {first}: a cell has more than {MAX_CELL:,} characters",
            help="check that a quote is not missing there",
        )
    if "new-line character" in reason:
        raise BadTable(
            f"{name}, line {first}: a carriage return stands in the middle of the line",
            help="save the file with the line ends of Windows or Unix, and cells with line breaks in quotes",
        )
    if "unexpected end" in reason:
        raise BadTable(
            f"{name}, line {first}: a quoted cell begins here and does not end",
            help="close the quote, or add quote: '' if the file knows none",
        )
    raise BadTable(
        f"{name}, line {first}: text follows the quote that ends a cell",
        help="write a quote inside a quoted cell twice, or add quote: '' if the file knows none",
    )


def _placed(opened: _Opened, values: list[str], line: int, raw: bytes) -> Line:
    text = raw.decode(opened.text.encoding)
    text = text.removeprefix("\ufeff") if line == 1 else text
    found = []
    for value, (start, end) in zip(values, _stretches(text, opened.form), strict=False):
        span = Span(*_line_column(text, start, line), *_line_column(text, end, line))
        found.append(Cell(value, f"line {span.line}, column {span.column}", span))
    return Line(tuple(found), f"line {line}")


def _stretches(text: str, form: Form) -> Iterator[tuple[int, int]]:
    """Yield where each cell of a row's *text* begins and ends, without its quotes. The row is known to be right."""
    quote = re.escape(form.quote)
    quoted = re.compile(f"{quote}([^{quote}]*(?:{quote}{quote}[^{quote}]*)*){quote}") if form.quote else None
    plain = re.compile(f"[^{re.escape(form.delimiter)}\\r\\n]*")
    at = 0
    while at <= len(text):
        match = (quoted and quoted.match(text, at)) or plain.match(text, at)
        if match is None:  # the plain pattern takes an empty text too
            return
        yield match.span(match.re.groups)
        at = match.end() + 1


def _line_column(text: str, offset: int, line: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, offset) + 1
    return line + text.count("\n", 0, offset), offset - start + 1
