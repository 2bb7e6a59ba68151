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

from engine import canonical
from engine.books import Books
from engine.shipped import shipped
from engine.wire import Answer, Request
from tests.bench import StoppedClock

LINE = {"description": "Blue mug", "quantity": 2, "unit_price": "12.50"}


class Desk:
    """Sends requests to books and decodes the answers."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        data = None if body is None else body if isinstance(body, bytes) else canonical.encode(body)
        return asyncio.run(self.books.send(Request(method, f"books:{path}", body=data)))

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.send("POST", path, body)
        return answer.status, canonical.decode(answer.body)

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

    def tamper(self, sql: str) -> None:
        """Change the file as another program might, past the triggers."""
        with self.books.reading() as cursor:
            cursor.execute("ROLLBACK")
            cursor.execute("PRAGMA query_only = OFF")
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            for name in ("entry_is_not_changed", "entry_is_not_deleted"):
                cursor.execute(f"DROP TRIGGER {name}")
                cursor.execute(f"DROP TRIGGER {name.replace('entry', 'posting')}")
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
