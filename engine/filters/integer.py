"""``integer``: text or a number to a whole number."""

from __future__ import annotations

from typing import Any

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter
from engine.scope import Scope
from engine.signatures import from_amount
from engine.types import WHOLE


def integer(value: Any, scope: Scope) -> int:
    """Return *value*, which is whole, as a whole number; it never rounds."""
    try:
        made = money.amount(value)
    except money.NotMoney as error:
        raise BadValue(str(error).replace("an amount such as 12.50", "a whole number such as 12")) from error
    whole = made.to_integral_value()
    if whole != made:
        raise BadValue(f"{money.text(made)} is not whole, and integer never rounds")
    return int(whole)


FILTER = Filter(
    Declaration(
        "integer",
        "Turns text or a number that is whole into a whole number; 1.5 is an error.",
        integer,
        examples=((("12", "integer"), 12), (("3.00", "integer"), 3)),
        group="Numbers",
    ),
    types=from_amount("integer", integer, "a whole number", WHOLE),
)
