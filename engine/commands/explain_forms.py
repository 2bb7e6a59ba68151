"""The data map of a recipe as a table of Markdown, and as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from engine.commands.console import visible
from engine.commands.explain_text import origin_words, plain, source_text, taken, unread_text
from engine.explained import Explained, Input, Row, Section

HEADS: Final = ("Line", "Field", "Type", "Source", "Source type", "Transformation", "Under")
RULES: Final = ("Line", "Rule", "Source", "Source type", "Transformation", "Under")
SIGNS: Final = re.compile(r"[\\`*_{}\[\]<>#|~&!@]")
"""Signs that mean something in Markdown, or on GitHub."""


def markdown(made: Explained, level: int = 2) -> str:
    """Return the data map of one recipe as Markdown that GitHub shows, its headings from *level* on."""
    return visible("\n".join(_lines(made, level)))


def data(made: Explained) -> dict[str, Any]:
    """Return the data map of one recipe as plain JSON data; ``docs/explain.md`` tells its shape, which is kept."""
    called = {"recipe": made.caller, "action": made.action} if made.caller else None
    return {
        "recipe": made.recipe,
        "summary": made.summary,
        "file": made.file,
        "called_by": called,
        "records": made.records,
        "sections": [_section_data(section) for section in made.sections],
        "rules": [{"rule": row.target, **_row_data(row)} for row in made.rules],
        "unread": [
            {"origin": each.origin, "fields": each.fields, "unread": each.unread} for each in made.unread
        ],
    }


def _section_data(section: Section) -> dict[str, Any]:
    rows = [
        {
            "field": row.target,
            "type": row.type,
            "required": row.is_required,
            "about": row.about,
            **_row_data(row),
        }
        for row in section.rows
    ]
    unwritten = list(section.unwritten)
    return {"place": section.place, "target": section.target, "rows": rows, "unwritten": unwritten}


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "sources": [_input_data(each) for each in row.inputs],
        "transformation": row.transformation,
        "notes": list(row.notes),
        "under": list(row.under),
        "gives": row.gives,
        "file": row.file,
        "line": row.line,
    }


def _input_data(input: Input) -> dict[str, Any]:
    return {
        "kind": input.kind,
        "written": input.written,
        "path": input.path,
        "origin": input.origin,
        "type": input.type,
        "may_be_null": input.may_be_null,
        "may_be_absent": input.may_be_absent,
        "about": input.about,
    }


def _lines(made: Explained, level: int) -> Iterator[str]:
    called = f", called by {_code(made.caller)} (action {_code(made.action)})" if made.caller else ""
    yield f"{'#' * level} {_plain(made.recipe)}"
    yield ""
    yield f"{_code(made.file)}{called}. {_plain(made.summary)}".rstrip()
    yield ""
    yield f"Records: {_code(made.records)}"
    for section in made.sections:
        yield ""
        yield f"{'#' * (level + 1)} {_plain(section.place)}: {_plain(section.target)}"
        yield ""
        yield from _table(HEADS, section.rows, made.file)
        if section.unwritten:
            yield ""
            yield f"Nothing writes {', '.join(map(_code, section.unwritten))}."
    if made.rules:
        yield ""
        yield f"{'#' * (level + 1)} Keys, lists, conditions and texts"
        yield ""
        yield from _table(RULES, made.rules, made.file)
    for each in made.unread:
        yield ""
        yield _plain(unread_text(each))


def _table(heads: Sequence[str], rows: Sequence[Row], file: str) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        line = str(row.line) if row.file == file else f"{_plain(row.file)}:{row.line}"
        type = [_plain(taken(row))] if heads is HEADS else []
        cells = [line, _code(row.target) if row.target else "(the whole)", *type, *_made(row)]
        yield f"| {' | '.join(cells)} |"


def _made(row: Row) -> list[str]:
    """Return the cells of source, source type, transformation and what stands around it."""
    sources = [_code(source_text(each)) for each in row.inputs] or ["reads nothing"]
    types = []
    for each in row.inputs:
        about = f": {_plain(each.about)}" if each.about and each.kind != "lookup" else ""
        types.append(_plain("; ".join(origin_words(each))) + about)
    made = [_code(row.transformation) if row.transformation else plain(row), *map(_plain, row.notes)]
    return ["<br>".join(each) for each in (sources, types, made, [_code(each) for each in row.under])]


def _plain(text: str) -> str:
    """Return *text* as Markdown shows it as it is, on one line."""
    return SIGNS.sub(
        lambda sign: "\\" + sign.group() if sign.group() != "|" else "&#124;", " ".join(text.split())
    )


def _code(text: str) -> str:
    """Return *text* as code in a cell of a table, on one line."""
    text = " ".join(text.split())
    if (
        "\\|" in text or text.startswith("`") or text.endswith("`")
    ):  # no sign in front of a bar is left alone there
        return f"<code>{re.sub(r'[^A-Za-z0-9 ]', lambda sign: f'&#{ord(sign.group())};', text)}</code>"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence}{text.replace('|', chr(92) + '|')}{fence}"
