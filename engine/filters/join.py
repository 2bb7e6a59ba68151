"""``join``: the elements of a list as one text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.declare import Declaration
from engine.filters import BadValue, Filter, bounded, text_argument, text_of
from engine.scope import Scope
from engine.signatures import ENTRY, Given, taken
from engine.types import TEXT, Type


def join(values: list[Any], scope: Scope, sep: Any) -> str:
    """Return the elements as they stand in text, *sep* between them."""
    parts = []
    length = -len(sep)
    for index, value in enumerate(values, 1):
        try:
            parts.append(text_of(value, "join"))
        except BadValue as error:
            raise BadValue(f"{error} (entry {index} of the list)") from error
        length += len(parts[-1]) + len(sep)
        bounded(length, "join")
    return str(sep).join(parts)


def _refused(given: Mapping[str, Any]) -> str:
    return text_argument(given, "sep", "', '")


def _types(type: Type, given: Given) -> Type:
    cure = "leave null out, as in $.tags[?@ != null]" if type.element.null else ""
    taken(type.element, "join", "text", "number", "boolean", help=cure, what=ENTRY)
    return TEXT


FILTER = Filter(
    Declaration(
        "join",
        "Makes one text of a list, with the separator between its elements: text, numbers, true and false. Null is an "
        "error.",
        join,
        examples=(((["a", 1], "join(', ')"), "a, 1"), (([], "join(', ')"), "")),
        group="Lists",
    ),
    takes="list",
    checked=_refused,
    types=_types,
)
