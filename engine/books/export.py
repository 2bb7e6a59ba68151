"""The books as text for other programs (hledger, ledger, beancount) and as a table of postings.

It depends on the documents alone: sorted by date, kind and external id, without internal ids or times of entry, so that
two books with the same documents give the same bytes. The entries of one document stand in the order of their making:
what was posted, then its reversal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal

from engine import money
from engine.books import journals
from engine.books.journals import Entry, Posting
from engine.books.store import Books

Format = Literal["hledger", "ledger", "beancount"]
FORMATS: Final[tuple[Format, ...]] = ("hledger", "ledger", "beancount")
COLUMNS: Final = (
    "date",
    "kind",
    "number",
    "external_id",
    "party",
    "memo",
    "account_code",
    "account_name",
    "currency",
    "debit",
    "credit",
)
"""Of a table of postings."""

_ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}
_POSTINGS: Final = """
    SELECT e.id, e.date, d.kind, d.number, d.external_id, d.party, e.memo, a.code, a.name, p.currency, p.amount_minor
    FROM entry e JOIN document d ON d.id = e.document
         JOIN posting p ON p.entry = e.id JOIN account a ON a.id = p.account
    ORDER BY e.date, d.kind, d.external_id, e.id, p.currency, a.code
"""


def export(books: Books, format: Format) -> str:
    """Return every posted entry as a whole journal in *format*, which ends with a line break.

    Names are cut to one line and to what the format can hold; amounts are exact.

    Source: hledger 1.25 manual (journal format), Ledger 3.3 manual, beancount 3 language syntax; judged by
    ``hledger check --strict``, ``ledger --pedantic`` and ``bean-check``.
    """
    rows, accounts = _read(books)
    names = account_names(accounts, format)
    entries = tuple(_entries(rows, names))
    used = sorted({posting.account for entry in entries for posting in entry.postings})
    currencies = sorted({posting.currency for entry in entries for posting in entry.postings})
    return "\n".join((*journals.WRITERS[format](entries, used, currencies), ""))


def postings(books: Books) -> Iterator[dict[str, Any]]:
    """Yield every posting as a row of ``COLUMNS``: text on one line, amounts as Decimal, the other side None."""
    for _, day, kind, number, external_id, party, memo, code, name, currency, minor in _read(books)[0]:
        texts = (day, kind, number or "", external_id, party, memo, code, name, currency)
        amount = money.from_minor(abs(minor), currency)
        sides = (amount, None) if minor > 0 else (None, amount)
        yield dict(zip(COLUMNS, (*map(journals.one_line, texts), *sides), strict=True))


def account_names(accounts: Mapping[str, tuple[str, str]], format: Format) -> dict[str, str]:
    """Return the account's full name in *format* for each code: no two codes have the same.

    Where two names come out alike, their codes stand behind them. Behind a code's colon stands a user's word, which
    may hold anything.

    Args:
        accounts: Name and type by code.
    """
    name = journals.NAMES[format]
    heads = {
        code: f"{_ROOTS[type]}:{name(label, '')}"
        for code, (label, type) in accounts.items()
        if ":" not in code
    }
    heads = _apart(heads, lambda code: "-" + name(code, ""))
    heads = _apart(heads, _mark)
    full = dict(heads)
    for code, (label, type) in accounts.items():
        head, colon, word = code.partition(":")
        if colon:
            above = heads.get(head) or f"{_ROOTS[type]}:{name(label.removesuffix(f': {word}'), '')}"
            full[code] = f"{above}:{name(word, _mark(word))}"
    return full


def _apart(names: Mapping[str, str], mark: Callable[[str], str]) -> dict[str, str]:
    count = Counter(names.values())
    return {code: name if count[name] == 1 else name + mark(code) for code, name in names.items()}


def _mark(word: str) -> str:
    """Return what keeps two words apart that a format would write alike."""
    return "-" + sha256(word.encode()).hexdigest()[:8]


def _read(books: Books) -> tuple[list[tuple[Any, ...]], dict[str, tuple[str, str]]]:
    """Return all postings in their order, and name and type of every account by code."""
    with books.reading() as cursor:
        rows = cursor.execute(_POSTINGS).fetchall()
        accounts = cursor.execute("SELECT code, name, type FROM account").fetchall()
    return rows, {code: (name, type) for code, name, type in accounts}


def _entries(rows: list[tuple[Any, ...]], names: Mapping[str, str]) -> Iterator[Entry]:
    for _, found in groupby(rows, key=itemgetter(0)):
        group = list(found)
        _, day, _, _, external_id, party, memo, *_ = group[0]
        own = (
            Posting(names[code], money.text(money.from_minor(minor, currency)), currency)
            for *_, code, _, currency, minor in group
        )
        yield Entry(
            date=day,
            external_id=journals.one_line(external_id),
            memo=journals.one_line(memo),
            payee=journals.one_line(party),
            postings=tuple(own),
        )
