"""2 November 2026: change at the counter, money that goes back while some is still owed, and money with its tax."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.shop.catalogue import (
    AMARA,
    BLACK,
    ERIE,
    HOJICHA,
    MUG_ASH,
    MUG_INDIGO,
    NESTED_BOWLS,
    NEW_YORK_CITY,
)
from tests.shop.quarter.catalogue import WILLIAM, by
from tests.shop.statement import Order, Payment, Refund, line, shipping

ORDERS: Final = (
    # At the counter: fifty dollars in cash for 43.24, and 6.76 given back.
    Order(
        3074,
        "2026-11-02T09:31:20-05:00",
        None,
        lines=(line(HOJICHA, 1, "12.75"), line(MUG_ASH, 1, "28.00", NEW_YORK_CITY)),
        payments=(
            Payment("2026-11-02T09:31:20-05:00", "cash", amount=Decimal("50.00")),
            Payment("2026-11-02T09:31:21-05:00", "cash", "change", Decimal("6.76"), parent=0),
        ),
        at_counter=True,
    ),
    # A deposit came in, and one of six mugs came back: its price is paid back, the rest of the bill stays open.
    Order(
        3075,
        "2026-11-02T10:05:00-05:00",
        WILLIAM,
        lines=(line(MUG_INDIGO, 6, "26.00", NEW_YORK_CITY), line(BLACK, 8, "10.25")),
        payments=(by("Bank Deposit", "2026-11-02T12:00:00-05:00", "100.00"),),
        refunds=(Refund("2026-11-02T16:30:00-05:00", "Handle broken", ((0, 1),)),),
    ),
    # A price cut afterwards, nothing came back: five dollars and their tax, which Shopify states as one sum of two.
    Order(
        3076,
        "2026-11-02T11:12:13-05:00",
        AMARA,
        lines=(line(NESTED_BOWLS, 1, "64.00", ERIE), line(BLACK, 1, "11.50")),
        shipping=(shipping("Ground", "7.50", ERIE),),
        payments=(by("paypal", "2026-11-02T11:12:13-05:00"),),
        refunds=(
            Refund(
                "2026-11-02T17:00:00-05:00",
                "Glaze flaw",
                cash=((0, Decimal("5.44")),),
                tax_apart=Decimal("-0.44"),
            ),
        ),
    ),
)
