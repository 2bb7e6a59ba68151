"""Reads JSON and JSON Lines of any size: numbers exact, each record with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from engine import canonical
from engine.money import kind
from engine.paths import MISSING, RECORD
from engine.tables.csvfile import MAX_LINE, undecodable
from engine.tables.form import BadTable, Form, Row, size_of, unreadable
from engine.tables.jsonwindow import Fault, Repeated, TooLarge, Window, said

MAX_JSON: Final = 512_000_000
"""Bytes of a JSON file from all of which a path selects."""
SHOWN: Final = 5
"""Lists of a file that are offered."""


def rows(path: Path, form: Form) -> Iterator[Row]:
    """Yield the records of a JSON file; see :func:`engine.tables.rows`.

    A list that is the file itself, or stands under plain names, is gone through record by record in flat memory. A
    slip behind some records is told once these were given. For any other path the file is read as a whole.
    """
    size = size_of(path)
    try:
        with path.open("rb") as file:
            names = _names(form)
            if names is not None:
                records = _Walk(file, path, form, names).records()
            else:
                records = iter(_selected(file, size, path, form))
            for number, record in enumerate(records, start=1):
                yield Row(record, f"entry {number}", canonical.encode(record))
    except OSError as error:
        raise unreadable(path, error) from error


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
        found = f"{said(error)} at column {error.column}" if error.line else said(error)
        return Row(None, place, raw, found, "correct the line, which holds one JSON value")


def _names(form: Form) -> tuple[str, ...] | None:
    """Return the names under which the list stands; None where it is selected in another way."""
    path = form.records
    if path is None:
        return ()
    return (
        path.names if path.root == RECORD and path.is_single and len(path.names) == len(path.steps) else None
    )


class _Walk:
    """Goes through a JSON file to its end, and gives the records of the list on its way."""

    def __init__(self, file: BinaryIO, path: Path, form: Form, names: tuple[str, ...]) -> None:
        self._path, self._form, self._names = path, form, names
        self._window = Window(file)
        self._lists: list[str] = []
        self._is_list = self._is_found = False
        self._what = ""
        self._entry = 0  # which one is at hand; 0 outside of the list

    def records(self) -> Iterator[Any]:
        window, name = self._window, self._path.name
        try:
            if not window.peek():
                raise BadTable(
                    f"{name} is empty", help="a JSON file holds a list of records, as in [{…}, {…}]"
                )
            self._is_list = window.peek() == b"["
            yield from self._under(self._names)
            window.end()
        except Fault as fault:
            at = f" (entry {self._entry})" if self._entry else ""
            where = f"{name}, line {fault.line}, column {fault.column}{at}"
            raise BadTable(f"{where}: {fault.reason}", help=_cure(fault)) from fault
        here = self._form.records.text if self._form.records is not None else "the file"
        if not self._is_found:
            raise BadTable(f"{name}: {here} finds nothing", help=_offered(self._lists, is_list=self._is_list))
        if self._what:
            raise BadTable(
                f"{name}: {here} is {self._what}, not a list of records",
                help=_offered(self._lists, is_list=self._is_list),
            )

    def _under(self, names: tuple[str, ...], depth: int = 0) -> Iterator[Any]:
        """Go through the value here, and yield the records of the list that stands under *names* in it."""
        window = self._window
        sign = window.peek()
        if not names and sign != b"[" and (sign != b"{" or self._form.takes_one):
            yield from self._one()
        elif not names and sign == b"[":
            yield from self._listed()
        elif sign == b"{":
            self._is_found = not names
            self._what = "" if names else "a mapping"
            for key in window.members():
                if not depth and window.peek() == b"[" and len(self._lists) < SHOWN:
                    self._lists.append(key)
                if names and key == names[0]:
                    yield from self._under(names[1:], depth + 1)
                else:
                    window.skip()
        else:
            window.skip()

    def _listed(self) -> Iterator[Any]:
        self._is_found = True
        self._entry = 1
        for value in self._window.elements():
            yield self._window.checked(value)
            self._entry += 1
        self._entry = 0

    def _one(self) -> Iterator[Any]:
        """Yield the one record that stands in place of a list, or take note of what does."""
        self._is_found = True
        found = self._window.checked(self._window.value())
        if isinstance(found, dict):
            yield found
        else:
            self._what = kind(found)


def _selected(file: BinaryIO, size: int, path: Path, form: Form) -> list[Any]:
    """Return the records that a path with more than names selects from the whole file."""
    if form.records is None:
        raise AssertionError("a file without a path is a list, which is gone through")
    if size > MAX_JSON:
        raise BadTable(
            f"{path.name} is larger than 512 MB, and {form.records.text} selects from all of it",
            help="name the list alone, as $.data.orders does, and choose with the trigger's when",
        )
    try:
        document = canonical.decode_once(file.read().removeprefix(b"\xef\xbb\xbf"))
    except canonical.RepeatedKey as error:
        raise BadTable(f"{path.name}: {error}", help="leave one of the two") from error
    except canonical.NotJson as error:
        place = f", line {error.line}, column {error.column}" if error.line else ""
        raise BadTable(f"{path.name}{place}: {said(error)}", help="correct the JSON there") from error
    found = form.records.select({RECORD: document})
    if isinstance(found, list):
        return found
    if form.takes_one and isinstance(found, dict):
        return [found]
    what = "finds nothing" if found is MISSING else f"is {kind(found)}, not a list of records"
    lists = (
        [key for key, value in document.items() if isinstance(value, list)]
        if isinstance(document, dict)
        else []
    )
    raise BadTable(
        f"{path.name}: {form.records.text} {what}", help=_offered(lists, is_list=isinstance(document, list))
    )


def _cure(fault: Fault) -> str:
    if isinstance(fault, TooLarge):
        return "add records: with the path of the list, if this value holds it; a record is smaller"
    if fault.is_early:
        return "get the file anew, as it seems cut short, or correct the JSON there"
    return "leave one of the two" if isinstance(fault, Repeated) else "correct the JSON there"


def _offered(lists: list[str], *, is_list: bool) -> str:
    """Return where the lists of a file are."""
    if is_list:
        return "leave records: out, the file itself is a list"
    plain = [
        f"$.{name}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f"$['{name}']"
        for name in lists[:SHOWN]
    ]
    return f"add records: {' or '.join(plain)}" if plain else "add records: with the path of the list"
