"""``matches``: whether a regular expression finds something in a text."""

from __future__ import annotations

from typing import Any

from engine import patterns
from engine.declare import Declaration
from engine.filters import BadValue, Filter, only_text
from engine.filters.regex import refused
from engine.scope import Scope
from engine.signatures import from_text
from engine.types import BOOLEAN


def matches(value: Any, scope: Scope, pattern: Any) -> bool:
    """Tell whether *pattern* finds something in *value*."""
    try:
        return patterns.compile_pattern(pattern).search(only_text(value, "matches")) is not None
    except patterns.BadPattern as error:
        raise BadValue(str(error)) from error


FILTER = Filter(
    Declaration(
        "matches",
        "Tells whether a regular expression (in RE2's syntax) finds something anywhere in a text; ^ and $ make it the "
        "whole text.",
        matches,
        examples=((("INV-204", "matches('^INV-[0-9]+$')"), True), (("a INV-204", "matches('^INV')"), False)),
        group="Text",
    ),
    checked=refused,
    patterns=("pattern",),
    types=from_text("matches", matches, lambda text, given: BOOLEAN),
)
