"""``number``: text to an exact number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter
from engine.scope import Scope
from engine.signatures import from_amount


def number(value: Any, scope: Scope) -> int | Decimal:
    """Return *value* as a whole number where it has no point, else as an exact decimal."""
    try:
        made = money.amount(value)
    except money.NotMoney as error:
        raise BadValue(
            str(error).replace("an amount such as 12.50", "a number such as 12 or 12.50")
        ) from error
    if isinstance(value, str) and "." not in value:
        return int(value)
    return value if isinstance(value, int) else made


FILTER = Filter(
    Declaration(
        "number",
        "Turns text into an exact number: digits with at most one point and a minus in front, without exponent or "
        "separators. Numbers stay themselves.",
        number,
        examples=((("12.50", "number"), Decimal("12.50")), (("-3", "number"), -3), ((7, "number"), 7)),
        group="Numbers",
    ),
    types=from_amount("number", number, "a number"),
)
