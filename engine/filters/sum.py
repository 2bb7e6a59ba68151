"""``sum``: the exact total of a list of numbers."""

from __future__ import annotations

from decimal import Decimal, Inexact
from typing import Any

from engine.declare import Declaration
from engine.filters import BadValue, Filter, number_cure
from engine.money import EXACT, MAX_DIGITS, kind
from engine.scope import Scope


def total(values: list[Any], scope: Scope) -> int | Decimal:
    """Return the exact sum; of an empty list it is 0."""
    result: int | Decimal = 0
    for index, value in enumerate(values, 1):
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            cure = number_cure(value, "sum")
            raise BadValue(f"sum takes numbers, found {kind(value)} in entry {index} of the list{cure}")
        result = _add(result, value)
    return result


def _add(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    try:
        return EXACT.add(Decimal(left), Decimal(right))
    except Inexact as error:
        raise BadValue(f"the sum has no exact decimal of {MAX_DIGITS} digits") from error


FILTER = Filter(
    Declaration(
        "sum",
        "Adds up a list of numbers exactly; an empty list is 0. Text amounts go through money first.",
        total,
        examples=(
            ((["1.10", "2.20"], "money | sum"), Decimal("3.30")),
            (([], "sum"), 0),
        ),
        group="Lists",
    ),
    takes="list",
)
