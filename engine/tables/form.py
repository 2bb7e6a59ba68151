"""What a table file is: its format, how it is written, and the values that reading gives."""

from __future__ import annotations

import codecs
import stat
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, cast, get_args

from engine import paths
from engine.diagnostics import Span
from engine.errors import EngineError

Format = Literal["csv", "excel", "json", "jsonl"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
_SUFFIXES: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
OLD_EXCEL: Final = frozenset({".xls", ".xlsb", ".ods"})
SAVE_AS: Final = "save it as an Excel workbook (.xlsx)"
TAKES: Final[dict[Format, frozenset[str]]] = {
    "csv": frozenset({"delimiter", "encoding", "quote", "header"}),
    "excel": frozenset({"sheet", "header"}),
    "json": frozenset({"records"}),
    "jsonl": frozenset({"encoding"}),
}
"""The options of each format."""
ENCODINGS: Final = frozenset(
    "ascii utf-8 utf-16 utf-16-le utf-16-be utf-32 iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 "
    "iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 "
    "cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 "
    "cp862 cp863 cp865 cp866 cp869 cp874 cp932 cp949 cp950 shift_jis euc_jp euc_kr gb2312 gbk gb18030 big5 koi8-r "
    "koi8-u mac-roman".split()
)
"""Python's names of the text encodings that a file may have; ``latin-1`` and other second names lead to them."""


class BadTable(EngineError):
    """A whole file cannot be read or written as it was asked."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a table file is read; made by :func:`form_of`.

    Attributes:
        format: ``csv``, ``excel``, ``json`` or ``jsonl``.
        delimiter: CSV: one character between cells.
        encoding: CSV and JSON Lines: one of ``ENCODINGS``.
        quote: CSV: the character around cells, or empty where the file knows none.
        header: CSV and Excel: the line or row of the names, from 1; what stands above is not read.
        sheet: Excel: the sheet's name; empty takes the only visible one that holds anything.
        records: JSON: the path of the list of records; None where the file itself is that list.
        takes_one: JSON: whether a mapping where the list is looked for is the one record; else that is an error.
    """

    format: Format
    delimiter: str = ","
    encoding: str = "utf-8"
    quote: str = '"'
    header: int = 1
    sheet: str = ""
    records: paths.Path | None = None
    takes_one: bool = False


class Row(NamedTuple):  # made a million times for one file: a frozen dataclass takes three times as long
    """One record of a file, or why it is none.

    Attributes:
        record: A mapping from column to value (CSV: text; Excel: text, int, Decimal, bool, None); for JSON and JSON
            Lines whatever stands there. None where ``flaw`` says why the row cannot be read.
        place: ``line 17`` (CSV, JSON Lines), ``row 17`` (Excel) or ``entry 17`` (JSON), from 1.
        raw: The row's bytes as they stand in the file, for dead letters and digests; for Excel and JSON canonical
            JSON of what was read.
        flaw: What is wrong with this row, or an empty text.
        help: What to do about the flaw.
    """

    record: Any
    place: str
    raw: bytes
    flaw: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell with its place.

    Attributes:
        value: As in :class:`Row`.
        place: ``line 3, column 12`` (CSV) or ``cell B7`` (Excel).
        span: CSV: where the cell's text stands in the file, without quotes around it; None for Excel.
    """

    value: Any
    place: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet as cells, in the order of the header; ``cells`` is empty where ``flaw`` is not."""

    cells: tuple[Cell, ...]
    place: str
    flaw: str = ""
    help: str = ""


def form_of(
    path: Path,
    *,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    quote: str | None = None,
    header: int | None = None,
    sheet: str | None = None,
    records: paths.Path | None = None,
) -> Form:
    """Return how *path* is read: the format from its suffix unless it is given, the rest as given or by default.

    Raises:
        BadTable: the suffix says no format, an option does not belong to the format or has a wrong value.
    """
    given = {
        name: value
        for name, value in {
            "delimiter": delimiter,
            "encoding": encoding,
            "quote": quote,
            "header": header,
            "sheet": sheet,
            "records": records,
        }.items()
        if value is not None
    }
    kind = _format(path, format)
    for name in given:
        if name not in TAKES[kind]:
            takes = " and ".join(sorted(TAKES[kind]))
            raise BadTable(f"{name!r} does not belong to the format {kind}", help=f"it takes {takes}")
    if kind == "csv" and path.suffix.lower() == ".tsv":
        given.setdefault("delimiter", "\t")
    form = Form(kind, **cast("dict[str, Any]", given))
    _check(form)
    return Form(kind, **cast("dict[str, Any]", given | {"encoding": _encoding(form.encoding)}))


def _format(path: Path, given: str | None) -> Format:
    if path.suffix.lower() in OLD_EXCEL:
        # The library reads a cell that holds an error as an empty one (python-calamine 0.9.1), and only in an .xlsx
        # can the difference be seen.
        raise BadTable(f"{path.name} is no .xlsx: its errors cannot be told from empty cells", help=SAVE_AS)
    kind: str | None = given if given is not None else _SUFFIXES.get(path.suffix.lower())
    for format in FORMATS:
        if kind == format:
            return format
    formats = ", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}"
    if given is not None:
        raise BadTable(f"{given!r} is no format", help=f"write {formats}")
    raise BadTable(
        f"the name {path.name!r} does not say which format the file has", help=f"add format: {formats}"
    )


def _check(form: Form) -> None:
    if len(form.delimiter) != 1 or form.delimiter in '\r\n\0"':
        raise BadTable(
            f"the delimiter {form.delimiter!r} is not one character", help="write ',', ';', '|' or \"\\t\""
        )
    if form.quote == form.delimiter:
        raise BadTable(f"quote and delimiter are both {form.quote!r}", help="write two different characters")
    if len(form.quote) > 1 or form.quote in ("\r", "\n", "\0"):
        raise BadTable(f"the quote {form.quote!r} is not one character", help="write '\"', or '' for none")
    if isinstance(form.header, bool) or form.header < 1:
        raise BadTable(f"header is {form.header}", help="write the number of the names' line, from 1")


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    known = {"utf-8-sig": "utf-8"}.get(known, known)
    if known not in ENCODINGS:
        near = get_close_matches(name.lower(), ENCODINGS, n=1)
        raise BadTable(
            f"{name!r} is no text encoding",
            help=f"did you mean {near[0]!r}?" if near else "write utf-8, utf-16, cp1252, iso8859-15 …",
        )
    return known


def size_of(path: Path) -> int:
    """Return the size of the file at *path* in bytes.

    Raises:
        BadTable: there is none, or it is no plain file.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise BadTable(f"{path} is no file", help="name a file, not a folder or device")
    return found.st_size


def unreadable(path: Path, error: OSError | ValueError) -> BadTable:
    """Return the system's *error* about reading *path* in the user's words."""
    if isinstance(error, FileNotFoundError):
        return BadTable(f"there is no file {path}", help="check its name and folder")
    reason = error.strerror if isinstance(error, OSError) else "its name is no file's name"
    return BadTable(f"{path} cannot be read: {reason}", help="check the file and its permissions")


def names_of(header: list[str], where: str) -> tuple[str, ...]:
    """Return the names of the columns; those without a name at the end are left out.

    Raises:
        BadTable: no name at all, an empty one before others, or one twice.
    """
    names = list(header)
    while names and not names[-1].strip():
        names.pop()
    if not names:
        raise BadTable(
            f"{where} has no names of columns", help="add header: with the number of the names' line"
        )
    for index, name in enumerate(names, start=1):
        if not name.strip():
            raise BadTable(
                f"{where}: column {index} has no name", help="give every column a name, or correct header:"
            )
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise BadTable(
            f"{where}: two columns are named {twice[0]!r}", help="rename one of them, or correct header:"
        )
    return tuple(names)


def flaw_of(count: int, names: tuple[str, ...]) -> tuple[str, str]:
    """Return flaw and cure of a row with *count* cells under *names*."""
    expected = f"{len(names)} cells, as the header has" if len(names) > 1 else "one cell, as the header has"
    more = "more" if count > len(names) else "fewer"
    help = (
        "put a cell that holds the delimiter in quotes"
        if more == "more"
        else "complete the row, or remove it"
    )
    return f"the row has {count} {'cell' if count == 1 else 'cells'}; expected {expected}", help
