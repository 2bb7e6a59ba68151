"""Reads a request's JSON field by field and refuses what has another form.

The engine has checked a document against its schema before it comes here. The books check again: they are the
last to look before an amount is posted, and not everything can be said in a schema.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from datetime import date
from decimal import Decimal, Inexact
from typing import Any, Final

from engine import money

_DAY: Final = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LEAST: Final = ("", " with at least one element", " with at least two elements")
_SMALL: Final = 100_000
MOST_MINOR: Final = 10**15
"""Largest amount in minor units: 9,000 of them fit into SQLite's 64-bit sum, which fails loudly beyond."""


class Refusal(Exception):
    """A request that the books do not take; nothing was written.

    Attributes:
        status: HTTP status of the answer.
        code: A short name for programs.
        field: JSON pointer (RFC 6901) of the field in the body, or empty.
    """

    def __init__(self, code: str, message: str, field: str = "", *, status: int = 422) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


class Reader:
    """One JSON mapping, read by field. An absent field is None; null is refused like any other wrong form."""

    __slots__ = ("_at", "_data", "_known")

    def __init__(self, data: Any, at: str, known: Set[str]) -> None:
        """Take mapping *data* at pointer *at*; refuse anything else and any field not *known*."""
        if not isinstance(data, dict):
            raise Refusal("form", f"expected a mapping, found {money.kind(data)}", at)
        if not data.keys() <= known:
            name = next(name for name in data if name not in known)
            raise Refusal("unknown_field", f"unknown field {money.shorten(name)!r}", self._pointer(at, name))
        self._data: dict[str, Any] = data
        self._at = at
        self._known = known

    def may_have(self, name: str) -> bool:
        """Tell whether *name* is a field of this mapping's kind."""
        return name in self._known

    def has(self, name: str) -> bool:
        return name in self._data

    def raw(self, name: str) -> Any:
        return self._data.get(name)

    def at(self, name: str) -> str:
        """Return the pointer of field *name*."""
        return self._pointer(self._at, name)

    def text(self, name: str, *, blank: bool = False) -> str | None:
        """Return a text; one of white space alone is refused unless *blank*."""
        value = self._data.get(name)
        if not isinstance(value, str):
            if name not in self._data:
                return None
            raise self.wrong(name, "form", f"expected text, found {money.kind(value)}")
        if "\0" in value or not (blank or value.strip()):
            raise self.wrong(name, "form", f"expected text, found {money.shorten(value)!r}")
        return value

    def needed(self, name: str, *, blank: bool = False) -> str:
        """Return a text that must be there."""
        value = self.text(name, blank=blank)
        if value is None:
            raise self.wrong(name, "missing", f"{name} is missing")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false; absent is false."""
        value = self._data.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "form", f"expected true or false, found {money.kind(value)}")
        return value

    def choice(self, name: str, options: Collection[str], default: str) -> str:
        """Return one of *options*."""
        value = self._data.get(name, default)
        if not isinstance(value, str) or value not in options:
            found = repr(money.shorten(value)) if isinstance(value, str) else money.kind(value)
            raise self.wrong(name, "form", f"expected one of {', '.join(options)}, found {found}")
        return value

    def day(self, name: str) -> str | None:
        """Return a date ``YYYY-MM-DD`` from 1900 to 2099: another year is a slip of the pen."""
        value = self.text(name)
        if value is None:
            return None
        try:
            if _DAY.fullmatch(value):
                return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
        wanted = "expected a date such as 2026-03-31 between 1900 and 2099"
        raise self.wrong(name, "date", f"{wanted}, found {money.shorten(value)!r}")

    def currency(self, name: str) -> str:
        """Return a currency's code."""
        value = self.needed(name)
        try:
            money.exponent(value)
        except money.NotMoney as error:
            raise self.wrong(name, "currency", str(error)) from error
        return value

    def number(self, name: str) -> Decimal:
        """Return an exact decimal, given as a number or as text, which must be there."""
        if name not in self._data:
            raise self.wrong(name, "missing", f"{name} is missing")
        try:
            return money.amount(self._data[name])
        except money.NotMoney as error:
            raise self.wrong(name, "amount", str(error)) from error

    def minor(self, name: str, currency: str, default: int | None = None) -> int:
        """Return an amount in minor units; more decimals than *currency* has are refused, never rounded.

        Without *default*, which is in minor units too, it must be there.
        """
        value = self._data.get(name)
        if type(value) is str and (units := money.minor_of(value, money.EXPONENTS[currency])) is not None:
            return units
        if default is not None and name not in self._data:
            return default
        return self.whole(name, self.number(name), currency)

    def product(self, quantity: str, name: str, currency: str) -> int:
        """Return the number *quantity* times the amount *name* in minor units; neither is rounded.

        Raises:
            Refusal: as ``number`` and ``minor``; the quantity is below zero.
        """
        count, price = self._data.get(quantity), self._data.get(name)
        if type(count) is int and type(price) is str and 0 <= count < _SMALL:
            units = money.minor_of(price, money.EXPONENTS[currency])
            if units is not None and units * count <= MOST_MINOR:
                return units * count
        number = self.number(quantity)
        if number < 0:
            raise self.wrong(
                quantity, "amount", f"a {quantity} is not below zero; goods taken back are a credit note"
            )
        try:
            product = money.EXACT.multiply(number, self.number(name))
        except Inexact as error:
            raise self.wrong(name, "digits", "quantity times unit price has too many digits") from error
        try:
            return self.whole(name, product, currency)
        except Refusal as refusal:
            refusal.message = f"quantity times unit price: {refusal.message}"
            raise

    def whole(self, name: str, number: Decimal, currency: str) -> int:
        """Return *number*, which came from field *name*, in minor units of *currency*."""
        try:
            units = money.to_minor(number, currency)
        except money.NotMoney as error:
            raise self.wrong(name, "digits", str(error)) from error
        if abs(units) > MOST_MINOR:
            raise self.wrong(name, "size", f"{money.text(number)} {currency} is more than the books can hold")
        return units

    def items(self, name: str, least: int = 1) -> list[Any]:
        """Return a list with at least so many elements."""
        value = self._data.get(name)
        if not isinstance(value, list) or len(value) < least:
            found = money.kind(value) if name in self._data else "nothing"
            if isinstance(value, list):
                found = "one" if value else "an empty list"
            raise self.wrong(name, "form", f"expected a list{_LEAST[least]}, found {found}")
        return value

    def wrong(self, name: str, code: str, message: str) -> Refusal:
        """Return the refusal of field *name*."""
        return Refusal(code, message, self.at(name))

    @staticmethod
    def _pointer(at: str, name: str) -> str:
        return f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
