"""Reads JSON and JSON Lines: numbers exact, each record with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from engine import canonical
from engine.money import kind
from engine.paths import MISSING, RECORD
from engine.tables.csvfile import MAX_LINE, undecodable
from engine.tables.form import BadTable, Form, Row, size_of, unreadable

MAX_JSON: Final = 512_000_000
"""Bytes of a JSON file, which is read as a whole."""


def rows(path: Path, form: Form) -> Iterator[Row]:
    """Yield the records of a JSON file; see :func:`engine.tables.rows`."""
    if size_of(path) > MAX_JSON:
        raise BadTable(
            f"{path.name} is larger than 512 MB",
            help="split it, or use JSON Lines, which is read line by line",
        )
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        document = canonical.decode_once(data)
    except canonical.RepeatedKey as error:
        raise BadTable(f"{path.name}: {error}", help="leave one of the two") from error
    except canonical.NotJson as error:
        place = f", line {error.line}, column {error.column}" if error.line else ""
        raise BadTable(f"{path.name}{place}: {_slip(error)}", help="correct the JSON there") from error
    for number, record in enumerate(_records(document, path, form), start=1):
        yield Row(record, f"entry {number}", canonical.encode(record))


def lines(path: Path, form: Form) -> Iterator[Row]:
    """Yield the records of a JSON Lines file; see :func:`engine.tables.rows`."""
    size_of(path)
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(iter(partial(file.readline, MAX_LINE + 1), b""), start=1):
                if len(raw) > MAX_LINE:
                    raise BadTable(
                        f"{path.name}, line {number} is longer than 16 MB",
                        help="check that this is JSON Lines, one record a line; else add format: json",
                    )
                text = _decoded(raw, path, form.encoding)
                text = text.removeprefix("\ufeff") if number == 1 else text
                if text.strip():
                    yield _row(text, f"line {number}", raw)
    except OSError as error:
        raise unreadable(path, error) from error


def _decoded(raw: bytes, path: Path, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise undecodable(path, encoding) from error


def _row(text: str, place: str, raw: bytes) -> Row:
    data = text.encode()
    try:
        return Row(canonical.decode_once(data), place, raw)
    except canonical.RepeatedKey as error:
        return Row(None, place, raw, str(error), "leave one of the two")
    except canonical.NotJson as error:
        found = f"{_slip(error)} at column {error.column}" if error.line else _slip(error)
        return Row(None, place, raw, found, "correct the line, which holds one JSON value")


def _slip(error: canonical.NotJson) -> str:
    """Return what is wrong, with what stands there."""
    return f"{error.sign} is no JSON: {error.reason}" if error.sign else error.reason


def _records(document: Any, path: Path, form: Form) -> list[Any]:
    found = document if form.records is None else form.records.select({RECORD: document})
    if isinstance(found, list):
        return found
    if form.takes_one and isinstance(found, dict):
        return [found]
    here = form.records.text if form.records is not None else "the file"
    if found is MISSING:
        raise BadTable(f"{path.name}: {here} finds nothing", help=_lists(document))
    raise BadTable(f"{path.name}: {here} is {kind(found)}, not a list of records", help=_lists(document))


def _lists(document: Any) -> str:
    """Return where the lists of *document* are."""
    if isinstance(document, list):
        return "leave records: out, the file itself is a list"
    names = (
        [name for name, value in document.items() if isinstance(value, list)]
        if isinstance(document, dict)
        else []
    )
    if not names:
        return "add records: with the path of the list"
    plain = [
        f"$.{name}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f"$['{name}']" for name in names
    ]
    return f"add records: {' or '.join(plain[:5])}"
