"""Checks the books: the log of requests is written again into new books, and every table compared.

The file is not trusted: it may have been changed by another program, or by a fault of this one. What the log gives is
compared with what stands, and beside it what must hold whatever the log says: entries sum to zero, and what customers
owe by the postings is what their open documents say.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from engine import canonical, money
from engine.books import file, routes
from engine.books.chart import SHIPPED, load
from engine.books.document import Unbalanced
from engine.books.fields import Refusal
from engine.books.kinds import KINDS
from engine.books.reading import text_id
from engine.books.store import Books
from engine.books.stored import Received
from engine.books.writing import Ledger

_TABLES: Final = {
    "request": ("id, external_id, digest, operation, subject, body, recorded_at", "id"),
    "account": ("id, code, name, type, role", "id"),
    "master": ("id, kind, identity, body, request", "id"),
    "document": (
        "id, kind, made, request, external_id, number, state, currency, date, due_date, total_minor, tax_minor,"
        " balance_minor, rate, reference, master, party, about",
        "id",
    ),
    "allocation": ("settled, settling, amount_minor", "settled, settling"),
    "entry": ("id, document, date, memo, recorded_at, reversal_of", "id"),
    "posting": ("id, entry, account, amount_minor, currency, master", "id"),
}
_BROKEN: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    Unbalanced,
    sqlite3.Error,
)
"""What a request raises that somebody changed in the file."""
_REQUESTS: Final = (
    "SELECT id, external_id, digest, operation, subject, body, recorded_at FROM request ORDER BY id"
)
_SUBLEDGERS: Final = {
    "receivable": (1, ("invoice",)),
    "credit": (-1, ("credit_note", "payment", "transaction")),
    "payable": (-1, ("bill",)),
    "vendor_credit": (1, ("bill_payment",)),
}
"""Role to its normal side, debit above zero, and the kinds whose open balances it holds."""
MOST: Final = 100
"""Findings of one table that are told."""


def check(books: Books) -> tuple[str, ...]:
    """Return what is wrong with the books, one sentence each; nothing in sound books.

    Raises:
        BooksError: the file cannot be read at all.
    """
    with books.reading() as cursor:
        return (*_file(cursor), *_sums(cursor), *_again(cursor), *_subledgers(cursor))


def _file(cursor: sqlite3.Cursor) -> Iterator[str]:
    for (finding,) in cursor.execute("PRAGMA integrity_check").fetchall():
        if finding != "ok":
            yield f"file: {finding}"
    for table, row, parent, _ in cursor.execute("PRAGMA foreign_key_check").fetchall():
        yield f"{table}{'' if row is None else f' {row}'}: names a {parent} that does not exist"


def _sums(cursor: sqlite3.Cursor) -> Iterator[str]:
    sql = "SELECT entry, currency, SUM(amount_minor) AS sum FROM posting GROUP BY entry, currency HAVING sum <> 0"
    for entry, currency, units in cursor.execute(sql).fetchall():
        yield f"entry {entry}: its postings sum to {_money(units, currency)}, not to zero"


def _again(cursor: sqlite3.Cursor) -> Iterator[str]:
    """Write the log into new books and tell where these differ from them."""
    with TemporaryDirectory() as folder, closing(file.connect(Path(folder) / "again.db")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        yield from _replay(cursor, connection)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            yield "request: the log does not begin with a chart of accounts"
            return
        names = _names(cursor)
        yield from _schema(cursor, connection.cursor())
        yield from _meta(cursor, connection.cursor())
        for table in _TABLES:
            yield from _compare(table, cursor, connection.cursor(), names)


def _replay(cursor: sqlite3.Cursor, connection: sqlite3.Connection) -> Iterator[str]:
    reading = cursor.connection.cursor()
    ledger = Ledger(connection.cursor(), load(SHIPPED), {})
    for number, (row, external_id, digest, operation, subject, body, at) in enumerate(
        reading.execute(_REQUESTS), 1
    ):
        name = f"request {row} ({operation})"
        if number != row:
            yield f"{name}: a request before it is missing"
            return
        try:
            if digest != canonical.digest(body.encode()):
                yield f"{name}: its body is not what was received"
            received = Received(canonical.decode(body), body, digest, at)
            if received.external_id != external_id:
                yield f"{name}: its external_id is {external_id!r}, its body says {received.external_id!r}"
            if number == 1:
                file.make(connection, "", received)
                ledger.chart = file.chart_of_first(received)
            else:
                routes.perform(ledger, operation, subject, received)
        except (*_BROKEN, Refusal) as error:
            yield f"{name}: it is refused when it is done again: {error}"
            return


def _meta(found: sqlite3.Cursor, said: sqlite3.Cursor) -> Iterator[str]:
    """Compare what the books note beside the log: the chart that holds, and the closed periods."""
    sql = "SELECT key, value FROM meta WHERE key NOT IN ('id', 'company')"
    stands, should = dict(found.execute(sql).fetchall()), dict(said.execute(sql).fetchall())
    for key in sorted(stands.keys() | should.keys()):
        if stands.get(key) != should.get(key):
            yield f"meta {key}: value is {_shown(stands.get(key))}, the requests say {_shown(should.get(key))}"


def _schema(found: sqlite3.Cursor, said: sqlite3.Cursor) -> Iterator[str]:
    """Tell which tables, indexes and triggers, which keep what stands from being changed, are not as they are made."""
    sql = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    stands, should = dict(found.execute(sql).fetchall()), dict(said.execute(sql).fetchall())
    for name in sorted(stands.keys() | should.keys()):
        if stands.get(name) != should.get(name):
            how = (
                "is missing"
                if name not in stands
                else "is another"
                if name in should
                else "is none of the books'"
            )
            yield f"file: the {name} {how}"


def _names(cursor: sqlite3.Cursor) -> dict[int, str]:
    rows = cursor.execute("SELECT id, kind FROM document").fetchall()
    return {row: text_id(KINDS[kind].collection, row) for row, kind in rows if kind in KINDS}


def _compare(table: str, found: sqlite3.Cursor, said: sqlite3.Cursor, names: dict[int, str]) -> Iterator[str]:
    columns, order = _TABLES[table]
    sql = f"SELECT {columns} FROM {table} ORDER BY {order}"  # noqa: S608  # of a constant's names
    told = 0
    width = order.count(",") + 1
    for stands, should in _pairs(found.execute(sql), said.execute(sql), width):
        if stands == should:
            continue
        told += 1
        if told > MOST:
            yield f"{table}: there is more like this"
            return
        yield _difference(table, columns.replace(",", "").split(), stands, should, names)


def _pairs(
    stands: Iterator[tuple[Any, ...]], should: Iterator[tuple[Any, ...]], width: int
) -> Iterator[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    """Yield the rows of both that share a key, which is their first *width* columns, and None for the one missing."""
    one, other = next(stands, None), next(should, None)
    while one is not None or other is not None:
        first, second = _key(one, width), _key(other, width)
        yield (one if first <= second else None), (other if second <= first else None)
        if first <= second:
            one = next(stands, None)
        if second <= first:
            other = next(should, None)


def _key(row: tuple[Any, ...] | None, width: int) -> tuple[Any, ...]:
    # As SQLite sorts: numbers before text, and here the end behind both.
    return ((2,),) if row is None else tuple((isinstance(value, str), value) for value in row[:width])


def _difference(table: str, columns: list[str], stands: Any, should: Any, names: dict[int, str]) -> str:
    row = dict(zip(columns, stands or should, strict=True))
    name = f"{table} {row.get('id', '')}".strip()
    if table == "document":
        kind = KINDS.get(row["kind"])
        name = name if kind is None else text_id(kind.collection, row["id"])
    elif table == "allocation":
        name = names.get(row["settled"], name)
    elif table == "entry":
        name = f"{names.get(row['document'], 'no document')}, {name}"
    if should is None:
        return f"{name}: stands in {table}, and no request gives it"
    if stands is None:
        return f"{name}: is missing in {table}, and a request gives it"
    other = dict(zip(columns, should, strict=True))
    wrong = [column for column in columns if row[column] != other[column]]
    parts = [
        f"{column} is {_shown(row[column])}, its request says {_shown(other[column])}" for column in wrong
    ]
    return f"{name}: {'; '.join(parts)}"


def _subledgers(cursor: sqlite3.Cursor) -> Iterator[str]:
    """Compare what each customer and vendor owes by the postings with what is open of their documents."""
    for role, (side, kinds) in _SUBLEDGERS.items():
        posted = cursor.execute(
            "SELECT p.master, p.currency, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account"
            " WHERE a.role = ? GROUP BY p.master, p.currency",
            (role,),
        ).fetchall()
        opened = cursor.execute(
            "SELECT master, currency, SUM(balance_minor) FROM document"
            " WHERE kind IN (SELECT value FROM json_each(?)) AND state = 'posted' GROUP BY master, currency",
            (json.dumps(kinds),),
        ).fetchall()
        owed = {(master, currency): side * units for master, currency, units in posted if units}
        open_ = {(master, currency): units for master, currency, units in opened if units}
        for key in sorted(owed.keys() | open_.keys(), key=str):
            if owed.get(key, 0) != open_.get(key, 0):
                master, currency = key
                found, said = _money(owed.get(key, 0), currency), _money(open_.get(key, 0), currency)
                who = "nobody" if master is None else f"customer or vendor {master}"
                yield f"{who}: {role.replace('_', ' ')} is {found}, the open documents say {said}"


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(money.shorten(value) if isinstance(value, str) else value)


def _money(units: int, currency: str) -> str:
    if type(units) is not int or currency not in money.EXPONENTS:
        return f"{units} minor units of {currency!r}"
    return f"{money.text(money.from_minor(units, currency))} {currency}"
