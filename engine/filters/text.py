"""``text``: a number or a truth value as text."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, text_of
from engine.scope import Scope


def text(value: Any, scope: Scope) -> str:
    """Return *value* as it stands in text."""
    return text_of(value, "text")


FILTER = Filter(
    Declaration(
        "text",
        "Writes a number, true or false as text: in plain decimals, without exponent. Text stays itself.",
        text,
        examples=(((1001, "text"), "1001"), ((True, "text"), "true"), (("00501", "text"), "00501")),
        group="Text",
    )
)
