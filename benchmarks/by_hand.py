"""What a good engineer would write by hand for the job, with the standard library alone.

``invoice`` trusts the order's amounts, as ``number_invoice`` does where they are JSON numbers and ``any_invoice`` where
the total is one. ``checked`` makes all the checks that the recipe makes, for text.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from job import STATUS, ZONE

_ZONE: Final = ZoneInfo(ZONE)


def day(instant: str) -> str:
    """Return the day of *instant* in the accounts' zone."""
    return datetime.fromisoformat(instant).astimezone(_ZONE).date().isoformat()


def invoice(order: dict[str, Any]) -> dict[str, Any]:
    """Return the invoice of an order whose amounts are text."""
    billing, total = order["billing_address"], order["total_price"]
    document = {
        "number": order["name"],
        "date": day(order["processed_at"]),
        "currency": order["currency"],
        "tax_inclusive": order["taxes_included"],
        "status": STATUS[order["financial_status"]],
        "total": total,
        "net": str(Decimal(total) - Decimal(order["total_tax"])),
        "country": billing.get("country_code") or "US",
        "customer": {"name": billing["name"]},
        "lines": [
            {
                "description": item["title"],
                "quantity": item["quantity"],
                "unit_price": item["price"],
                "tax": str(sum([Decimal(tax["price"]) for tax in item["tax_lines"]])),
            }
            for item in order["line_items"]
        ],
    }
    shipping = order["total_shipping_price_set"]["shop_money"]["amount"]
    if Decimal(shipping) > 0:
        document["shipping"] = shipping
    if email := order["customer"].get("email"):
        document["customer"]["email"] = email
    return document


def number_invoice(order: dict[str, Any]) -> dict[str, Any]:
    """Return the invoice of an order whose amounts are numbers; the shortest form of a float is what was written."""
    billing, total = order["billing_address"], str(order["total_price"])
    document = {
        "number": order["name"],
        "date": day(order["processed_at"]),
        "currency": order["currency"],
        "tax_inclusive": order["taxes_included"],
        "status": STATUS[order["financial_status"]],
        "total": total,
        "net": str(Decimal(total) - Decimal(str(order["total_tax"]))),
        "country": billing.get("country_code") or "US",
        "customer": {"name": billing["name"]},
        "lines": [
            {
                "description": item["title"],
                "quantity": item["quantity"],
                "unit_price": str(item["price"]),
                "tax": str(sum([Decimal(str(tax["price"])) for tax in item["tax_lines"]])),
            }
            for item in order["line_items"]
        ],
    }
    shipping = order["total_shipping_price_set"]["shop_money"]["amount"]
    if shipping > 0:
        document["shipping"] = str(shipping)
    if email := order["customer"].get("email"):
        document["customer"]["email"] = email
    return document


def any_invoice(order: dict[str, Any]) -> dict[str, Any]:
    """Return the invoice of an order whose total is a number and whose other amounts are text."""
    return invoice({**order, "total_price": str(order["total_price"])})


def odd_invoice(order: dict[str, Any]) -> dict[str, Any]:
    """Return the invoice of an order whose customer may be a text."""
    return invoice(order if isinstance(order["customer"], dict) else {**order, "customer": {}})


_AMOUNT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII).fullmatch
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
).fullmatch


class Wrong(Exception):
    """The order cannot become an invoice; says which field is why."""


def checked(order: dict[str, Any]) -> dict[str, Any]:
    """Return the invoice of an order of which nothing is trusted.

    Raises:
        Wrong: a field is absent, of another type or form than the invoice needs.
    """
    try:
        billing = order["billing_address"]
        total, tax = _amount(order["total_price"], "total_price"), _amount(order["total_tax"], "total_tax")
        shipping = order["total_shipping_price_set"]["shop_money"]["amount"]
        country = billing.get("country_code")
        document = {
            "number": _text(order["name"], "name"),
            "date": _day(order["processed_at"]),
            "currency": order["currency"],
            "tax_inclusive": order["taxes_included"],
            "status": STATUS[order["financial_status"]],
            "total": order["total_price"],
            "net": format(total - tax, "f"),
            "country": "US" if country is None else country,
            "customer": {"name": _text(billing["name"], "billing_address.name")},
            "lines": [_line(item) for item in order["line_items"]],
        }
        if _amount(shipping, "total_shipping_price_set") > 0:
            document["shipping"] = shipping
        email = order["customer"].get("email")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Wrong(f"{order.get('id')}: {error!r}") from error
    if email is not None:
        document["customer"]["email"] = _text(email, "customer.email")
    if not isinstance(document["currency"], str) or not _CURRENCY(document["currency"]):
        raise Wrong("currency")
    if document["tax_inclusive"] is not True and document["tax_inclusive"] is not False:
        raise Wrong("taxes_included")
    if not isinstance(document["country"], str) or len(document["country"]) != 2:
        raise Wrong("country_code")
    if not document["lines"]:
        raise Wrong("line_items")
    return document


def _line(item: dict[str, Any]) -> dict[str, Any]:
    quantity, price = item["quantity"], item["price"]
    if not isinstance(quantity, int) or isinstance(quantity, bool):
        raise Wrong("quantity")
    if not isinstance(item["title"], str):
        raise Wrong("title")
    _amount(price, "price")
    tax = sum([_amount(each["price"], "tax_lines.price") for each in item["tax_lines"]])
    return {
        "description": item["title"],
        "quantity": quantity,
        "unit_price": price,
        "tax": format(tax, "f"),
    }


def _amount(value: Any, name: str) -> Decimal:
    if not isinstance(value, str) or not _AMOUNT(value):
        raise Wrong(name)
    return Decimal(value)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong(name)
    return value


def _day(value: Any) -> str:
    if not isinstance(value, str) or not _INSTANT(value):
        raise Wrong("processed_at")
    return day(value)
