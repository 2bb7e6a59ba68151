"""``invoice_total``: what an invoice's lines add up to."""

from __future__ import annotations

from decimal import Decimal, Inexact
from typing import Any

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter
from engine.money import EXACT, MAX_DIGITS
from engine.scope import Scope
from engine.signatures import Given, Mistyped, taken
from engine.types import NUMBER, Type


def invoice_total(document: Any, scope: Scope) -> Decimal:
    """Return Σ (quantity × unit_price − discount), plus the lines' tax, plain or by code, unless prices include it."""
    if not isinstance(document, dict) or not isinstance(document.get("lines"), list):
        raise BadValue(f"invoice_total takes an invoice with lines, found {money.kind(document)}")
    inclusive = document.get("tax_inclusive", False)
    if not isinstance(inclusive, bool):
        raise BadValue(f"tax_inclusive is true or false, found {money.kind(inclusive)}")
    total = Decimal(0)
    try:
        for index, line in enumerate(document["lines"]):
            total = EXACT.add(total, _line_total(line, index, inclusive))
    except Inexact as error:
        raise BadValue(f"the total has no exact decimal of {MAX_DIGITS} digits") from error
    return total


def _line_total(line: Any, index: int, inclusive: bool) -> Decimal:
    price = EXACT.multiply(_amount(line, "quantity", index), _amount(line, "unit_price", index))
    net = EXACT.subtract(price, _amount(line, "discount", index, 0))
    if inclusive:
        return net
    taxes = line.get("taxes", [])
    if not isinstance(taxes, list):
        raise BadValue(f"line {index + 1} has no usable taxes: expected a list, found {money.kind(taxes)}")
    for tax in taxes:
        net = EXACT.add(net, _amount(tax, "amount", index))
    return EXACT.add(net, _amount(line, "tax", index, 0))


def _amount(line: Any, name: str, index: int, absent: int | None = None) -> Decimal:
    value = line.get(name, absent) if isinstance(line, dict) else None
    try:
        return money.amount(value)
    except money.NotMoney as error:
        raise BadValue(f"line {index + 1} has no usable {name}: {error}") from error


def _types(type: Type, given: Given) -> Type:
    for shape in taken(type, "invoice_total", "mapping").mapping:
        lines = shape.field("lines")
        if lines is not None:
            taken(lines, "invoice_total", "list", what="lines")
        elif shape.is_closed:
            raise Mistyped("invoice_total takes an invoice with lines, and this has none")
    return NUMBER


FILTER = Filter(
    Declaration(
        "invoice_total",
        "Computes an invoice's total from its lines: quantity × unit price − discount, plus tax unless included.",
        invoice_total,
        examples=(
            (
                (
                    {"lines": [{"quantity": 2, "unit_price": "5.00", "discount": "1.00", "tax": "0.72"}]},
                    "invoice_total",
                ),
                Decimal("9.72"),
            ),
        ),
        group="Money",
    ),
    takes="any",
    types=_types,
)
