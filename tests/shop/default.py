"""The twelve orders of the default samples. Paid, partly refunded or refunded, all of them become invoices.

The shop books in USD and sells in several markets; an order is booked in its ``currency``.
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
    ZOE,
)
from tests.shop.statement import (
    Order,
    Payment,
    Refund,
    amount_code,
    automatic_off,
    given_off,
    line,
    off_shipping,
    percent_code,
    shipping,
)

VISA: Final = ("Visa", "0137")
MASTERCARD: Final = ("Mastercard", "5508")
AMEX: Final = ("American Express", "9026")

# Tax excluded, two taxes on one line, an untaxed line beside it, shipping taxed; shipped and closed.
TWO_TAXES = Order(
    1001,
    "2026-08-04T10:12:36-04:00",
    AMARA,
    lines=(line(MUG_ASH, 2, "28.00", ERIE), line(OOLONG, 1, "14.00")),
    shipping=(shipping("Ground", "7.50", ERIE),),
    payments=(Payment("2026-08-04T10:12:36-04:00", card=VISA),),
    shipped_at="2026-08-05T15:40:11-04:00",
    closed_at="2026-08-09T08:00:03-04:00",
)
# A code for a fixed amount shared over three lines so that the cents sum; shipping untaxed.
SHARED_CODE = Order(
    1002,
    "2026-08-12T08:54:20-04:00",
    TOBIAS,
    lines=(
        line(NESTED_BOWLS, 1, "64.00", MASSACHUSETTS),
        line(BLACK, 3, "11.50"),
        line(CHAMOMILE, 1, "9.25"),
    ),
    shipping=(shipping("Ground", "8.25"),),
    payments=(Payment("2026-08-12T08:54:20-04:00", card=MASTERCARD),),
    discounts=(amount_code("KETTLE10", "10.00"),),
)
# Late in the evening of the month's last day, already September in UTC; one line without a sku.
MONTH_END = Order(
    1003,
    "2026-08-31T23:30:00-04:00",
    YATING,
    lines=(line(TASTING, 2, "35.00"), line(HOJICHA, 1, "12.75")),
    shipping=(shipping("Ground", "6.00"),),
    payments=(Payment("2026-08-31T23:30:00-04:00", card=AMEX),),
)
# Euros, VAT of two rates included in the prices and in the shipping.
GERMAN_VAT = Order(
    1004,
    "2026-09-05T04:47:52-04:00",
    JOERG,
    lines=(line(TEAPOT, 1, "84.90", GERMANY), line(OOLONG, 2, "13.90", GERMANY_FOOD)),
    shipping=(shipping("DHL Paket International", "14.90", GERMANY),),
    payments=(Payment("2026-09-05T04:47:52-04:00", "paypal"),),
    currency=EUR,
    taxes_included=True,
)
# Yen: no decimals; the consumption tax of 10 % and 8 % is included.
YEN = Order(
    1005,
    "2026-09-09T20:21:09-04:00",
    MIO,
    lines=(line(PINCH_BOWL, 2, "3200", JAPAN), line(HOJICHA, 3, "1850", JAPAN_FOOD)),
    shipping=(shipping("Airmail", "2400", JAPAN),),
    payments=(Payment("2026-09-09T20:21:09-04:00", card=VISA),),
    currency=JPY,
    taxes_included=True,
)
# Dinars: three decimals; the staff took 15 % off one line.
DINAR = Order(
    1006,
    "2026-09-14T13:05:27-04:00",
    NOURA,
    lines=(line(TEAPOT, 1, "26.375", ()), line(BLACK, 2, "3.650")),
    shipping=(shipping("Courier", "4.125"),),
    payments=(Payment("2026-09-14T13:05:27-04:00", card=MASTERCARD),),
    currency=KWD,
    discounts=(given_off("Glaze flaw", 0, "15"),),
)
# Over the counter: nobody's name, no address, a tip, paid partly in cash and partly by card.
COUNTER = Order(
    1007,
    "2026-09-18T16:33:48-04:00",
    None,
    lines=(line(MUG_INDIGO, 1, "28.00", NEW_YORK_CITY), line(CHAMOMILE, 2, "9.25")),
    payments=(
        Payment("2026-09-18T16:33:40-04:00", "cash", amount=Decimal("20.00")),
        Payment("2026-09-18T16:33:48-04:00", amount=Decimal("33.99"), card=VISA),
    ),
    tip=Decimal("5.00"),
    at_counter=True,
)
# Authorized at checkout, captured when it shipped; a code takes half off the shipping, whose tax follows.
CAPTURED = Order(
    1008,
    "2026-09-22T12:04:13-04:00",
    PRIYA,
    lines=(line(NESTED_BOWLS, 1, "64.00", NEW_JERSEY), line(PINCH_BOWL, 2, "19.50", NEW_JERSEY)),
    shipping=(shipping("Express", "18.95", NEW_JERSEY),),
    payments=(
        Payment("2026-09-22T12:04:13-04:00", kind="authorization", card=AMEX),
        Payment("2026-09-24T09:15:00-04:00", kind="capture", parent=0),
    ),
    discounts=(off_shipping("HALFWAY", "50"),),
    shipped_at="2026-09-24T09:14:30-04:00",
)
# A declined card, then another one; an automatic discount on one line, then a code on what is left of all.
DECLINED_FIRST = Order(
    1009,
    "2026-09-27T19:20:02-04:00",
    SEAMUS,
    lines=(
        line(PINCH_BOWL, 3, "19.50", CONNECTICUT),
        line(MUG_ASH, 1, "28.00", CONNECTICUT),
        line(OOLONG, 1, "14.00"),
    ),
    shipping=(shipping("Ground", "7.95", CONNECTICUT),),
    payments=(
        Payment(
            "2026-09-27T19:18:31-04:00",
            card=MASTERCARD,
            error=("card_declined", "The issuing bank refused this charge."),
        ),
        Payment("2026-09-27T19:20:02-04:00", card=VISA),
    ),
    discounts=(automatic_off("Three bowls or more", 0, "1.25"), percent_code("FIRSTPOT", "15")),
)
# Two of three mugs came back: the units, their tax and their share of the code are refunded.
PARTLY_REFUNDED = Order(
    1010,
    "2026-10-02T07:36:58-04:00",
    ZOE,
    lines=(line(MUG_ASH, 3, "28.00", NEW_JERSEY), line(BLACK, 1, "11.50")),
    shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
    payments=(Payment("2026-10-02T07:36:58-04:00", card=VISA),),
    discounts=(percent_code("OCTOBER5", "5"),),
    shipped_at="2026-10-03T10:02:44-04:00",
    refunds=(Refund("2026-10-12T14:26:05-04:00", "Two mugs arrived chipped", units=((0, 2),)),),
)
# Everything came back, the shipping is paid back too; VAT included.
REFUNDED = Order(
    1011,
    "2026-10-08T05:11:33-04:00",
    ELODIE,
    lines=(line(NESTED_BOWLS, 1, "62.50", FRANCE), line(HOJICHA, 2, "12.20", FRANCE_FOOD)),
    shipping=(shipping("Colissimo International", "16.40", FRANCE),),
    payments=(Payment("2026-10-08T05:11:33-04:00", "paypal"),),
    currency=EUR,
    taxes_included=True,
    refunds=(Refund("2026-10-10T09:45:00-04:00", "No longer wanted", ((0, 1), (1, 2)), shipping=True),),
)
# A large order paid by bank transfer, a percentage code, a tip, and three taxes on each taxed line.
WHOLESALE = Order(
    1012,
    "2026-10-20T11:58:07-04:00",
    VLADYSLAV,
    lines=(
        line(MUG_INDIGO, 24, "24.35", NEW_YORK_CITY),
        line(PINCH_BOWL, 12, "16.95", NEW_YORK_CITY),
        line(BLACK, 36, "8.45"),
        line(OOLONG, 7, "10.15"),
    ),
    shipping=(shipping("Pallet", "85.00", NEW_YORK_CITY),),
    payments=(Payment("2026-10-22T10:30:00-04:00", "Bank Deposit"),),
    discounts=(percent_code("TEAHOUSE", "7.5"),),
    tip=Decimal("12.50"),
    extras={"po_number": "TK-2026-77", "note": "Deliver to the side entrance — дякую!"},
)

ORDERS: Final = (
    TWO_TAXES,
    SHARED_CODE,
    MONTH_END,
    GERMAN_VAT,
    YEN,
    DINAR,
    COUNTER,
    CAPTURED,
    DECLINED_FIRST,
    PARTLY_REFUNDED,
    REFUNDED,
    WHOLESALE,
)
