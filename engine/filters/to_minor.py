"""``to_minor``: an amount to a whole number of minor units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter, currency_fault, currency_of, number_of
from engine.scope import Scope
from engine.signatures import Given, number_in
from engine.types import Number, Type


def to_minor(value: Any, scope: Scope, currency: Any) -> int:
    """Return *value* in minor units of *currency*, as the connector counts that takes it, else as ISO 4217 does."""
    number = number_of(value, "to_minor")
    try:
        return money.to_minor(money.amount(number), currency_of(currency), scope.taken)
    except money.NotMoney as error:
        raise BadValue(f"{error}; round_money rounds where that is meant") from error


def _types(type: Type, given: Given) -> Type:
    number_in(type, "to_minor")
    return Type(number=Number(whole=True), currency=type.currency)


FILTER = Filter(
    Declaration(
        "to_minor",
        "Turns an amount into a whole number of minor units (cents), with as many decimals as the connector counts for "
        "this currency whose operation takes the value, else as ISO 4217 says. It never rounds: an amount with more "
        "decimals than that is an error.",
        to_minor,
        examples=(
            ((Decimal("12.50"), "to_minor('USD')"), 1250),
            (("12.50", "money | to_minor('eur')"), 1250),
            ((1250, "to_minor('JPY')"), 1250),
        ),
        group="Money",
    ),
    checked=currency_fault,
    types=_types,
)
