"""Comparisons whose outcome is known before a record comes."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.diagnostics import suggest
from engine.types import FORMATS, Text, Type, described, quoted

EQUALITY: Final = ("==", "!=")
WRITTEN: Final = {
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII),
    "date-time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9].*", re.ASCII),
}
"""How text of a format looks at least; what does not is never equal to it."""
EXAMPLES: Final = {"date": "2026-01-31", "date-time": "2026-01-31T09:30:00Z"}
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def possible(type: Type) -> frozenset[Any] | None:
    """Return every value that one of *type* can be; None where that is not known, or where it may be absent."""
    if type.is_any or type.lack is not None or type.kinds - {"text", "boolean", "null"}:
        return None
    texts: frozenset[str] | None = frozenset()
    if type.text is not None:
        texts = None if type.text.is_part else type.text.values
    return None if texts is None else texts | type.boolean | (frozenset({None}) if type.null else frozenset())


def is_same(left: Type, right: Type) -> bool:
    """Tell whether values of both types are always equal: each can be but one, and not null, for which one may ask."""
    values = possible(left)
    return values is not None and len(values) == 1 and None not in values and values == possible(right)


def settled(left: Type, operator: str, right: Type, *, in_path: bool = False) -> tuple[str, str] | None:
    """Return why ``left operator right`` has the same outcome for every record, with a cure; None where it has not.

    Args:
        operator: One of ``== != < <= > >=``.
        in_path: Whether it stands in a filter of a path, where nothing turns text into a number.
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
        says = {"==": "is never equal to", "!=": "is never equal to"}.get(operator, "has no order with")
        so = (
            f": {operator} always holds"
            if operator == "!="
            else ""
            if operator == "=="
            else f": {operator} never holds"
        )
        return f"{described(left)} {says} {described(right)}{so}", _cure(left, right, in_path)
    if common == {"text"} and operator in EQUALITY and left.text is not None and right.text is not None:
        one, two = left.text.values, right.text.values
        if left.text.is_part or right.text.is_part:
            return None
        if one is not None and two is not None and not one & two:
            few, many = sorted((one, two), key=len)
            cure = suggest(next(iter(few)), many) if len(few) == 1 else ""
            return f"{quoted(few)} is none of its values, so this {outcome}", cure or f"it is {quoted(many)}"
        if found := _of_other_format(left.text, right.text, outcome, in_path):
            return found
    if common == {"boolean"} and operator in EQUALITY and not left.boolean & right.boolean:
        return f"{described(left)} {operator} {described(right)} {outcome}", ""
    return None


def _of_other_format(left: Text, right: Text, outcome: str, in_path: bool) -> tuple[str, str] | None:
    """Return why two texts are never equal of which one is a day or an instant; a look for an empty one is careful."""
    for one, two in ((left, right), (right, left)):
        if one.format not in WRITTEN or one.values is not None:
            continue
        written = two.values or frozenset()
        help = f"such text is written {EXAMPLES[one.format]}"
        if one.format == "date-time" and not in_path:
            help = (
                "take the day of the instant first: | date; or compare it with text such as "
                + EXAMPLES["date-time"]
            )
        if written and not any(not each or WRITTEN[one.format].fullmatch(each) for each in written):
            return f"{quoted(written)} is not {FORMATS[one.format]}, so this {outcome}", help
        if two.format in WRITTEN and two.format != one.format and one.format == "date-time":
            return f"{FORMATS[one.format]} is never equal to {FORMATS[two.format]}, so this {outcome}", help
    return None


def _cure(left: Type, right: Type, in_path: bool) -> str:
    """Return what makes values of the two types comparable."""
    text = left if left.text is not None else right
    other = right if text is left else left
    written = text.text.values if text.text is not None else None
    if written is not None and len(written) == 1:
        if other.number is not None and NUMBER.fullmatch(next(iter(written))):
            return "write the number without quotes"
        if other.boolean and written <= {"true", "false"}:
            return "write true or false without quotes"
    format = text.text.format if text.text is not None else ""
    if format in FORMATS and format != "money":
        return f"compare it with {FORMATS[format]} in quotes"
    if text.text is not None and other.number is not None:
        if in_path:
            return "compare text with text in quotes; amounts are compared in a when: {{ item.amount | money > 0 }}"
        return "turn the text into a number first: | money or | number; or compare with a text in quotes"
    if left.list is not None or right.list is not None:
        return "compare how many there are, with | count, or one of its entries"
    return "compare values of one kind"
