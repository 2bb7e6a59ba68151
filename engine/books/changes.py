"""Writes what is no document: customers, vendors, items, tax rates, accounts, the chart and closed periods."""

from __future__ import annotations

from typing import Any, Final

from engine import canonical, money
from engine.books import masters
from engine.books.chart import Account, chart_of
from engine.books.document import UNNAMED_IDENTITY as UNNAMED
from engine.books.fields import Reader, Refusal
from engine.books.masters import MasterKind
from engine.books.reading import text_id
from engine.books.stored import Received, inserted
from engine.books.writing import Ledger

CLOSE_FIELDS: Final = frozenset("date external_id".split())
CHART_FIELDS: Final = frozenset("currency accounts categories external_id".split())


def create(ledger: Ledger, kind: MasterKind, operation: str, received: Received) -> int:
    """Add a master record and return its row.

    Raises:
        Refusal: a field is wrong; 409, there is one that is the same.
    """
    identity = _identity(kind, received)
    known = _known(ledger, kind, identity)
    if known is not None:
        field = identity.partition(":")[0]
        message = f"{text_id(kind.collection, known)} has this {field} already"
        raise Refusal(f"duplicate_{kind.name}", message, f"/{field}", status=409)
    request = ledger.log(operation, received)
    return _add(ledger, kind, identity, received, request)


def upsert(ledger: Ledger, kind: MasterKind, operation: str, received: Received) -> int:
    """Add a master record, or change the one that is the same to what is given, and return its row.

    Raises:
        Refusal: a field is wrong.
    """
    identity = _identity(kind, received)
    known = _known(ledger, kind, identity)
    request = ledger.log(operation, received, known)
    if known is None:
        return _add(ledger, kind, identity, received, request)
    _change(ledger, known, received)
    return known


def update(ledger: Ledger, kind: MasterKind, operation: str, row: int, received: Received) -> int:
    """Change what is given of a master record and keep the rest; return its row.

    Raises:
        Refusal: a field is wrong; 404, there is none; 409, it would be the same as another.
    """
    found = ledger.cursor.execute(
        "SELECT body, identity FROM master WHERE kind = ? AND id = ?", (kind.name, row)
    ).fetchone()
    if found is None:
        raise not_found(kind.words, text_id(kind.collection, row))
    Reader(received.body, "", frozenset(received.body) if isinstance(received.body, dict) else frozenset())
    identity = kind.identity({**canonical.decode(found[0]), **received.body})
    if found[1] == UNNAMED and not {"name", "email"} & received.body.keys():
        identity = UNNAMED
    known = _known(ledger, kind, identity)
    if known not in (None, row):
        message = f"{text_id(kind.collection, known or 0)} is the same"
        raise Refusal(f"duplicate_{kind.name}", message, "", status=409)
    ledger.log(operation, received, row)
    ledger.cursor.execute("UPDATE master SET identity = ? WHERE id = ?", (identity, row))
    _change(ledger, row, received)
    return row


def create_account(ledger: Ledger, operation: str, received: Received) -> int:
    """Add an account to the chart and return its row.

    Raises:
        Refusal: a field is wrong; 409, there is one with this code.
    """
    wanted = masters.account(received.body)
    if ledger.account(wanted.code) is not None:
        message = f"there is an account {wanted.code} already"
        raise Refusal("duplicate_account", message, "/code", status=409)
    ledger.log(operation, received)
    return ledger.open_account(wanted)


def upsert_account(ledger: Ledger, operation: str, received: Received) -> int:
    """Add an account, or change the one with this code; return its row.

    Raises:
        Refusal: a field is wrong; the type would change of one that is posted to.
    """
    wanted = masters.account(received.body)
    known = ledger.account(wanted.code)
    if known is None:
        ledger.log(operation, received)
        return ledger.open_account(wanted)
    return _change_account(ledger, operation, known[0], received, wanted)


def update_account(ledger: Ledger, operation: str, row: int, received: Received) -> int:
    """Change what is given of an account and return its row.

    Raises:
        Refusal: a field is wrong; the code, or the type of one that is posted to, would change; 404, there is none.
    """
    found = ledger.cursor.execute("SELECT code, name, type FROM account WHERE id = ?", (row,)).fetchone()
    if found is None:
        raise not_found("account", str(row))
    known = dict(zip(("code", "name", "type"), found, strict=True))
    if received.body.get("code", known["code"]) != known["code"]:
        raise Refusal("account", "an account keeps its code: add another account", "/code")
    code = known["code"].partition(":")[0]  # a sub-account's has a colon, which a new account's has not
    wanted = masters.account({**known, **received.body, "code": code})
    return _change_account(ledger, operation, row, received, wanted)


def _change_account(ledger: Ledger, operation: str, row: int, received: Received, wanted: Account) -> int:
    code, type, role = ledger.cursor.execute(
        "SELECT code, type, role FROM account WHERE id = ?", (row,)
    ).fetchone()
    posted = ledger.cursor.execute("SELECT 1 FROM posting WHERE account = ? LIMIT 1", (row,)).fetchone()
    if wanted.type != type and (role or posted or ":" in code):
        message = f"the account {code} stays of the type {type}: it is posted to"
        raise Refusal("account", message, "/type")
    ledger.log(operation, received, row)
    ledger.cursor.execute(
        "UPDATE account SET name = ?, type = ? WHERE id = ?", (wanted.name, wanted.type, row)
    )
    return row


def set_chart(ledger: Ledger, received: Received) -> None:
    """Take another chart of accounts from now on.

    Raises:
        Refusal: it is no chart; an account that was posted to has another type or role, or a role moved from it.
    """
    body = {name: value for name, value in received.body.items() if name != "external_id"}
    chart = chart_of(body)
    used = ledger.cursor.execute(
        "SELECT code, type, role FROM account WHERE instr(code, ':') = 0"
        " AND EXISTS (SELECT 1 FROM posting p JOIN account a ON a.id = p.account"
        "             WHERE substr(a.code || ':', 1, length(account.code) + 1) = account.code || ':')"
    ).fetchall()
    for code, type, role in used:
        now = chart.by_code.get(code)
        if now is not None and (now.type, now.role) != (type, role):
            message = f"the account {code} was posted to as {' '.join(filter(None, (type, role)))}"
            raise Refusal("account", f"{message}: give another code to what is meant now", "/accounts")
        if now is None and role:
            raise Refusal(
                "account", f"the account {code} has the role {role} and was posted to: keep it", "/accounts"
            )
    if chart.currency != ledger.chart.currency:
        rated = ledger.cursor.execute(
            "SELECT currency FROM document WHERE rate IS NOT NULL LIMIT 1"
        ).fetchone()
        if rated:
            message = f"documents state rates of exchange to {ledger.chart.currency}: keep it"
            raise Refusal("currency", message, "/currency")
    request = ledger.log("chart.set", received)
    kept = {code for code, *_ in used}
    same = {(account.code, account.type, account.role) for account in chart.accounts}
    old = ledger.chart.accounts
    gone = {account.code for account in old if (account.code, account.type, account.role) not in same}
    for code in sorted(gone - kept):
        # With its sub-accounts, which are opened when they are first named.
        sql = "DELETE FROM account WHERE substr(code || ':', 1, length(?) + 1) = ? || ':'"
        ledger.cursor.execute(sql, (code, code))
    for account in chart.accounts:
        ledger.cursor.execute(
            "INSERT INTO account (code, name, type, role) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (code) DO UPDATE SET name = excluded.name, type = excluded.type, role = excluded.role",
            (account.code, account.name, account.type, account.role),
        )
    ledger.cursor.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('chart', ?)", (str(request),))
    ledger.chart = chart
    ledger.accounts.clear()


def close(ledger: Ledger, operation: str, received: Received) -> None:
    """Close all days up to one, or open again those behind it.

    Raises:
        Refusal: the date is wrong.
    """
    reader = Reader(received.body, "", CLOSE_FIELDS)
    day = reader.day("date")
    if day is None:
        raise reader.wrong("date", "missing", "date is missing: the last day that is closed")
    ledger.log(operation, received)
    ledger.cursor.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('closed_until', ?)", (day,))
    ledger.closed_until = day


def not_found(words: str, id: str) -> Refusal:
    """Return the refusal of an id that nothing has."""
    return Refusal("not_found", f"no {words} has the id {money.shorten(id)!r}", status=404)


def _identity(kind: MasterKind, received: Received) -> str:
    Reader(received.body, "", frozenset(received.body)).needed("external_id")
    return kind.identity(received.body)


def _known(ledger: Ledger, kind: MasterKind, identity: str) -> int | None:
    sql = "SELECT id FROM master WHERE kind = ? AND identity = ?"
    row = ledger.cursor.execute(sql, (kind.name, identity)).fetchone()
    return row and int(row[0])


def _add(ledger: Ledger, kind: MasterKind, identity: str, received: Received, request: int) -> int:
    sql = "INSERT INTO master (kind, identity, body, request) VALUES (?, ?, ?, ?)"
    body = canonical.encode(_own(received.body)).decode()
    return inserted(ledger.cursor.execute(sql, (kind.name, identity, body, request)))


def _change(ledger: Ledger, row: int, received: Received) -> None:
    (known,) = ledger.cursor.execute("SELECT body FROM master WHERE id = ?", (row,)).fetchone()
    body = {**canonical.decode(known), **_own(received.body)}
    ledger.cursor.execute("UPDATE master SET body = ? WHERE id = ?", (canonical.encode(body).decode(), row))


def _own(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "external_id"}
