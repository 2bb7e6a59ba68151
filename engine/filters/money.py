"""``money``: text or number to an exact amount."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter, fault
from engine.quick import Fixed, Form, Memo, Slow, of_one, through_table
from engine.scope import Scope
from engine.signatures import from_amount


def _refused(given: Mapping[str, Any]) -> str:
    """Judge each sign alone, and both where both are known."""
    signs = {name: given[name] for name in ("decimal", "thousands") if name in given}
    if len(signs) == 2:
        return fault(lambda: _signs(**signs))
    other = (
        {"decimal": "\0"} if "thousands" in signs else {"thousands": ""}
    )  # \0 is no sign that anybody writes
    return fault(lambda: _signs(**signs, **other)) if signs else ""


def as_money(value: Any, scope: Scope, decimal: Any = ".", thousands: Any = "") -> Decimal:
    """Return *value* as an exact decimal; it never rounds."""
    _signs(decimal, thousands)
    if isinstance(value, str) and (decimal != "." or thousands):
        value = _plain(value, decimal, thousands)
    try:
        return money.amount(value)
    except money.NotMoney as error:
        raise BadValue(f"{error}{_notation(value, decimal)}") from error


def _signs(decimal: Any, thousands: Any) -> None:
    texts = isinstance(decimal, str) and isinstance(thousands, str)
    if not texts or len(decimal) != 1 or len(thousands) > 1 or decimal == thousands:
        raise BadValue("money takes one character for decimal and at most one, another, for thousands")
    if any(sign == "-" or sign.isalnum() for sign in decimal + thousands):
        raise BadValue(
            "money takes punctuation or a space for decimal and thousands, no digit, letter or minus"
        )


def _plain(text: str, decimal: str, thousands: str) -> str:
    if decimal != "." != thousands and "." in text:
        # Else 1.234, which with a decimal comma is a thousand and more, would pass as 1 and a fraction.
        raise BadValue(
            f"{money.shorten(text)!r} has a point, which is neither its decimal nor its thousands sign"
        )
    whole, point, fraction = text.partition(decimal)
    digits = whole.removeprefix("-")
    groups = digits.split(thousands) if thousands else [digits]
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        raise BadValue(f"{money.shorten(text)!r} is not grouped in threes by {thousands!r}")
    sign = "-" if whole.startswith("-") else ""
    return sign + "".join(groups) + (f".{fraction}" if point else "")


def _notation(value: Any, decimal: str) -> str:
    if isinstance(value, str) and "," in value and decimal == ".":
        return "; for a comma write money(decimal=',') or money(thousands=',')"
    return ""


def is_plain(text: str) -> bool:
    """Tell whether *text* is surely an amount, not below zero: half of what the pattern costs that all are held to."""
    return (
        len(text) <= money.MAX_EXPONENT
        and text.isascii()
        and text.replace(".", "", 1).isdigit()
        and text[0] != "."
        and text[-1] != "."
    )


def _quick(filter: Filter, fixed: Fixed) -> Form:
    if fixed.args or fixed.given:
        return of_one(filter, fixed)

    def form(value: Any) -> Decimal | None:
        if type(value) is str:
            if not is_plain(value) and not money.PLAIN.fullmatch(value):
                raise Slow
            return Decimal(value)
        if value is None:
            return None
        if type(value) is list:
            raise Slow
        return money.amount(value)

    return through_table(form, Memo(form))


FILTER = Filter(
    Declaration(
        "money",
        "Turns text or a number into an exact amount; never rounds. Text must be digits with at most one point.",
        as_money,
        examples=(
            (("12.50", "money"), Decimal("12.50")),
            (("1.234,50", "money(decimal=',', thousands='.')"), Decimal("1234.50")),
            ((["1.10", "2.20"], "money"), [Decimal("1.10"), Decimal("2.20")]),
        ),
        group="Money",
    ),
    checked=_refused,
    quick=_quick,
    types=from_amount("money", as_money, "an amount"),
)
