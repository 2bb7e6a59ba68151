"""The embedded books: double entry in one SQLite file, no account anywhere.

A target like any other. A request's ``external_id`` holds the effect's key; the same request again gives the
stored document, another one under the same key is refused. Amounts are whole minor units, postings sum to
zero in each currency, and an entry is never changed.
"""

from __future__ import annotations

from engine.books.file import BooksError
from engine.books.store import Books

__all__ = ["Books", "BooksError"]
