"""October 2026, to the nights on which the clocks change in Europe (25 October) and New York (1 November)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.shop.amounts import EUR, JPY, KWD
from tests.shop.catalogue import (
    AMARA,
    BLACK,
    CHAMOMILE,
    ELODIE,
    ERIE,
    FRANCE,
    FRANCE_FOOD,
    GERMANY,
    GERMANY_FOOD,
    HOJICHA,
    JAPAN,
    JAPAN_FOOD,
    JOERG,
    MUG_ASH,
    MUG_INDIGO,
    NESTED_BOWLS,
    NEW_JERSEY,
    NEW_YORK_CITY,
    NOURA,
    OOLONG,
    PINCH_BOWL,
    PRIYA,
    TEAPOT,
    YATING,
    ZOE,
)
from tests.shop.quarter.catalogue import (
    AARAV,
    AMEX,
    ANI,
    IRELAND,
    MADHULIKA,
    MASTERCARD,
    MOMO,
    RUTH,
    SAMPLER,
    SINEAD,
    TSEHAY,
    WASHINGTON,
    WILLIAM,
    by,
    card,
)
from tests.shop.statement import Order, Refund, line, off_shipping, percent_code, shipping

ORDERS: Final = (
    # At the counter: nobody's name, cash, a tip.
    Order(
        3056,
        "2026-10-01T15:15:15-04:00",
        None,
        lines=(line(OOLONG, 2, "14.00"), line(MUG_ASH, 1, "28.00", NEW_YORK_CITY)),
        payments=(by("cash", "2026-10-01T15:15:15-04:00"),),
        tip=Decimal("3.51"),
        at_counter=True,
    ),
    # At the counter again, another nobody: not the same customer.
    Order(
        3057,
        "2026-10-02T11:40:00-04:00",
        None,
        lines=(line(BLACK, 1, "11.50"),),
        payments=(card("2026-10-02T11:40:00-04:00", of=MASTERCARD),),
        tip=Decimal("1.00"),
        at_counter=True,
    ),
    # Taken by telephone from someone with one name and no e-mail address; on account, nothing paid but a deposit.
    Order(
        3058,
        "2026-10-03T11:20:00-04:00",
        MADHULIKA,
        lines=(line(NESTED_BOWLS, 2, "64.00", ERIE),),
        shipping=(shipping("Ground", "7.50", ERIE),),
        payments=(by("Bank Deposit", "2026-10-07T09:00:00-04:00", "70.00"),),
    ),
    # Names in Devanagari, Armenian and Ethiopic.
    Order(
        3059,
        "2026-10-05T01:15:00-04:00",
        AARAV,
        lines=(line(HOJICHA, 3, "12.75"), line(PINCH_BOWL, 1, "19.50")),
        shipping=(shipping("Priority International", "24.00"),),
        payments=(card("2026-10-05T01:15:00-04:00"),),
    ),
    Order(
        3060,
        "2026-10-06T03:00:00-04:00",
        ANI,
        lines=(line(CHAMOMILE, 5, "9.25"),),
        shipping=(shipping("Priority International", "24.00"),),
        payments=(by("paypal", "2026-10-06T03:00:00-04:00"),),
    ),
    Order(
        3061,
        "2026-10-10T14:00:00-04:00",
        TSEHAY,
        lines=(line(TEAPOT, 1, "92.00"),),
        shipping=(shipping("Priority International", "31.00"),),
        payments=(card("2026-10-10T14:00:00-04:00"),),
    ),
    # Free shipping by a code, on an order whose shipping would be taxed.
    Order(
        3062,
        "2026-10-12T09:09:00-04:00",
        SINEAD,
        lines=(line(MUG_INDIGO, 2, "26.40", IRELAND), line(SAMPLER, 1, "7.90", IRELAND)),
        shipping=(shipping("Priority International", "13.00", IRELAND),),
        payments=(card("2026-10-12T09:09:00-04:00"),),
        currency=EUR,
        taxes_included=True,
        discounts=(off_shipping("SAORPHOST", "100"),),
    ),
    # The gift card in euros of #3021, redeemed in part; the rest by card.
    Order(
        3063,
        "2026-10-13T06:06:06-04:00",
        JOERG,
        lines=(line(PINCH_BOWL, 2, "18.90", GERMANY), line(BLACK, 1, "11.45", GERMANY_FOOD)),
        shipping=(shipping("DHL Paket International", "14.90", GERMANY),),
        payments=(
            by("gift_card", "2026-10-13T06:06:00-04:00", "20.00"),
            card("2026-10-13T06:06:06-04:00", "44.15"),
        ),
        currency=EUR,
        taxes_included=True,
    ),
    # Yen from a buyer with a sign beyond the sixteen-bit letters in the name.
    Order(
        3064,
        "2026-10-15T20:30:00-04:00",
        MOMO,
        lines=(line(NESTED_BOWLS, 2, "9600", JAPAN), line(OOLONG, 3, "2080", JAPAN_FOOD)),
        shipping=(shipping("Airmail", "2400", JAPAN),),
        payments=(card("2026-10-15T20:30:00-04:00"),),
        currency=JPY,
        taxes_included=True,
        refunds=(Refund("2026-10-23T20:00:00-04:00", "割れ", ((0, 1),), shipping=True),),
    ),
    # Dinars, everything paid back.
    Order(
        3065,
        "2026-10-17T13:00:00-04:00",
        NOURA,
        lines=(line(MUG_INDIGO, 1, "8.625"), line(HOJICHA, 3, "3.895")),
        shipping=(shipping("Courier", "4.125"),),
        payments=(card("2026-10-17T13:00:00-04:00"),),
        currency=KWD,
        discounts=(percent_code("خريف", "7"),),
        refunds=(Refund("2026-10-22T10:00:00-04:00", "Not wanted", ((0, 1), (1, 3)), shipping=True),),
    ),
    # Through the marketplace once more.
    Order(
        3066,
        "2026-10-19T17:55:05-04:00",
        RUTH,
        lines=(line(MUG_ASH, 3, "28.00", WASHINGTON),),
        shipping=(shipping("Ground", "9.40", WASHINGTON),),
        payments=(by("kilnmarket", "2026-10-19T17:55:05-04:00"),),
        discounts=(percent_code("OCTOBER5", "5"),),
        extras={"source_name": "kilnmarket"},
    ),
    # Half past two in Weimar before the clocks go back on 25 October: 24 October in New York.
    Order(
        3067,
        "2026-10-24T20:30:00-04:00",
        JOERG,
        lines=(line(OOLONG, 2, "13.90", GERMANY_FOOD),),
        shipping=(shipping("DHL Paket International", "14.90", GERMANY),),
        payments=(by("paypal", "2026-10-24T20:30:00-04:00"),),
        currency=EUR,
        taxes_included=True,
    ),
    # Half past two in Limoges an hour later, after they went back.
    Order(
        3068,
        "2026-10-24T21:30:00-04:00",
        ELODIE,
        lines=(line(MUG_ASH, 1, "26.40", FRANCE), line(CHAMOMILE, 2, "8.60", FRANCE_FOOD)),
        shipping=(shipping("Colissimo International", "16.40", FRANCE),),
        payments=(card("2026-10-24T21:30:00-04:00"),),
        currency=EUR,
        taxes_included=True,
    ),
    # Pending: the buyer was asked to pay by transfer. Not invoiced.
    Order(
        3069,
        "2026-10-28T10:00:00-04:00",
        WILLIAM,
        lines=(line(MUG_INDIGO, 6, "26.00", NEW_YORK_CITY),),
        payments=(),
    ),
    # The last evening of October, November in UTC.
    Order(
        3070,
        "2026-10-31T23:30:00-04:00",
        ZOE,
        lines=(line(PINCH_BOWL, 1, "19.50", NEW_JERSEY),),
        shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
        payments=(card("2026-10-31T23:30:00-04:00"),),
    ),
    # Half past one on 1 November, summer time …
    Order(
        3071,
        "2026-11-01T01:30:00-04:00",
        PRIYA,
        lines=(line(BLACK, 2, "11.50"),),
        shipping=(shipping("Ground", "6.00"),),
        payments=(card("2026-11-01T01:30:00-04:00", of=AMEX),),
    ),
    # … and half past one again, an hour later, standard time.
    Order(
        3072,
        "2026-11-01T01:30:00-05:00",
        YATING,
        lines=(line(HOJICHA, 1, "12.75"),),
        shipping=(shipping("Ground", "6.00"),),
        payments=(card("2026-11-01T01:30:00-05:00"),),
    ),
    # The last minute of 1 November, which has twenty-five hours.
    Order(
        3073,
        "2026-11-01T23:59:00-05:00",
        AMARA,
        lines=(line(MUG_ASH, 1, "28.00", ERIE),),
        shipping=(shipping("Ground", "7.50", ERIE),),
        payments=(card("2026-11-01T23:59:00-05:00"),),
    ),
)
