"""``round_money``: an exact number to the decimals of its currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, get_args

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter, currency_fault, currency_of, number_of
from engine.money import kind
from engine.scope import Scope
from engine.signatures import Given, number_in
from engine.types import Type

MODES: Final = get_args(money.Mode)


def round_money(value: Any, scope: Scope, currency: Any, mode: Any = "half_up") -> Decimal:
    """Return *value* with the decimals of *currency*; its connector's exponents come before ISO 4217's."""
    number = value if isinstance(value, Fraction) else number_of(value, "round_money")
    try:
        return money.rounded(number, currency_of(currency), mode, scope.exponents)
    except money.NotMoney as error:
        raise BadValue(str(error)) from error


def _refused(given: Mapping[str, Any]) -> str:
    mode = given.get("mode", "half_up")
    if mode not in MODES:
        found = repr(mode) if isinstance(mode, str) else kind(mode)
        return f"mode is 'half_up' or 'half_even', found {found}"
    return currency_fault(given)


def _types(type: Type, given: Given) -> Type:
    return Type(number=number_in(type, "round_money"), currency=type.currency)


FILTER = Filter(
    Declaration(
        "round_money",
        "Rounds an exact number, such as a quotient, to the decimals of its currency; nothing else rounds. A value in "
        "the middle goes away from zero (mode='half_up', unless said otherwise) or to the even digit "
        "(mode='half_even').",
        round_money,
        examples=(
            ((Decimal("12.345"), "round_money('USD')"), Decimal("12.35")),
            ((Decimal("-12.345"), "round_money('USD')"), Decimal("-12.35")),
            ((Decimal("12.345"), "round_money('USD', mode='half_even')"), Decimal("12.34")),
            ((Decimal("99.5"), "round_money('JPY')"), Decimal(100)),
            ((5, "round_money('USD')"), Decimal("5.00")),
        ),
        group="Money",
    ),
    takes_fraction=True,
    checked=_refused,
    types=_types,
)
