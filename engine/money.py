"""Money: exact decimals, minor units and the number of decimals a currency has.

Nothing here rounds but ``rounded``. Text becomes money only when it is ``-?digits(.digits)``; Python's own ``Decimal``
also takes ``NaN``, `` 1``, ``1_0`` and other scripts' digits, so the form is checked before it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal

PLAIN: Final = re.compile(r"-?[0-9]{1,28}(?:\.[0-9]{1,28})?", re.ASCII)
MAX_DIGITS: Final = 56
MAX_EXPONENT: Final = 28

EXACT: Final = Context(prec=MAX_DIGITS, traps=[Inexact])
"""Arithmetic that raises ``decimal.Inexact`` instead of rounding."""

# ISO 4217 list one (2026-01-01), and what left it since 2022: older documents still carry those codes.
TWO_DECIMALS: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
    "CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK "
    "MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD "
    "RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH "
    "USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG "
    "ANG BGN CUC HRK SLL ZWL"
)
EXPONENTS: Final = {
    **dict.fromkeys(TWO_DECIMALS.split(), 2),
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
ISO: Final[Mapping[str, int]] = MappingProxyType({})
"""No exponents of one's own: those of ISO 4217 alone."""
Mode = Literal["half_up", "half_even"]


class NotMoney(ValueError):
    """A value is no amount; the message says what was found and what was expected."""


def exponent(currency: str, own: Mapping[str, int] = ISO) -> int:
    """Return how many decimals *currency* (ISO 4217, upper case) has; what *own* says comes first.

    Raises:
        NotMoney: the code is not three capital letters, or none that the list has: its decimals would be a guess.

    Source: ISO 4217 list one. A vendor that counts otherwise declares its own in its connector.
    """
    if not own and currency in EXPONENTS:
        return EXPONENTS[currency]
    if not CURRENCY.fullmatch(currency):
        raise NotMoney(f"currency {currency!r} is not three capital letters such as 'USD'")
    if currency not in own and currency not in EXPONENTS:
        raise NotMoney(f"there is no currency {currency!r} in ISO 4217, so its decimals are not known")
    return own[currency] if currency in own else EXPONENTS[currency]


def amount(value: object) -> Decimal:
    """Return *value* as an exact decimal.

    Args:
        value: A Decimal, an int (not a bool) or text of the form ``-?digits(.digits)``.

    Raises:
        NotMoney: any other form, more than 28 digits before or after the point.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        cure = "; round it with round_money(currency)" if isinstance(value, Fraction) else ""
        raise NotMoney(f"expected an amount such as 12.50, found {kind(value)}{cure}")
    if isinstance(value, str):
        if not PLAIN.fullmatch(value):
            raise NotMoney(f"expected an amount such as 12.50, found the text {shorten(value)!r}")
        return Decimal(value)
    number = Decimal(value)
    if not number.is_finite() or number.adjusted() >= MAX_EXPONENT or _places(number) > MAX_EXPONENT:
        raise NotMoney(f"expected an amount such as 12.50, found the number {shorten(str(number))}")
    return number


def text(number: Decimal | int) -> str:
    """Return *number* as plain decimal text, never with an exponent (``1E-7`` is ``0.0000001``)."""
    if isinstance(number, int):
        return str(number)
    number = number if number else abs(number)  # -0.00 is not an amount anybody wrote
    return format(number, "f")


def to_minor(number: Decimal, currency: str, own: Mapping[str, int] = ISO) -> int:
    """Return *number* in minor units of *currency* (12.50 USD is 1250), whose decimals *own* may say.

    Raises:
        NotMoney: the amount has more decimals than the currency; nothing is rounded.
    """
    digits = exponent(currency, own)
    scaled = number.scaleb(digits, context=EXACT)
    whole = scaled.to_integral_value()
    if whole != scaled:
        raise NotMoney(f"{text(number)} has more decimals than {currency} has ({digits})")
    return int(whole)


def from_minor(units: int, currency: str, own: Mapping[str, int] = ISO) -> Decimal:
    """Return *units* minor units of *currency* as a decimal with the currency's decimals, which *own* may say."""
    return Decimal(units).scaleb(-exponent(currency, own), context=EXACT)


def minor_text(units: int, currency: str, own: Mapping[str, int] = ISO) -> str:
    """Return *units* minor units of *currency* as plain text with the currency's decimals, as ``from_minor`` counts."""
    digits = exponent(currency, own)
    sign, shown = ("-", str(-units)) if units < 0 else ("", str(units))
    if not digits:
        return sign + shown
    shown = shown.rjust(digits + 1, "0")
    return f"{sign}{shown[:-digits]}.{shown[-digits:]}"


def minor_of(text: str, digits: int) -> int | None:
    """Return *text* in minor units where it is the plainest form of an amount: digits, a point, *digits* decimals.

    Anything else gives None, which says nothing: ``to_minor`` of ``amount`` decides. It is seven times as fast, and
    books take most amounts in this form.
    """
    whole = text[: -digits - 1] if digits else text
    if not whole or len(text) > 14 or (digits and text[-digits - 1] != "."):
        return None
    figures = whole + text[-digits:] if digits else whole
    return int(figures) if figures.isascii() and figures.isdigit() else None


def rounded(
    number: int | Decimal | Fraction, currency: str, mode: Mode, own: Mapping[str, int] = ISO
) -> Decimal:
    """Return *number* with the decimals of *currency*, which *own* may say; the only thing that rounds.

    Args:
        number: Exact, and so is every step before the last: a third of 100 is rounded once, from itself.
        mode: What becomes of a value in the middle: ``half_up`` goes away from zero (2.345 is 2.35, -2.345 is -2.35),
            ``half_even`` to the even digit (2.345 is 2.34).

    Raises:
        NotMoney: the currency is none, or the number has more than 28 digits before or after the point.
    """
    digits = exponent(currency, own)
    exact = Fraction(number if isinstance(number, Fraction) else amount(number))
    whole, rest = divmod(abs(exact.numerator) * 10**digits, exact.denominator)
    middle = 2 * rest - exact.denominator
    if middle > 0 or (middle == 0 and (mode == "half_up" or whole % 2)):
        whole += 1
    if whole >= 10 ** (MAX_EXPONENT + digits):
        raise NotMoney(f"the amount has more than {MAX_EXPONENT} digits before the point")
    return Decimal(whole if exact >= 0 else -whole).scaleb(-digits, context=EXACT)


def kind(value: object) -> str:
    """Return the name of a JSON value's type with its article, as messages use it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | Decimal():
            return "a number"
        case Fraction():
            return "a fraction"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
    return f"a value of type {type(value).__name__}"


def shorten(value: str, most: int = 40) -> str:
    """Return *value*, cut to *most* characters with an ellipsis."""
    return value if len(value) <= most else value[: most - 1] + "…"


def _places(number: Decimal) -> int:
    places = number.as_tuple().exponent
    return -places if isinstance(places, int) else MAX_EXPONENT + 1
