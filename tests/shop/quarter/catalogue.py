"""What the quarter's orders need beyond the shop's catalogue: gift cards, more taxes and buyers of many scripts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from tests.shop.amounts import EUR, JPY, KWD, USD, Currency, Shown
from tests.shop.catalogue import NY, US
from tests.shop.statement import Address, Discount, Item, Payment, Person, tax

GIFT_CARD: Final = Item(401, "Lantern & Kiln Gift Card", "$50.00", None, 0, gift_card=True)
GIFT_CARD_EURO: Final = Item(402, "Lantern & Kiln Gift Card", "€25.00", None, 0, gift_card=True)
SAMPLER: Final = Item(141, "Sampler of Four", None, "TEA-SAMP-4", 40)

DENVER: Final = (
    tax("Colorado State Tax", "0.029"),
    tax("Denver City Tax", "0.0481"),
    tax("Regional Transportation District", "0.01"),
    tax("Scientific and Cultural Facilities District", "0.001"),
)
FINLAND: Final = (tax("FI ALV", "0.255"),)
FINLAND_FOOD: Final = (tax("FI ALV", "0.135"),)
GREECE: Final = (tax("GR ΦΠΑ", "0.24"),)
IRELAND: Final = (tax("IE VAT", "0.23"),)
# The marketplace collects this tax and pays it to the state itself.
WASHINGTON: Final = (replace(tax("Washington State Tax", "0.065"), channel_liable=True),)

# The shop keeps dollars; the buyer pays in euros, yen or dinars at the day's rate.
DOLLARS_AS_EUROS: Final = Currency("USD", 2, Shown(EUR, Decimal("0.9214")))
DOLLARS_AS_YEN: Final = Currency("USD", 2, Shown(JPY, Decimal("148.37")))
DOLLARS_AS_DINARS: Final = Currency("USD", 2, Shown(KWD, Decimal("0.30645")))

VISA: Final = ("Visa", "2261")
MASTERCARD: Final = ("Mastercard", "7740")
AMEX: Final = ("American Express", "3118")


def card(at: str, amount: str | None = None, of: tuple[str, str] = VISA) -> Payment:
    """Return a card payment through Shopify Payments: of *amount*, or of the whole order."""
    return Payment(at, amount=None if amount is None else Decimal(amount), card=of)


def by(gateway: str, at: str, amount: str | None = None) -> Payment:
    """Return a payment through another gateway."""
    return Payment(at, gateway, amount=None if amount is None else Decimal(amount))


def code_for_lines(name: str, percent: str, *lines: int) -> Discount:
    """Return a code that counts for some lines only, such as not for gift cards."""
    return Discount(name, "discount_code", Decimal(percent), "percentage", "across", lines)


ELENI: Final = Person(
    21,
    "Ελένη",
    "Καραμανώλη",
    "eleni.k@example.com",
    "2026-07-02T03:11:09-04:00",
    Address("Οδός Αγγειοπλαστών 9", "Σίφνος", "840 03", None, ("Greece", "GR")),
)
DVORA: Final = Person(
    22,
    "דבורה",
    "בן־לביא",
    "dvora@example.com",
    "2026-06-21T08:30:00-04:00",
    Address("רחוב הקדרים 4", "חיפה", "3100001", None, ("Israel", "IL")),
)
AARAV: Final = Person(
    23,
    "आरव",
    "कुम्भारे",
    "aarav.k@example.com",
    "2026-08-01T22:05:40-04:00",
    Address("17 Kumbhar Galli", "Pune", "411001", ("Maharashtra", "MH"), ("India", "IN")),
)
SUDA: Final = Person(
    24,
    "สุดา",
    "ดินเผา",
    "suda@example.com",
    "2026-08-09T01:17:33-04:00",
    Address("88 ซอยช่างปั้น", "เชียงใหม่", "50000", ("Chiang Mai", "TH-50"), ("Thailand", "TH")),
)
MINJI: Final = Person(
    25,
    "민지",
    "도",
    "minji.do@example.com",
    "2026-08-15T19:44:12-04:00",
    Address("가상로 21", "이천시", "17300", ("Gyeonggi", "KR-41"), ("South Korea", "KR")),
)
LINH: Final = Person(
    26,
    "Ánh Linh",
    "Nguyễn Đỗ",
    "linh.nd@example.com",
    "2026-08-20T10:01:59-04:00",
    Address("604 Larimer Kiln Way", "Denver", "80205", ("Colorado", "CO"), US, "+13035550126"),
)
# Turkish letters that lower-casing by the wrong rule turns into others.
ISIK: Final = Person(
    27,
    "Işıl",
    "İnanoğlu",
    "ISIL.Inanoglu@example.com",
    "2026-08-25T05:20:20-04:00",
    Address("Çömlekçi Sokağı 3", "Kütahya", "43000", None, ("Turkey", "TR")),
)
NINO: Final = Person(
    28,
    "ნინო",
    "ქვევრაძე",
    "nino@example.com",
    "2026-09-02T04:18:47-04:00",
    Address("მეთუნეების ქუჩა 5", "თელავი", "2200", None, ("Georgia", "GE")),
)
KAYAL: Final = Person(
    29,
    "கயல்விழி",
    "இளங்கோ",
    "kayal@example.com",
    "2026-09-11T23:12:05-04:00",
    Address("40 Potter's Walk", "Singapore", "018900", None, ("Singapore", "SG")),
)
# A letter and its accent as two characters, apostrophes of both kinds.
SINEAD: Final = Person(
    30,
    "Sine\u0301ad",
    "O'Hara\u2019s-D\u2019Arcy",
    "sinead@example.com",
    "2026-09-14T06:50:31-04:00",
    Address("2 Glaze Row", "Belleek", "F94 0000", None, ("Ireland", "IE")),
)
# A comma and quotation marks, which tables and ledgers must quote.
WILLIAM: Final = Person(
    31,
    'William "Bill"',
    "Thistlewood, Jr.",
    "bill@example.com",
    "2026-05-05T05:05:05-04:00",
    Address("Slip, Clay & Co., Dock 7", "Brooklyn", "11231", NY, US, "+17185550190"),
)
MOMO: Final = Person(
    32,
    "桃",
    "茶器🍵倶楽部",
    "momo@example.com",
    "2026-09-20T20:00:00-04:00",
    Address("架空町1丁目2-3", "常滑市", "479-0000", ("Aichi", "JP-23"), ("Japan", "JP")),
)
# One name only, and no e-mail address: the order was taken by telephone.
MADHULIKA: Final = Person(
    33,
    "",
    "Madhulika",
    "",
    "2026-10-03T11:11:11-04:00",
    Address("52 Bisque Lane", "Buffalo", "14202", NY, US, "+17165550175"),
)
ANI: Final = Person(
    34,
    "Անի",
    "Խեցեգործյան",
    "ani@example.com",
    "2026-10-06T02:41:16-04:00",
    Address("Կավագործների 11", "Գյումրի", "3101", None, ("Armenia", "AM")),
)
TSEHAY: Final = Person(
    35,
    "ፀሐይ",
    "ሸክላ",
    "tsehay@example.com",
    "2026-10-10T13:30:52-04:00",
    Address("12 Clay Quarter", "Addis Ababa", "1000", None, ("Ethiopia", "ET")),
)
RUTH: Final = Person(
    36,
    "Ruth",
    "Halvorsen-Abernathy-Featherstonehaugh-Montgomery of Lower Wheelhouse",
    "ruth@example.com",
    "2026-04-30T16:16:16-04:00",
    Address("1 Evergreen Slip", "Tacoma", "98402", ("Washington", "WA"), US, "+12535550111"),
)
# Registered and bought nothing: a customer without orders.
OMAR: Final = Person(
    37,
    "عمر",
    "الفاخوري",
    "omar@example.com",
    "2026-10-29T09:09:09-04:00",
    Address("Clay Souk 3", "Kuwait City", "13001", ("Al Asimah", "KW-KU"), ("Kuwait", "KW")),
)

CURRENCIES: Final = (USD, EUR, JPY, KWD)
