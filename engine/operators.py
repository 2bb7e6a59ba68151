"""What operators mean: numbers are exact, text is text, and nothing converts by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, DivisionByZero
from typing import Any, Final

from engine import money
from engine.filters import BadValue
from engine.money import EXACT, kind
from engine.paths import MISSING

MAX_OUTPUT: Final = 65_536
"""Characters that one text may have."""


def truth(value: Any) -> bool:
    """Return *value* if it is true or false; anything else is an error, never truthy."""
    if value is True or value is False:
        return bool(value)
    raise BadValue(
        f"a condition must be true or false, found {'nothing' if value is MISSING else kind(value)}"
    )


def there(value: Any, what: str) -> Any:
    """Return *value*; raises ``BadValue`` when it is missing."""
    if value is MISSING:
        raise BadValue(f"{what} is missing in this record; give it | default(…) if it may be absent", "X101")
    return value


def as_text(value: Any) -> str:
    """Return *value* as it stands in text; null, lists and mappings are errors."""
    there(value, "a value")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return money.text(value)
    raise BadValue(f"{kind(value)} cannot stand in text")


def join_text(parts: Iterable[str]) -> str:
    """Return *parts* as one text, within the bound of its size."""
    text = ""
    for part in parts:
        text += part
        if len(text) > MAX_OUTPUT:
            raise BadValue(f"the text grows beyond {MAX_OUTPUT:,} characters")
    return text


def number(value: Any, symbol: str) -> int | Decimal:
    there(value, f"a side of {symbol}")
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        cure = "; use | money to make text an amount" if isinstance(value, str) else ""
        raise BadValue(f"{symbol} takes numbers, found {kind(value)}{cure}")
    try:
        return money.amount(value) if isinstance(value, Decimal) else value
    except money.NotMoney as error:
        raise BadValue(
            f"{symbol} takes exact numbers of at most 28 digits before and after the point"
        ) from error


def _same(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    if _class(left) is not _class(right):
        raise BadValue(f"{kind(left)} is compared with {kind(right)}; turn one into the other by a filter")
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(value, right[key]) for key, value in left.items())
    return bool(left == right)


def _order(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if _class(left) is not _class(right) or _class(left) not in (str, Decimal):
            raise BadValue(
                f"{kind(left)} and {kind(right)} have no order; turn text amounts into numbers with | money"
            )
        return test(left, right)

    return compare


def _contains(left: Any, right: Any) -> bool:
    if isinstance(right, list):
        return any(_same(left, entry) for entry in right)
    if isinstance(right, str) and isinstance(left, str):
        return left in right
    if isinstance(right, dict) and isinstance(left, str):
        return left in right
    raise BadValue(f"in takes a list, or text in text; found {kind(left)} in {kind(right)}")


def _class(value: Any) -> type:
    return Decimal if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else type(value)


def divide(a: Decimal, b: Decimal) -> Decimal:
    if not b:
        raise DivisionByZero
    return EXACT.divide(a, b)


COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": _same,
    "ne": lambda a, b: not _same(a, b),
    "lt": _order(lambda a, b: a < b),
    "lteq": _order(lambda a, b: a <= b),
    "gt": _order(lambda a, b: a > b),
    "gteq": _order(lambda a, b: a >= b),
    "in": _contains,
    "notin": lambda a, b: not _contains(a, b),
}
