"""``length``: how many characters a text has."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import BadValue, Filter, only_text
from engine.scope import Scope
from engine.signatures import from_text
from engine.types import WHOLE


def length(value: Any, scope: Scope) -> int:
    """Return the number of characters (Unicode code points) of *value*."""
    if isinstance(value, dict):
        raise BadValue("length takes text, found a mapping; elements of a list are counted by count")
    return len(only_text(value, "length"))


FILTER = Filter(
    Declaration(
        "length",
        "Counts the characters of a text. The elements of a list are counted by count.",
        length,
        examples=((("Zürich", "length"), 6), ((["a", "bc"], "length"), [1, 2])),
        group="Text",
    ),
    types=from_text("length", length, lambda text, given: WHOLE),
)
