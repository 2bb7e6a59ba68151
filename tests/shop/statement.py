"""What has to be said about an order; every other figure of its payload is derived from it.

Amounts are written as text, as on a till receipt: ``line(MUG, 2, "28.00", NEW_JERSEY)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from tests.shop.amounts import USD, Currency


@dataclass(frozen=True)
class Item:
    """A product variant. Without *sku* and *grams* it is nothing that ships, such as a ticket."""

    number: int
    title: str
    variant: str | None
    sku: str | None
    grams: int
    gift_card: bool = False


@dataclass(frozen=True)
class Tax:
    """A tax's title and rate (0.19 is 19 %), and whether the sales channel pays it to the state."""

    title: str
    rate: Decimal
    channel_liable: bool = False


Taxes = tuple[Tax, ...]


def tax(title: str, rate: str) -> Tax:
    """Return a tax from its rate's text."""
    return Tax(title, Decimal(rate))


@dataclass(frozen=True)
class Line:
    """Units of an item at a price each (gross of tax when the order says ``taxes_included``)."""

    item: Item
    quantity: int
    price: Decimal
    taxes: Taxes
    duty: Decimal = Decimal(0)


def line(item: Item, quantity: int, price: str, taxes: Taxes = (), duty: str = "0") -> Line:
    """Return an order line; without *taxes* it is not taxed. *duty* is import duty on all its units."""
    return Line(item, quantity, Decimal(price), taxes, Decimal(duty))


@dataclass(frozen=True)
class Shipping:
    """A shipping line, before discounts."""

    title: str
    price: Decimal
    taxes: Taxes


def shipping(title: str, price: str, taxes: Taxes = ()) -> Shipping:
    """Return a shipping line; without *taxes* it is not taxed."""
    return Shipping(title, Decimal(price), taxes)


@dataclass(frozen=True)
class Discount:
    """A discount application: on lines named by position, on all of them (``None``), or on the shipping."""

    name: str
    type: Literal["discount_code", "automatic", "manual"]
    value: Decimal
    value_type: Literal["percentage", "fixed_amount"]
    method: Literal["across", "each"]
    lines: tuple[int, ...] | None = None
    target: Literal["line_item", "shipping_line"] = "line_item"


def percent_code(name: str, percent: str) -> Discount:
    """Return an order-level discount code for a percentage, shared over all lines."""
    return Discount(name, "discount_code", Decimal(percent), "percentage", "across")


def amount_code(name: str, amount: str) -> Discount:
    """Return an order-level discount code for a fixed amount, shared over all lines."""
    return Discount(name, "discount_code", Decimal(amount), "fixed_amount", "across")


def given_off(name: str, where: int, percent: str) -> Discount:
    """Return a percentage that the staff took off one line."""
    return Discount(name, "manual", Decimal(percent), "percentage", "each", (where,))


def automatic_off(name: str, where: int, each: str) -> Discount:
    """Return an automatic discount on one line: an amount per unit."""
    return Discount(name, "automatic", Decimal(each), "fixed_amount", "each", (where,))


def off_shipping(name: str, percent: str) -> Discount:
    """Return a discount code for the shipping."""
    return Discount(name, "discount_code", Decimal(percent), "percentage", "each", None, "shipping_line")


@dataclass(frozen=True)
class Payment:
    """A transaction that is no refund.

    Without *amount* it is the order's total; *parent* is the position of the payment that it captures, or of which it
    is the change that was given back.
    """

    at: str
    gateway: str = "shopify_payments"
    kind: Literal["sale", "authorization", "capture", "void", "change"] = "sale"
    amount: Decimal | None = None
    card: tuple[str, str] | None = None
    error: tuple[str, str] | None = None
    parent: int | None = None
    pending: bool = False
    """Started, its outcome unknown: a bank transfer that has not arrived."""
    rounding: Decimal | None = None
    """What the till took beyond *amount* (below zero: less), because the smallest coins are not used."""


@dataclass(frozen=True)
class Refund:
    """Units returned, by position of the line, and whether shipping and duties are paid back too."""

    at: str
    note: str
    units: tuple[tuple[int, int], ...] = ()
    shipping: bool = False
    pays_back: int = 0
    """Position of the payment that the money goes back to."""
    cash: tuple[tuple[int, Decimal], ...] | None = None
    """What is paid back to which payment, where it is not all of the refund to ``pays_back``."""
    shipping_part: Decimal | None = None
    """The part of the first shipping line that is paid back, where it is not all of it."""
    duties: bool = False
    by_edit: bool = False
    """The lines were taken off the order by an edit or with it; what is not paid back is no discrepancy."""
    rounding: Decimal | None = None
    """What the till gave beyond the first amount paid back (below zero: less), because small coins are missing."""
    tax_apart: Decimal = Decimal(0)
    """How much of the discrepancy Shopify says is tax, with the discrepancy's sign."""


@dataclass(frozen=True)
class Address:
    """Where someone lives. Shopify knows no provinces for some countries (Germany): null then."""

    address1: str
    city: str
    zip: str
    province: tuple[str, str] | None
    country: tuple[str, str]
    phone: str | None = None
    address2: str | None = None
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Person:
    """A customer."""

    number: int
    first: str
    last: str
    email: str
    since: str
    home: Address


@dataclass(frozen=True)
class Order:
    """One order as its shop would tell it; times are ISO 8601 with the shop's offset."""

    number: int
    at: str
    buyer: Person | None
    lines: tuple[Line, ...]
    payments: tuple[Payment, ...]
    shipping: tuple[Shipping, ...] = ()
    currency: Currency = USD
    taxes_included: bool = False
    discounts: tuple[Discount, ...] = ()
    tip: Decimal = Decimal(0)
    refunds: tuple[Refund, ...] = ()
    shipped_at: str | None = None
    closed_at: str | None = None
    at_counter: bool = False
    test: bool = False
    cancelled: tuple[str, str] | None = None
    """When and why (``customer``, ``fraud``, ``inventory``, ``declined``, ``other``)."""
    edited_at: str | None = None
    billed_to: tuple[str, str] | None = None
    """First and last name on the bill, where they are not the buyer's."""
    extras: dict[str, object] = field(default_factory=dict)
    """Keys of the payload that no figure depends on, such as ``note``."""
