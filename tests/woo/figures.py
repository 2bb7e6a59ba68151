"""Amounts as WooCommerce works them out: without tax and with six decimals inside, with two where they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

CENT: Final = Decimal("0.01")
SIX: Final = Decimal("0.000001")


@dataclass(frozen=True)
class Rate:
    """A tax rate of the shop; *percent* is text, such as ``8.8750``."""

    id: int
    country: str
    state: str
    name: str
    percent: str

    @property
    def code(self) -> str:
        """How orders call it: country, state, name and priority."""
        return "-".join(part for part in (self.country, self.state, self.name.upper(), "1") if part)

    @property
    def part(self) -> Decimal:
        """The rate as a part of one."""
        return Decimal(self.percent) / 100


@dataclass(frozen=True)
class Sold:
    """A line as it was ordered: *price* of one as the shop enters it, *off* what a coupon takes (0.10 is 10 %)."""

    product: int
    name: str
    sku: str | None
    quantity: int
    price: str
    rate: Rate | None = None
    off: str = "0"


@dataclass(frozen=True)
class Charge:
    """Shipping, or a fee: *amount* without tax, below zero where it is taken off."""

    name: str
    amount: str
    rate: Rate | None = None


@dataclass(frozen=True)
class Amounts:
    """What a line or charge comes to: without tax and its tax, before and after coupons, with six decimals."""

    subtotal: Decimal
    subtotal_tax: Decimal
    total: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Ordered:
    """An order as it is stated; everything else of it follows.

    Attributes:
        modified: When it last changed, in UTC; *paid* when it was paid, None where it was not.
        by_subtotal: The shop rounds its taxes once for the order, not for each line.
        refunded: Refunds in short: id and what was paid back.
    """

    id: int
    modified: str
    paid: str | None
    buyer: dict[str, Any]
    lines: tuple[Sold, ...]
    shipping: tuple[Charge, ...] = ()
    fees: tuple[Charge, ...] = ()
    status: str = "processing"
    currency: str = "USD"
    inclusive: bool = False
    by_subtotal: bool = False
    method: tuple[str, str] = ("stripe", "Card")
    transaction: str = ""
    coupon: str = ""
    number: str = ""
    refunded: tuple[tuple[int, str], ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)


def of_line(sold: Sold, inclusive: bool) -> Amounts:
    """Return what *sold* comes to: a price that includes the tax is taken apart first."""
    part = sold.rate.part if sold.rate else Decimal(0)
    entered = Decimal(sold.price) * sold.quantity
    subtotal = entered / (1 + part) if inclusive else entered
    total = subtotal * (1 - Decimal(sold.off))
    return Amounts(
        *(each.quantize(SIX, ROUND_HALF_UP) for each in (subtotal, subtotal * part, total, total * part))
    )


def of_charge(charge: Charge) -> Amounts:
    """Return what *charge* comes to."""
    amount = Decimal(charge.amount)
    tax = (amount * (charge.rate.part if charge.rate else 0)).quantize(SIX, ROUND_HALF_UP)
    return Amounts(amount, tax, amount, tax)


def cents(value: Decimal) -> Decimal:
    """Return *value* rounded as it is shown."""
    return value.quantize(CENT, ROUND_HALF_UP)


def shown(value: Decimal) -> str:
    """Return an amount as the API shows it."""
    return str(cents(value) + 0)


def unrounded(value: Decimal) -> str:
    """Return a line's tax as the API shows it: with up to six decimals, without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def taxes_of(order: Ordered, found: list[Amounts]) -> Decimal:
    """Return the tax of all that was *found*, rounded for each line or once."""
    if order.by_subtotal:
        return cents(sum((each.tax for each in found), Decimal(0)))
    return sum((cents(each.tax) for each in found), Decimal(0))
