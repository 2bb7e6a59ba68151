"""Plain tables for people: columns by display width, amounts to the right."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: int = 2) -> str:
    """Return *rows* as aligned columns.

    Args:
        right: Indexes of the columns that stand to the right.
        indent: Spaces before each line.
    """
    widths = [max(width(row[index]) for row in rows) for index in range(len(rows[0]))] if rows else []
    lines = []
    for row in rows:
        cells = [
            " " * (size - width(cell)) + cell if index in right else cell + " " * (size - width(cell))
            for index, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((" " * indent + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def width(text: str) -> int:
    """Return how many columns *text* takes on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def cut(text: str, most: int) -> str:
    """Return *text* on one line, cut to *most* columns with an ellipsis."""
    text = " ".join(text.split())
    if width(text) <= most:
        return text
    while width(text) > most - 1:
        text = text[:-1]
    return text + "…"
