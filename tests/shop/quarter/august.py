"""August 2026: what was sold, and money that came in parts, later or never."""

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
    TASTING,
    TEAPOT,
    TOBIAS,
    VLADYSLAV,
    YATING,
)
from tests.shop.quarter.catalogue import (
    AMEX,
    DVORA,
    ELENI,
    GIFT_CARD,
    GIFT_CARD_EURO,
    GREECE,
    MASTERCARD,
    SAMPLER,
    SUDA,
    WILLIAM,
    by,
    card,
    code_for_lines,
)
from tests.shop.statement import (
    Order,
    Payment,
    Refund,
    amount_code,
    given_off,
    line,
    off_shipping,
    percent_code,
    shipping,
)

ORDERS: Final = (
    # Tax excluded, two taxes on one line and on the shipping, a code for a percentage of everything.
    Order(
        3001,
        "2026-08-01T09:03:11-04:00",
        AMARA,
        lines=(line(MUG_ASH, 2, "28.00", ERIE), line(OOLONG, 3, "14.00"), line(SAMPLER, 1, "8.35")),
        shipping=(shipping("Ground", "7.50", ERIE),),
        payments=(card("2026-08-01T09:03:11-04:00"),),
        discounts=(percent_code("AUGUST10", "10"),),
        shipped_at="2026-08-02T11:20:00-04:00",
    ),
    # Two gift cards sold: no income, no tax, nothing ships; what is owed to whoever redeems them.
    Order(
        3002,
        "2026-08-02T13:40:25-04:00",
        WILLIAM,
        lines=(line(GIFT_CARD, 2, "50.00"),),
        payments=(card("2026-08-02T13:40:25-04:00", of=AMEX),),
    ),
    # A gift card beside goods; the code counts for the goods alone.
    Order(
        3003,
        "2026-08-03T18:22:09-04:00",
        TOBIAS,
        lines=(line(NESTED_BOWLS, 1, "64.00", MASSACHUSETTS), line(GIFT_CARD, 1, "50.00")),
        shipping=(shipping("Ground", "8.25"),),
        payments=(card("2026-08-03T18:22:09-04:00", of=MASTERCARD),),
        discounts=(code_for_lines("BOWLED", "12.5", 0),),
    ),
    # Euros, value added tax of two rates inside prices and shipping.
    Order(
        3004,
        "2026-08-05T05:17:44-04:00",
        JOERG,
        lines=(line(TEAPOT, 2, "84.90", GERMANY), line(BLACK, 3, "11.45", GERMANY_FOOD)),
        shipping=(shipping("DHL Paket International", "14.90", GERMANY),),
        payments=(by("paypal", "2026-08-05T05:17:44-04:00"),),
        currency=EUR,
        taxes_included=True,
    ),
    # The same with a code for a fixed amount, shared over lines of both rates.
    Order(
        3005,
        "2026-08-06T08:02:00-04:00",
        ELODIE,
        lines=(line(NESTED_BOWLS, 1, "62.50", FRANCE), line(HOJICHA, 5, "12.20", FRANCE_FOOD)),
        shipping=(shipping("Colissimo International", "16.40", FRANCE),),
        payments=(card("2026-08-06T08:02:00-04:00"),),
        currency=EUR,
        taxes_included=True,
        discounts=(amount_code("MERCI7", "7.00"),),
    ),
    # Split tender: one of the gift cards of #3002 pays its 50.00, a card the rest.
    Order(
        3006,
        "2026-08-07T12:12:12-04:00",
        PRIYA,
        lines=(line(TEAPOT, 1, "92.00", NEW_JERSEY),),
        shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
        payments=(
            by("gift_card", "2026-08-07T12:12:10-04:00", "50.00"),
            card("2026-08-07T12:12:12-04:00", "56.10"),
        ),
    ),
    # Paid by gift card alone: no money comes in.
    Order(
        3007,
        "2026-08-08T20:31:57-04:00",
        SEAMUS,
        lines=(line(HOJICHA, 2, "12.75"),),
        shipping=(shipping("Ground", "6.00"),),
        payments=(by("gift_card", "2026-08-08T20:31:57-04:00"),),
    ),
    # Over the counter: gift card, cash and a card for one bill, with a tip; nobody's name.
    Order(
        3008,
        "2026-08-09T16:05:48-04:00",
        None,
        lines=(line(MUG_INDIGO, 2, "28.00", NEW_YORK_CITY), line(CHAMOMILE, 1, "9.25")),
        payments=(
            by("gift_card", "2026-08-09T16:05:20-04:00", "18.50"),
            by("cash", "2026-08-09T16:05:30-04:00", "20.00"),
            card("2026-08-09T16:05:48-04:00", "37.72"),
        ),
        tip=Decimal("6.00"),
        at_counter=True,
    ),
    # Partly paid: a deposit by bank transfer, the balance stays open.
    Order(
        3009,
        "2026-08-11T10:10:10-04:00",
        WILLIAM,
        lines=(line(MUG_ASH, 12, "24.35", NEW_YORK_CITY), line(OOLONG, 10, "10.15")),
        shipping=(shipping("Pallet", "45.00", NEW_YORK_CITY),),
        payments=(by("Bank Deposit", "2026-08-13T09:00:00-04:00", "150.00"),),
    ),
    # Pending: a bank transfer that has not arrived. Not invoiced.
    Order(
        3010,
        "2026-08-12T07:45:30-04:00",
        ELENI,
        lines=(line(PINCH_BOWL, 2, "18.90", GREECE),),
        shipping=(shipping("Priority International", "13.00", GREECE),),
        payments=(Payment("2026-08-12T07:45:30-04:00", "Bank Deposit", pending=True),),
        currency=EUR,
        taxes_included=True,
    ),
    # Authorized and not captured: reserved on the card, no money yet. Not invoiced.
    Order(
        3011,
        "2026-08-13T21:08:14-04:00",
        YATING,
        lines=(line(TEAPOT, 1, "92.00"),),
        shipping=(shipping("Express", "18.95"),),
        payments=(Payment("2026-08-13T21:08:14-04:00", kind="authorization", card=AMEX),),
    ),
    # Authorized, then cancelled: the authorization is voided, nothing was ever owed.
    Order(
        3012,
        "2026-08-14T11:30:00-04:00",
        TOBIAS,
        lines=(line(MUG_ASH, 1, "28.00", MASSACHUSETTS),),
        shipping=(shipping("Ground", "8.25"),),
        payments=(
            Payment("2026-08-14T11:30:00-04:00", kind="authorization", card=MASTERCARD),
            Payment("2026-08-14T15:02:41-04:00", kind="void", parent=0),
        ),
        cancelled=("2026-08-14T15:02:41-04:00", "fraud"),
        closed_at="2026-08-14T15:02:42-04:00",
    ),
    # Cancelled before anything was paid.
    Order(
        3013,
        "2026-08-15T09:59:59-04:00",
        DVORA,
        lines=(line(BLACK, 4, "11.50"),),
        shipping=(shipping("Priority International", "24.00"),),
        payments=(),
        cancelled=("2026-08-16T08:00:00-04:00", "customer"),
    ),
    # Cancelled after payment: everything is paid back, shipping and tax too.
    Order(
        3014,
        "2026-08-16T14:14:14-04:00",
        PRIYA,
        lines=(line(PINCH_BOWL, 3, "19.50", NEW_JERSEY),),
        shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
        payments=(card("2026-08-16T14:14:14-04:00"),),
        cancelled=("2026-08-17T10:00:00-04:00", "inventory"),
        refunds=(Refund("2026-08-17T10:00:00-04:00", "Out of stock", ((0, 3),), shipping=True),),
    ),
    # A test order through the test gateway: never booked.
    Order(
        3015,
        "2026-08-17T17:00:00-04:00",
        AMARA,
        lines=(line(TEAPOT, 1, "92.00", ERIE),),
        payments=(by("bogus", "2026-08-17T17:00:00-04:00"),),
        test=True,
    ),
    # Zero total: a free sampler, free shipping; an invoice of nothing, no payment.
    Order(
        3016,
        "2026-08-18T08:30:45-04:00",
        SUDA,
        lines=(line(SAMPLER, 1, "8.35"),),
        shipping=(shipping("Letter", "5.00"),),
        payments=(),
        discounts=(percent_code("TRYME", "100"), off_shipping("TRYMEPOST", "100")),
    ),
    # Yen: no decimals, two rates of consumption tax inside the prices.
    Order(
        3017,
        "2026-08-20T19:55:03-04:00",
        MIO,
        lines=(line(TEAPOT, 1, "13800", JAPAN), line(HOJICHA, 7, "1850", JAPAN_FOOD)),
        shipping=(shipping("Airmail", "2400", JAPAN),),
        payments=(card("2026-08-20T19:55:03-04:00"),),
        currency=JPY,
        taxes_included=True,
        discounts=(percent_code("夏茶", "7.5"),),
    ),
    # Dinars: three decimals; the staff took a share off one line, a code off the shipping.
    Order(
        3018,
        "2026-08-22T12:20:37-04:00",
        NOURA,
        lines=(line(NESTED_BOWLS, 1, "19.875"), line(OOLONG, 3, "4.335")),
        shipping=(shipping("Courier", "4.125"),),
        payments=(card("2026-08-22T12:20:37-04:00", of=MASTERCARD),),
        currency=KWD,
        discounts=(given_off("Hairline crack", 0, "12.5"), off_shipping("HALFWAY", "50")),
    ),
    # Half past eleven at night: still the 24th in New York, the 25th in UTC; a line without sku.
    Order(
        3019,
        "2026-08-24T23:30:00-04:00",
        YATING,
        lines=(line(TASTING, 2, "35.00"), line(CHAMOMILE, 2, "9.25")),
        shipping=(shipping("Ground", "6.00"),),
        payments=(card("2026-08-24T23:30:00-04:00"),),
    ),
    # Wholesale with a tip, three taxes on each taxed line, paid eleven days later by bank transfer.
    Order(
        3020,
        "2026-08-26T11:11:00-04:00",
        VLADYSLAV,
        lines=(line(MUG_INDIGO, 18, "24.35", NEW_YORK_CITY), line(BLACK, 30, "8.45")),
        shipping=(shipping("Pallet", "85.00", NEW_YORK_CITY),),
        payments=(by("Bank Deposit", "2026-09-06T10:30:00-04:00"),),
        discounts=(percent_code("TEAHOUSE", "7.5"),),
        tip=Decimal("12.50"),
    ),
    # A gift card in euros.
    Order(
        3021,
        "2026-08-31T23:30:00-04:00",
        JOERG,
        lines=(line(GIFT_CARD_EURO, 1, "25.00"),),
        payments=(by("paypal", "2026-08-31T23:30:00-04:00"),),
        currency=EUR,
        taxes_included=True,
    ),
    # The last second of August.
    Order(
        3022,
        "2026-08-31T23:59:59-04:00",
        SEAMUS,
        lines=(line(BLACK, 1, "11.50"),),
        shipping=(shipping("Ground", "6.00"),),
        payments=(card("2026-08-31T23:59:59-04:00"),),
    ),
)
