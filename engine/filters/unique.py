"""``unique``: each element of a list once."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from engine.declare import Declaration
from engine.filters import ROUND, BadValue, Filter, pay
from engine.money import kind
from engine.quick import never
from engine.scope import Scope


def unique(values: list[Any], scope: Scope) -> list[Any]:
    """Return the elements in their order, without those that came before."""
    found: dict[Hashable, Any] = {}
    for value in values:
        found.setdefault(_identity(value, scope), value)
    return list(found.values())


def _identity(value: Any, scope: Scope) -> Hashable:
    """Return what is equal for equal values only: Python's true is 1, and a list has no place in a set."""
    pay(scope, 1)
    match value:
        case None | bool() | str():
            return type(value), value
        case int() | Decimal():
            return Decimal, value
        case list():
            return list, tuple(_identity(each, scope) for each in value)
        case dict():
            return dict, frozenset((name, _identity(each, scope)) for name, each in value.items())
    raise BadValue(f"unique takes exact values, found {kind(value)}; {ROUND}")


FILTER = Filter(
    Declaration(
        "unique",
        "Keeps each element of a list once, where it stands first. Numbers are equal by value (1 and 1.0); text is "
        "never equal to a number.",
        unique,
        examples=(((["b", "a", "b"], "unique"), ["b", "a"]), (([1, "1", 1], "unique"), [1, "1"])),
        group="Lists",
    ),
    takes="list",
    quick=never,
    types=lambda values, given: values.only("list").may_lack(None),
)
