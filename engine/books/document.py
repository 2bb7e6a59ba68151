"""What every document of the books is, whatever its kind. Pure: nothing here knows the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from engine import money
from engine.books.chart import Chart
from engine.books.fields import MOST_MINOR, Reader, Refusal

Side = Literal["customer", "vendor"]
UNNAMED_IDENTITY: Final = "unnamed"
_INLINE: Final = frozenset({"name", "email"})
UNNAMED: Final = {"customer": "Unnamed customer", "vendor": "Unnamed vendor"}


class Posting(NamedTuple):
    """One posting: *minor* units above zero are a debit, below zero a credit."""

    account: str
    minor: int
    currency: str


class Unbalanced(Exception):
    """Postings do not sum to zero: a fault of the books, never of a request."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who buys or sells: by *id*, or as a document describes them.

    Attributes:
        id: The id of one that is known; then name and email are empty.
    """

    side: Side
    id: str | None = None
    name: str | None = None
    email: str | None = None

    @property
    def identity(self) -> str:
        """What makes two of them one: the e-mail address, else the exact name, else nothing."""
        if self.email is not None:
            return "email:" + self.email.strip().casefold()
        return UNNAMED_IDENTITY if self.name is None else "name:" + self.name

    @property
    def label(self) -> str:
        """How a document calls them."""
        return self.name or self.email or UNNAMED[self.side]


@dataclass(frozen=True, slots=True)
class About:
    """The document that another one settles.

    Attributes:
        field: Where the request names it.
        kinds: What it may be.
        is_exact: Whether all of the amount must be open there; else the rest is the party's credit.
        sign: 1 where a higher rate of exchange than that document's is a gain, -1 where it is a loss.
        settles: How many minor units of it are settled, or None for as many as can be.
    """

    field: str
    kinds: tuple[str, ...]
    id: str
    is_exact: bool = False
    sign: int = 1
    settles: int | None = None


Legs = Callable[[Chart, int], Iterable[tuple[str, int]]]
"""Gives accounts and minor units for a chart and what is settled of the other document."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was asked for, amounts in minor units of its currency.

    Attributes:
        legs: What it posts; nothing for a draft.
        total: What it is over, never below zero.
        tax: How much of it is tax.
        rate: Units of the books' own currency for one of this, where stated.
        reference: What somebody else calls it.
        party: Who, or None where that follows from the document it is about, or from nothing.
        named: Accounts that it names, by the field that does.
        changed: What it posts in another currency.
        memo: What its entry says, where that does not follow from its kind and number.
        payee: Who stands on its entry where it has no party.
    """

    date: str
    currency: str
    total: int
    legs: Legs
    number: str | None = None
    due_date: str | None = None
    tax: int = 0
    rate: Decimal | None = None
    reference: str | None = None
    is_draft: bool = False
    party: Party | None = None
    about: About | None = None
    named: tuple[tuple[str, str], ...] = ()
    changed: Callable[[Chart], Iterable[Posting]] | None = None
    memo: str = ""
    payee: str = ""

    def postings(self, chart: Chart, settled: int = 0) -> tuple[Posting, ...]:
        """Return its postings, which sum to zero; *settled* minor units go against what it is about."""
        if self.is_draft:
            return ()
        amounts: dict[str, int] = {}
        for account, minor in self.legs(chart, settled):
            amounts[account] = amounts.get(account, 0) + minor
        own = [Posting(code, minor, self.currency) for code, minor in amounts.items()]
        return balanced((*own, *self.changed(chart)) if self.changed else own)


def balanced(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Return *postings* but those of zero; raises ``Unbalanced``."""
    kept = tuple([posting for posting in postings if posting.minor])
    sums: dict[str, int] = {}
    for _, minor, currency in kept:
        sums[currency] = sums.get(currency, 0) + minor
    if any(sums.values()):
        raise Unbalanced(f"postings do not sum to zero: {dict(sums)}")
    return kept


def gain(document: Document, settled: int, rate: Decimal | None, chart: Chart) -> tuple[Posting, ...]:
    """Return what a settlement wins or loses by the rates of exchange that both documents state.

    Args:
        settled: Minor units of the document's currency.
        rate: What the settled document states.

    Raises:
        Refusal: it is more than the books can hold.
    """
    if document.about is None or rate is None or document.rate is None or document.currency == chart.currency:
        return ()
    difference = (Fraction(document.rate) - Fraction(rate)) * document.about.sign
    amount = Fraction(money.from_minor(settled, document.currency)) * difference
    if abs(amount) * 10 ** money.exponent(chart.currency) > MOST_MINOR:
        message = "gain or loss by this rate of exchange is more than the books can hold"
        raise Refusal("size", message, "/exchange_rate")
    won = money.to_minor(money.rounded(amount, chart.currency, mode="half_even"), chart.currency)
    return balanced(
        (
            Posting(chart.code("exchange"), won, chart.currency),
            Posting(chart.code("gain"), -won, chart.currency),
        )
    )


def party_of(reader: Reader, side: Side, *, needed: bool = True) -> Party | None:
    """Return who a document is with: ``customer`` or ``customer_id``; for a vendor likewise."""
    by_id = f"{side}_id"
    if reader.has(by_id):
        if reader.has(side):
            raise reader.wrong(side, "form", f"{side} and {by_id} exclude each other: give one")
        return Party(side, id=reader.needed(by_id))
    if not reader.has(side):
        if not needed:
            return None
        raise reader.wrong(side, "missing", f"{side} is missing; {{}} is {UNNAMED[side].lower()}")
    inline = Reader(reader.raw(side), reader.at(side), _INLINE)
    return Party(side, None, inline.text("name"), inline.text("email"))


def reader_of(body: Any, fields: Set[str]) -> Reader:
    """Return the reader of a document's body, whose plain texts are in order."""
    reader = Reader(body, "", fields)
    reader.needed("external_id")
    reader.text("reference")
    if "memo" in fields:
        reader.text("memo", blank=True)
    return reader


def named(reader: Reader, *names: str) -> tuple[tuple[str, str], ...]:
    """Return the accounts that the fields *names* name, each with its field's place."""
    found = ((reader.at(name), reader.text(name)) for name in names)
    return tuple((place, code) for place, code in found if code is not None)


def day_of(reader: Reader) -> str:
    """Return the document's date, which must be there."""
    day = reader.day("date")
    if day is None:
        raise reader.wrong("date", "missing", "date is missing")
    return day


def rate_of(reader: Reader) -> Decimal | None:
    """Return the stated rate of exchange, which is above zero."""
    if not reader.has("exchange_rate"):
        return None
    rate = reader.number("exchange_rate")
    if rate <= 0:
        raise reader.wrong("exchange_rate", "amount", "a rate of exchange is above zero")
    return rate


def above_zero(reader: Reader, name: str, currency: str, why: str) -> int:
    """Return an amount in minor units that is above zero."""
    amount = reader.minor(name, currency)
    if amount <= 0:
        raise reader.wrong(name, "amount", why)
    return amount


def check_total(reader: Reader, total: int, currency: str, below: str) -> None:
    """Refuse a stated total that is another than *total*, and a total below zero, of which *below* says what it is."""
    computed = money.text(money.from_minor(total, currency))
    if reader.has("total"):
        stated = reader.minor("total", currency)
        if stated != total:
            difference = money.text(money.from_minor(total - stated, currency))
            given = money.text(money.from_minor(stated, currency))
            raise reader.wrong(
                "total",
                "total",
                f"lines, discounts and tax come to {computed} {currency}, the stated total is {given}"
                f" (difference {difference})",
            )
    if total < 0:
        raise reader.wrong(
            "lines", "amount", f"the lines come to {computed} {currency}; below zero it is {below}"
        )


Parse = Callable[[Any], Document]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    Attributes:
        name: ``credit_note``.
        collection: ``credit_notes``, as in addresses.
        prefix: What its ids begin with.
        words: How people call it.
        parse: Makes one of a request's body; raises ``Refusal``.
        side: Who it is with, or empty.
        opens: Whether what it is over stays open until other documents settle it.
    """

    name: str
    collection: str
    prefix: str
    words: str
    parse: Parse
    side: Side | Literal[""] = ""
    opens: bool = False


def one_of(reader: Reader, names: Mapping[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
    """Return which one of the fields *names* is there, with its kinds.

    Raises:
        Refusal: none is, or several are.
    """
    found = [name for name in names if reader.has(name)]
    listed = " or ".join(names)
    if not found:
        raise Refusal("missing", f"{listed} is missing", reader.at(next(iter(names))))
    if len(found) > 1:
        raise reader.wrong(found[1], "form", f"{found[0]} and {found[1]} exclude each other: give one")
    return found[0], names[found[0]]
