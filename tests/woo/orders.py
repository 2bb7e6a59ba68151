"""What was ordered at the shop: a good sample, and one in which all orders but one must be refused."""

from __future__ import annotations

from typing import Any, Final

from tests.woo.figures import Charge, Ordered, Rate, Sold

NEW_YORK: Final = Rate(11, "US", "NY", "Sales Tax", "8.8750")
GERMANY: Final = Rate(21, "DE", "", "MwSt.", "19.0000")
JAPAN: Final = Rate(31, "JP", "", "Consumption Tax", "10.0000")
RATES: Final = (NEW_YORK, GERMANY, JAPAN)


def _person(id: int, first: str, last: str, **more: str) -> dict[str, Any]:
    email = f"{first}.{last}@example.com".lower()
    return {"id": id, "billing": {"first_name": first, "last_name": last, "email": email, **more}}


ROSALIND: Final = _person(
    41, "Rosalind", "Achebe", address_1="18 Millrace Lane", city="Ithaca", state="NY", country="US"
)
JONAS: Final = _person(
    42, "Jonas", "Weidner", address_1="Am Hang 7", city="Kassel", postcode="34117", country="DE"
)
SORA: Final = _person(43, "Sora", "Minami", city="Nagano", postcode="380-0803", country="JP")
DELPHINE: Final = _person(
    44, "Delphine", "Okoro", address_1="402 Sparrow Court", city="Albany", state="NY", country="US"
)
GUEST: Final = _person(0, "Ines", "Carvalho", city="Burlington", state="VT", country="US")
COUNTER: Final[dict[str, Any]] = {"id": 0, "via": "admin"}
FIRM: Final = {
    "id": 0,
    "billing": {"company": "Larkspur Inn", "email": "office@larkspur.example", "country": "US"},
}
PAYPAL: Final = ("ppcp-gateway", "PayPal")
BANK: Final = ("bacs", "Bank transfer")


def _blanket(quantity: int, price: str, rate: Rate | None = None, off: str = "0") -> Sold:
    return Sold(301, "Wool blanket", "BLANKET", quantity, price, rate, off)


def _yarn(quantity: int, price: str, rate: Rate | None = None, off: str = "0") -> Sold:
    return Sold(302, "Yarn, oat", "YARN-OAT", quantity, price, rate, off)


def _needle(quantity: int, price: str, rate: Rate | None = None, off: str = "0") -> Sold:
    return Sold(303, "Felting needle", "", quantity, price, rate, off)


TAXED: Final = Ordered(
    5101,
    "2026-10-02T14:05:09",
    "2026-10-01T02:15:30",  # still September in New York
    ROSALIND,
    (_blanket(1, "89.00", NEW_YORK), _yarn(4, "7.25", NEW_YORK)),
    shipping=(Charge("Flat rate", "9.50", NEW_YORK),),
    status="completed",
    transaction="pi_5101_made_up",
)
INCLUSIVE: Final = Ordered(
    5102,
    "2026-10-03T09:30:00",
    "2026-10-03T09:29:41",
    JONAS,
    (_blanket(1, "79.90", GERMANY), _yarn(3, "6.95", GERMANY)),
    shipping=(Charge("DHL", "4.12", GERMANY),),
    currency="EUR",
    inclusive=True,
    method=PAYPAL,
    transaction="9AB12345CD678901E",
)
COUPON: Final = Ordered(
    5103,
    "2026-10-05T16:20:11",
    "2026-10-05T16:20:10",
    DELPHINE,
    (_blanket(2, "89.00", NEW_YORK, "0.10"), _needle(1, "3.15", NEW_YORK, "0.10")),
    coupon="autumn10",
    transaction="pi_5103_made_up",
)
THREE_FOR_TEN: Final = Ordered(
    5104,
    "2026-10-06T20:00:00",
    "2026-10-06T19:58:02",
    GUEST,
    (Sold(304, "Button set", "BUTTONS", 3, "3.333333"),),
    shipping=(Charge("", "4.00"),),
    method=PAYPAL,
    transaction="2FG34567HJ890123K",
)
NAMELESS: Final = Ordered(
    5105,
    "2026-10-07T15:00:00",
    "2026-10-07T15:00:00",
    COUNTER,
    (_yarn(2, "7.25"),),
    status="completed",
    method=("", ""),
)
UNPAID: Final = Ordered(
    5106,
    "2026-10-08T08:08:08",
    None,
    DELPHINE,
    (_blanket(1, "89.00", NEW_YORK),),
    status="on-hold",
    method=BANK,
)
REFUNDED: Final = Ordered(
    5107,
    "2026-10-12T11:45:00",
    "2026-10-09T13:00:00",
    ROSALIND,
    (_blanket(1, "89.00", NEW_YORK), _yarn(2, "7.25", NEW_YORK)),
    status="refunded",
    transaction="pi_5107_made_up",
    refunded=((5190, "96.90"), (5191, "15.79")),
)
WITH_FEE: Final = Ordered(
    5108,
    "2026-10-13T10:10:10",  # the same second as the next one
    "2026-10-13T10:09:00",
    FIRM,
    (_blanket(6, "84.50", NEW_YORK),),
    shipping=(Charge("Freight", "38.00", NEW_YORK),),
    fees=(Charge("Gift wrapping", "12.00", NEW_YORK),),
    transaction="pi_5108_made_up",
)
FEE_BELOW_ZERO: Final = Ordered(
    5109,
    "2026-10-13T10:10:10",
    "2026-10-13T10:10:02",
    GUEST,
    (_yarn(10, "7.25", NEW_YORK),),
    fees=(Charge("Ten for nine", "-7.25", NEW_YORK),),
    method=BANK,
    number="CL-2026-0009",  # a plugin numbers orders
)
YEN: Final = Ordered(
    5110,
    "2026-10-14T23:59:59",
    "2026-10-14T23:59:30",
    SORA,
    (_blanket(1, "13200", JAPAN), _yarn(2, "1100", JAPAN)),
    currency="JPY",
    inclusive=True,
    transaction="pi_5110_made_up",
)
A_CENT: Final = Ordered(
    5111,
    "2026-10-15T18:00:00",
    "2026-10-15T17:59:59",
    DELPHINE,
    # The tax of each is 0.443750, shown as 0.44; that of all three, rounded once, is 1.33.
    (
        _needle(1, "5.00", NEW_YORK),
        _yarn(1, "5.00", NEW_YORK),
        Sold(305, "Stitch marker", None, 1, "5.00", NEW_YORK),
    ),
    by_subtotal=True,
    transaction="pi_5111_made_up",
)
FREE: Final = Ordered(
    5112,
    "2026-11-01T04:30:00",
    "2026-11-01T03:30:00",  # the last evening of October in New York
    GUEST,
    (_needle(2, "3.15", off="1"),),
    status="completed",
    method=("", ""),
    coupon="thankyou",
)
GOOD: Final = (
    *(
        TAXED,
        INCLUSIVE,
        COUPON,
        THREE_FOR_TEN,
        NAMELESS,
        UNPAID,
        REFUNDED,
        WITH_FEE,
        FEE_BELOW_ZERO,
        YEN,
        A_CENT,
        FREE,
    ),
)

TWO_CENTS: Final = Ordered(
    6101, "2026-10-20T10:00:00", "2026-10-20T09:59:00", GUEST, (_yarn(1, "7.25"),), changes={"total": "7.27"}
)
GIFT_CARD: Final = Ordered(
    6102,
    "2026-10-21T10:00:00",
    "2026-10-21T09:59:00",
    DELPHINE,
    (_blanket(1, "89.00"),),
    changes={"total": "64.00"},
)
COMMA: Final = Ordered(
    6103,
    "2026-10-22T10:00:00",
    "2026-10-22T09:59:00",
    JONAS,
    (_blanket(1, "79.90"),),
    changes={"total": "79,90"},
)
HALF_A_YEN: Final = Ordered(
    6104, "2026-10-23T10:00:00", "2026-10-23T09:59:00", SORA, (_yarn(1, "1100.50"),), currency="JPY"
)
STILL_GOOD: Final = Ordered(6105, "2026-10-24T10:00:00", "2026-10-24T09:59:00", GUEST, (_yarn(2, "7.25"),))
BAD: Final = (TWO_CENTS, GIFT_CARD, COMMA, HALF_A_YEN, STILL_GOOD)
