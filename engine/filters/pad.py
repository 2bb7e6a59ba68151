"""``pad``: a text filled up to a width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.declare import Declaration
from engine.filters import MAX_TEXT, Filter, only_text, text_argument, whole_argument
from engine.scope import Scope
from engine.signatures import Given, from_text
from engine.types import Text, Type

SIDES: Final = ("left", "right")


def pad(value: Any, scope: Scope, width: Any, fill: Any, side: Any = "left") -> str:
    """Return *value* with as many *fill* on its *side* as make it *width* characters long."""
    text = only_text(value, "pad")
    return text.rjust(width, fill) if side == "left" else text.ljust(width, fill)


def _refused(given: Mapping[str, Any]) -> str:
    if wrong := whole_argument(given, "width") or text_argument(given, "fill", "'0'"):
        return wrong
    if not 0 <= given.get("width", 0) <= MAX_TEXT:
        return f"width is from 0 to {MAX_TEXT:,}, found {given['width']}"
    if len(given.get("fill", "0")) != 1:
        return "fill takes one character, such as '0'"
    if given.get("side", "left") not in SIDES:
        return "side is 'left' or 'right'"
    return ""


def _padded(text: Text, given: Given) -> Type:
    width = given.whole("width")
    longest = None if text.longest is None or width is None else max(text.longest, width)
    return Type(text=Text(longest=longest))


FILTER = Filter(
    Declaration(
        "pad",
        "Fills a text up to a width with one character, on its left unless side='right'. A longer text stays as it is; "
        "numbers go through text first.",
        pad,
        examples=(
            (("42", "pad(6, '0')"), "000042"),
            (("ab", "pad(4, '.', side='right')"), "ab.."),
            ((42, "text | pad(6, '0')"), "000042"),
        ),
        group="Text",
    ),
    checked=_refused,
    types=from_text("pad", pad, _padded),
)
