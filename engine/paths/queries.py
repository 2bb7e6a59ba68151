"""From a query's text to its segments: the plain parts are read here, all else by the grammar.

The grammar stands on a library that takes as long to load as all of a small check; most recipes do without it.
"""

from __future__ import annotations

import re
from typing import Final

from engine.paths.syntax import Comparison, Every, Filter, Literal, Query, Segment

NAME: Final = r"\.[A-Za-z_][A-Za-z0-9_]*"
TEST: Final = rf"\[\?@((?:{NAME})+) ?(==|!=) ?(?:'([A-Za-z0-9_ -]*)'|(true|false|null))\]"
"""The filter of most recipes: one field beside a text without signs that mean something, or true, false or null."""
POSITION: Final = r"\[(0|[1-9][0-9]{0,9})\]"
PLAIN: Final = re.compile(rf"\$(?:{NAME}|{POSITION}|\[\*\]|{TEST})*")
STEP: Final = re.compile(rf"({NAME})|{POSITION}|\[\*\]|{TEST}")
WORDS: Final = {"true": True, "false": False, "null": None}


def segments(query: str, offset: int) -> tuple[Segment, ...]:
    """Return the segments of *query*, which begins with ``$``.

    Args:
        query: An RFC 9535 query.
        offset: Added to the place of an error.

    Raises:
        BadPath: it is none.
    """
    if PLAIN.fullmatch(query):
        return tuple(_segment(found) for found in STEP.finditer(query))
    from engine.paths.grammar import parse

    return parse(query, offset)


def _segment(found: re.Match[str]) -> Segment:
    name, index, field, operator, text, word = found.groups()
    if name is not None:
        return Segment((name[1:],), False, found.start())
    if index is not None:
        return Segment((int(index),), False, found.start())
    if field is None:
        return Segment((Every(),), False, found.start())
    steps = tuple(
        Segment((step.group()[1:],), False, found.start(3) + step.start())
        for step in re.finditer(NAME, field)
    )
    literal = Literal(WORDS[word] if word is not None else text)
    at = found.start(3) - 1
    written = found.string[at : found.end() - 1].strip()
    test = Comparison(Query(False, steps), operator, literal, written, at)
    return Segment((Filter(test),), False, found.start())
