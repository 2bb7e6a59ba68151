"""``text``: a number or a truth value as text."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, text_of
from engine.scope import Scope
from engine.signatures import Given, taken
from engine.types import TEXT, Type, join, of_values


def text(value: Any, scope: Scope) -> str:
    """Return *value* as it stands in text."""
    return text_of(value, "text")


def _types(type: Type, given: Given) -> Type:
    cure = "name the field that holds the text" if type.mapping else ""
    found = taken(type, "text", "text", "number", "boolean", help=cure)
    parts = [of_values(text_of(each, "text") for each in found.boolean), Type(text=found.text)]
    return join([*parts, TEXT] if found.number is not None else parts)


FILTER = Filter(
    Declaration(
        "text",
        "Writes a number, true or false as text: in plain decimals, without exponent. Text stays itself.",
        text,
        examples=(((1001, "text"), "1001"), ((True, "text"), "true"), (("00501", "text"), "00501")),
        group="Text",
    ),
    types=_types,
)
