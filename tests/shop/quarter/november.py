"""2 November 2026: change at the counter, money that goes back while some is still owed or that came twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.shop.amounts import EUR
from tests.shop.catalogue import (
    AMARA,
    BLACK,
    CHAMOMILE,
    ERIE,
    GERMANY,
    GERMANY_FOOD,
    HOJICHA,
    JOERG,
    MUG_ASH,
    MUG_INDIGO,
    NESTED_BOWLS,
    NEW_JERSEY,
    NEW_YORK_CITY,
    TEAPOT,
    ZOE,
)
from tests.shop.quarter.catalogue import FINLAND, FINLAND_FOOD, WILLIAM, by, card
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
    # Cancelled after a deposit of forty dollars, which went back: the rest of the bill is no longer owed. The bill has
    # another name on it than the same buyer's others.
    Order(
        3077,
        "2026-11-02T12:20:00-05:00",
        AMARA,
        lines=(line(MUG_ASH, 3, "28.00", ERIE),),
        shipping=(shipping("Ground", "7.50", ERIE),),
        payments=(card("2026-11-02T12:20:00-05:00", "40.00"),),
        refunds=(
            Refund(
                "2026-11-02T18:05:00-05:00",
                "Ordered twice",
                ((0, 3),),
                shipping=True,
                cash=((0, Decimal("40.00")),),
                by_edit=True,
            ),
        ),
        cancelled=("2026-11-02T18:05:00-05:00", "customer"),
        billed_to=("Amara", "Reyes"),
    ),
    # Cash at the market in Helsinki: 33.80 taken for 33.79, and for the mug that came back 26.40 given for 26.42.
    Order(
        3078,
        "2026-11-02T13:00:00-05:00",
        None,
        lines=(line(MUG_ASH, 1, "26.42", FINLAND), line(CHAMOMILE, 1, "7.37", FINLAND_FOOD)),
        payments=(
            Payment("2026-11-02T13:00:00-05:00", "cash", amount=Decimal("33.79"), rounding=Decimal("0.01")),
        ),
        currency=EUR,
        taxes_included=True,
        refunds=(
            Refund("2026-11-02T13:40:00-05:00", "Hairline crack", ((0, 1),), rounding=Decimal("-0.02")),
        ),
        at_counter=True,
    ),
    # Paid twice over by mistake: eighty dollars by card, and fifty by another way to pay while that was under way.
    Order(
        3079,
        "2026-11-02T14:15:16-05:00",
        ZOE,
        lines=(line(NESTED_BOWLS, 1, "64.00", NEW_JERSEY), line(BLACK, 1, "11.50")),
        shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
        payments=(
            card("2026-11-02T14:15:16-05:00", "80.00"),
            by("paypal", "2026-11-02T14:15:40-05:00", "50.00"),
        ),
    ),
    # At the counter: cash was put down and given back whole, then a card paid.
    Order(
        3080,
        "2026-11-02T15:01:00-05:00",
        None,
        lines=(line(HOJICHA, 2, "12.75"),),
        payments=(
            Payment("2026-11-02T15:01:00-05:00", "cash", amount=Decimal("50.00")),
            Payment("2026-11-02T15:01:30-05:00", "cash", "change", Decimal("50.00"), parent=0),
            card("2026-11-02T15:02:00-05:00"),
        ),
        at_counter=True,
    ),
    # A pot and its shipping come back, taxed at two rates; of what is kept, Shopify states the tax as one sum.
    Order(
        3081,
        "2026-11-02T15:30:00-05:00",
        JOERG,
        lines=(line(TEAPOT, 1, "84.90", GERMANY),),
        shipping=(shipping("DHL Paket International", "14.90", GERMANY_FOOD),),
        payments=(by("paypal", "2026-11-02T15:30:00-05:00"),),
        currency=EUR,
        taxes_included=True,
        refunds=(
            Refund(
                "2026-11-02T19:45:00-05:00",
                "Spout drips",
                ((0, 1),),
                shipping=True,
                cash=((0, Decimal("88.80")),),
                tax_apart=Decimal("1.60"),
            ),
        ),
    ),
)
