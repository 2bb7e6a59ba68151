"""Comparisons whose outcome is known before a record comes."""

from __future__ import annotations

from typing import Final

from engine.diagnostics import suggest
from engine.types import Type, described, quoted

EQUALITY: Final = ("==", "!=")


def settled(left: Type, operator: str, right: Type) -> tuple[str, str] | None:
    """Return why ``left operator right`` has the same outcome for every record, with a cure; None where it has not.

    Args:
        operator: One of ``== != < <= > >=``.
    """
    if left.is_any or right.is_any or not left.kinds or not right.kinds:
        return None
    if {"null"} in (left.kinds, right.kinds):  # to ask for null where none can be is careful, not wrong
        return None
    common = left.kinds & right.kinds
    if operator not in EQUALITY:
        common &= {"text", "number"}
    outcome = "always holds" if operator == "!=" else "never holds"
    if not common:
        cure = ""
        if {"text", "number"} <= left.kinds | right.kinds:
            cure = "turn the text into a number first: | money or | number; or compare with a text in quotes"
        return f"{described(left)} {operator} {described(right)} {outcome}", cure
    if common == {"text"} and operator in EQUALITY and left.text is not None and right.text is not None:
        one, two = left.text.values, right.text.values
        if one is not None and two is not None and not one & two:
            few, many = sorted((one, two), key=len)
            cure = suggest(next(iter(few)), many) if len(few) == 1 else ""
            return f"{quoted(few)} is none of its values, so this {outcome}", cure or f"it is {quoted(many)}"
    if common == {"boolean"} and operator in EQUALITY and not left.boolean & right.boolean:
        return f"{described(left)} {operator} {described(right)} {outcome}", ""
    return None
