"""The documents that the books take, parsed from a request's JSON. Pure: nothing here knows the file."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, Inexact
from typing import Any, Final

from engine import money
from engine.books.chart import CATEGORIES
from engine.books.fields import Reader, Refusal

CUSTOMER_FIELDS: Final = frozenset("name email external_id".split())
BUYER_FIELDS: Final = frozenset("name email".split())
PAYMENT_FIELDS: Final = frozenset("invoice_id amount currency date method reference external_id".split())
INVOICE_FIELDS: Final = frozenset(
    "number date due_date currency tax_inclusive status total customer customer_id reference memo lines"
    " external_id".split()
)
LINE_FIELDS: Final = frozenset(
    "description quantity unit_price discount tax tax_code sku category account_id".split()
)
STATUSES: Final = ("draft", "open")
UNNAMED: Final = "Unnamed customer"
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys. Both fields may be absent on an invoice: a sale to an unnamed customer."""

    name: str | None = None
    email: str | None = None

    @property
    def identity(self) -> str:
        """What makes two customers one: the e-mail address, else the exact name, else nothing."""
        if self.email is not None:
            return "email:" + self.email.strip().casefold()
        return "unnamed" if self.name is None else "name:" + self.name

    @property
    def label(self) -> str:
        """How a document calls the customer."""
        return self.name or self.email or UNNAMED


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice, amounts in minor units.

    Attributes:
        net: What is earned: quantity times unit price less discount, without the tax.
        account_id: Code of the account named by the line, in place of its category's.
    """

    net: int
    tax: int
    category: str
    account_id: str | None


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice whose lines add up; ``total`` is computed from them, in minor units."""

    number: str
    date: str
    currency: str
    status: str
    customer_id: str | None
    customer: Customer
    lines: tuple[Line, ...]
    total: int

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for an invoice, in minor units."""

    invoice_id: str
    amount: int
    currency: str
    date: str
    method: str | None


def customer(body: Any) -> Customer:
    """Parse the body of ``customers.create``.

    Raises:
        Refusal: a field is wrong, or there is neither name nor e-mail address.
    """
    reader = Reader(body, "", CUSTOMER_FIELDS)
    reader.needed("external_id")
    found = Customer(reader.text("name"), reader.text("email"))
    if found == Customer():
        raise reader.wrong("name", "missing", "a customer has a name, an email or both")
    return found


def invoice(body: Any) -> Invoice:
    """Parse the body of ``invoices.create`` and add up its lines.

    Raises:
        Refusal: a field is wrong, an amount has more decimals than the currency, the lines come to another
            amount than the stated total, or to less than zero.
    """
    reader = Reader(body, "", INVOICE_FIELDS)
    reader.needed("external_id")
    reader.text("reference")
    reader.text("memo", blank=True)
    reader.day("due_date")
    currency = reader.currency("currency")
    inclusive = reader.flag("tax_inclusive")
    customer_id, buyer = _buyer(reader)
    lines = tuple(
        _line(Reader(item, f"/lines/{index}", LINE_FIELDS), currency, inclusive)
        for index, item in enumerate(reader.items("lines"))
    )
    total = sum(line.net + line.tax for line in lines)
    gross = sum(abs(line.net) + abs(line.tax) for line in lines)
    reader.whole("lines", money.from_minor(gross, currency), currency)
    _check_total(reader, total, currency)
    return Invoice(
        number=reader.needed("number"),
        date=_date(reader),
        currency=currency,
        status=reader.choice("status", STATUSES, "open"),
        customer_id=customer_id,
        customer=buyer,
        lines=lines,
        total=total,
    )


def payment(body: Any) -> Payment:
    """Parse the body of ``payments.create``.

    Raises:
        Refusal: a field is wrong or the amount is not above zero.
    """
    reader = Reader(body, "", PAYMENT_FIELDS)
    reader.needed("external_id")
    reader.text("reference")
    currency = reader.currency("currency")
    amount = reader.minor("amount", currency)
    if amount <= 0:
        raise reader.wrong("amount", "amount", "a payment is above zero; money paid back is a refund")
    return Payment(reader.needed("invoice_id"), amount, currency, _date(reader), reader.text("method"))


def _buyer(reader: Reader) -> tuple[str | None, Customer]:
    if reader.has("customer_id"):
        if reader.has("customer"):
            raise reader.wrong("customer", "form", "customer and customer_id exclude each other: give one")
        return reader.needed("customer_id"), Customer()
    if not reader.has("customer"):
        raise reader.wrong("customer", "missing", "customer is missing; {} is a sale to an unnamed customer")
    inline = Reader(reader.raw("customer"), "/customer", BUYER_FIELDS)
    return None, Customer(inline.text("name"), inline.text("email"))


def _line(reader: Reader, currency: str, inclusive: bool) -> Line:
    reader.needed("description", blank=True)
    reader.text("tax_code")
    reader.text("sku")
    quantity = reader.number("quantity")
    if quantity < 0:
        raise reader.wrong(
            "quantity", "amount", "a quantity is not below zero; goods taken back are a credit note"
        )
    discount = reader.minor("discount", currency, _ZERO)
    if discount < 0:
        raise reader.wrong(
            "discount", "amount", "a discount is not below zero; a surcharge is a line of its own"
        )
    tax = reader.minor("tax", currency, _ZERO)
    extended = _extended(reader, quantity, currency)
    return Line(
        net=extended - discount - (tax if inclusive else 0),
        tax=tax,
        category=reader.choice("category", CATEGORIES, "goods"),
        account_id=reader.text("account_id"),
    )


def _extended(reader: Reader, quantity: Decimal, currency: str) -> int:
    price = reader.number("unit_price")
    try:
        product = money.EXACT.multiply(quantity, price)
    except Inexact as error:
        raise reader.wrong("unit_price", "digits", "quantity times unit price has too many digits") from error
    try:
        return reader.whole("unit_price", product, currency)
    except Refusal as refusal:
        refusal.message = f"quantity times unit price: {refusal.message}"
        raise


def _check_total(reader: Reader, total: int, currency: str) -> None:
    computed = money.text(money.from_minor(total, currency))
    if reader.has("total"):
        stated = reader.minor("total", currency)
        if stated != total:
            difference = money.text(money.from_minor(total - stated, currency))
            given = money.text(money.from_minor(stated, currency))
            raise reader.wrong(
                "total",
                "total",
                f"lines, discounts and tax come to {computed} {currency}, the stated total is {given}"
                f" (difference {difference})",
            )
    if total < 0:
        message = f"the lines come to {computed} {currency}; below zero it is a credit note"
        raise reader.wrong("lines", "amount", message)


def _date(reader: Reader) -> str:
    day = reader.day("date")
    if day is None:
        raise reader.wrong("date", "missing", "date is missing")
    return day
