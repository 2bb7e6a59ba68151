"""``vars``: a recipe's parameters, with their types and defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine import dates, money
from engine.diagnostics import suggest
from engine.errors import UsageError
from engine.source import DECIMAL, INTEGER, WORDS
from engine.types import BOOLEAN, DATE, NUMBER, TEXT, WHOLE, Type

Judge = Callable[[Any], bool]


def _is_date(value: Any) -> bool:
    try:
        return (
            isinstance(value, str)
            and dates.DAY.fullmatch(value) is not None
            and dates.day(value, None) == value
        )
    except dates.NotDate:
        return False


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


TYPES: Final[Mapping[str, tuple[Judge, str]]] = {
    "text": (lambda value: isinstance(value, str), "text"),
    "integer": (_is_integer, "a whole number"),
    "number": (lambda value: _is_integer(value) or isinstance(value, Decimal), "a number such as 12.50"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "date": (_is_date, "a day such as 2026-11-22"),
}
"""By the type's name: whether a value is of it, and what that is in words."""
KNOWN: Final[Mapping[str, Type]] = {
    "text": TEXT, "integer": WHOLE, "number": NUMBER, "boolean": BOOLEAN, "date": DATE
}  # fmt: skip
"""By the type's name: what is known of a value."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One parameter.

    Attributes:
        default: Its value when none is given; what it means without one tells ``required``.
        required: Whether it must be given.
    """

    name: str
    type: str
    required: bool
    default: Any = None


def misfit(type: str, value: Any) -> str:
    """Return what keeps *value* from being of *type*, or an empty text."""
    judge, words = TYPES[type]
    found = repr(money.shorten(value)) if isinstance(value, str) else money.kind(value)
    return "" if judge(value) else f"expected {words}, found {found}"


def values(variables: Mapping[str, Variable], given: Iterable[str]) -> dict[str, Any]:
    """Return the value of each variable.

    Args:
        given: ``NAME=VALUE`` each, as on the command line; the variable's type says how VALUE is read.

    Raises:
        UsageError: a name that the recipe does not have, a value of another type, or one that is missing.
    """
    found = {name: each.default for name, each in variables.items() if not each.required}
    for pair in given:
        name, sign, text = pair.partition("=")
        if not sign or name not in variables:
            known = suggest(name, variables) or f"this recipe has {', '.join(variables) or 'no variables'}"
            raise UsageError(
                f"--var {name}: there is no such variable", help=f"{known}; write --var NAME=VALUE"
            )
        value = _read(variables[name].type, text)
        if wrong := misfit(variables[name].type, value):
            raise UsageError(f"--var {name}: {wrong}", help=f"write --var {name}=VALUE")
        found[name] = value
    if missing := [name for name in variables if name not in found]:
        raise UsageError(
            f"the variable {missing[0]!r} has no value", help=f"give it: --var {missing[0]}=VALUE"
        )
    return found


def _read(type: str, text: str) -> Any:
    """Return *text* as YAML would read it, except where text or a day is wanted."""
    if type in ("text", "date"):
        return text
    if INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if DECIMAL.fullmatch(text) else WORDS.get(text, text)
