"""What happened on two made-up Stripe accounts, one of them in good order; amounts are minor units, times UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Row:
    """A change of the balance.

    Attributes:
        rate: What the buyer's amount was multiplied by, or None.
        slip: By how much the net is wrong.
        written: What stands in place of the amount, or None.
    """

    id: str
    type: str
    at: str
    currency: str
    amount: int
    fee: int = 0
    source: str | None = None
    description: str | None = None
    category: str = ""
    rate: str | None = None
    slip: int = 0
    written: Any = None


@dataclass(frozen=True)
class Payout:
    """A payout; one without rows was made by hand."""

    id: str
    at: str
    arrives: str
    currency: str
    amount: int
    rows: tuple[str, ...] = ()
    status: str = "paid"
    reconciled: str = "completed"
    came_back: str | None = None


@dataclass(frozen=True)
class Charge:
    """A payment as the buyer saw it."""

    id: str
    at: str
    currency: str
    amount: int
    name: str
    email: str
    description: str
    last4: str = "4015"
    failed: bool = False
    disputed: bool = False


@dataclass(frozen=True)
class Refund:
    """Money paid back, in the buyer's currency."""

    id: str
    charge: str
    amount: int


@dataclass(frozen=True)
class Account:
    """All of an account."""

    rows: tuple[Row, ...]
    payouts: tuple[Payout, ...]
    charges: tuple[Charge, ...] = ()
    refunds: tuple[Refund, ...] = ()


DEFAULT: Final = Account(
    rows=(
        Row("txn_0001", "charge", "2026-10-01T14:20:00", "usd", 10000, 320, "ch_0001", "Order 5001"),
        Row("txn_0002", "charge", "2026-10-02T09:05:00", "usd", 4999, 175, "ch_0002", "Order 5002"),
        # 80.00 EUR at the buyer's, 93.60 USD here. Late in the evening in UTC, which is the day before in New York.
        Row("txn_0003", "charge", "2026-10-03T03:30:00", "usd", 9360, 448, "ch_0003", "Order 5003", rate="1.17"),
        Row("txn_0004", "refund", "2026-10-04T16:00:00", "usd", -2000, 0, "re_0001", "Order 5002, one cup"),
        Row("txn_0005", "payment", "2026-10-07T12:00:00", "usd", 25000, 200, "py_0001", "Order 5004"),
        Row("txn_0006", "payout_failure", "2026-10-13T08:00:00", "usd", 24800, 0, "po_0002", "STRIPE PAYOUT FAILURE"),
        Row("txn_0007", "charge", "2026-10-14T10:00:00", "usd", 6000, 204, "ch_0005", "Order 5005"),
        # All of it goes back, and the fee stays with Stripe.
        Row("txn_0008", "refund", "2026-10-15T10:00:00", "usd", -6000, 0, "re_0002", "Order 5005"),
        Row("txn_0009", "charge", "2026-10-15T11:00:00", "usd", 7500, 248, "ch_0006", "Order 5006"),
        Row(
            "txn_0010", "adjustment", "2026-10-16T11:00:00", "usd", -7500, 1500, "dp_0001",
            "Chargeback of ch_0006", "dispute",
        ),
        Row("txn_0011", "stripe_fee", "2026-10-17T00:10:00", "usd", -640, 0, None, "Radar, October", "fee"),
        Row(
            "txn_0012", "adjustment", "2026-10-27T11:00:00", "usd", 7500, -1500, "dp_0001",
            "Chargeback of ch_0006, won", "dispute_reversal",
        ),
        Row("txn_0013", "charge", "2026-11-20T10:00:00", "usd", 1815, 83, "ch_0007", "Order 5007"),
        Row("txn_0021", "charge", "2026-10-05T01:00:00", "jpy", 12000, 432, "ch_0021", "Order 5021"),
        Row("txn_0022", "refund", "2026-10-06T01:00:00", "jpy", -2000, 0, "re_0021", "Order 5021, one bowl"),
        Row("txn_0031", "charge", "2026-11-19T10:00:00", "kwd", 12345, 410, "ch_0031", "Order 5031"),
    ),
    payouts=(
        Payout(
            "po_0001", "2026-10-06T00:00:00", "2026-10-08", "usd", 21416,
            ("txn_0001", "txn_0002", "txn_0003", "txn_0004"),
        ),
        Payout(
            "po_0002", "2026-10-09T00:00:00", "2026-10-12", "usd", 24800, ("txn_0005",),
            status="failed", came_back="txn_0006",
        ),
        Payout(
            "po_0003", "2026-10-20T00:00:00", "2026-10-22", "usd", 22208,
            ("txn_0006", "txn_0007", "txn_0008", "txn_0009", "txn_0010", "txn_0011"),
        ),
        Payout(
            "po_0004", "2026-10-30T00:00:00", "2026-11-03", "usd", 9000, ("txn_0012",),
            status="in_transit", reconciled="in_progress",
        ),
        Payout("po_0021", "2026-10-09T00:00:00", "2026-10-13", "jpy", 9568, ("txn_0021", "txn_0022")),
    ),
    charges=(
        Charge("ch_0001", "2026-10-01T14:20:00", "usd", 10000, "Nora Field", "nora@example.com", "Order 5001"),
        Charge("ch_0002", "2026-10-02T09:05:00", "usd", 4999, "Ivo Marsh", "ivo@example.com", "Order 5002"),
        Charge("ch_0003", "2026-10-03T03:30:00", "eur", 8000, "Lea Brunn", "lea@example.com", "Order 5003"),
        Charge(
            "ch_0004", "2026-10-03T12:00:00", "usd", 3300, "Max Dole", "max@example.com", "Order 5099",
            last4="0341", failed=True,
        ),
        Charge("py_0001", "2026-10-07T12:00:00", "usd", 25000, "Harbour Cafe", "cafe@example.com", "Order 5004"),
        Charge("ch_0005", "2026-10-14T10:00:00", "usd", 6000, "Una Reed", "una@example.com", "Order 5005"),
        Charge(
            "ch_0006", "2026-10-15T11:00:00", "usd", 7500, "Cole Vance", "cole@example.com", "Order 5006",
            disputed=True,
        ),
        Charge("ch_0007", "2026-11-20T10:00:00", "usd", 1815, "Nora Field", "nora@example.com", "Order 5007"),
        Charge("ch_0021", "2026-10-05T01:00:00", "jpy", 12000, "Aoi Hara", "aoi@example.com", "Order 5021"),
        Charge("ch_0031", "2026-11-19T10:00:00", "kwd", 12345, "Dana Saleh", "dana@example.com", "Order 5031"),
    ),
    refunds=(
        Refund("re_0001", "ch_0002", 2000),
        Refund("re_0002", "ch_0005", 6000),
        Refund("re_0021", "ch_0021", 2000),
    ),
)  # fmt: skip

BAD: Final = Account(
    rows=(
        Row("txn_1001", "charge", "2026-10-01T10:00:00", "usd", 5000, 175, "ch_1001", "Order 6001"),
        # The net is a cent short of amount less fee.
        Row("txn_1002", "charge", "2026-10-02T10:00:00", "usd", 3000, 117, "ch_1002", "Order 6002", slip=-1),
        Row("txn_1003", "charge", "2026-10-03T10:00:00", "usd", 1200, 65, "ch_1003", "Order 6003", written="12,00"),
        Row("txn_1004", "topup", "2026-10-04T10:00:00", "usd", 90000, 0, "tu_1001", "From the bank"),
        Row("txn_1005", "refund", "2026-10-05T10:00:00", "usd", -1000, 0, "re_1001", "Order 6001, a part"),
    ),
    payouts=(
        # Its rows come to 38.25.
        Payout("po_1001", "2026-10-06T00:00:00", "2026-10-08", "usd", 3826, ("txn_1001", "txn_1005")),
        Payout("po_1002", "2026-10-07T00:00:00", "2026-10-07", "usd", 50000),
    ),
    charges=(
        Charge("ch_1001", "2026-10-01T10:00:00", "usd", 5000, "Ada Moss", "ada@example.com", "Order 6001"),
    ),
    refunds=(Refund("re_1001", "ch_1001", 1000),),
)  # fmt: skip
