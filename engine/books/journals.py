"""How hledger, ledger and beancount write what was posted. Pure text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine import money


@dataclass(frozen=True, slots=True)
class Posting:
    """One posting: the account's full name and the amount as text, debits above zero."""

    account: str
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; its texts are of one line, and may be empty but for the external id."""

    date: str
    external_id: str
    memo: str
    payee: str
    postings: tuple[Posting, ...]


def one_line(text: str) -> str:
    """Return *text* with every run of white space, control and unprintable characters as one space."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(text.split())


# ---- hledger ----


def _hledger_name(word: str, mark: str) -> str:
    """Return *word* as a part of an account's name, with *mark* where it had to be changed."""
    legal = " ".join(re.sub(r"[^\w.'-]+", " ", word).split())
    return legal if legal == word else (legal or "Other") + mark


def _hledger(entries: Sequence[Entry], accounts: Sequence[str], currencies: Sequence[str]) -> Iterator[str]:
    yield "decimal-mark ."
    for currency in currencies:
        # The sample amount says how many decimals are shown; hledger wants its mark even where there are none.
        yield f"commodity 1000.{'0' * money.exponent(currency)} {currency}"
    yield from (f"account {account}" for account in accounts)
    for entry in entries:
        payee, memo = (_plain(text).replace("|", "/") for text in (entry.payee, entry.memo))
        yield ""
        # A bar parts payee and note; without a payee the line would begin with it.
        yield f"{entry.date} * {f'{payee} | {memo}' if payee else memo}".rstrip()
        yield f"    ; external_id: {entry.external_id}"
        yield from _lines(entry.postings, "    ")


# ---- ledger ----


def _ledger(entries: Sequence[Entry], accounts: Sequence[str], currencies: Sequence[str]) -> Iterator[str]:
    for currency in currencies:
        # The sample amount says how many decimals are shown.
        sample = money.text(money.from_minor(1000 * 10 ** money.exponent(currency), currency))
        yield f"commodity {currency}"
        yield f"    format {sample} {currency}"
    yield from (f"account {account}" for account in accounts)
    if entries:
        yield "tag external_id"
        yield "tag memo"
    for entry in entries:
        yield ""
        yield f"{entry.date} * {_plain(entry.payee or entry.memo)}".rstrip()
        yield f"    ; external_id: {entry.external_id}"
        if entry.memo:
            yield f"    ; memo: {entry.memo}"
        yield from _lines(entry.postings, "    ")


def _plain(text: str) -> str:
    """Return *text* as a description: a semicolon begins a comment, a bracket in front would be the code."""
    return re.sub(r"^\(", "[", text.replace(";", ","))


# ---- beancount ----


def _beancount_name(word: str, mark: str) -> str:
    """Return *word* as a part of an account's name; *mark* follows unless the word can be read back from it."""
    legal = "-".join(re.findall(r"[A-Za-z0-9]+", word.replace("'", ""))) or "Other"
    plain = not mark or re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", word)
    return legal[0].upper() + legal[1:] + ("" if plain else mark)


def _beancount(entries: Sequence[Entry], accounts: Sequence[str], currencies: Sequence[str]) -> Iterator[str]:
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


def _lines(postings: Sequence[Posting], indent: str) -> Iterator[str]:
    wide = max(len(posting.account) for posting in postings)
    most = max(len(posting.amount) for posting in postings)
    for posting in postings:
        yield f"{indent}{posting.account:<{wide}}  {posting.amount:>{most}} {posting.currency}"


Writer = Callable[[Sequence[Entry], Sequence[str], Sequence[str]], Iterator[str]]
WRITERS: Final[Mapping[str, Writer]] = {"hledger": _hledger, "ledger": _ledger, "beancount": _beancount}
"""Each gives the lines of a journal from its entries and the names of all accounts and currencies in them."""
NAMES: Final[Mapping[str, Callable[[str, str], str]]] = {
    "hledger": _hledger_name,
    "ledger": _hledger_name,
    "beancount": _beancount_name,
}
"""Each gives a word as a part of an account's name, with a mark behind it where the word had to be changed."""
