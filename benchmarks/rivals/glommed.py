"""The job with glom: one spec, with functions where something is computed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from by_hand import day
from glom import SKIP, Coalesce, glom
from job import STATUS


def _paid(amount: str) -> Any:
    return amount if Decimal(amount) > 0 else SKIP


SPEC = {
    "number": "name",
    "date": ("processed_at", day),
    "currency": "currency",
    "tax_inclusive": "taxes_included",
    "status": ("financial_status", STATUS.__getitem__),
    "total": "total_price",
    "net": lambda order: str(Decimal(order["total_price"]) - Decimal(order["total_tax"])),
    "shipping": lambda order: _paid(order["total_shipping_price_set"]["shop_money"]["amount"]),
    "country": Coalesce("billing_address.country_code", default="US"),
    "customer": {
        "name": "billing_address.name",
        "email": Coalesce("customer.email", skip=None, default=SKIP),
    },
    "lines": (
        "line_items",
        [
            {
                "description": "title",
                "quantity": "quantity",
                "unit_price": "price",
                "tax": ("tax_lines", ["price"], lambda prices: str(sum(map(Decimal, prices)))),
            }
        ],
    ),
}


def invoice(order: dict[str, Any]) -> dict[str, Any]:
    """Return the invoice of *order*; nothing is checked."""
    made: dict[str, Any] = glom(order, SPEC)
    return made
