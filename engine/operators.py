"""What operators mean: numbers are exact, text is text, and nothing converts by itself.

A quotient that has no exact decimal is a ``Fraction`` until ``round_money`` makes an amount of it; it never leaves an
expression. Work that a loop may repeat is paid for from the evaluation's budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, Inexact
from fractions import Fraction
from typing import Any, Final

from engine import money
from engine.filters import MAX_TEXT, BadValue, text_of
from engine.money import EXACT
from engine.paths import MISSING
from engine.scope import Budget

Number = int | Decimal | Fraction
Comparison = Callable[[Any, Any, Budget], bool]
MAX_PARTS: Final = 10**200
"""What numerator and denominator of a fraction stay below, and an int that stands in text."""
ROUND: Final = "round it with round_money(currency)"
TEXT_PER_STEP: Final = 100
"""Characters that cost one step of the budget."""


def spend(budget: Budget, steps: int) -> None:
    """Take *steps* from *budget*; raises ``BadValue`` when it is used up."""
    budget.steps -= steps
    if budget.steps < 0:
        raise BadValue("this takes too many steps; go through fewer or shorter lists")


def weigh(value: Any) -> int:
    """Return how many steps it costs to go through *value* once."""
    if isinstance(value, (list, dict)):
        return 1 + len(value)
    return 1 + len(value) // TEXT_PER_STEP if isinstance(value, str) else 1


def kind(value: Any) -> str:
    """Return the name of a value's type with its article; a fraction is a number."""
    return "a number" if isinstance(value, Fraction) else money.kind(value)


def truth(value: Any) -> bool:
    """Return *value* if it is true or false; anything else is an error, never truthy."""
    if value is True or value is False:
        return bool(value)
    raise BadValue(
        f"a condition must be true or false, found {'nothing' if value is MISSING else kind(value)}"
    )


def there(value: Any, what: str, cure: str = "default(…)") -> Any:
    """Return *value*; raises ``BadValue`` when it is missing."""
    if value is MISSING:
        raise BadValue(f"{what} is missing in this record", "X101", f"give it | {cure} if it may be absent")
    return value


def settled(value: Any) -> Any:
    """Return *value* as it may leave an expression; raises ``BadValue`` for a fraction."""
    if isinstance(value, Fraction):
        raise BadValue(f"{shown(value)} has no exact decimal; {ROUND}")
    return value


def shown(value: Any) -> str:
    """Return a number as it stands in messages; a fraction as a division."""
    if isinstance(value, Fraction):
        return f"{value.numerator} / {value.denominator}"
    return money.shorten(as_text(value))


def as_text(value: Any, what: str = "a value") -> str:
    """Return *value* as it stands in text; null, lists, mappings and fractions are errors."""
    settled(there(value, what))
    if isinstance(value, (str, bool, int, Decimal)):
        return text_of(value, what)
    cure = "; give it | default('')" if value is None else "; name the part of it that is meant"
    named = what if what == kind(value) else f"{what} is {kind(value)}, which"
    raise BadValue(f"{named} cannot stand in text{cure}")


def join_text(parts: Iterable[str]) -> str:
    """Return *parts* as one text, within the bound of its size."""
    made: list[str] = []
    length = 0
    for part in parts:
        length += len(part)
        if length > MAX_TEXT:
            raise BadValue(f"the text grows beyond {MAX_TEXT:,} characters")
        made.append(part)
    return "".join(made)


def number(value: Any, symbol: str) -> Number:
    """Return *value*, a side of the operator *symbol*, if it is an exact number; else raises ``BadValue``."""
    there(value, f"a side of {symbol}")
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise BadValue(f"{symbol} takes numbers, found {kind(value)}{_number_cure(value, symbol)}")
    try:
        return money.amount(value) if isinstance(value, Decimal) else value
    except money.NotMoney as error:
        raise BadValue(
            f"{symbol} takes exact numbers of at most 28 digits before and after the point"
        ) from error


def _number_cure(value: Any, symbol: str) -> str:
    if isinstance(value, str):
        return "; use | money to make text an amount" + (", or ~ to join text" if symbol == "+" else "")
    return "; give it | default(0)" if value is None else ""


def negative(value: Any) -> Number:
    """Return minus *value*, exactly."""
    given = number(value, "-")
    return EXACT.minus(given) if isinstance(given, Decimal) else -given  # a bare minus rounds to 28 digits


def positive(value: Any) -> Number:
    """Return *value*, which must be a number."""
    return number(value, "+")


def calculate(symbol: str, left: Any, right: Any) -> Number:
    """Return ``left symbol right``, exactly.

    Args:
        symbol: ``+``, ``-``, ``*`` or ``/``.
        left: int, Decimal or Fraction, as *right*; anything else is refused.

    Returns:
        An int where both sides are and nothing is divided, and where fractions add up to a whole number; else a
        Decimal, or a Fraction where there is no Decimal of 28 digits before and after the point.

    Raises:
        BadValue: a side is no number, or the result is too long.
    """
    a, b = number(left, symbol), number(right, symbol)
    if symbol == "/" and not b:
        raise BadValue("this divides by zero; test the divisor in an if before it")
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        return _fraction(symbol, a, b)
    try:
        made = _DECIMAL[symbol](Decimal(a), Decimal(b))
    except ArithmeticError as error:
        if symbol == "/":
            return _fraction(symbol, a, b)
        what = f"{shown(a)} {symbol} {shown(b)}"
        raise BadValue(f"{what} has no exact decimal of {money.MAX_DIGITS} digits") from error
    if symbol == "/":
        return made if _is_amount(made) else _fraction(symbol, a, b)
    return int(made) if isinstance(a, int) and isinstance(b, int) else made


def _fraction(symbol: str, a: Number, b: Number) -> Number:
    """Return the result as a whole number or a decimal where it is one, else as a fraction."""
    made = _FRACTION[symbol](_exactly(a), _exactly(b))
    if max(abs(made.numerator), made.denominator) >= MAX_PARTS:
        raise BadValue(f"the exact result of this {symbol} has more than 200 digits; {ROUND} before")
    try:
        decimal = EXACT.divide(Decimal(made.numerator), Decimal(made.denominator))
    except Inexact:
        return made
    if not _is_amount(decimal):
        return made
    return int(decimal) if made.denominator == 1 else decimal


def _exactly(value: Number) -> Fraction:
    if isinstance(value, int) and abs(value) >= MAX_PARTS:
        raise BadValue("this number has more than 200 digits")
    return Fraction(value)


def _is_amount(value: Decimal) -> bool:
    try:
        money.amount(value)
    except money.NotMoney:
        return False
    return True


def same(left: Any, right: Any, budget: Budget) -> bool:
    """Tell whether two values are equal; of different types they are an error, but for null.

    Raises:
        BadValue: text is compared with a number, or the like, also inside lists and mappings.
    """
    ahead = [(left, right)]
    while ahead:
        a, b = ahead.pop()
        spend(budget, 1)
        if a is None or b is None:
            if a is not b:
                return False
        elif _class(a) is not _class(b):
            raise BadValue(f"{kind(a)} is compared with {kind(b)}; {_class_cure(a, b)}")
        elif isinstance(a, list):
            if len(a) != len(b):
                return False
            ahead += reversed([*zip(a, b, strict=True)])
        elif isinstance(a, dict):
            if a.keys() != b.keys():
                return False
            ahead += reversed([(value, b[name]) for name, value in a.items()])
        elif not _equal(a, b):
            return False
    return True


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        return bool(_exactly(number(a, "==")) == _exactly(number(b, "==")))
    return bool(a == b)


def _class_cure(a: Any, b: Any) -> str:
    if {_class(a), _class(b)} == {str, Decimal}:
        return "turn the text into a number with | money, or write the number in quotes"
    return "both sides must be of one type"


def _order(test: Callable[[Any, Any], bool]) -> Comparison:
    def compare(left: Any, right: Any, budget: Budget) -> bool:
        if _class(left) is not _class(right) or _class(left) not in (str, Decimal):
            raise BadValue(
                f"{kind(left)} and {kind(right)} have no order; turn text amounts into numbers with | money"
            )
        if isinstance(left, Fraction) or isinstance(right, Fraction):
            return test(_exactly(number(left, "<")), _exactly(number(right, "<")))
        return test(left, right)

    return compare


def contains(left: Any, right: Any, budget: Budget) -> bool:
    """Tell whether *left* is an entry of the list *right*, a part of the text, or a name in the mapping."""
    spend(budget, weigh(right))
    if isinstance(right, list):
        return any(same(left, entry, budget) for entry in right)
    if isinstance(right, (str, dict)) and isinstance(left, str):
        return left in right
    raise BadValue(f"in takes a list, or text in text; found {kind(left)} in {kind(right)}")


def _class(value: Any) -> type:
    numbers = isinstance(value, (int, Decimal, Fraction)) and not isinstance(value, bool)
    return Decimal if numbers else type(value)


_DECIMAL: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply, "/": EXACT.divide,
}  # fmt: skip
_FRACTION: Final[Mapping[str, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
}  # fmt: skip
COMPARE: Final[Mapping[str, Comparison]] = {
    "eq": same,
    "ne": lambda a, b, budget: not same(a, b, budget),
    "lt": _order(lambda a, b: a < b),
    "lteq": _order(lambda a, b: a <= b),
    "gt": _order(lambda a, b: a > b),
    "gteq": _order(lambda a, b: a >= b),
    "in": contains,
    "notin": lambda a, b, budget: not contains(a, b, budget),
}
"""Comparisons by the name that Jinja gives them."""
