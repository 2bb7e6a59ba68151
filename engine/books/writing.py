"""Writes what requests ask for, inside a transaction of the caller, who undoes what was written before a refusal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from engine import canonical, money
from engine.books.chart import CONTROL, OF_PARTIES, OF_TAX, Account, Chart
from engine.books.document import About, Document, Kind, Party, Posting, gain
from engine.books.fields import Reader, Refusal
from engine.books.kinds import KINDS
from engine.books.reading import row_id, text_id
from engine.books.stored import Received, Row, Stored, inserted

_INSERT_DOCUMENT: Final = """
    INSERT INTO document
        (kind, made, request, external_id, number, state, currency, date, due_date, total_minor, tax_minor,
         balance_minor, rate, reference, master, party, about)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_CHANGE_DOCUMENT: Final = """
    UPDATE document SET request = ?, number = ?, state = ?, currency = ?, date = ?, due_date = ?, total_minor = ?,
        tax_minor = ?, balance_minor = ?, rate = ?, reference = ?, master = ?, party = ?, about = ? WHERE id = ?
"""
VOID_FIELDS: Final = frozenset("date reason external_id".split())


@dataclass(slots=True)
class Ledger:
    """The books' tables for the length of a transaction.

    Attributes:
        chart: As it stands now.
        accounts: Row and role of each account, by code; filled as they are asked for.
        closed_until: The last day of the closed periods, or empty.
    """

    cursor: sqlite3.Cursor
    chart: Chart
    accounts: dict[str, tuple[int, str]]
    closed_until: str = ""

    def log(self, operation: str, received: Received, subject: int | None = None) -> int:
        """Note a request and return its row."""
        sql = (
            "INSERT INTO request (external_id, digest, operation, subject, body, recorded_at)"
            " VALUES (?, ?, ?, ?, ?, ?)"
        )
        key = (received.external_id, received.digest, operation, subject, received.text, received.now)
        return inserted(self.cursor.execute(sql, key))

    def create(self, kind: Kind, operation: str, received: Received) -> Stored:
        """Record a document, post it unless it is a draft, and return what stands of it.

        Raises:
            Refusal: a field is wrong; what it names is unknown; 409, its number is taken.
        """
        wanted = kind.parse(received.body)
        self._check(kind, wanted)
        about = self._about(wanted)
        request = self.log(operation, received)
        return self._write(kind, wanted, about, request, received, None)

    def update(self, kind: Kind, operation: str, row: int, received: Received) -> Stored:
        """Reverse what a document posted, post it anew as the request says, and return what stands of it.

        Raises:
            Refusal: as ``create``; more of it is settled than its new total; 404, there is none.
        """
        old = self._changeable(kind, row)
        wanted = kind.parse(received.body)
        if old.state != "draft":  # a draft posted nothing that a closed period could hold
            self._open_day(old.date, "")
        self._take_back(old)
        self._check(kind, wanted)
        about = self._about(wanted)
        request = self.log(operation, received, row)
        self._reverse(old, old.date, f"Change of {old.name}", received.now)
        return self._write(kind, wanted, about, request, received, old)

    def void(self, kind: Kind, operation: str, row: int, received: Received) -> int:
        """Reverse what a document posted, on the day that the request names or on its own, and keep it as void.

        Raises:
            Refusal: something was settled with it; the day lies in a closed period; 404, there is none.
        """
        reader = Reader(received.body, "", VOID_FIELDS)
        reader.text("reason", blank=True)
        old = self._changeable(kind, row)
        day = reader.day("date") or old.date
        if day < old.date:
            raise Refusal("date", f"{old.name} is of {old.date}: it is not void before that day", "/date")
        if old.state != "draft":
            self._open_day(day, "/date")
        if self._settled(row):
            message = f"{old.name} is settled in part or whole: void what settled it first"
            raise Refusal("settled", message, "", status=422)
        self._take_back(old)
        self.log(operation, received, row)
        self._reverse(old, day, f"Void: {old.name}", received.now)
        self.cursor.execute("UPDATE document SET state = 'void', balance_minor = 0 WHERE id = ?", (row,))
        return row

    # ---- what can be refused ----

    def _check(self, kind: Kind, wanted: Document) -> None:
        self._open_day(wanted.date, "/date")
        # What a sale or purchase owes in tax stands in its lines; a journal entry says what was paid of it.
        kept = CONTROL | OF_TAX if kind.side else CONTROL
        for place, code in wanted.named:
            known = self.account(code)
            if known is None or known[1] in kept:
                why = "is kept by the books themselves" if known else "is not in the chart of accounts"
                raise Refusal("account", f"account {money.shorten(code)!r} {why}", place)

    def _open_day(self, day: str, place: str) -> None:
        if day <= self.closed_until:
            message = f"{day} lies in a closed period, which ends on {self.closed_until}"
            raise Refusal("period_closed", message, place)

    def _about(self, wanted: Document) -> Row | None:
        """Return the document that *wanted* settles."""
        about = wanted.about
        if about is None:
            return None
        place = f"/{about.field}"
        found = self._named(about)
        if found is None:
            words = " or ".join(KINDS[kind].words for kind in about.kinds)
            raise Refusal("unknown_" + about.kinds[0], f"no {words} has the id {about.id!r}", place)
        if found.state == "draft":
            raise Refusal("draft", f"{found.name} is a draft: it is not owed", place)
        if found.state == "void":
            raise Refusal("void", f"{found.name} is void", place)
        if wanted.currency != found.currency:
            message = f"{found.name} is in {found.currency}, this document in {wanted.currency}"
            raise Refusal("currency", message, "/currency")
        if about.settles is not None and about.settles > found.balance:
            left, said = (
                money.text(money.from_minor(minor, found.currency))
                for minor in (found.balance, about.settles)
            )
            message = f"{found.name} has {left} {found.currency} open, and {said} of it is to be settled"
            raise Refusal("settles", message, "/settles")
        if about.is_exact and wanted.total > found.balance:
            left = money.text(money.from_minor(found.balance, found.currency))
            message = f"{found.name} has {left} {found.currency} left to pay back"
            raise Refusal("amount", message, "/amount")
        if about.is_exact and wanted.date < found.date:
            message = f"{found.name} is of {found.date}: nothing of it is paid back before that day"
            raise Refusal("date", message, "/date")
        return found

    def _named(self, about: About) -> Row | None:
        for kind in about.kinds:
            row = row_id(KINDS[kind].collection, about.id)
            if row is not None:
                return self.row(kind, row)
        return None

    def _changeable(self, kind: Kind, row: int) -> Row:
        found = self.row(kind.name, row)
        if found is None:
            name = text_id(kind.collection, row)
            raise Refusal("not_found", f"no {kind.words} has the id {name!r}", status=404)
        if found.state == "void":
            raise Refusal("void", f"{found.name} is void: it is not changed any more")
        return found

    def row(self, kind: str, row: int) -> Row | None:
        """Return a stored document."""
        sql = (
            "SELECT id, kind, number, state, currency, date, total_minor, balance_minor, rate, master, party,"
            " external_id FROM document WHERE id = ? AND kind = ?"
        )
        found = self.cursor.execute(sql, (row, kind)).fetchone()
        if found is None:
            return None
        values: list[Any] = [*found]
        values[8] = None if values[8] is None else Decimal(values[8])
        return Row(*values)

    def account(self, code: str) -> tuple[int, str] | None:
        """Return row and role of the account *code*; a sub-account of clearing is opened when it is first named."""
        if code not in self.accounts:
            found = self.cursor.execute("SELECT id, role FROM account WHERE code = ?", (code,)).fetchone()
            if found is None:
                sub = self.chart.sub_account(code)
                if sub is None or sub.role != "clearing":
                    return None
                found = (self.open_account(sub), sub.role)
            self.accounts[code] = found
        return self.accounts[code]

    def open_account(self, account: Account) -> int:
        """Add an account and return its row."""
        sql = "INSERT INTO account (code, name, type, role) VALUES (?, ?, ?, ?)"
        return inserted(self.cursor.execute(sql, (account.code, account.name, account.type, account.role)))

    # ---- what is written ----

    def _write(
        self,
        kind: Kind,
        wanted: Document,
        about: Row | None,
        request: int,
        received: Received,
        old: Row | None,
    ) -> Stored:
        settled = 0
        if about is not None and wanted.about is not None:
            said = wanted.about.settles
            settled = min(wanted.total, about.balance) if said is None else said
        postings = wanted.postings(self.chart, settled)
        if about is not None and settled:
            postings += gain(wanted, settled, about.rate, self.chart)
        master, party = self._party(kind, wanted, about, request)
        opens = (kind.opens or about is not None) and not (wanted.about and wanted.about.is_exact)
        balance = wanted.total - settled if opens else 0
        state = "draft" if wanted.is_draft else "posted"
        rate = None if wanted.rate is None else money.text(wanted.rate)
        amounts = (wanted.currency, wanted.date, wanted.due_date, wanted.total, wanted.tax)
        rest = (rate, wanted.reference, master, party, about.id if about else None)
        if old is None:
            head = (kind.name, request, request, received.external_id, wanted.number, state)
            self._put(_INSERT_DOCUMENT, (*head, *amounts, balance, *rest), kind, wanted.number, master)
            row, external_id = inserted(self.cursor), received.external_id
        else:
            row, external_id = old.id, old.external_id
            kept = self._settled(row)
            if kept:
                self._keeps(old, wanted, master, kept, balance)
                balance -= kept
            values = (request, wanted.number, state, *amounts, balance, *rest, row)
            self._put(_CHANGE_DOCUMENT, values, kind, wanted.number, master)
        self._post(row, wanted.date, _memo(kind, wanted, about), received.now, postings, master)
        if about is not None and settled:
            sql = "INSERT INTO allocation (settling, settled, amount_minor) VALUES (?, ?, ?)"
            self.cursor.execute(sql, (row, about.id, settled))
            self._owe(about.id, -settled)
        total, tax = wanted.total, wanted.tax
        return Stored(row, state, wanted.currency, total, tax, balance, master, external_id, settled)

    def _put(
        self, sql: str, values: tuple[Any, ...], kind: Kind, number: str | None, master: int | None
    ) -> None:
        """Write a document's row; raises ``Refusal`` where another document has its number.

        A bill's number is its vendor's, and two vendors may use one.
        """
        try:
            self.cursor.execute(sql, values)
        except sqlite3.IntegrityError:
            owned = (
                "SELECT id FROM document"
                " WHERE kind = ? AND number = ? AND CASE kind WHEN 'bill' THEN master ELSE 0 END = ?"
            )
            owner = master if kind.name == "bill" else 0
            found = self.cursor.execute(owned, (kind.name, number, owner)).fetchone()
            if number is None or found is None:
                raise
            taken = text_id(kind.collection, found[0])
            message = f"the number {money.shorten(number)} is that of {taken}, which another effect wrote"
            raise Refusal("duplicate_number", message, "/number", status=409) from None

    def _keeps(self, old: Row, wanted: Document, master: int | None, kept: int, balance: int) -> None:
        """Refuse to change what *kept* minor units were settled of to something that they do not settle."""
        settled = f"{money.text(money.from_minor(kept, old.currency))} {old.currency} of {old.name} is settled already"
        if wanted.is_draft:
            raise Refusal("settled", f"{settled}: it cannot become a draft again", "/status")
        for field, is_same in (
            ("/currency", wanted.currency == old.currency),
            ("/exchange_rate", wanted.rate == old.rate),
            ("", master == old.master),
        ):
            if not is_same:
                what = field[1:].replace("_", " ") or "whom it is with"
                raise Refusal("settled", f"{settled}: void what settled it, then change {what}", field)
        if kept > balance:
            left = money.text(money.from_minor(balance, old.currency))
            message = f"{settled}, and the change would leave {left} to settle: void what settled it first"
            raise Refusal("settled", message, "")

    def _owe(self, row: int, minor: int) -> None:
        sql = "UPDATE document SET balance_minor = balance_minor + ? WHERE id = ?"
        self.cursor.execute(sql, (minor, row))

    def _settled(self, row: int) -> int:
        sql = "SELECT COALESCE(SUM(amount_minor), 0) FROM allocation WHERE settled = ?"
        return int(self.cursor.execute(sql, (row,)).fetchone()[0])

    def _take_back(self, old: Row) -> None:
        """Give back what a document settled."""
        sql = "SELECT settled, amount_minor FROM allocation WHERE settling = ?"
        for settled, minor in self.cursor.execute(sql, (old.id,)).fetchall():
            self._owe(settled, minor)
        self.cursor.execute("DELETE FROM allocation WHERE settling = ?", (old.id,))

    def _reverse(self, old: Row, day: str, memo: str, now: str) -> None:
        """Post the contrary of every entry of a document that stands."""
        sql = (
            "SELECT id FROM entry e WHERE document = ? AND reversal_of IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.reversal_of = e.id) ORDER BY id"
        )
        for (entry,) in self.cursor.execute(sql, (old.id,)).fetchall():
            head = "INSERT INTO entry (document, date, memo, recorded_at, reversal_of) VALUES (?, ?, ?, ?, ?)"
            made = inserted(self.cursor.execute(head, (old.id, day, memo, now, entry)))
            self.cursor.execute(
                "INSERT INTO posting (entry, account, amount_minor, currency, master)"
                " SELECT ?, account, -amount_minor, currency, master FROM posting WHERE entry = ? ORDER BY id",
                (made, entry),
            )

    def _post(
        self, row: int, day: str, memo: str, now: str, postings: Iterable[Posting], master: int | None
    ) -> None:
        lines = []
        for posting in postings:
            known = self.accounts.get(posting.account) or self._account(posting.account)
            party = master if known[1] in OF_PARTIES else None
            lines.append((known[0], posting.minor, posting.currency, party))
        if not lines:
            return
        sql = "INSERT INTO entry (document, date, memo, recorded_at) VALUES (?, ?, ?, ?)"
        entry = inserted(self.cursor.execute(sql, (row, day, memo, now)))
        self.cursor.executemany(
            "INSERT INTO posting (entry, account, amount_minor, currency, master) VALUES (?, ?, ?, ?, ?)",
            [(entry, *line) for line in lines],
        )

    def _account(self, code: str) -> tuple[int, str]:
        """Return row and role of an account that the books post to; a sub-account is opened where it is new."""
        known = self.account(code)
        if known is None:
            account = self.chart.by_code.get(code) or self.chart.sub_account(code)
            if account is None:
                raise Refusal("account", f"account {money.shorten(code)!r} is not in the chart of accounts")
            known = self.accounts[code] = (self.open_account(account), account.role)
        return known

    def _party(self, kind: Kind, wanted: Document, about: Row | None, request: int) -> tuple[int | None, str]:
        """Return row and name of whom a document is with, adding one that it brings along."""
        if wanted.party is None:
            return (about.master, about.party) if about is not None else (None, wanted.payee)
        party = wanted.party
        row = self.master(party) if party.id is None else row_id(f"{party.side}s", party.id)
        if about is not None and row != about.master:
            field = f"/{party.side}" if party.id is None else f"/{party.side}_id"
            raise Refusal("other_party", f"{about.name} is another {party.side}'s", field)
        if party.id is None:
            return (self.add_master(party, request) if row is None else row), party.label
        sql = "SELECT id, body FROM master WHERE kind = ? AND id = ?"
        found = self.cursor.execute(sql, (party.side, row)).fetchone()
        if found is None:
            message = f"no {party.side} has the id {money.shorten(party.id)!r}"
            raise Refusal(f"unknown_{party.side}", message, f"/{party.side}_id")
        known_as = canonical.decode(found[1])
        return int(found[0]), replace(party, name=known_as.get("name"), email=known_as.get("email")).label

    def master(self, party: Party) -> int | None:
        """Return the row of a customer or vendor."""
        sql = "SELECT id FROM master WHERE kind = ? AND identity = ?"
        row = self.cursor.execute(sql, (party.side, party.identity)).fetchone()
        return row and int(row[0])

    def add_master(self, party: Party, request: int) -> int:
        """Add a customer or vendor whom a document brought along, and return the row."""
        known = {name: value for name in ("name", "email") if (value := getattr(party, name)) is not None}
        body = canonical.encode(known or {"name": party.label}).decode()
        sql = "INSERT INTO master (kind, identity, body, request) VALUES (?, ?, ?, ?)"
        return inserted(self.cursor.execute(sql, (party.side, party.identity, body, request)))


def _memo(kind: Kind, wanted: Document, about: Row | None) -> str:
    if wanted.memo:
        return wanted.memo
    words = kind.words[0].upper() + kind.words[1:]
    if wanted.number is not None:
        return f"{words} {wanted.number}"
    return f"{words} of {about.name}" if about is not None else words
