"""``boolean``: text to true or false."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter, text_argument
from engine.money import kind
from engine.scope import Scope
from engine.signatures import Given, made_of, taken
from engine.types import BOOLEAN, Type, join, of_values


def boolean(value: Any, scope: Scope, true: Any = "true", false: Any = "false") -> bool:
    """Return true for the text *true* and false for the text *false*, as written; true and false stay themselves."""
    if true == false:
        raise BadValue(f"boolean takes two different words for true and false, both are {true!r}")
    if isinstance(value, bool):
        return value
    if value == true and isinstance(value, str):
        return True
    if value == false and isinstance(value, str):
        return False
    if not isinstance(value, str):
        cure = "; put text before it" if isinstance(value, int) else ""
        raise BadValue(f"boolean takes text, found {kind(value)}{cure}")
    cure = "state the words: boolean(true='Y', false='N')"
    raise BadValue(f"boolean takes {true!r} or {false!r}, found {money.shorten(value)!r}; {cure}")


def _refused(given: Mapping[str, Any]) -> str:
    wrong = text_argument(given, "true", "'Y'") or text_argument(given, "false", "'N'")
    if not wrong and len(given) == 2 and given["true"] == given["false"]:
        return f"boolean takes two different words for true and false, both are {given['true']!r}"
    return wrong


def _types(type: Type, given: Given) -> Type:
    cure = "put text before it" if type.number is not None else ""
    found = taken(type, "boolean", "text", "boolean", help=cure)
    if found.text is None:
        return found
    made = made_of(type, given, "boolean", boolean)
    return BOOLEAN if made is None else join([Type(boolean=found.boolean), of_values(made)])


FILTER = Filter(
    Declaration(
        "boolean",
        "Turns text into true or false: 'true' and 'false', or the words that are stated, exactly as written.",
        boolean,
        examples=((("true", "boolean"), True), ((["Y", "N"], "boolean(true='Y', false='N')"), [True, False])),
        group="Text",
    ),
    checked=_refused,
    types=_types,
)
