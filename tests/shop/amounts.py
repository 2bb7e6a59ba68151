"""Exact amounts: a currency's decimals, rounding, and sharing an amount so that its cents add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Shown:
    """The currency that a buyer pays in, and how much of it one unit of the shop's currency is."""

    currency: Currency
    rate: Decimal


@dataclass(frozen=True)
class Currency:
    """A currency code and the decimals that Shopify writes its amounts with.

    Shopify's REST API writes an amount with the currency's own decimals: a yen order has totals such as
    ``"1805"`` and ``"0"``, without a point (an orders/paid delivery to a Japanese shop, API 2021-04, shown at
    metaphase.co.jp/blog/62.html, read 2026-11-22). Three decimals for the dinar follow from the same rule; no
    such payload was found.
    """

    code: str
    decimals: int
    shown: Shown | None = None
    """What the buyer sees instead, where the shop sells in another currency than it keeps its amounts in."""

    @property
    def unit(self) -> Decimal:
        """The smallest amount, such as 0.01."""
        return Decimal(1).scaleb(-self.decimals)

    def round(self, amount: Decimal) -> Decimal:
        """Return *amount* rounded half up to the currency's decimals."""
        return amount.quantize(self.unit, ROUND_HALF_UP)

    def text(self, amount: Decimal) -> str:
        """Return *amount* as Shopify writes it.

        Raises:
            ValueError: the amount has more decimals than the currency.
        """
        if amount != self.round(amount):
            raise ValueError(f"{amount} has more decimals than {self.code} has ({self.decimals})")
        return format(self.round(amount), "f")


USD = Currency("USD", 2)
EUR = Currency("EUR", 2)
JPY = Currency("JPY", 0)
KWD = Currency("KWD", 3)


def share(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Return *amount* in parts proportional to *weights*, multiples of *unit* that sum to it exactly.

    Units that rounding down leaves over go to the largest remainders, among equals to the first.
    """
    whole = sum(weights, ZERO)
    exact = [amount * weight / whole for weight in weights]
    parts = [part.quantize(unit, ROUND_DOWN) for part in exact]
    left = int((amount - sum(parts, ZERO)) / unit)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[:left]:
        parts[i] += unit
    return parts
