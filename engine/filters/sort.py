"""``sort``: a list in the order of its elements, or of one of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.declare import Declaration
from engine.filters import BadValue, Filter, fault, field_of, number_cure
from engine.money import kind
from engine.paths import MISSING, RECORD
from engine.scope import Scope
from engine.signatures import ENTRY, Given, key_of, taken
from engine.types import Type


def sort(values: list[Any], scope: Scope, by: Any = "$") -> list[Any]:
    """Return the elements in order, smallest first; equal ones stay as they stood."""
    path = field_of(by, "sort")
    keys = [path.select({RECORD: value}) for value in values]
    for index, key in enumerate(keys, 1):
        if key is MISSING:
            raise BadValue(
                f"sort finds no {by!r} in entry {index} of the list; select the elements that have it"
            )
        number = isinstance(key, int | Decimal) and not isinstance(key, bool)
        if not number and not isinstance(key, str):
            cure = "; write by='…' to name a field" if isinstance(key, dict) else number_cure(key, "sort")
            raise BadValue(
                f"sort takes numbers or text, found {kind(key)} in entry {index} of the list{cure}"
            )
        if isinstance(key, str) is not isinstance(keys[0], str):
            cure = "put money or text before it, so that all are one"
            raise BadValue(
                f"sort takes all numbers or all text, in entry {index} of the list is {kind(key)}; {cure}"
            )
    return [values[index] for index in sorted(range(len(values)), key=lambda index: keys[index])]


def _refused(given: Mapping[str, Any]) -> str:
    return fault(lambda: field_of(given["by"], "sort")) if "by" in given else ""


def _types(type: Type, given: Given) -> Type:
    if given.is_written:
        by = given.values.get("by", "$")
        key = key_of(type, field_of(by, "sort"), "sort")
        what = ENTRY if by == "$" else f"{by!r} in {ENTRY}"
        cure = "write by='…' to name a field" if by == "$" and key.mapping else ""
        taken(key, "sort", "text", "number", help=cure, what=what)
    return type.only("list").may_lack(None)


FILTER = Filter(
    Declaration(
        "sort",
        "Puts a list in order, smallest first, by its elements or by a field or path in each. All are numbers, or all "
        "are text (in the order of Unicode, capitals first); equal elements stay as they stood.",
        sort,
        examples=(
            (([3, 1, 2], "sort"), [1, 2, 3]),
            (
                ([{"on": "2026-11-22"}, {"on": "2026-11-01"}], "sort(by='on')"),
                [{"on": "2026-11-01"}, {"on": "2026-11-22"}],
            ),
        ),
        group="Lists",
    ),
    takes="list",
    checked=_refused,
    types=_types,
)
