"""What the shop sells, whom it sells to and which taxes it charges.

Tea is food, untaxed or taxed low; pots are not.
"""

from __future__ import annotations

from typing import Final

from tests.shop.statement import Address, Item, Person, tax

OOLONG: Final = Item(101, "Ember Oolong", "100 g tin", "TEA-EMBER-100", 160)
BLACK: Final = Item(111, "Fog Harbor Black", "100 g tin", "TEA-FOG-100", 160)
HOJICHA: Final = Item(121, "Slow Roast Hojicha", "80 g pouch", "TEA-HOJI-080", 95)
CHAMOMILE: Final = Item(131, "Quiet Hour Chamomile", None, "TEA-QUIET-050", 70)
MUG_ASH: Final = Item(201, "Salt Glaze Mug", "Ash", "MUG-SALT-ASH", 380)
MUG_INDIGO: Final = Item(202, "Salt Glaze Mug", "Indigo", "MUG-SALT-IND", 380)
PINCH_BOWL: Final = Item(211, "Pinch Bowl", "Celadon", "BOWL-PINCH-CEL", 240)
NESTED_BOWLS: Final = Item(221, "Nested Tea Bowls", "Set of 3", "BOWL-NEST-3", 690)
TEAPOT: Final = Item(231, "Side-Handle Teapot", "Iron Black", "POT-SIDE-BLK", 540)
TASTING: Final = Item(301, "Tasting Evening", None, None, 0)

ERIE: Final = (tax("New York State Tax", "0.04"), tax("Erie County Tax", "0.0475"))
NEW_YORK_CITY: Final = (
    tax("New York State Tax", "0.04"),
    tax("New York City Tax", "0.045"),
    tax("Metropolitan Commuter Transportation District", "0.00375"),
)
MASSACHUSETTS: Final = (tax("Massachusetts State Tax", "0.0625"),)
NEW_JERSEY: Final = (tax("New Jersey State Tax", "0.06625"),)
CONNECTICUT: Final = (tax("Connecticut State Tax", "0.0635"),)
GERMANY: Final = (tax("DE MwSt", "0.19"),)
GERMANY_FOOD: Final = (tax("DE MwSt", "0.07"),)
FRANCE: Final = (tax("FR TVA", "0.2"),)
FRANCE_FOOD: Final = (tax("FR TVA", "0.055"),)
JAPAN: Final = (tax("消費税", "0.1"),)
JAPAN_FOOD: Final = (tax("消費税（軽減）", "0.08"),)

US: Final = ("United States", "US")
NY: Final = ("New York", "NY")
NJ: Final = ("New Jersey", "NJ")

# Telephone numbers are of ranges kept for fiction: +1 … 555-01xx, Germany 30 23125, France 1 99 00.
AMARA: Final = Person(
    1,
    "Amara",
    "Okonkwo-Reyes",
    "amara@example.com",
    "2026-02-11T09:14:02-05:00",
    Address("418 Larkspur Lane", "Buffalo", "14201", NY, US, "+17165550142", place=(42.8964, -78.8851)),
)
TOBIAS: Final = Person(
    2,
    "Tobias",
    "Lindqvist",
    "tobias.lindqvist@example.com",
    "2026-08-12T08:50:17-04:00",
    Address("7 Wharf Stair", "Salem", "01970", ("Massachusetts", "MA"), US, "+19785550119", "Apt 3"),
)
YATING: Final = Person(
    3,
    "雅婷",
    "林",
    "yating.lin@example.com",
    "2026-05-30T21:03:44-04:00",
    Address("2290 Juniper Court", "Sacramento", "95816", ("California", "CA"), US, "+19165550187"),
)
JOERG: Final = Person(
    4,
    "Jörg",
    "Änderle-Süß",
    "joerg.aenderle@example.com",
    "2026-09-05T04:40:00-04:00",
    Address(
        "Töpferweg 12", "Weimar", "99423", None, ("Germany", "DE"), "+493023125042", place=(50.9795, 11.3235)
    ),
)
MIO: Final = Person(
    5,
    "美緒",
    "佐久間",
    "mio.sakuma@example.com",
    "2026-09-09T20:15:31-04:00",
    Address("架空町3丁目8-5", "京都市", "600-0000", ("Kyōto", "JP-26"), ("Japan", "JP")),
)
NOURA: Final = Person(
    6,
    "نورة",
    "العجيل",
    "noura@example.com",
    "2026-07-19T14:22:08-04:00",
    Address("Block 4, Street 19, House 6", "Salmiya", "22000", ("Hawalli", "KW-HA"), ("Kuwait", "KW")),
)
PRIYA: Final = Person(
    7,
    "Priya",
    "Raghunathan",
    "priya.r@example.com",
    "2026-09-22T12:00:45-04:00",
    Address("96 Mill Race Road", "Montclair", "07042", NJ, US, "+19735550164"),
)
SEAMUS: Final = Person(
    8,
    "Séamus",
    "Ó Dálaigh",
    "seamus.odalaigh@example.com",
    "2026-03-17T17:17:17-04:00",
    Address("31 Quarry Hill", "New Haven", "06510", ("Connecticut", "CT"), US, "+12035550133"),
)
ZOE: Final = Person(
    9,
    "Zoë",
    "Þórsdóttir",
    "zoe.th@example.com",
    "2026-10-02T07:31:26-04:00",
    Address("5 Ferry Slip", "Hoboken", "07030", NJ, US, "+12015550171"),
)
ELODIE: Final = Person(
    10,
    "Élodie",
    "Guérin-Łukasik",
    "elodie.guerin@example.com",
    "2026-06-01T03:09:55-04:00",
    Address("14 rue des Potiers", "Limoges", "87000", None, ("France", "FR"), "+33199001407", "Bât. C"),
)
VLADYSLAV: Final = Person(
    11,
    "Владислав",
    "Ткаченко",
    "v.tkachenko@example.com",
    "2026-04-22T11:48:39-04:00",
    Address("860 Bobbin Street", "Brooklyn", "11211", NY, US, "+17185550158", "Unit 2F"),
)
