"""September 2026, first half: money and goods that went back, and orders edited after they were placed.

An edit leaves no mark of its own in the REST shape. A line added to an order is one more line, counted in
``total_price``. A line taken off stays, and a refund names it: with money where it was paid back, else without.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.shop.amounts import EUR, JPY, KWD
from tests.shop.catalogue import (
    AMARA,
    BLACK,
    CHAMOMILE,
    CONNECTICUT,
    ELODIE,
    ERIE,
    FRANCE,
    FRANCE_FOOD,
    HOJICHA,
    JAPAN,
    JAPAN_FOOD,
    MASSACHUSETTS,
    MIO,
    MUG_ASH,
    MUG_INDIGO,
    NESTED_BOWLS,
    NEW_JERSEY,
    NEW_YORK_CITY,
    NOURA,
    OOLONG,
    PINCH_BOWL,
    PRIYA,
    SEAMUS,
    TEAPOT,
    TOBIAS,
    VLADYSLAV,
    YATING,
    ZOE,
)
from tests.shop.quarter.catalogue import AMEX, DENVER, ELENI, GREECE, LINH, MASTERCARD, WILLIAM, by, card
from tests.shop.statement import Order, Refund, amount_code, line, percent_code, shipping

ORDERS: Final = (
    # All goods came back; the shipping was not paid back.
    Order(
        3023,
        "2026-09-01T10:20:30-04:00",
        SEAMUS,
        lines=(line(PINCH_BOWL, 2, "19.50", CONNECTICUT), line(OOLONG, 1, "14.00")),
        shipping=(shipping("Ground", "7.95", CONNECTICUT),),
        payments=(card("2026-09-01T10:20:30-04:00"),),
        shipped_at="2026-09-02T09:00:00-04:00",
        refunds=(Refund("2026-09-12T11:00:00-04:00", "Returned unused", ((0, 2), (1, 1))),),
    ),
    # One of three mugs came back: its two taxes are refunded as one sum, with its share of the code.
    Order(
        3024,
        "2026-09-02T14:41:06-04:00",
        AMARA,
        lines=(line(MUG_ASH, 3, "28.00", ERIE), line(BLACK, 2, "11.50")),
        shipping=(shipping("Ground", "7.50", ERIE),),
        payments=(card("2026-09-02T14:41:06-04:00", of=MASTERCARD),),
        discounts=(amount_code("KETTLE10", "10.00"),),
        shipped_at="2026-09-03T09:30:00-04:00",
        refunds=(Refund("2026-09-14T16:45:00-04:00", "Chipped in transit", ((0, 1),)),),
    ),
    # Money alone: five dollars for a late parcel, nothing came back.
    Order(
        3025,
        "2026-09-03T09:09:09-04:00",
        ZOE,
        lines=(line(HOJICHA, 2, "12.75"), line(MUG_INDIGO, 1, "28.00", NEW_JERSEY)),
        shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
        payments=(card("2026-09-03T09:09:09-04:00"),),
        shipped_at="2026-09-09T10:00:00-04:00",
        refunds=(Refund("2026-09-11T12:00:00-04:00", "Late", cash=((0, Decimal("5.00")),)),),
    ),
    # Less money than the goods: a restocking fee was kept.
    Order(
        3026,
        "2026-09-04T15:33:21-04:00",
        YATING,
        lines=(line(TEAPOT, 1, "92.00"), line(CHAMOMILE, 1, "9.25")),
        shipping=(shipping("Ground", "9.00"),),
        payments=(card("2026-09-04T15:33:21-04:00", of=AMEX),),
        shipped_at="2026-09-05T09:00:00-04:00",
        refunds=(
            Refund("2026-09-20T10:10:00-04:00", "Opened box", ((0, 1),), cash=((0, Decimal("78.20")),)),
        ),
    ),
    # More money than the goods: the buyer's postage for the return was paid too.
    Order(
        3027,
        "2026-09-05T11:02:58-04:00",
        TOBIAS,
        lines=(line(NESTED_BOWLS, 1, "64.00", MASSACHUSETTS), line(OOLONG, 2, "14.00")),
        shipping=(shipping("Ground", "8.25"),),
        payments=(card("2026-09-05T11:02:58-04:00"),),
        shipped_at="2026-09-07T09:00:00-04:00",
        refunds=(
            Refund("2026-09-19T13:13:13-04:00", "Wrong item", ((0, 1),), cash=((0, Decimal("80.00")),)),
        ),
    ),
    # The shipping alone is paid back, with its tax.
    Order(
        3028,
        "2026-09-06T17:25:40-04:00",
        PRIYA,
        lines=(line(PINCH_BOWL, 1, "19.50", NEW_JERSEY),),
        shipping=(shipping("Express", "18.95", NEW_JERSEY),),
        payments=(card("2026-09-06T17:25:40-04:00"),),
        shipped_at="2026-09-10T09:00:00-04:00",
        refunds=(Refund("2026-09-13T09:30:00-04:00", "Express was not", shipping=True),),
    ),
    # Part of the shipping is paid back, with four taxes in proportion.
    Order(
        3029,
        "2026-09-07T20:40:00-04:00",
        LINH,
        lines=(line(MUG_INDIGO, 2, "28.00", DENVER),),
        shipping=(shipping("Express", "21.40", DENVER),),
        payments=(card("2026-09-07T20:40:00-04:00"),),
        shipped_at="2026-09-08T09:00:00-04:00",
        refunds=(Refund("2026-09-15T12:30:00-04:00", "A day late", shipping_part=Decimal("10.70")),),
    ),
    # Two refunds; the second late on the last evening of the month, October in UTC.
    Order(
        3030,
        "2026-09-08T12:00:01-04:00",
        ZOE,
        lines=(line(MUG_ASH, 4, "28.00", NEW_JERSEY), line(BLACK, 3, "11.50")),
        shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
        payments=(card("2026-09-08T12:00:01-04:00"),),
        discounts=(percent_code("SEPTEMBER5", "5"),),
        shipped_at="2026-09-09T09:00:00-04:00",
        refunds=(
            Refund("2026-09-16T08:15:00-04:00", "One chipped", ((0, 1),)),
            Refund("2026-09-30T23:45:00-04:00", "The rest too", ((0, 3),), shipping=True),
        ),
    ),
    # Paid by gift card and card; what goes back is shared over both.
    Order(
        3031,
        "2026-09-09T10:45:12-04:00",
        VLADYSLAV,
        lines=(line(TEAPOT, 1, "92.00", NEW_YORK_CITY),),
        payments=(
            by("gift_card", "2026-09-09T10:45:10-04:00", "31.50"),
            card("2026-09-09T10:45:12-04:00", "68.67"),
        ),
        refunds=(
            Refund(
                "2026-09-17T15:00:00-04:00",
                "Lid does not fit",
                ((0, 1),),
                cash=((0, Decimal("31.50")), (1, Decimal("68.67"))),
            ),
        ),
    ),
    # Edited: a line was added after payment and paid for by a second card payment.
    Order(
        3032,
        "2026-09-10T08:08:08-04:00",
        AMARA,
        lines=(line(OOLONG, 2, "14.00"), line(MUG_ASH, 1, "28.00", ERIE)),
        shipping=(shipping("Ground", "7.50", ERIE),),
        payments=(
            card("2026-09-10T08:08:08-04:00", "36.16"),
            card("2026-09-10T12:30:00-04:00", "30.45"),
        ),
        edited_at="2026-09-10T12:20:00-04:00",
    ),
    # Edited: the line that was added is not paid for yet; its price stays open.
    Order(
        3033,
        "2026-09-11T13:37:00-04:00",
        TOBIAS,
        lines=(line(BLACK, 2, "11.50"), line(PINCH_BOWL, 1, "19.50", MASSACHUSETTS)),
        shipping=(shipping("Ground", "8.25"),),
        payments=(card("2026-09-11T13:37:00-04:00", "31.25"),),
        edited_at="2026-09-12T09:00:00-04:00",
    ),
    # Edited: a line was taken off and paid back at once.
    Order(
        3034,
        "2026-09-12T19:03:44-04:00",
        ZOE,
        lines=(line(NESTED_BOWLS, 1, "64.00", NEW_JERSEY), line(HOJICHA, 2, "12.75")),
        shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
        payments=(card("2026-09-12T19:03:44-04:00"),),
        refunds=(Refund("2026-09-13T10:00:00-04:00", "Taken off the order", ((1, 2),), by_edit=True),),
        edited_at="2026-09-13T10:00:00-04:00",
    ),
    # Edited: a line was taken off a paid order and nothing paid back yet; the shop owes it to the buyer.
    Order(
        3035,
        "2026-09-13T16:16:16-04:00",
        SEAMUS,
        lines=(line(PINCH_BOWL, 1, "19.50", CONNECTICUT), line(CHAMOMILE, 3, "9.25")),
        shipping=(shipping("Ground", "7.95", CONNECTICUT),),
        payments=(card("2026-09-13T16:16:16-04:00"),),
        refunds=(Refund("2026-09-14T09:45:00-04:00", "Taken off", ((1, 1),), cash=(), by_edit=True),),
        edited_at="2026-09-14T09:45:00-04:00",
    ),
    # Edited: a line was taken off a partly paid order; less is open, nothing is paid back.
    Order(
        3036,
        "2026-09-14T10:50:05-04:00",
        WILLIAM,
        lines=(line(MUG_ASH, 6, "26.00", NEW_YORK_CITY), line(BLACK, 8, "10.25")),
        shipping=(shipping("Ground", "12.00", NEW_YORK_CITY),),
        payments=(by("Bank Deposit", "2026-09-15T09:00:00-04:00", "100.00"),),
        refunds=(Refund("2026-09-16T10:05:00-04:00", "Taken off", ((1, 3),), cash=(), by_edit=True),),
        edited_at="2026-09-16T10:05:00-04:00",
    ),
    # Value added tax inside the price of what came back.
    Order(
        3037,
        "2026-09-15T06:32:10-04:00",
        ELODIE,
        lines=(line(PINCH_BOWL, 3, "18.90", FRANCE), line(BLACK, 2, "11.45", FRANCE_FOOD)),
        shipping=(shipping("Colissimo International", "16.40", FRANCE),),
        payments=(by("paypal", "2026-09-15T06:32:10-04:00"),),
        currency=EUR,
        taxes_included=True,
        discounts=(percent_code("RENTRÉE", "7.5"),),
        shipped_at="2026-09-16T09:00:00-04:00",
        refunds=(Refund("2026-09-28T07:07:00-04:00", "Two too many", ((0, 2),)),),
    ),
    # Yen paid back for some of the packets.
    Order(
        3038,
        "2026-09-16T21:30:00-04:00",
        MIO,
        lines=(line(HOJICHA, 5, "1850", JAPAN_FOOD), line(MUG_INDIGO, 1, "4180", JAPAN)),
        shipping=(shipping("Airmail", "2400", JAPAN),),
        payments=(card("2026-09-16T21:30:00-04:00"),),
        currency=JPY,
        taxes_included=True,
        discounts=(percent_code("彼岸", "3"),),
        refunds=(Refund("2026-09-24T20:20:00-04:00", "湿気", ((0, 2),)),),
    ),
    # Dinars paid back to the fils: less than the goods, a third decimal on both sides.
    Order(
        3039,
        "2026-09-17T13:45:54-04:00",
        NOURA,
        lines=(line(MUG_ASH, 3, "8.625"), line(CHAMOMILE, 1, "2.875")),
        shipping=(shipping("Courier", "4.125"),),
        payments=(card("2026-09-17T13:45:54-04:00"),),
        currency=KWD,
        discounts=(amount_code("دينار", "1.000"),),
        refunds=(Refund("2026-09-27T10:00:00-04:00", "Broken", ((0, 1),), cash=((0, Decimal("8.250")),)),),
    ),
    # Everything paid back in euros, cash and goods alike, by the bank.
    Order(
        3040,
        "2026-09-18T04:04:04-04:00",
        ELENI,
        lines=(line(TEAPOT, 1, "84.90", GREECE),),
        shipping=(shipping("Priority International", "13.00", GREECE),),
        payments=(by("Bank Deposit", "2026-09-21T05:00:00-04:00"),),
        currency=EUR,
        taxes_included=True,
        refunds=(Refund("2026-09-29T05:00:00-04:00", "Undeliverable", ((0, 1),), shipping=True),),
    ),
)
