"""The job that every way and every rival does: a made-up shop's orders become invoices of 15 fields.

An order has the shape of Shopify's REST API, three lines and 6.4 KB as compact JSON. Only the standard library is used
here, so that a rival's own Python can read this file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, Literal

Money = Literal["text", "number", "mixed", "odd"]
"""How amounts stand in an order: as decimal text, as JSON numbers, or the total as a number and the rest as text. In an
odd one they are text, and the customer is a text too, where all others have an object."""
PAGE: Final = 250
"""Orders a page."""
BLOCK: Final = 10_000
"""Orders that are made; a longer list has them again under other ids and names."""
ODD: Final = 'shop "currency"'
"""A name that no field of a class can have: who reads it reads the order whole."""
DOCUMENT: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "number", "date", "currency", "tax_inclusive", "status", "total", "net", "country", "customer", "lines",
    ],
    "properties": {
        "number": {"type": "string", "minLength": 1},
        "date": {"type": "string", "format": "date"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "tax_inclusive": {"type": "boolean"},
        "status": {"enum": ["draft", "open", "closed"]},
        "total": {"type": "string", "format": "money"},
        "net": {"type": "string", "format": "money"},
        "shipping": {"type": "string", "format": "money"},
        "country": {"type": "string", "minLength": 2, "maxLength": 2},
        "customer": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {"name": {"type": "string", "minLength": 1}, "email": {"type": "string"}},
        },
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["description", "quantity", "unit_price", "tax"],
                "properties": {
                    "description": {"type": "string"},
                    "quantity": {"type": "integer"},
                    "unit_price": {"type": "string", "format": "money"},
                    "tax": {"type": "string", "format": "money"},
                },
            },
        },
    },
}  # fmt: skip
"""The JSON Schema of an invoice."""
STATUS: Final = {"paid": "open", "pending": "draft", "partially_refunded": "open", "refunded": "closed"}
ZONE: Final = "America/New_York"
MAPPING: Final = f"""\
settings: {{concurrency: 16, timezone: {ZONE}}}
lookups:
  status: {json.dumps(STATUS)}
mapping:
  target: ./invoice.schema.json
  fields:
    number: $.name
    date: $.processed_at | date
    currency: $.currency
    tax_inclusive: $.taxes_included
    status: $.financial_status | lookup('status')
    total: $.total_price | money
    net: "{{{{ record.total_price | money - (record.total_tax | money) }}}}"
    shipping:
      when: "{{{{ record.total_shipping_price_set.shop_money.amount | money > 0 }}}}"
      map: $.total_shipping_price_set.shop_money.amount | money
    country: $.billing_address.country_code | default('US')
    customer:
      name: $.billing_address.name
      email: $.customer.email?
    lines:
      - for_each: $.line_items[*]
        map:
          description: $item.title
          quantity: $item.quantity
          unit_price: $item.price | money
          tax: $item.tax_lines[*].price | money | sum
"""
"""What every recipe of the job has, whatever its records come from."""

_TITLES: Final = ("Hand-thrown teapot, celadon", "Sencha, first flush, 100 g", "Saucer, ash glaze")
_NAMES: Final = ("Amara Okonkwo", "Béla Fodor", "Chidi Lindqvist", "Dunja Marković", "Eun-ji Park")


def orders(count: int, money: Money = "text") -> Iterator[dict[str, Any]]:
    """Give orders from number 1 up; no two are alike."""
    return (order(number, money) for number in range(1, count + 1))


def order(number: int, money: Money = "text") -> dict[str, Any]:
    """Return one order: some without country, some without e-mail, two of three with shipping to pay."""
    paid = _money("number" if money == "number" else "text")
    prices = [1_850 + number % 700 * 10 + index * 1_215 for index in range(3)]
    amounts = [price * (index + 1) for index, price in enumerate(prices)]
    taxes = [(amount * 4 // 100, amount * 475 // 10_000) for amount in amounts]
    shipping = number % 3 * 495
    tax = sum(map(sum, taxes))
    total = sum(amounts) + shipping + tax
    name, day = _NAMES[number % 5], f"2026-{number % 5 + 5:02d}-{number % 28 + 1:02d}"
    at = f"{day}T{number % 24:02d}:{number % 60:02d}:36-04:00"
    made = _head(number, at) | {
        "financial_status": list(STATUS)[number % 4],
        "processed_at": at,
        "taxes_included": number % 7 == 0,
        "subtotal_price": paid(sum(amounts)),
        "subtotal_price_set": _set(paid(sum(amounts))),
        "total_discounts": paid(0),
        "total_discounts_set": _set(paid(0)),
        "total_line_items_price": paid(sum(amounts)),
        "total_price": _money("number" if money in ("number", "mixed") else "text")(total),
        "total_price_set": _set(paid(total)),
        "total_shipping_price_set": _set(paid(shipping)),
        "total_tax": paid(tax),
        "total_tip_received": paid(0),
        "billing_address": _address(number, name),
        "shipping_address": _address(number, name),
        "customer": _customer(number, name, at),
        "tax_lines": [_tax(paid(sum(each)), index) for index, each in enumerate(zip(*taxes, strict=True))],
        "line_items": [
            _line(number, index, paid(price), [_tax(paid(each), at) for at, each in enumerate(taxes[index])])
            for index, price in enumerate(prices)
        ],
        "total_outstanding": "0.00",
    }
    if number % 11 == 0:
        del made["billing_address"]["country_code"]
    if number % 13 == 0:
        made["customer"]["email"] = None
    if money == "odd":
        made["customer"] = f"guest {number}"
    return made


def page(first: int, count: int, money: Money = "text") -> bytes:
    """Return orders from number *first* on as one page, in compact JSON."""
    return compact({"orders": [order(number, money) for number in range(first, first + count)]})


def listed(count: int) -> Iterator[dict[str, Any]]:
    """Give orders as the API lists them: behind the first block come the same ones under other ids and names."""
    for index in range(count):
        block, number = divmod(index, BLOCK)
        made = order(number + 1)
        if block:
            made |= {"id": int(f"58{block}{str(made['id'])[2:]}"), "name": f"#{block}-{number + 1}"}
        yield made


def compact(value: Any) -> bytes:
    """Return JSON as a service writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _money(form: Money) -> Any:
    if form == "text":
        return lambda cents: f"{cents // 100}.{cents % 100:02d}"
    return lambda cents: cents / 100


def _set(amount: Any) -> dict[str, Any]:
    both = {"amount": amount, "currency_code": "USD"}
    return {"shop_money": both, "presentment_money": both}


def _tax(amount: Any, index: int) -> dict[str, Any]:
    return {
        "price": amount,
        "rate": (0.04, 0.0475)[index],
        "title": ("State Tax", "County Tax")[index],
        "price_set": _set(amount),
        "channel_liable": False,
    }


def _head(number: int, at: str) -> dict[str, Any]:
    token = f"{number * 2_654_435_761 % 2**64:016x}" * 2
    return {
        "id": 5_800_000_000_000 + number,
        "admin_graphql_api_id": f"gid://shop/Order/{5_800_000_000_000 + number}",
        "app_id": 94_170_352,
        "browser_ip": "203.0.113.1",
        "buyer_accepts_marketing": False,
        "cancel_reason": None,
        "cancelled_at": None,
        "cart_token": token,
        "client_details": {"accept_language": "en-US", "browser_ip": "203.0.113.1", "user_agent": None},
        "closed_at": None,
        "confirmed": True,
        "created_at": at,
        "currency": "USD",
        ODD: "USD",
        "email": f"buyer{number}@example.com",
        "fulfillment_status": None,
        "landing_site": "/collections/all",
        "name": f"#{number}",
        "note": "leave it with the neighbours, please, and ring twice",
        "note_attributes": [{"name": "gift wrap", "value": "no"}],
        "order_number": number,
        "order_status_url": f"https://kiln.example.com/{token}/authenticate?key={token[::-1]}",
        "payment_gateway_names": ["card"],
        "presentment_currency": "USD",
        "source_name": "web",
        "tags": "tea, ceramics",
        "test": False,
        "token": token,
        "total_weight": 920,
        "updated_at": at,
    }


def _address(number: int, name: str) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "name": name,
        "company": None,
        "address1": f"{number % 900 + 1} Larkspur Lane",
        "address2": None,
        "city": "Buffalo",
        "zip": "14201",
        "province": "New York",
        "province_code": "NY",
        "country": "United States",
        "country_code": "US",
        "phone": "+15550100",
        "latitude": 42.8964,
        "longitude": -78.8851,
    }


def _customer(number: int, name: str, at: str) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    return {
        "id": 8_200_000_000_000 + number % 5000,
        "email": f"buyer{number}@example.com",
        "created_at": at,
        "updated_at": at,
        "first_name": first,
        "last_name": last,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "tax_exempt": False,
        "tags": "",
        "currency": "USD",
    }


def _line(number: int, index: int, price: Any, taxes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": 13_900_000_000_000 + number * 10 + index,
        "admin_graphql_api_id": f"gid://shop/LineItem/{13_900_000_000_000 + number * 10 + index}",
        "fulfillable_quantity": index + 1,
        "fulfillment_service": "manual",
        "gift_card": False,
        "grams": 230,
        "name": _TITLES[index],
        "price": price,
        "price_set": _set(price),
        "product_exists": True,
        "product_id": 7_100_000_000_000 + index,
        "properties": [],
        "quantity": index + 1,
        "requires_shipping": True,
        "sku": f"KILN-{index:04d}",
        "taxable": True,
        "title": _TITLES[index],
        "total_discount": "0.00",
        "variant_id": 4_100_000_000_000 + index,
        "vendor": "Kiln",
        "tax_lines": taxes,
        "duties": [],
        "discount_allocations": [],
    }
