"""From a query's text to its segments: names, positions and ``[*]`` are read here, all else by the grammar.

The grammar stands on a library that takes as long to load as all of a small check; most recipes do without it.
"""

from __future__ import annotations

import re
from typing import Final

from engine.paths.syntax import Every, Segment

PLAIN: Final = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:0|[1-9][0-9]{0,9}|\*)\])*")
STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]|\[\*\]")


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
    name, index = found.groups()
    selector = name if name is not None else int(index) if index is not None else Every()
    return Segment((selector,), False, found.start())
