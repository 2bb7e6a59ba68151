"""``slice``: the part of a text between two positions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter, only_text, whole_argument
from engine.scope import Scope
from engine.signatures import Given, Mistyped, from_text
from engine.types import Text, Type


def part(value: Any, scope: Scope, start: Any, end: Any = None) -> str:
    """Return the characters of *value* from *start* to before *end*; negative positions count from its end."""
    text = only_text(value, "slice")
    if start > len(text):
        raise BadValue(
            f"slice begins at {start}, behind the end of {money.shorten(text)!r} ({len(text)} characters)"
        )
    return text[start:end]


def _refused(given: Mapping[str, Any]) -> str:
    return whole_argument(given, "start") or whole_argument(given, "end")


def _part(text: Text, given: Given) -> Type:
    """Return the type of a part: at most as long as its positions leave of the longest text."""
    start, end, longest = given.whole("start"), given.whole("end"), text.longest
    if start is None or (end is None and "end" in given.types):
        return Type(text=Text(longest=longest))
    if longest is not None and start > longest:
        what = f"slice begins at {start}, and this has at most {longest} characters"
        raise Mistyped(what, "the first character is 0")
    bounds = [] if longest is None else [longest - max(start, 0) + min(end or 0, 0)]
    bounds += [] if longest is None else [longest]
    bounds += [-start] if start < 0 else []
    if end is not None:
        bounds += [end - start] if (start < 0) == (end < 0) else [end] if end >= 0 else []
    return Type(text=Text(longest=max(0, min(bounds)) if bounds else None))


FILTER = Filter(
    Declaration(
        "slice",
        "Gives the characters from one position to before another, or to the end; the first is 0, a negative one "
        "counts from the end. A text that ends before gives what it has; one that ends before the start is an error.",
        part,
        examples=(
            (("2026-11-22", "slice(0, 4)"), "2026"),
            (("4242424242424242", "slice(-4)"), "4242"),
            (("abc", "slice(0, 100)"), "abc"),
        ),
        group="Text",
    ),
    checked=_refused,
    types=from_text("slice", part, _part),
)
