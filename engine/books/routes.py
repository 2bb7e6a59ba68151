"""From a request to an answer, inside a transaction that the caller holds."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from engine import canonical
from engine.books import changes, masters, reading
from engine.books.fields import Refusal
from engine.books.kinds import COLLECTIONS
from engine.books.stored import Received, Stored
from engine.books.writing import Ledger
from engine.wire import Answer, Request

ALL: Final = {*COLLECTIONS, *masters.KINDS, "accounts"}
CHART: Final = "chart.set"
PERIODS: Final = "periods.close"


def writes(request: Request) -> bool:
    """Return whether *request* may write."""
    return request.method != "GET"


def apply(ledger: Ledger, request: Request, now: str) -> Answer:
    """Do what *request* asks for and return the answer; it commits nothing.

    Args:
        ledger: Inside a transaction, for a write one that has the file's write lock.
        request: To ``books:/COLLECTION``, ``books:/COLLECTION/ID``, ``books:/COLLECTION/ID/void``.
        now: The present instant, ISO 8601 in UTC.

    Returns:
        201 made, 200 read, changed or already written; 404, 409 or 422 with
        ``{"error": {"code", "message", "field"}}``, after which the caller undoes what was written.
    """
    headers = {"content-type": "application/json"}
    try:
        status, document, next = _dispatch(ledger, request, now)
        if next:
            headers["link"] = f'<{next}>; rel="next"'
    except Refusal as refusal:
        error = {"code": refusal.code, "message": refusal.message, "field": refusal.field}
        status, document = refusal.status, {"error": error}
    return Answer(status, headers, canonical.encode(document), request.url)


def perform(ledger: Ledger, operation: str, subject: int | None, received: Received) -> Stored | int | None:
    """Write what was asked for as *operation*.

    Returns:
        What stands of a document that was made or changed; the row of a master record, or of a document that was
        voided; of an account, the chart or a period None.

    Raises:
        Refusal: it is refused.
    """
    collection, _, verb = operation.partition(".")
    if operation == CHART:
        changes.set_chart(ledger, received)
    elif operation == PERIODS:
        changes.close(ledger, operation, received)
    elif collection == "accounts":
        if verb == "update":
            changes.update_account(ledger, operation, subject or 0, received)
        else:
            write = changes.create_account if verb == "create" else changes.upsert_account
            write(ledger, operation, received)
    elif collection in masters.KINDS:
        of = masters.KINDS[collection]
        if verb == "create":
            return changes.create(ledger, of, operation, received)
        if verb == "upsert":
            return changes.upsert(ledger, of, operation, received)
        return changes.update(ledger, of, operation, subject or 0, received)
    else:
        kind = COLLECTIONS[collection]
        if verb in ("create", "record"):
            return ledger.create(kind, operation, received)
        return (ledger.void if verb == "void" else ledger.update)(kind, operation, subject or 0, received)
    return None


def _dispatch(ledger: Ledger, request: Request, now: str) -> tuple[int, dict[str, Any], str]:
    address = urlsplit(request.url)
    collection, *rest = address.path.removeprefix("/").split("/")
    if address.scheme == "books" and collection in ALL:
        if request.method == "GET" and len(rest) < 2 and not (rest and address.query):
            return _read(ledger, collection, rest, address.query)
        operation = _operation(collection, request.method, rest)
        if operation and not address.query:
            return _write(ledger, collection, operation, rest, _received(request, now))
    if address.scheme == "books" and address.path == "/periods" and request.method == "POST":
        received = _received(request, now)
        if _stored(ledger, PERIODS, received) is None:
            perform(ledger, PERIODS, None, received)
        return 200, {"closed_until": ledger.closed_until}, ""
    raise Refusal("no_such_operation", f"the books do not know {request.method} {request.url}", status=404)


def _operation(collection: str, method: str, rest: list[str]) -> str:
    """Return what is asked of *collection*, or an empty text."""
    match method, rest:
        case "POST", []:
            return f"{collection}.{'record' if collection == 'transactions' else 'create'}"
        case "POST", [_, "void"] if collection in COLLECTIONS:
            return f"{collection}.void"
        case "PUT", [] if collection not in COLLECTIONS:
            return f"{collection}.upsert"
        case "PATCH", [_] if collection not in COLLECTIONS:
            return f"{collection}.update"
        case "PUT", [_] if collection in COLLECTIONS:
            return f"{collection}.update"
    return ""


def _read(ledger: Ledger, collection: str, rest: list[str], query: str) -> tuple[int, dict[str, Any], str]:
    if rest:
        id = unquote(rest[0])
        if collection == "accounts":
            found = reading.account(ledger.cursor, id)
        else:
            found = reading.one(ledger.cursor, collection, reading.row_id(collection, id))
        if found is None:
            raise changes.not_found(_words(collection), id)
        return 200, found, ""
    return 200, *reading.many(ledger.cursor, collection, _filters(query))


def _write(
    ledger: Ledger, collection: str, operation: str, rest: list[str], received: Received
) -> tuple[int, dict[str, Any], str]:
    id = unquote(rest[0]) if rest else ""
    subject = _subject(ledger, collection, id) if rest else None
    if rest and subject is None:
        raise changes.not_found(_words(collection), id)
    known = _stored(ledger, operation, received, subject)
    written = perform(ledger, operation, subject, received) if known is None else known
    status = 200 if rest or known is not None else 201
    if isinstance(written, Stored):
        return status, reading.document(COLLECTIONS[collection], written, received.body), ""
    if collection == "accounts":
        found = reading.account(ledger.cursor, id or received.body["code"])
    else:
        found = reading.one(ledger.cursor, collection, written or _row(ledger, collection, received))
    if found is None:
        raise AssertionError("what was written can be read")
    return status, found, ""


def _subject(ledger: Ledger, collection: str, id: str) -> int | None:
    """Return the row that an address names."""
    if collection != "accounts":
        return reading.row_id(collection, id)
    found = ledger.cursor.execute("SELECT id FROM account WHERE code = ?", (id,)).fetchone()
    return found and int(found[0])


def _stored(ledger: Ledger, operation: str, received: Received, subject: int | None = None) -> int | None:
    """Return the subject of the request that was written with this external id, 0 where it made it; else None.

    Raises:
        Refusal: 409, another request was written under the same external id.
    """
    found = ledger.cursor.execute(
        "SELECT digest, operation, subject FROM request WHERE external_id = ?", (received.external_id,)
    ).fetchone()
    if found is None:
        return None
    digest, done, of = found
    if digest != received.digest or done != operation or (subject is not None and of != subject):
        message = "another request was written under this external_id; a correction is a document of its own"
        raise Refusal("other_digest", message, "/external_id", status=409)
    return int(of or 0)


def _row(ledger: Ledger, collection: str, received: Received) -> int | None:
    """Return the row that a stored request made."""
    if collection in COLLECTIONS:
        sql = "SELECT d.id FROM document d JOIN request r ON r.id = d.made WHERE r.external_id = ?"
    elif collection in masters.KINDS:
        sql = "SELECT m.id FROM master m JOIN request r ON r.id = m.request WHERE r.external_id = ?"
    else:
        return None
    found = ledger.cursor.execute(sql, (received.external_id,)).fetchone()
    return found and int(found[0])


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
    wanted: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in wanted:
            raise Refusal("parameter", f"the parameter {name} stands twice")
        wanted[name] = value
    return wanted


def _words(collection: str) -> str:
    if collection == "accounts":
        return "account"
    return (COLLECTIONS.get(collection) or masters.KINDS[collection]).words
