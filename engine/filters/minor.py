"""``minor``: a whole number of minor units to an amount."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter, currency_fault, currency_of
from engine.money import kind
from engine.scope import Scope
from engine.signatures import from_amount
from engine.types import NUMBER

UNITS: Final = re.compile(r"-?[0-9]{1,28}", re.ASCII)


def from_minor(value: Any, scope: Scope, currency: Any) -> Decimal:
    """Return *value* minor units of *currency* as an amount; its connector's exponents come before ISO 4217's."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not UNITS.fullmatch(text):
        found = f"the text {money.shorten(text)!r}" if isinstance(text, str) else kind(value)
        whole = " with decimals" if isinstance(value, Decimal) else ""
        raise BadValue(f"minor takes a whole number of minor units such as 1250, found {found}{whole}")
    try:
        return money.from_minor(int(text), currency_of(currency), scope.exponents)
    except money.NotMoney as error:
        raise BadValue(str(error)) from error


FILTER = Filter(
    Declaration(
        "minor",
        "Turns a whole number of minor units (cents) into an amount, with as many decimals as the connector counts "
        "for this currency that the value comes from, else as ISO 4217 says.",
        from_minor,
        examples=(
            ((1250, "minor('USD')"), Decimal("12.50")),
            (("1250", "minor('jpy')"), Decimal(1250)),
            (([1250, -5], "minor('KWD')"), [Decimal("1.250"), Decimal("-0.005")]),
        ),
        group="Money",
    ),
    checked=currency_fault,
    types=from_amount("minor", from_minor, "a number of minor units", NUMBER),
)
