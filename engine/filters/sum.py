"""``sum``: the exact total of a list of numbers."""

from __future__ import annotations

from decimal import Decimal, Inexact
from functools import reduce
from typing import Any, Final

from engine.declare import Declaration
from engine.filters import BadValue, Filter, number_cure
from engine.money import EXACT, MAX_DIGITS, kind
from engine.quick import MOST, Fixed, Form, Strict, of_list
from engine.scope import Scope
from engine.signatures import ENTRY, Given, Mistyped, shown, taken
from engine.types import Number, Type

ZERO: Final = Decimal(0)


def total(values: list[Any], scope: Scope) -> int | Decimal:
    """Return the exact sum; of an empty list it is 0."""
    result: int | Decimal = 0
    for index, value in enumerate(values, 1):
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            cure = number_cure(value, "sum")
            raise BadValue(f"sum takes numbers, found {kind(value)} in entry {index} of the list{cure}")
        result = _add(result, value)
    return result


def _quick(filter: Strict, fixed: Fixed) -> Form:
    plain = of_list(filter, fixed)

    def form(values: Any) -> Any:
        if type(values) is list and len(values) <= MOST and set(map(type, values)) == {Decimal}:
            return reduce(EXACT.add, values, ZERO)
        return plain(values)

    return form


def _add(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    try:
        return EXACT.add(Decimal(left), Decimal(right))
    except Inexact as error:
        raise BadValue(f"the sum has no exact decimal of {MAX_DIGITS} digits") from error


def _types(type: Type, given: Given) -> Type:
    each = type.element
    found = taken(each, "sum", "number", help=_cure(each), what=ENTRY)
    if len(found.currency) > 1:
        chains = " and ".join(sorted(map(shown, found.currency)))
        what = f"sum adds amounts whose currencies are those of {chains}"
        raise Mistyped(what, "add up the amounts of each currency by themselves")
    return Type(number=found.number or Number(whole=True), currency=found.currency)


def _cure(type: Type) -> str:
    if type.text is not None:
        return "put money before sum: | money | sum"
    if type.mapping:
        return "name the field that holds the number, such as $.lines[*].amount"
    return "leave null out, as in $.lines[?@.amount != null].amount" if type.null else ""


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
    quick=_quick,
    types=_types,
)
