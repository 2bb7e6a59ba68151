"""Identifiers and tokens of the shop, derived from the numbers of orders, people and items: never random."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

SHOP: Final = 73_914_602_851
STOREFRONT: Final = "https://lantern-and-kiln.example.com"
LOCATION: Final = 81_265_093_417
WEB_APP: Final = 94_170_352_816
COUNTER_APP: Final = 94_170_352_829
STAFF: Final = 66_031_948_725

# Each kind of object counts from its own base; ten thousand per order leave room for its parts.
_BASES: Final = {
    "Order": 5_871_300_000_000,
    "LineItem": 1_390_200_000_000,
    "ShippingLine": 2_466_700_000_000,
    "OrderTransaction": 7_021_500_000_000,
    "Refund": 9_148_800_000_000,
    "RefundLineItem": 3_350_900_000_000,
    "RefundShippingLine": 3_771_400_000_000,
    "Fulfillment": 6_608_100_000_000,
    "Checkout": 4_092_600_000_000,
    "Customer": 8_217_500_000_000,
    "Address": 8_533_000_000_000,
    "Product": 1_052_300_000_000,
    "ProductVariant": 1_177_800_000_000,
    "Duty": 2_811_600_000_000,
    "OrderAdjustment": 4_517_300_000_000,
    "Payout": 3_208_400_000_000,
    "BalanceTransaction": 5_239_700_000_000,
    "Dispute": 1_870_100_000_000,
    "ProductOption": 1_284_500_000_000,
    "InventoryItem": 4_926_200_000_000,
}


def identify(kind: str, number: int, part: int = 0) -> int:
    """Return the id (13 digits) of the *part*-th object of *kind* that belongs to *number*."""
    return _BASES[kind] + number * 10_007 + part * 37


def gid(kind: str, number: int) -> str:
    """Return Shopify's GraphQL id of the object whose REST id is *number*."""
    return f"gid://shopify/{kind}/{number}"


def token(*words: object) -> str:
    """Return 32 hexadecimal digits that depend on *words* alone."""
    return hashlib.sha256("/".join(map(str, words)).encode()).hexdigest()[:32]


def confirmation(number: int) -> str:
    """Return an order's confirmation number: nine capital letters and digits."""
    return base64.b32encode(hashlib.sha256(f"confirmation/{number}".encode()).digest()).decode()[:9]


def business_entity() -> str:
    """Return the shop's business entity id, Base64 as Shopify writes it."""
    return base64.b64encode(f"1{SHOP}".encode()).decode().rstrip("=")
