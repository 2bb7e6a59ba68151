"""Recipes of an older version of the language, rewritten into the present one.

A step from one version to the next is a pure function from data to changes; a further version is one more entry of
``STEPS``. The changes are made in the text, at the places that ``engine.source`` gives: comments, order, quotes,
indents, line ends and every other byte stay. (A round trip through a YAML library keeps comments, but sets spaces,
indents and escapes anew.) The new text is then read again, and must say exactly what the changes make of the data.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine import pointer, source
from engine.check import VERSION
from engine.diagnostics import Diagnostic, Span
from engine.errors import RecipeInvalid, UsageError
from engine.money import kind
from engine.source import Source

LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Rename:
    """The key at *place* gets another name."""

    place: str
    name: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The number at *place* becomes another, or text that needs no quotes but gets those of its key."""

    place: str
    value: int | str


@dataclass(frozen=True, slots=True)
class Wrap:
    """The entry at *place*, key and value, moves into a mapping of its own under the key *name*."""

    place: str
    name: str


Change = Rename | Rewrite | Wrap
Step = Callable[[Mapping[str, Any]], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Note:
    """What was changed in a line (from 1), for people."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Migration:
    """A recipe before and after.

    Attributes:
        version: The version of the language that it was written in.
        before: Its text as it lies on disk, with its line ends and byte order mark.
        after: The text in the present version; the same where nothing is to do.
        notes: What was changed, line by line.
    """

    path: str
    version: int
    before: str
    after: str
    notes: tuple[Note, ...] = ()


def migrate(text: str, path: str) -> Migration:
    """Return the recipe *text* in the present version of the language.

    Args:
        text: The file's text with its own line ends; a byte order mark is kept.
        path: How messages name the file.

    Raises:
        RecipeInvalid: its YAML has findings, or a new key stands there already.
        UsageError: it says no version, or one that is not known, or cannot be rewritten faithfully.
    """
    mark = BOM if text.startswith(BOM) else ""
    body = text.removeprefix(BOM)
    read = _read(body, path)
    written = version = _version(read)
    notes: list[Note] = []
    while version < VERSION:
        changes = [*STEPS[version](read.data), Rewrite("/version", version + 1)]
        wanted = _changed(read, read.data, "", {change.place: change for change in changes})
        notes += sorted((_note(read, change) for change in changes), key=lambda note: note.line)
        body = _edited(read, body, changes)
        read = _read_again(body, path, wanted)
        version += 1
    return Migration(path, written, text, mark + body, tuple(dict.fromkeys(notes)))


def replace(file: Path, text: str) -> None:
    """Put *text* in place of the content of *file*, all of it or nothing; its mode stays, and under root its owner.

    Raises:
        UsageError: it cannot be written; the file is as it was.
    """
    name = None
    try:
        file = file.resolve()  # a link stays one: what it leads to is replaced
        before = file.stat()
        handle, name = tempfile.mkstemp(prefix=f".{file.name[:100]}.", dir=file.parent)
        with os.fdopen(handle, "wb") as new:
            os.fchmod(new.fileno(), before.st_mode & 0o7777)
            with contextlib.suppress(PermissionError):  # only root may give a file away
                os.fchown(new.fileno(), before.st_uid, before.st_gid)
            new.write(text.encode("utf-8"))
            new.flush()
            os.fsync(new.fileno())
        Path(name).replace(file)
        name = None
        _sync(file.parent)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written: {error.strerror}", help="it is as it was; give the right to write"
        ) from error
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(body: str, path: str) -> Source:
    read = source.read(re.sub(r"\r\n?", "\n", body), path)
    if read.found:
        raise RecipeInvalid(sorted(read.found, key=read.locate), read)
    return read


def _read_again(body: str, path: str, wanted: Any) -> Source:
    """Return the new text as read; what it says must be what is wanted, number for number, key for key."""
    read = source.read(re.sub(r"\r\n?", "\n", body), path)
    if read.found or repr(read.data) != repr(wanted):
        raise UsageError(
            f"{path} cannot be rewritten without changing what it says; it is as it was",
            help="write out what *aliases stand for, put the value of timezone in quotes, and try again",
        )
    return read


def _version(read: Source) -> int:
    data = read.data
    if not isinstance(data, dict) or "version" not in data:
        raise UsageError(
            f"{read.path} says no version of the language, so it is no recipe that can be migrated",
            help="a recipe has a line such as version: 0; recipe check says what is wrong with it",
        )
    version = data["version"]
    if isinstance(version, bool) or not isinstance(version, int):
        raise UsageError(
            f"the version in {read.path} is a number such as {VERSION}, found {kind(version)}",
            help=f"write version: {VERSION}, or an older one, without quotes",
        )
    if version not in (*STEPS, VERSION):
        raise UsageError(
            f"{read.path} is written in version {version} of the language, and this engine knows 0 to {VERSION}",
            help="install an engine that knows it",
        )
    return version


def _changed(read: Source, node: Any, at: str, changes: Mapping[str, Change]) -> Any:
    """Return the data *node* with *changes*, by their places."""
    if isinstance(node, list):
        return [_changed(read, each, pointer.join(at, index), changes) for index, each in enumerate(node)]
    if not isinstance(node, dict):
        change = changes.get(at)
        return change.value if isinstance(change, Rewrite) else node
    made: dict[str, Any] = {}
    for key, each in node.items():
        place = pointer.join(at, key)
        value = _changed(read, each, place, changes)
        change = changes.get(place)
        name = change.name if isinstance(change, (Rename, Wrap)) else key
        if name in made or (name != key and name in node and pointer.join(at, name) not in changes):
            message = f"the key {key!r} becomes {name!r}, which stands here too"
            raise RecipeInvalid([Diagnostic("R004", place, message, "keep one of the two", "key")], read)
        made[name] = {key: value} if isinstance(change, Wrap) else value
    return made


def _edited(read: Source, body: str, changes: list[Change]) -> str:
    """Return *body* with *changes* made in its lines; every other byte stays."""
    edits = {edit for change in changes for edit in _edits(read, change)}
    lines = LINE.findall(body)
    for line, start, end, new in sorted(
        edits, reverse=True
    ):  # from the end, so that places before stay right
        old = lines[line - 1]
        lines[line - 1] = old[: start - 1] + new + old[end - 1 :]
    return "".join(lines)


def _edits(read: Source, change: Change) -> Iterator[tuple[int, int, int, str]]:
    """Yield line, columns and new text of what *change* does to the file."""
    match change:
        case Rename(place, name):
            span, old = read.keys[place], pointer.split(place)[-1]
            quote = _quote(read, span, old)
            yield span.line, span.column, span.end_column, f"{quote}{name}{quote}"
        case Rewrite(place, value):
            span = read.values[place]
            if _written(read, span) != str(pointer.value(read.data, place)):
                raise _unclear(read, span, "this number", "write it plainly, without anchor or alias")
            quote = _quote(read, read.keys[place], pointer.split(place)[-1]) if isinstance(value, str) else ""
            yield span.line, span.column, span.end_column, f"{quote}{value}{quote}"
        case Wrap(place, name):
            key, span = read.keys[place], read.values[place]
            quote = _quote(read, key, pointer.split(place)[-1])
            if not key.line == span.line == span.end_line:
                raise _unclear(read, key, "this entry", "write key and value in one line")
            yield key.line, key.column, key.column, f"{quote}{name}{quote}: {{"
            yield span.line, span.end_column, span.end_column, "}"


def _quote(read: Source, span: Span, name: str) -> str:
    """Return the quotes that the key *name* is written with."""
    written = _written(read, span)
    for quote in ("", "'", '"'):
        if written == f"{quote}{name}{quote}":
            return quote
    raise _unclear(read, span, f"the key {name!r}", "write it plainly, without anchor or escapes")


def _written(read: Source, span: Span) -> str:
    """Return the characters at *span*, or an empty text where it has several lines."""
    if span.line != span.end_line:
        return ""
    return read.lines[span.line - 1][span.column - 1 : span.end_column - 1]


def _unclear(read: Source, span: Span, what: str, cure: str) -> UsageError:
    return UsageError(f"{read.path}:{span.line}:{span.column}: {what} cannot be rewritten safely", help=cure)


def _note(read: Source, change: Change) -> Note:
    line, key = read.keys[change.place].line, pointer.split(change.place)[-1]
    match change:
        case Rename(_, name):
            return Note(line, f"{key} becomes {name}")
        case Rewrite(place, value):
            return Note(
                read.values[place].line, f"{key}: {pointer.value(read.data, place)} becomes {key}: {value}"
            )
        case Wrap(_, name):
            return Note(line, f"{key} moves into {name}")


# From version 0 to version 1: docs/commands.md has the table of words.
_TOP: Final = {"name": "recipe", "map": "mapping", "steps": "actions"}
_TRIGGER: Final = {"list": "poll", "id": "key"}
_MAP: Final = {"to": "target", "set": "fields"}
_ACTION: Final = {
    "name": "id", "id": "key", "call": "uses", "input": "with", "each": "for_each", "steps": "do",
}  # fmt: skip
_LOOP: Final = {"each": "for_each", "set": "map"}
_LOOPS: Final = ({"each", "set"}, {"when", "set"})


def _from_0(data: Mapping[str, Any]) -> Iterator[Change]:
    yield from _renamed(data, "", _TOP)
    if "timezone" in data:
        yield Wrap("/timezone", "settings")
    yield from _renamed(data.get("trigger"), "/trigger", _TRIGGER)
    every = data["trigger"].get("every") if isinstance(data.get("trigger"), dict) else None
    if isinstance(every, int) and not isinstance(every, bool):
        yield Rewrite("/trigger/every", f"{every}m")
    yield from _renamed(data.get("map"), "/map", _MAP)
    for holder, key in (("trigger", "with"), ("map", "set")):
        if isinstance(data.get(holder), dict):
            yield from _values(data[holder].get(key), f"/{holder}/{key}")
    yield from _values(data.get("reads"), "/reads")
    yield from _actions(data.get("steps"), "/steps")


def _renamed(node: Any, at: str, names: Mapping[str, str]) -> Iterator[Change]:
    if isinstance(node, dict):
        yield from (Rename(pointer.join(at, old), new) for old, new in names.items() if old in node)


def _actions(entries: Any, at: str) -> Iterator[Change]:
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        place = pointer.join(at, index)
        if isinstance(entry, dict):
            yield from _renamed(entry, place, _ACTION)
            yield from _values(entry.get("input"), f"{place}/input")
            yield from _actions(entry.get("steps"), f"{place}/steps")


def _values(node: Any, at: str) -> Iterator[Change]:
    """Yield the changes in a value: ``each`` and ``set`` are words only together; a field may have either name."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _values(each, pointer.join(at, index))
    if not isinstance(node, dict) or set(node) == {"literal"}:
        return
    if any(words <= set(node) <= words | {"when", "as"} for words in _LOOPS):
        yield from _renamed(node, at, _LOOP)
    for name, each in node.items():
        yield from _values(each, pointer.join(at, name))


STEPS: Final[Mapping[int, Step]] = {0: _from_0}
"""From each older version to the next."""
