"""From a request to an answer, inside a transaction that the caller holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from engine import canonical
from engine.books import reading, writing
from engine.books.fields import Refusal
from engine.books.writing import Received
from engine.wire import Answer, Request

_CREATE: Final[dict[str, tuple[str, Callable[[sqlite3.Cursor, Received], int]]]] = {
    "customers": ("customer", writing.customer),
    "invoices": ("invoice", writing.invoice),
    "payments": ("payment", writing.payment),
}


def writes(request: Request) -> bool:
    """Return whether *request* may write."""
    return request.method != "GET"


def apply(cursor: sqlite3.Cursor, request: Request, now: str) -> Answer:
    """Do what *request* asks for and return the answer; it commits nothing.

    Args:
        cursor: Inside a transaction, for a write one that has the file's write lock.
        request: To ``books:/customers``, ``books:/invoices`` or ``books:/payments``.
        now: The present instant, ISO 8601 in UTC.

    Returns:
        201 written, 200 read or already written; 404, 409 or 422 with
        ``{"error": {"code", "message", "field"}}``, after which nothing was written.
    """
    try:
        status, document = _dispatch(cursor, request, now)
    except Refusal as refusal:
        error = {"code": refusal.code, "message": refusal.message, "field": refusal.field}
        status, document = refusal.status, {"error": error}
    return Answer(status, {"content-type": "application/json"}, canonical.encode(document), request.url)


def _dispatch(cursor: sqlite3.Cursor, request: Request, now: str) -> tuple[int, dict[str, Any]]:
    address = urlsplit(request.url)
    collection, slash, name = address.path.removeprefix("/").partition("/")
    if address.scheme == "books" and collection in _CREATE:
        if request.method == "POST" and not slash and not address.query:
            return _create(cursor, collection, _received(request, now))
        if request.method == "GET" and slash and not address.query:
            return 200, reading.one(cursor, collection, unquote(name))
        if request.method == "GET" and not slash:
            return 200, reading.many(cursor, collection, _filters(address.query))
    raise Refusal("no_such_operation", f"the books do not know {request.method} {request.url}", status=404)


def _create(cursor: sqlite3.Cursor, collection: str, received: Received) -> tuple[int, dict[str, Any]]:
    kind, write = _CREATE[collection]
    row = writing.stored(cursor, kind, received)
    status = 201 if row is None else 200
    if row is None:
        row = write(cursor, received)
    return status, reading.one(cursor, collection, reading.text_id(collection, row))


def _received(request: Request, now: str) -> Received:
    try:
        body = canonical.decode(request.body or b"")
    except ValueError as error:
        raise Refusal("json", f"the body is not JSON: {error}") from error
    key = body.get("external_id") if isinstance(body, dict) else None
    if not isinstance(key, str) or not key.strip() or "\0" in key:
        raise Refusal("missing", "external_id is missing: it holds the key of the effect", "/external_id")
    data = canonical.encode(body)
    return Received(body, data.decode(), canonical.digest(data), now)


def _filters(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(dict(pairs)) < len(pairs):
        raise Refusal("unknown_parameter", "a parameter stands twice in the query")
    return dict(pairs)
