"""``split``: the parts of a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, only_text, text_argument
from engine.scope import Scope
from engine.signatures import from_text
from engine.types import Text, Type, list_of


def split(value: Any, scope: Scope, sep: Any) -> list[str]:
    """Return the parts of *value* between each *sep*; a text without any character has no parts."""
    text = only_text(value, "split")
    return text.split(sep) if text else []


def _refused(given: Mapping[str, Any]) -> str:
    return text_argument(given, "sep", "', '", empty=False)


FILTER = Filter(
    Declaration(
        "split",
        "Cuts a text at each separator and gives the parts as a list, white space and empty parts as they are. An "
        "empty text gives an empty list.",
        split,
        examples=(
            (("a, b,c", "split(', ')"), ["a", "b,c"]),
            (("a;;b", "split(';')"), ["a", "", "b"]),
            (("", "split(',')"), []),
        ),
        group="Text",
    ),
    checked=_refused,
    types=from_text("split", split, lambda text, given: list_of(Type(text=Text(longest=text.longest)))),
)
