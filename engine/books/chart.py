"""The chart of accounts that new books begin with, read from ``chart.json``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine import canonical


@dataclass(frozen=True, slots=True)
class Account:
    """One account.

    Attributes:
        code: Its number; a sub-account's is its parent's, a colon and a name.
        type: asset, liability, equity, income or expense.
        normal: The side on which it grows, debit or credit.
        role: What only the books themselves post to it (receivable, clearing, tax, credit), or empty.
    """

    code: str
    name: str
    type: str
    normal: str
    role: str = ""


_DATA: Final = canonical.decode(Path(__file__).with_name("chart.json").read_bytes())

ACCOUNTS: Final = tuple(Account(**row) for row in _DATA["accounts"])
CATEGORIES: Final[dict[str, str]] = _DATA["categories"]
"""Category of an invoice line to code of its account."""

_ROLES: Final = {account.role: account for account in ACCOUNTS if account.role}
RECEIVABLE: Final = _ROLES["receivable"].code
CLEARING: Final = _ROLES["clearing"].code
TAX: Final = _ROLES["tax"].code
CREDIT: Final = _ROLES["credit"].code
OWN: Final = frozenset(account.code for account in _ROLES.values())
"""Accounts that no invoice line may name: only the books post to them."""
CUSTOMERS: Final = frozenset({RECEIVABLE, CREDIT})
"""Accounts whose postings name a customer."""


def clearing(method: str | None) -> Account:
    """Return the clearing account of a payment *method*, or the one of payments without a method."""
    parent = _ROLES["clearing"]
    if method is None:
        return parent
    return Account(f"{parent.code}:{method}", f"{parent.name}: {method}", parent.type, parent.normal)
