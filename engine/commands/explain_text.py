"""The data map of a recipe as people read it on a terminal: columns that fit 100 characters, wrapped and never cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from engine.commands.console import visible
from engine.commands.tables import width
from engine.explained import Explained, Input, Row, Section, Unread

WIDTH: Final = 100
SIZES: Final = (5, 24, 36, 29)
"""Columns of the table: line, field, source, transformation; two spaces stand between them."""
HEADS: Final = ("line", "field", "source", "transformation")
RULES: Final = ("line", "rule", "source", "transformation")
MOST: Final = 3 * SIZES[3]
"""Characters of a transformation that stand in its column; a longer one has lines of its own."""
STEPS: Final = re.compile(r"(?<=[^\s.\[@$])(?=[.\[])")
"""Where a word may be broken that no line holds: before a step of a path."""


def text(made: Explained) -> str:
    """Return the data map of one recipe."""
    return visible("\n".join(_lines(made)))


def _lines(made: Explained) -> Iterator[str]:
    called = f", called by {made.caller} (action {made.action})" if made.caller else ""
    yield from wrapped(f"{made.recipe}: {made.file}{called}", WIDTH)
    if made.summary:
        yield from wrapped(made.summary, WIDTH)
    yield from wrapped(f"Records: {made.records}", WIDTH)
    for section in made.sections:
        yield ""
        yield from _section(section, made.file)
    if made.rules:
        yield ""
        yield "Keys, lists, conditions and texts"
        yield from _table(made.rules, RULES, made.file)
    if made.unread:
        yield ""
    for each in made.unread:
        yield from wrapped(unread_text(each), WIDTH)


def _section(section: Section, file: str) -> Iterator[str]:
    yield from wrapped(f"{section.place}: {section.target}", WIDTH)
    yield from _table(section.rows, HEADS, file)
    if section.unwritten:
        yield ""
        yield from indented(f"Nothing writes {', '.join(section.unwritten)}.", 2)


def _table(rows: Sequence[Row], heads: Sequence[str], file: str) -> Iterator[str]:
    under: tuple[str, ...] = ()
    place = file
    yield from _row([[head] for head in heads])
    for row in rows:
        if row.file != place:
            place = row.file
            yield from indented(f"lines of {place}", 2)
        if row.under != under and heads is HEADS:
            under = row.under
            yield ""
            for depth, each in enumerate(under or ("for every record",)):
                yield from indented(" ".join(each.split()), 2 + 2 * depth)
        yield from _cells(row, is_rule=heads is RULES)


def _cells(row: Row, *, is_rule: bool) -> Iterator[str]:
    field = wrapped(row.target or "(the whole)", SIZES[1])
    if told := taken(row):
        field += indented(told, 2, SIZES[1])
    source: list[str] = []
    for each in row.inputs:
        source += wrapped(source_text(each), SIZES[2])
        source += indented("; ".join(origin_words(each)), 2, SIZES[2])
        if each.about and each.kind != "lookup":
            source += indented(f"“{each.about}”", 2, SIZES[2])
    made = " ".join(row.transformation.split())
    is_long = width(made) > MOST
    source = source or ["reads nothing"]
    last = wrapped("see below" if is_long else made or plain(row), SIZES[3])
    for note in row.notes:
        last += indented(note, 2, SIZES[3])
    yield from _row([[str(row.line)], field, source, last])
    if is_long:
        yield from indented(made, 2 + SIZES[0] + 2)
    if is_rule and row.under:
        yield from indented(", ".join(" ".join(each.split()) for each in row.under), 2 + SIZES[0] + 2)


def _row(cells: Sequence[Sequence[str]]) -> Iterator[str]:
    for number in range(max(map(len, cells))):
        parts = [cell[number] if number < len(cell) else "" for cell in cells]
        first = " " * (SIZES[0] - width(parts[0])) + parts[0]
        rest = [part + " " * (size - width(part)) for part, size in zip(parts[1:], SIZES[1:], strict=True)]
        yield "  ".join([first, *rest]).rstrip()


def plain(row: Row) -> str:
    """Return what is said of a row without a transformation."""
    if not row.inputs or all(each.kind == "constant" for each in row.inputs):
        return "constant"
    return "as it is"


def source_text(input: Input) -> str:
    """Return where *input* is read, as a path from the root of its origin where one leads there."""
    return f"lookup {input.written}" if input.kind == "lookup" else input.path or input.written


def origin_words(input: Input) -> list[str]:
    """Return the type of *input* in words, and where it comes from."""
    if input.kind == "constant":
        return [input.type]
    if input.kind == "lookup":
        return [each for each in (input.about, f"giving {input.type}" if input.type else "") if each]
    told = input.type or "type not stated"
    if input.may_be_null and told != "null":
        told += " or null"
    told += ", may be absent" if input.may_be_absent else ""
    return [told, f"from {input.origin}"]


def unread_text(unread: Unread) -> str:
    """Return how much of a source nothing reads."""
    if not unread.unread:
        return f"All of the {unread.fields} fields of {unread.origin} are read, or handed on with what holds them."
    return f"Nothing reads {unread.unread} of the {unread.fields} fields of {unread.origin}."


def taken(row: Row) -> str:
    """Return what the target takes, and whether it has to have it."""
    required = "" if row.is_required is None else "required" if row.is_required else "optional"
    return ", ".join(each for each in (row.type, required) if each)


def indented(text: str, spaces: int, size: int = WIDTH) -> list[str]:
    """Return *text* in lines of *size* columns that begin with *spaces*."""
    return [" " * spaces + line for line in wrapped(text, size - spaces)]


def wrapped(text: str, size: int) -> list[str]:
    """Return *text* in lines of at most *size* columns, broken at white space, and inside a word that no line holds."""
    lines = [""]
    for word in text.split():
        if lines[-1] and width(lines[-1]) + 1 + width(word) <= size:
            lines[-1] += f" {word}"
            continue
        parts = STEPS.split(word) if width(word) > size else [word]
        lines += parts[:1]
        for part in parts[1:]:
            if width(lines[-1]) + width(part) <= size:
                lines[-1] += part
            else:
                lines.append(part)
    return [piece for line in lines[1:] or lines for piece in _cut(line, size)]


def _cut(line: str, size: int) -> Iterator[str]:
    while width(line) > size:
        fits = next(at for at in range(len(line), 0, -1) if width(line[:at]) <= size)
        yield line[:fits]
        line = line[fits:]
    yield line
