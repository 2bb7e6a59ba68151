"""What stands in the books' tables, and what comes in to change it, as values."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, cast

from engine.books.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Received:
    """A request's body: decoded, as canonical text with its digest, and when it came (ISO 8601, UTC)."""

    body: Any
    text: str
    digest: str
    now: str

    @property
    def external_id(self) -> str:
        return str(self.body["external_id"])


class Stored(NamedTuple):
    """What the books answer of a document beside what was received; amounts in minor units.

    Attributes:
        applied: What it took of the document that it settles.
    """

    id: int
    state: str
    currency: str
    total: int
    tax: int
    balance: int
    master: int | None
    external_id: str
    applied: int


@dataclass(frozen=True, slots=True)
class Row:
    """What a stored document is to one that settles or changes it."""

    id: int
    kind: str
    number: str | None
    state: str
    currency: str
    date: str
    total: int
    balance: int
    rate: Decimal | None
    master: int | None
    party: str
    external_id: str

    @property
    def name(self) -> str:
        """How messages and memos call it."""
        words = KINDS[self.kind].words
        return f"{words} {self.number}" if self.number else words


def inserted(cursor: sqlite3.Cursor) -> int:
    """Return the row that was just inserted."""
    return cast(int, cursor.lastrowid)  # None only before the first INSERT
