"""A desk at which tests hand documents to new books."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from engine import canonical, money
from engine.books import Books
from engine.shipped import shipped
from engine.wire import Answer, Request
from tests.bench import StoppedClock

LINE = {"description": "Blue mug", "quantity": 2, "unit_price": "12.50"}
DAY = {"date": "2026-03-31", "currency": "USD"}
BODIES: dict[str, dict[str, Any]] = {
    "invoices": {**DAY, "customer": {"name": "Ada Lovelace"}, "lines": [LINE]},
    "credit_notes": {**DAY, "lines": [LINE]},
    "payments": {**DAY, "amount": "25.00", "method": "paypal"},
    "refunds": {**DAY, "amount": "25.00", "method": "paypal"},
    "bills": {**DAY, "vendor": {"name": "Pottery"}, "lines": [LINE]},
    "bill_payments": {**DAY, "amount": "25.00"},
    "journal_entries": {
        **DAY,
        "lines": [{"account_id": "6000", "debit": "25.00"}, {"account_id": "3000", "credit": "25.00"}],
    },
    "bank_transactions": {**DAY, "amount": "25.00", "description": "Card sales"},
    "transfers": {**DAY, "amount": "25.00", "from_account_id": "1000", "to_account_id": "1010"},
    "transactions": {
        **DAY,
        "type": "charge",
        "amount": "25.00",
        "fee": "1.00",
        "net": "24.00",
        "method": "stripe",
    },
    "customers": {"name": "Ada Lovelace"},
    "vendors": {"name": "Pottery"},
    "items": {"code": "MUG", "name": "Blue mug"},
    "tax_rates": {"code": "CA", "name": "California", "rate": "7.25"},
    "accounts": {"code": "6200", "name": "Rent", "type": "expense"},
}
"""One body of each collection; what a document settles is left to say."""
NUMBERED = ("invoices", "credit_notes", "bills")


class Desk:
    """Sends requests to books and decodes the answers."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.keys = 0

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        data = None if body is None else body if isinstance(body, bytes) else canonical.encode(body)
        return asyncio.run(self.books.send(Request(method, f"books:{path}", body=data)))

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.send("POST", path, body)
        return answer.status, canonical.decode(answer.body)

    def put(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.send("PUT", path, body)
        return answer.status, canonical.decode(answer.body)

    def patch(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.send("PATCH", path, body)
        return answer.status, canonical.decode(answer.body)

    def body(self, collection: str, **changes: Any) -> dict[str, Any]:
        """A body with a key and number of its own; a change to None leaves the field out."""
        self.keys += 1
        body = {"external_id": f"key-{self.keys}", **BODIES[collection]}
        if collection in NUMBERED:
            body["number"] = f"{self.keys}"
        return {name: value for name, value in (body | changes).items() if value is not None}

    def make(self, collection: str, **changes: Any) -> dict[str, Any]:
        """Write what must be taken, and return the answer."""
        status, answer = self.post(f"/{collection}", self.body(collection, **changes))
        assert status == 201, answer
        return answer

    def refused(self, collection: str, **changes: Any) -> tuple[str, str]:
        """Ask for what must be refused and leave nothing; return the error's code and field."""
        before = self.content()
        status, answer = self.post(f"/{collection}", self.body(collection, **changes))
        assert status in (409, 422), answer
        assert self.content() == before
        return answer["error"]["code"], answer["error"]["field"]

    def change(self, collection: str, id: str, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Put a body in the place of a document."""
        return self.put(f"/{collection}/{id}", self.body(collection, **changes))

    def void(self, collection: str, id: str, **fields: Any) -> tuple[int, dict[str, Any]]:
        self.keys += 1
        return self.post(f"/{collection}/{id}/void", {"external_id": f"key-{self.keys}", **fields})

    def close_until(self, day: str) -> tuple[int, dict[str, Any]]:
        self.keys += 1
        return self.post("/periods", {"external_id": f"key-{self.keys}", "date": day})

    def read(self, collection: str, id: str) -> dict[str, Any]:
        status, answer = self.get(f"/{collection}/{id}")
        assert status == 200, answer
        return answer

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        answer = self.send("GET", path)
        return answer.status, canonical.decode(answer.body)

    def invoice_body(self, **changes: Any) -> dict[str, Any]:
        """An invoice of 25.00 USD that is taken as it is; a change to None leaves the field out."""
        body: dict[str, Any] = {
            "external_id": "i1",
            "number": "1001",
            "date": "2026-03-31",
            "currency": "USD",
        }
        body |= {"customer": {"name": "Ada Lovelace"}, "lines": [LINE], **changes}
        return {name: value for name, value in body.items() if value is not None}

    def invoice(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        return self.post("/invoices", self.invoice_body(**changes))

    def payment_body(self, **changes: Any) -> dict[str, Any]:
        """A payment of 25.00 USD for the first invoice."""
        body: dict[str, Any] = {
            "external_id": "p1",
            "invoice_id": "inv-1",
            "amount": "25.00",
            "currency": "USD",
        }
        body |= {"date": "2026-04-01", "method": "paypal", **changes}
        return {name: value for name, value in body.items() if value is not None}

    def payment(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        return self.post("/payments", self.payment_body(**changes))

    def content(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        with self.books.reading() as cursor:
            names = cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).fetchall()
            return {name: cursor.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}

    def postings(self) -> list[tuple[str, str]]:
        """Each posting as account's code and amount with its sign, debits above zero."""
        with self.books.reading() as cursor:
            sql = "SELECT a.code, p.amount_minor FROM posting p JOIN account a ON a.id = p.account"
            sql += " ORDER BY p.entry, a.code"
            return cursor.execute(sql).fetchall()

    def entry(self, place: int = -1) -> list[str]:
        """The postings of an entry, the last one unless *place* says which, as ``1100 25.00 USD``."""
        with self.books.reading() as cursor:
            rows = cursor.execute("SELECT id FROM entry ORDER BY id").fetchall()
            sql = (
                "SELECT a.code, p.amount_minor, p.currency FROM posting p JOIN account a ON a.id = p.account"
            )
            sql += " WHERE p.entry = ? ORDER BY a.code, p.currency"
            return [
                f"{code} {money.text(money.from_minor(units, currency))} {currency}"
                for code, units, currency in cursor.execute(sql, rows[place])
            ]

    def entries(self) -> int:
        """How many entries there are."""
        return len(self.content()["entry"])

    def balances(self) -> dict[str, str]:
        """What stands on each account that is not at zero, by ``1100 USD``; debits above zero."""
        with self.books.reading() as cursor:
            sql = "SELECT a.code, p.currency, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account"
            rows = cursor.execute(f"{sql} GROUP BY a.code, p.currency ORDER BY a.code, p.currency").fetchall()
        return {
            f"{code} {currency}": money.text(money.from_minor(units, currency))
            for code, currency, units in rows
            if units
        }

    def tamper(self, sql: str) -> None:
        """Change the file as another program might, past the triggers."""
        with self.books.reading() as cursor:
            cursor.execute("ROLLBACK")
            cursor.execute("PRAGMA query_only = OFF")
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            for table in ("request", "entry", "posting"):
                cursor.execute(f"DROP TRIGGER {table}_is_not_changed")
                cursor.execute(f"DROP TRIGGER {table}_is_not_deleted")
            cursor.execute(sql)


@contextmanager
def new_desk() -> Iterator[Desk]:
    """Give a desk with new books of its own: for tests that need many."""
    with TemporaryDirectory() as folder, Books.open(Path(folder, "books.db"), StoppedClock()) as books:
        yield Desk(books)


@pytest.fixture(scope="session")
def desks() -> Callable[[], Any]:
    """``with desks() as desk`` gives a desk with new books."""
    return new_desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk with new books."""
    with new_desk() as made:
        yield made


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Books]]:
    """``opened()`` opens the same file again and again; all are closed at the end."""
    made: list[Books] = []

    def open_again(company: str = "main", name: str = "books.db") -> Books:
        made.append(Books.open(tmp_path / name, StoppedClock(), company=company))
        return made[-1]

    yield open_again
    for books in made:
        books.close()


@pytest.fixture
def desk_at() -> Callable[[Books], Desk]:
    """A desk at books that are open already."""
    return Desk


@pytest.fixture(scope="session")
def schemas() -> dict[str, Any]:
    """The accounting schemas by name."""
    folder = shipped("schemas") / "accounting"
    return {path.name.partition(".")[0]: json.loads(path.read_bytes()) for path in folder.glob("*.json")}
