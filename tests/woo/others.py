"""What the shop has beside its orders: refunds, customers, products and tax rates."""

from __future__ import annotations

from typing import Any, Final

from tests.woo.figures import Rate
from tests.woo.orders import DELPHINE, JONAS, RATES, ROSALIND, SORA
from tests.woo.shape import NOBODY, SITE, dates, links

Json = dict[str, Any]

EMPTY_TEXTS: Final = (
    "short_description",
    "sale_price",
    "price_html",
    "external_url",
    "button_text",
    "tax_class",
    "weight",
    "shipping_class",
    "purchase_note",
)
EMPTY_LISTS: Final = (
    *("downloads", "related_ids", "upsell_ids", "cross_sell_ids", "tags", "images", "attributes"),
    *("default_attributes", "variations", "grouped_products", "meta_data"),
)


def refunds() -> list[Json]:
    """Return the two refunds of order 5107: its blanket by line, and the rest as an amount alone."""
    taken = {
        "id": 51900,
        "name": "Wool blanket",
        "product_id": 301,
        "variation_id": 0,
        "quantity": -1,
        "tax_class": "",
        "subtotal": "-89.00",
        "subtotal_tax": "-7.90",
        "total": "-89.00",
        "total_tax": "-7.90",
        "taxes": [{"id": 11, "total": "-7.89875", "subtotal": "-7.89875"}],
        "meta_data": [{"id": 80, "key": "_refunded_item_id", "value": "51070"}],
        "sku": "BLANKET",
        "price": -89,
    }
    rate = {
        "id": 51908,
        "rate_code": RATES[0].code,
        "rate_id": 11,
        "label": RATES[0].name,
        "compound": False,
        "tax_total": "-7.90",
        "shipping_tax_total": "0.00",
        "rate_percent": 8.875,
        "meta_data": [],
    }
    return [
        _refund(5190, "2026-10-11T09:15:00", "96.90", "Wrong colour", [taken], [rate]),
        _refund(5191, "2026-10-12T11:45:00", "15.79", "", [], []),
    ]


def _refund(id: int, at: str, amount: str, reason: str, lines: list[Json], rates: list[Json]) -> Json:
    there = f"{SITE}/wp-json/wc/v3/orders/5107"
    return {
        "id": id,
        **dates("created", at),
        "amount": amount,
        "reason": reason,
        "refunded_by": 1,
        "refunded_payment": True,
        "meta_data": [],
        "line_items": lines,
        "tax_lines": rates,
        "shipping_lines": [],
        "fee_lines": [],
        "_links": {**links(f"orders/5107/refunds/{id}"), "up": [{"href": there}]},
    }


def customers() -> list[Json]:
    """Return the buyers who have an account."""
    return [_customer(each) for each in (ROSALIND, JONAS, SORA, DELPHINE)]


def _customer(buyer: Json) -> Json:
    billing = {**NOBODY, "email": "", "phone": "", **buyer["billing"]}
    return {
        "id": buyer["id"],
        **dates("created", f"2026-0{buyer['id'] - 38}-11T12:00:00"),
        **dates("modified", None),
        "email": billing["email"],
        "first_name": billing["first_name"],
        "last_name": billing["last_name"],
        "role": "customer",
        "username": billing["first_name"].lower(),
        "billing": billing,
        "shipping": {**{name: billing[name] for name in NOBODY}, "phone": ""},
        "is_paying_customer": True,
        "avatar_url": f"{SITE}/avatar/{buyer['id']}.png",
        "meta_data": [],
        "_links": links(f"customers/{buyer['id']}"),
    }


def products() -> list[Json]:
    """Return three of the products."""
    return [
        _product(301, "Wool blanket", "BLANKET", "89.00"),
        _product(302, "Yarn, oat", "YARN-OAT", "7.25"),
        _product(303, "Felting needle", "", "3.15"),
    ]


def _product(id: int, name: str, sku: str, price: str) -> Json:
    slug = name.lower().replace(", ", "-").replace(" ", "-")
    return {
        "id": id,
        "name": name,
        "slug": slug,
        "permalink": f"{SITE}/product/{slug}/",
        **dates("created", "2026-02-03T10:00:00"),
        **dates("modified", "2026-09-01T10:00:00"),
        "type": "simple",
        "status": "publish",
        "catalog_visibility": "visible",
        "description": f"<p>{name}, made by hand.</p>\n",
        "sku": sku,
        "price": price,
        "regular_price": price,
        **dict.fromkeys(EMPTY_TEXTS, ""),
        **{name: [] for name in EMPTY_LISTS},
        **dates("on_sale_from", None),
        **dates("on_sale_to", None),
        **dict.fromkeys(("purchasable", "shipping_required", "shipping_taxable", "reviews_allowed"), True),
        **dict.fromkeys(("featured", "on_sale", "virtual", "downloadable", "manage_stock"), False),
        **dict.fromkeys(("backorders_allowed", "backordered", "sold_individually"), False),
        **dict.fromkeys(("total_sales", "shipping_class_id", "rating_count", "parent_id", "menu_order"), 0),
        **dict.fromkeys(("download_limit", "download_expiry"), -1),
        "tax_status": "taxable",
        "stock_quantity": None,
        "stock_status": "instock",
        "backorders": "no",
        "dimensions": {"length": "", "width": "", "height": ""},
        "average_rating": "0.00",
        "categories": [{"id": 17, "name": "Loom", "slug": "loom"}],
        "_links": links(f"products/{id}"),
    }


def tax_rates() -> list[Json]:
    """Return the shop's tax rates."""
    return [_rate(number, each) for number, each in enumerate(RATES)]


def _rate(number: int, rate: Rate) -> Json:
    return {
        "id": rate.id,
        "country": rate.country,
        "state": rate.state,
        "postcode": "",
        "city": "",
        "postcodes": [],
        "cities": [],
        "rate": rate.percent,
        "name": rate.name,
        "priority": 1,
        "compound": False,
        "shipping": True,
        "order": number,
        "class": "standard",
        "_links": links(f"taxes/{rate.id}"),
    }
