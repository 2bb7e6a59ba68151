"""The books as text for other programs: hledger and beancount.

The text depends on the documents alone: sorted by date, kind and external id, without internal ids or times of entry,
so that two books with the same documents give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Final, Literal

from engine import money
from engine.books.store import Books

Format = Literal["hledger", "beancount"]
FORMATS: Final[tuple[Format, ...]] = ("hledger", "beancount")

_ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}
_POSTINGS: Final = """
    SELECT e.id, e.date, d.external_id, e.memo, d.party, a.code, a.name, a.type, p.amount_minor, p.currency
    FROM entry e JOIN document d ON d.id = e.document
         JOIN posting p ON p.entry = e.id JOIN account a ON a.id = p.account
    ORDER BY e.date, d.kind, d.external_id, e.id, p.currency, a.code
"""


@dataclass(frozen=True, slots=True)
class _Posting:
    account: str
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class _Entry:
    date: str
    external_id: str
    memo: str
    payee: str
    postings: tuple[_Posting, ...]


def export(books: Books, format: Format) -> str:
    """Return every posted entry as a whole journal in *format*, which ends with a line break.

    Names are cut to one line and to what the format can hold; amounts are exact.

    Source: hledger 1.25 manual (journal format), beancount 3 language syntax; judged by ``hledger check --strict``
    and ``bean-check``.
    """
    name, write = (_hledger_name, _hledger) if format == "hledger" else (_beancount_name, _beancount)
    entries = tuple(_entries(books, name))
    accounts = sorted({posting.account for entry in entries for posting in entry.postings})
    currencies = sorted({posting.currency for entry in entries for posting in entry.postings})
    return "\n".join((*write(entries, accounts, currencies), ""))


def _entries(books: Books, name: Callable[[str, str], str]) -> Iterator[_Entry]:
    with books.reading() as cursor:
        rows = cursor.execute(_POSTINGS).fetchall()
    for _, found in groupby(rows, key=itemgetter(0)):
        group = list(found)
        _, day, external_id, memo, payee, *_ = group[0]
        postings = (
            _Posting(_account(*account, name), money.text(money.from_minor(units, currency)), currency)
            for *_, code, label, kind, units, currency in group
            for account in ((code, label, kind),)
        )
        yield _Entry(day, one_line(external_id), one_line(memo), one_line(payee), tuple(postings))


def _account(code: str, label: str, kind: str, name: Callable[[str, str], str]) -> str:
    """Return the account's full name. Behind a code's colon stands a user's word, which may hold anything."""
    _, colon, word = code.partition(":")
    parent = label.removesuffix(f": {word}") if colon else label
    return ":".join((_ROOTS[kind], name(parent, ""), *((name(word, _mark(word)),) if colon else ())))


def one_line(text: str) -> str:
    """Return *text* with every run of white space, control and unprintable characters as one space."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _mark(word: str) -> str:
    """Return what keeps two words apart that a format would write alike."""
    return "-" + sha256(word.encode()).hexdigest()[:8]


def _hledger_name(word: str, mark: str) -> str:
    """Return *word* as a part of an account's name, with *mark* where it had to be changed."""
    legal = " ".join(re.sub(r"[^\w.-]+", " ", word).split())
    return legal if legal == word else legal + mark


def _hledger(entries: Sequence[_Entry], accounts: Sequence[str], currencies: Sequence[str]) -> Iterator[str]:
    yield "decimal-mark ."
    for currency in currencies:
        # The sample amount says how many decimals are shown; hledger wants its mark even where there are none.
        yield f"commodity 1000.{'0' * money.exponent(currency)} {currency}"
    yield from (f"account {account}" for account in accounts)
    for entry in entries:
        # A semicolon begins a comment, a bar parts payee and note, a bracket in front would be the code.
        payee = re.sub(r"^\(", "[", entry.payee.replace(";", ",").replace("|", "/"))
        yield ""
        yield f"{entry.date} * {payee} | {entry.memo.replace(';', ',').replace('|', '/')}"
        yield f"    ; external_id: {entry.external_id}"
        yield from _lines(entry.postings, "    ")


def _beancount_name(word: str, mark: str) -> str:
    """Return *word* as a part of an account's name; *mark* follows unless the word can be read back from it."""
    legal = "-".join(re.findall(r"[A-Za-z0-9]+", word)) or "Other"
    plain = not mark or re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", word)
    return legal[0].upper() + legal[1:] + ("" if plain else mark)


def _beancount(
    entries: Sequence[_Entry], accounts: Sequence[str], currencies: Sequence[str]
) -> Iterator[str]:
    for currency in currencies:
        yield f"{entries[0].date} commodity {currency}"
    yield from (f"{entries[0].date} open {account}" for account in accounts)
    for entry in entries:
        yield ""
        yield f"{entry.date} * {_quoted(entry.payee)} {_quoted(entry.memo)}"
        yield f"  external_id: {_quoted(entry.external_id)}"
        yield from _lines(entry.postings, "  ")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lines(postings: Sequence[_Posting], indent: str) -> Iterator[str]:
    wide = max(len(posting.account) for posting in postings)
    most = max(len(posting.amount) for posting in postings)
    for posting in postings:
        yield f"{indent}{posting.account:<{wide}}  {posting.amount:>{most}} {posting.currency}"
