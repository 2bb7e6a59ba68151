"""The quarter: 81 orders from August to 2 November 2026, the day after the clocks change in New York.

Where ``default`` shows what the shipped recipe books, these show what a shop's accountant meets in three months:
money that never came, came in parts, went back in parts or over, gift cards, edits, duties and other currencies.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.shop.catalogue import (
    BLACK,
    CHAMOMILE,
    HOJICHA,
    MUG_ASH,
    MUG_INDIGO,
    NESTED_BOWLS,
    OOLONG,
    PINCH_BOWL,
    TASTING,
    TEAPOT,
)
from tests.shop.payouts import Dispute
from tests.shop.quarter import august, november, october, refunds, september
from tests.shop.quarter.catalogue import GIFT_CARD, GIFT_CARD_EURO, OMAR, SAMPLER
from tests.shop.statement import Item, Order, Person

ORDERS: Final[tuple[Order, ...]] = tuple(
    sorted(
        (*august.ORDERS, *refunds.ORDERS, *september.ORDERS, *october.ORDERS, *november.ORDERS),
        key=lambda order: order.number,
    )
)
CUSTOMERS: Final[tuple[Person, ...]] = tuple(
    sorted({order.buyer for order in ORDERS if order.buyer} | {OMAR}, key=lambda person: person.number)
)
PRICES: Final[dict[Item, str]] = {
    OOLONG: "14.00",
    BLACK: "11.50",
    HOJICHA: "12.75",
    CHAMOMILE: "9.25",
    SAMPLER: "8.35",
    MUG_ASH: "28.00",
    MUG_INDIGO: "28.00",
    PINCH_BOWL: "19.50",
    NESTED_BOWLS: "64.00",
    TEAPOT: "92.00",
    TASTING: "35.00",
    GIFT_CARD: "50.00",
    GIFT_CARD_EURO: "25.00",
}
CATALOGUED: Final = "2026-02-02T10:00:00-05:00"
# The buyer of #3019 let the bank take the payment back; the shop answered and got it, but not the bank's fee.
DISPUTES: Final = (
    Dispute(1, 3019, "2026-09-10T12:00:00-04:00", Decimal("-94.50"), Decimal("15.00")),
    Dispute(2, 3019, "2026-10-08T12:00:00-04:00", Decimal("94.50"), Decimal("0.00")),
)
# Twice a month. The last one is on its way to the bank; what came in after its day waits for the next.
PAYOUT_DAYS: Final = (
    *((day, "paid") for day in ("2026-08-17", "2026-09-01", "2026-09-16", "2026-10-01", "2026-10-16")),
    ("2026-10-30", "in_transit"),
)
