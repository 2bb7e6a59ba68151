"""Four orders that must not be booked, each for one reason, and a good one among them that must be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from tests.shop.amounts import JPY
from tests.shop.catalogue import (
    AMARA,
    BLACK,
    ERIE,
    HOJICHA,
    JAPAN,
    MIO,
    MUG_ASH,
    NEW_JERSEY,
    OOLONG,
    PINCH_BOWL,
    PRIYA,
    TOBIAS,
    ZOE,
)
from tests.shop.default import VISA
from tests.shop.figures import work_out
from tests.shop.goods import both
from tests.shop.orders import order_json
from tests.shop.payments import transactions
from tests.shop.statement import Order, Payment, line, shipping

Json = dict[str, Any]

ONE_CENT_MORE = Order(
    2001,
    "2026-10-24T09:10:11-04:00",
    AMARA,
    lines=(line(MUG_ASH, 1, "28.00", ERIE), line(BLACK, 2, "11.50")),
    shipping=(shipping("Ground", "7.50", ERIE),),
    payments=(Payment("2026-10-24T09:10:11-04:00", card=VISA),),
)
SHIPPING_MISSING = Order(
    2002,
    "2026-10-25T18:22:33-04:00",
    TOBIAS,
    lines=(line(OOLONG, 2, "14.00"), line(HOJICHA, 1, "12.75")),
    shipping=(shipping("Ground", "7.50"),),
    payments=(Payment("2026-10-25T18:22:33-04:00", card=VISA),),
)
HALF_A_YEN = Order(
    2003,
    "2026-10-26T03:44:55-04:00",
    MIO,
    lines=(line(PINCH_BOWL, 1, "1200.50", JAPAN),),
    payments=(Payment("2026-10-26T03:44:55-04:00", card=VISA),),
    currency=replace(JPY, decimals=2),
    taxes_included=True,
)
COMMA_TIP = Order(
    2004,
    "2026-10-27T12:13:14-04:00",
    PRIYA,
    lines=(line(MUG_ASH, 1, "28.00", NEW_JERSEY),),
    payments=(Payment("2026-10-27T12:13:14-04:00", card=VISA),),
    tip=Decimal("5.00"),
    extras={"total_tip_received": "5,00"},
)
GOOD = Order(
    2005,
    "2026-10-28T15:16:17-04:00",
    ZOE,
    lines=(line(HOJICHA, 2, "12.75"), line(PINCH_BOWL, 1, "19.50", NEW_JERSEY)),
    shipping=(shipping("Ground", "7.50", NEW_JERSEY),),
    payments=(Payment("2026-10-28T15:16:17-04:00", card=VISA),),
)


def payloads() -> tuple[list[Json], list[Json]]:
    """Return the bad samples' orders and transactions, the defects worked in."""
    stated = (ONE_CENT_MORE, SHIPPING_MISSING, HALF_A_YEN, COMMA_TIP, GOOD)
    orders = {order.number: order_json(order) for order in stated}
    paid = {order.number: transactions(order, work_out(order)) for order in stated}
    _add_a_cent(orders[2001], paid[2001][0])
    # Only the line is gone: the total, the shipping total and the payment still have it.
    orders[2002]["shipping_lines"] = []
    return list(orders.values()), [transaction for each in paid.values() for transaction in each]


def _add_a_cent(order: Json, transaction: Json) -> None:
    total = work_out(ONE_CENT_MORE).ordered.total + Decimal("0.01")
    currency: Final = ONE_CENT_MORE.currency
    for key in ("total_price", "current_total_price"):
        order[key] = currency.text(total)
        order[f"{key}_set"] = both(currency, total)
    transaction["amount"] = currency.text(total)
