"""Customers, vendors, items and tax rates: what the books know of them and what makes two of them one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine.books.chart import TYPES, Account
from engine.books.document import Party, Side
from engine.books.fields import Reader

ADDRESS: Final = frozenset("line1 line2 city region postal_code country".split())
PARTY_FIELDS: Final = frozenset("name email phone tax_number currency address external_id".split())
ITEM_FIELDS: Final = frozenset("code name unit_price currency account_id tax_code external_id".split())
TAX_RATE_FIELDS: Final = frozenset("code name rate place external_id".split())
ACCOUNT_FIELDS: Final = frozenset("code name type external_id".split())


@dataclass(frozen=True, slots=True)
class MasterKind:
    """A kind of master record.

    Attributes:
        name: ``tax_rate``.
        collection: ``tax_rates``, as in addresses.
        prefix: What its ids begin with.
        words: How people call it.
        identity: Returns what makes two of them one, from a body; raises ``Refusal``.
    """

    name: str
    collection: str
    prefix: str
    words: str
    identity: Callable[[Any], str]


def _party(side: Side) -> Callable[[Any], str]:
    def identity(body: Any) -> str:
        reader = Reader(body, "", PARTY_FIELDS)
        found = Party(side, None, reader.text("name"), reader.text("email"))
        if found.name is None and found.email is None:
            raise reader.wrong("name", "missing", f"a {side} has a name, an email or both")
        for name in ("phone", "tax_number"):
            reader.text(name)
        if reader.has("currency"):
            reader.currency("currency")
        if reader.has("address"):
            address = Reader(reader.raw("address"), "/address", ADDRESS)
            for name in ADDRESS:
                address.text(name, blank=True)
        return found.identity

    return identity


def _item(body: Any) -> str:
    reader = Reader(body, "", ITEM_FIELDS)
    for name in ("account_id", "tax_code"):
        reader.text(name)
    reader.needed("name")
    if reader.has("unit_price"):
        reader.number("unit_price")
    if reader.has("currency"):
        reader.currency("currency")
    return "code:" + reader.needed("code")


def _tax_rate(body: Any) -> str:
    reader = Reader(body, "", TAX_RATE_FIELDS)
    reader.needed("name")
    reader.text("place")
    if reader.number("rate") < 0:
        raise reader.wrong("rate", "amount", "a rate is not below zero; 8.25 is 8.25 percent")
    return "code:" + reader.needed("code")


def account(body: Any) -> Account:
    """Parse the body of ``accounts.create``; raises ``Refusal``."""
    reader = Reader(body, "", ACCOUNT_FIELDS)
    code = reader.needed("code")
    if ":" in code:
        raise reader.wrong("code", "form", "a code has no colon, which divides sub-accounts")
    return Account(code, reader.needed("name"), reader.choice("type", TYPES, ""))


KINDS: Final = {
    kind.collection: kind
    for kind in (
        MasterKind("customer", "customers", "cus", "customer", _party("customer")),
        MasterKind("vendor", "vendors", "ven", "vendor", _party("vendor")),
        MasterKind("item", "items", "item", "item", _item),
        MasterKind("tax_rate", "tax_rates", "tax", "tax rate", _tax_rate),
    )
}
