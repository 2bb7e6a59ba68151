"""``abs``: a number without its sign."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, number_of
from engine.scope import Scope
from engine.signatures import Given, number_in
from engine.types import Type


def absolute(value: Any, scope: Scope) -> int | Decimal | Fraction:
    """Return *value* without its sign, exactly."""
    if isinstance(value, Fraction):
        return abs(value)
    number = number_of(value, "abs")
    return number.copy_abs() if isinstance(number, Decimal) else abs(number)  # abs() rounds a long decimal


def _types(type: Type, given: Given) -> Type:
    return Type(number=number_in(type, "abs"), currency=type.currency)


FILTER = Filter(
    Declaration(
        "abs",
        "Takes the sign from a number, as in a tolerance: (a - b) | abs <= 0.01.",
        absolute,
        examples=(((Decimal("-0.01"), "abs"), Decimal("0.01")), ((5, "abs"), 5)),
        group="Numbers",
    ),
    takes_fraction=True,
    types=_types,
)
