"""September 2026, second half: other currencies at the checkout, duties, the counter's cash, a marketplace."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.shop.amounts import EUR
from tests.shop.catalogue import (
    AMARA,
    BLACK,
    CHAMOMILE,
    CONNECTICUT,
    ERIE,
    HOJICHA,
    JOERG,
    MIO,
    MUG_ASH,
    MUG_INDIGO,
    NESTED_BOWLS,
    NOURA,
    OOLONG,
    PINCH_BOWL,
    PRIYA,
    SEAMUS,
    TEAPOT,
    YATING,
)
from tests.shop.quarter.catalogue import (
    AMEX,
    DENVER,
    DOLLARS_AS_DINARS,
    DOLLARS_AS_EUROS,
    DOLLARS_AS_YEN,
    FINLAND,
    FINLAND_FOOD,
    ISIK,
    KAYAL,
    LINH,
    MASTERCARD,
    MINJI,
    NINO,
    RUTH,
    WASHINGTON,
    by,
    card,
)
from tests.shop.statement import (
    Order,
    Payment,
    Refund,
    automatic_off,
    given_off,
    line,
    percent_code,
    shipping,
)

ORDERS: Final = (
    # The buyer saw and paid euros; the shop keeps dollars, and dollars are booked.
    Order(
        3041,
        "2026-09-19T05:50:50-04:00",
        JOERG,
        lines=(line(MUG_ASH, 2, "28.00"), line(OOLONG, 1, "14.00")),
        shipping=(shipping("Priority International", "24.00"),),
        payments=(card("2026-09-19T05:50:50-04:00"),),
        currency=DOLLARS_AS_EUROS,
    ),
    # The buyer paid yen.
    Order(
        3042,
        "2026-09-19T22:18:00-04:00",
        MIO,
        lines=(line(PINCH_BOWL, 1, "19.50"), line(HOJICHA, 4, "12.75")),
        shipping=(shipping("Priority International", "24.00"),),
        payments=(card("2026-09-19T22:18:00-04:00"),),
        currency=DOLLARS_AS_YEN,
        discounts=(percent_code("SEPTEMBER5", "5"),),
    ),
    # The buyer paid dinars, and one line was paid back.
    Order(
        3043,
        "2026-09-20T09:20:00-04:00",
        NOURA,
        lines=(line(NESTED_BOWLS, 1, "64.00"), line(BLACK, 2, "11.50")),
        shipping=(shipping("Priority International", "24.00"),),
        payments=(card("2026-09-20T09:20:00-04:00", of=MASTERCARD),),
        currency=DOLLARS_AS_DINARS,
        refunds=(Refund("2026-09-29T11:11:11-04:00", "Double order", ((1, 2),)),),
    ),
    # Duties, collected at the checkout for the customs of the buyer's country.
    Order(
        3044,
        "2026-09-20T18:00:00-04:00",
        MINJI,
        lines=(line(TEAPOT, 1, "92.00", duty="7.36"), line(MUG_INDIGO, 2, "28.00", duty="4.48")),
        shipping=(shipping("Priority International", "31.00"),),
        payments=(card("2026-09-20T18:00:00-04:00"),),
    ),
    # Duties paid back with the line that they were collected for.
    Order(
        3045,
        "2026-09-21T03:30:00-04:00",
        ISIK,
        lines=(
            line(PINCH_BOWL, 1, "19.50", duty="3.90"),
            line(NESTED_BOWLS, 1, "64.00", duty="12.80"),
        ),
        shipping=(shipping("Priority International", "31.00"),),
        payments=(card("2026-09-21T03:30:00-04:00"),),
        refunds=(Refund("2026-09-30T08:00:00-04:00", "Refused at customs", ((1, 1),), duties=True),),
    ),
    # Cash at a market in Helsinki: 41.14 to pay, 41.15 taken, for nobody has cents.
    Order(
        3046,
        "2026-09-22T05:10:00-04:00",
        None,
        lines=(line(MUG_ASH, 1, "26.40", FINLAND), line(CHAMOMILE, 2, "7.37", FINLAND_FOOD)),
        payments=(
            Payment("2026-09-22T05:10:00-04:00", "cash", amount=Decimal("41.14"), rounding=Decimal("0.01")),
        ),
        currency=EUR,
        taxes_included=True,
        at_counter=True,
    ),
    # A card pays 20.00 of 36.22, cash the rest: 16.20 taken for 16.22.
    Order(
        3047,
        "2026-09-22T06:40:00-04:00",
        None,
        lines=(line(HOJICHA, 1, "9.82", FINLAND_FOOD), line(MUG_INDIGO, 1, "26.40", FINLAND)),
        payments=(
            card("2026-09-22T06:39:50-04:00", "20.00"),
            Payment("2026-09-22T06:40:00-04:00", "cash", amount=Decimal("16.22"), rounding=Decimal("-0.02")),
        ),
        currency=EUR,
        taxes_included=True,
        at_counter=True,
    ),
    # Through a marketplace that pays the state's tax itself and settles without it.
    Order(
        3048,
        "2026-09-23T14:02:33-04:00",
        RUTH,
        lines=(line(TEAPOT, 1, "92.00", WASHINGTON), line(OOLONG, 2, "14.00")),
        shipping=(shipping("Ground", "9.40", WASHINGTON),),
        payments=(by("kilnmarket", "2026-09-23T14:02:33-04:00"),),
        extras={"source_name": "kilnmarket"},
    ),
    # Authorized once, captured in two parts as two parcels left.
    Order(
        3049,
        "2026-09-24T10:10:01-04:00",
        AMARA,
        lines=(line(MUG_ASH, 4, "28.00", ERIE), line(BLACK, 2, "11.50")),
        shipping=(shipping("Ground", "7.50", ERIE),),
        payments=(
            Payment("2026-09-24T10:10:01-04:00", kind="authorization", card=AMEX),
            Payment("2026-09-25T09:00:00-04:00", kind="capture", parent=0, amount=Decimal("100.00")),
            Payment("2026-09-28T09:00:00-04:00", kind="capture", parent=0, amount=Decimal("52.96")),
        ),
    ),
    # A declined card, then PayPal.
    Order(
        3050,
        "2026-09-25T21:21:21-04:00",
        SEAMUS,
        lines=(line(PINCH_BOWL, 2, "19.50", CONNECTICUT),),
        shipping=(shipping("Ground", "7.95", CONNECTICUT),),
        payments=(
            Payment(
                "2026-09-25T21:20:02-04:00",
                card=MASTERCARD,
                error=("card_declined", "The issuing bank refused this charge."),
            ),
            by("paypal", "2026-09-25T21:21:21-04:00"),
        ),
    ),
    # Four taxes on each line, three discounts: automatic on a line, by the staff on another, a code on what is left.
    Order(
        3051,
        "2026-09-27T12:34:56-04:00",
        LINH,
        lines=(
            line(PINCH_BOWL, 3, "19.50", DENVER),
            line(NESTED_BOWLS, 1, "64.00", DENVER),
            line(HOJICHA, 1, "12.75"),
        ),
        shipping=(shipping("Ground", "11.15", DENVER),),
        payments=(card("2026-09-27T12:34:56-04:00"),),
        discounts=(
            automatic_off("Three bowls or more", 0, "1.25"),
            given_off("Second quality", 1, "20"),
            percent_code("FIRSTPOT", "15"),
        ),
    ),
    # Buyers whose names are written in Georgian and in Tamil.
    Order(
        3052,
        "2026-09-28T07:15:00-04:00",
        NINO,
        lines=(line(TEAPOT, 1, "92.00"),),
        shipping=(shipping("Priority International", "24.00"),),
        payments=(card("2026-09-28T07:15:00-04:00"),),
    ),
    Order(
        3053,
        "2026-09-29T20:45:10-04:00",
        KAYAL,
        lines=(line(BLACK, 6, "11.50"), line(CHAMOMILE, 4, "9.25")),
        shipping=(shipping("Priority International", "24.00"),),
        payments=(by("paypal", "2026-09-29T20:45:10-04:00"),),
    ),
    # The last evening of September, October in UTC.
    Order(
        3054,
        "2026-09-30T23:30:00-04:00",
        PRIYA,
        lines=(line(OOLONG, 1, "14.00"),),
        shipping=(shipping("Ground", "6.00"),),
        payments=(card("2026-09-30T23:30:00-04:00"),),
    ),
    # Authorized only, on the last evening of September. Not invoiced.
    Order(
        3055,
        "2026-09-30T23:58:00-04:00",
        YATING,
        lines=(line(MUG_INDIGO, 1, "28.00"),),
        shipping=(shipping("Ground", "6.00"),),
        payments=(Payment("2026-09-30T23:58:00-04:00", kind="authorization", card=AMEX),),
    ),
)
