"""``replace``: one text in the place of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, bounded, only_text, text_argument
from engine.scope import Scope
from engine.signatures import Given, from_text
from engine.types import Text, Type


def replace(value: Any, scope: Scope, old: Any, new: Any) -> str:
    """Return *value* with *new* wherever *old* stood."""
    text = only_text(value, "replace")
    bounded(len(text) + text.count(old) * (len(new) - len(old)), "replace")
    return text.replace(old, new)


def _refused(given: Mapping[str, Any]) -> str:
    return text_argument(given, "old", "'-'", empty=False) or text_argument(given, "new", "''")


def _replaced(text: Text, given: Given) -> Type:
    old, new = given.values.get("old"), given.values.get("new")
    if text.longest is None or not isinstance(old, str) or not isinstance(new, str):
        return Type(text=Text())
    longer = max(0, len(new) - len(old)) * (text.longest // len(old))
    return Type(text=Text(longest=text.longest + longer))


FILTER = Filter(
    Declaration(
        "replace",
        "Puts a text wherever another stands; both are taken as written, without patterns.",
        replace,
        examples=(
            (("US-4000", "replace('-', '')"), "US4000"),
            (("a.b.c", "replace(old='.', new='/')"), "a/b/c"),
        ),
        group="Text",
    ),
    checked=_refused,
    types=from_text("replace", replace, _replaced),
)
