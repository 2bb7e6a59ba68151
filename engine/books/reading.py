"""Reads documents and master records back as the JSON that the books answer with."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from engine import canonical, money
from engine.books import masters
from engine.books.document import Kind, Party
from engine.books.fields import Refusal
from engine.books.kinds import COLLECTIONS
from engine.books.masters import MasterKind
from engine.books.stored import Stored

PREFIXES: Final = {
    **{name: kind.prefix for name, kind in COLLECTIONS.items()},
    **{name: of.prefix for name, of in masters.KINDS.items()},
}
PAGE: Final = 500
_ROW: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_DOCUMENT: Final = """
    SELECT d.id, d.state, d.currency, d.total_minor, d.tax_minor, d.balance_minor, d.master, d.external_id,
           (SELECT COALESCE(SUM(amount_minor), 0) FROM allocation WHERE settling = d.id), r.body
    FROM document d JOIN request r ON r.id = d.request WHERE d.kind = ?
"""
_MASTER: Final = """
    SELECT m.id, m.body, CASE WHEN r.operation LIKE ? THEN r.external_id END
    FROM master m JOIN request r ON r.id = m.request WHERE m.kind = ?
"""
_OF_DOCUMENTS: Final = {
    "number": "d.number = ?",
    "external_id": "d.made = (SELECT id FROM request WHERE external_id = ?)",
    "reference": "d.reference = ?",
    "from": "d.date >= ?",
    "to": "d.date <= ?",
}
_OF_TRANSACTIONS: Final = {
    "type": "json_extract(r.body, '$.type') = ?",
    "method": "json_extract(r.body, '$.method') = ?",
}
_OF_MASTERS: Final = {
    "email": "m.identity = ?",
    "code": "m.identity = ?",
    "name": "json_extract(m.body, '$.name') = ?",
}
_OF_ACCOUNTS: Final = {
    "code": "code = ?",
    "name": "name = ?",
    "type": "type = ?",
    "external_id": "code = (SELECT json_extract(body, '$.code') FROM request WHERE external_id = ?"
    " AND operation IN ('accounts.create', 'accounts.upsert'))",
}
_STATUS: Final = {
    "draft": "d.state = 'draft'",
    "void": "d.state = 'void'",
    "posted": "d.state = 'posted'",
    "open": "d.state = 'posted' AND d.balance_minor > 0",
    "paid": "d.state = 'posted' AND d.balance_minor = 0",
}


def text_id(collection: str, row: int) -> str:
    """Return the id that leaves the books, such as ``inv-1``."""
    return f"{PREFIXES[collection]}-{row}"


def row_id(collection: str, text: str) -> int | None:
    """Return the row behind an id, or None where the text is no id of this collection."""
    prefix, _, digits = text.partition("-")
    if prefix != PREFIXES[collection] or not _ROW.fullmatch(digits):
        return None
    return int(digits)


def one(cursor: sqlite3.Cursor, collection: str, row: int | None) -> dict[str, Any] | None:
    """Return the document or master record in *row*, or None."""
    if row is None:
        return None
    kind = COLLECTIONS.get(collection)
    if kind is not None:
        found = cursor.execute(f"{_DOCUMENT} AND d.id = ?", (kind.name, row)).fetchone()
        return found and _document(kind, found)
    of = masters.KINDS[collection]
    found = cursor.execute(f"{_MASTER} AND m.id = ?", (_made_by(of), of.name, row)).fetchone()
    return found and _master(of, *found)


def account(cursor: sqlite3.Cursor, code: str) -> dict[str, Any] | None:
    """Return the account with *code*, or None."""
    found = cursor.execute("SELECT code, name, type FROM account WHERE code = ?", (code,)).fetchone()
    return found and _account(*found)


def many(cursor: sqlite3.Cursor, collection: str, wanted: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """Return those that match every filter in *wanted*, in the order of writing, and the next page's address or "".

    Raises:
        Refusal: 422, a filter that this collection does not have, or has not with this value.
    """
    given = dict(wanted)
    size, after = _whole(given, "limit", PAGE), _whole(given, "after", 0)
    if not 1 <= size <= PAGE:
        raise Refusal("parameter", f"limit is from 1 to {PAGE}")
    found = list(_selected(cursor, collection, given, after, size + 1))
    more = len(found) > size
    next = urlencode({**wanted, "after": found[size - 1][0]}) if more else ""
    return {collection: [each for _, each in found[:size]]}, f"books:/{collection}?{next}" if more else ""


def _selected(
    cursor: sqlite3.Cursor, collection: str, given: dict[str, str], after: int, size: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    kind = COLLECTIONS.get(collection)
    if kind is not None:
        where, values = _where(collection, given)
        sql = f"{_DOCUMENT} {where} AND d.id > ? ORDER BY d.id LIMIT ?"
        for row in cursor.execute(sql, (kind.name, *values, after, size)).fetchall():
            yield row[0], _document(kind, row)
        return
    if collection == "accounts":
        yield from _accounts(cursor, given, after, size)
        return
    of = masters.KINDS[collection]
    has = {"name", "email" if collection in ("customers", "vendors") else "code"}
    where, values = "", []
    for name, value in given.items():
        if name == "external_id":
            where += " AND r.external_id = ? AND r.operation LIKE ?"
            values += [value, _made_by(of)]
        elif name in has:
            where += f" AND {_OF_MASTERS[name]}"
            values.append(_identity(name, value))
        else:
            raise _unknown(collection, name)
    sql = f"{_MASTER} {where} AND m.id > ? ORDER BY m.id LIMIT ?"
    for row in cursor.execute(sql, (_made_by(of), of.name, *values, after, size)).fetchall():
        yield row[0], _master(of, *row)


def _where(collection: str, given: dict[str, str]) -> tuple[str, list[Any]]:
    where, values = "", list[Any]()
    for name, value in given.items():
        if name == "status":
            if value not in _STATUS:
                raise Refusal("parameter", f"status is one of {', '.join(_STATUS)}")
            where += f" AND {_STATUS[value]}"
        elif name in ("customer_id", "vendor_id"):
            where += " AND d.master = ?"
            values.append(row_id(f"{name[:-3]}s", value))
        elif name.endswith("_id") and f"{name[:-3]}s" in COLLECTIONS:
            where += " AND d.about = ?"
            values.append(row_id(f"{name[:-3]}s", value))
        elif name in _OF_DOCUMENTS or (collection == "transactions" and name in _OF_TRANSACTIONS):
            where += f" AND {(_OF_DOCUMENTS | _OF_TRANSACTIONS)[name]}"
            values.append(value)
        else:
            raise _unknown(collection, name)
    return where, values


def _accounts(
    cursor: sqlite3.Cursor, given: dict[str, str], after: int, size: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    where = "id > ?"
    for name in given:
        if name not in _OF_ACCOUNTS:
            raise _unknown("accounts", name)
        where += f" AND {_OF_ACCOUNTS[name]}"
    sql = f"SELECT id, code, name, type FROM account WHERE {where} ORDER BY id LIMIT ?"  # noqa: S608  # constants
    for row, *rest in cursor.execute(sql, (after, *given.values(), size)).fetchall():
        yield row, _account(*rest)


def _document(kind: Kind, row: tuple[Any, ...]) -> dict[str, Any]:
    *stored, body = row
    return document(kind, Stored(*stored), canonical.decode(body))


def document(kind: Kind, stored: Stored, received: dict[str, Any]) -> dict[str, Any]:
    """Return a stored document as it is answered: what was received, and what the books say of it."""
    row, state, currency, total, tax, balance, master, external_id, applied = stored
    status, amounts = "posted" if state == "posted" else state, dict[str, int]()
    if kind.name in ("invoice", "credit_note", "bill"):
        if state == "posted":
            status = "open" if balance else "paid"
        amounts = {"subtotal": total - tax, "total_tax": tax, "total": total, "balance": balance}
    elif kind.opens:
        amounts = {"amount": total, "applied": applied, "credited": balance}
    made = {
        **received,
        "id": text_id(kind.collection, row),
        "external_id": external_id,
        "status": status,
        **{name: money.minor_text(units, currency) for name, units in amounts.items()},
    }
    if master is not None and kind.side:
        made[f"{kind.side}_id"] = text_id(f"{kind.side}s", master)
    return made


def _master(kind: MasterKind, row: int, body: str, external_id: str | None) -> dict[str, Any]:
    known: dict[str, Any] = {**canonical.decode(body), "id": text_id(kind.collection, row)}
    if external_id is not None:
        known["external_id"] = external_id
    return known


def _account(code: str, name: str, type: str) -> dict[str, Any]:
    return {"id": code, "code": code, "name": name, "type": type}


def _made_by(kind: MasterKind) -> str:
    return f"{kind.collection}.%"


def _identity(name: str, value: str) -> str:
    if name == "email":
        return Party("customer", email=value).identity
    return f"code:{value}" if name == "code" else value


def _whole(given: dict[str, str], name: str, default: int) -> int:
    value = given.pop(name, str(default))
    if not re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
        raise Refusal("parameter", f"{name} is a whole number, found {money.shorten(value)!r}")
    return int(value)


def _unknown(collection: str, name: str) -> Refusal:
    return Refusal("unknown_parameter", f"{collection} are not listed by {money.shorten(name)!r}")
